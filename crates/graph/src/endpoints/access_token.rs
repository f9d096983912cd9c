//! `GET` and `POST /{version}/oauth/access_token`: an app exchanges the code that a sign-up ended with for a token.
//!
//! Platform docs, Embedded Signup and Access tokens (2026-03): the code lives 30 seconds and works once, and the token reaches exactly what was
//! granted. The reply's form, and the codes and words of its refusals, are those of Graph at large; the pages print only the token.

use axum::extract::{Request, State};
use axum::http::Method;
use callport_core::ids::AppId;
use callport_engine::{Actor, AuthRefusal, CodeRefusal};
use callport_wire::{Code, ErrorReply, Malformed, Params};
use serde::Serialize;

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::{Tokenless, tokenless};
use crate::attempts::too_many;
use crate::{Graph, Shared};

/// Longest code and address that are looked at, in characters.
const TEXT_MAX: usize = 2_048;

/// `{"access_token":"EAA…","token_type":"bearer"}`
#[derive(Serialize)]
struct Exchanged {
    access_token: String,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
}

/// The endpoint. It asks for no token.
pub(crate) async fn any(State(graph): State<Shared>, request: Request) -> Reply {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        let details = "Codes are exchanged by GET or POST.";
        return Err(Refusal(ErrorReply::new(Code::UnknownObject).details(details).status(405)));
    }
    let Tokenless { params, source, request } = tokenless(&graph, request).await?;
    let params = Params::new(&params);
    let client = params.text_or_number("client_id")?.ok_or_else(|| Malformed::missing("client_id"))?;
    let secret = params.required_bounded_text("client_secret", TEXT_MAX)?;
    let code = params.required_bounded_text("code", TEXT_MAX)?;
    let redirect_uri = params.bounded_text("redirect_uri", TEXT_MAX)?.filter(|uri| !uri.is_empty()).map(str::to_owned);
    let app = AppId::parse(client.trim()).map_err(|_| wrong_secret())?;
    let attempt = graph.config.floods.attempt(source, Some(app.clone())).map_err(too_many)?;
    let actor = match known(&graph, &app, secret).await {
        Ok(actor) => actor,
        Err(refusal) => {
            match refusal.0.code() {
                Code::UnknownError => attempt.was_wrong(),
                _ => attempt.was_not_wrong(),
            }
            return Err(refusal);
        }
    };
    attempt.was_not_wrong();
    request.sent_by(&actor.app.id);
    request.has_rights();
    let engine = graph.engine.for_request(&request);
    let (access_token, lifetime) = engine.exchange_code(&actor.app.id, code, redirect_uri).await?;
    Answer::new(&Exchanged { access_token, token_type: "bearer", expires_in: lifetime.map(|lifetime| lifetime.as_secs()) })
}

/// The app, by its id and secret. Neither alone is told to be right.
async fn known(graph: &Graph, app: &AppId, secret: &str) -> Result<Actor, Refusal> {
    match graph.engine.authenticate(&format!("{app}|{secret}")).await {
        Ok(actor) => Ok(actor),
        Err(AuthRefusal::Fault(fault)) => Err(fault.into()),
        Err(AuthRefusal::Unknown | AuthRefusal::Expired) => Err(wrong_secret()),
    }
}

fn wrong_secret() -> Refusal {
    let details = "client_secret is not the secret of the app client_id.";
    Refusal(ErrorReply::new(Code::UnknownError).message("Error validating client secret.").details(details))
}

impl From<CodeRefusal> for Refusal {
    fn from(refusal: CodeRefusal) -> Self {
        let (code, message) = match refusal {
            CodeRefusal::Unknown => (Code::InvalidParameter, "Invalid verification code format."),
            CodeRefusal::Expired => (Code::CodeExpired, Code::CodeExpired.title()),
            CodeRefusal::Used => (Code::CodeUsed, Code::CodeUsed.title()),
            CodeRefusal::OtherAddress => (Code::CodeOfOtherAddress, Code::CodeOfOtherAddress.title()),
        };
        let Self(reply) = Self::told(code, &refusal);
        Self(reply.message(message))
    }
}

#[cfg(test)]
mod tests;

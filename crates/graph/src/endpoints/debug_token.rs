//! `GET /{version}/debug_token?input_token=…`: what a token is good for.
//!
//! Platform docs, Graph API, Debug token. Asked with an app token, or with any token of the same app. A token that does not exist is not
//! an error of the request: the reply says that it is not valid.

use axum::extract::State;
use callport_core::scope::Scope;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::records::{App, Token};
use callport_engine::{Actor, AuthRefusal};
use callport_wire::nodes::token::{DebugToken, GranularScope, TokenData, TokenError};
use callport_wire::{Code, Params};

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::operation::{Operation, Parameter};

/// What can be asked about tokens.
pub(crate) fn operations() -> Vec<Operation> {
    let ask = Operation::get("debugToken", get)
        .summary("What a token is good for")
        .query([Parameter::text("input_token", "The token in question.").required()])
        .reply(|known| known.of::<DebugToken>());
    vec![ask]
}

/// The endpoint.
pub(crate) async fn get(State(graph): State<Shared>, asked: Asked) -> Reply {
    let caller = asked.caller();
    let input = Params::new(asked.params()?).required_text("input_token")?;
    let data = match graph.engine.authenticate(input).await {
        Ok(actor) if actor.app.id != caller.actor.app.id => return Err(not_ours()),
        Ok(actor) => good(actor),
        Err(AuthRefusal::Unknown) => bad(Code::TokenInvalid),
        Err(AuthRefusal::Expired) => match graph.engine.store().token(&SecretHash::of(input)).await? {
            Some(token) if token.app != caller.actor.app.id => return Err(not_ours()),
            Some(token) => TokenData { is_valid: false, error: bad(Code::TokenExpired).error, ..described(&caller.actor.app, &token) },
            None => bad(Code::TokenInvalid),
        },
        Err(AuthRefusal::Fault(fault)) => return Err(fault.into()),
    };
    Answer::new(&DebugToken { data })
}

fn not_ours() -> Refusal {
    Refusal::because(Code::InvalidParameter, "The input token belongs to another app than the access token.")
}

fn good(actor: Actor) -> TokenData {
    match &actor.token {
        Some(token) => described(&actor.app, token),
        None => TokenData {
            app_id: Some(actor.app.id.as_str().to_owned()),
            kind: Some("APP".to_owned()),
            application: Some(actor.app.name),
            is_valid: true,
            ..TokenData::default()
        },
    }
}

fn described(app: &App, token: &Token) -> TokenData {
    let seconds = |at: Option<WallTime>| at.map_or(0, WallTime::unix_seconds);
    let targets = token.wabas.as_ref().map(|wabas| wabas.iter().rev().map(|waba| waba.as_str().to_owned()).collect::<Vec<_>>());
    // The published order is alphabetical: business_management, …_management, …_messaging.
    let mut scopes: Vec<_> = token.scopes.iter().copied().map(Scope::name).collect();
    scopes.sort_unstable();
    TokenData {
        app_id: Some(app.id.as_str().to_owned()),
        kind: Some("SYSTEM_USER".to_owned()),
        application: Some(app.name.clone()),
        data_access_expires_at: Some(0),
        error: None,
        expires_at: Some(seconds(token.expires_at)),
        is_valid: true,
        issued_at: Some(token.issued_at.unix_seconds()),
        granular_scopes: scopes.iter().map(|scope| GranularScope { scope: (*scope).to_owned(), target_ids: targets.clone() }).collect(),
        scopes: scopes.into_iter().map(str::to_owned).collect(),
        user_id: None,
    }
}

fn bad(code: Code) -> TokenData {
    let error = TokenError { code: code.number(), message: code.title().to_owned(), subcode: code.row().subcode };
    TokenData { error: Some(error), ..TokenData::default() }
}

#[cfg(test)]
mod tests;

//! `POST /{version}/{phone-number-id}/request_code`: a verification code is sent to a number that is not verified yet.
//!
//! Platform docs, Cloud API, Registration (2026-06). No text message and no call leaves this platform: its operator sees the code.

use axum::extract::{Path, State};
use callport_core::registration::CodeMethod;
use callport_wire::calls::Success;
use callport_wire::{Malformed, Params};
use serde_json::{Map, Value};

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, members};

/// Longest `language`: two letters, or as in `en_US`.
const LANGUAGE_MAX: usize = 8;

/// How a number shows that it is the business's.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("requestCode", post)
            .summary("Has a verification code sent to a number")
            .needs(Needs::MANAGED_NUMBER)
            .body(members(&["code_method", "language"], &["code_method", "language"]))
            .reply(|known| known.of::<Success>()),
    ]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.verifiable(&mut caller, &id, &asked.method).await?;
    let (method, language) = read(asked.params()?)?;
    caller.engine(&graph).send_code(&number, method, language).await?;
    Answer::success()
}

fn read(params: &Map<String, Value>) -> Result<(CodeMethod, String), Refusal> {
    let params = Params::new(params);
    let method = params.required_text("code_method")?;
    let method = CodeMethod::parse(&method.to_ascii_uppercase()).ok_or_else(|| Malformed::wrong("code_method", "must be SMS or VOICE"))?;
    let language = params.required_bounded_text("language", LANGUAGE_MAX)?;
    let letters = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let known = match language.split_once('_') {
        Some((language, country)) => letters(language) && letters(country),
        None => letters(language),
    };
    if !known {
        return Err(Malformed::wrong("language", "must be two letters, or a locale as in en_US").into());
    }
    Ok((method, language.to_owned()))
}

#[cfg(test)]
mod tests;

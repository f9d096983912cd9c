//! `POST /{version}/{waba-id}/phone_numbers`: a number is added to an account. It is verified and registered by further requests.
//!
//! Platform docs, Cloud API, Phone numbers (2026).

use axum::extract::{Path, State};
use callport_core::number::PhoneNumber;
use callport_wire::{Malformed, Params};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, members, told};

/// Longest `verified_name`, in characters.
const NAME_MAX: usize = 512;

/// `{"id":"…"}`
#[derive(Serialize)]
pub(super) struct Added {
    pub(super) id: String,
}

/// How an account gets a number.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("addPhoneNumber", post)
            .summary("Adds a number to an account, not yet verified")
            .needs(Needs::ACCOUNT)
            .body(members(&["cc", "phone_number", "verified_name"], &["cc", "phone_number", "verified_name"]))
            .reply(|_| told(&["id"])),
    ]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let waba = graph.waba(&mut caller, &id, &asked.method).await?;
    let (number, name) = read(asked.params()?)?;
    let number = caller.engine(&graph).add_number(&waba.id, number, name).await?;
    Answer::new(&Added { id: number.id.as_str().to_owned() })
}

fn read(params: &Map<String, Value>) -> Result<(PhoneNumber, String), Refusal> {
    let params = Params::new(params);
    let code = params.text_or_number("cc")?.ok_or_else(|| Malformed::missing("cc"))?;
    let rest = params.text_or_number("phone_number")?.ok_or_else(|| Malformed::missing("phone_number"))?;
    let code = code.trim().trim_start_matches('+');
    if !(1..=3).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed::wrong("cc", "must be a country calling code of one to three digits").into());
    }
    let number = PhoneNumber::parse(&format!("{code}{}", rest.trim()));
    let number = number.map_err(|why| Malformed::wrong("phone_number", format!("is no phone number of that country: {why}")))?;
    let name = params.required_bounded_text("verified_name", NAME_MAX)?.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Malformed::wrong("verified_name", "must be a name").into());
    }
    Ok((number, name.to_owned()))
}

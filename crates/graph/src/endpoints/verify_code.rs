//! `POST /{version}/{phone-number-id}/verify_code`: whoever has the code that was sent to a number enters it.
//!
//! Platform docs, Cloud API, Registration (2026-06). A code lives ten minutes and works once. The platform publishes no code for a wrong one: 100.

use axum::extract::{Path, State};
use callport_wire::calls::Success;
use callport_wire::{Malformed, Params};
use serde::Serialize;

use crate::Shared;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, members};

/// Longest code that is looked at, in bytes: six digits, a hyphen and blanks.
const CODE_MAX: usize = 16;

/// `{"success":true,"id":"…"}`
#[derive(Serialize)]
struct Verified {
    success: bool,
    id: String,
}

/// How a number is verified.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("verifyCode", post)
            .summary("Verifies a number by the code that it got")
            .needs(Needs::MANAGED_NUMBER)
            .body(members(&["code"], &["code"]))
            .reply(|known| known.of::<Success>()),
    ]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.verifiable(&mut caller, &id, &asked.method).await?;
    let code = Params::new(asked.params()?).text_or_number("code")?.ok_or_else(|| Malformed::missing("code"))?;
    if code.len() > CODE_MAX {
        return Err(Malformed::wrong("code", "must have six digits").into());
    }
    caller.engine(&graph).verify_code(&number, code.trim()).await?;
    Answer::new(&Verified { success: true, id })
}

//! `POST /{version}/{phone-number-id}/deregister`: a number leaves Cloud API. It can neither send, call nor be called until it is registered again.
//!
//! Platform docs, Cloud API, Registration (2026-06). Refused for numbers that are in use with the WhatsApp Business app as well.

use axum::extract::{Path, State};
use callport_core::scope::Scope;
use callport_wire::calls::Success;

use crate::Shared;
use crate::answer::{Answer, Reply};
use crate::asked::Asked;
use crate::operation::{Needs, Operation, members};

/// How a number leaves.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::post("deregisterNumber", post)
            .summary("Takes a number off Cloud API")
            .needs(Needs::MANAGED_NUMBER)
            .body(members(&[], &[]))
            .reply(|known| known.of::<Success>()),
    ]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Management]).await?;
    caller.engine(&graph).deregister(&number.id).await?;
    Answer::success()
}

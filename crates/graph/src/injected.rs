//! Replies that fail because a test asked for it (`callport_engine::injection`).

use axum::response::{IntoResponse, Response};
use callport_core::scope::Scope;
use callport_engine::injection::{ReplyFault, SeenRequest};
use callport_engine::journal::Injected;
use callport_wire::{Code, ErrorReply};

use crate::Graph;
use crate::answer::Refusal;
use crate::asked::Asked;

/// Put beside a reply that was replaced: by which rule, for the request's entry.
#[derive(Clone)]
pub(crate) struct ReplacedBy(pub(crate) Injected);

/// Whether a test wants this request to fail. Where nothing else is done, what it is about is found for its entry.
pub(crate) async fn wanted(graph: &Graph, asked: &Asked, path: &str) -> Option<(Injected, ReplyFault)> {
    let mut caller = asked.caller();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let object = parts.next().unwrap_or_default();
    let endpoint = parts.next_back().unwrap_or(object);
    let asking = SeenRequest { app: &caller.actor.app.id, object, endpoint, action: caller.request.action() };
    let wanted = graph.engine.faults().of_reply(&asking)?;
    if !wanted.1.carried_out {
        // Finds the number for the entry of the request. Its own refusals do not matter: the request fails anyway.
        let _ = graph.number(&mut caller, object, &asked.method, &[Scope::Messaging, Scope::Management]).await;
    }
    Some(wanted)
}

/// What is sent in place of the reply. Whoever reads it can tell it from an error that is none of a test.
pub(crate) fn reply(injected: Injected, fault: ReplyFault) -> Response {
    let code = Code::from_number(fault.code).unwrap_or(Code::SomethingWentWrong);
    let done = if fault.carried_out { "The request was carried out" } else { "Nothing was done" };
    let details = format!("{done}; this error was asked for by a test (fault {}).", injected.rule);
    let mut response = Refusal(ErrorReply::new(code).status(fault.status).details(details)).into_response();
    response.extensions_mut().insert(ReplacedBy(injected));
    response
}

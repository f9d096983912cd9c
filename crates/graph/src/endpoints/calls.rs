//! `POST /{version}/{phone-number-id}/calls`: connect of business-initiated calls; pre_accept, accept, reject and terminate.
//!
//! Platform docs, Calling, API and Webhook Reference, User-initiated calls and Business-initiated calls (2026-06-26). The platform names
//! the mistakes with call ids and repeated commands but not their code: all of them are 100 here, with the reason in the details. Accept
//! after the accept window is 138007. Whoever switches calling off can still decline and end the calls that are up, so 138000 holds for
//! the rest. On a number with a Call primary, requests of everybody else are 138038 before their shape is looked at.
//!
//! Recording and transcription answer 100: neither is served yet.

use axum::extract::{Path, State};
use callport_core::call::Answer as SdpAnswer;
use callport_core::call_id::CallId;
use callport_core::outreach::OutreachRefusal;
use callport_dialect::codes;
use callport_engine::records::Number;
use callport_engine::{AskCallRefusal, CallCommand, Engine, Failed};
use callport_wire::Code;
use callport_wire::calls::{Accept, CallRequest, CallStarted, Capture, PreAccept, Success};
use callport_wire::schemas;
use serde_json::json;

use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;
use crate::auth::Caller;
use crate::operation::{Needs, Operation};
use crate::{Graph, Shared};

mod connect;

/// What can be done with calls.
pub(crate) fn operations() -> Vec<Operation> {
    let act = Operation::post("actOnCall", post)
        .summary("Places a call, or pre-accepts, accepts, rejects or ends one")
        .needs(Needs::SENDER)
        .body(schemas::call())
        .reply(|known| json!({ "anyOf": [known.of::<CallStarted>(), known.of::<Success>()] }));
    vec![act]
}

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = asked.caller();
    let number = graph.sender(&mut caller, &id, &asked.method).await?;
    demand_call_primary(&graph, &caller, &number).await?;
    demand_graph_calls(&number)?;
    match CallRequest::read(asked.params()?)? {
        CallRequest::Connect(connect) => {
            let call = connect::place(&graph, &caller, number, connect).await?;
            Answer::new(&CallStarted::new(call.as_str()))
        }
        CallRequest::PreAccept(PreAccept { call_id, session }) => {
            demand_calling(&number)?;
            command(&caller.engine(&graph), &number, &call_id, CallCommand::PreAccept(SdpAnswer::new(session.sdp))).await?;
            Answer::new(&Success::of_call())
        }
        CallRequest::Accept(Accept { call_id, session, biz_opaque_callback_data, capture }) => {
            demand_calling(&number)?;
            refuse_capture(&capture)?;
            let answer = session.map(|session| SdpAnswer::new(session.sdp));
            command(&caller.engine(&graph), &number, &call_id, CallCommand::Accept { answer, opaque: biz_opaque_callback_data }).await?;
            Answer::new(&Success::of_call())
        }
        CallRequest::Reject { call_id } => {
            command(&caller.engine(&graph), &number, &call_id, CallCommand::Reject).await?;
            Answer::new(&Success::of_call())
        }
        CallRequest::Terminate { call_id } => {
            command(&caller.engine(&graph), &number, &call_id, CallCommand::Terminate).await?;
            Answer::new(&Success::of_call())
        }
    }
}

/// A command for a call that is up.
async fn command(engine: &Engine, number: &Number, call_id: &str, command: CallCommand) -> Result<(), Refusal> {
    let call = CallId::parse(call_id).map_err(|_| unknown_call())?;
    let action = command.action();
    engine.command(&number.id, &call, command).await.map_err(|refusal| {
        let refusal = match refusal {
            Failed::Refused(why) => refused(action, &why),
            Failed::Fault(fault) => fault.into(),
        };
        tracing::info!(call = call.short(), action, code = refusal.0.code().number(), "call command refused");
        refusal
    })
}

/// Calls of a number with conversation routing are the Call primary's, whichever of its apps asks (platform docs, Conversation routing, calling
/// webhooks, 2026-10-12).
async fn demand_call_primary(graph: &Graph, caller: &Caller, number: &Number) -> Result<(), Refusal> {
    if graph.engine.may_call(&caller.actor.app, number).await? {
        return Ok(());
    }
    let details = "Conversation routing gives the calls of this phone number to another business, or to none that owns this app.";
    Err(Refusal::because(Code::NotCallPrimary, details))
}

/// On a number whose calls go by SIP, every action is the SIP server's (SIP Configuration Guide, 2025-12-15).
fn demand_graph_calls(number: &Number) -> Result<(), Refusal> {
    if !number.settings.by_sip() {
        return Ok(());
    }
    Err(Refusal::because(Code::MethodNotAllowed, "Calls of this phone number go by SIP: its SIP server places, takes and ends them."))
}

fn demand_calling(number: &Number) -> Result<(), Refusal> {
    if number.settings.enabled() { Ok(()) } else { Err(OutreachRefusal::CallingOff.into()) }
}

fn refuse_capture(capture: &Capture) -> Result<(), Refusal> {
    if capture.is_off() {
        return Ok(());
    }
    Err(Refusal::because(Code::InvalidParameter, "Call recording and transcription are not served by this platform yet."))
}

fn unknown_call() -> Refusal {
    Refusal::because(Code::InvalidParameter, "Invalid call id: there is no such call on this phone number.")
}

/// What the refusal of a command is in the API.
pub(crate) fn refused(action: &str, refusal: &AskCallRefusal) -> Refusal {
    let picks_up = matches!(action, "accept" | "pre_accept");
    match refusal {
        AskCallRefusal::UnknownCall => unknown_call(),
        AskCallRefusal::Rule(reason) => Refusal::told(codes::of_command(reason, picks_up), reason),
        AskCallRefusal::BadAnswer(_) => Refusal::told(Code::SdpRefused, refusal),
        _ => Refusal::told(Code::InvalidParameter, refusal),
    }
}

#[cfg(test)]
mod tests;

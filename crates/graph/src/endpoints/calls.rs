//! `POST /{version}/{phone-number-id}/calls`: pre_accept, accept, reject, terminate of user-initiated calls.
//!
//! Platform docs, Calling, API and Webhook Reference and User-initiated calls (2026-06-26). The platform names the mistakes with call
//! ids and repeated commands but not their code: all of them are 100 here, with the reason in the details. Accept after the accept
//! window is 138007. Whoever switches calling off can still decline and end the calls that are up, so 138000 holds for the rest.
//!
//! `connect` (business-initiated calls) answers 138013 and recordings answer 100: neither is served yet.

use axum::extract::{Path, State};
use callport_core::call::{Answer as SdpAnswer, Refusal as CallRefusal};
use callport_core::call_id::CallId;
use callport_core::scope::Scope;
use callport_engine::{CallCommand, CommandRefusal};
use callport_wire::Code;
use callport_wire::calls::{Accept, CallRequest, Capture, PreAccept, Success};

use crate::Shared;
use crate::answer::{Answer, Refusal, Reply};
use crate::asked::Asked;

/// The endpoint.
pub(crate) async fn post(State(graph): State<Shared>, Path(id): Path<String>, asked: Asked) -> Reply {
    let mut caller = graph.caller(&asked).await?;
    let number = graph.number(&mut caller, &id, &asked.method, &[Scope::Messaging]).await?;
    let request = CallRequest::read(&asked.params()?)?;
    let starts = !matches!(request, CallRequest::Reject { .. } | CallRequest::Terminate { .. });
    if starts && !number.settings.enabled() {
        return Err(Refusal::because(Code::CallingNotEnabled, "Calling is not enabled on this phone number."));
    }
    let (call_id, command) = command(request)?;
    let call = CallId::parse(&call_id).map_err(|_| unknown_call())?;
    let action = command.action();
    match graph.engine.command(&number.id, &call, command).await {
        Ok(()) => Answer::new(&Success::of_call(), caller.usage),
        Err(refusal) => {
            let refusal = refused(action, refusal);
            tracing::info!(call = call.short(), action, code = refusal.0.code().number(), "call command refused");
            Err(refusal)
        }
    }
}

/// The engine's command for the request, and the id of the call.
fn command(request: CallRequest) -> Result<(String, CallCommand), Refusal> {
    match request {
        CallRequest::Connect(_) => {
            Err(Refusal::because(Code::BusinessCallsUnavailable, "Business-initiated calls are not served by this platform yet."))
        }
        CallRequest::PreAccept(PreAccept { call_id, session }) => Ok((call_id, CallCommand::PreAccept(SdpAnswer::new(session.sdp)))),
        CallRequest::Accept(Accept { call_id, session, biz_opaque_callback_data, capture }) => {
            refuse_capture(&capture)?;
            let answer = session.map(|session| SdpAnswer::new(session.sdp));
            Ok((call_id, CallCommand::Accept { answer, opaque: biz_opaque_callback_data }))
        }
        CallRequest::Reject { call_id } => Ok((call_id, CallCommand::Reject)),
        CallRequest::Terminate { call_id } => Ok((call_id, CallCommand::Terminate)),
    }
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

fn refused(action: &str, refusal: CommandRefusal) -> Refusal {
    let late = matches!(action, "accept" | "pre_accept");
    match refusal {
        CommandRefusal::UnknownCall => unknown_call(),
        CommandRefusal::Refused(reason @ CallRefusal::RangOut) if late => Refusal::because(Code::ConnectTimeout, sentence(&reason)),
        CommandRefusal::Refused(reason) => Refusal::because(Code::InvalidParameter, sentence(&reason)),
        CommandRefusal::BadAnswer(reason) => Refusal::because(Code::SdpRefused, sentence(&reason)),
        CommandRefusal::Fault(fault) => fault.into(),
    }
}

/// The words of a refusal as a sentence.
fn sentence(words: &impl std::fmt::Display) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests;

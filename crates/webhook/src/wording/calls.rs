//! Field `calls`: how a call begins, what it meets at the user's device, and how it ends.

use callport_core::call::{CallStatus, EndReason, Ending};
use callport_core::call_id::{CallId, Direction};
use callport_core::time::WallTime;
use callport_dialect::calls::platform_sdp;
use callport_dialect::{Twin as _, codes, seconds};
use callport_engine::ports::Parties;
use callport_wire::codes::Code;
use callport_wire::webhooks::{
    CallEvent, CallsValue, Change, Envelope, ErrorObject, EventKind, StatusEvent, TerminateStatus, WebhookSession,
};

use super::{contact, metadata};

/// What every event of a call echoes.
pub(super) struct Echo<'a> {
    pub(super) cta_payload: &'a Option<String>,
    pub(super) deeplink_payload: &'a Option<String>,
    pub(super) opaque: &'a Option<String>,
}

/// A call and its parties.
pub(super) struct Subject<'a> {
    pub(super) parties: &'a Parties,
    pub(super) call: &'a CallId,
    pub(super) direction: Direction,
}

/// A call begins: our offer to the business that a user calls, our answer to the business that calls a user.
pub(super) fn connect(subject: &Subject<'_>, at: WallTime, sdp: &str, echo: Echo<'_>) -> Envelope {
    let session = Some(WebhookSession { sdp: sdp.to_owned(), sdp_type: platform_sdp(subject.direction) });
    of_call(subject, CallEvent { session, ..event(subject, EventKind::Connect, at, echo) })
}

/// A call by SIP was attempted.
pub(super) fn created(subject: &Subject<'_>, at: WallTime) -> Envelope {
    let echo = Echo { cta_payload: &None, deeplink_payload: &None, opaque: &None };
    of_call(subject, event(subject, EventKind::CallCreated, at, echo))
}

/// A call is over. Only one that was answered has times.
pub(super) fn terminate(subject: &Subject<'_>, ending: &Ending, echo: Echo<'_>) -> Envelope {
    let event = CallEvent {
        start_time: ending.talk.map(|talk| seconds(talk.since)),
        end_time: ending.talk.map(|talk| seconds(talk.until)),
        duration: ending.talk.map(|talk| talk.duration().as_secs()),
        status: Some(if ending.reason.failed() { TerminateStatus::Failed } else { TerminateStatus::Completed }),
        errors: failure(ending).into_iter().collect(),
        ..event(subject, EventKind::Terminate, ending.at, echo)
    };
    of_call(subject, event)
}

/// The user's device rings, or the user answered one way or the other.
pub(super) fn status(parties: &Parties, call: &CallId, at: WallTime, status: CallStatus, opaque: &Option<String>) -> Envelope {
    let event = StatusEvent {
        recipient_id: Some(parties.user.digits().to_owned()),
        recipient_user_id: Some(parties.bsuid.as_str().to_owned()),
        biz_opaque_callback_data: opaque.clone(),
        ..StatusEvent::new(call.as_str(), status.published(), seconds(at))
    };
    of_value(parties, CallsValue::of_status(metadata(&parties.number, &parties.number_id), contact(parties), event))
}

/// A user tried to call a business that cannot pay.
pub(super) fn no_payment_method(parties: &Parties) -> Envelope {
    let error = ErrorObject::new(Code::Payment, "The WhatsApp Business Account has no valid payment method, so users cannot call it.");
    of_value(parties, CallsValue::of_error(metadata(&parties.number, &parties.number_id), contact(parties), error))
}

fn of_call(subject: &Subject<'_>, event: CallEvent) -> Envelope {
    let parties = subject.parties;
    of_value(parties, CallsValue::of_call(metadata(&parties.number, &parties.number_id), contact(parties), event))
}

fn of_value(parties: &Parties, value: CallsValue) -> Envelope {
    Envelope::of(parties.waba.as_str(), Change::Calls(Box::new(value)))
}

/// The parties stand in the order of the call; the user's business-scoped id goes beside the user's number.
fn event(subject: &Subject<'_>, kind: EventKind, at: WallTime, echo: Echo<'_>) -> CallEvent {
    let Subject { parties, call, direction } = subject;
    let (user, business) = (parties.user.digits().to_owned(), parties.number.digits().to_owned());
    let bsuid = parties.bsuid.as_str().to_owned();
    let blank = CallEvent {
        cta_payload: echo.cta_payload.clone(),
        deeplink_payload: echo.deeplink_payload.clone(),
        biz_opaque_callback_data: echo.opaque.clone(),
        ..CallEvent::new(call.as_str(), kind, seconds(at), direction.published())
    };
    match direction {
        Direction::UserInitiated => CallEvent { from: Some(user), from_user_id: Some(bsuid), to: Some(business), ..blank },
        Direction::BusinessInitiated => CallEvent { from: Some(business), to: Some(user), to_user_id: Some(bsuid), ..blank },
    }
}

/// The error of a failed call.
pub(super) fn failure(ending: &Ending) -> Option<ErrorObject> {
    Some(ErrorObject::new(codes::of_end(ending.reason)?, details(ending.reason)))
}

/// The sentence of 138021 is the captured one; the others follow its form.
fn details(reason: EndReason) -> String {
    match reason {
        EndReason::NoBusinessMedia | EndReason::BusinessWentSilent => {
            "The user's app ended the call after a long time without media.".to_owned()
        }
        EndReason::UserWentSilent => "The user's app ended the call after a long time without sending media.".to_owned(),
        EndReason::UserNeverConnected => "The user's app could not connect to the call relay.".to_owned(),
        other => format!("The call failed: {other}."),
    }
}

//! The engine's notices in the published words, escaped as the platform escapes them.

use callport_core::call::{EndReason, Ending};
use callport_core::call_id::{self, CallId};
use callport_core::time::WallTime;
use callport_engine::ports::{CallFacts, Notice, Wording};
use callport_wire::calls::SdpType;
use callport_wire::codes::Code;
use callport_wire::escape::to_escaped_bytes;
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{
    CallEvent, CallsValue, Change, Contact, Direction, Envelope, ErrorObject, EventKind, Metadata, Outcome, Profile, SettingsUpdateValue,
    WebhookSession,
};

mod settings;

/// Renders webhook bodies as JSON.
pub struct JsonWording;

impl Wording for JsonWording {
    fn body(&self, notice: &Notice) -> Vec<u8> {
        // Maps with keys that are not strings do not occur in these shapes, and nothing else can fail.
        to_escaped_bytes(&envelope(notice)).expect("webhook shapes have string keys")
    }
}

fn envelope(notice: &Notice) -> Envelope {
    match notice {
        Notice::Connect { facts, call, direction, at, sdp, cta_payload, deeplink_payload, opaque } => {
            let event = CallEvent {
                cta_payload: cta_payload.clone(),
                deeplink_payload: deeplink_payload.clone(),
                biz_opaque_callback_data: opaque.clone(),
                session: Some(WebhookSession { sdp: sdp.clone(), sdp_type: sdp_type(*direction) }),
                ..event(facts, call, *direction, EventKind::Connect, *at)
            };
            of_call(facts, event)
        }
        Notice::Terminate { facts, call, direction, ending, cta_payload, deeplink_payload, opaque } => {
            let event = CallEvent {
                cta_payload: cta_payload.clone(),
                deeplink_payload: deeplink_payload.clone(),
                biz_opaque_callback_data: opaque.clone(),
                start_time: ending.talk.map(|talk| seconds(talk.since)),
                end_time: ending.talk.map(|talk| seconds(talk.until)),
                duration: ending.talk.map(|talk| talk.duration().as_secs()),
                status: Some(if ending.reason.failed() { Outcome::Failed } else { Outcome::Completed }),
                errors: failure(ending).into_iter().collect(),
                ..event(facts, call, *direction, EventKind::Terminate, ending.at)
            };
            of_call(facts, event)
        }
        Notice::NoPaymentMethod { facts, at: _ } => {
            let error =
                ErrorObject::new(Code::Payment, "The WhatsApp Business Account has no valid payment method, so users cannot call it.");
            let value = CallsValue::of_error(metadata(facts), contact(facts), error);
            Envelope::of(facts.waba.as_str(), Change::Calls(Box::new(value)))
        }
        Notice::SettingsChanged { waba, number_id, at, settings } => {
            let value = SettingsUpdateValue::calling(number_id.as_str(), seconds(*at), settings::calling(settings));
            Envelope::of(waba.as_str(), Change::SettingsUpdate(Box::new(value)))
        }
    }
}

fn of_call(facts: &CallFacts, event: CallEvent) -> Envelope {
    let value = CallsValue::of_call(metadata(facts), contact(facts), event);
    Envelope::of(facts.waba.as_str(), Change::Calls(Box::new(value)))
}

/// The parties stand in the order of the call; the user's business-scoped id goes beside the user's number.
fn event(facts: &CallFacts, call: &CallId, direction: call_id::Direction, kind: EventKind, at: WallTime) -> CallEvent {
    let (user, business) = (facts.user.digits().to_owned(), facts.number.digits().to_owned());
    let bsuid = facts.bsuid.as_str().to_owned();
    let blank = |direction| CallEvent::new(call.as_str(), kind, seconds(at), direction);
    match direction {
        call_id::Direction::UserInitiated => {
            CallEvent { from: Some(user), from_user_id: Some(bsuid), to: Some(business), ..blank(Direction::UserInitiated) }
        }
        call_id::Direction::BusinessInitiated => {
            CallEvent { from: Some(business), to: Some(user), to_user_id: Some(bsuid), ..blank(Direction::BusinessInitiated) }
        }
    }
}

fn sdp_type(direction: call_id::Direction) -> SdpType {
    match direction {
        call_id::Direction::UserInitiated => SdpType::Offer,
        call_id::Direction::BusinessInitiated => SdpType::Answer,
    }
}

fn metadata(facts: &CallFacts) -> Metadata {
    Metadata { display_phone_number: facts.number.digits().to_owned(), phone_number_id: facts.number_id.as_str().to_owned() }
}

fn contact(facts: &CallFacts) -> Contact {
    Contact {
        profile: Profile { name: facts.user_name.clone(), username: facts.username.clone() },
        wa_id: Some(facts.user.digits().to_owned()),
        user_id: Some(facts.bsuid.as_str().to_owned()),
        parent_user_id: None,
    }
}

fn seconds(at: WallTime) -> TextSeconds {
    TextSeconds(at.unix_seconds())
}

/// The error of a failed call.
fn failure(ending: &Ending) -> Option<ErrorObject> {
    let code = Code::from_number(ending.reason.code()?).unwrap_or(Code::SomethingWentWrong);
    Some(ErrorObject::new(code, details(ending.reason)))
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

#[cfg(test)]
mod tests;

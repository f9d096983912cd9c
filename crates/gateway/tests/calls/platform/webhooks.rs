//! Webhooks as published, and how they are delivered.

use callport_wire::calls::SdpType;
use callport_wire::seconds::TextSeconds;
use callport_wire::webhooks::{
    CallEvent, CallsValue, Change, Contact, Direction, Envelope, EventKind, InboundMessage, MessageStatusEvent, MessagesValue, Metadata,
    Status, StatusEvent, TerminateStatus, WebhookSession,
};
use hmac::{Hmac, KeyInit, Mac};

use super::{NOW, NUMBER, OUTGOING, SECRET, USER, USER_ID, WABA};

/// A connect event of a call of ours carries the relay's answer.
pub(super) fn with_answer(mut change: Change, answer: &str) -> Change {
    if let Change::Calls(value) = &mut change {
        for event in value.calls.iter_mut().filter(|event| event.event == EventKind::Connect && event.session.is_none()) {
            event.session = Some(WebhookSession { sdp: answer.to_owned(), sdp_type: SdpType::Answer });
        }
    }
    change
}

/// Delivers a change, signed, and expects 200.
pub(super) async fn post_webhook(http: &reqwest::Client, callback: &str, change: Change) {
    let body = callport_wire::escape::to_escaped_bytes(&Envelope::of(WABA, change)).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let request = http.post(callback).header("X-Hub-Signature-256", signature).body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

pub(super) fn metadata(number: &str) -> Metadata {
    Metadata { display_phone_number: "15559020077".to_owned(), phone_number_id: number.to_owned() }
}

pub(super) fn contact() -> Contact {
    Contact { wa_id: Some(USER.to_owned()), user_id: Some(USER_ID.to_owned()), ..Contact::default() }
}

/// An event of the call of ours.
pub(crate) fn outgoing(kind: EventKind, adjust: impl FnOnce(&mut CallEvent)) -> Change {
    let mut event = CallEvent::new(OUTGOING, kind, TextSeconds(NOW), Direction::BusinessInitiated);
    adjust(&mut event);
    Change::Calls(Box::new(CallsValue::of_call(metadata(NUMBER), contact(), event)))
}

/// The end of the call of ours: picked up for so many seconds, or missed.
pub(crate) fn ended(seconds: Option<u64>) -> Change {
    outgoing(EventKind::Terminate, |event| {
        event.status = Some(TerminateStatus::Completed);
        event.start_time = seconds.map(|_| TextSeconds(NOW));
        event.duration = seconds;
    })
}

/// A status of the call of ours.
pub(crate) fn status(status: Status) -> Change {
    let event = StatusEvent::new(OUTGOING, status, TextSeconds(NOW));
    Change::Calls(Box::new(CallsValue::of_status(metadata(NUMBER), contact(), event)))
}

/// A message of the user.
pub(crate) fn message(mut message: InboundMessage) -> Change {
    message.from.get_or_insert_with(|| USER.to_owned());
    Change::Messages(Box::new(MessagesValue::of_message(metadata(NUMBER), Contact::default(), message)))
}

/// What became of a message of the business.
pub(crate) fn message_status(event: MessageStatusEvent) -> Change {
    Change::Messages(Box::new(MessagesValue::of_status(metadata(NUMBER), contact(), event)))
}

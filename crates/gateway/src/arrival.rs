//! What a delivery brings, one piece at a time, however the platform batched it.
//!
//! Platform docs, Webhooks: `entry`, `changes`, `calls`, `statuses` and `messages` are all lists, and no order is promised.

use callport_wire::webhooks::{
    CallEvent, CallsValue, Change, Contact, Envelope, ErrorObject, EventKind, InboundContent, InboundMessage, MessageStatus,
    MessageStatusEvent, MessagesValue, StatusEvent,
};

/// One piece of news, authenticated.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The business number it concerns; none for what concerns the account.
    pub phone_number_id: Option<String>,
    pub tidings: Tidings,
}

/// What it tells.
#[derive(Debug, Clone)]
pub(crate) enum Tidings {
    /// Field `calls`: connect, terminate and others.
    Call(Box<CallEvent>),
    /// Field `calls`: how far a call of ours is.
    CallStatus(Box<StatusEvent>),
    /// Field `messages`: what a user sent, tapped or permitted.
    Message(Box<InboundMessage>),
    /// Field `messages`: what became of a message of ours.
    MessageStatus(Box<MessageStatusEvent>),
    /// An error that belongs to no call and no message, 131044 for instance.
    Trouble(ErrorObject),
    /// Any other field, by its name.
    Field(String),
}

impl Tidings {
    /// What it is called in the timeline. It holds nothing that a user said.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Call(event) => event_name(&event.event).to_owned(),
            Self::CallStatus(status) => status.status.as_str().to_owned(),
            Self::Message(message) => match &message.content {
                InboundContent::PermissionReply(_) => "call_permission_reply".to_owned(),
                content => format!("message {}", content.kind()),
            },
            Self::MessageStatus(event) => match (&event.status, event.errors.first()) {
                (MessageStatus::Failed, Some(error)) => format!("message failed, {} {}", error.code, error.title),
                (status, _) => format!("message {}", status_name(status)),
            },
            Self::Trouble(error) => format!("error {} {}", error.code, error.title),
            Self::Field(field) => field.clone(),
        }
    }

    /// By what a double is known: the id of the call or message. None where nothing has an id.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Call(event) => Some(&event.id),
            Self::CallStatus(status) => Some(&status.id),
            Self::Message(message) => Some(&message.id),
            Self::MessageStatus(event) => Some(&event.id),
            Self::Trouble(_) | Self::Field(_) => None,
        }
    }

    /// The call it is about.
    pub(crate) fn call_id(&self) -> Option<&str> {
        match self {
            Self::Call(_) | Self::CallStatus(_) => self.id(),
            _ => None,
        }
    }
}

/// Everything in a delivery.
pub(crate) fn arrivals(envelope: Envelope) -> Vec<Arrival> {
    envelope.entry.into_iter().flat_map(|entry| entry.changes).flat_map(of_change).collect()
}

fn of_change(change: Change) -> Vec<Arrival> {
    let (number, tidings) = match change {
        Change::Calls(value) => of_calls(*value),
        Change::Messages(value) => of_messages(*value),
        other => (None, vec![Tidings::Field(other.field().to_owned())]),
    };
    tidings.into_iter().map(|tidings| Arrival { phone_number_id: number.clone(), tidings }).collect()
}

/// Documented samples put a call's errors beside it, captured ones into it as well: here they always come with the call.
fn of_calls(value: CallsValue) -> (Option<String>, Vec<Tidings>) {
    let CallsValue { metadata, mut calls, statuses, mut errors, .. } = value;
    if let [only] = calls.as_mut_slice() {
        let beside = std::mem::take(&mut errors);
        if only.errors.is_empty() {
            only.errors = beside;
        }
    }
    let calls = calls.into_iter().map(|event| Tidings::Call(Box::new(event)));
    let statuses = statuses.into_iter().map(|status| Tidings::CallStatus(Box::new(status)));
    let errors = errors.into_iter().map(Tidings::Trouble);
    (Some(metadata.phone_number_id), calls.chain(statuses).chain(errors).collect())
}

fn of_messages(value: MessagesValue) -> (Option<String>, Vec<Tidings>) {
    let MessagesValue { metadata, contacts, messages, statuses, errors, .. } = value;
    let contact = contacts.into_iter().next().unwrap_or_default();
    let messages = messages.into_iter().map(|message| Tidings::Message(Box::new(with_sender(message, &contact))));
    let statuses = statuses.into_iter().map(|event| Tidings::MessageStatus(Box::new(event)));
    let errors = errors.into_iter().map(Tidings::Trouble);
    (Some(metadata.phone_number_id), messages.chain(statuses).chain(errors).collect())
}

/// The sender is named in the message, in the contact beside it, or in both.
fn with_sender(mut message: InboundMessage, contact: &Contact) -> InboundMessage {
    message.from = message.from.or_else(|| contact.wa_id.clone());
    message.from_user_id = message.from_user_id.or_else(|| contact.user_id.clone());
    message
}

/// An event's published name.
fn event_name(event: &EventKind) -> &str {
    match event {
        EventKind::Connect => "connect",
        EventKind::Terminate => "terminate",
        EventKind::CallRecordingAvailable => "call_recording_available",
        EventKind::CallTranscriptionAvailable => "call_transcription_available",
        EventKind::CallCreated => "call_created",
        EventKind::Other(name) => name,
    }
}

/// A status's published name.
fn status_name(status: &MessageStatus) -> &str {
    match status {
        MessageStatus::Sent => "sent",
        MessageStatus::Delivered => "delivered",
        MessageStatus::Read => "read",
        MessageStatus::Played => "played",
        MessageStatus::Failed => "failed",
        MessageStatus::Other(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sample: &str) -> Vec<Arrival> {
        arrivals(serde_json::from_str(sample).unwrap())
    }

    #[test]
    fn every_published_sample_has_its_name() {
        for (name, sample) in [
            ("connect", include_str!("../../wire/samples/webhook_connect_user.json")),
            ("connect", include_str!("../../wire/samples/webhook_connect_business.json")),
            ("RINGING", include_str!("../../wire/samples/webhook_status.json")),
            ("terminate", include_str!("../../wire/samples/webhook_terminate.json")),
            ("terminate", include_str!("../../wire/samples/webhook_terminate_failed.json")),
            ("error 131044 Business eligibility payment issue", include_str!("../../wire/samples/webhook_error_without_call.json")),
            ("message text", include_str!("../../wire/samples/webhook_message_text.json")),
            ("message sent", include_str!("../../wire/samples/webhook_message_sent.json")),
            ("message failed, 131026 Message undeliverable", include_str!("../../wire/samples/webhook_message_failed.json")),
            ("call_permission_reply", include_str!("../../wire/samples/webhook_permission_reply.json")),
            ("account_settings_update", include_str!("../../wire/samples/webhook_account_settings_update.json")),
            ("account_update", include_str!("../../wire/samples/webhook_account_restriction.json")),
            ("message_template_status_update", include_str!("../../wire/samples/webhook_template_status.json")),
        ] {
            let names: Vec<_> = read(sample).iter().map(|arrival| arrival.tidings.name()).collect();
            assert_eq!(names, [name]);
        }
    }

    #[test]
    fn errors_beside_a_call_come_with_the_call() {
        let sample = include_str!("../../wire/samples/webhook_terminate_failed.json");
        let mut json: serde_json::Value = serde_json::from_str(sample).unwrap();
        json["entry"][0]["changes"][0]["value"]["calls"][0].as_object_mut().unwrap().remove("errors");
        for sample in [sample.to_owned(), json.to_string()] {
            let all = read(&sample);
            let [Arrival { tidings: Tidings::Call(event), .. }] = all.as_slice() else { panic!("{all:?}") };
            assert_eq!(event.errors.iter().map(|error| error.code).collect::<Vec<_>>(), [138021]);
        }
    }

    #[test]
    fn a_sender_that_only_the_contact_names_is_known() {
        let sample = include_str!("../../wire/samples/webhook_message_text.json");
        let mut json: serde_json::Value = serde_json::from_str(sample).unwrap();
        let message = json["entry"][0]["changes"][0]["value"]["messages"][0].as_object_mut().unwrap();
        message.remove("from");
        message.remove("from_user_id");
        let all = read(&json.to_string());
        let [Arrival { tidings: Tidings::Message(message), .. }] = all.as_slice() else { panic!("{all:?}") };
        assert!(message.from.is_some() && message.from_user_id.is_some());
    }
}

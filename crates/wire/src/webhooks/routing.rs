//! Fields `messaging_handovers` and `standby`: whose a thread is, and what goes on in threads of others.
//!
//! Platform docs, Conversation routing: messaging_handovers (2026-09-22) and standby (2026-08-04) references. `message_echoes` is announced there
//! without a sample: an echo has the members of a message that is sent, with `from`, `to`, `id` and `timestamp` of one that came.

use serde::{Deserialize, Serialize};

use super::{Contact, InboundMessage, MessageStatusEvent, Metadata};
use crate::calls::MESSAGING_PRODUCT;
use crate::quiet::quiet_debug;
use crate::seconds::TextSeconds;

/// `value` of field `messaging_handovers`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverValue {
    /// `whatsapp`.
    pub messaging_product: String,
    /// The user.
    pub sender: HandoverSender,
    /// The business number.
    pub recipient: HandoverRecipient,
    /// When.
    pub timestamp: TextSeconds,
    /// `control_passed` or `control_taken`: which of the two objects holds the details.
    #[serde(rename = "type")]
    pub kind: String,
    /// The owner gave it to whoever reads this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_passed: Option<HandoverDetails>,
    /// Somebody took it from whoever reads this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_taken: Option<HandoverDetails>,
}

/// Whose thread it is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverSender {
    /// The user's digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

/// On which number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverRecipient {
    /// The number's id.
    pub phone_number_id: String,
    /// Its digits.
    pub display_phone_number: String,
}

/// From whom to whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverDetails {
    /// By which role it was somebody's before.
    pub previous_owner_role: String,
    /// By which role it is somebody's now.
    pub new_owner_role: String,
    /// What the request gave along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}

/// `value` of field `standby`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandbyValue {
    /// `whatsapp`.
    pub messaging_product: String,
    /// The business number.
    pub metadata: Metadata,
    /// What the thread's owner sees or does.
    pub standby: Standby,
}

/// One of messages, echoes and statuses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Standby {
    /// The user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// What the user wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<InboundMessage>,
    /// What the business wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_echoes: Vec<MessageEcho>,
    /// How far that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<MessageStatusEvent>,
}

/// A message of the business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEcho {
    /// The business's digits.
    pub from: String,
    /// The user's digits.
    pub to: String,
    /// `wamid.…`
    pub id: String,
    /// When.
    pub timestamp: TextSeconds,
    /// `text`, `interactive` or `template`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says, whatever its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<EchoText>,
}

/// A text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoText {
    /// As the user sees it.
    pub body: String,
}

quiet_debug! {
    HandoverValue { timestamp, kind }
    HandoverSender {}
    HandoverRecipient { phone_number_id }
    HandoverDetails { previous_owner_role, new_owner_role }
    MessageEcho { timestamp, kind }
    EchoText {}
}

impl StandbyValue {
    /// Something that went on in a thread of this number.
    pub fn of(metadata: Metadata, standby: Standby) -> Self {
        Self { messaging_product: MESSAGING_PRODUCT.to_owned(), metadata, standby }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Change, Envelope};

    /// The published sample, with members that are deprecated or not written here.
    #[test]
    fn reads_a_handover_as_published() {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "660017722334455", "changes": [{
            "field": "messaging_handovers", "value": {
                "messaging_product": "whatsapp",
                "sender": { "phone_number": "15557010042" },
                "recipient": { "phone_number_id": "881200345671203", "display_phone_number": "15559020077" },
                "timestamp": "1795345200",
                "type": "control_passed",
                "control_passed": { "previous_owner_role": "ai_agent", "new_owner_role": "customer_service", "new_owner_app_id": "1001",
                    "metadata": "ticket=77812",
                    "conversation_context": { "type": "summary", "summary": { "text": "Wants a repair date" } } } } }] }] });
        let envelope: Envelope = serde_json::from_value(body).unwrap();
        let Some(Change::Handover(value)) = envelope.changes().next() else { panic!("{envelope:?}") };
        let details = value.control_passed.as_ref().unwrap();
        assert_eq!((details.previous_owner_role.as_str(), details.new_owner_role.as_str()), ("ai_agent", "customer_service"));
        assert_eq!((details.metadata.as_deref(), value.control_taken.is_none()), (Some("ticket=77812"), true));
        let shown = format!("{value:?}");
        assert!(!shown.contains("15557010042") && !shown.contains("ticket"), "a user's number is not for logs: {shown}");
    }

    #[test]
    fn what_stands_by_is_one_of_three_lists() {
        let value = json!({ "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15559020077", "phone_number_id": "881200345671203" },
            "standby": { "contacts": [{ "profile": { "name": "Nadia" }, "wa_id": "15557010042" }], "message_echoes": [
                { "from": "15559020077", "to": "15557010042", "id": "wamid.A", "timestamp": "1795345200", "type": "text", "text": { "body": "hi" } }] } });
        let body =
            json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "value": value, "field": "standby" }] }] });
        let envelope: Envelope = serde_json::from_value(body.clone()).unwrap();
        assert!(matches!(envelope.changes().next(), Some(Change::Standby(_))));
        assert_eq!(serde_json::to_value(&envelope).unwrap(), body, "and is written as it was read");
    }
}

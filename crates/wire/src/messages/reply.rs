//! What the endpoint answers when it takes a message. Taken is not delivered: that comes by webhook.
//!
//! Marking as read is answered with [`Success::plain`](crate::calls::Success::plain).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calls::MESSAGING_PRODUCT;
use crate::quiet::quiet_debug;
use crate::words::words;

/// The reply to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReply {
    /// `whatsapp`.
    pub messaging_product: String,
    /// One element.
    pub contacts: Vec<ReplyContact>,
    /// One element.
    pub messages: Vec<AcceptedMessage>,
}

/// Who gets the message.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ReplyContact {
    /// The recipient as the request wrote it.
    pub input: String,
    /// Digits; may be absent for a message to a business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The portfolio parent's id for the user, where parents are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
}

/// The message that was taken.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AcceptedMessage {
    /// `wamid.…`
    pub id: String,
    /// Only for templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_status: Option<TemplateMessageStatus>,
}

words! {
    /// What becomes of a template message first.
    TemplateMessageStatus {
        /// It is on its way.
        Accepted = "accepted",
        /// It waits until the template's quality is known.
        HeldForQualityAssessment = "held_for_quality_assessment",
        /// The template is paused.
        Paused = "paused",
    }
}

quiet_debug! {
    ReplyContact {}
    AcceptedMessage { message_status }
}

impl MessageReply {
    /// `message` is taken for `contact`.
    pub fn new(contact: ReplyContact, message: AcceptedMessage) -> Self {
        Self { messaging_product: MESSAGING_PRODUCT.to_owned(), contacts: vec![contact], messages: vec![message] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    fn sari(input: &str) -> ReplyContact {
        ReplyContact {
            input: input.into(),
            wa_id: Some("6281255501234".into()),
            user_id: Some("ID.40418822017365529013".into()),
            parent_user_id: None,
        }
    }

    #[test]
    fn replies_as_published() {
        let message = AcceptedMessage {
            id: "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEkE0QjVDNkQ3RThGOTAxMjM0NQA=".into(),
            message_status: Some(TemplateMessageStatus::Accepted),
        };
        golden::check(&MessageReply::new(sari("+6281255501234"), message), include_str!("../../samples/message_reply_template.json"));
        let message = AcceptedMessage { id: "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEjA4RjQ1MkY3QTE5QzM2RDg5AA==".into(), message_status: None };
        golden::check(&MessageReply::new(sari("+62 812-5550-1234"), message), include_str!("../../samples/message_reply.json"));
    }

    #[test]
    fn a_message_to_a_business_scoped_id_may_hide_the_number() {
        let json = r#"{"messaging_product":"whatsapp","contacts":[{"input":"US.1"}],"messages":[{"id":"wamid.X"}]}"#;
        let contact = ReplyContact { input: "US.1".into(), ..ReplyContact::default() };
        golden::check(&MessageReply::new(contact, AcceptedMessage { id: "wamid.X".into(), message_status: None }), json);
    }
}

//! Field `messages`: what users write, tap and permit, and what becomes of the business's messages.
//!
//! Platform docs, Cloud API, messages webhook reference and Status webhook (2025-11-20); Calling, Obtain user call
//! permissions, "call_permission_reply". Left out: `conversation`, which versions 24 and later send only in free entry
//! point windows, and media, which calling needs for voicemail alone.

pub mod inbound;
pub mod permission_reply;
pub mod status;

use serde::{Deserialize, Serialize};

use super::{Contact, ErrorObject, Metadata};
use crate::calls::MESSAGING_PRODUCT;
pub use inbound::{InboundContent, InboundMessage, MessageContext, SystemMessage};
pub use permission_reply::{PermissionReply, ReplySource, UserAnswer};
pub use status::{MessageStatus, MessageStatusEvent, Pricing, PricingCategory, PricingType};

/// `value` of the change: one of messages, statuses and errors. Lists that are empty are not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesValue {
    /// `whatsapp`.
    pub messaging_product: String,
    /// The business number.
    pub metadata: Metadata,
    /// The user who wrote, or whom a message went to: one element. Samples of 2025 have none beside a status; clients of 2026 need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// One element.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<InboundMessage>,
    /// One element.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<MessageStatusEvent>,
    /// Trouble of the whole account, 130429 for instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorObject>,
}

impl MessagesValue {
    /// A message of a user.
    pub fn of_message(metadata: Metadata, contact: Contact, message: InboundMessage) -> Self {
        Self { contacts: vec![contact], messages: vec![message], ..Self::empty(metadata) }
    }

    /// What the platform says about a user: of no contact, as that user is another one now.
    pub fn of_system(metadata: Metadata, message: InboundMessage) -> Self {
        Self { messages: vec![message], ..Self::empty(metadata) }
    }

    /// What became of a message of the business.
    pub fn of_status(metadata: Metadata, contact: Contact, status: MessageStatusEvent) -> Self {
        Self { contacts: vec![contact], statuses: vec![status], ..Self::empty(metadata) }
    }

    /// Trouble of the whole account.
    pub fn of_error(metadata: Metadata, error: ErrorObject) -> Self {
        Self { errors: vec![error], ..Self::empty(metadata) }
    }

    fn empty(metadata: Metadata) -> Self {
        Self {
            messaging_product: MESSAGING_PRODUCT.to_owned(),
            metadata,
            contacts: vec![],
            messages: vec![],
            statuses: vec![],
            errors: vec![],
        }
    }
}

#[cfg(test)]
mod tests;

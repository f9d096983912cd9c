//! What stands in a chat between a business and a user, however it was sent (platform docs, Send messages; Call buttons and deep links;
//! Obtain user call permissions). Only what calling needs: text, buttons, permission requests.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::ids::PhoneNumberId;
use crate::number::PhoneNumber;
use crate::time::WallTime;
use crate::words::words;

/// Longest text taken for a message id. Ours have about 70 characters.
pub const MAX_MESSAGE_ID: usize = 256;
/// Longest text of a message, in characters.
pub const MAX_TEXT: usize = 4_096;
/// How long a call button works unless it says otherwise.
pub const CALL_BUTTON_LIFE: Duration = Duration::from_secs(10_080 * 60);
/// What a call button says unless it says otherwise.
pub const CALL_BUTTON_TEXT: &str = "Call Now";

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// The business, over the API.
    Business,
    /// The user, on the phone.
    User,
    /// The platform, to the user only.
    System,
}

words!(Author { Business = "business", User = "user", System = "system" });

/// A message's id, opaque to everyone but its maker: `wamid.` and standard base64, of the same family as call ids.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(SmolStr);

/// Why a text is no message id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message id starts with `wamid.` and has at most {MAX_MESSAGE_ID} characters")]
pub struct BadMessageId;

impl MessageId {
    /// Makes the id of a new message from the user's number, its author and 10 random bytes.
    pub fn compose(user: &PhoneNumber, author: Author, random: [u8; 10]) -> Self {
        let digits = user.digits().as_bytes(); // at most 15, so the length is one varint byte
        let mut bytes = vec![0x1c, 0x18, digits.len() as u8]; // field 1: struct of the user's number
        bytes.extend(digits);
        bytes.extend([0x15, 0x02, 0x00]);
        let own = hex::encode_upper(random);
        // Captured ids of businesses hold 18 characters of their own, those of users 20.
        let (sent_by_business, length) = if author == Author::Business { (0x11, 18) } else { (0x12, 20) };
        bytes.extend([sent_by_business, 0x18, length as u8]);
        bytes.extend(&own.as_bytes()[..length]);
        bytes.push(0x00);
        Self(format!("wamid.{}", STANDARD.encode(bytes)).into())
    }

    /// The id that a phone's own key for a message always makes, so that the same message is known again when it comes twice.
    pub fn derive(user: &PhoneNumber, number: &PhoneNumberId, key: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"callport message\0")
            .chain_update(user.digits())
            .chain_update(b"\0")
            .chain_update(number.as_str())
            .chain_update(b"\0")
            .chain_update(key)
            .finalize();
        let mut own = [0; 10];
        own.copy_from_slice(&digest[..10]);
        Self::compose(user, Author::User, own)
    }

    /// Takes a peer's text for a message id. Whether such a message exists is another question.
    pub fn parse(text: &str) -> Result<Self, BadMessageId> {
        (text.starts_with("wamid.") && text.len() <= MAX_MESSAGE_ID).then(|| Self(text.into())).ok_or(BadMessageId)
    }

    /// The id as published.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ids name the user: never whole in a log.
impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message …{}", &self.0[self.0.len().saturating_sub(8)..])
    }
}

/// What a message of a business shows, with every placeholder filled.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Above the text.
    pub header: Option<String>,
    /// The text. Only a permission request may do without.
    pub body: Option<String>,
    /// Below the text.
    pub footer: Option<String>,
    /// In order.
    pub buttons: Vec<Button>,
    /// The message asks for call permission: the phone shows a card with the three answers.
    pub asks_permission: bool,
}

/// People's words: never in a log.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "content with {} buttons, asks_permission: {}", self.buttons.len(), self.asks_permission)
    }
}

/// A button of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Button {
    /// Calls the business.
    Call {
        /// On the button.
        text: String,
        /// From this moment on it does nothing.
        expires_at: WallTime,
        /// Comes back as `cta_payload` of the call.
        payload: Option<String>,
    },
    /// Opens a page.
    Url {
        /// On the button.
        text: String,
        /// `http` or `https`.
        url: String,
    },
    /// Answers with a message (`button` with `text` and `payload`).
    Reply {
        /// On the button.
        text: String,
        /// Comes back with the answer.
        payload: String,
    },
}

/// Texts and payloads are people's words: never in a log.
impl fmt::Debug for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Button::Call { .. } => "call button",
            Button::Url { .. } => "url button",
            Button::Reply { .. } => "quick reply",
        })
    }
}

impl Content {
    /// A plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Self { body: Some(body.into()), ..Self::default() }
    }

    /// The call button, if there is one. A message has at most one.
    pub fn call_button(&self) -> Option<(&str, WallTime, Option<&str>)> {
        self.buttons.iter().find_map(|button| match button {
            Button::Call { text, expires_at, payload } => Some((text.as_str(), *expires_at, payload.as_deref())),
            Button::Url { .. } | Button::Reply { .. } => None,
        })
    }

    /// Needs a phone whose app knows call buttons and permission requests (131026 on one that does not).
    pub fn needs_current_app(&self) -> bool {
        self.asks_permission || self.call_button().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes_ids_of_the_published_family() {
        let user = PhoneNumber::parse("6281255501234").unwrap();
        let id = MessageId::compose(&user, Author::Business, [0x08, 0xF4, 0x52, 0xF7, 0xE1, 0x9C, 0x36, 0xD8, 0x90, 0]);
        assert_eq!(id.as_str(), "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEjA4RjQ1MkY3RTE5QzM2RDg5MAA=");
        let id = MessageId::compose(&user, Author::User, [0x3A; 10]);
        assert!(id.as_str().starts_with("wamid.HBgNNjI4MTI1NTUwMTIzNBUCABIYFDNBM0Ez"), "{}", id.as_str());
        assert!(!format!("{id:?}").contains("NjI4MTI1"), "a log must not name the user");
    }

    #[test]
    fn takes_foreign_ids_without_understanding_them() {
        assert!(MessageId::parse("wamid.HBgN").is_ok());
        for bad in ["", "wacid.HBgN", "HBgN"] {
            assert_eq!(MessageId::parse(bad), Err(BadMessageId), "{bad}");
        }
        assert_eq!(MessageId::parse(&format!("wamid.{}", "A".repeat(300))), Err(BadMessageId));
    }
}

//! `POST /{version}/{phone-number-id}/messages`: the messages that calling needs, marking as read, and their replies.
//!
//! Platform docs, Cloud API, Send messages (2025-11-04); Calling, Call buttons and deep links (2026-02-25) and Obtain
//! user call permissions. Text, call buttons, requests for call permission and templates are read; every other kind
//! of message is named and refused.

pub mod content;
mod interactive;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod template;
pub mod thread_control;
mod write;

pub use content::{CallButton, Content, PermissionRequest, Text};
pub use refusal::BadMessage;
pub use reply::{AcceptedMessage, MessageReply, ReplyContact, TemplateMessageStatus};
pub use request::{MessageRequest, SendMessage};
pub use template::{ButtonInput, Parameter, TemplateMessage};
pub use thread_control::{ThreadControl, ThreadControlAction, ThreadControlled};

/// Most characters of a text message.
pub const TEXT_MAX_CHARS: usize = 4_096;

/// Most characters of an interactive message's body.
pub const INTERACTIVE_BODY_MAX_CHARS: usize = 1_024;

/// Most characters of an interactive message's header and of its footer.
pub const HEADER_AND_FOOTER_MAX_CHARS: usize = 60;

/// Most characters on a free-form call button.
pub const DISPLAY_TEXT_MAX_CHARS: usize = 20;

/// What a free-form call button says when nothing else is asked for.
pub const DEFAULT_DISPLAY_TEXT: &str = "Call Now";

/// How long a call button may work, in minutes: up to 30 days.
pub const TTL_MINUTES: std::ops::RangeInclusive<u32> = 1..=43_200;

/// How long a call button works when nothing else is asked for, in minutes: 7 days.
pub const DEFAULT_TTL_MINUTES: u32 = 10_080;

/// Most characters of the payload of a call button, a quick reply or a deep link.
pub const PAYLOAD_MAX_CHARS: usize = 512;

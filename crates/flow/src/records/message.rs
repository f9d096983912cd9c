//! One message of a chat between a business number and a user.

use std::fmt;

use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::message::{Content, MessageId};
use callport_core::pair::PermissionReply;
use callport_core::time::WallTime;
use callport_core::words::Word;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `wamid.…`.
    pub id: MessageId,
    /// The business number.
    pub number: PhoneNumberId,
    /// Its WABA.
    pub waba: WabaId,
    /// The user.
    pub user: UserId,
    /// When it was written.
    pub at: WallTime,
    /// Who wrote it, and what.
    pub body: MessageBody,
    /// The message or call that it answers: `context.id`.
    pub context: Option<String>,
}

/// Who wrote a message, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageBody {
    /// The business, over the API.
    Business(Sent),
    /// The user.
    User(Said),
    /// The platform asks the user to reconsider, after unanswered calls. The business does not see it.
    Reconsider,
}

/// A business's message.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it shows.
    pub content: Content,
    /// For whose price it goes: `pricing` of its statuses.
    pub tariff: Tariff,
    /// How far it came.
    pub progress: Progress,
    /// `biz_opaque_callback_data`, echoed in statuses.
    pub opaque: Option<String>,
}

/// The echo is the business's own and may hold anything: not in a log.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("content", &self.content).field("tariff", &self.tariff).field("progress", &self.progress).finish()
    }
}

/// How far a business's message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// `sent`: the platform has it, no device of the user yet.
    Sent,
    /// `delivered`.
    Delivered,
    /// `read`.
    Read,
    /// `failed`: the user's app cannot show it, or there is no such user (131026).
    Undeliverable,
    /// `failed`: it is charged, and the account has no payment method (131042).
    Unpaid,
}

impl Progress {
    /// The published status.
    pub fn name(self) -> &'static str {
        match self {
            Progress::Sent => "sent",
            Progress::Delivered => "delivered",
            Progress::Read => "read",
            Progress::Undeliverable | Progress::Unpaid => "failed",
        }
    }
}

/// For whose price a message goes (platform docs, Pricing: `pricing.category` and `pricing.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tariff {
    /// `pricing.category`.
    pub category: TariffCategory,
    /// Nothing is charged for it: `free_customer_service`, otherwise `regular`.
    pub free: bool,
}

/// `pricing.category`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TariffCategory {
    /// Anything that is no template.
    Service,
    /// Utility templates.
    Utility,
    /// Marketing templates.
    Marketing,
    /// Authentication templates.
    Authentication,
}

impl Word for TariffCategory {
    const ALL: &'static [Self] = &[Self::Service, Self::Utility, Self::Marketing, Self::Authentication];

    fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Utility => "utility",
            Self::Marketing => "marketing",
            Self::Authentication => "authentication",
        }
    }
}

/// A user's message.
#[derive(Clone, PartialEq, Eq)]
pub enum Said {
    /// `text`.
    Text {
        /// What was written.
        text: String,
        /// The business marked it as read.
        read: bool,
    },
    /// `button`: a quick reply of a template was tapped.
    Button {
        /// On the button.
        text: String,
        /// Of the button.
        payload: String,
    },
    /// `interactive.call_permission_reply`. Shown on the card, not as a message.
    Permission(PermissionReply),
}

/// People's words: never in a log.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl Said {
    /// The published word for what it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Said::Text { .. } => "text",
            Said::Button { .. } => "button",
            Said::Permission(_) => "call_permission_reply",
        }
    }
}

//! Chats as a page shows them: messages, buttons, permission.

use callport_core::pair::Decision;
use serde::{Deserialize, Serialize};

use super::Person;

/// One chat.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Chat"))]
pub struct ShownChat {
    /// With whom.
    #[serde(flatten)]
    pub person: Person,
    /// The newest, oldest first.
    pub messages: Vec<ShownMessage>,
    /// There are older ones.
    pub more: bool,
    /// Whether the business may call.
    pub permission: ShownPermission,
    /// The person blocks the business: nothing comes from it, and nothing goes to it.
    pub blocked: bool,
    /// Messages of the business that were not seen.
    pub unread: u32,
}

/// Whether a business may call. When a temporary permission is over, the server says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Permission"))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShownPermission {
    /// It may not.
    None,
    /// For a while.
    Temporary {
        /// In unix seconds.
        expires_at: i64,
    },
    /// Until it is taken back.
    Permanent,
}

/// A message.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Message"))]
pub struct ShownMessage {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub from: ShownAuthor,
    /// In unix seconds.
    pub at: i64,
    /// Above the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub header: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub body: Option<String>,
    /// Below the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub footer: Option<String>,
    /// In order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<ShownButton>>"))]
    pub buttons: Vec<ShownButton>,
    /// It asks for call permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub card: Option<ShownCard>,
    /// How far a message of the person came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<MessageStatus>,
    /// A message of the business was on a screen of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub seen: Option<bool>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Author"))]
#[serde(rename_all = "snake_case")]
pub enum ShownAuthor {
    /// The business.
    Business,
    /// The person.
    User,
    /// The platform, to the person only.
    System,
}

/// How far a message of the person came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// It is on its way to the business, and will get there.
    Sent,
    /// The business marked it as read.
    Read,
}

/// A button.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Button"))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShownButton {
    /// Calls the business.
    Call {
        /// On it.
        text: String,
        /// For how long it works still; 0 when it is over.
        expires_in_ms: u64,
    },
    /// Opens a page.
    Url {
        /// On it.
        text: String,
        /// `http` or `https`.
        url: String,
    },
    /// Answers with its text.
    Reply {
        /// On it.
        text: String,
    },
}

/// A request for call permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Card"))]
pub struct ShownCard {
    /// It can be answered, and the answer changed.
    pub answerable: bool,
    /// The last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub choice: Option<Choice>,
    /// For how long it can be answered still.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub answerable_for_ms: Option<u64>,
}

/// The three answers to a request for call permission (platform docs, Obtain user call permissions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// For good.
    Allow,
    /// For seven days.
    AllowTemporarily,
    /// Not, or not any more.
    Deny,
}

impl From<Choice> for Decision {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Allow => Self::Allow,
            Choice::AllowTemporarily => Self::AllowTemporarily,
            Choice::Deny => Self::Deny,
        }
    }
}

impl From<Decision> for Choice {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow => Self::Allow,
            Decision::AllowTemporarily => Self::AllowTemporarily,
            Decision::Deny => Self::Deny,
        }
    }
}

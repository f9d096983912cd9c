//! `messages[]`: what a user sent.
//!
//! The member that holds the content is named by `type`, and inside `interactive` once more by its own `type`. Here
//! both levels are one enumeration.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PermissionReply;
use crate::quiet::quiet_debug;
use crate::seconds::TextSeconds;

/// The element of `messages`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Raw", into = "Raw")]
pub struct InboundMessage {
    /// The user's digits; hidden for users with a username whom the business has not met lately.
    pub from: Option<String>,
    /// The user's business-scoped id.
    pub from_user_id: Option<String>,
    /// The portfolio parent's id for the user.
    pub from_parent_user_id: Option<String>,
    /// `wamid.…`
    pub id: String,
    /// When.
    pub timestamp: TextSeconds,
    /// What it answers.
    pub context: Option<MessageContext>,
    /// What it says.
    pub content: InboundContent,
}

/// What a message answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageContext {
    /// Who sent the other message: the business's digits, or the user's where `id` is their call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `wamid.…` of the other message, or `wacid.…` of the call that granted the permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What a user's message says.
#[derive(Clone, PartialEq, Eq)]
pub enum InboundContent {
    /// `type: text`.
    Text {
        /// As typed.
        body: String,
    },
    /// `type: button`: a quick reply of a template was tapped.
    Button {
        /// On the button.
        text: String,
        /// As the template message gave it.
        payload: String,
    },
    /// `type: interactive`, `button_reply`: a button of an interactive message was tapped.
    ButtonReply {
        /// As the message gave it.
        id: String,
        /// On the button.
        title: String,
    },
    /// `type: interactive`, `list_reply`: a row of a list was chosen.
    ListReply {
        /// As the message gave it.
        id: String,
        /// The row's title.
        title: String,
        /// The row's description, if it has one.
        description: Option<String>,
    },
    /// `type: interactive`, `call_permission_reply`: the permission changed.
    PermissionReply(PermissionReply),
    /// `type: system`: the user has another number, or is another id.
    System(SystemMessage),
    /// Any other type, by its name, and known ones without the member they announce.
    Other(String),
}

/// What the platform says about a user (changelog, 2026-08-11).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemMessage {
    /// `user_changed_number` or `user_changed_user_id`.
    #[serde(rename = "type")]
    pub kind: String,
    /// For people.
    #[serde(default)]
    pub body: String,
    /// The new digits, where the business may see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// The new business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The new id for the portfolio's parent, where parents are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// The business-scoped id until now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_user_id: Option<String>,
    /// The parent's id until now, where parents are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_parent_user_id: Option<String>,
}

quiet_debug! {
    SystemMessage { kind }
    InboundMessage { timestamp, content }
    MessageContext {}
}

/// What people write and tap is not for logs.
impl fmt::Debug for InboundContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PermissionReply(reply) => reply.fmt(f),
            Self::Other(kind) => f.debug_tuple("Other").field(kind).finish(),
            _ => f.write_str(self.kind()),
        }
    }
}

impl InboundMessage {
    /// A message with its three constant members; the rest is absent.
    pub fn new(id: impl Into<String>, timestamp: TextSeconds, content: InboundContent) -> Self {
        Self { from: None, from_user_id: None, from_parent_user_id: None, id: id.into(), timestamp, context: None, content }
    }
}

impl InboundContent {
    /// The word in `type`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Button { .. } => "button",
            Self::ButtonReply { .. } | Self::ListReply { .. } | Self::PermissionReply(_) => "interactive",
            Self::System(_) => "system",
            Self::Other(kind) => kind,
        }
    }
}

/// The message as it is written.
#[derive(Serialize, Deserialize)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_parent_user_id: Option<String>,
    id: String,
    timestamp: TextSeconds,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<MessageContext>,
    #[serde(flatten)]
    members: Members,
}

/// The members of which `type` names one.
#[derive(Default, Serialize, Deserialize)]
struct Members {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<RawText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    button: Option<RawButton>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interactive: Option<RawInteractive>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    system: Option<SystemMessage>,
}

#[derive(Serialize, Deserialize)]
struct RawText {
    body: String,
}

#[derive(Serialize, Deserialize)]
struct RawButton {
    text: String,
    #[serde(default)]
    payload: String,
}

#[derive(Default, Serialize, Deserialize)]
struct RawInteractive {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    button_reply: Option<RawReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list_reply: Option<RawReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call_permission_reply: Option<PermissionReply>,
}

#[derive(Serialize, Deserialize)]
struct RawReply {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl From<Raw> for InboundMessage {
    fn from(raw: Raw) -> Self {
        let Raw { from, from_user_id, from_parent_user_id, id, timestamp, kind, context, members } = raw;
        let content = members.content(&kind).unwrap_or(InboundContent::Other(kind));
        Self { from, from_user_id, from_parent_user_id, id, timestamp, context, content }
    }
}

impl Members {
    fn content(self, kind: &str) -> Option<InboundContent> {
        match kind {
            "text" => self.text.map(|text| InboundContent::Text { body: text.body }),
            "button" => self.button.map(|button| InboundContent::Button { text: button.text, payload: button.payload }),
            "interactive" => self.interactive.and_then(RawInteractive::content),
            "system" => self.system.map(InboundContent::System),
            _ => None,
        }
    }
}

impl RawInteractive {
    fn content(self) -> Option<InboundContent> {
        match self.kind.as_str() {
            "button_reply" => self.button_reply.map(|reply| InboundContent::ButtonReply { id: reply.id, title: reply.title }),
            "list_reply" => self.list_reply.map(|reply| {
                let RawReply { id, title, description } = reply;
                InboundContent::ListReply { id, title, description }
            }),
            "call_permission_reply" => self.call_permission_reply.map(InboundContent::PermissionReply),
            _ => None,
        }
    }
}

impl From<InboundMessage> for Raw {
    fn from(message: InboundMessage) -> Self {
        let InboundMessage { from, from_user_id, from_parent_user_id, id, timestamp, context, content } = message;
        let kind = content.kind().to_owned();
        Self { from, from_user_id, from_parent_user_id, id, timestamp, kind, context, members: content.into() }
    }
}

impl From<InboundContent> for Members {
    fn from(content: InboundContent) -> Self {
        let interactive = |kind: &str| RawInteractive { kind: kind.to_owned(), ..RawInteractive::default() };
        match content {
            InboundContent::Text { body } => Self { text: Some(RawText { body }), ..Self::default() },
            InboundContent::Button { text, payload } => Self { button: Some(RawButton { text, payload }), ..Self::default() },
            InboundContent::ButtonReply { id, title } => {
                let button_reply = Some(RawReply { id, title, description: None });
                RawInteractive { button_reply, ..interactive("button_reply") }.into()
            }
            InboundContent::ListReply { id, title, description } => {
                let list_reply = Some(RawReply { id, title, description });
                RawInteractive { list_reply, ..interactive("list_reply") }.into()
            }
            InboundContent::PermissionReply(reply) => {
                RawInteractive { call_permission_reply: Some(reply), ..interactive("call_permission_reply") }.into()
            }
            InboundContent::System(system) => Self { system: Some(system), ..Self::default() },
            InboundContent::Other(_) => Self::default(),
        }
    }
}

impl From<RawInteractive> for Members {
    fn from(interactive: RawInteractive) -> Self {
        Self { interactive: Some(interactive), ..Self::default() }
    }
}

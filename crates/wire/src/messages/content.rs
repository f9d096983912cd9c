//! What a message says: one variant for each kind that can be sent.

use serde::Serialize;

use super::{BadMessage, TEXT_MAX_CHARS, TemplateMessage, interactive};
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;

/// The words in `type`, in the order of [`Content`].
pub const KINDS: [&str; 3] = ["text", "interactive", "template"];

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `type: text`.
    Text(Text),
    /// `type: interactive`, a button that starts a call.
    CallButton(CallButton),
    /// `type: interactive`, a request for call permission.
    PermissionRequest(PermissionRequest),
    /// `type: template`.
    Template(TemplateMessage),
}

/// A free-form text.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// 1 to 4,096 characters.
    pub body: String,
    /// Links are shown with a preview.
    pub preview_url: bool,
}

/// A free-form call button: tapping it starts a user-initiated call.
///
/// Header and footer are not in the published table, and client libraries send them: text up to 60 characters each.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CallButton {
    /// Shown above the body.
    pub header: Option<String>,
    /// 1 to 1,024 characters.
    pub body: String,
    /// Shown below the body.
    pub footer: Option<String>,
    /// On the button, 1 to 20 characters; absent means [`DEFAULT_DISPLAY_TEXT`](super::DEFAULT_DISPLAY_TEXT).
    pub display_text: Option<String>,
    /// How long the button works, 1 to 43,200 minutes; absent means [`DEFAULT_TTL_MINUTES`](super::DEFAULT_TTL_MINUTES).
    pub ttl_minutes: Option<u32>,
    /// Comes back as `cta_payload` of the call, at most 512 characters.
    pub payload: Option<String>,
}

/// A free-form request for call permission. Only its body can be chosen.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PermissionRequest {
    /// 1 to 1,024 characters.
    pub body: Option<String>,
}

quiet_debug! {
    Text { preview_url }
    CallButton { ttl_minutes }
    PermissionRequest {}
}

impl Content {
    /// A text without link preview.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text(Text { body: body.into(), preview_url: false })
    }

    /// The word in `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::CallButton(_) | Self::PermissionRequest(_) => "interactive",
            Self::Template(_) => "template",
        }
    }

    /// The content that `type` names; text where there is no type.
    pub(super) fn read(params: Params<'_>) -> Result<Self, BadMessage> {
        match params.text("type")?.unwrap_or("text") {
            "text" => Ok(Text::read(named(params, "text")?).map(Self::Text)?),
            "interactive" => Ok(interactive::read(named(params, "interactive")?)?),
            "template" => Ok(TemplateMessage::read(named(params, "template")?).map(Self::Template)?),
            _ => Err(BadMessage::unsupported(&KINDS)),
        }
    }
}

impl Text {
    fn read(text: Params<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            body: text.required_bounded_text("body", TEXT_MAX_CHARS)?.to_owned(),
            preview_url: text.flag("preview_url")?.unwrap_or_default(),
        })
    }
}

/// The object that `type` says must be there.
fn named<'a>(params: Params<'a>, kind: &'static str) -> Result<Params<'a>, Malformed> {
    params.object(kind, kind)?.ok_or_else(|| Malformed::missing(kind))
}

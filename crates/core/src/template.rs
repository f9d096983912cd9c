//! Message templates as data: what one may hold, and what it shows once its placeholders are filled
//! (platform docs, Message templates; Call buttons and deep links; Obtain user call permissions).
//!
//! Names, languages, ids and prices of templates are kept elsewhere; what stands here is what a reviewer and a sender look at.

mod check;
mod fill;
mod placeholders;

pub use check::TemplateRefusal;
pub use fill::{Argument, Arguments, CallButtonArguments, FillKind, FillRefusal};

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::words::words;

/// Longest body, in characters, before and after filling. Published for interactive messages; that it holds here too is our choice.
pub const MAX_BODY: usize = 1_024;
/// Longest header text, in characters, before and after filling.
pub const MAX_HEADER: usize = 60;
/// Longest footer, in characters.
pub const MAX_FOOTER: usize = 60;
/// Most buttons of one template.
pub const MAX_BUTTONS: usize = 10;
/// Longest text on a button, in characters. A free-form call button has less room.
pub const MAX_BUTTON_TEXT: usize = 25;
/// Longest address of a button, in characters, before and after filling. Not published.
pub const MAX_URL: usize = 2_000;
/// `ttl_minutes` of a call button when its template is made.
pub const LIFE_AT_CREATION_MINUTES: RangeInclusive<u32> = 1_440..=43_200;
/// `ttl_minutes` of a call button when its template is sent.
pub const LIFE_AT_SENDING_MINUTES: RangeInclusive<u32> = 1..=43_200;

/// A template's content, with placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// Text above the body.
    pub header: Option<String>,
    /// The text itself.
    pub body: String,
    /// Text below the body, without placeholders.
    pub footer: Option<String>,
    /// In the order in which they are shown.
    pub buttons: Vec<TemplateButton>,
    /// `call_permission_request`: stands alone, without buttons.
    pub asks_permission: bool,
    /// How placeholders are told apart.
    pub format: ParameterFormat,
}

/// A button of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateButton {
    /// `VOICE_CALL`: calls the business.
    Call {
        /// On the button.
        text: String,
        /// How long it works unless the sender says otherwise; [`crate::message::CALL_BUTTON_LIFE`] when the template does not say.
        life: Duration,
    },
    /// `URL`: opens a page.
    Url {
        /// On the button.
        text: String,
        /// `http` or `https`; may end in `{{1}}`, which the sender fills, in both formats.
        url: String,
    },
    /// `QUICK_REPLY`: answers with a message.
    Reply {
        /// On the button.
        text: String,
    },
}

impl TemplateButton {
    /// What stands on it.
    pub fn text(&self) -> &str {
        match self {
            TemplateButton::Call { text, .. } | TemplateButton::Url { text, .. } | TemplateButton::Reply { text } => text,
        }
    }
}

/// `parameter_format` of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ParameterFormat {
    /// `{{1}}`, `{{2}}`, …
    #[default]
    Positional,
    /// `{{order}}`.
    Named,
}

/// The places of a template that hold a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `HEADER`.
    Header,
    /// `BODY`.
    Body,
    /// `FOOTER`.
    Footer,
}

impl Part {
    /// Its longest text, in characters.
    pub const fn limit(self) -> usize {
        match self {
            Part::Header => MAX_HEADER,
            Part::Body => MAX_BODY,
            Part::Footer => MAX_FOOTER,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Header => "header",
            Part::Body => "body",
            Part::Footer => "footer",
        })
    }
}

/// `category` of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// `MARKETING`.
    Marketing,
    /// `UTILITY`.
    Utility,
    /// `AUTHENTICATION`.
    Authentication,
}

words!(Category { Marketing = "MARKETING", Utility = "UTILITY", Authentication = "AUTHENTICATION" });

/// `status` of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    /// `APPROVED`: can be sent.
    Approved,
    /// `PENDING`.
    Pending,
    /// `REJECTED`.
    Rejected,
    /// `PAUSED` (132015).
    Paused,
    /// `DISABLED` (132016).
    Disabled,
}

words!(TemplateStatus { Approved = "APPROVED", Pending = "PENDING", Rejected = "REJECTED", Paused = "PAUSED", Disabled = "DISABLED" });

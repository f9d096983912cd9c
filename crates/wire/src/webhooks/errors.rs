//! Errors inside webhooks: not the envelope of replies, but a list of flat objects.

use serde::{Deserialize, Serialize};

use crate::codes::Code;

/// Where the platform points people to.
pub const HREF: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// One error. Captures have `title` and no `href`, the documentation the other way round; some clients need either, so both are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorObject {
    /// Published code.
    pub code: i64,
    /// Short text.
    #[serde(default)]
    pub title: String,
    /// Equal to the title.
    #[serde(default)]
    pub message: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// More words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_data: Option<ErrorDetails>,
}

/// `error_data` of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// What exactly happened.
    #[serde(default)]
    pub details: String,
}

impl ErrorObject {
    /// The code with its published title, and `details`.
    pub fn new(code: Code, details: impl Into<String>) -> Self {
        Self {
            code: i64::from(code.number()),
            title: code.title().to_owned(),
            message: code.title().to_owned(),
            href: Some(HREF.to_owned()),
            error_data: Some(ErrorDetails { details: details.into() }),
        }
    }

    /// The code, if it is one we know.
    pub fn known(&self) -> Option<Code> {
        Code::from_number(self.code)
    }
}

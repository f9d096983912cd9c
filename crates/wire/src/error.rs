//! The error envelope: `{"error":{…}}` on every reply with a status of 400 or more.
//!
//! Platform docs, Calling, Troubleshooting; Graph API, "Handle errors". What the caller reads is here; what the log
//! keeps is somebody else's.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::codes::Code;
use crate::params::Malformed;

/// A refusal on its way to the caller: a published code, and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReply {
    code: Code,
    status: u16,
    message: String,
    details: Option<String>,
}

impl ErrorReply {
    /// The code with its published status and text.
    pub fn new(code: Code) -> Self {
        Self { code, status: code.status(), message: code.message(), details: None }
    }

    /// What exactly was wrong; travels as `error_data.details`.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// Replaces the message, where the published one names things (an object's id).
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Replaces the HTTP status, where HTTP itself has one for the case (404, 405, 413, 415).
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What exactly was wrong, if it is said.
    pub fn reason(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// The HTTP status to answer with.
    pub fn http_status(&self) -> u16 {
        self.status
    }

    /// The body, marked with the trace id that the caller may quote (about 23 characters, begins with `A`).
    pub fn body(&self, fbtrace_id: impl Into<String>) -> ErrorEnvelope {
        let row = self.code.row();
        ErrorEnvelope {
            error: ErrorBody {
                message: self.message.clone(),
                kind: row.kind.as_str().to_owned(),
                code: i64::from(row.number),
                error_subcode: row.subcode.map(i64::from),
                is_transient: None,
                error_user_title: None,
                error_user_msg: None,
                error_data: self.details.as_ref().map(|details| ErrorData::details(details.clone())),
                fbtrace_id: Some(fbtrace_id.into()),
            },
        }
    }
}

impl From<Malformed> for ErrorReply {
    fn from(malformed: Malformed) -> Self {
        Self::new(Code::InvalidParameter).details(malformed.details)
    }
}

/// The body of an error reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// Its only member.
    pub error: ErrorBody,
}

/// What stands under `error`. Readers need `code` and `message`, the rest may be absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Human text; do not parse.
    #[serde(default)]
    pub message: String,
    /// `OAuthException` or `GraphMethodException`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The published code.
    pub code: i64,
    /// A finer reason under the same code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_subcode: Option<i64>,
    /// Worth trying again, says the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_transient: Option<bool>,
    /// Title for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_user_title: Option<String>,
    /// Text for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_user_msg: Option<String>,
    /// The details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub error_data: Option<ErrorData>,
    /// Opaque trace id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fbtrace_id: Option<String>,
}

impl ErrorBody {
    /// The code, if it is one we know.
    pub fn known(&self) -> Option<Code> {
        Code::from_number(self.code)
    }

    /// The details in words, if any came along.
    pub fn details(&self) -> Option<&str> {
        match self.error_data.as_ref()? {
            ErrorData::WhatsApp { details, .. } => Some(details),
            ErrorData::Text(text) => Some(text),
            ErrorData::Other(_) => None,
        }
    }
}

/// `error_data`: an object on WhatsApp errors, a string on some old Graph ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorData {
    /// The usual form.
    WhatsApp {
        /// `whatsapp`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        messaging_product: Option<String>,
        /// What exactly was wrong.
        details: String,
    },
    /// The old form.
    Text(String),
    /// Anything else, kept.
    Other(Value),
}

impl ErrorData {
    /// The usual form, as we write it.
    pub fn details(details: impl Into<String>) -> Self {
        Self::WhatsApp { messaging_product: Some("whatsapp".to_owned()), details: details.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn writes_the_published_envelope() {
        let body = ErrorReply::new(Code::SdpRefused).details("No fingerprint found in SDP").body("AkP2xQ7d9ZrT0hVbLmN4cYw");
        golden::check(&body, include_str!("../samples/error.json"));
    }

    #[test]
    fn leaves_out_what_it_has_not() {
        let body = ErrorReply::new(Code::NoCallPermission).body("A");
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"error":{"message":"(#138006) No approved call permission from the recipient","type":"OAuthException","code":138006,"fbtrace_id":"A"}}"#
        );
    }

    #[test]
    fn reads_envelopes_of_other_platforms() {
        for (json, details) in [
            (r#"{"error":{"code":1,"message":"x"}}"#, None),
            (r#"{"error":{"code":100,"message":"x","error_data":"old text"}}"#, Some("old text")),
            (r#"{"error":{"code":100,"error_data":{"details":"d","more":1}}}"#, Some("d")),
            (r#"{"error":{"code":100,"error_data":{"blame_field_specs":[]},"is_transient":false}}"#, None),
        ] {
            let read: ErrorEnvelope = serde_json::from_str(json).unwrap();
            assert_eq!(read.error.details(), details, "{json}");
        }
    }

    #[test]
    fn a_malformed_request_is_error_100() {
        let reply = ErrorReply::from(Malformed::missing("call_id"));
        assert_eq!((reply.code(), reply.http_status()), (Code::InvalidParameter, 400));
        assert_eq!(reply.body("A").error.details(), Some("The parameter call_id is required."));
    }
}

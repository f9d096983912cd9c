//! `interactive.call_permission_reply`: the user, or a rule, changed the permission to call.
//!
//! Platform docs, Calling, Obtain user call permissions. A temporary permission that runs out is not told.

use serde::{Deserialize, Serialize};

use crate::seconds::TextSeconds;
use crate::words::words;

/// The reply, with the members that each kind of answer has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionReply {
    /// Yes or no.
    pub response: UserAnswer,
    /// Only with a yes; absent in deliveries from before 2025-11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_permanent: Option<bool>,
    /// End of a temporary permission. Documented as a string, seen as a number, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_timestamp: Option<TextSeconds>,
    /// Who decided.
    pub response_source: ReplySource,
}

words! {
    /// Yes or no.
    UserAnswer {
        /// The business may call.
        Accept = "accept",
        /// It may not, or no longer.
        Reject = "reject",
    }
}

words! {
    /// Who decided.
    ReplySource {
        /// The user, on a request or in the business's profile.
        UserAction = "user_action",
        /// A rule: the user called, or left too many calls unanswered.
        Automatic = "automatic",
    }
}

impl PermissionReply {
    /// A permission until a moment.
    pub fn temporary(until: TextSeconds, source: ReplySource) -> Self {
        Self { response: UserAnswer::Accept, is_permanent: Some(false), expiration_timestamp: Some(until), response_source: source }
    }

    /// A permission until it is taken back. Only users grant these.
    pub fn permanent() -> Self {
        Self {
            response: UserAnswer::Accept,
            is_permanent: Some(true),
            expiration_timestamp: None,
            response_source: ReplySource::UserAction,
        }
    }

    /// No permission, or no longer one.
    pub fn reject(source: ReplySource) -> Self {
        Self { response: UserAnswer::Reject, is_permanent: None, expiration_timestamp: None, response_source: source }
    }
}

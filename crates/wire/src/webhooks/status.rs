//! `statuses[]`: what a business-initiated call meets at the user's device.

use serde::{Deserialize, Serialize};

use crate::quiet::quiet_debug;
use crate::seconds::TextSeconds;
use crate::words::words;

words! {
    /// Progress of a business-initiated call.
    Status {
        /// The device rings.
        Ringing = "RINGING",
        /// Picked up.
        Accepted = "ACCEPTED",
        /// Declined; a terminate follows.
        Rejected = "REJECTED",
    }
}

/// The element of `statuses`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEvent {
    /// `wacid.…`
    pub id: String,
    /// When.
    pub timestamp: TextSeconds,
    /// `call`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What.
    pub status: Status,
    /// The user's digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<String>,
    /// The user's business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_user_id: Option<String>,
    /// The portfolio parent's id for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_parent_user_id: Option<String>,
    /// As given with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biz_opaque_callback_data: Option<String>,
}

quiet_debug! { StatusEvent { status, timestamp } }

impl StatusEvent {
    /// A status with its four constant members; the rest is absent.
    pub fn new(id: impl Into<String>, status: Status, timestamp: TextSeconds) -> Self {
        Self {
            id: id.into(),
            timestamp,
            kind: "call".to_owned(),
            status,
            recipient_id: None,
            recipient_user_id: None,
            recipient_parent_user_id: None,
            biz_opaque_callback_data: None,
        }
    }
}

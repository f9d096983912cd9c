//! Field `calls`: connect, terminate, statuses, and errors without a call.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Contact, ErrorObject, StatusEvent};
use crate::calls::{MESSAGING_PRODUCT, SdpType};
use crate::quiet::quiet_debug;
use crate::seconds::TextSeconds;
use crate::words::words;

/// `value` of the change. Lists that are empty are not written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallsValue {
    /// `whatsapp`.
    pub messaging_product: String,
    /// The business number.
    pub metadata: Metadata,
    /// The user, one element.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// One element on connect and terminate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallEvent>,
    /// One element on a status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<StatusEvent>,
    /// What failed; repeats the call's own errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorObject>,
}

/// The business number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Digits without `+`.
    pub display_phone_number: String,
    /// Its id.
    pub phone_number_id: String,
}

/// The element of `calls`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEvent {
    /// `wacid.…`
    pub id: String,
    /// Caller's digits, unless hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The calling user's business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_user_id: Option<String>,
    /// The calling user's id at the portfolio's parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_parent_user_id: Option<String>,
    /// Callee's digits, unless hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The called user's business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_user_id: Option<String>,
    /// The called user's id at the portfolio's parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_parent_user_id: Option<String>,
    /// What happened.
    pub event: EventKind,
    /// When it happened.
    pub timestamp: TextSeconds,
    /// Who called. Always written; one published sample lacks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Payload of the call button the user tapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cta_payload: Option<String>,
    /// Payload of the link the user followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deeplink_payload: Option<String>,
    /// As given with connect or accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biz_opaque_callback_data: Option<String>,
    /// On connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<WebhookSession>,
    /// On terminate, if it was picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<TextSeconds>,
    /// On terminate, if it was picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<TextSeconds>,
    /// Seconds between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// On terminate. Whether anybody answered is told by `start_time`, not by this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TerminateStatus>,
    /// What failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorObject>,
}

/// What a call event tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A call begins; carries the session.
    Connect,
    /// A call is over.
    Terminate,
    /// The recording is ready.
    CallRecordingAvailable,
    /// The transcript is ready.
    CallTranscriptionAvailable,
    /// A SIP call began.
    CallCreated,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

words! {
    /// Who called.
    Direction {
        /// The user called the business.
        UserInitiated = "USER_INITIATED",
        /// The business called the user.
        BusinessInitiated = "BUSINESS_INITIATED",
    }
}

words! {
    /// How a call ended. Unanswered ones are completed, too.
    TerminateStatus {
        /// Without fault.
        Completed = "COMPLETED",
        /// With the errors beside it.
        Failed = "FAILED",
    }
}

/// The session in the key order of captured webhooks, which is not that of requests.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSession {
    /// RFC 8866 text with CRLF line ends.
    pub sdp: String,
    /// Offer when the user called, answer when the business did.
    pub sdp_type: SdpType,
}

quiet_debug! {
    CallEvent { event, timestamp, direction, session, start_time, end_time, duration, status, errors }
    Metadata { phone_number_id }
}

/// SDP holds addresses and keys: never whole in a log.
impl fmt::Debug for WebhookSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.sdp_type.as_str(), self.sdp.len())
    }
}

impl CallsValue {
    /// An event of a call. The call's errors are repeated beside it.
    pub fn of_call(metadata: Metadata, contact: Contact, call: CallEvent) -> Self {
        let errors = call.errors.clone();
        Self { contacts: vec![contact], calls: vec![call], errors, ..Self::empty(metadata) }
    }

    /// A status of a business-initiated call.
    pub fn of_status(metadata: Metadata, contact: Contact, status: StatusEvent) -> Self {
        Self { contacts: vec![contact], statuses: vec![status], ..Self::empty(metadata) }
    }

    /// An error that kept a call from coming into being.
    pub fn of_error(metadata: Metadata, contact: Contact, error: ErrorObject) -> Self {
        Self { contacts: vec![contact], errors: vec![error], ..Self::empty(metadata) }
    }

    fn empty(metadata: Metadata) -> Self {
        Self {
            messaging_product: MESSAGING_PRODUCT.to_owned(),
            metadata,
            contacts: vec![],
            calls: vec![],
            statuses: vec![],
            errors: vec![],
        }
    }
}

impl CallEvent {
    /// An event with its four constant members; the rest is absent.
    pub fn new(id: impl Into<String>, event: EventKind, timestamp: TextSeconds, direction: Direction) -> Self {
        Self {
            id: id.into(),
            from: None,
            from_user_id: None,
            from_parent_user_id: None,
            to: None,
            to_user_id: None,
            to_parent_user_id: None,
            event,
            timestamp,
            direction: Some(direction),
            cta_payload: None,
            deeplink_payload: None,
            biz_opaque_callback_data: None,
            session: None,
            start_time: None,
            end_time: None,
            duration: None,
            status: None,
            errors: vec![],
        }
    }
}

#[cfg(test)]
mod tests;

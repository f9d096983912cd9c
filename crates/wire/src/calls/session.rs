//! An SDP and what it is: `{"sdp_type":"answer","sdp":"v=0\r\n…"}`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::params::{Malformed, Params};

/// Offer or answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SdpType {
    /// What `connect` carries.
    Offer,
    /// What `pre_accept` and `accept` carry.
    Answer,
}

impl SdpType {
    /// As written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
        }
    }
}

/// The session object in the key order of requests.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What the SDP is.
    pub sdp_type: SdpType,
    /// RFC 8866 text with CRLF line ends.
    pub sdp: String,
}

/// SDP holds addresses and keys: never whole in a log.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.sdp_type.as_str(), self.sdp.len())
    }
}

impl Session {
    /// A session read from `params`, which must be of the `expected` type. Not there is not an error here.
    ///
    /// # Errors
    /// When a member is missing, no string, or of the other type.
    pub(super) fn read(params: Params<'_>, expected: SdpType) -> Result<Option<Self>, Malformed> {
        let Some(value) = params.value("session") else { return Ok(None) };
        check_wrapping(value)?;
        let session = Params::nested(value, "session")?;
        check_type(session.required_text("sdp_type")?, expected, "session.sdp_type")?;
        let sdp = session.required_text("sdp")?.to_owned();
        Ok(Some(Self { sdp_type: expected, sdp }))
    }

    /// The legacy form of an offer: `connection.webrtc.sdp` holds stringified JSON `{"sdp":"…","type":"offer"}`.
    ///
    /// # Errors
    /// When the member is there and is not that.
    pub(super) fn read_legacy(params: Params<'_>) -> Result<Option<Self>, Malformed> {
        const PATH: &str = "connection.webrtc.sdp";
        let inner = params.value("connection").and_then(|value| value.pointer("/webrtc/sdp"));
        let Some(inner) = inner else { return Ok(None) };
        let unreadable = || Malformed::wrong(PATH, "must be a string of JSON with the members sdp and type");
        let parsed: Value = inner.as_str().and_then(|text| serde_json::from_str(text).ok()).ok_or_else(unreadable)?;
        let legacy = Params::nested(&parsed, PATH).map_err(|_| unreadable())?;
        check_type(legacy.required_text("type")?, SdpType::Offer, "connection.webrtc.sdp.type")?;
        let sdp = legacy.required_text("sdp")?.to_owned();
        Ok(Some(Self { sdp_type: SdpType::Offer, sdp }))
    }
}

/// What a WebRTC stack calls a description is nearly a session, so it is often sent as it is, or as a string. Says what to send instead.
fn check_wrapping(session: &Value) -> Result<(), Malformed> {
    let is_description = |value: &Value| value.get("sdp").is_some();
    let is_written_json = |text: &str| serde_json::from_str(text).is_ok_and(|value: Value| value.is_object());
    match session {
        Value::String(text) if is_written_json(text) => {
            Err(Malformed::shape("session", "must be an object, and is a string that holds JSON: it was encoded twice"))
        }
        Value::Object(_) if session.get("sdp").is_some_and(is_description) => Err(Malformed::shape(
            "session.sdp",
            "must be a string, and is a whole description: put its member sdp there, and its type into session.sdp_type",
        )),
        Value::Object(_) if session.get("sdp_type").is_none() && session.get("type").is_some_and(Value::is_string) => {
            Err(Malformed::wrong("session.sdp_type", "is required; it is what a description calls type"))
        }
        _ => Ok(()),
    }
}

fn check_type(text: &str, expected: SdpType, parameter: &str) -> Result<(), Malformed> {
    if text.eq_ignore_ascii_case(expected.as_str()) {
        return Ok(());
    }
    Err(Malformed::wrong(parameter, format_args!("must be \"{}\" for this action", expected.as_str())))
}

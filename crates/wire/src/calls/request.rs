//! The request body, one variant per action.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::announcement::Written;
use super::{Capture, MESSAGING_PRODUCT, OPAQUE_DATA_MAX_CHARS, SdpType, Session};
use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;

/// What the business asks of a call.
#[derive(Clone, PartialEq, Eq)]
pub enum CallRequest {
    /// Start a business-initiated call.
    Connect(Connect),
    /// Let media be set up before the call is taken.
    PreAccept(PreAccept),
    /// Take the call.
    Accept(Accept),
    /// Decline it.
    Reject {
        /// `wacid.…`
        call_id: String,
    },
    /// End it, or give up ringing.
    Terminate {
        /// `wacid.…`
        call_id: String,
    },
}

/// `action: connect`. At least one of `to` and `recipient` is present; `to` wins.
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// The user's number, country code first, with or without `+`.
    pub to: Option<String>,
    /// The user's business-scoped id, `US.…` or `US.ENT.…`.
    pub recipient: Option<String>,
    /// The offer, also when it came in the legacy form.
    pub session: Session,
    /// Echoed in webhooks, at most 512 characters.
    pub biz_opaque_callback_data: Option<String>,
    /// Recording and transcription.
    pub capture: Capture,
}

/// `action: pre_accept`.
#[derive(Clone, PartialEq, Eq)]
pub struct PreAccept {
    /// `wacid.…`
    pub call_id: String,
    /// The answer.
    pub session: Session,
}

/// `action: accept`.
#[derive(Clone, PartialEq, Eq)]
pub struct Accept {
    /// `wacid.…`
    pub call_id: String,
    /// The answer; may be absent when pre_accept carried it.
    pub session: Option<Session>,
    /// Echoed in the terminate webhook, at most 512 characters.
    pub biz_opaque_callback_data: Option<String>,
    /// Recording and transcription.
    pub capture: Capture,
}

quiet_debug! {
    Connect { session, capture }
    PreAccept { session }
    Accept { session, capture }
}

impl fmt::Debug for CallRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.action())
    }
}

impl CallRequest {
    /// `pre_accept` with an SDP answer.
    pub fn pre_accept(call_id: impl Into<String>, sdp: impl Into<String>) -> Self {
        let session = Session { sdp_type: SdpType::Answer, sdp: sdp.into() };
        Self::PreAccept(PreAccept { call_id: call_id.into(), session })
    }

    /// `accept` with an SDP answer.
    pub fn accept(call_id: impl Into<String>, sdp: impl Into<String>) -> Self {
        Self::Accept(Accept {
            call_id: call_id.into(),
            session: Some(Session { sdp_type: SdpType::Answer, sdp: sdp.into() }),
            biz_opaque_callback_data: None,
            capture: Capture::default(),
        })
    }

    /// `reject`.
    pub fn reject(call_id: impl Into<String>) -> Self {
        Self::Reject { call_id: call_id.into() }
    }

    /// `terminate`.
    pub fn terminate(call_id: impl Into<String>) -> Self {
        Self::Terminate { call_id: call_id.into() }
    }

    /// The word in `action`.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::PreAccept(_) => "pre_accept",
            Self::Accept(_) => "accept",
            Self::Reject { .. } => "reject",
            Self::Terminate { .. } => "terminate",
        }
    }

    /// Reads a request body. `to` beside `call_id` and unknown members are ignored.
    ///
    /// A missing `action` means `connect` when there is someone to call and no call id (a published sample omits it).
    ///
    /// # Errors
    /// The first member that is missing or wrong, in words.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        params.check_product()?;
        match read_action(params)? {
            "connect" => read_connect(params).map(Self::Connect),
            "pre_accept" => read_pre_accept(params).map(Self::PreAccept),
            "accept" => read_accept(params).map(Self::Accept),
            "reject" => Ok(Self::Reject { call_id: read_call_id(params)? }),
            "terminate" => Ok(Self::Terminate { call_id: read_call_id(params)? }),
            _ => Err(Malformed::wrong("action", "must be one of connect, pre_accept, accept, reject, terminate")),
        }
    }
}

fn read_action<'a>(params: Params<'a>) -> Result<&'a str, Malformed> {
    if let Some(action) = params.text("action")? {
        return Ok(action);
    }
    let someone = params.value("to").is_some() || params.value("recipient").is_some();
    if someone && params.value("call_id").is_none() {
        return Ok("connect");
    }
    Err(Malformed::missing("action"))
}

fn read_connect(params: Params<'_>) -> Result<Connect, Malformed> {
    let to = params.text_or_number("to")?;
    let recipient = params.text("recipient")?.map(str::to_owned);
    if to.is_none() && recipient.is_none() {
        return Err(Malformed::missing("to"));
    }
    let session = match Session::read(params, SdpType::Offer)? {
        Some(session) => session,
        None => Session::read_legacy(params)?.ok_or_else(|| Malformed::missing("session"))?,
    };
    Ok(Connect { to, recipient, session, biz_opaque_callback_data: read_opaque(params)?, capture: Capture::read(params)? })
}

fn read_pre_accept(params: Params<'_>) -> Result<PreAccept, Malformed> {
    let call_id = read_call_id(params)?;
    let session = Session::read(params, SdpType::Answer)?.ok_or_else(|| Malformed::missing("session"))?;
    Ok(PreAccept { call_id, session })
}

fn read_accept(params: Params<'_>) -> Result<Accept, Malformed> {
    Ok(Accept {
        call_id: read_call_id(params)?,
        session: Session::read(params, SdpType::Answer)?,
        biz_opaque_callback_data: read_opaque(params)?,
        capture: Capture::read(params)?,
    })
}

fn read_call_id(params: Params<'_>) -> Result<String, Malformed> {
    params.required_text("call_id").map(str::to_owned)
}

fn read_opaque(params: Params<'_>) -> Result<Option<String>, Malformed> {
    Ok(params.bounded_text("biz_opaque_callback_data", OPAQUE_DATA_MAX_CHARS)?.map(str::to_owned))
}

impl Serialize for CallRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Body::from(self).serialize(serializer)
    }
}

/// The body in the key order of the published samples.
#[derive(Serialize, Default)]
struct Body<'a> {
    messaging_product: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<&'a str>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a Session>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<Written<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription: Option<Written<'a>>,
}

impl<'a> From<&'a CallRequest> for Body<'a> {
    fn from(request: &'a CallRequest) -> Self {
        let blank = Body { messaging_product: MESSAGING_PRODUCT, action: request.action(), ..Body::default() };
        match request {
            CallRequest::Connect(connect) => {
                let [recording, transcription] = connect.capture.objects();
                Body {
                    to: connect.to.as_deref(),
                    recipient: connect.recipient.as_deref(),
                    session: Some(&connect.session),
                    biz_opaque_callback_data: connect.biz_opaque_callback_data.as_deref(),
                    recording,
                    transcription,
                    ..blank
                }
            }
            CallRequest::PreAccept(pre_accept) => Body { call_id: Some(&pre_accept.call_id), session: Some(&pre_accept.session), ..blank },
            CallRequest::Accept(accept) => {
                let [recording, transcription] = accept.capture.objects();
                Body {
                    call_id: Some(&accept.call_id),
                    session: accept.session.as_ref(),
                    biz_opaque_callback_data: accept.biz_opaque_callback_data.as_deref(),
                    recording,
                    transcription,
                    ..blank
                }
            }
            CallRequest::Reject { call_id } | CallRequest::Terminate { call_id } => Body { call_id: Some(call_id), ..blank },
        }
    }
}

#[cfg(test)]
mod tests;

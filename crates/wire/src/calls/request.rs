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
        match params.required_text("messaging_product")? {
            MESSAGING_PRODUCT => {}
            _ => return Err(Malformed::wrong("messaging_product", "must be \"whatsapp\"")),
        }
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
    const KEY: &str = "biz_opaque_callback_data";
    match params.text(KEY)? {
        Some(data) if data.chars().count() > OPAQUE_DATA_MAX_CHARS => {
            Err(Malformed::wrong(KEY, format_args!("must have at most {OPAQUE_DATA_MAX_CHARS} characters")))
        }
        data => Ok(data.map(str::to_owned)),
    }
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
mod tests {
    use super::*;
    use crate::golden::compact;
    use serde_json::json;

    const CALL: &str = "wacid.HBgLMTU1NTcwMTAwNDIVAgASGCBBNEMxMjNCMTYxMkREMjcyRDEzNzFDMTcxNDlENDM5NRwYCzE1NTU5MDIwMDc3FQIAFQoA";

    fn read(body: &str) -> Result<CallRequest, Malformed> {
        let Value::Object(body) = serde_json::from_str(body).unwrap() else { panic!("not an object") };
        CallRequest::read(&body)
    }

    fn check(sample: &str, expected: CallRequest) {
        assert_eq!(read(sample).unwrap(), expected);
        assert_eq!(serde_json::to_string(&expected).unwrap(), compact(sample));
    }

    #[test]
    fn every_published_sample_reads_and_writes() {
        let connect = Connect {
            to: Some("15557010042".into()),
            recipient: Some("US.48201937756610293847".into()),
            session: Session { sdp_type: SdpType::Offer, sdp: "v=0\r\no=- 5582 2 IN IP4 127.0.0.1\r\n".into() },
            biz_opaque_callback_data: Some("case-77812".into()),
            capture: Capture::default(),
        };
        check(include_str!("../../samples/calls_connect.json"), CallRequest::Connect(connect));
        check(include_str!("../../samples/calls_pre_accept.json"), CallRequest::pre_accept(CALL, "v=0\r\n"));
        check(include_str!("../../samples/calls_accept.json"), CallRequest::accept(CALL, "v=0\r\n"));
        check(include_str!("../../samples/calls_reject.json"), CallRequest::reject(CALL));
        check(include_str!("../../samples/calls_terminate.json"), CallRequest::terminate(CALL));
    }

    #[test]
    fn ignores_what_clients_send_along() {
        let request = read(
            r#"{"messaging_product":"whatsapp","to":"15557010042","call_id":"wacid.X","action":"accept","paid_messaging_account_id":"9",
                "session":{"sdp_type":"ANSWER","sdp":"v=0","extra":1},"whatever":{"deep":[]}}"#,
        );
        assert_eq!(request.unwrap(), CallRequest::accept("wacid.X", "v=0"));
    }

    #[test]
    fn a_missing_action_means_connect_only_with_somebody_to_call() {
        let offer = r#""session":{"sdp_type":"offer","sdp":"v=0"}"#;
        for (members, connects) in [
            (r#""to":"1555""#, true),
            (r#""to":15550001111"#, true),
            (r#""recipient":"US.1""#, true),
            (r#""to":"1555","call_id":"wacid.X""#, false),
            (r#""call_id":"wacid.X""#, false),
        ] {
            let got = read(&format!(r#"{{"messaging_product":"whatsapp",{members},{offer}}}"#));
            match got {
                Ok(CallRequest::Connect(_)) => assert!(connects, "{members}"),
                Ok(other) => panic!("{other:?}"),
                Err(error) => assert!(!connects && error == Malformed::missing("action"), "{members}: {error}"),
            }
        }
    }

    #[test]
    fn reads_the_legacy_offer() {
        let body = json!({ "messaging_product": "whatsapp", "to": "1555", "action": "connect",
            "connection": { "webrtc": { "sdp": "{\"sdp\":\"v=0\\r\\n\",\"type\":\"offer\"}" } } });
        let CallRequest::Connect(connect) = read(&body.to_string()).unwrap() else { panic!("not connect") };
        assert_eq!(connect.session.sdp, "v=0\r\n");
    }

    #[test]
    fn refuses_and_says_why() {
        let long = "ä".repeat(513);
        for (body, details) in [
            (json!({}), "The parameter messaging_product is required."),
            (json!({ "messaging_product": 1 }), "The parameter messaging_product must be a string."),
            (json!({ "messaging_product": "sms" }), "The parameter messaging_product must be \"whatsapp\"."),
            (json!({ "messaging_product": "whatsapp" }), "The parameter action is required."),
            (json!({ "messaging_product": "whatsapp", "action": 7 }), "The parameter action must be a string."),
            (
                json!({ "messaging_product": "whatsapp", "action": "hold" }),
                "The parameter action must be one of connect, pre_accept, accept, reject, terminate.",
            ),
            (json!({ "messaging_product": "whatsapp", "action": "reject" }), "The parameter call_id is required."),
            (
                json!({ "messaging_product": "whatsapp", "action": "terminate", "call_id": ["x"] }),
                "The parameter call_id must be a string.",
            ),
            (json!({ "messaging_product": "whatsapp", "action": "pre_accept", "call_id": "x" }), "The parameter session is required."),
            (
                json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x", "session": "v=0" }),
                "The parameter session must be an object.",
            ),
            (
                json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x",
                    "session": { "sdp_type": "offer", "sdp": "v=0" } }),
                "The parameter session.sdp_type must be \"answer\" for this action.",
            ),
            (
                json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x", "session": { "sdp_type": "answer" } }),
                "The parameter session.sdp is required.",
            ),
            (
                json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x", "biz_opaque_callback_data": long }),
                "The parameter biz_opaque_callback_data must have at most 512 characters.",
            ),
            (json!({ "messaging_product": "whatsapp", "action": "connect" }), "The parameter to is required."),
            (
                json!({ "messaging_product": "whatsapp", "action": "connect", "to": "1",
                    "session": { "sdp_type": "answer", "sdp": "v=0" } }),
                "The parameter session.sdp_type must be \"offer\" for this action.",
            ),
            (
                json!({ "messaging_product": "whatsapp", "action": "connect", "to": "1", "connection": { "webrtc": { "sdp": "v=0" } } }),
                "The parameter connection.webrtc.sdp must be a string of JSON with the members sdp and type.",
            ),
        ] {
            assert_eq!(read(&body.to_string()).unwrap_err().0, details, "{body}");
        }
    }

    #[test]
    fn five_hundred_and_twelve_characters_pass_whatever_their_bytes() {
        let body = json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x",
            "biz_opaque_callback_data": "ä".repeat(512) });
        assert!(read(&body.to_string()).is_ok());
    }

    #[test]
    fn writes_both_captures_and_reads_them_back() {
        let body = json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x",
            "recording": { "status": "ENABLED", "purpose": "Training", "announcement_language": "vi" },
            "transcription": { "status": "ENABLED" } });
        let request = read(&body.to_string()).unwrap();
        assert_eq!(read(&serde_json::to_string(&request).unwrap()).unwrap(), request);
    }
}

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
    check(include_str!("../../../samples/calls_connect.json"), CallRequest::Connect(connect));
    check(include_str!("../../../samples/calls_pre_accept.json"), CallRequest::pre_accept(CALL, "v=0\r\n"));
    check(include_str!("../../../samples/calls_accept.json"), CallRequest::accept(CALL, "v=0\r\n"));
    check(include_str!("../../../samples/calls_reject.json"), CallRequest::reject(CALL));
    check(include_str!("../../../samples/calls_terminate.json"), CallRequest::terminate(CALL));
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
        (json!({ "messaging_product": "whatsapp", "action": "terminate", "call_id": ["x"] }), "The parameter call_id must be a string."),
        (json!({ "messaging_product": "whatsapp", "action": "pre_accept", "call_id": "x" }), "The parameter session is required."),
        (
            json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x", "session": "v=0" }),
            "The parameter session must be an object.",
        ),
        (
            json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x",
                "session": "{\"sdp_type\": \"answer\", \"sdp\": \"v=0\"}" }),
            "The parameter session must be an object, and is a string that holds JSON: it was encoded twice.",
        ),
        (
            json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x",
                "session": { "sdp_type": "answer", "sdp": { "type": "answer", "sdp": "v=0" } } }),
            "The parameter session.sdp must be a string, and is a whole description: put its member sdp there, and its type into \
             session.sdp_type.",
        ),
        (
            json!({ "messaging_product": "whatsapp", "action": "accept", "call_id": "x", "session": { "type": "answer", "sdp": "v=0" } }),
            "The parameter session.sdp_type is required; it is what a description calls type.",
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
        assert_eq!(read(&body.to_string()).unwrap_err().details, details, "{body}");
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

//! The right description in a wrong wrapping: the refusal says what the text is.

use super::super::*;
use super::*;

/// Each wrapping of the browser's offer, and a word of the sentence that it must get.
fn wrappings() -> Vec<(String, NotSdp, &'static str)> {
    let (text, line) = (crlf(BROWSER_OFFER), 1);
    let escaped = text.replace("\r\n", "\\r\\n");
    let json = format!("{{\"type\": \"offer\", \"sdp\": \"{escaped}\"}}");
    vec![
        (text.replace("\r\n", "\r"), NotSdp::CarriageReturns { line }, "CRLF"),
        (text.replacen("\r\n", "\r", 1), NotSdp::CarriageReturns { line }, "CRLF"),
        (text.replace("a=mid:0\r\n", "a=mid:0\r"), NotSdp::CarriageReturns { line: 16 }, "CRLF"),
        (text.replace("\r\n", " "), NotSdp::NoLineEnds, "one line"),
        (text.replace("\r\n", ""), NotSdp::NoLineEnds, "one line"),
        (escaped.clone(), NotSdp::EscapedTwice, "escaped twice"),
        (text.replace("\r\n", "\\n"), NotSdp::EscapedTwice, "escaped twice"),
        (text.replace("\r\n", "\\\\r\\\\n"), NotSdp::EscapedTwice, "escaped twice"),
        (format!("\"{escaped}\""), NotSdp::Quoted, "quotes"),
        (format!("\"{text}\""), NotSdp::Quoted, "quotes"),
        (format!("'{text}'"), NotSdp::Quoted, "quotes"),
        (format!("b'{escaped}'"), NotSdp::Quoted, "quotes"),
        (format!("\"{}\"", json.replace('"', "\\\"")), NotSdp::Quoted, "quotes"),
        (json.clone(), NotSdp::JsonDescription, "member sdp as session.sdp"),
        (json.replace(": ", ":"), NotSdp::JsonDescription, "member sdp as session.sdp"),
        (format!("\n  {}", json.replace(", ", ",\n  ")), NotSdp::JsonDescription, "member sdp as session.sdp"),
        (json.replace("\"sdp\"", "\"text\""), NotSdp::Json, "JSON"),
        (format!("[{json}]"), NotSdp::Json, "JSON"),
        (text.replace("=", "%3D").replace("\r\n", "%0D%0A"), NotSdp::PercentEncoded, "percent-encoded"),
        (text.replace("\r\n", "%0D%0A"), NotSdp::PercentEncoded, "percent-encoded"),
        ("dj0wDQpvPS0gNTIzMDgxODQ3MzAyMTY0ODUxMQ0K".into(), NotSdp::Base64, "Base64"),
        ("eyJ0eXBlIjoib2ZmZXIiLCJzZHAiOiJ2PTBcclxu".into(), NotSdp::Base64, "Base64"),
        (text.replace("\r\n", "<br>"), NotSdp::Markup, "HTML"),
        (format!("<sdp>{text}</sdp>"), NotSdp::Markup, "HTML"),
        (format!("\u{feff}{text}"), NotSdp::ByteOrderMark, "byte order mark"),
        (text.replace("\r\n", "\r\n    ").replacen("v=", "    v=", 1), NotSdp::Indented { line }, "indentation"),
        (text.replace("\r\n", "\r\n    "), NotSdp::Indented { line: 2 }, "indentation"),
        (text.replacen("v=0\r\n", "", 1), NotSdp::NoVersion { line }, "begins with v=0"),
        ("candidate:1 1 udp 2130706431 192.0.2.1 9 typ host".into(), NotSdp::CandidateAlone, "one ICE candidate"),
        (format!("INVITE sip:a@b.example SIP/2.0\r\n\r\n{text}"), NotSdp::SipMessage, "SIP message"),
        ("[object Object]".into(), NotSdp::Printed, "localDescription.sdp"),
        ("undefined".into(), NotSdp::Printed, "localDescription.sdp"),
        (format!("RTCSessionDescription(sdp='{escaped}', type='offer')"), NotSdp::Printed, "localDescription.sdp"),
        ("offer".into(), NotSdp::TypeAlone, "session.sdp_type"),
        (" \r\n".into(), NotSdp::Empty, "empty"),
    ]
}

#[test]
fn each_is_named_with_what_to_send() {
    for (text, expected, words) in wrappings() {
        let refusal = read_business_offer(&text, &[], Keying::Dtls).unwrap_err();
        let start: String = text.chars().take(60).collect();
        assert_eq!(refusal, SdpRefusal::NotSdp(expected), "{start}");
        assert!(refusal.details().contains(words), "{start}: {refusal}");
        assert_eq!(read_business_answer(&text, &Offered::platform(&[])), Err(refusal), "{start}");
    }
}

/// The JSON of a browser's description with all its candidates is longer than a line may be.
#[test]
fn a_long_one_is_named_as_well() {
    let candidates = "a=candidate:1 1 udp 2130706431 192.0.2.1 9 typ host\\r\\n".repeat(200);
    let json = format!("{{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n{candidates}\"}}");
    assert!(json.len() > MAX_LINE_BYTES);
    assert_eq!(read_business_offer(&json, &[], Keying::Dtls), Err(SdpRefusal::NotSdp(NotSdp::JsonDescription)));
    let alone = "v=0\r".to_owned() + &"a=x\r".repeat(2_000);
    assert_eq!(read_business_offer(&alone, &[], Keying::Dtls), Err(SdpRefusal::NotSdp(NotSdp::CarriageReturns { line: 1 })));
}

/// A sentence that begins with an attribute would be given a capital letter on its way out.
#[test]
fn no_refusal_begins_with_what_people_copy() {
    for (text, ..) in wrappings() {
        let details = read_business_offer(&text, &[], Keying::Dtls).unwrap_err().details();
        assert!(details.starts_with("The ") || details.starts_with("Line "), "{details}");
    }
    for line in BROWSER_OFFER.lines().filter(|line| line.starts_with("a=")) {
        if let Err(refusal) = read_business_offer(&BROWSER_OFFER.replacen(&format!("{line}\n"), "", 1), &[], Keying::Dtls) {
            let details = refusal.details();
            assert!(details.starts_with("The ") || details == "No fingerprint found in SDP", "{details}");
        }
    }
}

//! Whether a message may be used: what is dropped, and what is answered with which refusal. Sources: RFC 3261 §8.2 and §18, RFC 4475.
//!
//! Three steps, in the order of RFC 3261 §8.2, so that a method's policy can stand between them: [`judge_request`] (can it be read),
//! [`judge_extensions`] (scheme, required options), [`judge_content`] (the body of an INVITE).

use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::refusal::SipRefusal;
use crate::syntax::SyntaxFault;
use crate::uri::AnyUri;

/// Why a message is not used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unusable {
    /// A request that is answered.
    Answered(SipRefusal),
    /// What cannot be answered: responses, ACKs, and requests without a Via or of unknown shape.
    Dropped(SyntaxFault),
}

/// Whether a request can be read as far as any request must be.
///
/// # Errors
/// 505 for another version, 400 for what cannot be read; dropped where no answer is possible.
pub fn judge_request(message: &SipMessage) -> Result<(), Unusable> {
    let Some(method) = message.method() else {
        return Err(Unusable::Dropped(message.fault().unwrap_or(SyntaxFault::new("Start line", "it is no request's"))));
    };
    if !message.is_sip_2() {
        return Err(answer(message, SipRefusal::version()));
    }
    check_request(message, method).map_err(|fault| match can_be_answered(message) {
        true => Unusable::Answered(SipRefusal::malformed(fault)),
        false => Unusable::Dropped(fault),
    })
}

/// Whether a response can be read as far as a client transaction must.
///
/// # Errors
/// Always dropped: nobody answers a response.
pub fn judge_response(message: &SipMessage) -> Result<(), Unusable> {
    let check = || {
        message.fault().map_or(Ok(()), Err)?;
        single(message)?;
        // More than one Via may be ours: the inner ones that our requests show. Only the first is looked at.
        message.top_via()?;
        message.from()?;
        message.to()?;
        message.call_id()?;
        message.cseq()?;
        Ok(())
    };
    check().map_err(Unusable::Dropped)
}

fn check_request(message: &SipMessage, method: &SipMethod) -> Result<(), SyntaxFault> {
    message.fault().map_or(Ok(()), Err)?;
    single(message)?;
    if !message.top_via()?.is_sip_2 {
        return Err(SyntaxFault::new("Via", "its protocol is not SIP/2.0"));
    }
    message.from()?;
    message.to()?;
    message.call_id()?;
    if message.cseq()?.method != *method {
        return Err(SyntaxFault::new("CSeq", "its method is not that of the request"));
    }
    message.max_forwards()?;
    if *method == SipMethod::Invite {
        message.contacts()?;
    }
    let uri = message.request_uri().unwrap_or_default();
    if AnyUri::parse(&uri)?.as_sip().is_some_and(|uri| uri.headers.is_some()) {
        return Err(SyntaxFault::new("Request-URI", "it has headers inside")); // RFC 4475 §3.1.2.11
    }
    Ok(())
}

fn single(message: &SipMessage) -> Result<(), SyntaxFault> {
    match HeaderName::SINGLE.iter().find(|name| **name != HeaderName::ContentLength && message.all(**name).count() > 1) {
        Some(name) => Err(SyntaxFault::new(name.as_str(), "it stands there twice")),
        None => Ok(()),
    }
}

/// Whether an answer could reach somebody: not an ACK, a Via to mirror, and no line end inside of what is mirrored.
pub(crate) fn can_be_answered(message: &SipMessage) -> bool {
    let mirrored = [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq];
    let is_clean = |raw: &[u8]| {
        let without_folds: Vec<u8> = String::from_utf8_lossy(raw).replace("\r\n", "").into_bytes();
        !without_folds.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    };
    message.is_request()
        && message.method() != Some(&SipMethod::Ack)
        && message.first(HeaderName::Via).is_some()
        && mirrored.iter().all(|name| message.all(*name).all(|line| is_clean(line.raw())))
}

fn answer(message: &SipMessage, refusal: SipRefusal) -> Unusable {
    match can_be_answered(message) {
        true => Unusable::Answered(refusal),
        false => Unusable::Dropped(SyntaxFault::new("Start line", "it cannot be answered")),
    }
}

/// Whether the Request-URI has a scheme that is served here, and all required options are supported. Not for ACK and CANCEL, which are never
/// refused for either (RFC 3261 §8.2.2.3).
///
/// # Errors
/// 416, or 420 naming the options.
pub fn judge_extensions(message: &SipMessage, supported: &[&str]) -> Result<(), SipRefusal> {
    if matches!(message.method(), Some(SipMethod::Ack | SipMethod::Cancel)) {
        return Ok(());
    }
    let uri = message.request_uri().unwrap_or_default();
    if !AnyUri::parse(&uri).is_ok_and(|uri| uri.as_sip().is_some()) {
        return Err(SipRefusal::unsupported_scheme());
    }
    let required = [HeaderName::Require, HeaderName::ProxyRequire].into_iter().flat_map(|name| message.tokens(name));
    let unknown: Vec<String> = required.filter(|option| !supported.iter().any(|known| known.eq_ignore_ascii_case(option))).collect();
    if unknown.is_empty() { Ok(()) } else { Err(SipRefusal::bad_extension(&unknown)) }
}

/// Whether an INVITE's body is of a type that is read here, in no encoding, and its sender accepts a session description in return. An INVITE
/// without a body passes: that is a delayed offer, and the caller's to judge.
///
/// # Errors
/// 415, or 406.
pub fn judge_content(message: &SipMessage) -> Result<(), SipRefusal> {
    let is_coded = message.tokens(HeaderName::ContentEncoding).iter().any(|coding| !coding.eq_ignore_ascii_case("identity"));
    let is_known = message.body().is_empty()
        || message
            .content_kind()
            .is_some_and(|kind| kind.media == "application/sdp" || kind.media.starts_with("multipart/") && message.sdp().is_some());
    if is_coded || !is_known {
        return Err(SipRefusal::unsupported_media_type());
    }
    let accepts = |range: &String| {
        let media = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(media.as_str(), "application/sdp" | "application/*" | "*/*")
    };
    let accepted = message.tokens(HeaderName::Accept);
    if message.first(HeaderName::Accept).is_some() && !accepted.iter().any(accepts) {
        return Err(SipRefusal::not_acceptable());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Via: SIP/2.0/TLS h;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: i\nCSeq: 1 INVITE\n";

    fn message(start: &str, head: &str, body: &str) -> SipMessage {
        SipMessage::from_datagram(format!("{start}\r\n{}\r\n{body}", head.replace('\n', "\r\n")).as_bytes())
    }

    fn code(message: &SipMessage) -> Result<(), u16> {
        judge_request(message).map_err(|why| match why {
            Unusable::Answered(refusal) => refusal.code,
            Unusable::Dropped(_) => 0,
        })
    }

    #[test]
    fn requests() {
        let with = |start: &str, head: &str| code(&message(start, head, ""));
        let invite = "INVITE sip:c@d SIP/2.0";
        assert_eq!(with(invite, HEAD), Ok(()));
        assert_eq!(with("INVITE tel:+1555 SIP/2.0", HEAD), Ok(()), "the scheme is judged later");
        assert_eq!(with("INVITE sip:c@d SIP/7.0", HEAD), Err(505));
        assert_eq!(with("BYE sip:c@d SIP/2.0", HEAD), Err(400), "another method in CSeq");
        assert_eq!(with("INVITE sip:c@d?Route=x SIP/2.0", HEAD), Err(400));
        assert_eq!(with("INVITE sip:c@ SIP/2.0", HEAD), Err(400));
        assert_eq!(with(invite, &format!("{HEAD}To: <sip:e@f>\n")), Err(400));
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let without: String =
                HEAD.lines().filter(|line| !line.starts_with(&format!("{name}:"))).map(|line| format!("{line}\n")).collect();
            assert_eq!(with(invite, &without), Err(400), "without {name}");
        }
        assert_eq!(with(invite, &HEAD.replace("Via", "X-Via")), Err(0), "nobody to answer");
        assert_eq!(with("ACK sip:c@d SIP/2.0", "Via: SIP/2.0/TLS h\n"), Err(0), "an ACK is never answered");
        assert_eq!(with("SIP/2.0 200 OK", HEAD), Err(0));
        assert_eq!(with("GET / HTTP/1.1", HEAD), Err(0));
    }

    #[test]
    fn a_line_end_inside_of_a_mirrored_line_is_not_sent_back() {
        let bytes = format!("INVITE sip:c@d SIP/2.0\r\n{}\r\n", HEAD.replace('\n', "\r\n").replace("Call-ID: i", "Call-ID: i\nX: y"));
        assert_eq!(code(&SipMessage::from_datagram(bytes.as_bytes())), Err(0));
    }

    #[test]
    fn extensions() {
        let judge = |start: &str, require: &str| judge_extensions(&message(start, &format!("{HEAD}{require}"), ""), &["timer"]);
        assert_eq!(judge("INVITE sip:c@d SIP/2.0", "Require: Timer\n"), Ok(()));
        let refused = judge("INVITE sip:c@d SIP/2.0", "Require: timer, 100rel\nProxy-Require: gruu\n").unwrap_err();
        assert_eq!((refused.code, refused.lines), (420, vec![("Unsupported", "100rel, gruu".to_owned())]));
        assert_eq!(judge("CANCEL sip:c@d SIP/2.0", "Require: 100rel\n"), Ok(()));
        assert_eq!(judge("INVITE tel:+1555 SIP/2.0", "").unwrap_err().code, 416);
    }

    #[test]
    fn content() {
        let judge = |head: &str, body: &str| {
            judge_content(&message("INVITE sip:c@d SIP/2.0", &format!("{HEAD}{head}"), body)).map_err(|why| why.code)
        };
        assert_eq!(judge("", ""), Ok(()));
        assert_eq!(judge("Content-Type: application/sdp\nAccept: text/plain, application/*;q=0.5\n", "v=0"), Ok(()));
        assert_eq!(judge("Content-Type: application/unknown\n", "x"), Err(415));
        assert_eq!(judge("", "v=0"), Err(415), "a body without a type");
        assert_eq!(judge("Content-Type: application/sdp\nContent-Encoding: gzip\n", "x"), Err(415));
        assert_eq!(judge("Accept: text/nobodyKnowsThis\n", ""), Err(406));
        assert_eq!(judge("Accept:\n", ""), Err(406));
    }

    #[test]
    fn responses() {
        assert!(judge_response(&message("SIP/2.0 200 OK", HEAD, "")).is_ok());
        assert!(judge_response(&message("SIP/2.0 200 OK", "CSeq: 1 INVITE\n", "")).is_err());
    }
}

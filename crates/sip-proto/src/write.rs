//! Messages written: requests from their parts, responses from their request. Every byte and its order is ours, except what is mirrored.

use std::net::SocketAddr;

use crate::chance::Chance;
use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::outline::{HeadLine, Outline, OwnLine, REQUEST, RESPONSE, ViaText, clean};
use crate::via::{MAGIC_COOKIE, Via, with_source};

/// A body and its type.
#[derive(Clone, PartialEq, Eq)]
pub struct SipBody {
    /// `application/sdp`.
    pub kind: String,
    /// As it goes out.
    pub bytes: Vec<u8>,
}

impl SipBody {
    /// A session description.
    pub fn sdp(text: impl Into<Vec<u8>>) -> SipBody {
        SipBody { kind: "application/sdp".to_owned(), bytes: text.into() }
    }
}

/// Its type and length: descriptions are private.
impl std::fmt::Debug for SipBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SipBody({}, {} bytes)", self.kind, self.bytes.len())
    }
}

/// What a request is made of, besides the lines of its outline.
#[derive(Clone)]
pub(crate) struct RequestParts {
    pub(crate) method: SipMethod,
    pub(crate) uri: String,
    pub(crate) via: ViaText,
    pub(crate) branch: String,
    pub(crate) max_forwards: u8,
    /// The value of From, tag included.
    pub(crate) from: Vec<u8>,
    /// The value of To, with a tag inside of a dialog.
    pub(crate) to: Vec<u8>,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) routes: Vec<String>,
    pub(crate) credentials: Vec<(HeaderName, String)>,
}

impl RequestParts {
    /// The request as bytes. `chance` gives the branches of inner Vias that have their own.
    pub(crate) fn write(&self, outline: &Outline, chance: &mut Chance, body: Option<&SipBody>) -> Vec<u8> {
        let mut head = HeadWriter::start(format_args!("{} {} SIP/2.0", self.method, self.uri));
        for line in outline.complete(&REQUEST) {
            match line {
                HeadLine::Own(OwnLine::Via) => head.line("Via", self.via.with_branch(&self.branch)),
                HeadLine::InnerVia { text, has_our_branch: true } => head.line("Via", text.with_branch(&self.branch)),
                HeadLine::InnerVia { text, has_our_branch: false } => head.line("Via", text.with_branch(&new_branch(chance))),
                HeadLine::Own(OwnLine::MaxForwards) => head.line("Max-Forwards", self.max_forwards.to_string()),
                HeadLine::Own(OwnLine::From) => head.line("From", &self.from),
                HeadLine::Own(OwnLine::To) => head.line("To", &self.to),
                HeadLine::Own(OwnLine::CallId) => head.line("Call-ID", &self.call_id),
                HeadLine::Own(OwnLine::CSeq) => head.line("CSeq", format!("{} {}", self.cseq, self.method)),
                HeadLine::Own(OwnLine::Route) => self.routes.iter().for_each(|route| head.line("Route", route)),
                HeadLine::Own(OwnLine::Credentials) => {
                    self.credentials.iter().for_each(|(name, value)| head.line(name.as_str(), value));
                }
                HeadLine::Own(OwnLine::RecordRoute) => {}
                HeadLine::Fixed { name, value } => head.line(&name, value),
            }
        }
        head.finish(body)
    }
}

/// A fresh branch, as the platform's stack writes them: the cookie, `Pj`, 32 hexadecimal digits.
pub(crate) fn new_branch(chance: &mut Chance) -> String {
    format!("{MAGIC_COOKIE}Pj{}", chance.hex::<16>())
}

/// What a response is made of, besides its request and the lines of its outline.
#[derive(Clone, Copy, Debug)]
pub struct ResponseParts<'a> {
    /// 100–699.
    pub code: u16,
    /// The words behind it.
    pub phrase: &'a str,
    /// The tag that To gets, where it has none.
    pub tag: Option<&'a str>,
    /// Where the request came from, to be noted in its Via (RFC 3261 §18.2.1, RFC 3581 §4); `None` mirrors it as it came.
    pub source: Option<SocketAddr>,
}

/// The response to a request. Via, From, To, Call-ID and CSeq are mirrored byte for byte behind their long names; To gets the tag if it has none;
/// Record-Route is mirrored in what can open a dialog (101–299; RFC 3261 §12.1.1).
pub fn write_response(request: &SipMessage, parts: ResponseParts<'_>, outline: &Outline, body: Option<&SipBody>) -> Vec<u8> {
    let mut head = HeadWriter::start(format_args!("SIP/2.0 {} {}", parts.code, clean(parts.phrase)));
    for line in outline.complete(&RESPONSE) {
        match line {
            HeadLine::Own(OwnLine::Via) => write_vias(request, parts.source, &mut head),
            HeadLine::Own(OwnLine::RecordRoute) if (101..300).contains(&parts.code) => mirror(request, HeaderName::RecordRoute, &mut head),
            HeadLine::Own(OwnLine::From) => mirror(request, HeaderName::From, &mut head),
            HeadLine::Own(OwnLine::CallId) => mirror(request, HeaderName::CallId, &mut head),
            HeadLine::Own(OwnLine::CSeq) => mirror(request, HeaderName::CSeq, &mut head),
            HeadLine::Own(OwnLine::To) => write_to(request, parts.tag, &mut head),
            HeadLine::Fixed { name, value } => head.line(&name, value),
            HeadLine::Own(OwnLine::RecordRoute | OwnLine::MaxForwards | OwnLine::Route | OwnLine::Credentials)
            | HeadLine::InnerVia { .. } => {}
        }
    }
    head.finish(body)
}

fn mirror(request: &SipMessage, name: HeaderName, head: &mut HeadWriter) {
    request.all(name).for_each(|line| head.line(name.as_str(), line.raw()));
}

fn write_vias(request: &SipMessage, source: Option<SocketAddr>, head: &mut HeadWriter) {
    for (at, line) in request.all(HeaderName::Via).enumerate() {
        // A line with several values keeps them; only where the first stands alone its source can be put behind it.
        let via = (at == 0 && !line.raw().contains(&b',')).then(|| Via::read(&line.text()).ok()).flatten();
        match (via, source) {
            (Some(via), Some(source)) => head.line("Via", with_source(line.raw(), &via, source)),
            _ => head.line("Via", line.raw()),
        }
    }
}

fn write_to(request: &SipMessage, tag: Option<&str>, head: &mut HeadWriter) {
    let Some(line) = request.first(HeaderName::To) else { return };
    let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
    let mut value = line.raw().to_vec();
    if let Some(tag) = tag.filter(|_| !has_tag) {
        value.extend_from_slice(format!(";tag={tag}").as_bytes());
    }
    head.line("To", value);
}

/// Puts lines one behind the other.
pub(crate) struct HeadWriter(Vec<u8>);

impl HeadWriter {
    fn start(line: std::fmt::Arguments<'_>) -> HeadWriter {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(line.to_string().as_bytes());
        bytes.extend_from_slice(b"\r\n");
        HeadWriter(bytes)
    }

    fn line(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        self.0.extend_from_slice(value.as_ref());
        self.0.extend_from_slice(b"\r\n");
    }

    fn finish(mut self, body: Option<&SipBody>) -> Vec<u8> {
        if let Some(body) = body {
            self.line("Content-Type", clean(&body.kind));
        }
        let bytes = body.map_or(&[][..], |body| &body.bytes);
        self.line("Content-Length", bytes.len().to_string());
        self.0.extend_from_slice(b"\r\n");
        self.0.extend_from_slice(bytes);
        self.0
    }
}

/// The ACK to a refusal, within its transaction (RFC 3261 §17.1.1.3): our own Via alone, To as the response has it, Route as in the INVITE.
pub(crate) fn ack_of_refusal(invite: &SipMessage, response: &SipMessage, max_forwards: u8) -> Option<Vec<u8>> {
    let to = response.first(HeaderName::To)?.raw().to_vec();
    follow_up(invite, &SipMethod::Ack, &to, max_forwards, &Outline::new())
}

/// The CANCEL of an INVITE (RFC 3261 §9.1): same URI, Call-ID, From, To, number and Route, and its Via alone. `extra` holds lines of the caller.
pub(crate) fn cancel_of(invite: &SipMessage, max_forwards: u8, extra: &Outline) -> Option<Vec<u8>> {
    let to = invite.first(HeaderName::To)?.raw().to_vec();
    follow_up(invite, &SipMethod::Cancel, &to, max_forwards, extra)
}

/// The credentials of an INVITE, which its ACK has as well (RFC 3261 §22.1).
pub(crate) fn credentials_of(invite: &SipMessage) -> Vec<(HeaderName, String)> {
    let names = [HeaderName::Authorization, HeaderName::ProxyAuthorization];
    names.into_iter().flat_map(|name| invite.all(name).map(move |line| (name, line.text().into_owned()))).collect()
}

fn follow_up(invite: &SipMessage, method: &SipMethod, to: &[u8], max_forwards: u8, extra: &Outline) -> Option<Vec<u8>> {
    let mut head = HeadWriter::start(format_args!("{method} {} SIP/2.0", invite.request_uri()?));
    let raw = |name| invite.first(name).map(|line| line.raw());
    for line in extra.complete(&REQUEST) {
        match line {
            HeadLine::Own(OwnLine::Via) => head.line("Via", raw(HeaderName::Via)?),
            HeadLine::Own(OwnLine::MaxForwards) => head.line("Max-Forwards", max_forwards.to_string()),
            HeadLine::Own(OwnLine::From) => head.line("From", raw(HeaderName::From)?),
            HeadLine::Own(OwnLine::To) => head.line("To", to),
            HeadLine::Own(OwnLine::CallId) => head.line("Call-ID", raw(HeaderName::CallId)?),
            HeadLine::Own(OwnLine::CSeq) => head.line("CSeq", format!("{} {method}", invite.cseq().ok()?.number)),
            HeadLine::Own(OwnLine::Route) => mirror(invite, HeaderName::Route, &mut head),
            HeadLine::Fixed { name, value } => head.line(&name, value),
            HeadLine::Own(OwnLine::Credentials) if *method == SipMethod::Ack => {
                credentials_of(invite).iter().for_each(|(name, value)| head.line(name.as_str(), value));
            }
            HeadLine::Own(OwnLine::RecordRoute | OwnLine::Credentials) | HeadLine::InnerVia { .. } => {}
        }
    }
    Some(head.finish(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SipMessage {
        let text = "INVITE sip:+15550142233@wa.meta.vc SIP/2.0\r\nv: SIP/2.0/TLS 10.0.0.8:5061;branch=z9hG4bK1;rport\r\nVia: SIP/2.0/UDP inner,\r\n SIP/2.0/UDP more\r\n\
            f: \"A\"  <sip:a@b>;tag=x\r\nRecord-Route: <sip:p;lr>\r\nt: sip:+15550142233@wa.meta.vc\r\ni: id==\r\nCSeq:  007 INVITE\r\nl: 0\r\n\r\n";
        SipMessage::from_datagram(text.as_bytes())
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }

    #[test]
    fn a_response_mirrors_its_request() {
        let parts = ResponseParts { code: 200, phrase: "OK", tag: Some("t1"), source: None };
        let written =
            write_response(&request(), parts, &Outline::of_response().fixed("Supported", "timer"), Some(&SipBody::sdp("v=0\r\n")));
        assert_eq!(
            text(written),
            "SIP/2.0 200 OK\nVia: SIP/2.0/TLS 10.0.0.8:5061;branch=z9hG4bK1;rport\nVia: SIP/2.0/UDP inner,\n SIP/2.0/UDP more\n\
             Record-Route: <sip:p;lr>\nFrom: \"A\"  <sip:a@b>;tag=x\nTo: sip:+15550142233@wa.meta.vc;tag=t1\nCall-ID: id==\nCSeq: 007 INVITE\n\
             Supported: timer\nContent-Type: application/sdp\nContent-Length: 5\n\nv=0\n"
        );
    }

    #[test]
    fn a_refusal_opens_no_dialog_and_notes_the_source() {
        let source = Some("198.51.100.20:4000".parse().unwrap());
        let written =
            text(write_response(&request(), ResponseParts { code: 486, phrase: "a\r\nb", tag: None, source }, &Outline::new(), None));
        assert!(
            written.starts_with("SIP/2.0 486 a  b\nVia: SIP/2.0/TLS 10.0.0.8:5061;branch=z9hG4bK1;rport=4000;received=198.51.100.20\n"),
            "{written}"
        );
        assert!(!written.contains("Record-Route"));
        assert!(written.ends_with("To: sip:+15550142233@wa.meta.vc\nCall-ID: id==\nCSeq: 007 INVITE\nContent-Length: 0\n\n"));
    }

    #[test]
    fn only_what_can_open_a_dialog_has_record_route() {
        let has = |code| {
            let parts = ResponseParts { code, phrase: "x", tag: None, source: None };
            text(write_response(&request(), parts, &Outline::of_response(), None)).contains("Record-Route")
        };
        assert_eq!([100, 101, 180, 200, 299, 300, 404].map(has), [false, true, true, true, true, false, false]);
    }

    #[test]
    fn what_follows_an_invite() {
        let invite = SipMessage::from_datagram(
            b"INVITE sip:b SIP/2.0\r\nVia: ours\r\nVia: inner\r\nMax-Forwards: 70\r\nFrom: f\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 5 INVITE\r\nRoute: <sip:r;lr>\r\nl: 0\r\n\r\n",
        );
        let response = SipMessage::from_datagram(b"SIP/2.0 486 x\r\nTo: <sip:b>;tag=9\r\n\r\n");
        assert_eq!(
            text(ack_of_refusal(&invite, &response, 70).unwrap()),
            "ACK sip:b SIP/2.0\nVia: ours\nMax-Forwards: 70\nFrom: f\nTo: <sip:b>;tag=9\nCall-ID: c\nCSeq: 5 ACK\nRoute: <sip:r;lr>\nContent-Length: 0\n\n"
        );
        assert_eq!(
            text(cancel_of(&invite, 70, &Outline::of_request().fixed("Reason", "SIP;cause=487")).unwrap()),
            "CANCEL sip:b SIP/2.0\nVia: ours\nMax-Forwards: 70\nFrom: f\nTo: <sip:b>\nCall-ID: c\nCSeq: 5 CANCEL\nRoute: <sip:r;lr>\nReason: SIP;cause=487\nContent-Length: 0\n\n"
        );
    }
}

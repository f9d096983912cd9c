//! A message that keeps its bytes: the lines are found once, everything else is read from them when somebody asks.
//!
//! Reading never fails. What is wrong with the structure is kept as a [`SyntaxFault`] beside the lines that could be read, so that a request
//! may be answered with the reason; what is wrong with a value shows when that value is read. Whether a message may be used at all is said by
//! [`crate::judge`]. Sources: RFC 3261 §7 and §25, RFC 4475.

mod lines;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub(crate) use lines::end_of_head;
use lines::{is_bare_line_end, logical_line, read_field, read_start, strip_line_end};

use crate::method::{HeaderName, SipMethod};
use crate::syntax::{SyntaxFault, digits, unfold};

/// A request or a response, with its body.
#[derive(Clone, PartialEq, Eq)]
pub struct SipMessage {
    bytes: Vec<u8>,
    start: Start,
    fields: Vec<Field>,
    body: Range<usize>,
    fault: Option<SyntaxFault>,
}

/// What the first line was read as.
#[derive(Clone, PartialEq, Eq)]
enum Start {
    Request { method: SipMethod, uri: Range<usize>, version: Range<usize> },
    Response { code: u16, reason: Range<usize> },
    Broken,
}

#[derive(Clone, PartialEq, Eq)]
struct Field {
    known: Option<HeaderName>,
    name: Range<usize>,
    value: Range<usize>,
    line: Range<usize>,
}

/// One header line.
#[derive(Clone, Copy)]
pub struct HeaderLine<'a> {
    message: &'a SipMessage,
    field: &'a Field,
}

impl<'a> HeaderLine<'a> {
    /// Which header it is, if it is one that this crate knows.
    pub fn known(&self) -> Option<HeaderName> {
        self.field.known
    }

    /// The name as written.
    pub fn name(&self) -> &'a [u8] {
        &self.message.bytes[self.field.name.clone()]
    }

    /// The value as it came: without the white space around it, with folds.
    pub fn raw(&self) -> &'a [u8] {
        &self.message.bytes[self.field.value.clone()]
    }

    /// The value as one line of text.
    pub fn text(&self) -> Cow<'a, str> {
        unfold(self.raw())
    }

    /// The whole line or lines, line end included.
    pub fn line(&self) -> &'a [u8] {
        &self.message.bytes[self.field.line.clone()]
    }
}

/// Most header lines of a message; a longer one is answered with 400.
pub const MAX_HEADER_LINES: usize = 256;

impl SipMessage {
    /// A message from a datagram: the body is what `Content-Length` says, or all that follows the head where it says nothing (RFC 3261 §18.3).
    pub fn from_datagram(bytes: &[u8]) -> SipMessage {
        let head = end_of_head(bytes, 0).unwrap_or(bytes.len());
        let mut message = SipMessage::from_head(bytes[..head].to_vec());
        let rest = &bytes[head..];
        match message.content_length() {
            Ok(None) => message.attach_body(rest),
            Ok(Some(length)) if length <= rest.len() => message.attach_body(&rest[..length]),
            Ok(Some(_)) => {
                message.attach_body(rest);
                message.add_fault(SyntaxFault::new("Content-Length", "the body is shorter than it says"));
            }
            Err(fault) => message.add_fault(fault),
        }
        message
    }

    /// A message from its head, the empty line included. A head without that line is a fault.
    pub(crate) fn from_head(bytes: Vec<u8>) -> SipMessage {
        let mut message = SipMessage { body: bytes.len()..bytes.len(), bytes, start: Start::Broken, fields: Vec::new(), fault: None };
        message.read_lines();
        message
    }

    pub(crate) fn attach_body(&mut self, body: &[u8]) {
        let from = self.body.start;
        self.bytes.truncate(from);
        self.bytes.extend_from_slice(body);
        self.body = from..self.bytes.len();
    }

    pub(crate) fn add_fault(&mut self, fault: SyntaxFault) {
        self.fault.get_or_insert(fault);
    }

    fn read_lines(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut at = 0;
        let mut first = true;
        while at < bytes.len() {
            let end = logical_line(&bytes, at);
            let content = at..strip_line_end(&bytes, at, end);
            if bytes[content.clone()].iter().enumerate().any(|(i, byte)| is_bare_line_end(&bytes[content.clone()], i, *byte)) {
                self.add_fault(SyntaxFault::new("Head", "a carriage return or line feed stands alone"));
            }
            if first {
                self.start = read_start(&bytes, content.clone());
                first = false;
            } else if content.is_empty() {
                break; // the empty line
            } else if self.fields.len() >= MAX_HEADER_LINES {
                self.add_fault(SyntaxFault::new("Head", "it has too many header lines"));
                break;
            } else {
                match read_field(&bytes, content, at..end) {
                    Some(field) => self.fields.push(field),
                    None => self.add_fault(SyntaxFault::new("Head", "a line has no header name before a colon")),
                }
            }
            at = end;
        }
        if !bytes.ends_with(b"\r\n\r\n") {
            self.add_fault(SyntaxFault::new("Head", "no empty line ends it"));
        }
        self.bytes = bytes;
        match &self.start {
            Start::Broken => self.add_fault(SyntaxFault::new("Start line", "it is neither a request's nor a response's")),
            Start::Request { uri, .. } if self.bytes[uri.clone()].iter().any(|byte| b"<> \t\r\n".contains(byte)) => {
                self.add_fault(SyntaxFault::new("Request-URI", "spaces or brackets stand in it or around it"));
            }
            Start::Request { version, .. } if self.bytes.get(version.end) == Some(&b' ') => {
                self.add_fault(SyntaxFault::new("Start line", "spaces follow it"));
            }
            Start::Request { .. } | Start::Response { .. } => {}
        }
    }

    /// Head and body as they came, or as they were written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body.clone()]
    }

    /// What is wrong with its structure.
    pub fn fault(&self) -> Option<SyntaxFault> {
        self.fault
    }

    /// Whether its first line is a request's.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// A request's method.
    pub fn method(&self) -> Option<&SipMethod> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } | Start::Broken => None,
        }
    }

    /// A request's URI as written.
    pub fn request_uri(&self) -> Option<Cow<'_, str>> {
        match &self.start {
            Start::Request { uri, .. } => Some(String::from_utf8_lossy(&self.bytes[uri.clone()])),
            Start::Response { .. } | Start::Broken => None,
        }
    }

    /// Whether it says `SIP/2.0`. A response that says otherwise was not read as one.
    pub fn is_sip_2(&self) -> bool {
        match &self.start {
            Start::Request { version, .. } => self.bytes[version.clone()].eq_ignore_ascii_case(b"SIP/2.0"),
            Start::Response { .. } => true,
            Start::Broken => false,
        }
    }

    /// A response's status code, 100–699.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Response { code, .. } => Some(code),
            Start::Request { .. } | Start::Broken => None,
        }
    }

    /// A response's reason phrase.
    pub fn reason_phrase(&self) -> Option<Cow<'_, str>> {
        match &self.start {
            Start::Response { reason, .. } => Some(String::from_utf8_lossy(&self.bytes[reason.clone()])),
            Start::Request { .. } | Start::Broken => None,
        }
    }

    /// All header lines in order.
    pub fn lines(&self) -> impl Iterator<Item = HeaderLine<'_>> {
        self.fields.iter().map(|field| HeaderLine { message: self, field })
    }

    /// All lines of one header, in order.
    pub fn all(&self, name: HeaderName) -> impl Iterator<Item = HeaderLine<'_>> {
        self.lines().filter(move |line| line.known() == Some(name))
    }

    /// The first line of one header.
    pub fn first(&self, name: HeaderName) -> Option<HeaderLine<'_>> {
        self.all(name).next()
    }

    /// The value of a header by its text, in any case: for those that this crate does not know, as `x-wa-meta-wacid`.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.lines().find(|line| line.name().eq_ignore_ascii_case(name.as_bytes())).map(|line| line.text())
    }

    /// The body's length as the head says it; `None` where it says nothing.
    ///
    /// # Errors
    /// Says that it is no number, or that two lines disagree.
    pub fn content_length(&self) -> Result<Option<usize>, SyntaxFault> {
        let mut said = None;
        for line in self.all(HeaderName::ContentLength) {
            let length = digits(&line.text(), u64::from(u32::MAX)).ok_or(SyntaxFault::new("Content-Length", "it is no length"))? as usize;
            if said.is_some_and(|before| before != length) {
                return Err(SyntaxFault::new("Content-Length", "two lines of it disagree"));
            }
            said = Some(length);
        }
        Ok(said)
    }
}

/// What it is and how long; a message is full of telephone numbers.
impl fmt::Debug for SipMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.start {
            Start::Request { method, .. } => write!(f, "SipMessage({method}, {} bytes)", self.bytes.len()),
            Start::Response { code, .. } => write!(f, "SipMessage({code}, {} bytes)", self.bytes.len()),
            Start::Broken => write!(f, "SipMessage(broken, {} bytes)", self.bytes.len()),
        }
    }
}

impl fmt::Debug for HeaderLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: …", String::from_utf8_lossy(self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> SipMessage {
        SipMessage::from_datagram(text.replace('\n', "\r\n").as_bytes())
    }

    #[test]
    fn keeps_every_byte() {
        let bytes = b"INVITE sip:a@b SIP/2.0\r\nv : SIP/2.0/TLS h\r\n ;branch=z9hG4bKa\r\nX-Odd:\t \xff\r\nl: 4\r\n\r\nbody";
        let message = SipMessage::from_datagram(bytes);
        assert_eq!(message.as_bytes(), bytes);
        assert_eq!(message.fault(), None);
        assert_eq!(message.body(), b"body");
        assert_eq!(message.first(HeaderName::Via).unwrap().text(), "SIP/2.0/TLS h ;branch=z9hG4bKa");
        assert_eq!(message.first(HeaderName::Via).unwrap().raw(), b"SIP/2.0/TLS h\r\n ;branch=z9hG4bKa");
        assert_eq!(message.lines().nth(1).unwrap().raw(), b"\xff");
        assert_eq!(format!("{message:?}"), "SipMessage(INVITE, 85 bytes)");
    }

    #[test]
    fn start_lines() {
        let start = |line: &str| message(&format!("{line}\n\n"));
        assert_eq!(start("SIP/2.0 486 Busy Here").status(), Some(486));
        assert_eq!(start("SIP/2.0 486 Busy Here").reason_phrase().unwrap(), "Busy Here");
        assert_eq!(start("SIP/2.0 100 ").reason_phrase().unwrap(), "");
        assert_eq!(start("SIP/2.0 100").status(), Some(100));
        for broken in [
            "SIP/2.0 4294967301 better not",
            "SIP/2.0 099 x",
            "SIP/2.0 700 x",
            "SIP/3.0 200 OK",
            "HTTP/1.1 200 OK",
            "INVITE sip:a@b",
            "GET / HTTP/1.1",
            "INVITE  SIP/2.0 x",
            "",
            "IN VITE",
        ] {
            assert!(start(broken).fault().is_some(), "{broken}");
            assert_eq!(start(broken).status(), None, "{broken}");
        }
        for spaced in ["INVITE  sip:a@b SIP/2.0", "INVITE sip:a@b  SIP/2.0", "INVITE sip:a b@c SIP/2.0", "INVITE <sip:a@b> SIP/2.0"] {
            assert!(start(spaced).is_request() && start(spaced).fault().is_some(), "{spaced}");
        }
        assert!(!start("OPTIONS sip:t@x SIP/7.0").is_sip_2());
    }

    #[test]
    fn lines_that_are_none_are_faults_and_the_others_stay() {
        let broken = message("INVITE sip:a@b SIP/2.0\nTo: x\nno colon here\n: nameless\nFrom: y\n\n");
        assert!(broken.fault().is_some());
        assert_eq!(broken.lines().count(), 2);
        let bare = SipMessage::from_datagram(b"INVITE sip:a@b SIP/2.0\r\nTo: x\ny\r\n\r\n");
        assert_eq!(bare.fault().unwrap().what, "a carriage return or line feed stands alone");
    }

    #[test]
    fn lengths() {
        let with = |lengths: &str| message(&format!("INVITE sip:a@b SIP/2.0\n{lengths}\n12345678")).content_length();
        assert_eq!(with("").unwrap(), None);
        assert_eq!(with("l: 8\nContent-Length: 08\n").unwrap(), Some(8));
        assert!(with("l: 8\nContent-Length: 9\n").is_err());
        assert!(with("l: -8\n").is_err());
    }
}

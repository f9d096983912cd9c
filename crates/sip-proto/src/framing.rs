//! A stream's bytes as messages: heads up to their empty line, bodies by `Content-Length` (RFC 3261 §18.3), and the CRLFs that keep a connection
//! open (RFC 5626 §3.5.1).
//!
//! A stream that can no longer be cut (a head without end, a body without a length) is over: [`Framed::Broken`] is the last thing it gives. What
//! could be read of the message goes with it, for an answer that says why.

use crate::message::{SipMessage, end_of_head};
use crate::syntax::SyntaxFault;

/// How large the messages of a stream may be.
#[derive(Clone, Copy, Debug)]
pub struct FrameLimits {
    /// Bytes of a head, its empty line included. Beyond: the stream is over, 513.
    pub head_bytes: usize,
    /// Bytes of a body. Beyond: the stream is over, 413.
    pub body_bytes: usize,
}

impl Default for FrameLimits {
    /// 32 KiB and 64 KiB: real INVITEs with a dozen Vias and candidates stay below 8 KiB.
    fn default() -> FrameLimits {
        FrameLimits { head_bytes: 32 * 1024, body_bytes: 64 * 1024 }
    }
}

/// What a stream gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Framed {
    /// A message, whole.
    Message(SipMessage),
    /// One CRLF between messages: the answer to a ping, or padding.
    Crlf,
    /// Two CRLFs on end: a ping, answered with one CRLF.
    Ping,
    /// The stream cannot be cut into messages any further.
    Broken {
        /// Why.
        fault: FramingFault,
        /// The head as far as it could be read; without its body.
        message: SipMessage,
    },
}

/// Why a stream is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FramingFault {
    /// No empty line within the bytes that a head may have.
    #[error("the head is too large")]
    HeadTooLarge,
    /// `Content-Length` is beyond what a body may have.
    #[error("the body is too large")]
    BodyTooLarge,
    /// A stream has no other way to end a body (RFC 3261 §18.3).
    #[error("Content-Length is missing")]
    NoLength,
    /// It is no number, or two lines of it disagree.
    #[error("{0}")]
    BadLength(SyntaxFault),
}

impl FramingFault {
    /// The status code of the answer.
    pub fn code(self) -> u16 {
        match self {
            FramingFault::HeadTooLarge => 513,
            FramingFault::BodyTooLarge => 413,
            FramingFault::NoLength | FramingFault::BadLength(_) => 400,
        }
    }
}

/// Cuts one direction of one connection into messages.
pub struct SipFramer {
    limits: FrameLimits,
    buffer: Vec<u8>,
    /// Where the buffer's unread bytes begin.
    read: usize,
    /// Up to where no end of the head was found.
    searched: usize,
    /// A head that waits for this many bytes of body.
    head: Option<(SipMessage, usize)>,
    after_crlf: bool,
    is_over: bool,
}

impl SipFramer {
    /// For a new connection.
    pub fn new(limits: FrameLimits) -> SipFramer {
        SipFramer { limits, buffer: Vec::new(), read: 0, searched: 0, head: None, after_crlf: false, is_over: false }
    }

    /// Takes bytes as they arrived. Take out with [`SipFramer::poll`] before more is put in; what waits is bounded by the limits then.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.is_over {
            return;
        }
        self.buffer.drain(..std::mem::take(&mut self.read));
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that wait for more.
    pub fn waiting(&self) -> usize {
        self.buffer.len() - self.read
    }

    /// The next thing that is whole.
    pub fn poll(&mut self) -> Option<Framed> {
        if self.is_over {
            return None;
        }
        if let Some(framed) = self.poll_crlf() {
            return Some(framed);
        }
        if self.head.is_none()
            && let Some(broken) = self.read_head()?
        {
            self.is_over = true;
            self.buffer = Vec::new();
            self.read = 0;
            return Some(broken);
        }
        let length = self.head.as_ref()?.1;
        if self.waiting() < length {
            return None;
        }
        let (mut message, _) = self.head.take()?;
        message.attach_body(&self.buffer[self.read..self.read + length]);
        self.advance(length);
        Some(Framed::Message(message))
    }

    fn poll_crlf(&mut self) -> Option<Framed> {
        if self.head.is_some() || !self.buffer[self.read..].starts_with(b"\r\n") {
            return None;
        }
        self.advance(2);
        self.after_crlf = !self.after_crlf;
        Some(if self.after_crlf { Framed::Crlf } else { Framed::Ping })
    }

    fn advance(&mut self, bytes: usize) {
        self.read += bytes;
        self.searched = 0;
        if self.read == self.buffer.len() {
            self.buffer.clear();
            self.read = 0;
        }
    }

    /// `None`: the head is not whole yet. `Some(None)`: it is. `Some(Some(_))`: the stream is over.
    fn read_head(&mut self) -> Option<Option<Framed>> {
        let unread = &self.buffer[self.read..];
        let within = &unread[..unread.len().min(self.limits.head_bytes)];
        let Some(end) = end_of_head(within, self.searched) else {
            self.searched = within.len();
            if unread.len() < self.limits.head_bytes {
                return None;
            }
            // The last line is cut off; the lines before it may do for an answer.
            let whole = within.windows(2).rposition(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
            let message = SipMessage::from_head(within[..whole].to_vec());
            return Some(Some(Framed::Broken { fault: FramingFault::HeadTooLarge, message }));
        };
        let message = SipMessage::from_head(unread[..end].to_vec());
        self.after_crlf = false;
        let fault = match message.content_length() {
            Ok(Some(length)) if length <= self.limits.body_bytes => {
                self.advance(end);
                self.head = Some((message, length));
                return Some(None);
            }
            Ok(Some(_)) => FramingFault::BodyTooLarge,
            Ok(None) => FramingFault::NoLength,
            Err(fault) => FramingFault::BadLength(fault),
        };
        Some(Some(Framed::Broken { fault, message }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKa\r\nl: 4\r\n\r\nbody";
    const SECOND: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

    fn drain(framer: &mut SipFramer) -> Vec<Framed> {
        std::iter::from_fn(|| framer.poll()).collect()
    }

    fn stream() -> Vec<u8> {
        [b"\r\n", FIRST, b"\r\n\r\n", SECOND, FIRST].concat()
    }

    fn expected() -> Vec<Framed> {
        let message = |bytes: &[u8]| Framed::Message(SipMessage::from_datagram(bytes));
        vec![Framed::Crlf, message(FIRST), Framed::Crlf, Framed::Ping, message(SECOND), message(FIRST)]
    }

    #[test]
    fn cut_at_every_place() {
        let stream = stream();
        for at in 0..=stream.len() {
            let mut framer = SipFramer::new(FrameLimits::default());
            let mut got = Vec::new();
            for part in [&stream[..at], &stream[at..]] {
                framer.push(part);
                got.extend(drain(&mut framer));
            }
            assert_eq!(got, expected(), "cut at {at}");
            assert_eq!(framer.waiting(), 0);
        }
    }

    #[test]
    fn one_byte_at_a_time() {
        let mut framer = SipFramer::new(FrameLimits::default());
        let mut got = Vec::new();
        for byte in stream() {
            framer.push(&[byte]);
            got.extend(drain(&mut framer));
        }
        assert_eq!(got, expected());
    }

    #[test]
    fn a_message_keeps_its_bytes() {
        let mut framer = SipFramer::new(FrameLimits::default());
        framer.push(&stream());
        let Framed::Message(message) = drain(&mut framer).remove(1) else { panic!("a message") };
        assert_eq!(message.as_bytes(), FIRST);
        assert_eq!(message.body(), b"body");
    }

    fn broken(stream: &[u8], limits: FrameLimits) -> (FramingFault, SipMessage) {
        let mut framer = SipFramer::new(limits);
        framer.push(stream);
        let Some(Framed::Broken { fault, message }) = framer.poll() else { panic!("a broken stream") };
        framer.push(FIRST);
        assert_eq!((framer.poll(), framer.waiting()), (None, 0), "nothing comes after it");
        (fault, message)
    }

    #[test]
    fn streams_that_are_over() {
        let limits = FrameLimits { head_bytes: 64, body_bytes: 8 };
        let head = |lengths: &str| format!("BYE sip:a@b SIP/2.0\r\n{lengths}\r\n12345678").into_bytes();
        assert_eq!(broken(&head(""), limits).0, FramingFault::NoLength);
        assert_eq!(broken(&head("l: 9\r\n"), limits).0, FramingFault::BodyTooLarge);
        assert!(matches!(broken(&head("l: 1\r\nl: 2\r\n"), limits).0, FramingFault::BadLength(_)));
        let (fault, message) = broken(&[b"BYE sip:a@b SIP/2.0\r\nFrom: x\r\nTo: ".to_vec(), vec![b'y'; 64]].concat(), limits);
        assert_eq!((fault, message.lines().count()), (FramingFault::HeadTooLarge, 1));
    }

    #[test]
    fn a_head_of_exactly_the_limit() {
        let head = b"BYE sip:a@b SIP/2.0\r\nl: 0\r\n\r\n";
        let mut framer = SipFramer::new(FrameLimits { head_bytes: head.len(), body_bytes: 0 });
        framer.push(head);
        assert!(matches!(framer.poll(), Some(Framed::Message(_))));
    }

    #[test]
    fn pings() {
        let mut framer = SipFramer::new(FrameLimits::default());
        framer.push(b"\r\n\r\n\r\n");
        assert_eq!(drain(&mut framer), [Framed::Crlf, Framed::Ping, Framed::Crlf]);
        framer.push(b"\r\n");
        assert_eq!(drain(&mut framer), [Framed::Ping], "the second CRLF may come later");
    }
}

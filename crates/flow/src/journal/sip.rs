//! A SIP message as the journal keeps it: whole, for ladders and captures, and without what would let a reader speak in somebody's name or listen.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Longest text that is kept, in bytes. Longer messages are cut.
pub const MAX_SIP_TEXT: usize = 16 * 1024;

/// One message between the platform and a business's SIP server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipTrace {
    /// The platform sent it.
    pub sent: bool,
    /// The other end.
    pub peer: String,
    /// Our end.
    pub here: String,
    /// The message, with each secret overwritten by as many `x`.
    pub text: String,
}

impl std::fmt::Debug for SipTrace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SipTrace({} {})", if self.sent { "to" } else { "from" }, self.peer)
    }
}

impl SipTrace {
    /// A message as it went over the wire.
    pub fn new(sent: bool, peer: SocketAddr, here: SocketAddr, message: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&message[..message.len().min(MAX_SIP_TEXT)]);
        let text = text.split_inclusive('\n').map(masked).collect();
        Self { sent, peer: peer.to_string(), here: here.to_string(), text }
    }

    /// Its first line: `INVITE sip:… SIP/2.0`, or `SIP/2.0 200 OK`.
    pub fn start_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// What a ladder says of it: the method, or status and phrase, with the method that it answers.
    pub fn name(&self) -> String {
        let line = self.start_line();
        match line.strip_prefix("SIP/2.0 ") {
            Some(status) => format!("{status} ({})", self.method_of_cseq()),
            None => line.split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    fn method_of_cseq(&self) -> &str {
        let of = |line: &'_ str| line.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("cseq:"));
        self.text.lines().find(|line| of(line)).and_then(|line| line.split_whitespace().last()).unwrap_or("?")
    }
}

/// A line without its secrets: keys of SDES, the password of ICE, the answer to a digest.
fn masked(line: &str) -> String {
    for (begins, until) in [("inline:", "|; \r\n"), ("a=ice-pwd:", "\r\n"), ("response=\"", "\"\r\n")] {
        if let Some(at) = line.find(begins) {
            let (head, rest) = line.split_at(at + begins.len());
            let end = rest.find(|c| until.contains(c)).unwrap_or(rest.len());
            let hidden = "x".repeat(rest[..end].len());
            // A line may have several inline keys.
            return format!("{head}{hidden}{}", masked(&rest[end..]));
        }
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_overwritten_and_lengths_stay() {
        let message = "INVITE sip:+1@wa.meta.vc SIP/2.0\r\nCSeq: 7 INVITE\r\nProxy-Authorization: Digest username=\"1\", response=\"19c0f4\", opaque=\"9be\"\r\n\r\na=ice-pwd:abc==\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:LXEW|2^31;inline:AAAA|1:4\r\n";
        let peer = "127.0.0.1:5061".parse().unwrap();
        let trace = SipTrace::new(false, peer, peer, message.as_bytes());
        assert_eq!(trace.text.len(), message.len());
        for secret in ["19c0f4", "abc==", "LXEW", "AAAA"] {
            assert!(!trace.text.contains(secret), "{}", trace.text);
        }
        assert!(trace.text.contains("inline:xxxx|2^31;inline:xxxx|1:4") && trace.text.contains("opaque=\"9be\""), "{}", trace.text);
        assert_eq!(trace.name(), "INVITE");
        let answer = SipTrace::new(true, peer, peer, b"SIP/2.0 486 User declined the call\r\ncseq: 7 INVITE\r\n\r\n");
        assert_eq!(answer.name(), "486 User declined the call (INVITE)");
    }

    #[test]
    fn long_messages_are_cut() {
        let peer = "127.0.0.1:5061".parse().unwrap();
        assert_eq!(SipTrace::new(true, peer, peer, &[b'a'; 2 * MAX_SIP_TEXT]).text.len(), MAX_SIP_TEXT);
    }
}

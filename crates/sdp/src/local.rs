//! Our own side of a description: the values, all handed in, none made here.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

/// One of our host candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalCandidate {
    /// ICE foundation; the same number for the same base address.
    pub foundation: u32,
    /// Address and UDP port that the far end can reach.
    pub address: SocketAddr,
}

/// Everything a writer needs about our end. Holds ICE secrets, so its `Debug` shows the shape only.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalDescription {
    /// `o=` session id: on the platform's side Unix time in milliseconds, or random in the older generation.
    pub session_id: u64,
    /// Lower-case UUID of the media stream.
    pub stream_id: String,
    /// ICE user name fragment.
    pub ice_ufrag: String,
    /// ICE password.
    pub ice_pwd: String,
    /// SHA-256 of our DTLS certificate.
    pub fingerprint: [u8; 32],
    /// Our host candidates. The platform's writers use the first IPv4 and the first IPv6 one.
    pub candidates: Vec<LocalCandidate>,
    /// The one SSRC we send with.
    pub ssrc: u32,
}

impl LocalDescription {
    pub(super) fn first_v4(&self) -> Option<LocalCandidate> {
        self.candidates.iter().copied().find(|candidate| candidate.address.is_ipv4())
    }

    pub(super) fn first_v6(&self) -> Option<LocalCandidate> {
        self.candidates.iter().copied().find(|candidate| candidate.address.is_ipv6())
    }

    /// The candidate that fills the `m=` port and the `c=` line: IPv4 if there is one.
    pub(super) fn default_candidate(&self) -> Option<LocalCandidate> {
        self.first_v4().or_else(|| self.first_v6())
    }
}

impl fmt::Debug for LocalDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalDescription").field("candidates", &self.candidates.len()).finish_non_exhaustive()
    }
}

/// A SHA-256 fingerprint as SDP writes it: upper-case hex pairs between colons (RFC 8122 §5).
pub fn fingerprint_text(fingerprint: &[u8; 32]) -> String {
    let mut text = String::with_capacity(95);
    for (index, byte) in fingerprint.iter().enumerate() {
        let separator = if index == 0 { "" } else { ":" };
        let _ = write!(text, "{separator}{byte:02X}"); // writing to a String cannot fail
    }
    text
}

/// A description being written: lines joined by CRLF, the last one included.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn push(&mut self, line: fmt::Arguments<'_>) {
        let _ = write!(self.0, "{line}\r\n"); // writing to a String cannot fail
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// `line!(lines, "a=mid:{mid}")`: one formatted line.
macro_rules! line {
    ($lines:expr, $($text:tt)*) => { $lines.push(format_args!($($text)*)) };
}
pub(super) use line;

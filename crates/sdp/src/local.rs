//! Our own side of a description: the values, all handed in, none made here.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use super::crypto::CryptoLine;
use super::profile::Keying;

/// One of our host candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalCandidate {
    /// ICE foundation; the same number for the same base address.
    pub foundation: u32,
    /// Address and UDP port that the far end can reach.
    pub address: SocketAddr,
}

/// Our ICE and DTLS side. Holds ICE secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalWebRtc {
    /// ICE user name fragment.
    pub ice_ufrag: String,
    /// ICE password.
    pub ice_pwd: String,
    /// SHA-256 of our DTLS certificate.
    pub fingerprint: [u8; 32],
    /// Our host candidates. The platform's writers use the first IPv4 and the first IPv6 one.
    pub candidates: Vec<LocalCandidate>,
}

/// Our side where keys stand in the descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSdes {
    /// Where packets are to be sent to, and come from.
    pub address: SocketAddr,
    /// Our one line.
    pub crypto: CryptoLine,
    /// The port for RTCP, where it has one of its own and the writer is a peer's. The platform writes a dummy.
    pub rtcp_port: Option<u16>,
}

/// How we are reached and keyed.
#[derive(Clone, PartialEq, Eq)]
pub enum LocalTransport {
    /// ICE, and keys by DTLS.
    WebRtc(LocalWebRtc),
    /// Keys by `a=crypto`, and no ICE.
    Sdes(LocalSdes),
}

/// Everything a writer needs about our end. Holds ICE secrets or an SRTP key, so its `Debug` shows the shape only.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalDescription {
    /// `o=` session id: on the platform's side Unix time in milliseconds, or random in the older generation.
    pub session_id: u64,
    /// Lower-case UUID of the media stream.
    pub stream_id: String,
    /// How we are reached and keyed.
    pub transport: LocalTransport,
    /// The one SSRC we send with.
    pub ssrc: u32,
}

impl LocalTransport {
    /// Where the keys come from.
    pub(super) const fn keying(&self) -> Keying {
        match self {
            Self::WebRtc(_) => Keying::Dtls,
            Self::Sdes(_) => Keying::Sdes,
        }
    }

    /// What fills the port of the `m=` line, and `c=`.
    pub(super) fn default_address(&self) -> Option<SocketAddr> {
        match self {
            Self::WebRtc(webrtc) => webrtc.default_candidate().map(|candidate| candidate.address),
            Self::Sdes(sdes) => Some(sdes.address),
        }
    }
}

impl LocalWebRtc {
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
        f.debug_struct("LocalDescription").field("keying", &self.transport.keying()).finish_non_exhaustive()
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

//! What each end of a leg has to know of the other: the facts that travel in the SDP.

use std::net::SocketAddr;

/// ICE user name fragment and password of one end (RFC 8839 §5.4). No `Debug`: the password is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `a=ice-ufrag`.
    pub ufrag: String,
    /// `a=ice-pwd`.
    pub pwd: String,
}

/// Which of the two ends sends the DTLS ClientHello (RFC 5763 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsRole {
    /// We send it: our SDP says `active`, or theirs says `passive`.
    Client,
    /// They send it: our SDP says `passive`, or theirs says `active`.
    Server,
}

/// The RTP format of one leg: payload types and clock, as negotiated on it. It holds in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The one audio codec: 111 for Opus in our offers, the offerer's number otherwise.
    pub audio: u8,
    /// `telephone-event/8000`; 126 even when an answer leaves it out (platform docs, see `dtmf`).
    pub dtmf: u8,
    /// RTP clock of the audio codec in Hz: 48000 for Opus, 8000 for PCMA and PCMU.
    pub clock_hz: u32,
}

impl Format {
    /// What the platform offers: Opus on 111, telephone-event on 126.
    pub const OPUS: Format = Format { audio: 111, dtmf: 126, clock_hz: 48_000 };

    /// Whether audio of one is audio of the other. Opus is alone at 48 kHz; A-law and µ-law have
    /// fixed payload types (RFC 3551 §6).
    pub fn is_same_codec(&self, other: &Format) -> bool {
        const G711_HZ: u32 = 8_000;
        self.clock_hz == other.clock_hz && (self.clock_hz != G711_HZ || self.audio == other.audio)
    }
}

/// What the far end told us about itself, and the DTLS role that follows for us.
#[derive(Clone)]
pub struct Remote {
    /// Its ICE credentials.
    pub credentials: Credentials,
    /// SHA-256 over its DTLS certificate.
    pub fingerprint: [u8; 32],
    /// Our role, already derived from both `a=setup` lines.
    pub dtls_role: DtlsRole,
    /// UDP host, server-reflexive and relayed candidates. May be empty: a lite leg learns addresses
    /// from authenticated checks, a full leg then has nobody to call. At most
    /// [`MAX_CANDIDATES`] are used.
    pub candidates: Vec<SocketAddr>,
    /// What the two ends agreed on.
    pub format: Format,
    /// The SSRC of its `a=ssrc` line, if it has one. Another one heard later is taken, and noted.
    pub ssrc: Option<u32>,
    /// Whether it takes what we send. `a=sendonly` and `a=inactive` say that it does not; then nothing of a call is sent to it.
    pub listens: bool,
}

/// How many candidates of a far end are tried; further ones are ignored.
pub const MAX_CANDIDATES: usize = 16;

/// What we tell the far end about ourselves; the rest of the SDP is `sdp`'s.
#[derive(Clone)]
pub struct LocalTransport {
    /// Our ICE credentials.
    pub credentials: Credentials,
    /// SHA-256 over our DTLS certificate.
    pub fingerprint: [u8; 32],
    /// The one SSRC that we send with.
    pub ssrc: u32,
}

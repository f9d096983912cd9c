//! One side of a call: ICE, DTLS, SRTP and RTCP towards one far end, on one or two local addresses.
//!
//! The platform's relay holds two of these per call (see [`crate::call`]); a voice endpoint holds one,
//! as the full, controlling, DTLS-active end.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::checklist::Checklist;
use crate::dtls::{Engine, Identity};
use crate::dtmf::Digit;
use crate::outgoing::{Outgoing, Path};
use crate::rtp;
use crate::srtp::SrtpProfile;
use crate::statistics::LegStatistics;
use crate::transport::{Credentials, LocalTransport, Remote};

/// Which half of ICE a leg plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceRole {
    /// Lite and controlled: answers checks, never sends one. The platform.
    Lite,
    /// Full and controlling: sends checks and nominates. Backends and scripted users.
    Full,
}

/// All that a leg is made of. Random parts are arguments: the caller owns the random source.
#[derive(Clone)]
pub struct LegConfig {
    /// Which half of ICE.
    pub ice: IceRole,
    /// Our ufrag and password; the ufrag should lead the caller's demultiplexer to this leg.
    pub credentials: Credentials,
    /// Our host addresses, as the sockets know them (never the wildcard): one or two.
    pub local: Vec<SocketAddr>,
    /// Our certificate.
    pub identity: Arc<Identity>,
    /// Who shakes hands.
    pub engine: Engine,
    /// SRTP protections in order of preference. OpenSSL follows it; dimpl has its own fixed order,
    /// GCM first.
    pub profiles: Vec<SrtpProfile>,
    /// Our one SSRC, as in the SDP.
    pub ssrc: u32,
    /// CNAME for RTCP, as in the SDP: `WhatsAppAudioStream1` on the platform.
    pub cname: String,
    /// First RTP sequence number sent; random, below 2^15 (RFC 3711 §3.3.1).
    pub first_sequence: u16,
    /// First RTP timestamp sent; random.
    pub first_timestamp: u32,
    /// Follow nominations that come after DTLS has started. The user's phone may change networks;
    /// the business leg stays on its pair (platform docs).
    pub follow_nominations: bool,
}

/// The protections a leg offers unless told otherwise: cheapest first, then the one all stacks have.
pub const DEFAULT_PROFILES: [SrtpProfile; 2] = [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

/// What a datagram turned out to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// An authenticated RTP packet of an agreed payload type from the leg's one source; it lies
    /// decrypted in the buffer that was passed in.
    Rtp {
        /// Its header.
        header: rtp::Header,
        /// Where in the buffer its payload lies, padding excluded.
        payload: Range<usize>,
    },
    /// Authenticated RTCP, already digested into the statistics.
    Rtcp,
    /// Nothing for the caller: a check, a handshake message, or dropped and counted.
    Nothing,
}

/// News of a leg, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// This remote address has passed an authenticated check: datagrams from it belong to this leg.
    AddressProven(SocketAddr),
    /// ICE has a pair: this is where we send from now on.
    Nominated(Path),
    /// DTLS is done: media may flow both ways.
    Connected(SrtpProfile),
    /// DTLS failed for good; the reason is in words for an operator.
    Failed(&'static str),
    /// RTP arrived, for the first time or after [`LegEvent::Quiet`].
    Heard,
    /// Neither RTP nor RTCP for two seconds, after there had been RTP.
    Quiet,
    /// A keypad digit ended (RFC 4733), reported once.
    Digit(Digit),
}

/// One side of a call.
pub struct Leg {
    config: LegConfig,
    checklist: Checklist,
}

impl Leg {
    /// A leg that knows itself only. Nothing is sent before [`set_remote`](Self::set_remote).
    pub fn new(config: LegConfig, now: Instant) -> Leg {
        let _ = now;
        Leg { config, checklist: Checklist::default() }
    }

    /// What the far end must be told.
    pub fn local(&self) -> LocalTransport {
        LocalTransport {
            credentials: self.config.credentials.clone(),
            fingerprint: self.config.identity.fingerprint(),
            ssrc: self.config.ssrc,
        }
    }

    /// Applies the far end's SDP; once. Checks and handshakes that came early are answered now.
    pub fn set_remote(&mut self, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        let _ = (remote, now, out);
    }

    /// Takes one datagram. Media is decrypted in place: see [`Received::Rtp`].
    pub fn receive(&mut self, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) -> Received {
        let _ = (now, path, datagram, out);
        Received::Nothing
    }

    /// Sends one RTP packet; its SSRC is replaced by ours. False when the leg is not connected or
    /// the packet is too long for one datagram.
    pub fn send_rtp(&mut self, now: Instant, header: rtp::Header, payload: &[u8], out: &mut impl Outgoing) -> bool {
        let _ = (now, header, payload, out);
        false
    }

    /// Does whatever has become due: retransmissions, checks, reports, silence.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        let _ = (now, out);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called next; never, if `None`.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// The next piece of news.
    pub fn poll_event(&mut self) -> Option<LegEvent> {
        None
    }

    /// Whether media can flow: a nominated pair and keys.
    pub fn is_connected(&self) -> bool {
        false
    }

    /// Where we send to, once nominated.
    pub fn path(&self) -> Option<Path> {
        None
    }

    /// A snapshot of the counters.
    pub fn statistics(&self, now: Instant) -> LegStatistics {
        let _ = now;
        LegStatistics::default()
    }

    /// The milestones so far.
    pub fn checklist(&self) -> &Checklist {
        &self.checklist
    }
}

//! The milestones of one leg, each with its moment, so that an operator can be told the first step
//! that failed: "connects but nobody hears" in words.

use std::time::{Duration, Instant};

use callport_sdp::DtlsRole;

use crate::dtls::SrtpProfile;
use crate::numbering::NumberingFaults;
use crate::srtp::Rollover;
use crate::statistics::DropReason;

/// How many different payload types and SSRCs are remembered per leg.
pub const MAX_NOTED: usize = 8;

/// A leg's milestones; `None` means "not yet".
#[derive(Clone, Debug, Default)]
pub struct Checklist {
    /// The far end's SDP was applied.
    pub remote_known: Option<Instant>,
    /// First STUN datagram of any kind.
    pub stun_seen: Option<Instant>,
    /// First check whose user name or integrity is not ours.
    pub wrong_credentials: Option<Instant>,
    /// First check that passed its integrity check.
    pub stun_authenticated: Option<Instant>,
    /// First check of a far end that claims our own ICE role; it got a 487.
    pub role_conflict: Option<Instant>,
    /// A pair was nominated.
    pub nominated: Option<Instant>,
    /// First DTLS datagram, either way.
    pub dtls_started: Option<Instant>,
    /// The handshake ended well; role and profile are set with it.
    pub dtls_done: Option<Instant>,
    /// Our role in the handshake.
    pub dtls_role: Option<DtlsRole>,
    /// The SRTP protection agreed on.
    pub srtp_profile: Option<SrtpProfile>,
    /// The certificate shown was not the one announced in the SDP.
    pub fingerprint_mismatch: Option<Instant>,
    /// The handshake failed for another reason, in words.
    pub dtls_failed: Option<(Instant, &'static str)>,
    /// There are keys: by the handshake, or by both descriptions.
    pub keyed: Option<Instant>,
    /// The keys of both descriptions cannot be used, in words.
    pub keys_failed: Option<(Instant, &'static str)>,
    /// The first authentic packet of a leg without ICE has fixed where we send to.
    pub latched: Option<Instant>,
    /// How often that moved since.
    pub moves: u32,
    /// First SRTP or SRTCP packet that authenticated.
    pub srtp_authenticated: Option<Instant>,
    /// First SRTP or SRTCP packet that failed to.
    pub srtp_failed: Option<Instant>,
    /// The roll-over counter of packets that failed did not fit their numbers.
    pub rollover: Option<Rollover>,
    /// First RTP packet in, authenticated and of an agreed payload type.
    pub first_packet_in: Option<Instant>,
    /// Latest such packet.
    pub last_packet_in: Option<Instant>,
    /// Why the latest RTP packet that could not be used was dropped, and when.
    pub last_drop: Option<(DropReason, Instant)>,
    /// First RTP packet out.
    pub first_packet_out: Option<Instant>,
    /// First RTCP packet in.
    pub first_rtcp_in: Option<Instant>,
    /// Payload types seen in authenticated packets, in order of appearance.
    pub payload_types_seen: Noted<u8>,
    /// SSRCs seen in authenticated packets, in order of appearance.
    pub ssrcs_seen: Noted<u32>,
    /// The SSRC that the far end's SDP announced.
    pub ssrc_announced: Option<u32>,
    /// How often the present source went on after a packet of a second one was dropped.
    pub sources_at_once: u32,
    /// The longest time in which nothing was heard because the far end went over to another SSRC.
    pub source_change: Option<Duration>,
    /// What is wrong with numbers, times and pace of the packets.
    pub numbering: NumberingFaults,
}

/// A short list of distinct values; those beyond [`MAX_NOTED`] are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted<T> {
    seen: [T; MAX_NOTED],
    len: usize,
}

impl<T: Copy + PartialEq> Noted<T> {
    /// Remembers `value` if there is room and it is new.
    pub fn note(&mut self, value: T) {
        if self.len < MAX_NOTED && !self.as_slice().contains(&value) {
            self.seen[self.len] = value;
            self.len += 1;
        }
    }

    /// What was noted, in order of appearance.
    pub fn as_slice(&self) -> &[T] {
        &self.seen[..self.len]
    }
}

//! Counters of one leg, as a snapshot that can leave the media thread.

use std::time::Duration;

/// Why a datagram or packet went no further. One counter each in [`Drops`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum DropReason {
    /// Neither STUN, DTLS, RTP nor RTCP by its first byte (RFC 7983 §7), or too short.
    Garbage,
    /// STUN that does not parse, or is not a Binding message.
    MalformedStun,
    /// STUN whose user name or MESSAGE-INTEGRITY is not ours.
    WrongCredentials,
    /// An ICE check that claimed a role it must not have; answered with 487.
    RoleConflict,
    /// A check beyond the bound of held checks or of addresses per leg.
    TooManyAddresses,
    /// DTLS or media from an address that has passed no ICE check.
    UnknownAddress,
    /// DTLS that arrived too early and found the holding place full, or after the handshake.
    UnwantedDtls,
    /// Media before there were keys: before the DTLS handshake, or before the far end's `a=crypto` was known.
    NoKeys,
    /// STUN on a leg whose keys come by SDES: such a leg does no ICE.
    StunOnSdes,
    /// DTLS on a leg whose keys come by SDES.
    DtlsOnSdes,
    /// SRTP or SRTCP that fails its authentication.
    Undecryptable,
    /// SRTP or SRTCP seen before, or too old to tell.
    Replay,
    /// Authenticated, but not RTP or RTCP as RFC 3550 has it.
    MalformedMedia,
    /// A payload type that was not agreed on this leg.
    WrongPayloadType,
    /// No payload at all: a sender that keeps a path open (RFC 6263 §4.2).
    EmptyPayload,
    /// A second source while the first is still heard.
    SecondSource,
    /// More sources than one leg may have in its life.
    TooManySources,
    /// The two legs agreed on different codecs, and nobody transcodes.
    CodecMismatch,
    /// The two legs agreed on different codecs, and whoever transcodes has too much to do.
    TranscoderBusy,
    /// The two legs agreed on different codecs, and packets come faster than one call may have them transcoded.
    TooFast,
    /// The two legs agreed on different codecs, and the payload is none of its codec.
    Undecodable,
    /// Business audio before the gate opened.
    GateClosed,
    /// The other leg is not connected yet.
    OtherLegNotReady,
    /// The other leg's far end said that it takes no audio (`a=sendonly`, `a=inactive`).
    OtherLegDoesNotListen,
    /// User audio while a keypad digit is being sent in its place.
    MaskedByDigit,
    /// telephone-event from the business, which the platform takes and does not pass on.
    BusinessDigit,
    /// A packet of before the latest source change, arriving after it.
    TooLate,
    /// With our header and tag it fits no datagram, or its number was used before.
    Unsendable,
}

impl DropReason {
    /// Every reason, in the order of the counters.
    pub const ALL: [DropReason; 28] = [
        DropReason::Garbage,
        DropReason::MalformedStun,
        DropReason::WrongCredentials,
        DropReason::RoleConflict,
        DropReason::TooManyAddresses,
        DropReason::UnknownAddress,
        DropReason::UnwantedDtls,
        DropReason::NoKeys,
        DropReason::StunOnSdes,
        DropReason::DtlsOnSdes,
        DropReason::Undecryptable,
        DropReason::Replay,
        DropReason::MalformedMedia,
        DropReason::WrongPayloadType,
        DropReason::EmptyPayload,
        DropReason::SecondSource,
        DropReason::TooManySources,
        DropReason::CodecMismatch,
        DropReason::TranscoderBusy,
        DropReason::TooFast,
        DropReason::Undecodable,
        DropReason::GateClosed,
        DropReason::OtherLegNotReady,
        DropReason::OtherLegDoesNotListen,
        DropReason::MaskedByDigit,
        DropReason::BusinessDigit,
        DropReason::TooLate,
        DropReason::Unsendable,
    ];

    /// The name used in logs, metrics and the operator's API.
    pub fn name(self) -> &'static str {
        match self {
            DropReason::Garbage => "garbage",
            DropReason::MalformedStun => "malformed_stun",
            DropReason::WrongCredentials => "wrong_credentials",
            DropReason::RoleConflict => "role_conflict",
            DropReason::TooManyAddresses => "too_many_addresses",
            DropReason::UnknownAddress => "unknown_address",
            DropReason::UnwantedDtls => "unwanted_dtls",
            DropReason::NoKeys => "no_keys",
            DropReason::StunOnSdes => "stun_on_sdes",
            DropReason::DtlsOnSdes => "dtls_on_sdes",
            DropReason::Undecryptable => "undecryptable",
            DropReason::Replay => "replay",
            DropReason::MalformedMedia => "malformed_media",
            DropReason::WrongPayloadType => "wrong_payload_type",
            DropReason::EmptyPayload => "empty_payload",
            DropReason::SecondSource => "second_source",
            DropReason::TooManySources => "too_many_sources",
            DropReason::CodecMismatch => "codec_mismatch",
            DropReason::TranscoderBusy => "transcoder_busy",
            DropReason::TooFast => "too_fast",
            DropReason::Undecodable => "undecodable",
            DropReason::GateClosed => "gate_closed",
            DropReason::OtherLegNotReady => "other_leg_not_ready",
            DropReason::OtherLegDoesNotListen => "other_leg_does_not_listen",
            DropReason::MaskedByDigit => "masked_by_digit",
            DropReason::BusinessDigit => "business_digit",
            DropReason::TooLate => "too_late",
            DropReason::Unsendable => "unsendable",
        }
    }
}

/// How many datagrams were dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops([u32; DropReason::ALL.len()]);

impl Drops {
    /// Counts one more; saturates.
    pub fn count(&mut self, reason: DropReason) {
        self.0[reason as usize] = self.0[reason as usize].saturating_add(1);
    }

    /// How many were dropped for `reason`.
    pub fn of(&self, reason: DropReason) -> u32 {
        self.0[reason as usize]
    }

    /// Every reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u32)> + '_ {
        DropReason::ALL.into_iter().zip(self.0)
    }
}

/// What one leg has carried so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegStatistics {
    /// Time since the leg was made: turns counts into rates.
    pub age: Duration,
    /// RTP packets received and authenticated, whatever became of them.
    pub packets_in: u64,
    /// Their payload bytes (RFC 3550 §6.4.1: without header and padding).
    pub octets_in: u64,
    /// RTP packets sent.
    pub packets_out: u64,
    /// Their payload bytes.
    pub octets_out: u64,
    /// RTCP packets received and authenticated.
    pub rtcp_in: u64,
    /// RTCP packets sent.
    pub rtcp_out: u64,
    /// Packets of the far end that never came (RFC 3550 A.3). What came and was dropped is not among them.
    pub lost_in: i64,
    /// Share of the far end's packets lost so far, 0 to 1.
    pub loss_ratio_in: f32,
    /// What the far end's latest report says it lost of ours, in packets.
    pub lost_out: Option<i64>,
    /// Interarrival jitter of what we receive (RFC 3550 A.8).
    pub jitter: Duration,
    /// Round trip between us and the far end, from its latest report (RFC 3550 §6.4.1).
    pub round_trip: Option<Duration>,
    /// Estimated listening quality of what we receive, 1.0 to 4.5 (simplified ITU-T G.107); none
    /// before the first packet.
    pub mos: Option<f32>,
    /// Keypad digits received as telephone-event (RFC 4733), counted once each.
    pub digits_in: u32,
    /// Keypad digits sent.
    pub digits_out: u32,
    /// RTCP BYE packets received. They end nothing (platform docs: `terminate` is still required).
    pub goodbyes_in: u32,
    /// How often the far end went over to another SSRC.
    pub source_changes: u32,
    /// Dropped datagrams by reason.
    pub drops: Drops,
}

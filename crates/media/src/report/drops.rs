//! Every reason for which packets are dropped, and the step at which they are lost to us.
//!
//! Packets that are dropped in numbers must be named by their own step, never by the silence that follows from them.

use std::time::Duration;

use callport_relay::{CallLeg, DropReason};

use super::LegFacts;

/// Packets of use that have been missing for so long, while others were dropped, are missing because of it.
const HELD_UP: Duration = Duration::from_secs(1);

/// The step of the leg they come from at which packets dropped for `reason` are lost; of the other leg's, `packets_out`. None of those
/// that are meant to go no further.
pub(super) fn step_of(reason: DropReason) -> Option<&'static str> {
    match reason {
        DropReason::MalformedStun
        | DropReason::WrongCredentials
        | DropReason::RoleConflict
        | DropReason::TooManyAddresses
        | DropReason::UnknownAddress => Some("stun"),
        DropReason::UnwantedDtls | DropReason::NoKeys => Some("dtls"),
        DropReason::StunOnSdes | DropReason::DtlsOnSdes => Some("keys"),
        DropReason::Undecryptable => Some("srtp"),
        DropReason::WrongPayloadType | DropReason::CodecMismatch | DropReason::Undecodable => Some("payload_type"),
        DropReason::SecondSource | DropReason::TooManySources => Some("ssrc"),
        DropReason::Replay => Some("numbering"),
        DropReason::Garbage
        | DropReason::MalformedMedia
        | DropReason::EmptyPayload
        | DropReason::TooFast
        | DropReason::TooLate
        | DropReason::Unsendable => Some("packets_in"),
        DropReason::TranscoderBusy | DropReason::GateClosed | DropReason::OtherLegNotReady => Some("packets_out"),
        DropReason::MaskedByDigit | DropReason::BusinessDigit | DropReason::OtherLegDoesNotListen => None,
    }
}

/// So many packets that were dropped at `packets_in`, and what to change.
pub(super) fn says(reason: DropReason, count: u32, side: CallLeg) -> String {
    let who = if side == CallLeg::User { "phone" } else { "business" };
    match reason {
        DropReason::Garbage => {
            format!(
                "{count} datagram(s) from the {who} are neither STUN, DTLS, RTP nor RTCP by their first octet (RFC 7983 §7): SRTP begins with 128 to 191"
            )
        }
        DropReason::MalformedMedia => {
            format!(
                "{count} packet(s) have a header that claims more than they hold: look at padding, extension and CSRC count (RFC 3550 §5.1)"
            )
        }
        DropReason::EmptyPayload => format!("{count} packet(s) have no payload and are no audio: send silence as audio"),
        DropReason::TooFast => {
            format!("{count} packet(s) came faster than they can be transcoded and were dropped: send each when it is spoken")
        }
        DropReason::TooLate => format!("{count} packet(s) came too late for their place in the stream and were dropped"),
        DropReason::Unsendable => format!("{count} packet(s) are too long to be passed on and were dropped: send 20 ms in each"),
        other => format!("{count} packet(s) were dropped: {}", other.name()),
    }
}

impl LegFacts {
    /// The same by the steps of this leg: without DTLS keys are made elsewhere.
    pub(super) fn step_of(&self, reason: DropReason) -> Option<&'static str> {
        match step_of(reason) {
            Some("dtls") => Some(self.keys_step()),
            step => step,
        }
    }

    /// Why none of the packets that come are of use, if some come and none are.
    pub(super) fn obstacle(&self) -> Option<DropReason> {
        if self.is_elsewhere() {
            return Some(DropReason::UnknownAddress);
        }
        let list = &self.checklist;
        let (reason, at) = list.last_drop?;
        if reason == DropReason::NoKeys && self.keyed().is_some() {
            return None; // it came too early, as media does
        }
        list.last_packet_in.is_none_or(|last| at.saturating_duration_since(last) >= HELD_UP).then_some(reason)
    }

    /// The same, if `step` is where they are dropped.
    pub(super) fn is_obstacle_at(&self, step: &str) -> bool {
        self.obstacle().and_then(|reason| self.step_of(reason)) == Some(step)
    }

    /// Whether packets dropped for `reason` are more than half of what came.
    pub(super) fn is_most(&self, reason: DropReason) -> bool {
        u64::from(self.drops(reason)) * 2 > self.statistics.packets_in
    }

    /// Media comes from an address that no check has proven, and none from any other.
    pub(super) fn is_elsewhere(&self) -> bool {
        let last = self.checklist.last_packet_in;
        self.elsewhere.is_some_and(|stranger| last.is_none_or(|last| stranger.last.saturating_duration_since(last) >= HELD_UP))
    }
}

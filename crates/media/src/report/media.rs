//! What came of the packets of a leg that has keys.

use callport_relay::DropReason;
use callport_relay::leg::QUIET_AFTER;

use super::drops::says;
use super::findings::{Finding, MediaFinding as Media};
use super::{CallLeg, Found, Late, LegFacts, Sharing};

/// Loss from which hearing suffers.
const NOTABLE_LOSS: f32 = 0.05;

/// So often must the first of two sources go on between packets of the second, or the two came one after the other.
const SOURCES_AT_ONCE: u32 = 5;

/// Share of packets that came twice from which it is worth a word: one in so many.
const NOTABLE_DOUBLES: u64 = 20;

/// What may be dropped on the way between the legs, with the packets arrived and counted.
const UNHEARD: [DropReason; 5] =
    [DropReason::MalformedMedia, DropReason::EmptyPayload, DropReason::TooFast, DropReason::TooLate, DropReason::Unsendable];

impl LegFacts {
    pub(super) fn srtp(&self) -> Found {
        let list = &self.checklist;
        let failures = self.drops(DropReason::Undecryptable);
        let rtp_passed = !list.ssrcs_seen.as_slice().is_empty();
        let failing = failures > 0 && (!rtp_passed || self.is_obstacle_at("srtp") || self.is_most(DropReason::Undecryptable));
        let shares = self.sharing == Sharing::AskedFor && rtp_passed && !self.is_obstacle_at("srtp");
        let failing = failing && !shares;
        let finding = match (list.srtp_authenticated, list.srtp_failed) {
            (Some(_), Some(_)) if shares => Media::OfAnotherCall(failures),
            (_, Some(_)) if failing => Media::Unauthentic { failures, passed: rtp_passed, rollover: list.rollover, sdes: self.is_sdes() },
            (Some(_), Some(_)) if failures > 0 => Media::PartlyAuthentic(failures),
            (Some(_), _) => Media::Authentic(list.srtp_profile),
            (None, _) if self.keyed().is_none() => return (Finding::Waits(self.keys_step()), None),
            (None, _) => return (Media::NothingToDecrypt.into(), None),
        };
        let at = if failing { list.srtp_failed } else { list.srtp_authenticated };
        (finding.into(), at)
    }

    pub(super) fn payload_type(&self) -> Found {
        let Some(format) = self.said.format() else { return (Finding::Waits("sdp"), None) };
        let agreed = |number: &u8| *number == format.audio || *number == format.dtmf;
        let (right, wrong): (Vec<u8>, Vec<u8>) = self.checklist.payload_types_seen.as_slice().iter().partition(|number| agreed(number));
        let (dropped, undecodable) = (self.drops(DropReason::WrongPayloadType), self.drops(DropReason::Undecodable));
        let finding = if self.drops(DropReason::CodecMismatch) > 0 {
            Media::CodecMismatch(format)
        } else if !wrong.is_empty() {
            let failed = right.is_empty() || self.is_obstacle_at("payload_type") || self.is_most(DropReason::WrongPayloadType);
            Media::WrongPayloadType { seen: wrong, agreed: format.audio, dropped, failed }
        } else if undecodable > 0 {
            Media::Undecodable { format, dropped: undecodable, failed: self.is_most(DropReason::Undecodable) }
        } else if right.is_empty() {
            return (Finding::Waits("packets_in"), self.checklist.first_packet_in);
        } else {
            Media::PayloadTypeAgreed(format.audio)
        };
        (finding.into(), self.checklist.first_packet_in)
    }

    pub(super) fn ssrc(&self) -> Found {
        let list = &self.checklist;
        let seen = list.ssrcs_seen.as_slice();
        let refused = self.drops(DropReason::TooManySources);
        let finding = match (seen, list.ssrc_announced) {
            _ if refused > 0 => Media::TooManySources { dropped: refused, failed: self.is_obstacle_at("ssrc") },
            ([], _) => return (Finding::Waits("packets_in"), list.first_packet_in),
            _ if list.sources_at_once >= SOURCES_AT_ONCE || self.obstacle() == Some(DropReason::SecondSource) => {
                Media::SeveralSources { count: seen.len(), dropped: self.drops(DropReason::SecondSource) }
            }
            _ if self.statistics.source_changes > 0 => {
                Media::SourceChanged { count: self.statistics.source_changes + 1, unheard: list.source_change.unwrap_or_default() }
            }
            ([only], Some(announced)) if *only != announced => Media::SourceNotAnnounced,
            _ => Media::OneSource,
        };
        (finding.into(), list.first_packet_in)
    }

    pub(super) fn numbering(&self) -> Found {
        let list = &self.checklist;
        let (faults, again) = (&list.numbering, self.drops(DropReason::Replay));
        let transcoded = self.said.format().is_some_and(|format| format.clock_hz != Self::PHONE_HZ);
        let finding = if let Some(back) = faults.went_back {
            Media::NumbersWentBack(back)
        } else if self.is_obstacle_at("numbering") {
            Media::NumbersAgain(again)
        } else if let Some(steps) = faults.wrong_steps {
            Media::WrongSteps { steps, transcoded }
        } else if let Some((from, to)) = faults.jumped {
            Media::NumbersJumped { from, to }
        } else if list.first_packet_in.is_none() {
            return (Finding::Waits("packets_in"), None);
        } else if u64::from(again) * NOTABLE_DOUBLES > self.statistics.packets_in {
            Media::PacketsTwice(again)
        } else {
            Media::NumbersFit
        };
        (finding.into(), list.first_packet_in)
    }

    pub(super) fn packets_in(&self) -> Found {
        let (list, figures) = (&self.checklist, &self.statistics);
        let first = list.first_packet_in;
        if let Some(reason) = self.obstacle() {
            let (came, step) = (first.map(|_| figures.packets_in), self.step_of(reason).unwrap_or("packets_in"));
            let count = self.drops(reason);
            let finding = match step {
                "packets_in" => Media::NoneOfUse { says: says(reason, count, self.side) },
                _ if reason == DropReason::NoKeys && self.is_sdes() => Media::BeforeDescription,
                _ if reason == DropReason::NoKeys => Media::BeforeKeys,
                step => Media::DroppedAt { came, count, step },
            };
            return (finding.into(), first);
        }
        let Some(first) = first else { return self.no_packets_in() };
        let silent_for = self.now.saturating_duration_since(list.last_packet_in.unwrap_or(first));
        let (packets, lost) = (figures.packets_in, figures.lost_in);
        let finding = if silent_for >= QUIET_AFTER {
            Media::PacketsStopped { packets, silent_for, burst: list.numbering.burst }
        } else {
            let unheard = UNHEARD.into_iter().map(|reason| (reason, self.drops(reason))).filter(|(_, count)| *count > 0);
            let most = UNHEARD.into_iter().any(|reason| self.is_most(reason));
            let lossy = (figures.loss_ratio_in >= NOTABLE_LOSS).then_some(figures.loss_ratio_in);
            let unheard = unheard.map(|(reason, count)| says(reason, count, self.side)).collect();
            Media::PacketsCome { packets, lost, lossy, burst: list.numbering.burst, unheard, most }
        };
        (finding.into(), Some(first))
    }

    /// Nothing came that authenticates and is of use, and nothing was dropped.
    fn no_packets_in(&self) -> Found {
        let list = &self.checklist;
        let garbage = self.drops(DropReason::Garbage);
        let finding = match self.late_since(self.media_due()) {
            Late::NotBegun if self.keyed().is_none() => return (Finding::Waits(self.keys_step()), None),
            Late::NotBegun | Late::NotYet => Media::PacketsAwaited,
            Late::Yes if garbage > 0 => Media::NoneOfUse { says: says(DropReason::Garbage, garbage, self.side) },
            Late::Yes if list.first_rtcp_in.is_some() => Media::OnlyRtcp,
            Late::Yes => Media::NoPackets,
        };
        (finding.into(), None)
    }

    pub(super) fn packets_out(&self, other: &LegFacts) -> Found {
        let list = &self.checklist;
        let busy = other.drops(DropReason::TranscoderBusy);
        if let Some(at) = list.first_packet_out {
            return (Media::PacketsGo { packets: self.statistics.packets_out, busy }.into(), Some(at));
        }
        let dropped_at = other.obstacle().and_then(|reason| other.step_of(reason)).or_else(|| other.lost_between_the_legs());
        let finding = match self.late_since(self.keyed()) {
            Late::NotBegun => return (Finding::Waits(self.keys_step()), None),
            _ if other.is_awaited() => Media::NobodyPickedUp,
            _ if self.is_sdes() && list.latched.is_none() => Media::NoWay,
            _ if !self.said.direction().listens() => Media::NothingWanted(self.said.direction()),
            _ if let Some(step) = dropped_at => Media::OtherSideDropped(step),
            _ if other.checklist.first_packet_in.is_none() => Media::OtherSideSilent,
            _ if self.side == CallLeg::User && self.gate_opened.is_none() => Media::GateClosed,
            _ if busy > 0 => Media::TranscoderBusy(busy),
            Late::NotYet => Media::PacketsOutAwaited,
            Late::Yes => Media::NothingSent,
        };
        (finding.into(), None)
    }

    /// The step at which most of what came is lost, although it arrived as it should.
    fn lost_between_the_legs(&self) -> Option<&'static str> {
        let reasons = [DropReason::CodecMismatch, DropReason::Undecodable].into_iter().chain(UNHEARD);
        reasons.into_iter().find(|reason| self.drops(*reason) > 0 && self.is_most(*reason)).and_then(|reason| self.step_of(reason))
    }

    /// The clock of what phones speak: packets on another one are made anew, with right times, before a phone hears them.
    const PHONE_HZ: u32 = callport_sdp::Format::OPUS.clock_hz;
}

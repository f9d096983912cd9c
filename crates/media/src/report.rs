//! What a media thread knows of a call, turned into the checklist that an operator reads.
//!
//! The steps stand in the order in which a call goes through them, so the first one that failed answers "it connects and nobody
//! hears anything". This file decides what is the case; the sentences are in [`findings`].

mod findings;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use callport_engine::records::{Check, LegFigures, LegReport, MediaReport};
use callport_relay::leg::QUIET_AFTER;
use callport_relay::sdp::{Direction, PassedOver, RemoteDescription, TELEPHONE_EVENT_PAYLOAD_TYPE};
use callport_relay::transport::Format;
use callport_relay::{Checklist, DropReason, DtlsRole, LegStatistics, Side};

use crate::sockets::Advertised;
use findings::Finding;

/// How long a step may take before its absence is called a failure.
pub const GRACE: Duration = Duration::from_secs(5);

/// Loss from which hearing suffers.
const NOTABLE_LOSS: f32 = 0.05;

/// What a far end said of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Nothing so far.
    Nothing,
    /// A description that can be used.
    Understood { format: Format, direction: Direction, warnings: Vec<String>, passed_over: PassedOver },
    /// One that cannot; why.
    Unusable(String),
}

impl Said {
    pub(crate) fn of(description: &RemoteDescription) -> Said {
        let Some(audio) = description.payload_type() else { return Said::Unusable("its codec has no payload type".to_owned()) };
        let dtmf = description.payload_types.telephone_event.unwrap_or(TELEPHONE_EVENT_PAYLOAD_TYPE);
        Said::Understood {
            format: Format { audio, dtmf, clock_hz: description.codec.clock_hz() },
            direction: description.direction,
            warnings: description.warnings.iter().map(ToString::to_string).collect(),
            passed_over: description.passed_over,
        }
    }

    fn format(&self) -> Option<Format> {
        match self {
            Said::Understood { format, .. } => Some(*format),
            _ => None,
        }
    }

    fn direction(&self) -> Direction {
        match self {
            Said::Understood { direction, .. } => *direction,
            _ => Direction::default(),
        }
    }
}

/// Whether another call sends from the address and port of this leg's far end to the same port of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    No,
    /// Yes, and what comes from there reaches this leg.
    AskedFor,
    /// Yes, and what comes from there reaches the other call.
    LeadsElsewhere,
}

/// Everything known of one leg at one moment.
pub(crate) struct LegFacts {
    pub(crate) side: Side,
    /// Who called.
    pub(crate) caller: Side,
    pub(crate) now: Instant,
    pub(crate) opened: Instant,
    pub(crate) said: Said,
    pub(crate) advertised: Advertised,
    pub(crate) checklist: Checklist,
    pub(crate) statistics: LegStatistics,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) sharing: Sharing,
    /// The call was accepted: from then on business audio goes to the phone.
    pub(crate) gate_opened: Option<Instant>,
}

/// Everything known of one call at one moment.
pub(crate) struct CallFacts {
    pub(crate) user: LegFacts,
    pub(crate) business: LegFacts,
}

impl CallFacts {
    /// In words.
    pub(crate) fn report(&self) -> MediaReport {
        MediaReport { user: self.user.report(&self.business), business: self.business.report(&self.user) }
    }
}

/// A step's finding and when it came about.
type Found = (Finding, Option<Instant>);

impl LegFacts {
    fn report(&self, other: &LegFacts) -> LegReport {
        let steps: [(&str, Found); 10] = [
            ("sdp", self.sdp()),
            ("stun", self.stun()),
            ("nomination", self.nomination()),
            ("dtls", self.dtls()),
            ("srtp", self.srtp()),
            ("payload_type", self.payload_type()),
            ("ssrc", self.ssrc()),
            ("direction", self.direction()),
            ("packets_in", self.packets_in()),
            ("packets_out", self.packets_out(other)),
        ];
        let checks = steps.into_iter().map(|(step, (finding, at))| {
            let (outcome, says) = finding.verdict(self.side, self.caller);
            let after_ms = at.map(|at| at.saturating_duration_since(self.opened).as_millis() as u64);
            Check { step: step.to_owned(), outcome, says, after_ms }
        });
        LegReport { checks: checks.collect(), figures: self.figures() }
    }

    fn sdp(&self) -> Found {
        let finding = match &self.said {
            Said::Nothing => Finding::NotAnswered,
            Said::Unusable(reason) => Finding::DescriptionUnusable(reason.clone()),
            Said::Understood { format, warnings, passed_over, .. } if warnings.is_empty() => Finding::Described(*format, *passed_over),
            Said::Understood { warnings, .. } => Finding::DescribedWithWarnings(warnings.clone()),
        };
        (finding, self.checklist.remote_known)
    }

    fn stun(&self) -> Found {
        let list = &self.checklist;
        if self.is_awaited() {
            return (Finding::Waits("sdp"), None); // nobody was told where to send to
        }
        match (list.stun_authenticated, list.role_conflict, list.wrong_credentials, list.stun_seen) {
            (Some(at), None, ..) => (Finding::StunAuthentic, Some(at)),
            (Some(at), Some(_), ..) => (Finding::RoleConflictMended, Some(at)),
            (None, Some(at), ..) => (Finding::RoleConflict, Some(at)),
            (None, None, Some(at), _) => (Finding::WrongCredentials, Some(at)),
            (None, None, None, Some(at)) => (Finding::StunUnreadable, Some(at)),
            (None, None, None, None) => match self.late_since(list.remote_known) {
                Late::NotBegun | Late::NotYet => (Finding::StunAwaited(self.reachable_at()), None),
                Late::Yes => (Finding::NoStun(self.reachable_at()), None),
            },
        }
    }

    fn nomination(&self) -> Found {
        let list = &self.checklist;
        if self.sharing == Sharing::LeadsElsewhere {
            return (Finding::AddressLeadsElsewhere(self.advertised.port()), list.nominated);
        }
        match (list.nominated, self.late_since(list.stun_authenticated)) {
            (Some(at), _) => (Finding::Nominated, Some(at)),
            (None, Late::NotBegun) => (Finding::Waits("stun"), None),
            (None, Late::NotYet) => (Finding::NominationAwaited, None),
            (None, Late::Yes) => (Finding::NotNominated, None),
        }
    }

    fn dtls(&self) -> Found {
        let list = &self.checklist;
        if let Some(at) = list.fingerprint_mismatch {
            return (Finding::FingerprintMismatch, Some(at));
        }
        if let Some((at, reason)) = list.dtls_failed {
            return (Finding::DtlsFailed(reason), Some(at));
        }
        if let Some(at) = list.dtls_done {
            return (Finding::DtlsDone(list.dtls_role, list.srtp_profile), Some(at));
        }
        match (list.dtls_started, self.late_since(list.nominated)) {
            _ if self.sharing == Sharing::LeadsElsewhere => (Finding::Waits("nomination"), None),
            (_, Late::NotBegun) => (Finding::Waits("nomination"), None),
            (_, Late::NotYet) => (Finding::DtlsAwaited, None),
            (Some(_), Late::Yes) if list.dtls_role == Some(DtlsRole::Client) => (Finding::NoServerHello, None),
            (Some(at), Late::Yes) => (Finding::DtlsStuck, Some(at)),
            (None, Late::Yes) => (Finding::NoClientHello, None),
        }
    }

    fn srtp(&self) -> Found {
        let list = &self.checklist;
        let failures = u64::from(self.drops(DropReason::Undecryptable));
        match (list.srtp_authenticated, list.srtp_failed) {
            (Some(at), None) => (Finding::SrtpAuthentic(list.srtp_profile), Some(at)),
            (Some(at), Some(_)) if self.sharing == Sharing::AskedFor => (Finding::SrtpOfAnotherCall(failures), Some(at)),
            (Some(at), Some(_)) => (Finding::SrtpPartlyAuthentic(failures), Some(at)),
            (None, Some(at)) => (Finding::SrtpUnauthentic(failures), Some(at)),
            (None, None) if list.dtls_done.is_none() => (Finding::Waits("dtls"), None),
            (None, None) => (Finding::NothingToDecrypt, None),
        }
    }

    fn payload_type(&self) -> Found {
        let seen = self.checklist.payload_types_seen.as_slice();
        let Some(format) = self.said.format() else { return (Finding::Waits("sdp"), None) };
        let at = self.checklist.first_packet_in;
        let agreed = |number: &&u8| **number == format.audio || **number == format.dtmf;
        let wrong = seen.iter().find(|number| !agreed(number)).copied();
        let right = seen.iter().any(|number| agreed(&number));
        let finding = match (right, wrong) {
            _ if self.drops(DropReason::CodecMismatch) > 0 => Finding::CodecMismatch(format),
            (true, None) => Finding::PayloadTypeAgreed(format.audio),
            (true, Some(wrong)) => Finding::PayloadTypeAlsoWrong { seen: wrong, agreed: format.audio },
            (false, Some(wrong)) => Finding::PayloadTypeWrong { seen: wrong, agreed: format.audio },
            (false, None) => Finding::Waits("packets_in"),
        };
        (finding, at)
    }

    fn ssrc(&self) -> Found {
        let seen = self.checklist.ssrcs_seen.as_slice();
        let announced = self.checklist.ssrc_announced;
        let finding = match (seen, announced) {
            ([], _) => Finding::Waits("packets_in"),
            ([_, _, ..], _) if self.drops(DropReason::SecondSource) > 0 => Finding::SeveralSources(seen.len()),
            ([_, _, ..], _) => Finding::SourceChanged(seen.len()),
            ([only], Some(announced)) if *only != announced => Finding::SourceNotAnnounced,
            ([_], _) => Finding::OneSource,
        };
        (finding, self.checklist.first_packet_in)
    }

    fn direction(&self) -> Found {
        let finding = match &self.said {
            Said::Understood { direction, .. } => match direction {
                Direction::SendRecv => Finding::BothWays,
                Direction::SendOnly => Finding::SendsOnly,
                silent if self.statistics.packets_in > 0 => Finding::SendsAgainstItsWord(*silent),
                silent => Finding::SendsNothing(*silent),
            },
            _ => Finding::Waits("sdp"),
        };
        (finding, self.checklist.remote_known)
    }

    fn packets_in(&self) -> Found {
        let (list, figures) = (&self.checklist, &self.statistics);
        let Some(first) = list.first_packet_in else {
            let finding = match self.late_since(self.media_due()) {
                Late::NotBegun if self.drops(DropReason::NoKeys) > 0 => Finding::MediaBeforeKeys,
                Late::NotBegun if list.dtls_done.is_none() => Finding::Waits("dtls"),
                Late::NotBegun | Late::NotYet => Finding::PacketsAwaited,
                Late::Yes if figures.packets_in > 0 => Finding::NoneOfUse,
                Late::Yes if list.first_rtcp_in.is_some() => Finding::OnlyRtcp,
                Late::Yes => Finding::NoPackets,
            };
            return (finding, None);
        };
        let silent_for = self.now.saturating_duration_since(list.last_packet_in.unwrap_or(first));
        let (packets, lost) = (figures.packets_in, figures.lost_in);
        let finding = if silent_for >= QUIET_AFTER {
            Finding::PacketsStopped { packets, silent_for }
        } else if figures.loss_ratio_in >= NOTABLE_LOSS {
            Finding::PacketsLost { packets, lost, ratio: figures.loss_ratio_in }
        } else {
            Finding::PacketsCome { packets, lost }
        };
        (finding, Some(first))
    }

    fn packets_out(&self, other: &LegFacts) -> Found {
        let list = &self.checklist;
        if let Some(at) = list.first_packet_out {
            return (Finding::PacketsGo(self.statistics.packets_out), Some(at));
        }
        let finding = match self.late_since(list.dtls_done) {
            Late::NotBegun => Finding::Waits("dtls"),
            _ if other.is_awaited() => Finding::NobodyPickedUp,
            _ if !self.said.direction().listens() => Finding::NothingWanted(self.said.direction()),
            _ if other.checklist.first_packet_in.is_none() => Finding::OtherSideSilent,
            _ if self.side == Side::User && self.gate_opened.is_none() => Finding::GateClosed,
            _ if other.drops(DropReason::CodecMismatch) > 0 => Finding::OtherCodec,
            Late::NotYet => Finding::PacketsOutAwaited,
            Late::Yes => Finding::NothingSent,
        };
        (finding, None)
    }

    fn figures(&self) -> LegFigures {
        let LegStatistics { packets_in, octets_in, packets_out, octets_out, lost_in, jitter, round_trip, mos, .. } = self.statistics;
        let dropped: BTreeMap<String, u64> = self
            .statistics
            .drops
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (reason.name().to_owned(), count.into()))
            .collect();
        LegFigures {
            packets_in,
            octets_in,
            packets_out,
            octets_out,
            lost_in,
            jitter_ms: jitter.as_secs_f64() * 1000.0,
            round_trip_ms: round_trip.map(|time| time.as_secs_f64() * 1000.0),
            mos: mos.map(f64::from),
            digits: u64::from(self.statistics.digits_in) + u64::from(self.statistics.digits_out),
            dropped,
            remote: self.remote.map(network_of),
        }
    }

    /// The leg of a phone that has not picked up.
    fn is_awaited(&self) -> bool {
        self.side == Side::User && self.said == Said::Nothing
    }

    /// Since when there should be audio: a phone's from the beginning, a business's once the call is accepted.
    fn media_due(&self) -> Option<Instant> {
        let connected = self.checklist.dtls_done?;
        match self.side {
            Side::User => Some(connected),
            Side::Business => self.gate_opened.map(|opened| opened.max(connected)),
        }
    }

    fn drops(&self, reason: DropReason) -> u32 {
        self.statistics.drops.of(reason)
    }

    /// Whether the step after `before` has had its time.
    fn late_since(&self, before: Option<Instant>) -> Late {
        match before {
            None => Late::NotBegun,
            Some(before) if self.now.saturating_duration_since(before) < GRACE => Late::NotYet,
            Some(_) => Late::Yes,
        }
    }

    /// Where the far end was told to find us.
    fn reachable_at(&self) -> String {
        let all: Vec<String> = self.advertised.all().iter().map(ToString::to_string).collect();
        all.join(" or ")
    }
}

enum Late {
    NotBegun,
    NotYet,
    Yes,
}

/// An address without its host part: enough to tell networks apart, too little to find a person.
fn network_of(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{}/24 port {port}", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48 port {port}", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests;

//! What a media thread knows of a call, turned into the checklist that an operator reads.
//!
//! The steps stand in the order in which a call goes through them, so the first one that failed answers "it connects and nobody
//! hears anything". What is the case is decided in [`setup`], for legs without ICE in [`sdes`], and in [`media`], with the table of [`drops`]; the sentences are in
//! [`findings`]. How a leg went over time is in [`series`].

mod drops;
mod findings;
mod media;
mod sdes;
mod series;
mod setup;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use callport_engine::records::{Check, LegFigures, LegReport, MediaReport};
use callport_relay::{CallLeg, Checklist, DropReason, LegStatistics, Series};
use callport_sdp::{Format, Keying, MediaDirection, PassedOver, RemoteDescription};

use crate::sockets::Advertised;
use crate::strangers::Stranger;
use findings::Finding;

/// How long a step may take before its absence is called a failure.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// What a far end said of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Nothing so far.
    Nothing,
    /// A description that can be used.
    Understood { format: Format, direction: MediaDirection, warnings: Vec<String>, passed_over: PassedOver },
    /// One that cannot; why.
    Unusable(String),
}

impl Said {
    pub(crate) fn of(description: &RemoteDescription) -> Said {
        let Some(format) = description.format() else { return Said::Unusable("its codec has no payload type".to_owned()) };
        Said::Understood {
            format,
            direction: description.direction,
            warnings: description.warnings.iter().map(ToString::to_string).collect(),
            passed_over: description.passed_over(),
        }
    }

    fn format(&self) -> Option<Format> {
        match self {
            Said::Understood { format, .. } => Some(*format),
            _ => None,
        }
    }

    fn direction(&self) -> MediaDirection {
        match self {
            Said::Understood { direction, .. } => *direction,
            _ => MediaDirection::default(),
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
    pub(crate) side: CallLeg,
    /// Who called.
    pub(crate) caller: CallLeg,
    /// Where its keys come from.
    pub(crate) keying: Keying,
    pub(crate) now: Instant,
    pub(crate) opened: Instant,
    pub(crate) said: Said,
    pub(crate) advertised: Advertised,
    pub(crate) checklist: Checklist,
    pub(crate) statistics: LegStatistics,
    pub(crate) series: Series,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) sharing: Sharing,
    /// Media with this leg's SSRC that comes from an address which has passed no check.
    pub(crate) elsewhere: Option<Stranger>,
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
        let begin: Vec<(&str, Found)> = match self.keying {
            Keying::Dtls => {
                vec![
                    ("sdp", self.sdp()),
                    ("stun", self.stun()),
                    ("nomination", self.nomination()),
                    ("dtls", self.dtls()),
                    ("srtp", self.srtp()),
                ]
            }
            Keying::Sdes => vec![("sdp", self.sdp()), ("keys", self.keys()), ("srtp", self.srtp()), ("way", self.way())],
        };
        let steps: [(&str, Found); 6] = [
            ("payload_type", self.payload_type()),
            ("ssrc", self.ssrc()),
            ("numbering", self.numbering()),
            ("direction", self.direction()),
            ("packets_in", self.packets_in()),
            ("packets_out", self.packets_out(other)),
        ];
        let checks = begin.into_iter().chain(steps).map(|(step, (finding, at))| {
            let (outcome, says) = finding.verdict(self.side, self.caller);
            let after_ms = at.map(|at| at.saturating_duration_since(self.opened).as_millis() as u64);
            Check { step: step.to_owned(), outcome, says, after_ms }
        });
        LegReport { checks: checks.collect(), figures: self.figures(), series: series::told(&self.series, self.opened) }
    }

    fn figures(&self) -> LegFigures {
        let LegStatistics { packets_in, octets_in, packets_out, octets_out, lost_in, jitter, round_trip, mos, .. } = self.statistics;
        let dropped: BTreeMap<String, u64> = DropReason::ALL
            .into_iter()
            .map(|reason| (reason, self.drops(reason)))
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
        self.side == CallLeg::User && self.said == Said::Nothing
    }

    /// Whether it has its keys by SDES, and so no ICE.
    fn is_sdes(&self) -> bool {
        self.keying == Keying::Sdes
    }

    /// When there were keys.
    fn keyed(&self) -> Option<Instant> {
        self.checklist.dtls_done.or(self.checklist.keyed)
    }

    /// The step at which keys are made.
    fn keys_step(&self) -> &'static str {
        match self.keying {
            Keying::Dtls => "dtls",
            Keying::Sdes => "keys",
        }
    }

    /// Since when there should be audio: a phone's from the beginning, a business's once the call is accepted.
    fn media_due(&self) -> Option<Instant> {
        let connected = self.keyed()?;
        match self.side {
            CallLeg::User => Some(connected),
            CallLeg::Business => self.gate_opened.map(|opened| opened.max(connected)),
        }
    }

    fn drops(&self, reason: DropReason) -> u32 {
        let elsewhere = self.elsewhere.filter(|_| reason == DropReason::UnknownAddress).map_or(0, |stranger| stranger.packets);
        self.statistics.drops.of(reason).saturating_add(elsewhere)
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

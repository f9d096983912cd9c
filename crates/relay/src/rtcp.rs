//! RTCP of one leg (RFC 3550 §6): a compound report every five seconds or so, and what the far end's
//! reports tell. The octets are in [`compound`]; what and when is decided here.
//!
//! RTCP is answered per leg, never forwarded: each leg has its own SSRCs, loss and round trip.

mod compound;

use std::time::{Duration, Instant};

use crate::reception::Report;
use compound::{Block, Compound, Part, SenderInfo, parts};

/// The middle of the interval (RFC 3550 §6.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// The first report comes early, so that a silent leg is seen to live.
const FIRST: Duration = Duration::from_secs(1);
/// Seconds between 1900 and nowhere in particular: our NTP clock starts with the leg, as RFC 3550
/// §6.4.1 allows for those who know no wall clock.
const NTP_BASE: u64 = 1 << 31;

/// What we have sent so far, for a sender report.
#[derive(Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) packets: u64,
    pub(crate) octets: u64,
    /// RTP timestamp that belongs to the moment of the report.
    pub(crate) timestamp: u32,
}

/// RTCP state of one leg.
pub(crate) struct Reporter {
    ssrc: u32,
    epoch: Instant,
    next: Option<Instant>,
    reports: u32,
    packets_reported: u64,
    /// The far end's latest sender report: whose it is, the middle of its NTP time, and when it came.
    last_sender_report: Option<(u32, u32, Instant)>,
    pub(crate) round_trip: Option<Duration>,
    pub(crate) lost_out: Option<i64>,
}

impl Reporter {
    pub(crate) fn new(ssrc: u32, epoch: Instant) -> Reporter {
        Reporter { ssrc, epoch, next: None, reports: 0, packets_reported: 0, last_sender_report: None, round_trip: None, lost_out: None }
    }

    /// The leg is connected: reports may begin.
    pub(crate) fn start(&mut self, now: Instant) {
        self.next = Some(now + FIRST);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// A compound report if one is due.
    pub(crate) fn due(&mut self, now: Instant, cname: &str, sent: Sent, heard: impl FnOnce() -> Option<(u32, Report)>) -> Option<Vec<u8>> {
        if self.next? > now {
            return None;
        }
        self.reports = self.reports.wrapping_add(1);
        self.next = Some(now + self.spread());
        Some(self.compound(now, cname, sent, heard()).into_octets())
    }

    /// The last compound of a leg: a report, and BYE.
    pub(crate) fn goodbye(&mut self, now: Instant, cname: &str, sent: Sent, heard: Option<(u32, Report)>) -> Vec<u8> {
        self.next = None;
        self.compound(now, cname, sent, heard).goodbye(self.ssrc).into_octets()
    }

    fn compound(&mut self, now: Instant, cname: &str, sent: Sent, heard: Option<(u32, Report)>) -> Compound {
        let sender = (sent.packets > self.packets_reported).then(|| SenderInfo {
            ntp: self.ntp(now),
            timestamp: sent.timestamp,
            packets: sent.packets as u32,
            octets: sent.octets as u32,
        });
        self.packets_reported = sent.packets;
        let block = heard.map(|(source, report)| self.block(now, source, report));
        Compound::report(self.ssrc, sender, block).describe(self.ssrc, cname)
    }

    fn block(&self, now: Instant, source: u32, report: Report) -> Block {
        let told = self.last_sender_report.filter(|(whose, ..)| *whose == source);
        let (last_sender_report, delay) = told.map_or((0, 0), |(_, ntp, at)| (ntp, short_ntp(now.saturating_duration_since(at)) as u32));
        Block { source, report, last_sender_report, delay }
    }

    /// Digests a decrypted compound packet. `source` is whom we listen to; reports of others are not his. True if it holds a BYE.
    /// Packets that do not parse, and kinds that we have no use for, are passed over.
    pub(crate) fn read(&mut self, now: Instant, source: Option<u32>, compound: &[u8]) -> bool {
        let mut goodbye = false;
        for part in parts(compound) {
            match part {
                Part::SenderReport { source: whose, ntp, blocks } => {
                    if source.is_none_or(|source| source == whose) {
                        self.last_sender_report = Some((whose, (ntp >> 16) as u32, now));
                    }
                    self.digest(now, blocks.about(self.ssrc));
                }
                Part::ReceiverReport { blocks } => self.digest(now, blocks.about(self.ssrc)),
                Part::Goodbye => goodbye = true,
                Part::Other => {}
            }
        }
        goodbye
    }

    /// What the far end says about our stream.
    fn digest(&mut self, now: Instant, block: Option<Block>) {
        let Some(block) = block else { return };
        self.lost_out = Some(block.report.total_lost.into());
        if block.last_sender_report != 0 {
            let now_short = (self.ntp(now) >> 16) as u32;
            let trip = now_short.wrapping_sub(block.last_sender_report).wrapping_sub(block.delay);
            // A negative trip is a clock of theirs that runs fast; a long one is nonsense.
            if trip < 60 << 16 {
                self.round_trip = Some(Duration::from_secs_f64(f64::from(trip) / 65_536.0));
            }
        }
    }

    /// NTP format (RFC 5905 §6): seconds above, fraction below.
    fn ntp(&self, now: Instant) -> u64 {
        (NTP_BASE << 32) + (short_ntp(now.saturating_duration_since(self.epoch)) << 16)
    }

    /// Between 4 and 6 s, different from leg to leg and report to report, so that reports of many
    /// calls do not fall into step. A hash of our SSRC does for the dice of RFC 3550 §6.3.5.
    fn spread(&self) -> Duration {
        let mixed = (self.ssrc ^ self.reports.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b) >> 16;
        INTERVAL - Duration::from_secs(1) + Duration::from_millis(u64::from(mixed) * 2000 / 65_536)
    }
}

/// Seconds in 16.16 fixed point, not yet cut to 32 bits.
fn short_ntp(duration: Duration) -> u64 {
    (duration.as_micros() as u64).saturating_mul(65_536) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: Sent = Sent { packets: 50, octets: 6_000, timestamp: 48_000 };
    const HEARD: Report = Report { fraction_lost: 25, total_lost: -3, highest_sequence: 0x1_0007, jitter: 90 };

    fn at(seconds: f64) -> impl Fn(Instant) -> Instant {
        move |epoch| epoch + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn two_ends_learn_loss_and_round_trip_from_each_other() {
        let epoch = Instant::now();
        let (mut a, mut b) = (Reporter::new(1, epoch), Reporter::new(2, epoch));
        for reporter in [&mut a, &mut b] {
            reporter.start(epoch);
        }
        let hello = a.due(at(1.0)(epoch), "WhatsAppAudioStream1", SENT, || None).unwrap();
        assert!(!b.read(at(1.05)(epoch), Some(1), &hello));
        let answer = b.due(at(1.55)(epoch), "b", Sent { packets: 0, ..SENT }, || Some((1, HEARD))).unwrap();
        assert!(!a.read(at(1.65)(epoch), Some(2), &answer));
        let trip = a.round_trip.unwrap().as_secs_f64();
        assert!((trip - 0.15).abs() < 0.001, "{trip}");
        assert_eq!(a.lost_out, Some(-3));
    }

    #[test]
    fn compounds_begin_with_a_report_and_name_their_source() {
        let epoch = Instant::now();
        let mut reporter = Reporter::new(7, epoch);
        reporter.start(epoch);
        let sending = reporter.due(at(1.0)(epoch), "cname", SENT, || None).unwrap();
        let idle = reporter.due(at(9.0)(epoch), "cname", SENT, || None).unwrap();
        let leaving = reporter.goodbye(at(9.0)(epoch), "cname", SENT, None);
        let kinds = |compound: &[u8]| {
            let (mut rest, mut kinds) = (compound, Vec::new());
            while let [_, kind, l0, l1, ..] = *rest {
                kinds.push(kind);
                rest = &rest[4 * (usize::from(u16::from_be_bytes([l0, l1])) + 1)..];
            }
            kinds
        };
        assert_eq!((kinds(&sending), kinds(&idle), kinds(&leaving)), (vec![200, 202], vec![201, 202], vec![201, 202, 203]));
        assert!(sending.windows(5).any(|bytes| bytes == b"cname"));
        assert!(Reporter::new(8, epoch).read(epoch, None, &leaving));
        assert_eq!(reporter.deadline(), None, "nothing after the goodbye");
    }

    #[test]
    fn a_report_that_came_before_the_first_packet_counts_and_one_of_another_source_does_not() {
        let epoch = Instant::now();
        let (mut far, mut us) = (Reporter::new(1, epoch), Reporter::new(2, epoch));
        far.start(epoch);
        us.start(epoch);
        let early = far.due(at(1.0)(epoch), "c", SENT, || None).unwrap();
        us.read(at(1.0)(epoch), None, &early);
        assert_ne!(us.block(at(2.0)(epoch), 1, HEARD).last_sender_report, 0);
        assert_eq!(us.block(at(2.0)(epoch), 9, HEARD).last_sender_report, 0, "it was another's");
        let mut stranger = Reporter::new(7, epoch);
        stranger.start(epoch);
        let other = stranger.due(at(3.0)(epoch), "c", SENT, || None).unwrap();
        us.read(at(3.0)(epoch), Some(1), &other);
        assert_eq!(us.block(at(4.0)(epoch), 1, HEARD).delay, 3 << 16, "since the report of the source itself");
    }

    #[test]
    fn reports_come_every_four_to_six_seconds() {
        let epoch = Instant::now();
        let mut reporter = Reporter::new(0xdead_beef, epoch);
        reporter.start(epoch);
        let mut gaps = Vec::new();
        for _ in 0..50 {
            let due = reporter.deadline().unwrap();
            assert!(reporter.due(due - Duration::from_millis(1), "c", SENT, || None).is_none());
            reporter.due(due, "c", SENT, || None).unwrap();
            gaps.push((reporter.deadline().unwrap() - due).as_millis());
        }
        assert!(gaps.iter().all(|gap| (4_000..=6_000).contains(gap)), "{gaps:?}");
        assert!(gaps.iter().max().unwrap() - gaps.iter().min().unwrap() > 500, "{gaps:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), kind in 198..210u8) {
            let mut reporter = Reporter::new(1, Instant::now());
            reporter.read(Instant::now(), None, &bytes);
            let mut framed = bytes.clone();
            framed.resize(bytes.len().next_multiple_of(4).max(4), 0);
            let words = (framed.len() / 4 - 1) as u16;
            framed[1] = kind;
            framed[2..4].copy_from_slice(&words.to_be_bytes());
            reporter.read(Instant::now(), None, &framed);
        }
    }
}

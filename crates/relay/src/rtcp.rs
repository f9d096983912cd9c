//! RTCP of one leg (RFC 3550 §6): a compound report every five seconds or so, and what the far end's
//! reports tell. The packets are `rtc-rtcp`'s; what and when is ours.
//!
//! RTCP is answered per leg, never forwarded: each leg has its own SSRCs, loss and round trip.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rtc_rtcp::goodbye::Goodbye;
use rtc_rtcp::packet::{Packet, marshal};
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::reception_report::ReceptionReport;
use rtc_rtcp::sender_report::SenderReport;
use rtc_rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use rtc_shared::marshal::Unmarshal;

use crate::reception::Report;

/// The middle of the interval (RFC 3550 §6.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// The first report comes early, so that a silent leg is seen to live.
const FIRST: Duration = Duration::from_secs(1);
/// Packets read of one compound.
const MAX_PACKETS: usize = 16;
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
    /// The far end's latest sender report: the middle of its NTP time, and when it came.
    last_sender_report: Option<(u32, Instant)>,
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

    /// A new source: its reports have yet to come.
    pub(crate) fn forget_source(&mut self) {
        self.last_sender_report = None;
    }

    /// A compound report if one is due.
    pub(crate) fn due(&mut self, now: Instant, cname: &str, sent: Sent, heard: impl FnOnce() -> Option<(u32, Report)>) -> Option<Bytes> {
        if self.next? > now {
            return None;
        }
        self.reports = self.reports.wrapping_add(1);
        self.next = Some(now + self.spread());
        self.compound(now, cname, sent, heard(), false)
    }

    /// The last compound of a leg: a report, and BYE.
    pub(crate) fn goodbye(&mut self, now: Instant, cname: &str, sent: Sent, heard: Option<(u32, Report)>) -> Option<Bytes> {
        self.next = None;
        self.compound(now, cname, sent, heard, true)
    }

    fn compound(&mut self, now: Instant, cname: &str, sent: Sent, heard: Option<(u32, Report)>, leave: bool) -> Option<Bytes> {
        let blocks: Vec<_> = heard.map(|(source, report)| self.block(now, source, report)).into_iter().collect();
        let report: Box<dyn Packet> = if sent.packets > self.packets_reported {
            Box::new(SenderReport {
                ssrc: self.ssrc,
                ntp_time: self.ntp(now),
                rtp_time: sent.timestamp,
                packet_count: sent.packets as u32,
                octet_count: sent.octets as u32,
                reports: blocks,
                profile_extensions: Bytes::new(),
            })
        } else {
            Box::new(ReceiverReport { ssrc: self.ssrc, reports: blocks, profile_extensions: Bytes::new() })
        };
        self.packets_reported = sent.packets;
        let item = SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: Bytes::copy_from_slice(cname.as_bytes()) };
        let description = SourceDescription { chunks: vec![SourceDescriptionChunk { source: self.ssrc, items: vec![item] }] };
        let mut packets: Vec<Box<dyn Packet>> = vec![report, Box::new(description)];
        if leave {
            packets.push(Box::new(Goodbye { sources: vec![self.ssrc], reason: Bytes::new() }));
        }
        marshal(&packets).ok().map(|bytes| bytes.freeze())
    }

    fn block(&self, now: Instant, source: u32, report: Report) -> ReceptionReport {
        let (last_sender_report, delay) =
            self.last_sender_report.map_or((0, 0), |(ntp, at)| (ntp, short_ntp(now.saturating_duration_since(at)) as u32));
        ReceptionReport {
            ssrc: source,
            fraction_lost: report.fraction_lost,
            total_lost: report.total_lost as u32 & 0x00ff_ffff,
            last_sequence_number: report.highest_sequence,
            jitter: report.jitter,
            last_sender_report,
            delay,
        }
    }

    /// Digests a decrypted compound packet. `source` is whom we listen to. True if it holds a BYE.
    /// Packets that do not parse, and kinds that we have no use for, are passed over.
    pub(crate) fn read(&mut self, now: Instant, source: Option<u32>, compound: &[u8]) -> bool {
        const SENDER_REPORT: u8 = 200;
        const RECEIVER_REPORT: u8 = 201;
        const BYE: u8 = 203;
        let mut goodbye = false;
        let mut rest = compound;
        for _ in 0..MAX_PACKETS {
            let [_, kind, l0, l1, ..] = *rest else { break };
            let len = 4 * (usize::from(u16::from_be_bytes([l0, l1])) + 1);
            let Some((packet, behind)) = rest.split_at_checked(len) else { break };
            rest = behind;
            match kind {
                SENDER_REPORT => {
                    if let Ok(report) = SenderReport::unmarshal(&mut &*packet) {
                        if source.is_none_or(|source| source == report.ssrc) {
                            self.last_sender_report = Some(((report.ntp_time >> 16) as u32, now));
                        }
                        self.digest(now, &report.reports);
                    }
                }
                RECEIVER_REPORT => {
                    if let Ok(report) = ReceiverReport::unmarshal(&mut &*packet) {
                        self.digest(now, &report.reports);
                    }
                }
                BYE => goodbye = true,
                _ => {}
            }
        }
        goodbye
    }

    /// What the far end says about our stream.
    fn digest(&mut self, now: Instant, blocks: &[ReceptionReport]) {
        let Some(block) = blocks.iter().find(|block| block.ssrc == self.ssrc) else { return };
        // 24 bits, signed.
        self.lost_out = Some(i64::from((block.total_lost << 8) as i32 >> 8));
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
        let leaving = reporter.goodbye(at(9.0)(epoch), "cname", SENT, None).unwrap();
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

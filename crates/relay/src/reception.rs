//! What became of the far end's packets: loss (RFC 3550 A.3) and jitter (A.8) for one leg.
//!
//! A packet of the source that arrived and authenticated is received, whatever becomes of it (RFC 3550 §6.4.1): what we drop for its
//! payload type was not lost on the way.

use std::time::{Duration, Instant};

use crate::numbering::MAX_SEQUENCE_JUMP;
use crate::rtp::{Header, sequence_step};
use crate::timeline::units;

/// Counters over the far end's stream. A change of source starts a new count on top of the old.
#[derive(Default)]
pub(crate) struct Reception {
    source: Option<Source>,
    /// Lost packets of earlier sources.
    lost_before: i64,
    /// Packets expected of earlier sources.
    expected_before: i64,
}

struct Source {
    first: u64,
    /// Extended highest sequence number: cycles above, number below.
    highest: u64,
    received: u64,
    clock_hz: u32,
    /// In sixteenths of a timestamp unit, as in the RFC's sample.
    jitter: u32,
    transit: Option<u32>,
    expected_reported: u64,
    received_reported: u64,
}

/// The figures of a report block (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) fraction_lost: u8,
    pub(crate) total_lost: i32,
    pub(crate) highest_sequence: u32,
    pub(crate) jitter: u32,
}

impl Reception {
    /// Another source, or the first one.
    pub(crate) fn restart(&mut self, header: &Header, clock_hz: u32) {
        self.lost_before = self.lost();
        self.expected_before = self.expected();
        let first = u64::from(header.sequence) + (1 << 16); // room for a late packet before it
        self.source = Some(Source {
            first,
            highest: first,
            received: 0,
            clock_hz,
            jitter: 0,
            transit: None,
            expected_reported: 0,
            received_reported: 0,
        });
    }

    /// Whether there is a source.
    pub(crate) fn is_counting(&self) -> bool {
        self.source.is_some()
    }

    /// Whether a packet comes after all that were counted of its source, or there is none.
    pub(crate) fn is_ahead(&self, header: &Header) -> bool {
        self.source.as_ref().is_none_or(|source| sequence_step(source.highest as u16, header.sequence) > 0)
    }

    /// Counts a packet. Only audio measures jitter: events repeat one timestamp.
    pub(crate) fn count(&mut self, since_start: Duration, header: &Header, is_audio: bool) {
        let Some(source) = &mut self.source else { return };
        let step = sequence_step(source.highest as u16, header.sequence);
        if step > MAX_SEQUENCE_JUMP {
            // A new start, not loss.
            let clock_hz = source.clock_hz;
            self.restart(header, clock_hz);
            return self.count(since_start, header, is_audio);
        }
        source.received += 1;
        match u64::try_from(step) {
            Ok(ahead) => source.highest += ahead,
            // One from before the first that came was due as well.
            Err(_) => source.first = source.first.min(source.highest.saturating_sub(step.unsigned_abs().into())),
        }
        if is_audio {
            let transit = units(since_start, source.clock_hz).wrapping_sub(header.timestamp);
            if let Some(before) = source.transit.replace(transit) {
                let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
                // A jump of more than a minute is a new timestamp base, not jitter.
                if change < source.clock_hz.saturating_mul(60) {
                    source.jitter = source.jitter.saturating_add(change).saturating_sub((source.jitter + 8) >> 4);
                }
            }
        }
    }

    /// Packets that should have come.
    pub(crate) fn expected(&self) -> i64 {
        self.expected_before + self.source.as_ref().map_or(0, |source| source.expected() as i64)
    }

    /// Packets that did not.
    pub(crate) fn lost(&self) -> i64 {
        self.lost_before + self.source.as_ref().map_or(0, |source| source.expected() as i64 - source.received as i64)
    }

    pub(crate) fn jitter(&self) -> Duration {
        self.source
            .as_ref()
            .map_or(Duration::ZERO, |source| Duration::from_secs_f64(f64::from(source.jitter >> 4) / f64::from(source.clock_hz.max(1))))
    }

    /// The figures for our next report, which also ends the interval that the fraction is over.
    pub(crate) fn report(&mut self) -> Option<Report> {
        let source = self.source.as_mut()?;
        let expected = source.expected() - source.expected_reported;
        let received = source.received - source.received_reported;
        source.expected_reported = source.expected();
        source.received_reported = source.received;
        let fraction_lost = match expected.checked_sub(received) {
            Some(lost) if expected > 0 => ((lost << 8) / expected).min(255) as u8,
            _ => 0,
        };
        let total = source.expected() as i64 - source.received as i64;
        Some(Report {
            fraction_lost,
            total_lost: total.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: (source.highest - (1 << 16)) as u32,
            jitter: source.jitter >> 4,
        })
    }
}

impl Source {
    fn expected(&self) -> u64 {
        self.highest - self.first + 1
    }
}

/// Whether a leg is heard, and when it must be called quiet.
#[derive(Default)]
pub(crate) struct Activity {
    heard: bool,
    /// RTP has come at least once: RTCP alone does not make a leg heard.
    ever: bool,
    last: Option<Instant>,
}

/// Silence of both RTP and RTCP that makes a leg quiet.
pub const QUIET_AFTER: Duration = Duration::from_secs(2);

impl Activity {
    /// True if this packet makes the leg heard.
    pub(crate) fn packet(&mut self, now: Instant, is_rtp: bool) -> bool {
        self.last = Some(now);
        self.ever |= is_rtp;
        let news = self.ever && !self.heard;
        self.heard = self.ever;
        news
    }

    /// True if the leg has just gone quiet.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        let due = self.deadline().is_some_and(|deadline| deadline <= now);
        if due {
            self.heard = false;
        }
        due
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.last.filter(|_| self.heard).map(|last| last + QUIET_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp, ssrc: 1 }
    }

    fn fed(packets: &[(u64, u16, u32)]) -> Reception {
        let mut reception = Reception::default();
        reception.restart(&packet(packets[0].1, packets[0].2), 48_000);
        for (at_ms, sequence, timestamp) in packets {
            reception.count(Duration::from_millis(*at_ms), &packet(*sequence, *timestamp), true);
        }
        reception
    }

    #[test]
    fn counts_loss_over_the_wrap() {
        let mut reception = fed(&[(0, 65_534, 0), (20, 65_535, 960), (60, 1, 2_880), (80, 2, 3_840)]);
        assert_eq!((reception.expected(), reception.lost()), (5, 1));
        let report = reception.report().unwrap();
        assert_eq!((report.fraction_lost, report.total_lost), (51, 1));
        assert_eq!(report.highest_sequence, 0x1_0002);
        assert_eq!(reception.report().unwrap().fraction_lost, 0, "the next interval is empty");
    }

    #[test]
    fn a_late_packet_is_not_lost() {
        let reception = fed(&[(0, 10, 0), (40, 12, 1_920), (45, 11, 960)]);
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn what_came_before_the_first_in_order_was_due_too() {
        let mut reception = fed(&[(0, 11, 960), (5, 10, 0), (45, 13, 2_880)]);
        assert_eq!((reception.expected(), reception.lost()), (4, 1));
        assert_eq!(reception.report().unwrap().total_lost, 1);
    }

    #[test]
    fn a_jump_ahead_is_a_new_start_and_not_a_flood_of_losses() {
        let mut reception = fed(&[(0, 10, 0), (40, 12, 1_920), (60, 20_000, 2_880), (80, 20_001, 3_840)]);
        assert_eq!((reception.expected(), reception.lost()), (5, 1), "what was lost before stays lost");
        assert_eq!(reception.report().unwrap(), Report { highest_sequence: 20_001, ..Report::default() });
    }

    #[test]
    fn every_kind_of_packet_is_received_and_only_audio_measures_jitter() {
        let mut reception = Reception::default();
        reception.restart(&packet(1, 0), 48_000);
        for index in 0..100_u64 {
            let kind = if index % 3 == 0 { 13 } else { 111 };
            reception.count(
                Duration::from_millis(20 * index),
                &Header { payload_type: kind, ..packet(1 + index as u16, 960 * index as u32) },
                kind == 111,
            );
        }
        assert_eq!((reception.expected(), reception.lost(), reception.jitter()), (100, 0, Duration::ZERO));
        assert_eq!(reception.report().unwrap().fraction_lost, 0);
    }

    #[test]
    fn steady_arrival_has_no_jitter_and_unsteady_has() {
        let steady: Vec<_> = (0..50).map(|i| (i * 20, i as u16, i as u32 * 960)).collect();
        assert_eq!(fed(&steady).jitter(), Duration::ZERO);
        let unsteady: Vec<_> = (0..200).map(|i| (i * 20 + i % 2 * 8, i as u16, i as u32 * 960)).collect();
        let jitter = fed(&unsteady).jitter().as_millis();
        assert!((7..=8).contains(&jitter), "{jitter}");
    }

    #[test]
    fn loss_adds_up_over_sources() {
        let mut reception = fed(&[(0, 10, 0), (40, 12, 1_920)]);
        reception.restart(&packet(500, 0), 48_000);
        reception.count(Duration::ZERO, &packet(500, 0), true);
        reception.count(Duration::ZERO, &packet(503, 0), true);
        assert_eq!((reception.expected(), reception.lost()), (7, 3));
    }

    #[test]
    fn rtcp_keeps_a_leg_heard_but_does_not_make_it_so() {
        let t0 = Instant::now();
        let mut activity = Activity::default();
        assert!(!activity.packet(t0, false));
        assert_eq!(activity.deadline(), None);
        assert!(activity.packet(t0, true));
        assert!(!activity.packet(t0 + Duration::from_secs(1), false));
        assert!(!activity.handle_timeout(t0 + Duration::from_secs(2)));
        assert!(activity.handle_timeout(t0 + Duration::from_secs(3)));
        assert!(activity.packet(t0 + Duration::from_secs(9), false), "heard again");
    }
}

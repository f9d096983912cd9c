//! One outgoing RTP stream out of whatever comes in: sequence numbers and timestamps stay
//! continuous when the source changes, when packets are withheld, and when digits are put in.
//!
//! Gaps in the incoming sequence numbers stay gaps, so the far end sees the loss that really happened.

use std::time::{Duration, Instant};

use crate::numbering::MAX_SEQUENCE_JUMP;
use crate::rtp::{Header, sequence_step, timestamp_step};

/// How far timestamps may drift from the clock between two packets before the source is taken to
/// have started over, unless they go on with the sequence numbers.
const MAX_DRIFT: Duration = Duration::from_secs(3);

/// The longest packet of any codec here (RFC 6716 §3.4): timestamps that go on by no more for each number go on with the stream,
/// however long the packets were held back.
const LONGEST_PACKET: Duration = Duration::from_millis(120);

/// Where an incoming packet goes in the outgoing stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    /// First packet of a source: receivers like the marker there.
    pub(crate) starts: bool,
}

/// How the present source's numbers translate.
#[derive(Clone, Copy)]
struct Source {
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// The oldest sequence number that still maps behind everything sent before.
    floor: u16,
    /// Before a packet was withheld: the floor and the offset for numbers below the present floor, which may come late.
    earlier: Option<(u16, u16)>,
    last_sequence: u16,
    last_timestamp: u32,
    last_at: Instant,
}

/// The outgoing stream of one leg.
pub(crate) struct Timeline {
    clock_hz: u32,
    /// Next sequence number if nothing is in flight: one above the highest used.
    next_sequence: u16,
    /// Timestamp at `at`.
    timestamp: u32,
    at: Option<Instant>,
    source: Option<Source>,
    /// Packets were put in: the next one takes the next number.
    close_gap: bool,
}

impl Timeline {
    pub(crate) fn new(first_sequence: u16, first_timestamp: u32, clock_hz: u32) -> Timeline {
        Timeline { clock_hz, next_sequence: first_sequence, timestamp: first_timestamp, at: None, source: None, close_gap: false }
    }

    /// See [`CallMedia::touch`](crate::CallMedia::touch).
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.next_sequence) ^ self.source.map_or(0, |source| u64::from(source.last_sequence))
    }

    pub(crate) fn set_clock(&mut self, clock_hz: u32) {
        self.clock_hz = clock_hz;
    }

    /// Places an incoming packet. `None` for one that is older than the latest change. Only audio
    /// moves the clock: an event keeps one timestamp for as long as the key is held.
    pub(crate) fn place(&mut self, now: Instant, header: &Header, is_audio: bool) -> Option<Place> {
        let (mut source, starts) = match self.source {
            Some(source) if !self.started_over(&source, now, header, is_audio) => (source, false),
            _ => (self.adopt(now, header), true),
        };
        if self.close_gap {
            source.sequence_offset = self.next_sequence.wrapping_sub(header.sequence);
            (source.floor, source.earlier) = (header.sequence, None);
            self.close_gap = false;
        }
        let place = Place {
            sequence: header.sequence.wrapping_add(source.offset(header.sequence)?),
            timestamp: header.timestamp.wrapping_add(source.timestamp_offset),
            starts,
        };
        if sequence_step(source.last_sequence, header.sequence) >= 0 {
            source.last_sequence = header.sequence;
            if is_audio {
                source.last_timestamp = header.timestamp;
                source.last_at = now;
            }
        }
        self.source = Some(source);
        if sequence_step(self.next_sequence, place.sequence) >= 0 {
            self.next_sequence = place.sequence.wrapping_add(1);
            if is_audio {
                self.timestamp = place.timestamp;
                self.at = Some(now);
            }
        }
        Some(place)
    }

    /// A place for a packet of our own, in front of everything to come. `timestamp` is its own
    /// affair; see [`clock`](Self::clock).
    pub(crate) fn insert(&mut self) -> u16 {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        self.close_gap = true;
        sequence
    }

    /// An incoming packet is not passed on: its number is taken out of the stream, so that the far end does not take it for lost.
    /// Numbers that are missing around it stay missing.
    pub(crate) fn withhold(&mut self, now: Instant, header: &Header, is_audio: bool) {
        let Some(mut source) = self.source else { return };
        if self.started_over(&source, now, header, is_audio) {
            self.source = None; // whatever is passed on next begins behind what was sent
            return;
        }
        if sequence_step(source.last_sequence, header.sequence) <= 0 {
            return; // late: those behind it have their numbers already
        }
        source.earlier = Some((source.floor, source.sequence_offset));
        source.floor = header.sequence.wrapping_add(1);
        source.sequence_offset = source.sequence_offset.wrapping_sub(1);
        source.last_sequence = header.sequence;
        if is_audio {
            (source.last_timestamp, source.last_at) = (header.timestamp, now);
        }
        self.source = Some(source);
    }

    /// The stream's timestamp at this moment.
    pub(crate) fn clock(&mut self, now: Instant) -> u32 {
        match self.at {
            Some(at) => self.timestamp.wrapping_add(units(now.saturating_duration_since(at), self.clock_hz)),
            None => {
                self.at = Some(now);
                self.timestamp
            }
        }
    }

    /// A new source, or one that started over: carry on right behind what was sent.
    fn adopt(&mut self, now: Instant, header: &Header) -> Source {
        let timestamp = self.clock(now);
        Source {
            ssrc: header.ssrc,
            sequence_offset: self.next_sequence.wrapping_sub(header.sequence),
            timestamp_offset: timestamp.wrapping_sub(header.timestamp),
            floor: header.sequence,
            earlier: None,
            last_sequence: header.sequence,
            last_timestamp: header.timestamp,
            last_at: now,
        }
    }

    fn started_over(&self, source: &Source, now: Instant, header: &Header, is_audio: bool) -> bool {
        let ahead = sequence_step(source.last_sequence, header.sequence);
        if source.ssrc != header.ssrc || ahead.unsigned_abs() > MAX_SEQUENCE_JUMP.unsigned_abs() {
            return true;
        }
        let advanced = i64::from(timestamp_step(source.last_timestamp, header.timestamp));
        let at_most = i64::from(ahead) * i64::from(units(LONGEST_PACKET, self.clock_hz));
        let elapsed = i64::from(units(now.saturating_duration_since(source.last_at), self.clock_hz));
        is_audio && !(0..=at_most).contains(&advanced) && (advanced - elapsed).unsigned_abs() > u64::from(units(MAX_DRIFT, self.clock_hz))
    }
}

impl Source {
    /// What is added to a sequence number; `None` for one that is older than the latest change.
    fn offset(&self, sequence: u16) -> Option<u16> {
        if sequence_step(self.floor, sequence) >= 0 {
            return Some(self.sequence_offset);
        }
        self.earlier.filter(|(floor, _)| sequence_step(*floor, sequence) >= 0).map(|(_, offset)| offset)
    }
}

/// A duration in RTP timestamp units, wrapping.
pub(crate) fn units(duration: Duration, clock_hz: u32) -> u32 {
    (duration.as_micros().wrapping_mul(u128::from(clock_hz)) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const HZ: u32 = 48_000;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp, ssrc }
    }

    fn placed(line: &mut Timeline, now: Instant, header: Header) -> Option<(u16, u32)> {
        line.place(now, &header, true).map(|place| (place.sequence, place.timestamp))
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn keeps_gaps_and_order_of_one_source() {
        let t0 = Instant::now();
        let mut line = Timeline::new(100, 5_000, HZ);
        assert_eq!(placed(&mut line, t0, packet(1, 65_535, 0)), Some((100, 5_000)));
        assert_eq!(placed(&mut line, t0 + ms(60), packet(1, 2, 2_880)), Some((103, 7_880)));
        assert_eq!(placed(&mut line, t0 + ms(61), packet(1, 1, 1_920)), Some((102, 6_920)));
        assert_eq!(placed(&mut line, t0 + ms(80), packet(1, 3, 3_840)), Some((104, 8_840)));
    }

    #[test]
    fn carries_on_behind_a_change_of_source() {
        let t0 = Instant::now();
        let mut line = Timeline::new(0, 0, HZ);
        line.place(t0, &packet(1, 500, 9_999), true);
        assert_eq!(line.place(t0 + ms(200), &packet(2, 7, 77), true), Some(Place { sequence: 1, timestamp: 9_600, starts: true }));
        assert_eq!(line.place(t0 + ms(210), &packet(2, 6, 0), true), None, "older than the change");
    }

    #[test]
    fn carries_on_when_the_same_source_starts_over() {
        let t0 = Instant::now();
        for header in [packet(1, 9_000, 960), packet(1, 501, 3_000_000)] {
            let mut line = Timeline::new(0, 0, HZ);
            line.place(t0, &packet(1, 500, 0), true);
            assert_eq!(placed(&mut line, t0 + ms(20), header), Some((1, 960)));
        }
    }

    #[test]
    fn inserted_and_withheld_packets_leave_no_gap() {
        let t0 = Instant::now();
        let mut line = Timeline::new(10, 0, HZ);
        line.place(t0, &packet(1, 500, 0), true);
        assert_eq!(line.clock(t0 + ms(20)), 960);
        assert_eq!((line.insert(), line.insert()), (11, 12));
        line.withhold(t0 + ms(40), &packet(1, 502, 1_920), true); // 501 neither
        assert_eq!(placed(&mut line, t0 + ms(60), packet(1, 503, 2_880)), Some((13, 2_880)));
        assert_eq!(line.place(t0 + ms(61), &packet(1, 502, 1_920), true), None);
        assert_eq!(placed(&mut line, t0 + ms(80), packet(1, 504, 3_840)), Some((14, 3_840)));
    }

    #[test]
    fn a_withheld_packet_leaves_no_gap_and_lost_ones_around_it_do() {
        let t0 = Instant::now();
        let mut line = Timeline::new(10, 0, HZ);
        let at = |sequence: u16| (t0 + ms(20 * u64::from(sequence)), packet(1, sequence, 960 * u32::from(sequence)));
        let place = |line: &mut Timeline, sequence| {
            let (now, header) = at(sequence);
            line.place(now, &header, true).map(|place| place.sequence)
        };
        assert_eq!(place(&mut line, 0), Some(10));
        assert_eq!(place(&mut line, 1), Some(11));
        // 2 is lost, 3 is withheld, 4 comes late.
        let (now, withheld) = at(3);
        line.withhold(now, &withheld, false);
        assert_eq!(place(&mut line, 5), Some(14));
        assert_eq!(place(&mut line, 4), Some(13));
        assert_eq!(place(&mut line, 2), Some(12), "it was not lost after all");
        for sequence in [6, 7, 9] {
            let (now, withheld) = at(sequence);
            line.withhold(now, &withheld, true);
        }
        assert_eq!(place(&mut line, 10), Some(16), "8 is missing, and nothing else");
        line.withhold(t0, &packet(1, 10, 0), true);
        line.withhold(t0, &packet(1, 4, 0), true);
        assert_eq!(place(&mut line, 11), Some(17), "what came twice or late takes out no number");
    }

    #[test]
    fn what_is_withheld_before_or_across_a_change_of_source_changes_nothing() {
        let t0 = Instant::now();
        let mut line = Timeline::new(10, 0, HZ);
        line.withhold(t0, &packet(1, 499, 0), true);
        assert_eq!(placed(&mut line, t0, packet(1, 500, 0)), Some((10, 0)));
        line.withhold(t0 + ms(20), &packet(2, 9, 77), true);
        assert_eq!(placed(&mut line, t0 + ms(40), packet(2, 10, 1_037)), Some((11, 1_920)));
    }

    #[test]
    fn packets_that_were_held_back_keep_their_times() {
        let t0 = Instant::now();
        let mut line = Timeline::new(0, 0, HZ);
        for index in 0..1_000_u16 {
            let sent = t0 + ms(20 * u64::from(index / 250 * 250));
            assert_eq!(placed(&mut line, sent, packet(1, index, 960 * u32::from(index))), Some((index, 960 * u32::from(index))));
        }
    }

    #[test]
    fn a_pause_moves_the_timestamp_only() {
        let t0 = Instant::now();
        let mut line = Timeline::new(0, 0, HZ);
        line.place(t0, &packet(1, 1, 0), true);
        assert_eq!(placed(&mut line, t0 + ms(60_000), packet(1, 2, 2_880_000)), Some((1, 2_880_000)));
    }

    #[test]
    fn a_long_press_keeps_its_timestamp_and_costs_the_audio_none() {
        let t0 = Instant::now();
        let mut line = Timeline::new(0, 0, HZ);
        line.place(t0, &packet(1, 1, 0), true);
        for step in 1..=500u16 {
            let event = line.place(t0 + ms(20 * u64::from(step)), &packet(1, 1 + step, 960), false).unwrap();
            assert_eq!((event.sequence, event.timestamp), (step, 960));
        }
        assert_eq!(placed(&mut line, t0 + ms(10_020), packet(1, 502, 960 * 501)), Some((501, 960 * 501)));
    }
}

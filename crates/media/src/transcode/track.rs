//! Where a packet stands in the stream it came in: right behind the one before, behind lost ones, behind a pause, or too late.
//!
//! Counted in samples at 8 kHz, whatever the stream's own clock is. Timestamps are believed as far as they can be: a clock that skips
//! something with every packet while the packets come one right after the other does not fit its codec, and pauses of its making
//! would tear every sound apart. Then the numbers tell the place.

use std::time::{Duration, Instant};

use callport_relay::rtp::{Header, sequence_step, timestamp_step};

/// A jump in sequence numbers beyond this is a new start, not loss (RFC 3550 A.1, MAX_DROPOUT).
const MAX_SEQUENCE_JUMP: u16 = 3000;

/// Loss up to 100 ms is made up for. What stands in for longer ones would come when its time to be heard is over.
const MAX_MADE_UP: u32 = 800;

/// At 8 kHz.
const MICROS_PER_SAMPLE: u64 = 125;

/// The stream so far.
pub(super) struct Track {
    /// Units of the stream's clock in one sample.
    units: u32,
    latest: Option<Latest>,
}

#[derive(Clone, Copy)]
struct Latest {
    ssrc: u32,
    next_sequence: u16,
    /// Where the audio so far ends.
    end: u32,
    was_audio: bool,
    arrived: Instant,
    /// Length of the latest audio, in samples.
    samples: u32,
    /// The timestamp of the latest audio left something out, and no packet was missing before it.
    skipped: bool,
}

/// How a packet stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The first one, or the first of another source.
    Starts,
    /// Right behind.
    Follows,
    /// Behind so many lost samples.
    Lost(u32),
    /// Behind so many samples that need not be made up for.
    Paused(u32),
    /// Its place is behind us.
    Late,
}

impl Track {
    pub(super) fn new(units: u32) -> Track {
        Track { units, latest: None }
    }

    pub(super) fn step(&self, header: &Header, arrived: Instant) -> Step {
        let Some(latest) = self.latest.filter(|latest| latest.ssrc == header.ssrc) else { return Step::Starts };
        let ahead = sequence_step(latest.next_sequence, header.sequence);
        if ahead.unsigned_abs() > MAX_SEQUENCE_JUMP {
            return Step::Starts;
        }
        let Ok(missing) = u32::try_from(ahead) else { return Step::Late };
        let left_out = match u32::try_from(self.ahead(header.timestamp)) {
            // Only a pause takes its time, and a clock that fits leaves nothing out with one packet after another.
            Ok(samples) if latest.skipped && latest.was_audio && !latest.leaves_time_for(samples, arrived) => missing * latest.samples,
            Ok(samples) => samples,
            Err(_) => 0, // a clock that runs backwards tells nothing
        };
        match left_out {
            0 => Step::Follows,
            samples if missing > 0 && latest.was_audio && samples <= MAX_MADE_UP => Step::Lost(samples),
            samples => Step::Paused(samples),
        }
    }

    /// How many samples a moment of the stream's clock is ahead of the end of its audio.
    pub(super) fn ahead(&self, timestamp: u32) -> i32 {
        self.latest.map_or(0, |latest| timestamp_step(latest.end, timestamp) / self.units.cast_signed())
    }

    /// A packet with so many samples was taken.
    pub(super) fn take_audio(&mut self, header: &Header, samples: usize, arrived: Instant) {
        let same = self.latest.filter(|latest| latest.ssrc == header.ssrc);
        let skipped = same.is_some_and(|latest| match sequence_step(latest.next_sequence, header.sequence) {
            0 => self.ahead(header.timestamp) > 0,
            _ => latest.skipped,
        });
        let samples = samples as u32;
        self.latest = Some(Latest {
            ssrc: header.ssrc,
            next_sequence: header.sequence.wrapping_add(1),
            end: header.timestamp.wrapping_add(samples * self.units),
            was_audio: true,
            arrived,
            samples,
            skipped,
        });
    }

    /// An event was taken. It does not move the end of the audio: its timestamp stands still while a key is held.
    pub(super) fn take_event(&mut self, header: &Header, arrived: Instant) {
        if self.step(header, arrived) == Step::Starts {
            self.latest = Some(Latest {
                ssrc: header.ssrc,
                next_sequence: header.sequence,
                end: header.timestamp,
                was_audio: false,
                arrived,
                samples: 0,
                skipped: false,
            });
        }
        self.take_number(header, arrived);
    }

    /// A packet was taken out of the stream: its number is not that of a lost one.
    pub(super) fn take_number(&mut self, header: &Header, arrived: Instant) {
        if !matches!(self.step(header, arrived), Step::Starts | Step::Late)
            && let Some(latest) = &mut self.latest
        {
            (latest.next_sequence, latest.was_audio, latest.arrived) = (header.sequence.wrapping_add(1), false, arrived);
        }
    }
}

impl Latest {
    /// Whether a pause of so many samples may lie between the latest packet and one that comes now. Half of the time will do: networks
    /// hold packets back.
    fn leaves_time_for(&self, samples: u32, now: Instant) -> bool {
        now.saturating_duration_since(self.arrived) >= Duration::from_micros(u64::from(samples) * MICROS_PER_SAMPLE / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp, ssrc }
    }

    /// A track behind packet 65535, whose 20 ms began at 960 and end at 1920.
    fn track(now: Instant) -> Track {
        let mut track = Track::new(6);
        track.take_audio(&packet(1, u16::MAX, 960), 160, now);
        track
    }

    #[test]
    fn tells_loss_from_pauses_and_both_from_what_is_late() {
        let now = Instant::now();
        assert_eq!(Track::new(6).step(&packet(1, 5, 5), now), Step::Starts);
        for (header, expected) in [
            (packet(1, 0, 1_920), Step::Follows),
            (packet(1, 1, 2_880), Step::Lost(160)),
            (packet(1, 5, 1_920 + 5 * 960), Step::Lost(800)),
            (packet(1, 6, 1_920 + 6 * 960), Step::Paused(960)),
            (packet(1, 0, 48_000), Step::Paused(7_680)),
            (packet(1, 0, 5), Step::Follows),
            (packet(1, 2, 1_920), Step::Follows),
            (packet(1, u16::MAX, 960), Step::Late),
            (packet(1, 60_000, 960), Step::Starts),
            (packet(1, 3_001, 2_880), Step::Starts),
            (packet(2, 0, 1_920), Step::Starts),
        ] {
            assert_eq!(track(now).step(&header, now), expected, "{header:?}");
        }
    }

    #[test]
    fn events_and_what_is_dropped_use_up_numbers_and_no_time() {
        let now = Instant::now();
        for take in [Track::take_event, Track::take_number] {
            let mut track = track(now);
            for sequence in 0..5 {
                assert_ne!(track.step(&packet(1, sequence, 1_920), now), Step::Late);
                assert_eq!(track.ahead(1_920), 0);
                take(&mut track, &packet(1, sequence, 1_920), now);
            }
            assert_eq!(track.step(&packet(1, 5, 1_920 + 5 * 960), now), Step::Paused(800));
            assert_eq!(track.step(&packet(1, 6, 1_920 + 5 * 960), now), Step::Paused(800), "what was lost among them was no audio");
            take(&mut track, &packet(1, 2, 1_920), now);
            assert_eq!(track.step(&packet(1, 5, 1_920), now), Step::Follows, "a late one changes nothing");
        }
        let mut first = Track::new(1);
        first.take_event(&packet(1, 9, 77), now);
        assert_eq!(first.step(&packet(1, 10, 77), now), Step::Follows);
        let mut nothing = Track::new(1);
        nothing.take_number(&packet(1, 9, 77), now);
        assert_eq!(nothing.step(&packet(1, 10, 77), now), Step::Starts);
    }

    /// The steps of packets of 20 ms at 8 kHz, one each so many milliseconds, whose timestamps go on by `units`.
    fn steps(units: u32, every_ms: u64, sequences: &[u16]) -> Vec<Step> {
        let (start, mut track) = (Instant::now(), Track::new(1));
        let step = |sequence: &u16| {
            let (header, at) =
                (packet(1, *sequence, units * u32::from(*sequence)), start + Duration::from_millis(every_ms * u64::from(*sequence)));
            let step = track.step(&header, at);
            track.take_audio(&header, 160, at);
            step
        };
        sequences.iter().map(step).collect()
    }

    #[test]
    fn a_clock_that_skips_with_every_packet_is_not_believed() {
        assert_eq!(
            steps(960, 20, &[0, 1, 2, 3, 5, 6]),
            [Step::Starts, Step::Paused(800), Step::Follows, Step::Follows, Step::Lost(160), Step::Follows]
        );
        assert_eq!(steps(320, 0, &[0, 1, 2, 3]), [Step::Starts, Step::Paused(160), Step::Follows, Step::Follows], "all at once");
        assert_eq!(steps(80, 20, &[0, 1, 2, 4]), [Step::Starts, Step::Follows, Step::Follows, Step::Follows]);
        assert_eq!(steps(0, 20, &[0, 1, 2]), [Step::Starts, Step::Follows, Step::Follows]);
    }

    #[test]
    fn pauses_that_take_their_time_are_believed_however_many() {
        let pause = Step::Paused(1_440);
        assert_eq!(steps(1_600, 200, &[0, 1, 2, 3]), [Step::Starts, pause, pause, pause]);
        assert_eq!(steps(1_600, 120, &[0, 1, 2, 3]), [Step::Starts, pause, pause, pause], "although the network shortened them");
    }
}

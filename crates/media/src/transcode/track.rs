//! Where a packet stands in the stream it came in: right behind the one before, behind lost ones, behind a pause, or too late.
//!
//! Counted in samples at 8 kHz, whatever the stream's own clock is.

use callport_relay::rtp::{Header, sequence_step, timestamp_step};

/// A jump in sequence numbers beyond this is a new start, not loss (RFC 3550 A.1, MAX_DROPOUT).
const MAX_SEQUENCE_JUMP: u16 = 3000;

/// Loss up to 100 ms is made up for. What stands in for longer ones would come when its time to be heard is over.
const MAX_MADE_UP: u32 = 800;

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

    pub(super) fn step(&self, header: &Header) -> Step {
        let Some(latest) = self.latest.filter(|latest| latest.ssrc == header.ssrc) else { return Step::Starts };
        let ahead = sequence_step(latest.next_sequence, header.sequence);
        if ahead.unsigned_abs() > MAX_SEQUENCE_JUMP {
            return Step::Starts;
        }
        if ahead < 0 {
            return Step::Late;
        }
        match u32::try_from(self.ahead(header.timestamp)) {
            Ok(0) | Err(_) => Step::Follows, // a clock that runs backwards tells nothing
            Ok(samples) if ahead > 0 && latest.was_audio && samples <= MAX_MADE_UP => Step::Lost(samples),
            Ok(samples) => Step::Paused(samples),
        }
    }

    /// How many samples a moment of the stream's clock is ahead of the end of its audio.
    pub(super) fn ahead(&self, timestamp: u32) -> i32 {
        self.latest.map_or(0, |latest| timestamp_step(latest.end, timestamp) / self.units.cast_signed())
    }

    /// A packet with so many samples was taken.
    pub(super) fn take_audio(&mut self, header: &Header, samples: usize) {
        let end = header.timestamp.wrapping_add(samples as u32 * self.units);
        self.take(header, end, true);
    }

    /// An event was taken. It does not move the end of the audio: its timestamp stands still while a key is held.
    pub(super) fn take_event(&mut self, header: &Header) {
        let end = match (self.step(header), self.latest) {
            (Step::Starts, _) | (_, None) => header.timestamp,
            (_, Some(latest)) => latest.end,
        };
        self.take(header, end, false);
    }

    fn take(&mut self, header: &Header, end: u32, was_audio: bool) {
        self.latest = Some(Latest { ssrc: header.ssrc, next_sequence: header.sequence.wrapping_add(1), end, was_audio });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 111, sequence, timestamp, ssrc }
    }

    /// A track behind packet 65535, whose 20 ms began at 960 and end at 1920.
    fn track() -> Track {
        let mut track = Track::new(6);
        track.take_audio(&packet(1, u16::MAX, 960), 160);
        track
    }

    #[test]
    fn tells_loss_from_pauses_and_both_from_what_is_late() {
        assert_eq!(Track::new(6).step(&packet(1, 5, 5)), Step::Starts);
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
            assert_eq!(track().step(&header), expected, "{header:?}");
        }
    }

    #[test]
    fn events_use_up_numbers_and_no_time() {
        let mut track = track();
        for sequence in 0..5 {
            assert_ne!(track.step(&packet(1, sequence, 1_920)), Step::Late);
            assert_eq!(track.ahead(1_920), 0);
            track.take_event(&packet(1, sequence, 1_920));
        }
        assert_eq!(track.step(&packet(1, 5, 1_920 + 5 * 960)), Step::Paused(800));
        assert_eq!(track.step(&packet(1, 6, 1_920 + 5 * 960)), Step::Paused(800), "what was lost among events was no audio");
        let mut first = Track::new(1);
        first.take_event(&packet(1, 9, 77));
        assert_eq!(first.step(&packet(1, 10, 77)), Step::Follows);
    }
}

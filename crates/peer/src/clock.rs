//! The beat of 20 ms: when the next frame is due, and what to do after having been late.

use std::time::{Duration, Instant};

use callport_audio::FRAME_MS;

const FRAME: Duration = Duration::from_millis(FRAME_MS);

/// Being late by less than this is made up for by sending the missed frames at once. Later than that (the machine slept)
/// the missed frames are skipped, because a burst of old sound helps nobody.
const CATCH_UP: Duration = Duration::from_millis(200);

/// A running beat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    next: Instant,
}

impl Beat {
    /// A beat whose first frame is due at `start`.
    pub(crate) fn starting(start: Instant) -> Self {
        Self { next: start }
    }

    /// When the next frame is due.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// If a frame is due: how many frames before it were skipped. Call again until it answers `None`.
    pub(crate) fn due(&mut self, now: Instant) -> Option<u32> {
        let late = now.checked_duration_since(self.next)?;
        let skipped = if late > CATCH_UP { (late.as_millis() / FRAME.as_millis()) as u32 } else { 0 };
        self.next += FRAME * (skipped + 1);
        Some(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn one_frame_every_twenty_milliseconds() {
        let start = Instant::now();
        let mut beat = Beat::starting(start);
        assert_eq!(beat.due(start), Some(0));
        assert_eq!(beat.due(start), None);
        assert_eq!(beat.due(start + ms(19)), None);
        assert_eq!(beat.next(), start + ms(20));
        assert_eq!(beat.due(start + ms(21)), Some(0));
        assert_eq!(beat.next(), start + ms(40), "lateness does not add up");
    }

    #[test]
    fn a_little_late_catches_up_and_very_late_skips() {
        let start = Instant::now();
        let mut beat = Beat::starting(start);
        let mut frames = 0;
        while beat.due(start + ms(100)).is_some() {
            frames += 1;
        }
        assert_eq!(frames, 6, "0, 20, … 100 ms");
        let mut beat = Beat::starting(start);
        assert_eq!(beat.due(start + ms(10_000)), Some(500));
        assert_eq!(beat.due(start + ms(10_000)), None);
        assert_eq!(beat.next(), start + ms(10_020));
    }
}

//! Things to say, one frame at a time.

use std::collections::VecDeque;

use crate::{Clip, FRAME_SAMPLES, Frame, SAMPLE_RATE, SILENT_FRAME, level::amplitude};

/// Something that produces sound in frames of 20 ms, as fast as it is asked.
pub trait Source: Send {
    /// The next 20 ms, or `None` once there is nothing left to say. A finished source stays finished.
    fn next_frame(&mut self) -> Option<Frame>;
}

impl Source for Box<dyn Source> {
    fn next_frame(&mut self) -> Option<Frame> {
        (**self).next_frame()
    }
}

/// Nothing, for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silence;

impl Source for Silence {
    fn next_frame(&mut self) -> Option<Frame> {
        Some(SILENT_FRAME)
    }
}

/// A steady sine, for ever.
#[derive(Debug, Clone)]
pub struct Tone {
    phase: f64,
    step: f64,
    amplitude: f64,
}

impl Tone {
    /// A sine at `hz` with an RMS level of `level_dbfs`.
    pub fn new(hz: f32, level_dbfs: f32) -> Self {
        Self {
            phase: 0.0,
            step: std::f64::consts::TAU * f64::from(hz) / f64::from(SAMPLE_RATE),
            amplitude: f64::from(amplitude(level_dbfs)),
        }
    }

    fn sample(&mut self) -> i16 {
        let sample = (self.amplitude * self.phase.sin()) as i16;
        self.phase = (self.phase + self.step) % std::f64::consts::TAU;
        sample
    }
}

impl Source for Tone {
    fn next_frame(&mut self) -> Option<Frame> {
        Some(std::array::from_fn(|_| self.sample()))
    }
}

/// Clips one after the other, without a gap between them. Ends with its last clip, filled up with silence to a whole frame.
#[derive(Debug, Clone, Default)]
pub struct Playlist {
    queue: VecDeque<Clip>,
    position: usize,
    again: Option<Clip>,
}

impl Playlist {
    /// Plays the clips in order, then ends.
    pub fn new(clips: impl IntoIterator<Item = Clip>) -> Self {
        Self { queue: clips.into_iter().collect(), position: 0, again: None }
    }

    /// Plays one clip over and over. An empty clip ends at once.
    pub fn looped(clip: Clip) -> Self {
        let again = (!clip.is_empty()).then(|| clip.clone());
        Self { queue: VecDeque::from([clip]), position: 0, again }
    }

    fn advance(&mut self) {
        self.queue.pop_front();
        self.position = 0;
        if self.queue.is_empty()
            && let Some(clip) = &self.again
        {
            self.queue.push_back(clip.clone());
        }
    }
}

impl Source for Playlist {
    fn next_frame(&mut self) -> Option<Frame> {
        let mut frame = SILENT_FRAME;
        let mut filled = 0;
        while filled < FRAME_SAMPLES {
            let Some(clip) = self.queue.front() else { break };
            let rest = &clip.samples()[self.position..];
            let taken = rest.len().min(FRAME_SAMPLES - filled);
            frame[filled..filled + taken].copy_from_slice(&rest[..taken]);
            filled += taken;
            if taken == rest.len() {
                self.advance();
            } else {
                self.position += taken;
            }
        }
        (filled > 0).then_some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut source: impl Source, at_most: usize) -> Vec<i16> {
        let mut out = Vec::new();
        for _ in 0..at_most {
            let Some(frame) = source.next_frame() else { break };
            out.extend_from_slice(&frame);
        }
        out
    }

    #[test]
    fn a_playlist_joins_its_clips_and_pads_the_end() {
        let list = Playlist::new([Clip::new(vec![1; 500]), Clip::new(vec![]), Clip::new(vec![2; 600])]);
        let heard = all(list, 10);
        assert_eq!(heard.len(), 2 * FRAME_SAMPLES);
        assert!(heard[..500].iter().all(|&s| s == 1));
        assert!(heard[500..1100].iter().all(|&s| s == 2));
        assert!(heard[1100..].iter().all(|&s| s == 0));
    }

    #[test]
    fn an_exact_frame_is_not_followed_by_an_empty_one() {
        assert_eq!(all(Playlist::new([Clip::new(vec![3; FRAME_SAMPLES])]), 10).len(), FRAME_SAMPLES);
        assert!(all(Playlist::new([]), 10).is_empty());
    }

    #[test]
    fn a_loop_never_ends_unless_it_is_empty() {
        assert_eq!(all(Playlist::looped(Clip::new(vec![5; 7])), 4), vec![5; 4 * FRAME_SAMPLES]);
        assert!(all(Playlist::looped(Clip::new(vec![])), 4).is_empty());
    }

    #[test]
    fn a_tone_is_continuous_from_frame_to_frame() {
        let samples = all(Tone::new(300.0, -10.0), 3);
        let biggest_step = samples.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max();
        // A sine of amplitude A moves at most A·2π·f/rate from one sample to the next.
        let limit = amplitude(-10.0) * std::f32::consts::TAU * 300.0 / 48_000.0 + 2.0;
        assert!(biggest_step.unwrap() as f32 <= limit);
    }
}

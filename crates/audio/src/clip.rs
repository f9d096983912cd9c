//! A piece of recorded or made sound, cheap to clone.

use std::sync::Arc;

use crate::{FRAME_SAMPLES, Frame, Source, ms_to_samples, samples_to_ms};

/// Mono samples at 48 kHz, shared between its clones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Clip {
    samples: Arc<[i16]>,
}

impl Clip {
    /// A clip of these 48 kHz mono samples.
    pub fn new(samples: impl Into<Arc<[i16]>>) -> Self {
        Self { samples: samples.into() }
    }

    /// A pause.
    pub fn silence(ms: u64) -> Self {
        Self::new(vec![0; ms_to_samples(ms)])
    }

    /// Everything a source says until it ends, or its first `frames` frames.
    pub fn of(source: &mut dyn Source, frames: usize) -> Self {
        let said: Vec<Frame> = std::iter::from_fn(|| source.next_frame()).take(frames).collect();
        let mut samples = Vec::with_capacity(said.len() * FRAME_SAMPLES);
        said.iter().for_each(|frame| samples.extend_from_slice(frame));
        Self::new(samples)
    }

    /// The samples.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// Its length in milliseconds, rounded down.
    pub fn duration_ms(&self) -> u64 {
        samples_to_ms(self.samples.len())
    }

    /// Whether it holds no sample at all.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clip({} ms)", self.duration_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Silence, Tone};

    #[test]
    fn a_clip_of_an_endless_source_is_bounded() {
        assert_eq!(Clip::of(&mut Silence, 5).duration_ms(), 100);
        assert_eq!(Clip::of(&mut Tone::new(440.0, -20.0), 1).samples().len(), FRAME_SAMPLES);
        assert!(Clip::of(&mut Silence, 0).is_empty());
    }

    #[test]
    fn a_pause_has_its_length() {
        assert_eq!(Clip::silence(250).duration_ms(), 250);
    }
}

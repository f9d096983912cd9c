//! Sound from one place to another inside a process: what an echo says is what it heard a moment ago.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{FRAME_SAMPLES, Frame, SILENT_FRAME, Source};

/// A pipe holds this many frames (1 s). When more is written the oldest are dropped: late sound is worse than a gap.
pub const PIPE_FRAMES: usize = 50;

/// A reader that ran dry waits for this many frames before it goes on, so that one late packet is not a click each time.
const PREFILL_FRAMES: usize = 2;

#[derive(Default)]
struct Shared {
    samples: VecDeque<i16>,
    flowing: bool,
}

/// Where sound goes in.
#[derive(Clone)]
pub struct PipeStart(Arc<Mutex<Shared>>);

/// Where it comes out: a source that never ends and is silent while the pipe is empty.
pub struct PipeEnd(Arc<Mutex<Shared>>);

/// A new, empty pipe.
pub fn pipe() -> (PipeStart, PipeEnd) {
    let shared = Arc::new(Mutex::new(Shared::default()));
    (PipeStart(shared.clone()), PipeEnd(shared))
}

impl PipeStart {
    /// Puts samples in, any number of them.
    pub fn write(&self, samples: &[i16]) {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.samples.extend(samples);
        let excess = shared.samples.len().saturating_sub(PIPE_FRAMES * FRAME_SAMPLES);
        shared.samples.drain(..excess);
    }
}

impl Source for PipeEnd {
    fn next_frame(&mut self) -> Option<Frame> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = if shared.flowing { 1 } else { PREFILL_FRAMES };
        shared.flowing = shared.samples.len() >= needed * FRAME_SAMPLES;
        if !shared.flowing {
            return Some(SILENT_FRAME);
        }
        let mut frame = SILENT_FRAME;
        frame.iter_mut().zip(shared.samples.drain(..FRAME_SAMPLES)).for_each(|(to, from)| *to = from);
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_two_frames_then_flows_until_dry() {
        let (start, mut end) = pipe();
        assert_eq!(end.next_frame(), Some(SILENT_FRAME));
        start.write(&[1; FRAME_SAMPLES]);
        assert_eq!(end.next_frame(), Some(SILENT_FRAME), "one frame is not enough to start");
        start.write(&[2; FRAME_SAMPLES]);
        assert_eq!(end.next_frame(), Some([1; FRAME_SAMPLES]));
        assert_eq!(end.next_frame(), Some([2; FRAME_SAMPLES]));
        assert_eq!(end.next_frame(), Some(SILENT_FRAME));
        start.write(&[3; FRAME_SAMPLES]);
        assert_eq!(end.next_frame(), Some(SILENT_FRAME), "dry means waiting for two again");
    }

    #[test]
    fn an_overfull_pipe_drops_the_oldest() {
        let (start, mut end) = pipe();
        for n in 0..=PIPE_FRAMES {
            start.write(&[n as i16; FRAME_SAMPLES]);
        }
        assert_eq!(end.next_frame(), Some([1; FRAME_SAMPLES]));
    }
}

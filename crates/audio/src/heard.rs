//! The verdict on a recording: was the other side heard, how loud, since when.

use crate::signature::loudest;
use crate::{FRAME_SAMPLES, SILENCE_DBFS, Signature, rms_dbfs, samples_to_ms};

/// Frames louder than this are sound to the ear of [`Heard::any_sound`]; codec noise lies far below.
const SOUND_ABOVE_DBFS: f32 = -50.0;

/// What was heard in a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Whether what was listened for is in it.
    pub found: bool,
    /// How often (a signature repeats once a second); for plain sound, the number of 20 ms frames with sound.
    pub times: usize,
    /// RMS level in dBFS of the loudest find; the floor of −100 when there is none.
    pub level_dbfs: f32,
    /// Milliseconds from the start of the recording to the first find.
    pub first_heard_at_ms: Option<u64>,
    /// Length of the recording in seconds.
    pub seconds: f32,
}

impl Heard {
    /// Listens for a signature.
    pub fn signature(recording: &[i16], signature: &Signature) -> Self {
        let occurrences = signature.find(recording);
        Self {
            found: !occurrences.is_empty(),
            times: occurrences.len(),
            level_dbfs: loudest(&occurrences),
            first_heard_at_ms: occurrences.first().map(|o| o.at_ms),
            seconds: seconds(recording),
        }
    }

    /// Listens for anything that is not silence.
    pub fn any_sound(recording: &[i16]) -> Self {
        let levels = recording.chunks(FRAME_SAMPLES).map(rms_dbfs);
        let loud: Vec<(usize, f32)> = levels.enumerate().filter(|(_, level)| *level > SOUND_ABOVE_DBFS).collect();
        Self {
            found: !loud.is_empty(),
            times: loud.len(),
            level_dbfs: loud.iter().map(|(_, level)| *level).fold(SILENCE_DBFS, f32::max),
            first_heard_at_ms: loud.first().map(|(frame, _)| samples_to_ms(frame * FRAME_SAMPLES)),
            seconds: seconds(recording),
        }
    }
}

fn seconds(recording: &[i16]) -> f32 {
    recording.len() as f32 / crate::SAMPLE_RATE as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clip, ms_to_samples};

    #[test]
    fn reports_a_signature_with_its_place_and_level() {
        let mut recording = vec![0; ms_to_samples(300)];
        recording.extend_from_slice(Signature::USER.period().samples());
        recording.extend_from_slice(Signature::USER.period().samples());
        let heard = Heard::signature(&recording, &Signature::USER);
        assert!(heard.found);
        assert_eq!(heard.times, 2);
        assert!(heard.first_heard_at_ms.unwrap().abs_diff(300) <= 2);
        assert!((heard.level_dbfs + 16.0).abs() < 1.0);
        assert!((heard.seconds - 2.3).abs() < 0.001);
    }

    #[test]
    fn silence_is_heard_as_nothing() {
        let silence = Clip::silence(2_000);
        for heard in [Heard::signature(silence.samples(), &Signature::USER), Heard::any_sound(silence.samples())] {
            assert!(!heard.found);
            assert_eq!(heard.first_heard_at_ms, None);
            assert_eq!(heard.level_dbfs, SILENCE_DBFS);
            assert_eq!(heard.seconds, 2.0);
        }
    }

    #[test]
    fn any_sound_is_placed_to_its_frame() {
        let mut recording = vec![0; ms_to_samples(400)];
        recording.extend_from_slice(&[2000; 4800]);
        let heard = Heard::any_sound(&recording);
        assert_eq!((heard.found, heard.times, heard.first_heard_at_ms), (true, 5, Some(400)));
    }
}

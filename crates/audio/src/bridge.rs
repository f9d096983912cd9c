//! Bridging lost pieces of 8 kHz sound that has no codec of its own to do it: what was heard last is repeated, pitch by pitch, and
//! fades away (the idea of ITU-T G.711 Appendix I; the blending is simpler).

/// What is remembered: the longest pitch and the window in which it is looked for, 35 ms.
const HISTORY: usize = LONGEST + WINDOW;
/// Pitches looked for: 5 to 15 ms, that is 66 to 200 Hz.
const SHORTEST: usize = 40;
const LONGEST: usize = 120;
/// Compared when looking for the pitch: 20 ms.
const WINDOW: usize = 160;
/// A gap sounds on at full level for 10 ms and is silent after 60 ms.
const STEADY: usize = 80;
const FADED: usize = 480;
/// What really comes after a gap is blended in over 4 ms.
const BLENDED: usize = 32;

/// Fills the gaps of one stream.
pub struct Bridge {
    history: [i16; HISTORY],
    gap: Option<Gap>,
}

#[derive(Clone, Copy)]
struct Gap {
    pitch: usize,
    /// Samples made so far.
    made: usize,
}

impl Default for Bridge {
    /// Remembers silence.
    fn default() -> Self {
        Bridge { history: [0; HISTORY], gap: None }
    }
}

impl Bridge {
    /// Takes in what was heard. Right after a gap its first samples are blended with the end of that.
    pub fn hear(&mut self, samples: &mut [i16]) {
        if self.gap.is_some() {
            let blended = samples.len().min(BLENDED);
            for (index, sample) in samples[..blended].iter_mut().enumerate() {
                let (real, made) = (index as i32, (BLENDED - index) as i32);
                let guess = i32::from(self.next_guess());
                *sample = ((i32::from(*sample) * real + guess * made) / BLENDED as i32) as i16;
            }
            self.gap = None;
        }
        let kept = samples.len().min(HISTORY);
        self.history.copy_within(kept.., 0);
        self.history[HISTORY - kept..].copy_from_slice(&samples[samples.len() - kept..]);
    }

    /// Makes up for samples that never came.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            *sample = self.next_guess();
        }
    }

    fn next_guess(&mut self) -> i16 {
        let Gap { pitch, made } = *self.gap.get_or_insert_with(|| Gap { pitch: pitch_of(&self.history), made: 0 });
        self.gap = Some(Gap { pitch, made: made.saturating_add(1) });
        let sample = self.history[HISTORY - pitch + made % pitch];
        let left = FADED.saturating_sub(made).min(FADED - STEADY);
        (i64::from(sample) * left as i64 / (FADED - STEADY) as i64) as i16
    }
}

/// The distance at which the end of `history` resembles what was before it most.
fn pitch_of(history: &[i16; HISTORY]) -> usize {
    let end = &history[LONGEST..];
    let likeness = |pitch: &usize| {
        let before = &history[LONGEST - pitch..HISTORY - pitch];
        let (mut product, mut energy) = (0i64, 1i64);
        for (a, b) in end.iter().zip(before) {
            product += i64::from(*a) * i64::from(*b);
            energy += i64::from(*b) * i64::from(*b);
        }
        product.max(0) as f64 / (energy as f64).sqrt()
    };
    (SHORTEST..=LONGEST).max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NARROWBAND_RATE, rms_dbfs, tone_share};

    fn tone(hz: f64, from: usize, samples: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * hz / f64::from(NARROWBAND_RATE);
        (from..from + samples).map(|index| ((index as f64 * step).sin() * 8_000.0) as i16).collect()
    }

    #[test]
    fn a_tone_goes_on_through_a_short_gap_without_a_jump() {
        let mut bridge = Bridge::default();
        let mut sound = tone(160.0, 0, 800);
        bridge.hear(&mut sound);
        let mut gap = [0; 160];
        bridge.fill(&mut gap);
        let mut after = tone(160.0, 960, 320);
        bridge.hear(&mut after);
        sound.extend(gap);
        sound.extend(after);
        let steepest = |samples: &[i16]| samples.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap();
        assert!(steepest(&sound[700..]) < 2 * steepest(&sound[..700]), "no click");
        assert!(tone_share(&sound, 160.0, NARROWBAND_RATE) > 0.9);
        assert!(rms_dbfs(&gap[..80]) > rms_dbfs(&sound[..800]) - 1.0);
    }

    #[test]
    fn a_long_gap_fades_into_silence() {
        let mut bridge = Bridge::default();
        bridge.hear(&mut tone(300.0, 0, 800));
        let mut gap = [0; 800];
        bridge.fill(&mut gap);
        assert!(rms_dbfs(&gap[80..160]) > rms_dbfs(&gap[320..400]) && rms_dbfs(&gap[320..400]) > -60.0);
        assert!(gap[FADED..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn nothing_heard_is_nothing_made_up() {
        let mut gap = [1; 200];
        Bridge::default().fill(&mut gap);
        assert_eq!(gap, [0; 200]);
    }

    #[test]
    fn pieces_of_any_length_are_remembered_in_order() {
        let (mut whole, mut pieces) = (Bridge::default(), Bridge::default());
        let mut sound = tone(222.0, 0, 1_000);
        whole.hear(&mut sound.clone());
        for piece in sound.chunks_mut(7) {
            pieces.hear(piece);
        }
        assert_eq!(whole.history, pieces.history);
    }
}

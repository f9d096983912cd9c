//! How much of a sound is one frequency (the Goertzel recurrence: one bin of a Fourier transform without the rest).

use crate::SAMPLE_RATE;
use crate::level::power_dbfs;

/// Mean square of the component at `hz`, in squared sample units: for a pure sine its whole mean square.
fn tone_power(samples: &[i16], hz: f32, rate: u32) -> f64 {
    let n = samples.len();
    if n == 0 {
        return 0.0;
    }
    let omega = std::f64::consts::TAU * f64::from(hz) / f64::from(rate);
    let coefficient = 2.0 * omega.cos();
    let (mut s1, mut s2) = (0.0f64, 0.0f64);
    for &sample in samples {
        let s0 = f64::from(sample) + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    let magnitude_squared = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    // |X|² of a sine of amplitude A is (A·n/2)²; its mean square is A²/2.
    2.0 * magnitude_squared / (n as f64 * n as f64)
}

/// The share (0 to 1) of the energy of `samples`, taken at `rate`, that lies at `hz`. Silence has no share of anything.
pub fn tone_share(samples: &[i16], hz: f32, rate: u32) -> f32 {
    let total: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    if total == 0.0 {
        return 0.0;
    }
    let share = tone_power(samples, hz, rate) * samples.len() as f64 / total;
    share.clamp(0.0, 1.0) as f32
}

/// The level in dBFS of the component at `hz` of 48 kHz samples.
pub fn tone_level_dbfs(samples: &[i16], hz: f32) -> f32 {
    power_dbfs(tone_power(samples, hz, SAMPLE_RATE) / (32_768.0 * 32_768.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, Tone};

    #[test]
    fn finds_its_own_tone_and_no_other() {
        let frame = Tone::new(1000.0, -20.0).next_frame().unwrap();
        assert!(tone_share(&frame, 1000.0, SAMPLE_RATE) > 0.99);
        assert!(tone_share(&frame, 1200.0, SAMPLE_RATE) < 0.01);
        assert!((tone_level_dbfs(&frame, 1000.0) + 20.0).abs() < 0.2);
        assert!(tone_level_dbfs(&frame, 1200.0) < -45.0);
    }

    #[test]
    fn nothing_has_no_tone() {
        assert_eq!(tone_share(&[], 1000.0, SAMPLE_RATE), 0.0);
        assert_eq!(tone_share(&[0; 960], 1000.0, SAMPLE_RATE), 0.0);
        assert_eq!(tone_level_dbfs(&[0; 960], 1000.0), crate::SILENCE_DBFS);
    }
}

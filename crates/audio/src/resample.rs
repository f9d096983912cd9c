//! Any sample rate to 48 kHz by windowed-sinc interpolation. Made for prompts and test files, a few seconds at a time;
//! nothing on the packet path needs it.

use crate::SAMPLE_RATE;

/// Zero crossings of the sinc kept on each side: about 60 dB of stop-band, inaudible in telephone speech.
const HALF_WIDTH: f64 = 16.0;

/// `samples` (any scale) taken at `rate`, at 48 kHz.
pub(crate) fn to_48k(samples: &[f32], rate: u32) -> Vec<f32> {
    if rate == SAMPLE_RATE || samples.is_empty() {
        return samples.to_vec();
    }
    let step = f64::from(rate) / f64::from(SAMPLE_RATE);
    // Going down, everything above the new Nyquist frequency has to go.
    let cutoff = (1.0 / step).min(1.0);
    let reach = HALF_WIDTH / cutoff;
    let length = (samples.len() as f64 / step).floor() as usize;
    (0..length).map(|n| interpolate(samples, n as f64 * step, cutoff, reach)).collect()
}

/// The band-limited value at the fractional position `at`.
fn interpolate(samples: &[f32], at: f64, cutoff: f64, reach: f64) -> f32 {
    let first = (at - reach).ceil().max(0.0) as usize;
    let last = ((at + reach).floor() as usize).min(samples.len() - 1);
    let mut sum = 0.0;
    for (n, &sample) in samples.iter().enumerate().take(last + 1).skip(first) {
        let x = at - n as f64;
        sum += f64::from(sample) * cutoff * sinc(cutoff * x) * hann(x / reach);
    }
    sum as f32
}

fn sinc(x: f64) -> f64 {
    let y = std::f64::consts::PI * x;
    if y.abs() < 1e-9 { 1.0 } else { y.sin() / y }
}

/// 1 in the middle, 0 at ±1.
fn hann(x: f64) -> f64 {
    0.5 * (1.0 + (std::f64::consts::PI * x).cos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tone_level_dbfs, tone_share};

    fn sine(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        let samples = (rate as f32 * seconds) as usize;
        (0..samples).map(|n| 8000.0 * (std::f32::consts::TAU * hz * n as f32 / rate as f32).sin()).collect()
    }

    fn to_i16(samples: &[f32]) -> Vec<i16> {
        samples.iter().map(|&s| s as i16).collect()
    }

    #[test]
    fn a_tone_keeps_pitch_level_and_length_from_every_rate() {
        for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000] {
            let out = to_i16(&to_48k(&sine(1000.0, rate, 0.4), rate));
            assert!(out.len().abs_diff(19_200) <= 1, "{rate}: {} samples", out.len());
            let middle = &out[4_800..14_400];
            assert!(tone_share(middle, 1000.0, SAMPLE_RATE) > 0.99, "{rate}");
            assert!((tone_level_dbfs(middle, 1000.0) + 15.26).abs() < 0.3, "{rate}");
        }
    }

    #[test]
    fn what_cannot_be_carried_is_removed() {
        let out = to_i16(&to_48k(&sine(30_000.0, 96_000, 0.2), 96_000));
        assert!(crate::rms_dbfs(&out[1_000..8_000]) < -60.0, "no alias at 18 kHz");
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(to_48k(&[], 8_000).is_empty());
    }
}

//! How loud: RMS levels in decibels relative to full scale.

/// The level reported for digital silence, where the logarithm has no answer. Also the floor of every level.
pub const SILENCE_DBFS: f32 = -100.0;

/// Full scale of a 16-bit sample.
const FULL_SCALE: f64 = 32_768.0;

/// RMS level of the samples in dBFS, never below [`SILENCE_DBFS`].
pub fn rms_dbfs(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBFS;
    }
    let energy: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    power_dbfs(energy / samples.len() as f64 / (FULL_SCALE * FULL_SCALE))
}

/// A mean square (1.0 = full scale) as dBFS.
pub(crate) fn power_dbfs(mean_square: f64) -> f32 {
    ((10.0 * mean_square.log10()) as f32).max(SILENCE_DBFS)
}

/// Peak amplitude (0 to 32767) of a sine whose RMS level is `dbfs`; levels above −3 dBFS are held at full scale.
pub fn amplitude(dbfs: f32) -> f32 {
    let rms = FULL_SCALE as f32 * 10f32.powf(dbfs / 20.0);
    (rms * std::f32::consts::SQRT_2).min(f32::from(i16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_levels() {
        assert_eq!(rms_dbfs(&[]), SILENCE_DBFS);
        assert_eq!(rms_dbfs(&[0; 100]), SILENCE_DBFS);
        assert!(rms_dbfs(&[i16::MIN; 100]).abs() < 0.001);
        assert!((rms_dbfs(&[i16::MAX / 2; 100]) + 6.02).abs() < 0.01);
    }

    #[test]
    fn a_sine_has_the_level_it_was_asked_for() {
        for dbfs in [-40.0f32, -20.0, -6.0] {
            let a = amplitude(dbfs);
            let sine: Vec<i16> = (0..4800).map(|n| (a * (n as f32 * 0.1309).sin()) as i16).collect();
            assert!((rms_dbfs(&sine) - dbfs).abs() < 0.1, "{dbfs} came out as {}", rms_dbfs(&sine));
        }
        assert!(amplitude(0.0) <= 32767.0);
    }
}

//! An estimate of how a call sounds: the E-model (ITU-T G.107) with everything left out that a relay
//! cannot know. A number to compare calls by, not a measurement.

use std::time::Duration;

/// R of a clean call with the model's defaults.
const CLEAN: f32 = 93.2;
/// Equipment impairment and robustness of Opus at 20 kbit/s with in-band FEC, as commonly assumed.
const CODEC_IMPAIRMENT: f32 = 5.0;
const LOSS_ROBUSTNESS: f32 = 20.0;
/// One way beyond the relay: encoder and jitter buffer.
const ENDPOINT_DELAY_MS: f32 = 60.0;

/// Mean opinion score, 1.0 to 4.5, from loss (0 to 1), jitter and round trip.
pub(crate) fn mean_opinion_score(loss: f32, jitter: Duration, round_trip: Option<Duration>) -> f32 {
    let network = round_trip.unwrap_or(Duration::ZERO) / 2 + 2 * jitter;
    let delay_ms = network.as_secs_f32() * 1000.0 + ENDPOINT_DELAY_MS;
    let delay_impairment = 0.024 * delay_ms + 0.11 * (delay_ms - 177.3).max(0.0);
    let loss_percent = 100.0 * loss.clamp(0.0, 1.0);
    let loss_impairment = CODEC_IMPAIRMENT + (95.0 - CODEC_IMPAIRMENT) * loss_percent / (loss_percent + LOSS_ROBUSTNESS);
    let r = (CLEAN - delay_impairment - loss_impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_networks_score_worse() {
        let ms = Duration::from_millis;
        let clean = mean_opinion_score(0.0, ms(1), Some(ms(20)));
        let lossy = mean_opinion_score(0.05, ms(1), Some(ms(20)));
        let slow = mean_opinion_score(0.0, ms(1), Some(ms(800)));
        let hopeless = mean_opinion_score(0.9, ms(500), Some(ms(3000)));
        assert!((4.2..4.5).contains(&clean), "{clean}");
        assert!((3.0..4.0).contains(&lossy), "{lossy}");
        assert!(slow < 3.5, "{slow}");
        assert_eq!(hopeless, 1.0);
    }
}

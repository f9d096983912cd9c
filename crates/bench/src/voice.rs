//! What ends say whose audio is really turned into another codec: something like speech, because what encoding costs depends on what is said.
//!
//! Businesses say a made voice in G.711. Phones say what the platform made of it: they have no encoder, so a phone learns the first packets of
//! Opus that it hears, and all phones say those over and over.

/// Samples in a packet: 20 ms at 8 kHz.
pub(crate) const SAMPLES: usize = 160;

/// Packets of the made voice before it begins anew: two seconds, which are not a multiple of any of its rhythms.
const PACKETS: usize = 100;

/// Packets of Opus that are learned.
const LEARNED: usize = 100;

/// Opus packets that phones say.
#[derive(Default)]
pub(crate) struct Learned(Vec<Vec<u8>>);

impl Learned {
    /// Learns one more, as long as there is room.
    pub(crate) fn learn(&mut self, payload: &[u8]) {
        if self.0.len() < LEARNED {
            self.0.push(payload.to_vec());
        }
    }

    /// Whether there is enough to talk with.
    pub(crate) fn is_enough(&self) -> bool {
        self.0.len() >= LEARNED
    }

    /// The packet of that number.
    pub(crate) fn packet(&self, number: usize) -> Option<&[u8]> {
        self.0.get(number % self.0.len().max(1)).map(Vec::as_slice)
    }
}

/// Two seconds of a made voice in PCMU: a hum of 120 Hz with overtones, that rises and falls four times a second and pauses now and then.
pub(crate) fn made_voice() -> Vec<[u8; SAMPLES]> {
    const RATE: f64 = 8_000.0;
    let sample = |index: usize| {
        let seconds = index as f64 / RATE;
        let syllable = (std::f64::consts::TAU * 4.0 * seconds).sin().max(0.0);
        let pitch = 120.0 + 25.0 * (std::f64::consts::TAU * 0.7 * seconds).sin();
        let overtones = (1..=12).map(|overtone| {
            let of = f64::from(overtone);
            // Two formants, around 600 and 1,400 Hz.
            let formant = (-((of * pitch - 600.0) / 250.0).powi(2)).exp() + 0.6 * (-((of * pitch - 1_400.0) / 300.0).powi(2)).exp();
            (0.05 + formant) * (std::f64::consts::TAU * of * pitch * seconds).sin()
        });
        (6_000.0 * syllable * overtones.sum::<f64>()).clamp(-32_000.0, 32_000.0) as i16
    };
    (0..PACKETS).map(|packet| std::array::from_fn(|index| mu_law(sample(packet * SAMPLES + index)))).collect()
}

/// One sample in µ-law (ITU-T G.711).
fn mu_law(sample: i16) -> u8 {
    const BIAS: i32 = 0x84;
    const MOST: i32 = 32_635;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MOST) + BIAS;
    let segment = (magnitude >> 7).ilog2();
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment as u8) << 4 | step as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_written_as_the_standard_has_them() {
        for (sample, octet) in [(0, 0xff), (-1, 0x7f), (32_767, 0x80), (-32_768, 0x00), (1_000, 0xce), (-1_000, 0x4e)] {
            assert_eq!(mu_law(sample), octet, "{sample}");
        }
    }

    #[test]
    fn the_voice_is_neither_silence_nor_one_note() {
        let voice = made_voice();
        let different: std::collections::HashSet<_> = voice.iter().collect();
        assert!(voice.len() == PACKETS && different.len() > PACKETS / 2, "{}", different.len());
        assert!(voice.iter().any(|packet| packet.iter().all(|octet| *octet == 0xff)), "it pauses");
    }

    #[test]
    fn phones_say_what_was_learned_over_and_over() {
        let mut learned = Learned::default();
        assert_eq!(learned.packet(3), None);
        (0..=LEARNED as u8).for_each(|number| learned.learn(&[number]));
        assert!(learned.is_enough());
        assert_eq!((learned.packet(0), learned.packet(LEARNED + 1)), (Some(&[0][..]), Some(&[1][..])));
    }
}

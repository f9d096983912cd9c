//! A known signal that proves who heard whom: eight short tones in a fixed order, said again every second.
//!
//! Two signatures exist, one for each side of a call, so that hearing one's own echo is not taken for hearing the other. The
//! tones lie in the telephone band and change every 60 ms: Opus at 20 kbit/s, G.711 and a browser's noise suppression let them
//! through, and speech, dialling tones and steady hum do not look like them.
//!
//! Finding works on the sound brought down to 8 kHz. Every 10 ms the share of each tone is taken; an occurrence is a place
//! where all eight slots in a row hold mostly their own tone. Its exact place is then the shift, to the millisecond, at which the
//! eight tones together are strongest.

use crate::level::rms_dbfs;
use crate::{Clip, Playlist, SAMPLE_RATE, SILENCE_DBFS, Source, Tone, ms_to_samples, tone_share};

/// How many tones a signature has.
const SLOTS: usize = 8;

/// How long each lasts.
const SLOT_MS: u64 = 60;

/// From the start of one occurrence to the start of the next when it is repeated.
const PERIOD_MS: u64 = 1_000;

/// RMS level of a signature while it sounds: loud enough for any codec, with room below full scale.
const LEVEL_DBFS: f32 = -16.0;

/// The rate at which it is looked for. The highest tone lies well below half of it.
const SEARCH_RATE: u32 = 8_000;
const DECIMATION: usize = (SAMPLE_RATE / SEARCH_RATE) as usize;

/// Step of the first search.
const HOP_MS: usize = 10;
const HOP: usize = HOP_MS * SEARCH_RATE as usize / 1000;
const SLOT: usize = SLOT_MS as usize * SEARCH_RATE as usize / 1000;
const HOPS_PER_SLOT: usize = SLOT / HOP;

/// The first search listens to the middle 40 ms of each slot, so that being half a step off costs nothing.
const WINDOW: usize = SLOT - 2 * HOP;

/// The mean share of the right tone over all slots that counts as an occurrence, and the share below which a slot is a miss.
const NEEDED_MEAN_SHARE: f32 = 0.55;
const SLOT_MISSED_BELOW: f32 = 0.3;

/// Lost packets may spoil so many slots of one occurrence.
const MISSED_SLOTS_ALLOWED: usize = 2;

/// Windows quieter than this are not listened to: nothing that quiet is a voice.
const DEAF_BELOW_DBFS: f32 = -60.0;

/// A recognisable sequence of tones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signature {
    tones_hz: [f32; SLOTS],
}

/// One place where a signature was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occurrence {
    /// Where it begins, in milliseconds from the start of the recording.
    pub at_ms: u64,
    /// Its RMS level there, in dBFS.
    pub level_dbfs: f32,
    /// How much of the sound there is the signature (0 to 1, mean over its tones).
    pub purity: f32,
}

impl Signature {
    /// What the business side says.
    pub const BUSINESS: Self = Self { tones_hz: [620.0, 1130.0, 850.0, 1640.0, 1370.0, 740.0, 1930.0, 990.0] };

    /// What the user's side says.
    pub const USER: Self = Self { tones_hz: [1250.0, 680.0, 1790.0, 920.0, 1480.0, 1060.0, 2100.0, 800.0] };

    /// From one occurrence to the next when it is repeated, in milliseconds.
    pub const PERIOD_MS: u64 = PERIOD_MS;

    /// One occurrence, without the pause after it.
    pub fn clip(&self) -> Clip {
        let samples: Vec<i16> = self.tones_hz.iter().flat_map(|&hz| slot(hz)).collect();
        Clip::new(samples)
    }

    /// One occurrence and the pause that follows: one period (1 s).
    pub fn period(&self) -> Clip {
        let mut samples = self.clip().samples().to_vec();
        samples.resize(ms_to_samples(PERIOD_MS), 0);
        Clip::new(samples)
    }

    /// Says the signature once a second, for ever.
    pub fn source(&self) -> impl Source + Clone + use<> {
        Playlist::looped(self.period())
    }

    /// Everywhere the signature is in 48 kHz samples, in order.
    pub fn find(&self, samples: &[i16]) -> Vec<Occurrence> {
        let low = decimate(samples);
        let shares = self.shares(&low);
        let mut found = Vec::new();
        let mut hop = 0;
        while let Some(score) = self.score(&shares, hop) {
            if !score.counts() {
                hop += 1;
                continue;
            }
            let best = self.best_near(&shares, hop);
            found.push(self.measure(samples, &low, best));
            hop = best + SLOTS * HOPS_PER_SLOT;
        }
        found
    }

    /// For every hop, the share of each tone in the window that begins one hop later.
    fn shares(&self, low: &[i16]) -> Vec<[f32; SLOTS]> {
        let hops = (low.len() + HOP).saturating_sub(SLOT) / HOP;
        (0..hops)
            .map(|hop| {
                let window = &low[(hop + 1) * HOP..(hop + 1) * HOP + WINDOW];
                if rms_dbfs(window) < DEAF_BELOW_DBFS {
                    return [0.0; SLOTS];
                }
                self.tones_hz.map(|hz| tone_share(window, hz, SEARCH_RATE))
            })
            .collect()
    }

    /// How well the signature fits if it starts at `hop`, or `None` past the end.
    fn score(&self, shares: &[[f32; SLOTS]], hop: usize) -> Option<Score> {
        let last = hop + (SLOTS - 1) * HOPS_PER_SLOT;
        if last >= shares.len() {
            return None;
        }
        let mut score = Score { mean: 0.0, missed: 0 };
        for slot in 0..SLOTS {
            let share = shares[hop + slot * HOPS_PER_SLOT][slot];
            score.mean += share / SLOTS as f32;
            score.missed += usize::from(share < SLOT_MISSED_BELOW);
        }
        Some(score)
    }

    /// The best-fitting hop within one slot after the first that fits.
    fn best_near(&self, shares: &[[f32; SLOTS]], first: usize) -> usize {
        let mut best = (first, 0.0);
        for hop in first..first + HOPS_PER_SLOT {
            if let Some(score) = self.score(shares, hop)
                && score.mean > best.1
            {
                best = (hop, score.mean);
            }
        }
        best.0
    }

    /// Finds the exact start near `hop` and measures level and purity there.
    fn measure(&self, samples: &[i16], low: &[i16], hop: usize) -> Occurrence {
        let millisecond = SEARCH_RATE as usize / 1000;
        let earliest = (hop * HOP).saturating_sub(2 * HOP);
        let latest = (hop * HOP + 2 * HOP).min(low.len().saturating_sub(SLOTS * SLOT));
        let mut best = (hop * HOP, -1.0f64);
        for start in (earliest..=latest).step_by(millisecond) {
            let strength = self.strength(low, start);
            if strength > best.1 {
                best = (start, strength);
            }
        }
        let from = best.0 * DECIMATION;
        let to = (from + SLOTS * SLOT * DECIMATION).min(samples.len());
        let purity = self.slots(low, best.0).map(|(hz, slot)| tone_share(slot, hz, SEARCH_RATE)).sum::<f32>();
        Occurrence { at_ms: (best.0 / millisecond) as u64, level_dbfs: rms_dbfs(&samples[from.min(to)..to]), purity: purity / SLOTS as f32 }
    }

    /// The energy of the right tones in their slots if the signature starts at `start`.
    fn strength(&self, low: &[i16], start: usize) -> f64 {
        self.slots(low, start)
            .map(|(hz, slot)| {
                let energy: f64 = slot.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
                energy * f64::from(tone_share(slot, hz, SEARCH_RATE))
            })
            .sum()
    }

    fn slots<'a>(&self, low: &'a [i16], start: usize) -> impl Iterator<Item = (f32, &'a [i16])> + use<'a> {
        let slot = move |n: usize| low.get(start + n * SLOT..(start + (n + 1) * SLOT).min(low.len())).unwrap_or(&[]);
        self.tones_hz.into_iter().enumerate().map(move |(n, hz)| (hz, slot(n)))
    }
}

/// How well a signature fits at one place.
struct Score {
    mean: f32,
    missed: usize,
}

impl Score {
    fn counts(&self) -> bool {
        self.mean >= NEEDED_MEAN_SHARE && self.missed <= MISSED_SLOTS_ALLOWED
    }
}

/// One tone of a signature, with soft edges (2.5 ms) so that it does not click.
fn slot(hz: f32) -> Vec<i16> {
    let length = ms_to_samples(SLOT_MS);
    let ramp = SAMPLE_RATE as usize / 400;
    let mut tone = Tone::new(hz, LEVEL_DBFS);
    let samples = std::iter::from_fn(|| tone.next_frame()).flatten().take(length);
    samples
        .enumerate()
        .map(|(n, sample)| {
            let edge = n.min(length - 1 - n).min(ramp) as f32 / ramp as f32;
            (f32::from(sample) * edge) as i16
        })
        .collect()
}

/// Down to 8 kHz by averaging: crude, but what it lets alias is far weaker than what is looked for.
fn decimate(samples: &[i16]) -> Vec<i16> {
    samples.chunks_exact(DECIMATION).map(|chunk| (chunk.iter().map(|&s| i32::from(s)).sum::<i32>() / DECIMATION as i32) as i16).collect()
}

/// The level of the loudest occurrence, or the floor when there is none.
pub(crate) fn loudest(occurrences: &[Occurrence]) -> f32 {
    occurrences.iter().map(|o| o.level_dbfs).fold(SILENCE_DBFS, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FRAME_SAMPLES, VoiceDecoder, VoiceEncoder};

    /// `seconds` of the signature after `lead_ms` of silence.
    fn recording(signature: Signature, lead_ms: u64, seconds: usize) -> Vec<i16> {
        let mut samples = vec![0; ms_to_samples(lead_ms)];
        samples.extend_from_slice(Clip::of(&mut signature.source(), 50 * seconds).samples());
        samples
    }

    fn through_opus(samples: &[i16], lost: impl Fn(usize) -> bool) -> Vec<i16> {
        let (mut encoder, mut decoder) = (VoiceEncoder::new().unwrap(), VoiceDecoder::new().unwrap());
        let mut heard = Vec::new();
        for (n, chunk) in samples.chunks_exact(FRAME_SAMPLES).enumerate() {
            let packet = encoder.encode(chunk.try_into().unwrap()).unwrap();
            let frame = if lost(n) { decoder.conceal() } else { decoder.decode(&packet) };
            heard.extend_from_slice(frame.unwrap());
        }
        heard
    }

    /// Deterministic noise (a linear congruential generator).
    fn noise(samples: usize, peak: i32) -> Vec<i16> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) as i32 % (2 * peak) - peak) as i16
        };
        (0..samples).map(|_| next()).collect()
    }

    #[test]
    fn finds_itself_where_it_was_put() {
        for lead in [0, 7, 130, 555] {
            let found = Signature::BUSINESS.find(&recording(Signature::BUSINESS, lead, 3));
            let places: Vec<u64> = found.iter().map(|o| o.at_ms).collect();
            assert_eq!(places.len(), 3, "lead {lead}: {found:?}");
            for (n, at) in places.iter().enumerate() {
                assert!(at.abs_diff(lead + n as u64 * 1000) <= 2, "lead {lead}: {places:?}");
            }
            assert!(found.iter().all(|o| (o.level_dbfs + 16.0).abs() < 1.0 && o.purity > 0.8), "{found:?}");
        }
    }

    #[test]
    fn the_two_sides_are_not_mistaken_for_each_other() {
        assert!(Signature::USER.find(&recording(Signature::BUSINESS, 40, 3)).is_empty());
        assert!(Signature::BUSINESS.find(&recording(Signature::USER, 40, 3)).is_empty());
    }

    #[test]
    fn survives_opus_and_its_place_stays_within_a_few_milliseconds_of_the_codec_delay() {
        let heard = through_opus(&recording(Signature::USER, 200, 4), |_| false);
        let found = Signature::USER.find(&heard);
        assert_eq!(found.len(), 4, "{found:?}");
        for (n, occurrence) in found.iter().enumerate() {
            let late = occurrence.at_ms as i64 - (200 + 1000 * n as i64);
            assert!((0..=20).contains(&late), "{found:?}");
        }
    }

    #[test]
    fn survives_one_packet_lost_in_ten() {
        let heard = through_opus(&recording(Signature::BUSINESS, 60, 5), |n| n % 10 == 9);
        assert!(Signature::BUSINESS.find(&heard).len() >= 4);
    }

    #[test]
    fn survives_noise_well_below_it() {
        let mut heard = recording(Signature::USER, 100, 2);
        let hiss = noise(heard.len(), 2000);
        heard.iter_mut().zip(hiss).for_each(|(s, n)| *s = s.saturating_add(n));
        assert_eq!(Signature::USER.find(&heard).len(), 2);
    }

    #[test]
    fn is_heard_at_a_whisper() {
        let quiet: Vec<i16> = recording(Signature::USER, 0, 2).iter().map(|s| s / 64).collect();
        let found = Signature::USER.find(&quiet);
        assert_eq!(found.len(), 2);
        assert!((found[0].level_dbfs + 52.0).abs() < 1.5, "{found:?}");
    }

    #[test]
    fn other_sounds_are_not_it() {
        let hiss = noise(48_000 * 3, 9000);
        assert!(Signature::USER.find(&hiss).is_empty());
        let hum = Clip::of(&mut Tone::new(1130.0, -10.0), 150);
        assert!(Signature::BUSINESS.find(hum.samples()).is_empty());
        let backwards: Vec<i16> = recording(Signature::USER, 0, 3).into_iter().rev().collect();
        assert!(Signature::USER.find(&backwards).is_empty());
    }

    #[test]
    fn recordings_of_every_short_length_are_looked_at_without_harm() {
        let whole = recording(Signature::USER, 0, 1);
        for length in (0..26_000).step_by(331) {
            let found = Signature::USER.find(&whole[..length]);
            assert!(found.is_empty() || length >= ms_to_samples(400), "{length}: {found:?}");
        }
    }
}

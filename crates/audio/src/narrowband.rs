//! Opus at the telephone's rate: 8 kHz on our side, whatever the far end makes or plays on the other (RFC 7587 §4.1).
//!
//! Opus decodes and encodes at 8 kHz by itself, so between it and G.711 no resampler is needed. Packets still count time at 48 kHz.

use opus::{Application, Bitrate, Channels, Decoder, Encoder};

use crate::codec::{COMPLEXITY, CodecError, EXPECTED_LOSS_PERCENT, VOICE_BITRATE};

/// Samples per second; also the RTP clock of G.711 (RFC 3551 §4.5.14).
pub const NARROWBAND_RATE: u32 = 8_000;

/// Samples in 20 ms.
pub const NARROWBAND_FRAME: usize = 160;

/// Samples in the longest packet that RFC 6716 §3.4 allows: 120 ms.
pub const NARROWBAND_MAX_SAMPLES: usize = 6 * NARROWBAND_FRAME;

/// Opus conceals in multiples of 2.5 ms.
const CONCEALED_UNIT: usize = 20;

/// Turns 20 ms of 8 kHz sound into an Opus packet.
pub struct NarrowbandEncoder {
    inner: Encoder,
}

impl NarrowbandEncoder {
    /// An encoder with the platform's voice settings and in-band error correction.
    pub fn new() -> Result<Self, CodecError> {
        let mut inner = Encoder::new(NARROWBAND_RATE, Channels::Mono, Application::Voip)?;
        inner.set_bitrate(Bitrate::Bits(VOICE_BITRATE))?;
        inner.set_complexity(COMPLEXITY)?;
        inner.set_inband_fec(true)?;
        inner.set_packet_loss_perc(EXPECTED_LOSS_PERCENT)?;
        Ok(Self { inner })
    }

    /// Writes one packet and says how long it is. It keeps to the room it is given.
    pub fn encode(&mut self, frame: &[i16; NARROWBAND_FRAME], packet: &mut [u8]) -> Result<usize, CodecError> {
        Ok(self.inner.encode(frame, packet)?)
    }

    /// Forgets what was said before.
    pub fn reset(&mut self) {
        let _ = self.inner.reset_state(); // fails for null pointers only
    }
}

/// Turns Opus packets into 8 kHz sound, and makes up for the ones that never came.
pub struct NarrowbandDecoder {
    inner: Decoder,
    scratch: Box<[i16; NARROWBAND_MAX_SAMPLES]>,
}

impl NarrowbandDecoder {
    /// A decoder with no history.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self { inner: Decoder::new(NARROWBAND_RATE, Channels::Mono)?, scratch: Box::new([0; NARROWBAND_MAX_SAMPLES]) })
    }

    /// How many samples a packet holds, told from its first bytes.
    pub fn samples_of(packet: &[u8]) -> Result<usize, CodecError> {
        Ok(opus::packet::get_nb_samples(packet, NARROWBAND_RATE)?)
    }

    /// The samples of one packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[i16], CodecError> {
        let samples = self.inner.decode(packet, &mut self.scratch[..], false)?;
        Ok(&self.scratch[..samples])
    }

    /// A guess at what was lost, from what was heard before: so many samples, rounded down to 2.5 ms and at most 120 ms.
    pub fn conceal(&mut self, samples: usize) -> Result<&[i16], CodecError> {
        let samples = samples.min(NARROWBAND_MAX_SAMPLES) / CONCEALED_UNIT * CONCEALED_UNIT;
        if samples == 0 {
            return Ok(&[]);
        }
        let samples = self.inner.decode(&[], &mut self.scratch[..samples], false)?;
        Ok(&self.scratch[..samples])
    }

    /// The 20 ms *before* `packet`, from the error-correction data inside it, or a guess where it holds none. Decode the packet
    /// itself afterwards.
    pub fn recover_before(&mut self, packet: &[u8]) -> Result<&[i16], CodecError> {
        let samples = self.inner.decode(packet, &mut self.scratch[..NARROWBAND_FRAME], true)?;
        Ok(&self.scratch[..samples])
    }

    /// Forgets what was heard before.
    pub fn reset(&mut self) {
        let _ = self.inner.reset_state(); // fails for null pointers only
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAX_PACKET_BYTES, Source, Tone, VoiceEncoder, rms_dbfs, tone_share};

    /// A tone as a browser's encoder makes it.
    fn fullband_packets(hz: f32, frames: usize) -> Vec<Vec<u8>> {
        let (mut encoder, mut tone) = (VoiceEncoder::new().unwrap(), Tone::new(hz, -20.0));
        (0..frames).map(|_| encoder.encode(&tone.next_frame().unwrap()).unwrap()).collect()
    }

    /// Every sixth sample of a tone far below the limit of 8 kHz is the same tone.
    fn narrowband_frame(tone: &mut Tone) -> [i16; NARROWBAND_FRAME] {
        let frame = tone.next_frame().unwrap();
        std::array::from_fn(|index| frame[6 * index])
    }

    #[test]
    fn a_tone_made_at_48_khz_is_heard_at_8() {
        let mut decoder = NarrowbandDecoder::new().unwrap();
        let mut heard = Vec::new();
        for packet in fullband_packets(440.0, 50) {
            assert_eq!(NarrowbandDecoder::samples_of(&packet).unwrap(), NARROWBAND_FRAME);
            heard.extend_from_slice(decoder.decode(&packet).unwrap());
        }
        let steady = &heard[10 * NARROWBAND_FRAME..];
        assert!((rms_dbfs(steady) + 20.0).abs() < 2.0, "level {}", rms_dbfs(steady));
        assert!(tone_share(steady, 440.0, NARROWBAND_RATE) > 0.9);
    }

    #[test]
    fn a_tone_made_at_8_khz_is_heard_at_48() {
        let (mut encoder, mut decoder) = (NarrowbandEncoder::new().unwrap(), crate::VoiceDecoder::new().unwrap());
        let (mut tone, mut packet, mut heard) = (Tone::new(800.0, -20.0), [0; MAX_PACKET_BYTES], Vec::new());
        for _ in 0..50 {
            let length = encoder.encode(&narrowband_frame(&mut tone), &mut packet).unwrap();
            heard.extend_from_slice(decoder.decode(&packet[..length]).unwrap());
        }
        let steady = &heard[10 * crate::FRAME_SAMPLES..];
        assert!((rms_dbfs(steady) + 20.0).abs() < 2.0, "level {}", rms_dbfs(steady));
        assert!(tone_share(steady, 800.0, crate::SAMPLE_RATE) > 0.9);
    }

    #[test]
    fn what_was_lost_is_bridged() {
        let packets = fullband_packets(500.0, 30);
        let mut decoder = NarrowbandDecoder::new().unwrap();
        for packet in &packets[..20] {
            decoder.decode(packet).unwrap();
        }
        let guess = decoder.conceal(NARROWBAND_FRAME + 7).unwrap();
        assert_eq!(guess.len(), NARROWBAND_FRAME);
        assert!(rms_dbfs(guess) > -40.0, "a short gap is bridged, not silenced");
        assert_eq!(decoder.recover_before(&packets[22]).unwrap().len(), NARROWBAND_FRAME);
        assert_eq!(decoder.decode(&packets[22]).unwrap().len(), NARROWBAND_FRAME);
        assert_eq!(decoder.conceal(CONCEALED_UNIT - 1).unwrap(), []);
        assert_eq!(decoder.conceal(usize::MAX).unwrap().len(), NARROWBAND_MAX_SAMPLES);
    }

    #[test]
    fn what_is_not_opus_is_refused_before_it_is_decoded() {
        assert!(NarrowbandDecoder::samples_of(&[]).is_err());
        // Code 3 announcing 63 frames, which RFC 6716 §3.2.5 forbids.
        assert!(NarrowbandDecoder::samples_of(&[0xff, 0x3f, 0, 0]).is_err());
        assert!(NarrowbandDecoder::new().unwrap().decode(&[0xff, 0x3f, 0, 0]).is_err());
    }
}

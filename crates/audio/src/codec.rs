//! Opus for voice: one mono frame of 20 ms in, one packet out, and back (RFC 6716, RFC 7587).
//!
//! The encoder keeps to what the platform's SDP asks for: 16 kHz of bandwidth, about 20 kbit/s, in-band error correction
//! (platform docs, Calling API reference: `maxplaybackrate=16000; maxaveragebitrate=20000; useinbandfec=1`). The decoder takes
//! any Opus packet, mono or stereo, of up to 120 ms, and always answers mono at 48 kHz.

use opus::{Application, Bandwidth, Bitrate, Channels, Decoder, Encoder};

use crate::{FRAME_SAMPLES, Frame, SAMPLE_RATE};

/// No Opus frame is longer (RFC 6716 §3.2.1), and we ask for one frame per packet.
pub const MAX_PACKET_BYTES: usize = 1275;

/// The longest packet RFC 6716 §3.4 allows: 120 ms.
const MAX_PACKET_SAMPLES: usize = 6 * FRAME_SAMPLES;

/// `maxaveragebitrate` of the platform's SDP, bits per second.
pub(crate) const VOICE_BITRATE: i32 = 20_000;

/// Enough for speech; 10 costs three times the time for little gain at this bitrate.
pub(crate) const COMPLEXITY: i32 = 5;

/// The share of loss, in percent, that in-band error correction is made for.
pub(crate) const EXPECTED_LOSS_PERCENT: i32 = 5;

/// The Opus library refused. On decode: the peer's packet is not Opus; on encode or creation: our fault.
#[derive(Debug, thiserror::Error)]
#[error("opus: {0}")]
pub struct CodecError(#[from] opus::Error);

/// Turns frames into Opus packets.
pub struct VoiceEncoder {
    inner: Encoder,
}

impl VoiceEncoder {
    /// An encoder with the platform's voice settings.
    pub fn new() -> Result<Self, CodecError> {
        let mut inner = Encoder::new(SAMPLE_RATE, Channels::Mono, Application::Voip)?;
        inner.set_bitrate(Bitrate::Bits(VOICE_BITRATE))?;
        inner.set_max_bandwidth(Bandwidth::Wideband)?;
        inner.set_complexity(COMPLEXITY)?;
        inner.set_inband_fec(true)?;
        inner.set_packet_loss_perc(EXPECTED_LOSS_PERCENT)?;
        Ok(Self { inner })
    }

    /// One packet for one frame.
    pub fn encode(&mut self, frame: &Frame) -> Result<Vec<u8>, CodecError> {
        Ok(self.inner.encode_vec(frame, MAX_PACKET_BYTES)?)
    }
}

/// Turns Opus packets into samples, and makes up for the ones that never came.
pub struct VoiceDecoder {
    inner: Decoder,
    scratch: Box<[i16; MAX_PACKET_SAMPLES]>,
}

impl VoiceDecoder {
    /// A decoder with no history.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self { inner: Decoder::new(SAMPLE_RATE, Channels::Mono)?, scratch: Box::new([0; MAX_PACKET_SAMPLES]) })
    }

    /// The samples of one packet. An empty packet is treated as lost.
    pub fn decode(&mut self, packet: &[u8]) -> Result<&[i16], CodecError> {
        if packet.is_empty() {
            return self.conceal();
        }
        let samples = self.inner.decode(packet, &mut self.scratch[..], false)?;
        Ok(&self.scratch[..samples])
    }

    /// A guess at 20 ms that were lost, from what was heard before.
    pub fn conceal(&mut self) -> Result<&[i16], CodecError> {
        let samples = self.inner.decode(&[], &mut self.scratch[..FRAME_SAMPLES], false)?;
        Ok(&self.scratch[..samples])
    }

    /// The 20 ms *before* `packet`, from the error-correction data inside it, or a guess where it holds none.
    /// Decode the packet itself afterwards.
    pub fn recover_before(&mut self, packet: &[u8]) -> Result<&[i16], CodecError> {
        let samples = self.inner.decode(packet, &mut self.scratch[..FRAME_SAMPLES], true)?;
        Ok(&self.scratch[..samples])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SILENT_FRAME, Source, Tone, rms_dbfs, tone_share};

    fn tone_packets(hz: f32, frames: usize) -> Vec<Vec<u8>> {
        let (mut encoder, mut tone) = (VoiceEncoder::new().unwrap(), Tone::new(hz, -20.0));
        (0..frames).map(|_| encoder.encode(&tone.next_frame().unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_tone_survives_the_codec() {
        let mut decoder = VoiceDecoder::new().unwrap();
        let mut heard = Vec::new();
        for packet in tone_packets(1000.0, 50) {
            assert!(packet.len() <= MAX_PACKET_BYTES);
            heard.extend_from_slice(decoder.decode(&packet).unwrap());
        }
        assert_eq!(heard.len(), 50 * FRAME_SAMPLES);
        let steady = &heard[10 * FRAME_SAMPLES..];
        assert!((rms_dbfs(steady) + 20.0).abs() < 2.0, "level {}", rms_dbfs(steady));
        assert!(tone_share(steady, 1000.0, SAMPLE_RATE) > 0.9);
    }

    #[test]
    fn keeps_to_the_asked_bitrate() {
        let bytes: usize = tone_packets(440.0, 100).iter().map(Vec::len).sum();
        let bits_per_second = bytes * 8 / 2;
        assert!(bits_per_second < 32_000, "{bits_per_second} bit/s");
    }

    #[test]
    fn a_lost_packet_leaves_a_guess_of_the_same_length() {
        let mut decoder = VoiceDecoder::new().unwrap();
        for packet in tone_packets(500.0, 20) {
            decoder.decode(&packet).unwrap();
        }
        let guess = decoder.conceal().unwrap();
        assert_eq!(guess.len(), FRAME_SAMPLES);
        assert!(rms_dbfs(guess) > -40.0, "a short gap is bridged, not silenced");
        assert_eq!(decoder.decode(&[]).unwrap().len(), FRAME_SAMPLES);
    }

    #[test]
    fn error_correction_gives_the_packet_before() {
        let packets = tone_packets(700.0, 30);
        let mut decoder = VoiceDecoder::new().unwrap();
        for packet in &packets[..20] {
            decoder.decode(packet).unwrap();
        }
        assert_eq!(decoder.recover_before(&packets[21]).unwrap().len(), FRAME_SAMPLES);
        assert_eq!(decoder.decode(&packets[21]).unwrap().len(), FRAME_SAMPLES);
    }

    #[test]
    fn refuses_what_is_not_opus() {
        // Code 3 packet announcing 63 frames, which RFC 6716 §3.2.5 forbids.
        assert!(VoiceDecoder::new().unwrap().decode(&[0xff, 0x3f, 0, 0]).is_err());
    }

    #[test]
    fn silence_stays_silent() {
        let mut decoder = VoiceDecoder::new().unwrap();
        let mut encoder = VoiceEncoder::new().unwrap();
        let packet = encoder.encode(&SILENT_FRAME).unwrap();
        assert!(rms_dbfs(decoder.decode(&packet).unwrap()) < -60.0);
    }
}

//! Sound for the ends of a call that speak and listen: sample backends, scripted users, tests.
//!
//! Nearly everything here is mono, 16-bit, 48 kHz and cut into frames of 20 ms, because that is what a calling peer must send and
//! will receive: Opus, an RTP clock of 48000, packets of 20 ms (platform docs, Integration patterns; RFC 7587). Nothing here
//! owns a socket or looks at a clock; callers ask a [`Source`] for its next frame whenever their own pacing says so.
//!
//! - [`VoiceEncoder`], [`VoiceDecoder`]: frames to Opus packets and back, with concealment of lost ones.
//! - [`Source`]: something to say. [`Silence`], [`Tone`], [`Clip`]s, a [`Playlist`], a [`Signature`], a [`pipe`].
//! - [`wav`]: reading any common WAV file, writing 16-bit ones.
//! - [`Signature`]: a known sequence of tones that a listener can recognise, place and measure, so that one side can prove
//!   that it heard the other and how late.
//! - [`Heard`]: the verdict on a recording.
//!
//! One corner is at 8 kHz, for the telephone's codecs: [`Law`] (G.711), [`NarrowbandEncoder`] and [`NarrowbandDecoder`] (Opus at
//! that rate), [`Bridge`] (gaps in G.711).
//!
//! Levels are RMS in decibels relative to full scale (a square wave at full scale is 0 dBFS, a sine −3 dBFS).
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod bridge;
mod clip;
mod codec;
mod g711;
mod goertzel;
mod heard;
mod level;
mod narrowband;
mod pipe;
mod resample;
mod signature;
mod source;
pub mod wav;

pub use bridge::Bridge;
pub use clip::Clip;
pub use codec::{CodecError, MAX_PACKET_BYTES, VoiceDecoder, VoiceEncoder};
pub use g711::Law;
pub use goertzel::{tone_level_dbfs, tone_share};
pub use heard::Heard;
pub use level::{SILENCE_DBFS, amplitude, rms_dbfs};
pub use narrowband::{NARROWBAND_FRAME, NARROWBAND_MAX_SAMPLES, NARROWBAND_RATE, NarrowbandDecoder, NarrowbandEncoder};
pub use pipe::{PIPE_FRAMES, PipeEnd, PipeStart, pipe};
pub use signature::{Occurrence, Signature};
pub use source::{Playlist, Silence, Source, Tone};

/// Samples per second everywhere but in the narrowband corner; also the RTP clock of Opus (RFC 7587 §4.1).
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in one frame of 20 ms, which is also the step of the RTP timestamp from packet to packet.
pub const FRAME_SAMPLES: usize = 960;

/// The length of one frame in milliseconds, the only packet time of the platform.
pub const FRAME_MS: u64 = 20;

/// Twenty milliseconds of sound.
pub type Frame = [i16; FRAME_SAMPLES];

/// Twenty milliseconds of nothing.
pub const SILENT_FRAME: Frame = [0; FRAME_SAMPLES];

/// Milliseconds that so many samples last, rounded down.
pub const fn samples_to_ms(samples: usize) -> u64 {
    samples as u64 * 1000 / SAMPLE_RATE as u64
}

/// Samples in so many milliseconds.
pub const fn ms_to_samples(ms: u64) -> usize {
    (ms * SAMPLE_RATE as u64 / 1000) as usize
}

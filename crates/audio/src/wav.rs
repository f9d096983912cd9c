//! WAV files: read whatever people have, write the plain kind.

use std::io::{Read, Seek, Write};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::{Clip, SAMPLE_RATE, resample};

/// The longest file that is read, in seconds after conversion; more is an error, not a cut.
pub const MAX_SECONDS: u32 = 600;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// Not a WAV file, damaged, of an unsupported encoding, or the reader failed.
    #[error("wav: {0}")]
    Format(#[from] hound::Error),
    /// A sample rate no microphone has.
    #[error("wav: sample rate of {0} Hz is outside 4000 to 192000")]
    Rate(u32),
    /// Longer than [`MAX_SECONDS`].
    #[error("wav: longer than {MAX_SECONDS} s")]
    TooLong,
}

/// Reads PCM of 8 to 32 bits or 32-bit float, any number of channels (averaged), any common rate (resampled to 48 kHz).
pub fn read(from: impl Read) -> Result<Clip, WavError> {
    let mut reader = WavReader::new(from)?;
    let spec = reader.spec();
    if !(4_000..=192_000).contains(&spec.sample_rate) {
        return Err(WavError::Rate(spec.sample_rate));
    }
    if reader.duration() > MAX_SECONDS * spec.sample_rate {
        return Err(WavError::TooLong);
    }
    let interleaved = samples_as_f32(&mut reader, spec)?;
    let channels = usize::from(spec.channels.max(1));
    let mono: Vec<f32> = interleaved.chunks(channels).map(|c| c.iter().sum::<f32>() / c.len() as f32).collect();
    let full = resample::to_48k(&mono, spec.sample_rate);
    Ok(Clip::new(full.iter().map(|s| (s * 32_768.0).clamp(-32_768.0, 32_767.0) as i16).collect::<Vec<_>>()))
}

/// Samples scaled to ±1.
fn samples_as_f32(reader: &mut WavReader<impl Read>, spec: WavSpec) -> Result<Vec<f32>, hound::Error> {
    match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect(),
        SampleFormat::Int => {
            let full_scale = (1u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 / full_scale)).collect()
        }
    }
}

/// Writes mono 16-bit PCM at 48 kHz.
pub fn write(to: impl Write + Seek, samples: &[i16]) -> Result<(), WavError> {
    let spec = WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::new(to, spec)?;
    for &sample in samples {
        writer.write_sample(sample)?;
    }
    Ok(writer.finalize()?)
}

/// [`write()`] into memory, for replies over HTTP.
pub fn to_bytes(samples: &[i16]) -> Result<Vec<u8>, WavError> {
    let mut bytes = std::io::Cursor::new(Vec::with_capacity(44 + samples.len() * 2));
    write(&mut bytes, samples)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn made(spec: WavSpec, fill: impl FnOnce(&mut WavWriter<&mut Cursor<Vec<u8>>>)) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        fill(&mut writer);
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let samples: Vec<i16> = (0..2000).map(|n| (n * 13 % 4001 - 2000) as i16).collect();
        let bytes = to_bytes(&samples).unwrap();
        assert_eq!(read(bytes.as_slice()).unwrap().samples(), samples);
    }

    #[test]
    fn stereo_is_averaged_and_eight_bits_scaled() {
        let spec = WavSpec { channels: 2, sample_rate: 48_000, bits_per_sample: 8, sample_format: SampleFormat::Int };
        let bytes = made(spec, |w| {
            w.write_sample(64i8).unwrap();
            w.write_sample(0i8).unwrap();
        });
        assert_eq!(read(bytes.as_slice()).unwrap().samples(), [32 * 256]);
    }

    #[test]
    fn float_is_clamped_to_full_scale() {
        let spec = WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let bytes = made(spec, |w| {
            for s in [0.5f32, 2.0, -2.0] {
                w.write_sample(s).unwrap();
            }
        });
        assert_eq!(read(bytes.as_slice()).unwrap().samples(), [16384, 32767, -32768]);
    }

    #[test]
    fn narrow_band_files_are_brought_to_48_khz() {
        let spec = WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let bytes = made(spec, |w| (0..1600).for_each(|_| w.write_sample(100i16).unwrap()));
        assert_eq!(read(bytes.as_slice()).unwrap().duration_ms(), 100);
    }

    #[test]
    fn refuses_what_is_no_wav() {
        assert!(matches!(read(&b"OggS and so on"[..]), Err(WavError::Format(_))));
        assert!(matches!(read(&b""[..]), Err(WavError::Format(_))));
        let whole = to_bytes(&[1; 100]).unwrap();
        assert!(read(&whole[..100]).is_err(), "a file cut short");
    }

    #[test]
    fn refuses_absurd_rates() {
        let spec = WavSpec { channels: 1, sample_rate: 100, bits_per_sample: 16, sample_format: SampleFormat::Int };
        assert!(matches!(read(made(spec, |_| ()).as_slice()), Err(WavError::Rate(100))));
    }
}

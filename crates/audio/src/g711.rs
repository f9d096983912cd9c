//! G.711: one sample, one byte (ITU-T G.711, 11/1988; RFC 3551 §4.5.14).
//!
//! Samples here fill 16 bits: A-law uses the upper 13 of them, µ-law the upper 14. Both laws cut the magnitude into eight
//! segments of sixteen steps, each segment twice as coarse as the one below it (in A-law the lowest two are alike).

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// A-law, `PCMA`: most of the world.
    A,
    /// µ-law, `PCMU`: North America and Japan.
    Mu,
}

impl Law {
    /// The byte for a sample.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::A => a_encode(sample),
            Law::Mu => mu_encode(sample),
        }
    }

    /// The sample for a byte: the middle of the step that it names.
    pub fn decode(self, byte: u8) -> i16 {
        self.table()[usize::from(byte)]
    }

    /// Encodes as many samples as both slices have room for; says how many.
    pub fn encode_into(self, samples: &[i16], bytes: &mut [u8]) -> usize {
        let pairs = bytes.iter_mut().zip(samples);
        let count = pairs.len();
        match self {
            Law::A => pairs.for_each(|(byte, sample)| *byte = a_encode(*sample)),
            Law::Mu => pairs.for_each(|(byte, sample)| *byte = mu_encode(*sample)),
        }
        count
    }

    /// Decodes as many bytes as both slices have room for; says how many.
    pub fn decode_into(self, bytes: &[u8], samples: &mut [i16]) -> usize {
        let table = self.table();
        let pairs = samples.iter_mut().zip(bytes);
        let count = pairs.len();
        pairs.for_each(|(sample, byte)| *sample = table[usize::from(*byte)]);
        count
    }

    fn table(self) -> &'static [i16; 256] {
        match self {
            Law::A => &A_SAMPLES,
            Law::Mu => &MU_SAMPLES,
        }
    }
}

/// Set in a byte whose sample is not negative, in both laws.
const POSITIVE: u8 = 0x80;
/// Every second bit of A-law is inverted, so that silence has ones to keep a line's clock by (§3.1).
const A_INVERTED: u8 = 0x55;
/// Added to µ-law magnitudes of 14 bits, so that each segment begins at a power of two.
const MU_BIAS: u16 = 33;
/// The largest biased µ-law magnitude; louder ones are clipped to it.
const MU_LARGEST: u16 = 0x1fff;

/// The magnitude in steps of one bit: the negative range is one longer and mirrored onto the positive one.
const fn magnitude(sample: i16) -> u16 {
    (if sample < 0 { !sample } else { sample }) as u16
}

const fn sign(sample: i16) -> u8 {
    if sample < 0 { 0 } else { POSITIVE }
}

const fn a_encode(sample: i16) -> u8 {
    let steps = magnitude(sample) >> 4;
    let segment = match steps.checked_ilog2() {
        Some(top @ 4..) => top - 3,
        _ => 0,
    };
    let step = if segment < 2 { steps & 0x0f } else { steps >> (segment - 1) & 0x0f };
    ((segment as u8) << 4 | step as u8 | sign(sample)) ^ A_INVERTED
}

const fn a_decode(byte: u8) -> i16 {
    let code = byte ^ A_INVERTED;
    let (segment, step) = ((code >> 4 & 7) as u32, (code & 0x0f) as i16);
    let middle = match segment {
        0 => step << 4 | 8,
        _ => ((step | 0x10) << 4 | 8) << (segment - 1),
    };
    if code & POSITIVE == 0 { -middle } else { middle }
}

const fn mu_encode(sample: i16) -> u8 {
    let biased = (magnitude(sample) >> 2) + MU_BIAS;
    let biased = if biased > MU_LARGEST { MU_LARGEST } else { biased };
    let segment = biased.ilog2() - 5; // the bias alone has its top bit there
    let step = biased >> (segment + 1) & 0x0f;
    !((segment as u8) << 4 | step as u8) & 0x7f | sign(sample)
}

const fn mu_decode(byte: u8) -> i16 {
    let code = !byte;
    let (segment, step) = ((code >> 4 & 7) as u32, (code & 0x0f) as i16);
    let biased = (2 * step + MU_BIAS as i16) << segment;
    let middle = (biased - MU_BIAS as i16) << 2;
    if code & POSITIVE == 0 { middle } else { -middle }
}

static A_SAMPLES: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = a_decode(byte as u8);
        byte += 1;
    }
    table
};

static MU_SAMPLES: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = mu_decode(byte as u8);
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rms_dbfs;

    /// G.711 tables 1a and 2a, column 7: the lowest and the highest output value of each segment, in the laws' own units of 13 and
    /// 14 bits.
    const A_EDGES: [(i32, i32); 8] = [(1, 31), (33, 63), (66, 126), (132, 252), (264, 504), (528, 1_008), (1_056, 2_016), (2_112, 4_032)];
    const MU_EDGES: [(i32, i32); 8] =
        [(0, 30), (33, 93), (99, 219), (231, 471), (495, 975), (1_023, 1_983), (2_079, 3_999), (4_191, 8_031)];

    #[test]
    fn every_segment_begins_and_ends_where_the_tables_say() {
        for (law, edges, scale, inverted) in [(Law::A, A_EDGES, 8, 0x55), (Law::Mu, MU_EDGES, 4, 0x7f)] {
            for (segment, (first, last)) in edges.into_iter().enumerate() {
                for (step, value) in [(0, first), (15, last)] {
                    let positive = 0x80 | ((segment as u8) << 4 | step) ^ inverted;
                    assert_eq!(i32::from(law.decode(positive)), scale * value, "{law:?} {positive:#x}");
                    assert_eq!(i32::from(law.decode(positive ^ 0x80)), -scale * value, "{law:?} {:#x}", positive ^ 0x80);
                }
            }
        }
    }

    #[test]
    fn known_samples_have_their_known_bytes() {
        let cases = [
            (0, 0xd5, 0xff),
            (-1, 0x55, 0x7f),
            (15, 0xd5, 0xfd),
            (16, 0xd4, 0xfd),
            (1_000, 0xfa, 0xce),
            (-1_000, 0x7a, 0x4e),
            (i16::MAX, 0xaa, 0x80),
            (i16::MIN, 0x2a, 0x00),
        ];
        for (sample, a, mu) in cases {
            assert_eq!((Law::A.encode(sample), Law::Mu.encode(sample)), (a, mu), "{sample}");
        }
    }

    #[test]
    fn the_reference_sequences_are_a_tone_of_0_dbm0() {
        // G.711 tables 5 and 6: one period of 1000 Hz at 0 dBm0. A sine at full scale is +3.14 dBm0 in A-law and +3.17 dBm0 in µ-law.
        const A: [u8; 8] = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
        const MU: [u8; 8] = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
        for (law, sequence, overload_hundredths) in [(Law::A, A, 314.0), (Law::Mu, MU, 317.0)] {
            let mut samples = [0; 8];
            assert_eq!(law.decode_into(&sequence, &mut samples), 8);
            let level = rms_dbfs(&samples) + 3.01 + overload_hundredths / 100.0;
            assert!(level.abs() < 0.15, "{law:?}: {level} dBm0");
            let mut again = [0; 8];
            assert_eq!(law.encode_into(&samples, &mut again), 8);
            assert_eq!(again, sequence);
        }
    }

    #[test]
    fn every_byte_comes_back_from_its_sample() {
        for byte in 0..=255 {
            assert_eq!(Law::A.encode(Law::A.decode(byte)), byte);
            let again = Law::Mu.encode(Law::Mu.decode(byte));
            // µ-law has two zeroes; 16 bits have one.
            assert_eq!(again, if byte == 0x7f { 0xff } else { byte });
        }
    }

    #[test]
    fn no_sample_is_off_by_more_than_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let size = i32::from(sample).abs();
            let error = |law: Law| (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
            assert!(error(Law::A) <= (size / 32).max(8) + 1, "A-law {sample}: {}", error(Law::A));
            assert!(error(Law::Mu) <= (size + 132) / 32 + 4, "µ-law {sample}: {}", error(Law::Mu));
        }
    }

    #[test]
    fn louder_never_sounds_quieter() {
        for law in [Law::A, Law::Mu] {
            let heard = (i16::MIN..=i16::MAX).map(|sample| law.decode(law.encode(sample)));
            assert!(heard.is_sorted(), "{law:?}");
        }
    }

    #[test]
    fn the_shorter_slice_sets_the_length() {
        assert_eq!(Law::A.encode_into(&[0; 3], &mut [0; 2]), 2);
        assert_eq!(Law::Mu.decode_into(&[0; 3], &mut [0; 5]), 3);
    }
}

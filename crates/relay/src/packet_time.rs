//! How long the audio in a packet lasts, told from its payload without decoding it.

use callport_sdp::Format;

/// Opus counts time at 48 kHz whatever it carries (RFC 7587 §4.1).
const OPUS_HZ: u32 = 48_000;

/// 120 ms, the longest packet that RFC 6716 §3.4 allows, in units of Opus's clock.
const LONGEST_OPUS: u32 = 5_760;

/// The length of a packet in units of its RTP clock; `None` for what is none of the codec.
pub(crate) fn units_of(format: &Format, payload: &[u8]) -> Option<u32> {
    match format.clock_hz {
        OPUS_HZ => opus_units(payload),
        // PCMA and PCMU: an octet is a sample (RFC 3551 §4.5.14).
        _ => u32::try_from(payload.len()).ok().filter(|units| *units > 0),
    }
}

/// RFC 6716 §3.1: the first octet names the length of a frame and how many there are.
fn opus_units(payload: &[u8]) -> Option<u32> {
    let first = *payload.first()?;
    let (config, code) = (first >> 3, first & 3);
    let frame = match config {
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        12..=15 => [480, 960][usize::from(config & 1)],
        _ => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match code {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1)? & 0x3f),
    };
    Some(frame * frames).filter(|units| (1..=LONGEST_OPUS).contains(units))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PCMA: Format = Format { audio: 8, dtmf: 126, clock_hz: 8_000 };

    #[test]
    fn the_first_octets_of_opus_tell_its_length() {
        for (payload, units) in [
            (&[0x78, 0][..], Some(960)),  // hybrid, 20 ms, one frame
            (&[0x08], Some(960)),         // SILK, 20 ms, empty: discontinuous transmission
            (&[0x00, 1], Some(480)),      // SILK, 10 ms
            (&[0x18, 1], Some(2_880)),    // SILK, 60 ms
            (&[0xe0, 1], Some(120)),      // CELT, 2.5 ms
            (&[0xf9, 1], Some(1_920)),    // two frames of 20 ms
            (&[0xfb, 0x83], Some(2_880)), // three of them, with padding
            (&[0xfb, 6], Some(5_760)),    // 120 ms
            (&[0xfb, 7], None),           // more than there may be
            (&[0xfb, 0], None),
            (&[0xfb], None),
            (&[], None),
        ] {
            assert_eq!(units_of(&Format::OPUS, payload), units, "{payload:x?}");
        }
    }

    #[test]
    fn an_octet_of_g711_is_a_sample() {
        for length in [80, 160, 240, 640] {
            assert_eq!(units_of(&PCMA, &vec![0xd5; length]), Some(length as u32));
        }
        assert_eq!(units_of(&PCMA, &[]), None);
    }
}

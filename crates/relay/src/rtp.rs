//! The RTP header (RFC 3550 §5.1), read and written in place.

use std::ops::Range;

/// Bytes of a header as we write it: no CSRC, no extension.
pub const HEADER_LEN: usize = 12;

/// The fixed part of an RTP header. Extensions, CSRCs and padding are tolerated on the way in and
/// never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The marker bit: first packet after a pause, first packet of an event.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in units of the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

impl Header {
    /// Reads a packet: its header, and where its payload lies without CSRCs, extension and padding.
    /// `None` if it is no RTP packet of version 2 or claims more than it has.
    pub fn read(packet: &[u8]) -> Option<(Header, Range<usize>)> {
        let header = Header::read_fixed(packet)?;
        let first = packet[0];
        let mut start = HEADER_LEN + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            let words = packet.get(start + 2..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let mut end = packet.len();
        if first & 0x20 != 0 {
            let padding = usize::from(*packet.last()?);
            end = end.checked_sub(padding).filter(|_| padding > 0)?;
        }
        (start <= end).then_some((header, start..end))
    }

    /// The fixed part alone, whatever the packet claims beyond it. SRTP leaves it in clear.
    pub fn read_fixed(packet: &[u8]) -> Option<Header> {
        let fixed: &[u8; HEADER_LEN] = packet.first_chunk()?;
        let [first, second, seq0, seq1, ts0, ts1, ts2, ts3, ssrc @ ..] = *fixed;
        (first >> 6 == 2).then_some(Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([seq0, seq1]),
            timestamp: u32::from_be_bytes([ts0, ts1, ts2, ts3]),
            ssrc: u32::from_be_bytes(ssrc),
        })
    }

    /// Writes the header; the payload goes behind it.
    pub fn write(&self, room: &mut [u8; HEADER_LEN]) {
        room[0] = 2 << 6;
        room[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        room[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        room[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        room[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// How far `later` is ahead of `earlier`, in −2^15 to 2^15 (RFC 1982 arithmetic).
pub fn sequence_step(earlier: u16, later: u16) -> i16 {
    later.wrapping_sub(earlier) as i16
}

/// How far `later` is ahead of `earlier` in timestamp units, in −2^31 to 2^31.
pub fn timestamp_step(earlier: u32, later: u32) -> i32 {
    later.wrapping_sub(earlier) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Header = Header { marker: true, payload_type: 111, sequence: 0xfffe, timestamp: 0x8000_0001, ssrc: 0xdead_beef };

    fn packet(header: Header, tail: &[u8]) -> Vec<u8> {
        let mut bytes = [0; HEADER_LEN];
        header.write(&mut bytes);
        [&bytes[..], tail].concat()
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(Header::read(&packet(PLAIN, b"opus")), Some((PLAIN, 12..16)));
        assert_eq!(Header::read(&packet(PLAIN, b"")), Some((PLAIN, 12..12)));
    }

    #[test]
    fn finds_the_payload_behind_csrcs_and_extension_and_before_padding() {
        let mut bytes = packet(PLAIN, &[1, 1, 1, 1, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, b'o', b'k', 0, 2]);
        bytes[0] |= 0x31;
        assert_eq!(Header::read(&bytes), Some((PLAIN, 24..26)));
    }

    #[test]
    fn refuses_what_claims_more_than_it_has() {
        for (first, tail) in
            [(0x81, &[0u8; 3][..]), (0x90, &[0, 0, 0, 9]), (0xa0, &[0, 0, 0]), (0xa0, &[0, 0, 9]), (0x40, b"abcd"), (0x90, b"")]
        {
            let mut bytes = packet(PLAIN, tail);
            bytes[0] = first;
            assert_eq!(Header::read(&bytes), None, "{first:#x} {tail:?}");
        }
        assert_eq!(Header::read(&[0x80; 11]), None);
    }

    #[test]
    fn counts_across_the_wrap() {
        assert_eq!(sequence_step(0xffff, 1), 2);
        assert_eq!(sequence_step(1, 0xffff), -2);
        assert_eq!(timestamp_step(u32::MAX, 959), 960);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some((_, payload)) = Header::read(&bytes) {
                prop_assert!(bytes.get(payload).is_some());
            }
        }
    }
}

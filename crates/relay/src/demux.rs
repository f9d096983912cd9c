//! Telling STUN, DTLS, RTP and RTCP apart on one port, and finding the leg that a check is for.

/// What a datagram is by its first two bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatagramKind {
    /// First byte 0 to 3.
    Stun,
    /// First byte 20 to 63.
    Dtls,
    /// First byte 128 to 191, and not RTCP.
    Rtp,
    /// First byte 128 to 191, packet type 192 to 223.
    Rtcp,
    /// Anything else; ZRTP and TURN channels included.
    Garbage,
}

/// Classifies a datagram without looking further than two bytes.
pub fn classify(datagram: &[u8]) -> DatagramKind {
    match datagram {
        [0..=3, ..] => DatagramKind::Stun,
        [20..=63, ..] => DatagramKind::Dtls,
        [128..=191, 192..=223, ..] => DatagramKind::Rtcp,
        [128..=191, ..] => DatagramKind::Rtp,
        _ => DatagramKind::Garbage,
    }
}

/// The ufrag that a Binding request is addressed to: the part of USERNAME before the colon
/// (RFC 8445 §7.2.2). Reads the attribute list only, checks nothing else and allocates nothing, so
/// that a flood costs no more than a table look-up.
pub fn stun_ufrag(datagram: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 20;
    const MAX_ATTRIBUTES: usize = 16;
    const USERNAME: u16 = 0x0006;
    if classify(datagram) != DatagramKind::Stun || datagram.get(4..8)? != [0x21, 0x12, 0xa4, 0x42] {
        return None;
    }
    let mut rest = datagram.get(HEADER..)?;
    for _ in 0..MAX_ATTRIBUTES {
        let [k0, k1, l0, l1, ..] = *rest else { return None };
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let value = rest.get(4..4 + len)?;
        if u16::from_be_bytes([k0, k1]) == USERNAME {
            let colon = value.iter().position(|byte| *byte == b':')?;
            return Some(&value[..colon]);
        }
        rest = rest.get(4 + len.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tells_the_protocols_apart_by_their_first_bytes() {
        for (bytes, kind) in [
            (&[0, 1][..], DatagramKind::Stun),
            (&[3, 1], DatagramKind::Stun),
            (&[4, 1], DatagramKind::Garbage),
            (&[19], DatagramKind::Garbage),
            (&[20, 254, 253], DatagramKind::Dtls),
            (&[63], DatagramKind::Dtls),
            (&[64, 0], DatagramKind::Garbage),
            (&[128, 111], DatagramKind::Rtp),
            (&[0x80, 0x80 | 126], DatagramKind::Rtp),
            (&[0x80, 191], DatagramKind::Rtp),
            (&[0x80, 192], DatagramKind::Rtcp),
            (&[0x81, 200], DatagramKind::Rtcp),
            (&[0xbf, 223], DatagramKind::Rtcp),
            (&[0x80, 224], DatagramKind::Rtp),
            (&[192, 0], DatagramKind::Garbage),
            (&[], DatagramKind::Garbage),
        ] {
            assert_eq!(classify(bytes), kind, "{bytes:?}");
        }
    }

    fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend(kind.to_be_bytes());
            body.extend((value.len() as u16).to_be_bytes());
            body.extend(*value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut message = vec![0, 1];
        message.extend((body.len() as u16).to_be_bytes());
        message.extend([0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        message.extend(body);
        message
    }

    #[test]
    fn finds_the_ufrag_wherever_the_user_name_stands() {
        assert_eq!(stun_ufrag(&request(&[(0x0006, b"slot1:theirs")])), Some(&b"slot1"[..]));
        assert_eq!(stun_ufrag(&request(&[(0x0024, &[1; 4]), (0x8029, &[1; 7]), (0x0006, b"s:t")])), Some(&b"s"[..]));
        assert_eq!(stun_ufrag(&request(&[(0x0006, b"no colon")])), None);
        assert_eq!(stun_ufrag(&request(&[(0x0024, &[1; 4])])), None);
        let mut other_cookie = request(&[(0x0006, b"s:t")]);
        other_cookie[4] = 0;
        assert_eq!(stun_ufrag(&other_cookie), None);
        let many = vec![(0x0024u16, &[0u8; 4][..]); 40];
        assert_eq!(stun_ufrag(&request(&[&many[..], &[(0x0006, b"s:t")]].concat())), None, "the search is bounded");
    }

    proptest! {
        #[test]
        fn any_bytes_are_searched_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = (classify(&bytes), stun_ufrag(&bytes));
            let mut framed = request(&[]);
            framed.extend(&bytes);
            let _ = stun_ufrag(&framed);
        }
    }
}

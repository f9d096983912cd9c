//! Telling STUN, DTLS, RTP and RTCP apart on one port, and finding the leg that a check is for.

/// What a datagram is by its first two bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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
pub fn classify(datagram: &[u8]) -> Kind {
    match datagram {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, ..] => Kind::Rtp,
        _ => Kind::Garbage,
    }
}

/// The ufrag that a Binding request is addressed to: the part of USERNAME before the colon
/// (RFC 8445 §7.2.2). Reads the attribute list only, checks nothing else and allocates nothing, so
/// that a flood costs no more than a table look-up.
pub fn stun_ufrag(datagram: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 20;
    const MAX_ATTRIBUTES: usize = 16;
    const USERNAME: u16 = 0x0006;
    if classify(datagram) != Kind::Stun || datagram.get(4..8)? != [0x21, 0x12, 0xa4, 0x42] {
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

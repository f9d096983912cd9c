//! Everything about one endpoint that must be unpredictable, drawn from bytes that the caller provides.

use callport_sdp::CryptoKey;

/// The letters of an ICE user name fragment or password, 6 bits each (RFC 8839 §5.4 `ice-char`).
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 48 bits of user name: RFC 8445 §5.3 asks for 24.
const UFRAG_CHARS: usize = 8;

/// 144 bits of password: RFC 8445 §5.3 asks for 128.
const PWD_CHARS: usize = 24;

/// Random bytes for one endpoint. Never use the same twice: they hold its ICE password and its SRTP key.
#[derive(Clone)]
pub struct Seeds([u8; Seeds::BYTES]);

impl Seeds {
    /// How many random bytes an endpoint needs.
    pub const BYTES: usize = 72 + CryptoKey::MOST;

    /// Seeds of these bytes, which should come from the system's random source.
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Cuts the bytes into what they are for.
    pub(crate) fn draw(&self) -> Drawn {
        let mut rest = &self.0[..];
        let mut take = |count: usize| {
            let (taken, after) = rest.split_at(count);
            rest = after;
            taken
        };
        Drawn {
            ufrag: ice_text(take(UFRAG_CHARS)),
            pwd: ice_text(take(PWD_CHARS)),
            ssrc: number(take(4)) as u32,
            // The top bit stays clear, so that the first wrap cannot be mistaken for an old packet (RFC 3711 §3.3.1).
            sequence: number(take(2)) as u16 & 0x7fff,
            timestamp: number(take(4)) as u32,
            session_id: number(take(6)),
            stream_id: uuid(take(16)),
            weather: number(take(8)),
            sdes_key: std::array::from_fn(|_| take(1)[0]),
        }
    }
}

/// What the seeds became.
pub(crate) struct Drawn {
    pub ufrag: String,
    pub pwd: String,
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub session_id: u64,
    pub stream_id: String,
    pub weather: u64,
    /// What we protect our packets with where keys stand in the descriptions.
    pub sdes_key: [u8; CryptoKey::MOST],
}

fn ice_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(ICE_CHARS[usize::from(byte & 63)])).collect()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// A random UUID (RFC 9562 §5.4) in its usual lower-case form.
fn uuid(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        let byte = match index {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_own_bytes() {
        let counting: [u8; Seeds::BYTES] = std::array::from_fn(|n| n as u8);
        let drawn = Seeds::new(counting).draw();
        assert_eq!(drawn.ufrag, "ABCDEFGH");
        assert_eq!(drawn.pwd, "IJKLMNOPQRSTUVWXYZabcdef");
        assert_eq!(drawn.ssrc, 0x2021_2223);
        assert_eq!(drawn.sequence, 0x2425);
        assert_eq!(drawn.timestamp, 0x2627_2829);
        assert_eq!(drawn.session_id, 0x2a2b_2c2d_2e2f);
        assert_eq!(drawn.stream_id, "30313233-3435-4637-b839-3a3b3c3d3e3f");
        assert_eq!(drawn.weather, 0x4041_4243_4445_4647);
        assert_eq!((drawn.sdes_key[0], drawn.sdes_key[CryptoKey::MOST - 1]), (0x48, 0x75));
    }

    #[test]
    fn the_first_sequence_number_is_low() {
        assert_eq!(Seeds::new([0xff; Seeds::BYTES]).draw().sequence, 0x7fff);
    }
}

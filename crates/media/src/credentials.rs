//! Everything about a leg that must be unpredictable, drawn from the random source that was handed in.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use callport_engine::ports::Random;
use callport_relay::{CallLeg, Credentials};
use callport_sdp::{CryptoKey, CryptoLine, CryptoSuite, Dialect};

use crate::tag::{SlotId, Tags, Ufrag};

/// The random source, in the shapes that media needs.
#[derive(Clone)]
pub(crate) struct Chance(Arc<dyn Random>);

impl Chance {
    pub(crate) fn new(source: Arc<dyn Random>) -> Chance {
        Chance(source)
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    pub(crate) fn word(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// An SSRC; not zero, which some stacks take for "none".
    pub(crate) fn ssrc(&self) -> u32 {
        u32::from_le_bytes(self.bytes()).max(1)
    }

    pub(crate) fn timestamp(&self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// Below 2^15, so that the first packets cannot wrap before the far end has seen one (RFC 3711 §3.3.1).
    pub(crate) fn first_sequence(&self) -> u16 {
        u16::from_le_bytes(self.bytes()) >> 1
    }

    /// A random UUID (RFC 9562 §5.4), lower case.
    pub(crate) fn uuid(&self) -> String {
        let mut bytes: [u8; 16] = self.bytes();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            let separator = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            let _ = write!(text, "{separator}{byte:02x}"); // writing to a String cannot fail
        }
        text
    }

    /// Our line of a leg's description where keys stand in it.
    pub(crate) fn crypto(&self, tag: u32, suite: CryptoSuite) -> CryptoLine {
        CryptoLine::new(tag, suite, self.bytes::<{ CryptoKey::MOST }>())
    }

    /// ICE credentials of a leg. Towards the business the password is 24 characters including `==`, as captured in published
    /// offers; `=` is no ice-char (RFC 8839 §5.4), so the phone, which is ours, gets the same without it. The older generation has 32
    /// ice-chars: strict agents, such as GStreamer's webrtcbin, take those only.
    pub(crate) fn credentials(&self, tags: &Tags, id: SlotId, side: CallLeg, dialect: Dialect) -> (Ufrag, Credentials) {
        let random = self.word();
        let (ufrag, pwd) = match (side, dialect) {
            (CallLeg::User, _) => (tags.write(id, side, random), STANDARD_NO_PAD.encode(self.bytes::<16>())),
            (CallLeg::Business, Dialect::Current) => (tags.write(id, side, random), STANDARD.encode(self.bytes::<16>())),
            (CallLeg::Business, Dialect::Older) => (tags.write_older(id, side, random), STANDARD.encode(self.bytes::<24>())),
        };
        let text = ufrag.as_bytes().iter().map(|character| char::from(*character)).collect();
        (ufrag, Credentials { ufrag: text, pwd })
    }
}

#[cfg(test)]
mod tests {
    use callport_testkit::Counting;

    use super::*;

    fn chance() -> Chance {
        Chance::new(Arc::new(Counting::default()))
    }

    #[test]
    fn credentials_look_as_published_and_lead_back() {
        let (tags, id) = (Tags::new(99), SlotId { slot: 12, generation: 3 });
        for (side, dialect, ufrag, pwd) in [
            (CallLeg::Business, Dialect::Current, 16..=16, 24),
            (CallLeg::Business, Dialect::Older, 12..=14, 32),
            (CallLeg::User, Dialect::Current, 16..=16, 22),
            (CallLeg::User, Dialect::Older, 16..=16, 22),
        ] {
            let (tag, made) = chance().credentials(&tags, id, side, dialect);
            assert_eq!((tag.as_bytes(), tags.read(tag.as_bytes())), (made.ufrag.as_bytes(), Some((id, side))));
            assert!(ufrag.contains(&made.ufrag.len()) && made.pwd.len() == pwd, "{dialect:?}");
            assert_eq!(made.pwd.contains('='), (side, dialect) == (CallLeg::Business, Dialect::Current));
        }
    }

    #[test]
    fn a_uuid_says_that_it_is_random() {
        let uuid = chance().uuid();
        let parts: Vec<&str> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]));
        assert!(uuid.chars().all(|c| c == '-' || c.is_ascii_hexdigit() && !c.is_ascii_uppercase()));
    }

    #[test]
    fn first_sequence_numbers_stay_in_the_lower_half() {
        let chance = chance();
        assert!((0..1000).all(|_| chance.first_sequence() < 1 << 15));
    }
}

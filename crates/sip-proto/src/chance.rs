//! Chance as an argument: one secret seed, and everything random that an agent writes comes of it, in the same order in every run.

use std::fmt;

use sha2::{Digest, Sha256};

/// Random bytes from a seed: SHA-256 over the seed and a counter. As hard to guess as the seed is.
pub struct Chance {
    seed: [u8; 32],
    drawn: u64,
}

impl Chance {
    /// From 32 bytes that nobody else may know: nonces and tags come of them.
    pub fn from_seed(seed: [u8; 32]) -> Chance {
        Chance { seed, drawn: 0 }
    }

    /// The next bytes, 32 at most.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        const { assert!(N <= 32) };
        self.drawn += 1;
        let block = Sha256::new().chain_update(self.seed).chain_update(self.drawn.to_be_bytes()).finalize();
        std::array::from_fn(|at| block[at])
    }

    /// What seals are made with: never a block that is given out.
    pub(crate) fn seal_key(&self) -> [u8; 32] {
        Sha256::new().chain_update(self.seed).chain_update(b"seal").finalize().into()
    }

    /// `2 * N` hexadecimal digits in lower case.
    pub(crate) fn hex<const N: usize>(&mut self) -> String {
        hex(&self.bytes::<N>())
    }

    /// A UUID of version 4, as the platform writes tags.
    pub fn uuid(&mut self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let text = hex(&bytes);
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }

    /// A first sequence number, below 65,536 as the platform's are.
    pub(crate) fn sequence(&mut self) -> u32 {
        u32::from(u16::from_be_bytes(self.bytes::<2>())).max(1)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chance({} drawn)", self.drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_one_run() {
        let draw = |seed: u8| {
            let mut chance = Chance::from_seed([seed; 32]);
            [chance.uuid(), chance.hex::<8>(), chance.uuid()]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1)[0], draw(1)[2]);
    }

    #[test]
    fn shapes() {
        let mut chance = Chance::from_seed([7; 32]);
        let uuid = chance.uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14], chance.hex::<8>().len()), (36, b'4', 16));
        assert!((0..100).all(|_| (1..65_536).contains(&chance.sequence())));
    }
}

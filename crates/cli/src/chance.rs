//! The real random source, and the secrets this installation makes for itself.

use callport_engine::ports::Random;
use rand::RngCore;

/// The operating system's generator, through a fast one of the same strength that it seeds.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one user of the real random source")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// A secret of 256 bits as hexadecimal digits.
pub fn secret() -> String {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_secrets_are_the_same() {
        let (one, other) = (secret(), secret());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}

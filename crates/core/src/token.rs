//! Access tokens and session secrets are kept only as hashes.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256 of a secret. The secret itself is shown once, at its making, and never stored.
///
/// A plain hash is enough: secrets are long random strings, not passwords that people choose.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a presented secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// From stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The stored bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secret #{}", hex::encode(&self.0[..3]))
    }
}

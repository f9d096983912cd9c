//! The key of the operator, and what is sealed with it.
//!
//! App secrets and verify tokens must be read back, so a hash will not do. Each is sealed on its own with AES-256-GCM (NIST SP 800-38D)
//! under a random nonce, and bound to its place: a sealed value that is copied to another row or column does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use callport_engine::Fault;

/// 256 bits that seal app secrets and verify tokens. From the operator's configuration; kept nowhere by the store.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// From 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("storage key")
    }
}

/// Where a sealed value lives: table, column and row.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// As in `apps.sealed_secret`.
    pub(crate) column: &'static str,
    /// The row's key, each part of it.
    pub(crate) row: &'a [&'a str],
}

impl Place<'_> {
    /// Parts are ids, that is digits, so that a separator keeps them apart.
    fn associated_data(&self) -> Aad<Vec<u8>> {
        Aad::from(format!("{}/{}", self.column, self.row.join("/")).into_bytes())
    }
}

/// Seals and opens.
pub(crate) struct Seal(RandomizedNonceKey);

impl Seal {
    pub(crate) fn new(key: &SealingKey) -> Result<Self, Fault> {
        RandomizedNonceKey::new(&AES_256_GCM, &key.0).map(Self).map_err(|_| Fault::new("store: open", "the key was not taken"))
    }

    /// Nonce, ciphertext, tag.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &str) -> Result<Vec<u8>, Fault> {
        let mut text = secret.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(place.associated_data(), &mut text);
        let nonce = nonce.map_err(|_| Fault::new("store: commit", format!("{} could not be sealed", place.column)))?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// What was sealed at this very place with this very key.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<String, Fault> {
        let unopened = || Fault::new("store: read", format!("{} does not open: another key, or a damaged row", place.column));
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unopened())?;
        let mut text = text.to_vec();
        let opened = self.0.open_in_place(nonce, place.associated_data(), &mut text).map_err(|_| unopened())?;
        String::from_utf8(opened.to_vec()).map_err(|_| unopened())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'_> = Place { column: "apps.sealed_secret", row: &["1001"] };

    fn seal() -> Seal {
        Seal::new(&SealingKey::from_bytes([7; 32])).unwrap()
    }

    #[test]
    fn opens_what_it_sealed() {
        for secret in ["", "s", "5ecr€t", &"long ".repeat(100)] {
            let sealed = seal().seal(HERE, secret).unwrap();
            assert_eq!(sealed.len(), NONCE_LEN + secret.len() + 16);
            assert_eq!(seal().open(HERE, &sealed).unwrap(), secret);
        }
    }

    #[test]
    fn never_seals_the_same_way_twice() {
        assert_ne!(seal().seal(HERE, "secret").unwrap(), seal().seal(HERE, "secret").unwrap());
    }

    #[test]
    fn refuses_another_place_another_key_and_damage() {
        let sealed = seal().seal(HERE, "secret").unwrap();
        for row in [["1002"].as_slice(), &["1001", "2"], &[]] {
            assert!(seal().open(Place { row, ..HERE }, &sealed).is_err(), "{row:?}");
        }
        assert!(seal().open(Place { column: "apps.sealed_verify_token", ..HERE }, &sealed).is_err());
        assert!(Seal::new(&SealingKey::from_bytes([8; 32])).unwrap().open(HERE, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(seal().open(HERE, &damaged).is_err(), "byte {at}");
            assert!(seal().open(HERE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", SealingKey::from_bytes([7; 32])), "storage key");
    }
}

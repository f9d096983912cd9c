//! Session keys from master keys (RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11), with a key derivation rate of zero.

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};

use zeroize::Zeroize as _;

use super::{MasterKey, SrtpError, SrtpProfile};

/// Which set of session keys.
#[derive(Clone, Copy)]
pub(super) enum Label {
    Rtp = 0,
    Rtcp = 3,
}

/// HMAC-SHA1 keys are as long as the hash (RFC 3711 §8.2).
pub(super) const AUTH_KEY_LEN: usize = 20;

/// The keys of one direction for one of RTP and RTCP.
pub(super) struct SessionKeys {
    key: [u8; 32],
    key_len: usize,
    pub(super) auth: [u8; AUTH_KEY_LEN],
    salt: [u8; 14],
    salt_len: usize,
}

impl SessionKeys {
    pub(super) fn derive(profile: SrtpProfile, master: MasterKey<'_>, label: Label) -> Result<SessionKeys, SrtpError> {
        if master.key.len() != profile.key_len() || master.salt.len() != profile.salt_len() {
            return Err(SrtpError::WrongKeyLength);
        }
        let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
        let mut keys = SessionKeys { key: [0; 32], key_len, auth: [0; AUTH_KEY_LEN], salt: [0; 14], salt_len };
        let label = label as u8;
        expand(master, label, &mut keys.key[..key_len])?;
        expand(master, label + 1, &mut keys.auth)?;
        expand(master, label + 2, &mut keys.salt[..salt_len])?;
        Ok(keys)
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.key_len]
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt[..self.salt_len]
    }
}

impl Drop for SessionKeys {
    fn drop(&mut self) {
        self.key.zeroize();
        self.auth.zeroize();
        self.salt.zeroize();
    }
}

/// The AES-CM pseudo-random function: counter mode over `salt XOR label`.
pub(super) fn expand(master: MasterKey<'_>, label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
    let mut block = [0u8; 16];
    block[..master.salt.len()].copy_from_slice(master.salt);
    block[7] ^= label;
    for (counter, chunk) in (0u16..).zip(out.chunks_mut(16)) {
        block[14..].copy_from_slice(&counter.to_be_bytes());
        let stream = encrypt_block(master.key, block)?;
        chunk.copy_from_slice(&stream[..chunk.len()]);
    }
    Ok(())
}

fn encrypt_block(key: &[u8], block: [u8; 16]) -> Result<[u8; 16], SrtpError> {
    let mut block = Array::from(block);
    match key.len() {
        16 => Aes128::new_from_slice(key).map_err(|_| SrtpError::WrongKeyLength)?.encrypt_block(&mut block),
        _ => Aes256::new_from_slice(key).map_err(|_| SrtpError::WrongKeyLength)?.encrypt_block(&mut block),
    }
    Ok(block.into())
}

//! The two families of SRTP transforms: AES counter mode with HMAC-SHA1 (RFC 3711 §4, RFC 6188) and AES-GCM
//! (RFC 7714). Everything happens in the packet's own buffer.

use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use super::derive::SessionKeys;
use super::{INDEX_LEN, RTCP_HEADER, SrtpError, SrtpProfile};

const GCM_TAG: usize = 16;
const SHA1_LEN: usize = 20;
/// SRTCP's tag under all AES-CM profiles.
const RTCP_CM_TAG: usize = 10;

pub(super) enum Cipher {
    Gcm {
        key: LessSafeKey,
        salt: [u8; 12],
    },
    /// Apart, because its key schedule is several times a GCM key's size.
    Cm(Box<CounterMode>),
}

/// The block cipher, by the length of its key.
enum Aes {
    Short(Aes128),
    Long(Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Result<Aes, SrtpError> {
        let wrong = |_| SrtpError::WrongKeyLength;
        match key.len() {
            16 => Ok(Aes::Short(Aes128::new_from_slice(key).map_err(wrong)?)),
            _ => Ok(Aes::Long(Aes256::new_from_slice(key).map_err(wrong)?)),
        }
    }

    fn apply_keystream(&self, counter: u128, data: &mut [u8]) {
        match self {
            Aes::Short(aes) => apply_keystream(aes, counter, data),
            Aes::Long(aes) => apply_keystream(aes, counter, data),
        }
    }
}

pub(super) struct CounterMode {
    aes: Aes,
    /// Keyed once: setting the key costs half of a packet's MAC.
    mac: Hmac<Sha1>,
    salt: [u8; 14],
    rtp_tag: usize,
}

impl Cipher {
    pub(super) fn new(profile: SrtpProfile, keys: &SessionKeys) -> Result<Cipher, SrtpError> {
        let wrong = |_| SrtpError::WrongKeyLength;
        if profile.is_aead() {
            let algorithm = if keys.key().len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
            let key = UnboundKey::new(algorithm, keys.key()).map_err(|_| SrtpError::WrongKeyLength)?;
            Ok(Cipher::Gcm { key: LessSafeKey::new(key), salt: keys.salt().try_into().map_err(wrong)? })
        } else {
            Ok(Cipher::Cm(Box::new(CounterMode {
                aes: Aes::new(keys.key())?,
                mac: Hmac::new_from_slice(&keys.auth).map_err(|_| SrtpError::WrongKeyLength)?,
                salt: keys.salt().try_into().map_err(wrong)?,
                rtp_tag: profile.rtp_tag_len(),
            })))
        }
    }

    /// `packet` is header, payload up to `len`, and room for the tag.
    pub(super) fn seal_rtp(&self, packet: &mut [u8], header: usize, len: usize, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm { key, salt } => {
                let (aad, rest) = packet.split_at_mut(header);
                let (payload, tag) = rest.split_at_mut(len - header);
                seal(key, gcm_rtp_nonce(salt, ssrc, index), aad, payload, tag)
            }
            Cipher::Cm(cm) => {
                let CounterMode { aes, mac, salt, rtp_tag } = &**cm;
                aes.apply_keystream(counter_block(salt, ssrc, index), &mut packet[header..len]);
                let (data, tag) = packet.split_at_mut(len);
                tag.copy_from_slice(&rtp_mac(mac, data, index)[..*rtp_tag]);
                Ok(())
            }
        }
    }

    pub(super) fn open_rtp(&self, packet: &mut [u8], header: usize, len: usize, ssrc: u32, index: u64) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm { key, salt } => {
                let (aad, rest) = packet.split_at_mut(header);
                let (payload, tag) = rest.split_at_mut(len - header);
                open(key, gcm_rtp_nonce(salt, ssrc, index), aad, payload, tag)
            }
            Cipher::Cm(cm) => {
                let CounterMode { aes, mac, salt, rtp_tag } = &**cm;
                let (data, tag) = packet.split_at_mut(len);
                same(&rtp_mac(mac, data, index)[..*rtp_tag], tag)?;
                aes.apply_keystream(counter_block(salt, ssrc, index), &mut data[header..]);
                Ok(())
            }
        }
    }

    /// `word` is the SRTCP index with its E bit.
    pub(super) fn seal_rtcp(&self, packet: &mut [u8], len: usize, ssrc: u32, word: u32) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm { key, salt } => {
                let (header, rest) = packet.split_at_mut(RTCP_HEADER);
                let (payload, rest) = rest.split_at_mut(len - RTCP_HEADER);
                let (tag, index) = rest.split_at_mut(GCM_TAG);
                index.copy_from_slice(&word.to_be_bytes());
                seal(key, gcm_rtcp_nonce(salt, ssrc, word), &rtcp_aad(header, word), payload, tag)
            }
            Cipher::Cm(cm) => {
                let CounterMode { aes, mac, salt, .. } = &**cm;
                aes.apply_keystream(counter_block(salt, ssrc, rtcp_index(word)), &mut packet[RTCP_HEADER..len]);
                packet[len..len + INDEX_LEN].copy_from_slice(&word.to_be_bytes());
                let (data, tag) = packet.split_at_mut(len + INDEX_LEN);
                tag.copy_from_slice(&mac_of(mac, &[data])[..RTCP_CM_TAG]);
                Ok(())
            }
        }
    }

    pub(super) fn open_rtcp(&self, packet: &mut [u8], len: usize, ssrc: u32, word: u32) -> Result<(), SrtpError> {
        match self {
            Cipher::Gcm { key, salt } => {
                let (header, rest) = packet.split_at_mut(RTCP_HEADER);
                let (payload, rest) = rest.split_at_mut(len - RTCP_HEADER);
                open(key, gcm_rtcp_nonce(salt, ssrc, word), &rtcp_aad(header, word), payload, &rest[..GCM_TAG])
            }
            Cipher::Cm(cm) => {
                let CounterMode { aes, mac, salt, .. } = &**cm;
                let (data, tag) = packet.split_at_mut(len + INDEX_LEN);
                same(&mac_of(mac, &[data])[..RTCP_CM_TAG], tag)?;
                aes.apply_keystream(counter_block(salt, ssrc, rtcp_index(word)), &mut data[RTCP_HEADER..len]);
                Ok(())
            }
        }
    }
}

fn seal(key: &LessSafeKey, nonce: Nonce, aad: &[u8], payload: &mut [u8], tag: &mut [u8]) -> Result<(), SrtpError> {
    // Fails only beyond 64 GiB, which no datagram reaches.
    let made = key.seal_in_place_separate_tag(nonce, Aad::from(aad), payload).map_err(|_| SrtpError::Malformed)?;
    tag.copy_from_slice(made.as_ref());
    Ok(())
}

fn open(key: &LessSafeKey, nonce: Nonce, aad: &[u8], payload: &mut [u8], tag: &[u8]) -> Result<(), SrtpError> {
    key.open_in_place_separate_tag(nonce, Aad::from(aad), tag, payload).map(|_| ()).map_err(|_| SrtpError::Unauthentic)
}

fn same(expected: &[u8], found: &[u8]) -> Result<(), SrtpError> {
    if expected.ct_eq(found).into() { Ok(()) } else { Err(SrtpError::Unauthentic) }
}

/// RFC 7714 §8.1: zeroes, SSRC, roll-over counter, sequence number, all under the salt.
fn gcm_rtp_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> Nonce {
    let mut iv = *salt;
    xor(&mut iv[2..6], &ssrc.to_be_bytes());
    xor(&mut iv[6..], &index.to_be_bytes()[2..]);
    Nonce::assume_unique_for_key(iv)
}

/// RFC 7714 §9.1: zeroes, SSRC, zeroes, index without the E bit, all under the salt.
fn gcm_rtcp_nonce(salt: &[u8; 12], ssrc: u32, word: u32) -> Nonce {
    let mut iv = *salt;
    xor(&mut iv[2..6], &ssrc.to_be_bytes());
    xor(&mut iv[8..], &(word & !super::ENCRYPTED).to_be_bytes());
    Nonce::assume_unique_for_key(iv)
}

/// RFC 7714 §9.2: the fixed header, then the index with its E bit.
fn rtcp_aad(header: &[u8], word: u32) -> [u8; RTCP_HEADER + INDEX_LEN] {
    let mut aad = [0; RTCP_HEADER + INDEX_LEN];
    aad[..RTCP_HEADER].copy_from_slice(header);
    aad[RTCP_HEADER..].copy_from_slice(&word.to_be_bytes());
    aad
}

fn rtcp_index(word: u32) -> u64 {
    u64::from(word & !super::ENCRYPTED)
}

/// RFC 3711 §4.1.1: `salt * 2^16 XOR ssrc * 2^64 XOR index * 2^16`.
pub(super) fn counter_block(salt: &[u8; 14], ssrc: u32, index: u64) -> u128 {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    xor(&mut iv[4..8], &ssrc.to_be_bytes());
    xor(&mut iv[8..14], &index.to_be_bytes()[2..]);
    u128::from_be_bytes(iv)
}

/// Counter mode, sixteen blocks at a time so that the processor's AES units stay busy.
pub(super) fn apply_keystream(aes: &impl BlockCipherEncrypt<BlockSize = U16>, mut counter: u128, data: &mut [u8]) {
    const BLOCKS: usize = 16;
    for chunk in data.chunks_mut(BLOCKS * 16) {
        let mut stream = [Array::from([0u8; 16]); BLOCKS];
        let used = &mut stream[..chunk.len().div_ceil(16)];
        for block in used.iter_mut() {
            *block = Array::from(counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        aes.encrypt_blocks(used);
        for (bytes, block) in chunk.chunks_mut(16).zip(used.iter()) {
            xor(bytes, block);
        }
    }
}

/// RFC 3711 §4.2: the packet, then the roll-over counter.
fn rtp_mac(mac: &Hmac<Sha1>, data: &[u8], index: u64) -> [u8; SHA1_LEN] {
    mac_of(mac, &[data, &((index >> 16) as u32).to_be_bytes()])
}

fn mac_of(mac: &Hmac<Sha1>, parts: &[&[u8]]) -> [u8; SHA1_LEN] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, other) in bytes.iter_mut().zip(with) {
        *byte ^= other;
    }
}

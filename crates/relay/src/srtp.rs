//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) with keys from DTLS (RFC 5764) or from session descriptions (RFC 4568), in place and
//! without allocating per packet.
//!
//! The framing is ours because no library at hand works in the caller's buffer; why, and what it
//! cost, is in `docs/decisions/0003-srtp.md`. Ciphers and MACs are libraries'. Left out on purpose:
//! re-keying, and SRTCP without encryption. An MKI is taken out of what comes, where the far end's description announces one (RFC 3711
//! §3.1); what we send has none.

mod cipher;
mod derive;
mod sources;
#[cfg(test)]
mod tests;

use callport_sdp::{CryptoSuite, Mki};
use cipher::Cipher;
use derive::{Label, SessionKeys};
use sources::{Sources, Window};

/// How the packets of a leg are protected (RFC 5764 §4.1.2, RFC 6188 §4, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SrtpProfile {
    /// `SRTP_AES128_CM_HMAC_SHA1_80`, the one every stack has.
    Aes128CmSha1_80,
    /// `SRTP_AES128_CM_HMAC_SHA1_32`, for keys that come by SDES; never offered over DTLS.
    Aes128CmSha1_32,
    /// `AES_256_CM_HMAC_SHA1_80`, for keys that come by SDES.
    Aes256CmSha1_80,
    /// `AES_256_CM_HMAC_SHA1_32`, for keys that come by SDES.
    Aes256CmSha1_32,
    /// `SRTP_AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `SRTP_AEAD_AES_256_GCM`.
    AeadAes256Gcm,
}

impl SrtpProfile {
    /// The name in the IANA registry of DTLS-SRTP protection profiles; of the two that are not in it, one made like the others.
    pub const fn name(self) -> &'static str {
        match self {
            SrtpProfile::Aes256CmSha1_80 => "SRTP_AES256_CM_HMAC_SHA1_80",
            SrtpProfile::Aes256CmSha1_32 => "SRTP_AES256_CM_HMAC_SHA1_32",
            SrtpProfile::Aes128CmSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            SrtpProfile::Aes128CmSha1_32 => "SRTP_AES128_CM_HMAC_SHA1_32",
            SrtpProfile::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            SrtpProfile::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        }
    }

    /// The same protection by its name in `a=crypto`.
    pub const fn suite(self) -> CryptoSuite {
        match self {
            SrtpProfile::Aes128CmSha1_80 => CryptoSuite::AesCm128Sha1_80,
            SrtpProfile::Aes128CmSha1_32 => CryptoSuite::AesCm128Sha1_32,
            SrtpProfile::Aes256CmSha1_80 => CryptoSuite::AesCm256Sha1_80,
            SrtpProfile::Aes256CmSha1_32 => CryptoSuite::AesCm256Sha1_32,
            SrtpProfile::AeadAes128Gcm => CryptoSuite::AeadAes128Gcm,
            SrtpProfile::AeadAes256Gcm => CryptoSuite::AeadAes256Gcm,
        }
    }

    /// Bytes of a master key.
    pub const fn key_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes256Gcm | SrtpProfile::Aes256CmSha1_80 | SrtpProfile::Aes256CmSha1_32 => 32,
            _ => 16,
        }
    }

    /// Bytes of a master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => 12,
            _ => 14,
        }
    }

    /// Bytes that DTLS must export: both directions' keys, then both salts (RFC 5764 §4.2).
    pub const fn keying_material_len(self) -> usize {
        2 * (self.key_len() + self.salt_len())
    }

    const fn rtp_tag_len(self) -> usize {
        match self {
            SrtpProfile::Aes128CmSha1_80 | SrtpProfile::Aes256CmSha1_80 => 10,
            SrtpProfile::Aes128CmSha1_32 | SrtpProfile::Aes256CmSha1_32 => 4,
            SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm => 16,
        }
    }

    /// SRTCP keeps the long tag even under the `_32` profiles (RFC 5764 §4.1.2, RFC 4568 §6.2.2).
    const fn rtcp_tag_len(self) -> usize {
        if self.is_aead() { 16 } else { 10 }
    }

    const fn is_aead(self) -> bool {
        matches!(self, SrtpProfile::AeadAes128Gcm | SrtpProfile::AeadAes256Gcm)
    }
}

impl From<CryptoSuite> for SrtpProfile {
    fn from(suite: CryptoSuite) -> SrtpProfile {
        match suite {
            CryptoSuite::AesCm128Sha1_80 => SrtpProfile::Aes128CmSha1_80,
            CryptoSuite::AesCm128Sha1_32 => SrtpProfile::Aes128CmSha1_32,
            CryptoSuite::AesCm256Sha1_80 => SrtpProfile::Aes256CmSha1_80,
            CryptoSuite::AesCm256Sha1_32 => SrtpProfile::Aes256CmSha1_32,
            CryptoSuite::AeadAes128Gcm => SrtpProfile::AeadAes128Gcm,
            CryptoSuite::AeadAes256Gcm => SrtpProfile::AeadAes256Gcm,
        }
    }
}

/// The most bytes that protection adds to an RTP or RTCP packet: a GCM tag and the SRTCP index.
pub const MAX_OVERHEAD: usize = 20;

/// Why a packet was refused. Refusals change nothing in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// Too short, or its header claims more than there is.
    #[error("malformed packet")]
    Malformed,
    /// The tag does not fit the packet: forged, damaged, or made with other keys.
    #[error("authentication failed")]
    Unauthentic,
    /// Seen before, or older than the replay window reaches. When protecting: this sequence number
    /// has been used, and using it again would give the keystream away.
    #[error("replayed")]
    Replay,
    /// The session has met too many SSRCs already.
    #[error("too many sources")]
    TooManySources,
    /// The buffer has no room for the tag.
    #[error("no room for the tag")]
    NoRoom,
    /// The index space of these keys is used up (RFC 3711 §9.2).
    #[error("keys are used up")]
    Exhausted,
    /// Keys of the wrong length were handed in.
    #[error("keys of the wrong length")]
    WrongKeyLength,
}

/// Both directions' protection of one leg.
///
/// All four work in the caller's buffer and answer with the packet's new length.
pub trait Srtp {
    /// Protects the RTP packet in `buffer[..len]`; the tag goes behind it.
    fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError>;
    /// Checks and decrypts an RTP packet.
    fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError>;
    /// Protects the compound RTCP packet in `buffer[..len]`; index and tag go behind it.
    fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError>;
    /// Checks and decrypts a compound RTCP packet.
    fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError>;
}

/// Master key and salt of one direction. No `Debug`: it is a secret.
#[derive(Clone, Copy)]
pub struct MasterKey<'a> {
    /// [`SrtpProfile::key_len`] bytes.
    pub key: &'a [u8],
    /// [`SrtpProfile::salt_len`] bytes.
    pub salt: &'a [u8],
}

/// What one direction needs for one of RTP and RTCP.
struct Stream {
    cipher: Cipher,
    sources: Sources,
}

/// The protection of one leg, keyed once.
pub struct SrtpSession {
    profile: SrtpProfile,
    rtp_out: Stream,
    rtp_in: Stream,
    rtcp_out: Cipher,
    rtcp_in: Stream,
    next_rtcp_index: u32,
    /// Stands in each packet that comes.
    mki_in: Option<Mki>,
    /// The latest RTP packet failed its authentication.
    failing: bool,
    /// How many more of those that fail are tried with another roll-over counter.
    trials_left: u8,
    rollover: Option<Rollover>,
}

/// A far end whose packets authenticate with another roll-over counter than theirs must have (RFC 3711 §3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollover {
    /// It counted a wrap of its numbers that we have not seen: the packets before it were lost, or the numbers jumped.
    Ahead,
    /// It counts from the beginning again.
    Behind,
}

/// Trials cost a copy and up to three more authentications, and serve a sentence for the operator only.
const MAX_TRIALS: u8 = 16;
/// Longer packets are not tried.
const MAX_TRIED: usize = 1500;

const FIXED_HEADER: usize = 12;
const RTCP_HEADER: usize = 8;
const INDEX_LEN: usize = 4;
/// The E bit of the SRTCP index: "this packet is encrypted".
const ENCRYPTED: u32 = 1 << 31;

impl SrtpSession {
    /// A session from the keys of each direction. `ours` protects what we send.
    pub fn new(profile: SrtpProfile, ours: MasterKey<'_>, theirs: MasterKey<'_>) -> Result<SrtpSession, SrtpError> {
        let stream = |master, label| -> Result<Stream, SrtpError> {
            Ok(Stream { cipher: Cipher::new(profile, &SessionKeys::derive(profile, master, label)?)?, sources: Sources::default() })
        };
        Ok(SrtpSession {
            profile,
            rtp_out: stream(ours, Label::Rtp)?,
            rtp_in: stream(theirs, Label::Rtp)?,
            rtcp_out: stream(ours, Label::Rtcp)?.cipher,
            rtcp_in: stream(theirs, Label::Rtcp)?,
            next_rtcp_index: 0,
            mki_in: None,
            failing: false,
            trials_left: MAX_TRIALS,
            rollover: None,
        })
    }

    /// A session from what DTLS exported (RFC 5764 §4.2: client key, server key, client salt,
    /// server salt).
    pub fn from_dtls(profile: SrtpProfile, material: &[u8], we_are_client: bool) -> Result<SrtpSession, SrtpError> {
        if material.len() != profile.keying_material_len() {
            return Err(SrtpError::WrongKeyLength);
        }
        let (keys, salts) = material.split_at(2 * profile.key_len());
        let (client_key, server_key) = keys.split_at(profile.key_len());
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let client = MasterKey { key: client_key, salt: client_salt };
        let server = MasterKey { key: server_key, salt: server_salt };
        if we_are_client { SrtpSession::new(profile, client, server) } else { SrtpSession::new(profile, server, client) }
    }

    /// The same, with an MKI in each packet that comes.
    #[must_use]
    pub fn expecting(self, mki: Option<Mki>) -> SrtpSession {
        SrtpSession { mki_in: mki, ..self }
    }

    /// Takes the MKI out, which stands before the last `behind` bytes; the packet's length without it. One of another key is no packet of this
    /// session.
    fn without_mki(&self, packet: &mut [u8], behind: usize) -> Result<usize, SrtpError> {
        let Some(mki) = self.mki_in else { return Ok(packet.len()) };
        let end = packet.len().checked_sub(behind).ok_or(SrtpError::Malformed)?;
        let begin = end.checked_sub(mki.length()).ok_or(SrtpError::Malformed)?;
        if !mki.is(&packet[begin..end]) {
            return Err(SrtpError::Unauthentic);
        }
        packet.copy_within(end.., begin);
        Ok(packet.len() - mki.length())
    }

    /// See [`CallMedia::touch`](crate::CallMedia::touch).
    pub(crate) fn touch(&self) -> u64 {
        let window = |stream: &Stream| stream.sources.window(0).map_or(0, |window| window.guess(0));
        window(&self.rtp_in) ^ window(&self.rtp_out)
    }

    /// What was wrong with the roll-over counter of packets that failed, if it was that.
    pub fn rollover(&self) -> Option<Rollover> {
        self.rollover
    }

    /// Why a packet failed: whether it is authentic under the roll-over counter next to the one that it must have.
    fn explain(&mut self, packet: &[u8], header: usize, len: usize, ssrc: u32, index: u64) {
        self.trials_left -= 1;
        let mut room = [0; MAX_TRIED];
        let Some(copy) = room.get_mut(..packet.len()) else { return };
        let low = index & 0xffff;
        let neighbours =
            [(index.checked_add(1 << 16), Rollover::Ahead), (index.checked_sub(1 << 16), Rollover::Behind), (Some(low), Rollover::Behind)];
        for (other, rollover) in neighbours {
            let Some(other) = other.filter(|other| *other != index) else { continue };
            copy.copy_from_slice(packet);
            if self.rtp_in.cipher.open_rtp(copy, header, len, ssrc, other).is_ok() {
                self.rollover = Some(rollover);
                return;
            }
        }
    }

    /// How packets are protected.
    pub fn profile(&self) -> SrtpProfile {
        self.profile
    }
}

impl Srtp for SrtpSession {
    fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let sealed = len + self.profile.rtp_tag_len();
        let packet = buffer.get_mut(..sealed).ok_or(SrtpError::NoRoom)?;
        let header = rtp_header_len(&packet[..len])?;
        let (ssrc, sequence) = (be32(packet, 8), be16(packet, 2));
        let Stream { cipher, sources } = &mut self.rtp_out;
        let index = sources.window(ssrc)?.guess(sequence);
        sources.window(ssrc)?.check(index)?;
        cipher.seal_rtp(packet, header, len, ssrc, index)?;
        sources.accept(ssrc, index)?;
        Ok(sealed)
    }

    fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        // Counter mode has the MKI before its tag (RFC 3711 §3.1), GCM behind (RFC 7714 §8.2).
        let whole = self.without_mki(packet, if self.profile.is_aead() { 0 } else { self.profile.rtp_tag_len() })?;
        let packet = &mut packet[..whole];
        let len = packet.len().checked_sub(self.profile.rtp_tag_len()).ok_or(SrtpError::Malformed)?;
        let header = rtp_header_len(&packet[..len])?;
        let (ssrc, sequence) = (be32(packet, 8), be16(packet, 2));
        let window = self.rtp_in.sources.window(ssrc)?;
        let index = window.guess(sequence);
        // Opening destroys what it refuses, so a trial has to come first.
        if self.failing && self.trials_left > 0 {
            self.explain(packet, header, len, ssrc, index);
        }
        let opened = self.rtp_in.cipher.open_rtp(packet, header, len, ssrc, index);
        self.failing = opened.is_err();
        opened?;
        // Not before: what is told of replays is told of the far end, not of whoever forges its address.
        window.check(index)?;
        self.rtp_in.sources.accept(ssrc, index)?;
        Ok(len)
    }

    fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let sealed = len + INDEX_LEN + self.profile.rtcp_tag_len();
        let packet = buffer.get_mut(..sealed).ok_or(SrtpError::NoRoom)?;
        if len < RTCP_HEADER {
            return Err(SrtpError::Malformed);
        }
        let index = self.next_rtcp_index;
        if index & ENCRYPTED != 0 {
            return Err(SrtpError::Exhausted);
        }
        let ssrc = be32(packet, 4);
        self.rtcp_out.seal_rtcp(packet, len, ssrc, index | ENCRYPTED)?;
        self.next_rtcp_index += 1;
        Ok(sealed)
    }

    fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        // As above, and behind the index (RFC 3711 §3.4, RFC 7714 §9.2).
        let whole = self.without_mki(packet, if self.profile.is_aead() { 0 } else { self.profile.rtcp_tag_len() })?;
        let packet = &mut packet[..whole];
        let len = packet.len().checked_sub(INDEX_LEN + self.profile.rtcp_tag_len()).ok_or(SrtpError::Malformed)?;
        if len < RTCP_HEADER {
            return Err(SrtpError::Malformed);
        }
        // GCM puts the index last, AES-CM puts it before the tag (RFC 7714 §9.1, RFC 3711 §3.4).
        let at = if self.profile.is_aead() { packet.len() - INDEX_LEN } else { len };
        let word = be32(packet, at);
        if word & ENCRYPTED == 0 {
            return Err(SrtpError::Unauthentic);
        }
        let index = u64::from(word & !ENCRYPTED);
        let ssrc = be32(packet, 4);
        let Stream { cipher, sources } = &mut self.rtcp_in;
        let window = sources.window(ssrc)?;
        cipher.open_rtcp(packet, len, ssrc, word)?;
        window.check(index)?;
        sources.accept(ssrc, index)?;
        Ok(len)
    }
}

/// Length of an RTP header with its CSRCs and extension: the part that is authenticated and sent
/// in clear (RFC 3711 §3.1).
fn rtp_header_len(packet: &[u8]) -> Result<usize, SrtpError> {
    if packet.len() < FIXED_HEADER || packet[0] >> 6 != 2 {
        return Err(SrtpError::Malformed);
    }
    let mut len = FIXED_HEADER + 4 * usize::from(packet[0] & 0x0f);
    if packet[0] & 0x10 != 0 {
        let words = packet.get(len + 2..len + 4).ok_or(SrtpError::Malformed)?;
        len += 4 + 4 * usize::from(be16(words, 0));
    }
    if packet.len() < len { Err(SrtpError::Malformed) } else { Ok(len) }
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

impl Window {
    /// Refuses an index that was used, or that is too old to tell.
    fn check(&self, index: u64) -> Result<(), SrtpError> {
        if self.is_fresh(index) { Ok(()) } else { Err(SrtpError::Replay) }
    }
}

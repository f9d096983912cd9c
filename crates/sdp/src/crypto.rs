//! `a=crypto`: SRTP keys in the description itself (SDES, RFC 4568), with the suites of RFC 4568 §6.2, RFC 6188 §4 and RFC 7714 §14.
//!
//! A line is `<tag> <suite> inline:<key and salt>[|<lifetime>][|<MKI>:<length>][;inline:…] [<session parameter> …]`. What a line may hold and
//! we do not do (key derivation rates, packets without encryption or authentication) makes that line unusable and no other: whoever lists
//! several has the first usable one chosen (RFC 4568 §5.1.2).

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroize as _;

use super::document::Section;
use super::refusal::{CryptoFault, excerpt};

/// How SRTP is protected, by the name in `a=crypto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CryptoSuite {
    /// `AES_CM_128_HMAC_SHA1_80`: the one that every stack has, and the only one that the platform offers.
    AesCm128Sha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`: tags of 4 bytes on RTP; RTCP keeps 10.
    AesCm128Sha1_32,
    /// `AES_256_CM_HMAC_SHA1_80`.
    AesCm256Sha1_80,
    /// `AES_256_CM_HMAC_SHA1_32`.
    AesCm256Sha1_32,
    /// `AEAD_AES_128_GCM`.
    AeadAes128Gcm,
    /// `AEAD_AES_256_GCM`.
    AeadAes256Gcm,
}

impl CryptoSuite {
    /// All that we do.
    pub const ALL: [Self; 6] = [
        Self::AesCm128Sha1_80,
        Self::AesCm128Sha1_32,
        Self::AesCm256Sha1_80,
        Self::AesCm256Sha1_32,
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
    ];

    /// As registered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesCm128Sha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128Sha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm256Sha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256Sha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of a master key.
    pub const fn key_len(self) -> usize {
        match self {
            Self::AesCm128Sha1_80 | Self::AesCm128Sha1_32 | Self::AeadAes128Gcm => 16,
            Self::AesCm256Sha1_80 | Self::AesCm256Sha1_32 | Self::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of a master salt.
    pub const fn salt_len(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
            _ => 14,
        }
    }

    /// Bytes behind `inline:`, once decoded.
    pub const fn keying_len(self) -> usize {
        self.key_len() + self.salt_len()
    }

    /// The suite of that name, in upper or lower case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }
}

/// A master key with its salt. No `Debug`: it is a secret, which is overwritten when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct CryptoKey {
    bytes: [u8; CryptoKey::MOST],
    suite: CryptoSuite,
}

impl CryptoKey {
    /// Bytes of the longest.
    pub const MOST: usize = 46;

    /// A key out of random bytes, of which the suite takes as many as it needs.
    pub fn new(suite: CryptoSuite, mut random: [u8; Self::MOST]) -> Self {
        random[suite.keying_len()..].fill(0);
        let key = Self { bytes: random, suite };
        random.zeroize();
        key
    }

    /// The master key.
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.suite.key_len()]
    }

    /// The master salt.
    pub fn salt(&self) -> &[u8] {
        &self.bytes[self.suite.key_len()..self.suite.keying_len()]
    }

    /// As it stands behind `inline:`.
    fn text(&self) -> String {
        STANDARD.encode(&self.bytes[..self.suite.keying_len()])
    }

    fn read(suite: CryptoSuite, text: &str) -> Result<Self, CryptoFault> {
        let mut room = [0; MAX_INLINE_BYTES];
        let decoded = LENIENT.decode_slice(text, &mut room).map_err(|_| CryptoFault::NotBase64);
        let key = decoded.and_then(|found| {
            let needed = suite.keying_len();
            if found != needed {
                return Err(CryptoFault::KeyLength { suite: suite.name(), needed, found });
            }
            let mut bytes = [0; Self::MOST];
            bytes[..needed].copy_from_slice(&room[..needed]);
            let key = Self { bytes, suite };
            bytes.zeroize();
            Ok(key)
        });
        room.zeroize();
        key
    }
}

impl Drop for CryptoKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// The bytes that name a master key in each packet (RFC 3711 §3.1), where a description asks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mki {
    value: u128,
    length: u8,
}

impl Mki {
    /// Most bytes in a packet (RFC 4568 §6.1).
    pub const MOST: usize = 128;

    /// So many bytes in each packet; 1 to [`Self::MOST`].
    pub fn length(&self) -> usize {
        self.length.into()
    }

    /// Whether these are the bytes: the number, its highest byte first, filled up with zeroes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        let (zeroes, low) = bytes.split_at(bytes.len().saturating_sub(16));
        let value = low.iter().fold(0, |value: u128, byte| value << 8 | u128::from(*byte));
        bytes.len() == self.length() && value == self.value && zeroes.iter().all(|byte| *byte == 0)
    }

    /// `<value>:<length>`.
    fn read(text: &str) -> Option<Self> {
        let (value, length) = text.split_once(':')?;
        let (value, length): (u128, usize) = (decimal(value)?, decimal(length)?);
        let fits = (1..=Self::MOST).contains(&length) && (length >= 16 || value >> (8 * length) == 0);
        Some(Self { value, length: length as u8 }).filter(|_| fits)
    }
}

/// One `a=crypto` line, reduced to the key that is used of it. Its `Debug` shows no key.
#[derive(Clone, PartialEq, Eq)]
pub struct CryptoLine {
    /// Names the line within its description; an answer repeats that of the line it accepts.
    pub tag: u32,
    /// How packets are protected.
    pub suite: CryptoSuite,
    /// What its author protects its packets with: the first key of the line.
    pub key: CryptoKey,
    /// Stands in each packet of its author, if there is one.
    pub mki: Option<Mki>,
}

impl CryptoLine {
    /// Tag of the platform's one line.
    pub const PLATFORM_TAG: u32 = 1;
    /// Suite of the platform's one line, if the platform offers.
    pub const PLATFORM_SUITE: CryptoSuite = CryptoSuite::AesCm128Sha1_80;

    /// A line of ours: one key, no lifetime, no MKI, no session parameters.
    pub fn new(tag: u32, suite: CryptoSuite, random: [u8; CryptoKey::MOST]) -> Self {
        Self { tag, suite, key: CryptoKey::new(suite, random), mki: None }
    }

    /// Reads what follows `a=crypto:`.
    fn read(value: &str) -> Result<Self, CryptoFault> {
        let mut words = value.split_ascii_whitespace();
        let (Some(tag), Some(suite), Some(keys)) = (words.next(), words.next(), words.next()) else {
            return Err(CryptoFault::Malformed);
        };
        let tag = Some(tag).filter(|tag| tag.len() <= 9).and_then(decimal).ok_or(CryptoFault::Malformed)?;
        let suite = CryptoSuite::parse(suite).ok_or_else(|| CryptoFault::Suite { written: excerpt(suite) })?;
        words.try_for_each(check_session_parameter)?;
        let (key, mki) = read_keys(suite, keys)?;
        Ok(Self { tag, suite, key, mki })
    }
}

impl fmt::Debug for CryptoLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CryptoLine").field("tag", &self.tag).field("suite", &self.suite).field("mki", &self.mki).finish_non_exhaustive()
    }
}

/// As written behind `a=`: with the key in it.
impl fmt::Display for CryptoLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.key.text();
        let written = write!(f, "crypto:{} {} inline:{text}", self.tag, self.suite.name());
        text.zeroize();
        written
    }
}

/// The first key of `inline:…;inline:…`, and its MKI. The others are there for later, which never comes in a call (no renegotiation).
fn read_keys(suite: CryptoSuite, text: &str) -> Result<(CryptoKey, Option<Mki>), CryptoFault> {
    let mut first = None;
    for (index, key) in text.split(';').enumerate() {
        let read = read_key(suite, key)?;
        if index == 0 {
            first = Some(read);
        } else if read.1.is_none() || first.as_ref().is_some_and(|(_, mki)| mki.is_none()) {
            return Err(CryptoFault::SeveralKeysWithoutMki); // nothing would tell which of them a packet is made with (RFC 4568 §6.1)
        }
    }
    first.ok_or(CryptoFault::Malformed)
}

/// `inline:<key and salt>[|<lifetime>][|<MKI>:<length>]`.
fn read_key(suite: CryptoSuite, text: &str) -> Result<(CryptoKey, Option<Mki>), CryptoFault> {
    let (method, value) = text.split_once(':').ok_or(CryptoFault::Malformed)?;
    if !method.eq_ignore_ascii_case("inline") {
        return Err(CryptoFault::Method { written: excerpt(method) });
    }
    let mut parts = value.split('|');
    let key = CryptoKey::read(suite, parts.next().unwrap_or(""))?;
    let mut rest = parts.peekable();
    if let Some(lifetime) = rest.next_if(|part| !part.contains(':')) {
        check_lifetime(lifetime)?;
    }
    let mki = rest.next().map(|part| Mki::read(part).ok_or(CryptoFault::Mki)).transpose()?;
    match rest.next() {
        None => Ok((key, mki)),
        Some(_) => Err(CryptoFault::Malformed),
    }
}

/// How many packets a key is good for, `2^20` or in digits: 1 to 2^48 (RFC 3711 §9.2). Its author may not use it longer; we take what comes.
fn check_lifetime(text: &str) -> Result<(), CryptoFault> {
    const MOST: u64 = 1 << 48;
    let packets = match text.strip_prefix("2^") {
        Some(exponent) => decimal::<u32>(exponent).and_then(|exponent| 1_u64.checked_shl(exponent).filter(|_| exponent < 64)),
        None => decimal(text),
    };
    match packets {
        Some(1..=MOST) => Ok(()),
        _ => Err(CryptoFault::Lifetime),
    }
}

/// A session parameter (RFC 4568 §6.3). Those that say how the author is made, or what a receiver may know, change nothing; those that
/// change the packets make the line unusable, and so does one that is not known, unless it begins with `-`.
fn check_session_parameter(text: &str) -> Result<(), CryptoFault> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let harmless = match name.to_ascii_uppercase().as_str() {
        // Derived once, which is what we do.
        "KDR" => value == "0",
        // How late packets may come; ours is 128 packets.
        "WSH" => decimal::<u64>(value).is_some_and(|packets| packets >= 64),
        // Of streams with forward error correction, of which a call has none.
        "FEC_ORDER" | "FEC_KEY" => true,
        other => other.starts_with('-'),
    };
    if harmless { Ok(()) } else { Err(CryptoFault::SessionParameter { written: excerpt(name) }) }
}

/// Digits and nothing else.
fn decimal<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What a far end's lines come to.
pub(super) enum CryptoFound {
    /// The usable ones with their line numbers: the first, and those behind it.
    Usable((usize, CryptoLine), Vec<(usize, CryptoLine)>),
    /// None is usable: the first one's number, and why.
    Unusable(usize, CryptoFault),
    /// There is none.
    Absent,
}

/// All lines of a section.
pub(super) fn read_crypto(section: Section<'_, '_>) -> CryptoFound {
    let mut usable: Vec<(usize, CryptoLine)> = Vec::new();
    let mut first_fault = None;
    for (line, value) in section.attributes("crypto").take(MAX_CRYPTO_LINES) {
        match CryptoLine::read(value) {
            // A tag names one line (RFC 4568 §4.1).
            Ok(read) if usable.iter().all(|(_, known)| known.tag != read.tag) => usable.push((line.number, read)),
            Ok(_) => {}
            Err(fault) => {
                first_fault.get_or_insert((line.number, fault));
            }
        }
    }
    let mut usable = usable.into_iter();
    match (usable.next(), first_fault) {
        (Some(first), _) => CryptoFound::Usable(first, usable.collect()),
        (None, Some((line, fault))) => CryptoFound::Unusable(line, fault),
        (None, None) => CryptoFound::Absent,
    }
}

/// Lines looked at. Stacks that list every suite there is write a dozen.
const MAX_CRYPTO_LINES: usize = 64;

/// Room for what `inline:` decodes to; longer texts are no key of any suite.
const MAX_INLINE_BYTES: usize = 256;

/// With or without the `=` at the end: RFC 4568 §6.1 wants it, some stacks leave it out. What follows the last whole byte means nothing.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 bytes: `WVNfX19z…` of RFC 4568 §6.1.
    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn fault(value: &str) -> CryptoFault {
        match CryptoLine::read(value) {
            Ok(_) => panic!("{value} was taken"),
            Err(fault) => fault,
        }
    }

    fn inline(rest: &str) -> String {
        format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}{rest}")
    }

    #[test]
    fn reads_the_examples_of_the_rfc() {
        for (value, mki) in [
            (format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4 FEC_ORDER=FEC_SRTP"), Some((1, 4))),
            (inline("|1:32"), Some((1, 32))),
            (inline("|2^31"), None),
            (inline("|1048576"), None),
            (inline(""), None),
            (inline(&format!("|2^20|1:4;inline:{KEY}|2^20|2:4")), Some((1, 4))),
            (inline(" WSH=128 -later=1 KDR=0"), None),
        ] {
            let line = CryptoLine::read(&value).unwrap();
            assert_eq!((line.tag, line.suite), (1, CryptoSuite::AesCm128Sha1_80), "{value}");
            assert_eq!((line.key.key(), line.key.salt()), (&b"YS___semctl () {"[..], &b"\t220;}\n}\nunles"[..]));
            assert_eq!(line.mki, mki.map(|(value, length)| Mki { value, length }), "{value}");
        }
    }

    #[test]
    fn every_suite_has_keys_of_its_own_length() {
        for (suite, letters) in CryptoSuite::ALL.into_iter().zip([40, 40, 64, 64, 40, 60]) {
            let line = CryptoLine::new(7, suite, std::array::from_fn(|index| index as u8 + 200));
            let text = line.to_string();
            let inline = text.split("inline:").nth(1).unwrap();
            assert_eq!(inline.len(), letters, "{text}");
            assert_eq!(CryptoLine::read(text.strip_prefix("crypto:").unwrap()).unwrap(), line);
            let bare = text.strip_prefix("crypto:").unwrap().trim_end_matches('=').to_ascii_uppercase();
            assert_eq!(CryptoSuite::parse(bare.split(' ').nth(1).unwrap()), Some(suite));
            let unpadded = text.strip_prefix("crypto:").unwrap().trim_end_matches('=');
            assert_eq!(CryptoLine::read(unpadded).unwrap(), line, "without padding");
            assert_eq!(line.key.key().len() + line.key.salt().len(), suite.keying_len());
            assert!(!format!("{line:?}").contains(&inline[..8]), "{line:?}");
        }
    }

    #[test]
    fn says_why_a_line_cannot_be_used() {
        for (value, expected) in [
            ("", CryptoFault::Malformed),
            ("1 AES_CM_128_HMAC_SHA1_80", CryptoFault::Malformed),
            ("x AES_CM_128_HMAC_SHA1_80 inline:x", CryptoFault::Malformed),
            ("1234567890 AES_CM_128_HMAC_SHA1_80 inline:x", CryptoFault::Malformed),
            ("1 F8_128_HMAC_SHA1_80 inline:x", CryptoFault::Suite { written: "F8_128_HMAC_SHA1_80".into() }),
            ("1 AES_CM_128_HMAC_SHA1_80 uri:x", CryptoFault::Method { written: "uri".into() }),
            ("1 AES_CM_128_HMAC_SHA1_80 inline", CryptoFault::Malformed),
            ("1 AES_CM_128_HMAC_SHA1_80 inline:#", CryptoFault::NotBase64),
            (
                "1 AEAD_AES_128_GCM inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
                CryptoFault::KeyLength { suite: "AEAD_AES_128_GCM", needed: 28, found: 30 },
            ),
        ] {
            assert_eq!(fault(value), expected, "{value}");
        }
        for (rest, expected) in [
            ("|0", CryptoFault::Lifetime),
            ("|2^49", CryptoFault::Lifetime),
            ("|2^99999", CryptoFault::Lifetime),
            ("|", CryptoFault::Lifetime),
            ("|+5", CryptoFault::Lifetime),
            ("|2^20|", CryptoFault::Mki),
            ("|256:1", CryptoFault::Mki),
            ("|1:0", CryptoFault::Mki),
            ("|1:129", CryptoFault::Mki),
            ("|2^20|1:4|2:4", CryptoFault::Malformed),
            (&format!(";inline:{KEY}"), CryptoFault::SeveralKeysWithoutMki),
            (&format!("|1:4;inline:{KEY}"), CryptoFault::SeveralKeysWithoutMki),
        ] {
            assert_eq!(fault(&inline(rest)), expected, "{rest}");
        }
        for parameter in ["KDR=1", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "WSH=8", "later=1"] {
            let written = parameter.split('=').next().unwrap().to_owned();
            assert_eq!(fault(&inline(&format!(" {parameter}"))), CryptoFault::SessionParameter { written }, "{parameter}");
        }
    }

    #[test]
    fn an_mki_is_told_by_its_bytes() {
        let mki = Mki::read("258:2").unwrap();
        assert!(mki.is(&[1, 2]) && !mki.is(&[2, 1]) && !mki.is(&[0, 1, 2]));
        let long = Mki::read("1:128").unwrap();
        let mut bytes = [0; 128];
        bytes[127] = 1;
        assert!(long.is(&bytes));
        bytes[0] = 1;
        assert!(!long.is(&bytes));
    }
}

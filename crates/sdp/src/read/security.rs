//! What proves who is there: fingerprint, ICE credentials, and the two roles.

use super::super::refusal::{IceFault, SdpRefusal, excerpt};
use super::super::setup::Setup;
use super::super::warning::SdpWarning;
use super::shape::AudioLine;
use super::{Both, Party, Rules};

/// What a WebRTC end is known by.
pub(super) struct Proof {
    pub(super) fingerprint: [u8; 32],
    pub(super) ice_ufrag: String,
    pub(super) ice_pwd: String,
}

pub(super) fn proof(both: Both<'_, '_>, described: &AudioLine, rules: Rules<'_>) -> Result<Proof, SdpRefusal> {
    names_dtls(both, described)?;
    let fingerprint = fingerprint(both, rules)?;
    let (ice_ufrag, ice_pwd) = ice_credentials(both)?;
    Ok(Proof { fingerprint, ice_ufrag, ice_pwd })
}

/// A short profile means DTLS-SRTP only where a fingerprint stands.
fn names_dtls(both: Both<'_, '_>, described: &AudioLine) -> Result<(), SdpRefusal> {
    let &AudioLine { line, profile, .. } = described;
    match both.attribute("fingerprint") {
        None if !profile.names_dtls() => {
            let crypto = both.attribute("crypto").map(|(crypto, _)| crypto.number);
            Err(SdpRefusal::NoDtls { line, profile, crypto })
        }
        _ => Ok(()),
    }
}

/// The one SHA-256 fingerprint of both levels. The same line at both levels counts once.
fn fingerprint(both: Both<'_, '_>, rules: Rules<'_>) -> Result<[u8; 32], SdpRefusal> {
    // Real stacks send up to three; further ones cannot change the verdict on a business.
    const MOST: usize = 16;
    let media = both.media.attributes("fingerprint");
    let mut found: Vec<(usize, &str, &str)> = Vec::new();
    for (line, value) in media.chain(both.session.attributes("fingerprint")) {
        let (hash, digest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        let digest = digest.trim();
        let known = found
            .iter()
            .any(|(_, other_hash, other_digest)| other_hash.eq_ignore_ascii_case(hash) && other_digest.eq_ignore_ascii_case(digest));
        if !known && found.len() < MOST {
            found.push((line.number, hash, digest));
        }
    }
    if !rules.strict() {
        // A peer of ours needs one that it can check; others beside it do no harm.
        found.sort_by_key(|(_, hash, _)| !hash.eq_ignore_ascii_case("sha-256"));
        found.truncate(1);
    }
    match found.as_slice() {
        [] => Err(SdpRefusal::NoFingerprint),
        &[(line, "", _)] => Err(SdpRefusal::FingerprintMalformed { line }),
        &[(line, hash, digest)] => {
            if !hash.eq_ignore_ascii_case("sha-256") {
                return Err(SdpRefusal::FingerprintHash { line, hash: excerpt(hash) });
            }
            parse_digest(digest).ok_or(SdpRefusal::FingerprintMalformed { line })
        }
        several => {
            let hashes: Vec<&str> = several.iter().take(4).map(|(_, hash, _)| *hash).collect();
            let kept = several.iter().position(|(_, hash, _)| hash.eq_ignore_ascii_case("sha-256"));
            let rest = several.iter().enumerate().filter(|(index, _)| Some(*index) != kept);
            let delete = rest.map(|(_, (line, ..))| *line).collect();
            Err(SdpRefusal::SeveralFingerprints { hashes: excerpt(&hashes.join(", ")), delete })
        }
    }
}

fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let mut pairs = text.split(':');
    for byte in &mut digest {
        let pair = pairs.next()?;
        let hex = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        *byte = hex.then(|| u8::from_str_radix(pair, 16).ok())??;
    }
    pairs.next().is_none().then_some(digest)
}

/// User fragment and password (RFC 8839 §5.4). Any visible ASCII is taken: published platforms themselves send `=`.
fn ice_credentials(both: Both<'_, '_>) -> Result<(String, String), SdpRefusal> {
    let ufrag = credential(both, "ice-ufrag", 4).map_err(SdpRefusal::IceUfrag)?;
    let pwd = credential(both, "ice-pwd", 22).map_err(SdpRefusal::IcePwd)?;
    Ok((ufrag, pwd))
}

fn credential(both: Both<'_, '_>, name: &str, least: usize) -> Result<String, IceFault> {
    const MOST: usize = 256;
    let (line, value) = both.attribute(name).ok_or(IceFault::Missing)?;
    let line = line.number;
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(IceFault::Malformed { line });
    }
    match value.len() {
        length if length < least => Err(IceFault::TooShort { line, least }),
        length if length > MOST => Err(IceFault::TooLong { line }),
        _ => Ok(value.to_owned()),
    }
}

pub(super) fn setup(both: Both<'_, '_>, rules: Rules<'_>, warnings: &mut Vec<SdpWarning>) -> Result<Setup, SdpRefusal> {
    let (line, value) = both.attribute("setup").ok_or(SdpRefusal::NoSetup)?;
    let line = line.number;
    let setup = match value {
        "actpass" => Setup::ActPass,
        "active" => Setup::Active,
        "passive" => Setup::Passive,
        other => return Err(SdpRefusal::SetupUnknown { line, written: excerpt(other) }),
    };
    match (setup, rules.party) {
        (Setup::ActPass, Party::Platform) if rules.answer => {
            warnings.push(SdpWarning::AnswerActpass);
            Ok(Setup::Passive)
        }
        (Setup::ActPass, _) if rules.answer => Err(SdpRefusal::ActpassInAnswer { line }),
        (Setup::Passive, Party::Business) if rules.answer => {
            warnings.push(SdpWarning::AnswerPassive);
            Ok(setup)
        }
        (Setup::Passive, Party::Business) => {
            warnings.push(SdpWarning::OfferPassive);
            Ok(setup)
        }
        _ => Ok(setup),
    }
}

/// Whether it is ICE-lite, which only a platform may be: two lite ends never start a check.
pub(super) fn ice_lite(both: Both<'_, '_>, rules: Rules<'_>) -> Result<bool, SdpRefusal> {
    match both.attribute("ice-lite") {
        Some((line, _)) if rules.strict() => Err(SdpRefusal::IceLite { line: line.number }),
        found => Ok(found.is_some()),
    }
}

//! Keys in the description: which `a=crypto` line is used, and where its author says that it is.

use std::net::{IpAddr, SocketAddr};

use super::super::crypto::{CryptoFound, CryptoLine, read_crypto};
use super::super::description::DescribedSdes;
use super::super::document::Section;
use super::super::profile::Keying;
use super::super::refusal::SdpRefusal;
use super::shape::AudioLine;
use super::{Both, Rules};

/// How a description of which nothing is known before is keyed. One that has both kinds is taken for WebRTC, as browsers would.
pub(super) fn keying_of(both: Both<'_, '_>) -> Keying {
    match (both.attribute("fingerprint"), both.attribute("crypto")) {
        (None, Some(_)) => Keying::Sdes,
        _ => Keying::Dtls,
    }
}

/// Whatever the section says of ICE and DTLS besides is passed over.
pub(super) fn read(both: Both<'_, '_>, described: &AudioLine, rules: Rules<'_>) -> Result<DescribedSdes, SdpRefusal> {
    let &AudioLine { line, profile, port, .. } = described;
    if !profile.may_mean(Keying::Sdes) {
        return Err(SdpRefusal::NotSrtp { line, profile: profile.as_str().to_owned() });
    }
    let found = match read_crypto(both.media) {
        CryptoFound::Absent => read_crypto(both.session), // not as RFC 4568 §4 has it, and clear all the same
        found => found,
    };
    let crypto = match found {
        CryptoFound::Usable(first, others) => choose(first, others, rules)?,
        CryptoFound::Unusable(line, fault) => return Err(SdpRefusal::CryptoUnusable { line, fault }),
        CryptoFound::Absent => {
            let fingerprint = both.attribute("fingerprint").map(|(fingerprint, _)| fingerprint.number);
            return Err(SdpRefusal::NoCrypto { line, fingerprint });
        }
    };
    Ok(DescribedSdes { crypto, address: connection(both).map(|ip| SocketAddr::new(ip, port)), rtcp_port: rtcp_port(both) })
}

/// Of an offer the first usable line; of an answer the one with tag and suite of ours (RFC 4568 §5.1.2, §5.1.3).
fn choose(first: (usize, CryptoLine), others: Vec<(usize, CryptoLine)>, rules: Rules<'_>) -> Result<CryptoLine, SdpRefusal> {
    let Some(offered) = rules.offered.and_then(|offered| offered.crypto) else { return Ok(first.1) };
    let (line, answered) = (first.0, (first.1.tag, first.1.suite.name()));
    let mut all = std::iter::once(first).chain(others).map(|(_, crypto)| crypto);
    let refusal = SdpRefusal::CryptoNotOffered { line, answered, offered: (offered.0, offered.1.name()) };
    all.find(|crypto| (crypto.tag, crypto.suite) == offered).ok_or(refusal)
}

/// The address of `c=`, below or above; none for a name or `0.0.0.0`. Packets tell where their author is, so nothing depends on it.
fn connection(both: Both<'_, '_>) -> Option<IpAddr> {
    let said = |section: Section<'_, '_>| {
        section.lines().find_map(|line| {
            let address = line.value_of('c')?.split_ascii_whitespace().nth(2)?;
            address.split('/').next()?.parse::<IpAddr>().ok()
        })
    };
    said(both.media).or_else(|| said(both.session)).filter(|ip| !ip.is_unspecified() && !ip.is_multicast())
}

/// `a=rtcp:<port>`; 0 and the discard port are dummies.
fn rtcp_port(both: Both<'_, '_>) -> Option<u16> {
    const DISCARD: u16 = 9;
    let (_, value) = both.media.attribute("rtcp")?;
    value.split_ascii_whitespace().next()?.parse().ok().filter(|port| *port != 0 && *port != DISCARD)
}

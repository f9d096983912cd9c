//! What the commands about SIP have in common: how a server, keys and authorities are named, and an offer without media behind it.

use std::path::Path;
use std::str::FromStr;

use callport_core::sip::{DEFAULT_PORT, SipTarget};
use callport_engine::ports::Random as _;
use callport_peer::Identity;
use callport_sdp::{
    CryptoKey, CryptoLine, Dialect, Keying, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc, write_platform_offer,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::chance::SystemRandom;

/// A server by host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipServerName {
    pub host: String,
    pub port: u16,
}

impl FromStr for SipServerName {
    type Err = String;

    /// `host`, `host:port`, `[2001:db8::1]:port`; an IPv6 address by itself stands for its host.
    fn from_str(text: &str) -> Result<Self, String> {
        let bare_address = text.parse::<std::net::Ipv6Addr>().is_ok();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !bare_address && !text.ends_with(']') => (host, port.parse().map_err(|_| format!("{port} is no port"))?),
            _ => (text, DEFAULT_PORT),
        };
        SipTarget::new(host, port, vec![]).map_err(|why| why.to_string())?;
        Ok(Self { host: host.to_owned(), port })
    }
}

/// `dtls` or `sdes`.
pub fn keying(text: &str) -> Result<Keying, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "dtls" => Ok(Keying::Dtls),
        "sdes" => Ok(Keying::Sdes),
        _ => Err("keys are exchanged by dtls or sdes"),
    }
}

/// Certificates of a PEM file.
pub fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| format!("{}: {error}", path.display()))
}

/// The platform's offer, with an address where nobody is (RFC 5737) and the port for what is thrown away.
pub fn offer(keys: Keying) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let nowhere = ([192, 0, 2, 1], 9).into();
    let random = |bytes: &mut [u8]| SystemRandom.fill(bytes);
    let (mut key, mut numbers) = ([0; CryptoKey::MOST], [0_u8; 44]);
    random(&mut key);
    random(&mut numbers);
    let text = hex_of(&numbers);
    let transport = match keys {
        Keying::Sdes => LocalTransport::Sdes(LocalSdes {
            address: nowhere,
            crypto: CryptoLine::new(CryptoLine::PLATFORM_TAG, CryptoLine::PLATFORM_SUITE, key),
            rtcp_port: None,
        }),
        Keying::Dtls => LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: text[..16].to_owned(),
            ice_pwd: text[16..40].to_owned(),
            fingerprint: Identity::self_signed()?.fingerprint(),
            candidates: vec![LocalCandidate { foundation: 1, address: nowhere }],
        }),
    };
    let (session_id, ssrc) = (u64::from(numbers[20]) + 1_780_000_000_000, u32::from(numbers[21]) + 730_155_000);
    let uuid = format!("{}-{}-4{}-8{}-{}", &text[44..52], &text[52..56], &text[57..60], &text[61..64], &text[64..76]);
    let local = LocalDescription { session_id, stream_id: uuid, transport, ssrc };
    Ok(write_platform_offer(&local, &[], Dialect::default()))
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_as_people_do() {
        let named = |text: &str| text.parse::<SipServerName>().map(|server| (server.host, server.port));
        for (text, host, port) in [
            ("pbx.acme.example", "pbx.acme.example", 5061),
            ("pbx.acme.example:5081", "pbx.acme.example", 5081),
            ("198.51.100.20", "198.51.100.20", 5061),
            ("[2001:db8::1]:5081", "[2001:db8::1]", 5081),
            ("[2001:db8::1]", "[2001:db8::1]", 5061),
            ("2001:db8::1", "2001:db8::1", 5061),
        ] {
            assert_eq!(named(text), Ok((host.to_owned(), port)), "{text}");
        }
        for wrong in ["", "sips:pbx.acme.example", "pbx.acme.example:0", "pbx.acme.example:port", "a/b"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_offers_are_ones_that_a_business_reads() {
        for keys in [Keying::Dtls, Keying::Sdes] {
            callport_sdp::read_platform_offer(&offer(keys).unwrap()).unwrap();
        }
    }
}

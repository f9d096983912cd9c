//! The SIP edge as the configuration wants it.

use std::net::SocketAddr;
use std::path::Path;

use callport_sip::tls::{self as sip_tls, TrustedBy};
use callport_sip::{SipBounds, SipConfig};
use callport_sip_proto::DigestAlgorithm;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{StartFault, public};
use crate::config::{Config, SipCallerName, SipChallenge};
use crate::home::Home;
use crate::listener::tls;

/// The file of the certificate that is made where the configuration brings none: `sip.pem`, with its key beside it.
const CERTIFICATE: &str = "sip";

/// The published port of SIP over TLS.
const PORT: u16 = 5061;

/// Where the edge listens: as configured, else beside the public listener.
pub fn listen(config: &Config) -> SocketAddr {
    let beside = config.public.listen;
    let port = if beside.port() == 0 { 0 } else { PORT };
    config.sip.listen.unwrap_or(SocketAddr::new(beside.ip(), port))
}

/// The edge's settings, with its certificate; `None`: SIP is switched off.
pub fn config(config: &Config, home: &Home) -> Result<Option<SipConfig>, StartFault> {
    let section = &config.sip;
    if !section.enabled {
        return Ok(None);
    }
    let listen = listen(config);
    let (chain, key) = match (&section.chain_file, &section.key_file) {
        (Some(chain), Some(key)) => tls::read(chain, key)?,
        _ => tls::kept(home, CERTIFICATE, &names(&section.domain, listen))?,
    };
    let roots = section.ca_file.as_deref().map(authorities).transpose()?.unwrap_or_default();
    Ok(Some(SipConfig {
        listen,
        external: section.external,
        domain: section.domain.clone(),
        server: sip_tls::server(chain, key)?,
        client: sip_tls::client(TrustedBy::SystemAnd(roots))?,
        public_only: !section.allow_private.unwrap_or(config.is_test()),
        challenges: match section.challenge {
            SipChallenge::Both => vec![DigestAlgorithm::Sha256, DigestAlgorithm::Md5],
            SipChallenge::Md5 => vec![DigestAlgorithm::Md5],
        },
        nonce_lifetime: section.nonce_lifetime,
        profile_names: section.caller_name == SipCallerName::Profile,
        username_header: section.username_header.word(),
        bounds: SipBounds {
            connections: section.connections,
            per_source: section.connections_per_source,
            connect: section.connect_timeout,
            ..SipBounds::default()
        },
    }))
}

/// What a made certificate covers.
fn names(domain: &str, listen: SocketAddr) -> Vec<String> {
    let mut names = vec![domain.to_owned(), "localhost".to_owned(), public::reachable(listen.ip()).to_string()];
    names.dedup();
    names
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, StartFault> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| format!("sip.ca_file {}: {error}", path.display()).into())
}

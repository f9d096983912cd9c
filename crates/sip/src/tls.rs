//! TLS towards both sides: as a server with the domain's certificate, as a client that trusts nobody without a check.
//!
//! SIP Configuration Guide (2025-12-15, 2026-09-22): no certificate is asked of a business that connects; a business's server must show a chain to a
//! trusted authority, for its configured host name (RFC 5922: the name is looked for among the certificate's alternative names, wildcards as
//! in HTTPS). A client's ALPN is not looked at: stock LiveKit sends `sip`, and others nothing.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_platform_verifier::Verifier;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum SipTlsFault {
    /// Certificate and key, or authorities, that rustls does not take.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// Roots that verify nothing.
    #[error("the trusted authorities cannot be used: {0}")]
    Roots(String),
}

/// The server's side. Without ALPN: what a client offers is ignored.
///
/// # Errors
/// A chain and a key that do not go together.
pub fn server(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, SipTlsFault> {
    Ok(Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?))
}

/// Whom a business's server is vouched for by.
pub enum TrustedBy {
    /// The authorities of this machine, and these.
    SystemAnd(Vec<CertificateDer<'static>>),
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
}

/// Who checks the certificate of a business's server, as chain and name.
///
/// # Errors
/// Authorities that rustls does not take.
pub fn verifier(trusted: TrustedBy) -> Result<Arc<dyn ServerCertVerifier>, SipTlsFault> {
    let provider = provider();
    match trusted {
        TrustedBy::SystemAnd(extra) => Ok(Arc::new(Verifier::new_with_extra_roots(extra, provider)?)),
        TrustedBy::Only(roots) => {
            let mut store = RootCertStore::empty();
            for root in roots {
                store.add(root)?;
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
            Ok(verifier.map_err(|error| SipTlsFault::Roots(error.to_string()))?)
        }
    }
}

/// The client's side: chain and name are checked, always.
///
/// # Errors
/// Authorities that rustls does not take.
pub fn client(trusted: TrustedBy) -> Result<Arc<ClientConfig>, SipTlsFault> {
    Ok(Arc::new(client_with(verifier(trusted)?)?))
}

/// A client that leaves the check to somebody else.
pub(crate) fn client_with(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, SipTlsFault> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

/// What a certificate must cover: the configured host name, which is also the name asked for (SNI), or the address.
pub(crate) fn name_of(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).ok()
}

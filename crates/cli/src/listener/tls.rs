//! The certificate of the public listener: from files, or made here and kept.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::home::{Home, HomeFault};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file that is no certificate or key.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why not.
        error: rustls::pki_types::pem::Error,
    },
    /// Certificate and key that do not go together, or that rustls does not take.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// The self-made certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Making(#[from] rcgen::Error),
    /// It could not be kept.
    #[error(transparent)]
    Keeping(#[from] HomeFault),
}

/// A chain, and its key.
pub type Certificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// From a chain and a key in PEM files.
pub fn from_files(chain: &Path, key: &Path) -> Result<TlsAcceptor, TlsFault> {
    let (certificates, key) = read(chain, key)?;
    acceptor(certificates, key)
}

/// A chain and a key in PEM files.
pub fn read(chain: &Path, key: &Path) -> Result<Certificate, TlsFault> {
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |error| TlsFault::File { path, error }
    };
    let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(at(chain))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(at(key))?;
    Ok((certificates, key))
}

/// Made for these names at the first start, and again only when the names change.
pub fn self_made(home: &Home, names: &[String]) -> Result<TlsAcceptor, TlsFault> {
    let (certificates, key) = kept(home, "certificate", names)?;
    acceptor(certificates, key)
}

/// A certificate for these names that was made at the first start, and again only when the names change: `<file>.pem` with its key beside it.
pub fn kept(home: &Home, file: &str, names: &[String]) -> Result<Certificate, TlsFault> {
    let (chain, key, known) = (format!("{file}.pem"), format!("{file}.key.pem"), format!("{file}.names"));
    let wanted = names.join("\n");
    if home.kept(&known, String::new)? != wanted {
        let made = rcgen::generate_simple_self_signed(names.to_vec())?;
        home.write(&chain, &made.cert.pem())?;
        home.write(&key, &made.signing_key.serialize_pem())?;
        home.write(&known, &wanted)?; // last: it vouches for the other two
    }
    read(&home.path(&chain), &home.path(&key))
}

fn acceptor(certificates: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<TlsAcceptor, TlsFault> {
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// rustls asks once a process which cryptography it uses.
pub fn install_cryptography() -> io::Result<()> {
    let installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    installed.map_err(|_| io::Error::other("another provider of cryptography was installed first"))
}

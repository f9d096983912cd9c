//! Our certificate, with everything that both engines can prepare once for all legs.

use std::sync::Arc;

use dimpl::DtlsCertificate;

/// Our certificate: ECDSA P-256, made once per process and shared by every leg.
///
/// Building an engine's configuration is dearer than a handshake (0.6 ms for each), so it is
/// kept here. No `Debug`: there is a private key inside.
pub struct Identity {
    fingerprint: [u8; 32],
    pub(super) certificate: DtlsCertificate,
    /// None if `dimpl` cannot read our key: it would panic on it.
    pub(super) dimpl: Option<Arc<dimpl::Config>>,
    #[cfg(feature = "dtls-aws-lc")]
    pub(super) aws_lc: openssl::ssl::SslContext,
}

/// The certificate is unfit, or an engine refused its configuration.
#[derive(Debug, thiserror::Error)]
#[error("DTLS identity: {0}")]
pub struct IdentityError(pub(super) String);

impl IdentityError {
    pub(super) fn new(error: impl std::fmt::Display) -> IdentityError {
        IdentityError(error.to_string())
    }
}

impl Identity {
    /// Makes a new self-signed certificate, valid for a year. The certificate library takes its key
    /// and serial number from its own random source and its dates from the calendar, so call this
    /// where the process starts, once.
    pub fn self_signed() -> Result<Arc<Identity>, IdentityError> {
        let made = dimpl::certificate::generate_self_signed_certificate().map_err(IdentityError::new)?;
        Identity::from_der(made.certificate, made.private_key)
    }

    /// Takes an X.509 certificate and its PKCS #8 key, both DER. The key should be ECDSA P-256 to be
    /// understood by every peer; with an RSA key only the AWS-LC engine works.
    pub fn from_der(certificate: Vec<u8>, private_key: Vec<u8>) -> Result<Arc<Identity>, IdentityError> {
        let config = dimpl::Config::builder()
            // Only addresses that passed an ICE check may speak to us: a cookie proves nothing more.
            .use_server_cookie(false)
            .mtu(super::MTU)
            .build()
            .map_err(IdentityError::new)?;
        let readable = config.crypto_provider().key_provider.load_private_key(&private_key).is_ok();
        Ok(Arc::new(Identity {
            fingerprint: super::sha256(&certificate),
            #[cfg(feature = "dtls-aws-lc")]
            aws_lc: super::aws_lc::context(&certificate, &private_key)?,
            certificate: DtlsCertificate { certificate, private_key },
            dimpl: readable.then(|| Arc::new(config)),
        }))
    }

    /// SHA-256 over the certificate, as in `a=fingerprint`.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

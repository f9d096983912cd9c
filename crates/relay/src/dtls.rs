//! DTLS 1.2 (RFC 6347) with SRTP keys (RFC 5764): who we are, and which engine shakes hands for us.
//!
//! A handshake object lives for as long as the handshake does. Afterwards only the SRTP keys are
//! needed; a server keeps its last flight for a client that did not get it.

#[cfg(feature = "dtls-aws-lc")]
mod aws_lc;
mod dimpl;
mod identity;

use std::time::Instant;

pub use identity::{Identity, IdentityError};

pub use crate::srtp::SrtpProfile;
use callport_sdp::DtlsRole;

/// Which library performs a leg's handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsLibrary {
    /// `dimpl`: fast and small, but refuses peers with RSA certificates. For users' browsers.
    Dimpl,
    /// AWS-LC: takes RSA peers too. For business legs.
    #[cfg(feature = "dtls-aws-lc")]
    AwsLc,
}

impl DtlsLibrary {
    /// The engine for peers whose certificate may be of any kind, as far as this build has one.
    pub const ANY_PEER: DtlsLibrary = {
        #[cfg(feature = "dtls-aws-lc")]
        {
            DtlsLibrary::AwsLc
        }
        #[cfg(not(feature = "dtls-aws-lc"))]
        {
            DtlsLibrary::Dimpl
        }
    };
}

/// Datagrams of one flight, in order.
pub(crate) type Flight = Vec<Vec<u8>>;

/// The largest datagram of a handshake: fits every path that carries WebRTC.
pub(crate) const MTU: usize = 1200;

/// What a finished handshake is good for.
pub(crate) struct Keys {
    pub(crate) profile: SrtpProfile,
    /// [`SrtpProfile::keying_material_len`] bytes in the order of RFC 5764 §4.2.
    pub(crate) material: Vec<u8>,
}

/// Why a handshake ended without keys. All are final for the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The certificate is not the one that the SDP announced.
    FingerprintMismatch,
    /// No SRTP protection in common.
    NoSrtpProfile,
    /// Too many flights went unanswered.
    TimedOut,
    /// The far end sent what the engine cannot accept, or an alert.
    Refused(&'static str),
}

impl Failure {
    /// In words for an operator.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Failure::FingerprintMismatch => "the DTLS certificate is not the one announced by a=fingerprint",
            Failure::NoSrtpProfile => "no SRTP protection profile in common",
            Failure::TimedOut => "the far end stopped answering the DTLS handshake",
            Failure::Refused(words) => words,
        }
    }
}

/// One handshake in progress. Each step appends what must be sent to `flight`.
pub(crate) trait Handshake: Send {
    /// Begins. A client speaks first; a server waits.
    fn start(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure>;

    /// Takes one datagram; keys come out once, when the far end's certificate and Finished are good.
    fn receive(&mut self, now: Instant, datagram: &[u8], flight: &mut Flight) -> Result<Option<Keys>, Failure>;

    /// Sends the flight again if it is time to.
    fn handle_timeout(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure>;

    /// When to call [`handle_timeout`](Self::handle_timeout).
    fn deadline(&self) -> Option<Instant>;
}

/// What a handshake must end in.
pub(crate) struct Expectation<'a> {
    pub(crate) role: DtlsRole,
    pub(crate) fingerprint: [u8; 32],
    #[cfg_attr(not(feature = "dtls-aws-lc"), expect(dead_code, reason = "dimpl has an order of its own"))]
    pub(crate) profiles: &'a [SrtpProfile],
}

impl DtlsLibrary {
    pub(crate) fn handshake(self, identity: &Identity, expected: &Expectation<'_>, now: Instant) -> Result<Box<dyn Handshake>, Failure> {
        match self {
            DtlsLibrary::Dimpl => Ok(Box::new(dimpl::Dimpl::new(identity, expected, now)?)),
            #[cfg(feature = "dtls-aws-lc")]
            DtlsLibrary::AwsLc => Ok(Box::new(aws_lc::AwsLc::new(identity, expected, now)?)),
        }
    }
}

/// Compares fingerprints. They are public, so this need not take constant time.
fn is_announced(certificate_der: &[u8], announced: &[u8; 32]) -> bool {
    sha256(certificate_der) == *announced
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}

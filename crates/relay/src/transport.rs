//! What each end of a leg has to know of the other: the facts that travel in the SDP.

use std::net::SocketAddr;

use callport_sdp::{DtlsRole, Format, RemoteDescription};

/// ICE user name fragment and password of one end (RFC 8839 §5.4). No `Debug`: the password is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `a=ice-ufrag`.
    pub ufrag: String,
    /// `a=ice-pwd`.
    pub pwd: String,
}

/// What the far end told us about itself, and the DTLS role that follows for us.
#[derive(Clone)]
pub struct Remote {
    /// Its ICE credentials.
    pub credentials: Credentials,
    /// SHA-256 over its DTLS certificate.
    pub fingerprint: [u8; 32],
    /// Our role, already derived from both `a=setup` lines.
    pub dtls_role: DtlsRole,
    /// UDP host, server-reflexive and relayed candidates. May be empty: a lite leg learns addresses
    /// from authenticated checks, a full leg then has nobody to call, and tries the first sixteen.
    pub candidates: Vec<SocketAddr>,
    /// What the two ends agreed on.
    pub format: Format,
    /// The SSRC of its `a=ssrc` line, if it has one. Another one heard later is taken, and noted.
    pub ssrc: Option<u32>,
    /// Whether it takes what we send. `a=sendonly` and `a=inactive` say that it does not; then nothing of a call is sent to it.
    pub listens: bool,
}

impl Remote {
    /// What a leg has to know of a far end that described itself, once our own role is settled; `None` only if the codec of the
    /// description was changed by hand to one that is not listed.
    pub fn of(description: &RemoteDescription, our_role: DtlsRole) -> Option<Remote> {
        Some(Remote {
            credentials: Credentials { ufrag: description.ice_ufrag.clone(), pwd: description.ice_pwd.clone() },
            fingerprint: description.fingerprint,
            dtls_role: our_role,
            candidates: description.candidates.iter().map(|candidate| candidate.address).collect(),
            format: description.format()?,
            ssrc: description.ssrc,
            listens: description.direction.listens(),
        })
    }
}

/// What we tell the far end about ourselves; the rest of the SDP is `sdp`'s.
#[derive(Clone)]
pub struct LocalTransport {
    /// Our ICE credentials.
    pub credentials: Credentials,
    /// SHA-256 over our DTLS certificate.
    pub fingerprint: [u8; 32],
    /// The one SSRC that we send with.
    pub ssrc: u32,
}

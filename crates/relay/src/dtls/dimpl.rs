//! The `dimpl` engine: DTLS 1.2, ECDSA certificates only.

use std::time::Instant;

use callport_sdp::DtlsRole;
use dimpl::{Dtls, Output};

use super::{Expectation, Failure, Flight, Handshake, Identity, Keys, SrtpProfile, is_announced};

/// Outputs taken per step: a flight is a handful of datagrams.
const MAX_OUTPUTS: usize = 64;

pub(super) struct Dimpl {
    dtls: Dtls,
    announced: [u8; 32],
    deadline: Option<Instant>,
    connected: bool,
    certificate_fits: bool,
    keys: Option<Keys>,
}

impl Dimpl {
    pub(super) fn new(identity: &Identity, expected: &Expectation<'_>, now: Instant) -> Result<Dimpl, Failure> {
        let config = identity.dimpl.clone().ok_or(Failure::Refused("our own DTLS key is not ECDSA"))?;
        let mut dtls = Dtls::new_12(config, identity.certificate.clone(), now);
        dtls.set_active(expected.role == DtlsRole::Client);
        Ok(Dimpl { dtls, announced: expected.fingerprint, deadline: None, connected: false, certificate_fits: false, keys: None })
    }

    fn drain(&mut self, flight: &mut Flight) -> Result<Option<Keys>, Failure> {
        let mut buffer = [0; crate::outgoing::MAX_DATAGRAM];
        for _ in 0..MAX_OUTPUTS {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => flight.push(packet.to_vec()),
                Output::PeerCert(der) if !is_announced(der, &self.announced) => return Err(Failure::FingerprintMismatch),
                Output::PeerCert(_) => self.certificate_fits = true,
                Output::Connected => self.connected = true,
                Output::KeyingMaterial(material, profile) => {
                    self.keys = Some(Keys { profile: translate(profile)?, material: material.to_vec() });
                }
                Output::Timeout(at) => {
                    self.deadline = Some(at);
                    break;
                }
                Output::CloseNotify => return Err(Failure::Refused("the far end closed DTLS during the handshake")),
                _ => {}
            }
        }
        match (self.connected && self.certificate_fits, self.keys.take()) {
            (true, Some(keys)) => Ok(Some(keys)),
            (true, None) => Err(Failure::NoSrtpProfile),
            (false, keys) => {
                self.keys = keys;
                Ok(None)
            }
        }
    }
}

impl Handshake for Dimpl {
    fn start(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure> {
        self.handle_timeout(now, flight)
    }

    fn receive(&mut self, now: Instant, datagram: &[u8], flight: &mut Flight) -> Result<Option<Keys>, Failure> {
        self.dtls.handle_timeout(now).map_err(failure)?;
        self.dtls.handle_packet(datagram).map_err(failure)?;
        self.drain(flight)
    }

    fn handle_timeout(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure> {
        self.dtls.handle_timeout(now).map_err(failure)?;
        self.drain(flight).map(|_| ())
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

fn translate(profile: dimpl::SrtpProfile) -> Result<SrtpProfile, Failure> {
    match profile {
        dimpl::SrtpProfile::AES128_CM_SHA1_80 => Ok(SrtpProfile::Aes128CmSha1_80),
        dimpl::SrtpProfile::AEAD_AES_128_GCM => Ok(SrtpProfile::AeadAes128Gcm),
        dimpl::SrtpProfile::AEAD_AES_256_GCM => Ok(SrtpProfile::AeadAes256Gcm),
        _ => Err(Failure::NoSrtpProfile),
    }
}

fn failure(error: dimpl::Error) -> Failure {
    match error {
        dimpl::Error::Timeout(_) => Failure::TimedOut,
        dimpl::Error::CertificateError(_) => Failure::Refused("the far end's DTLS certificate is of a kind this leg cannot read (RSA?)"),
        dimpl::Error::SecurityError(_) => Failure::Refused("the far end's DTLS is weaker than allowed, or it sent an alert"),
        _ => Failure::Refused("the DTLS handshake broke off"),
    }
}

//! TLS with a server, with the platform's own check of its certificate, whose verdict is told in place of ending the handshake.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::tls::{self, SipTlsFault};

/// What TLS with a server was like.
#[derive(Debug)]
pub struct TlsSeen {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: String,
    /// The protocol that the server chose, though none was offered.
    pub alpn: Option<String>,
    /// Certificates that it sent, its own included.
    pub certificates: usize,
    /// Whether they lead to a trusted authority, and are in force.
    pub chain: Result<(), Error>,
    /// Whether the server's own covers the host.
    pub name: Result<(), Error>,
    /// It asked for a certificate of ours, and there is none.
    pub wants_ours: bool,
}

impl TlsSeen {
    /// Whether the platform would speak to this server.
    pub fn is_in_order(&self) -> bool {
        self.chain.is_ok() && self.name.is_ok()
    }
}

type Shaken = Result<(TlsStream<TcpStream>, TlsSeen), String>;

/// Shakes hands as far as it goes.
pub(super) async fn shake_hands(
    host: &str,
    stream: TcpStream,
    verifier: Arc<dyn ServerCertVerifier>,
    patience: Duration,
) -> Result<Shaken, SipTlsFault> {
    let Some(name) = tls::name_of(host) else { return Ok(Err(format!("{host} is no name that a certificate could have"))) };
    let watch = Arc::new(Watch { verifier, seen: Mutex::default() });
    let wanted = Arc::new(Wanted::default());
    let mut config = tls::client_with(watch.clone())?;
    config.client_auth_cert_resolver = wanted.clone();
    let shaken = match timeout(patience, TlsConnector::from(Arc::new(config)).connect(name, stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Ok(Err(in_words(&error))),
        Err(_) => return Ok(Err("the handshake did not end in time: perhaps what listens there does not speak TLS".to_owned())),
    };
    let connection = shaken.get_ref().1;
    let version = connection.protocol_version().and_then(|version| version.as_str().map(str::to_owned)).unwrap_or_default();
    let alpn = connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
    let certificates = connection.peer_certificates().map_or(0, <[_]>::len);
    let wants_ours = *wanted.0.lock().unwrap_or_else(PoisonError::into_inner);
    let verdict = watch.seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    // A handshake without a certificate does not end well; should it, nothing is vouched for.
    let (chain, name) = verdict.unwrap_or((Err(Error::NoCertificatesPresented), Err(Error::NoCertificatesPresented)));
    Ok(Ok((shaken, TlsSeen { version, alpn, certificates, chain, name, wants_ours })))
}

/// What went wrong, with what it most likely means.
fn in_words(error: &std::io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(_)) => "what listens there does not speak TLS; the platform speaks SIP over TLS only".to_owned(),
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            "it insists on a protocol by ALPN, and the platform names none: switch that off".to_owned()
        }
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion)) | Some(Error::PeerIncompatible(_)) => {
            format!("no version or cipher of TLS in common, and the platform speaks 1.2 and 1.3: {error}")
        }
        _ if error.kind() == std::io::ErrorKind::UnexpectedEof => "it closed the connection in the middle of the handshake".to_owned(),
        _ => error.to_string(),
    }
}

/// The check of a certificate, and what it came to.
#[derive(Debug)]
struct Watch {
    verifier: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Option<Verdicts>>,
}

type Verdicts = (Result<(), Error>, Result<(), Error>);

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        staple: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let whole = self.verifier.verify_server_cert(own, others, host, staple, now).map(drop);
        let verdicts = match whole {
            Ok(()) => (Ok(()), Ok(())),
            // The name is looked at last: the chain is in order.
            Err(Error::InvalidCertificate(why @ (CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }))) => {
                (Ok(()), Err(Error::InvalidCertificate(why)))
            }
            Err(why) => (Err(why), ParsedCertificate::try_from(own).and_then(|own| verify_server_name(&own, host))),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdicts);
        Ok(ServerCertVerified::assertion()) // to hear the rest; what is not vouched for gets no message by SIP
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, own, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        own: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, own, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Whether a certificate of ours was asked for.
#[derive(Debug, Default)]
struct Wanted(Mutex<bool>);

impl ResolvesClientCert for Wanted {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        None
    }

    /// True, or else nobody would ask.
    fn has_certs(&self) -> bool {
        true
    }
}

//! The OpenSSL engine: DTLS 1.2 with peers of any certificate kind, on memory buffers.
//!
//! **Time.** OpenSSL reads the system clock for its retransmission timer and has no call to send a
//! flight again. Here time is an argument. So its timer is told, through `DTLS_set_timer_cb`, to
//! expire at once a few times and then never: each expiry makes OpenSSL write the flight again, with
//! fresh record numbers as RFC 6347 §4.2.4 demands, and those copies are kept here as spares, to be
//! sent by our clock at 1, 2, 4, … seconds.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callport_sdp::DtlsRole;
use openssl::pkey::PKey;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;

use super::identity::IdentityError;
use super::{Expectation, Failure, Flight, Handshake, Identity, Keys, MTU, SrtpProfile, is_announced};

/// Copies kept of an unanswered flight: sent after 1, 2, 4, 8 and 16 s.
const SPARES: u32 = 5;
/// First wait for an answer (RFC 6347 §4.2.4.1).
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// A flight is at most a certificate chain long; what is beyond is a peer making trouble.
const MAX_FLIGHT: usize = 32;

/// The one context of all legs.
pub(super) fn context(certificate_der: &[u8], private_key_der: &[u8]) -> Result<SslContext, IdentityError> {
    let build = || {
        let mut context = SslContext::builder(SslMethod::dtls())?;
        context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
        // Level 1 lets in RSA keys of 1024 bits: trust comes from the fingerprint, not from the key.
        context.set_cipher_list("ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:@SECLEVEL=1")?;
        context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET | SslOptions::NO_RENEGOTIATION);
        context.set_mode(SslMode::RELEASE_BUFFERS);
        context.set_session_cache_mode(SslSessionCacheMode::OFF);
        context.set_certificate(&*X509::from_der(certificate_der)?)?;
        context.set_private_key(&*PKey::private_key_from_pkcs8(private_key_der)?)?;
        context.check_private_key()?;
        Ok(context.build())
    };
    build().map_err(|error: openssl::error::ErrorStack| IdentityError::new(error))
}

pub(super) struct OpenSsl {
    stream: SslStream<Wire>,
    role: DtlsRole,
    mismatch: Arc<AtomicBool>,
    spares: VecDeque<Flight>,
    wait: Duration,
    deadline: Option<Instant>,
}

impl OpenSsl {
    pub(super) fn new(identity: &Identity, expected: &Expectation<'_>) -> Result<OpenSsl, Failure> {
        let mismatch = Arc::new(AtomicBool::new(false));
        let build = || {
            let mut ssl = Ssl::new(&identity.openssl)?;
            ssl.set_mtu(MTU as u32)?;
            ssl.set_tlsext_use_srtp(&profile_list(expected.profiles))?;
            let (announced, flag) = (expected.fingerprint, mismatch.clone());
            ssl.set_verify_callback(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT, move |_, chain| {
                // The chain is nobody's: only the certificate itself counts (RFC 8122 §6.2).
                let fits = chain.error_depth() > 0
                    || chain.current_cert().and_then(|leaf| leaf.to_der().ok()).is_some_and(|der| is_announced(&der, &announced));
                flag.fetch_or(!fits, Ordering::Relaxed);
                fits
            });
            match expected.role {
                DtlsRole::Client => ssl.set_connect_state(),
                DtlsRole::Server => ssl.set_accept_state(),
            }
            timer::install(&mut ssl);
            SslStream::new(ssl, Wire::default())
        };
        let stream = build().map_err(|_| Failure::Refused("OpenSSL could not begin a handshake"))?;
        Ok(OpenSsl { stream, role: expected.role, mismatch, spares: VecDeque::new(), wait: FIRST_WAIT, deadline: None })
    }

    /// Lets OpenSSL work on what is in the inbox; true once the handshake is complete.
    fn step(&mut self, now: Instant, flight: &mut Flight) -> Result<bool, Failure> {
        timer::begin();
        let outcome = self.stream.do_handshake();
        let mut written = std::mem::take(&mut self.stream.get_mut().written);
        if written.first().is_some_and(|datagrams| !datagrams.is_empty()) {
            flight.append(&mut written[0]);
            self.spares = written.into_iter().skip(1).filter(|spare| !spare.is_empty()).collect();
            self.wait = FIRST_WAIT;
            self.deadline = (!self.spares.is_empty()).then(|| now + FIRST_WAIT);
        }
        match outcome {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) => Ok(false),
            Err(_) if self.mismatch.load(Ordering::Relaxed) => Err(Failure::FingerprintMismatch),
            Err(error) => Err(refused(&error)),
        }
    }

    fn keys(&self) -> Result<Keys, Failure> {
        let selected = self.stream.ssl().selected_srtp_profile().ok_or(Failure::NoSrtpProfile)?;
        let profile = match selected.name() {
            "SRTP_AES128_CM_SHA1_80" => SrtpProfile::Aes128CmSha1_80,
            "SRTP_AEAD_AES_128_GCM" => SrtpProfile::AeadAes128Gcm,
            "SRTP_AEAD_AES_256_GCM" => SrtpProfile::AeadAes256Gcm,
            _ => return Err(Failure::NoSrtpProfile),
        };
        let mut material = vec![0; profile.keying_material_len()];
        self.stream
            .ssl()
            .export_keying_material(&mut material, "EXTRACTOR-dtls_srtp", None)
            .map_err(|_| Failure::Refused("OpenSSL exported no keys"))?;
        Ok(Keys { profile, material })
    }
}

impl Handshake for OpenSsl {
    fn start(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure> {
        match self.role {
            DtlsRole::Client => self.step(now, flight).map(|_| ()),
            DtlsRole::Server => Ok(()),
        }
    }

    fn receive(&mut self, now: Instant, datagram: &[u8], flight: &mut Flight) -> Result<Option<Keys>, Failure> {
        self.stream.get_mut().inbox = Some(datagram.to_vec());
        if self.step(now, flight)? { self.keys().map(Some) } else { Ok(None) }
    }

    fn handle_timeout(&mut self, now: Instant, flight: &mut Flight) -> Result<(), Failure> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Ok(());
        }
        let mut spare = self.spares.pop_front().ok_or(Failure::TimedOut)?;
        flight.append(&mut spare);
        self.wait *= 2;
        self.deadline = Some(now + self.wait);
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

/// The two ends of OpenSSL's "socket": at most one datagram in, one list of datagrams out per copy
/// of the flight.
#[derive(Default)]
struct Wire {
    inbox: Option<Vec<u8>>,
    written: Vec<Flight>,
}

impl Read for Wire {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let datagram = self.inbox.take().ok_or(io::ErrorKind::WouldBlock)?;
        let len = datagram.len().min(room.len());
        room[..len].copy_from_slice(&datagram[..len]);
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        let copy = timer::copy_being_written();
        if self.written.len() <= copy {
            self.written.resize(copy + 1, Flight::new());
        }
        if self.written[copy].len() < MAX_FLIGHT {
            self.written[copy].push(datagram.to_vec());
        }
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// OpenSSL's names differ from the registry's for the HMAC profiles.
fn profile_list(profiles: &[SrtpProfile]) -> String {
    let name = |profile: &SrtpProfile| match profile {
        SrtpProfile::Aes128CmSha1_80 => Some("SRTP_AES128_CM_SHA1_80"),
        SrtpProfile::AeadAes128Gcm => Some("SRTP_AEAD_AES_128_GCM"),
        SrtpProfile::AeadAes256Gcm => Some("SRTP_AEAD_AES_256_GCM"),
        SrtpProfile::Aes128CmSha1_32 => None,
    };
    profiles.iter().filter_map(name).collect::<Vec<_>>().join(":")
}

fn refused(error: &openssl::ssl::Error) -> Failure {
    let reason = error.ssl_error().and_then(|stack| stack.errors().first()).and_then(|error| error.reason());
    Failure::Refused(match reason {
        Some(reason) if reason.contains("alert") => "the far end broke the DTLS handshake off with an alert",
        Some("no shared cipher") => "no DTLS cipher suite in common",
        Some("peer did not return a certificate") => "the far end showed no DTLS certificate",
        Some("unsupported protocol") => "the far end speaks no DTLS 1.2",
        _ => "the DTLS handshake broke off",
    })
}

/// The one place that goes around the `openssl` crate: it wraps no DTLS timer.
mod timer {
    use super::*;
    use foreign_types::ForeignTypeRef;
    use std::ffi::c_uint;

    /// OpenSSL takes anything below 15 ms for expired.
    const AT_ONCE_US: c_uint = 1;
    /// Over an hour: a handshake is long over by then.
    const NEVER_US: c_uint = c_uint::MAX;

    thread_local! {
        /// Which copy of the flight OpenSSL writes at present: 0 is the one to send now. Set and
        /// read within one call into OpenSSL, so the thread is the right place for it.
        static COPY: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn begin() {
        COPY.set(0);
    }

    pub(super) fn copy_being_written() -> usize {
        COPY.get() as usize
    }

    /// Called with 0 when a flight starts the timer, with the latest duration when it has expired
    /// and the flight is about to be written again.
    extern "C" fn next_duration(_: *mut openssl_sys::SSL, latest_us: c_uint) -> c_uint {
        let copy = if latest_us == 0 { 0 } else { COPY.get() + 1 };
        COPY.set(copy);
        if copy < SPARES { AT_ONCE_US } else { NEVER_US }
    }

    #[expect(unsafe_code, reason = "DTLS_set_timer_cb is the only way to take time away from OpenSSL, and no crate wraps it")]
    pub(super) fn install(ssl: &mut Ssl) {
        unsafe extern "C" {
            fn DTLS_set_timer_cb(ssl: *mut openssl_sys::SSL, callback: extern "C" fn(*mut openssl_sys::SSL, c_uint) -> c_uint);
        }
        // SAFETY: the pointer is that of a live SSL; the callback has the C signature that ssl.h
        // declares, lives for ever, touches only this thread's cell and cannot unwind.
        unsafe { DTLS_set_timer_cb(ssl.as_ptr(), next_duration) }
    }
}

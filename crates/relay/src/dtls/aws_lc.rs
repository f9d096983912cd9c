//! The AWS-LC engine: DTLS 1.2 with peers of any certificate kind, on memory buffers.
//!
//! AWS-LC's libssl is a descendant of BoringSSL's and is reached through the `openssl` crate. Here time is an argument: the
//! library is given a clock that stands at the moment of the call it is in, so its retransmission timer goes by ours.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use callport_sdp::DtlsRole;
use openssl::pkey::PKey;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslOptions, SslSessionCacheMode, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;

use super::identity::IdentityError;
use super::{Expectation, Failure, Flight, Handshake, Identity, Keys, MTU, SrtpProfile, is_announced};

/// How often an unanswered flight is sent again: after 1, 2, 4, 8 and 16 s (RFC 6347 §4.2.4.1).
const REPEATS: u8 = 5;
/// A flight is at most a certificate chain long; what is beyond is a peer making trouble.
const MAX_FLIGHT: usize = 32;

/// The one context of all legs.
pub(super) fn context(certificate_der: &[u8], private_key_der: &[u8]) -> Result<SslContext, IdentityError> {
    let build = || {
        let mut context = SslContext::builder(SslMethod::dtls())?;
        context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
        context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
        context.set_cipher_list("ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES")?;
        context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET);
        context.set_session_cache_mode(SslSessionCacheMode::OFF);
        context.set_certificate(&*X509::from_der(certificate_der)?)?;
        context.set_private_key(&*PKey::private_key_from_pkcs8(private_key_der)?)?;
        context.check_private_key()?;
        time::take_from_arguments(&mut context);
        Ok(context.build())
    };
    build().map_err(|error: openssl::error::ErrorStack| IdentityError::new(error))
}

pub(super) struct AwsLc {
    stream: SslStream<Wire>,
    role: DtlsRole,
    mismatch: Arc<AtomicBool>,
    began: Instant,
    repeats_left: u8,
    deadline: Option<Instant>,
}

impl AwsLc {
    pub(super) fn new(identity: &Identity, expected: &Expectation<'_>, now: Instant) -> Result<AwsLc, Failure> {
        let mismatch = Arc::new(AtomicBool::new(false));
        let build = || {
            let mut ssl = Ssl::new(&identity.aws_lc)?;
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
            time::wait_a_second_first(&mut ssl);
            SslStream::new(ssl, Wire::default())
        };
        let stream = build().map_err(|_| Failure::Refused("AWS-LC could not begin a handshake"))?;
        Ok(AwsLc { stream, role: expected.role, mismatch, began: now, repeats_left: REPEATS, deadline: None })
    }

    /// Lets the library work on what is in the inbox; true once the handshake is complete.
    fn step(&mut self, now: Instant, flight: &mut Flight) -> Result<bool, Failure> {
        time::set(now.duration_since(self.began));
        let outcome = self.stream.do_handshake();
        if self.take_written(flight) {
            self.repeats_left = REPEATS;
        }
        self.deadline = time::until_timeout(self.stream.ssl()).map(|wait| now + wait);
        match outcome {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.code(), ErrorCode::WANT_READ | ErrorCode::WANT_WRITE) => Ok(false),
            Err(_) if self.mismatch.load(Ordering::Relaxed) => Err(Failure::FingerprintMismatch),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Whether there was anything.
    fn take_written(&mut self, flight: &mut Flight) -> bool {
        let written = &mut self.stream.get_mut().written;
        let anything = !written.is_empty();
        flight.append(written);
        anything
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
            .map_err(|_| Failure::Refused("AWS-LC exported no keys"))?;
        Ok(Keys { profile, material })
    }
}

impl Handshake for AwsLc {
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
        self.repeats_left = self.repeats_left.checked_sub(1).ok_or(Failure::TimedOut)?;
        time::set(now.duration_since(self.began));
        time::handle_timeout(&mut self.stream);
        self.take_written(flight);
        self.deadline = time::until_timeout(self.stream.ssl()).map(|wait| now + wait);
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

/// The two ends of the library's "socket": at most one datagram in, those of a flight out.
#[derive(Default)]
struct Wire {
    inbox: Option<Vec<u8>>,
    written: Flight,
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
        if self.written.len() < MAX_FLIGHT {
            self.written.push(datagram.to_vec());
        }
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The library's names differ from the registry's for the HMAC profiles.
fn profile_list(profiles: &[SrtpProfile]) -> String {
    let name = |profile: &SrtpProfile| match profile {
        SrtpProfile::Aes128CmSha1_80 => Some("SRTP_AES128_CM_SHA1_80"),
        SrtpProfile::AeadAes128Gcm => Some("SRTP_AEAD_AES_128_GCM"),
        SrtpProfile::AeadAes256Gcm => Some("SRTP_AEAD_AES_256_GCM"),
        SrtpProfile::Aes128CmSha1_32 | SrtpProfile::Aes256CmSha1_80 | SrtpProfile::Aes256CmSha1_32 => None,
    };
    profiles.iter().filter_map(name).collect::<Vec<_>>().join(":")
}

fn refused(error: &openssl::ssl::Error) -> Failure {
    let reason = error.ssl_error().and_then(|stack| stack.errors().first()).and_then(|error| error.reason());
    Failure::Refused(match reason {
        Some(reason) if reason.contains("ALERT") => "the far end broke the DTLS handshake off with an alert",
        Some("NO_SHARED_CIPHER") => "no DTLS cipher suite in common",
        Some("PEER_DID_NOT_RETURN_A_CERTIFICATE") => "the far end showed no DTLS certificate",
        Some("NO_COMMON_SIGNATURE_ALGORITHMS" | "UNKNOWN_CERTIFICATE_TYPE") => "the far end takes no DTLS certificate of our kind",
        Some("UNSUPPORTED_PROTOCOL" | "WRONG_VERSION_NUMBER") => "the far end speaks no DTLS 1.2",
        _ => "the DTLS handshake broke off",
    })
}

/// The one place that goes around the `openssl` crate: it wraps neither the library's clock nor its DTLS timer.
#[expect(unsafe_code, reason = "no crate wraps these four functions, and without them the library reads the system's clock")]
mod time {
    use std::cell::Cell;
    use std::time::Duration;

    use foreign_types::ForeignTypeRef;
    use openssl::ssl::{Ssl, SslContextBuilder, SslRef, SslStream};
    use openssl_sys as ffi;

    use super::Wire;

    const FIRST_WAIT_MS: std::ffi::c_uint = 1_000;
    /// A handshake begins then, for the library: it takes a deadline at zero for none.
    const BEGINNING: Duration = Duration::from_secs(1);

    thread_local! {
        /// Since the beginning of the handshake that is being worked on. Set before, and read within, each call into the
        /// library, so the thread is the right place for it.
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    pub(super) fn set(since_beginning: Duration) {
        NOW.set(BEGINNING + since_beginning);
    }

    unsafe extern "C" fn now(_: *const ffi::SSL, out: *mut ffi::timeval) {
        let now = NOW.get();
        // SAFETY: the library passes a pointer to a timeval of its own that is to be filled in.
        unsafe { *out = ffi::timeval { tv_sec: now.as_secs() as _, tv_usec: now.subsec_micros() as _ } };
    }

    pub(super) fn take_from_arguments(context: &mut SslContextBuilder) {
        // SAFETY: the pointer is that of a live context; the callback lives for ever, touches only its thread's cell and its
        // argument, and cannot unwind.
        unsafe { ffi::SSL_CTX_set_current_time_cb(context.as_ptr(), Some(now)) }
    }

    pub(super) fn wait_a_second_first(ssl: &mut Ssl) {
        // SAFETY: the pointer is that of a live SSL.
        unsafe { ffi::DTLSv1_set_initial_timeout_duration(ssl.as_ptr(), FIRST_WAIT_MS) }
    }

    /// How long until the flight is to be sent again; None if nothing waits for an answer.
    pub(super) fn until_timeout(ssl: &SslRef) -> Option<Duration> {
        let mut wait = ffi::timeval { tv_sec: 0, tv_usec: 0 };
        // SAFETY: both pointers are live for the call, which writes the second only if it returns 1.
        let runs = unsafe { ffi::DTLSv1_get_timeout(ssl.as_ptr(), &mut wait) } == 1;
        runs.then(|| Duration::from_secs(wait.tv_sec as u64) + Duration::from_micros(wait.tv_usec as u64))
    }

    /// Writes the flight again, with record numbers of its own as RFC 6347 §4.2.4 demands, if its time has come.
    pub(super) fn handle_timeout(stream: &mut SslStream<Wire>) {
        // SAFETY: the pointer is that of a live SSL; what is written goes to the stream's `Wire`, as in a handshake's step.
        // An error would be that of writing, which cannot fail there.
        unsafe { ffi::DTLSv1_handle_timeout(stream.ssl().as_ptr()) };
    }
}

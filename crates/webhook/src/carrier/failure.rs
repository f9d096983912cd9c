//! What went wrong with a verification, by the numbers that curl has for it: the published message names them.

use callport_engine::ports::VerifyRefusal;

use crate::target::BadTarget;

/// Most characters of a wrong answer that are repeated.
const RECEIVED_MAX_CHARS: usize = 100;

const UNSUPPORTED_PROTOCOL: u32 = 1;
const URL_MALFORMED: u32 = 3;
const COULD_NOT_RESOLVE: u32 = 6;
const COULD_NOT_CONNECT: u32 = 7;
const TIMED_OUT: u32 = 28;
const TLS_HANDSHAKE: u32 = 35;
const EMPTY_REPLY: u32 = 52;
const RECEIVE_FAILED: u32 = 56;
const BAD_CERTIFICATE: u32 = 60;

/// A URL that is never called.
pub(super) fn of_target(bad: BadTarget) -> VerifyRefusal {
    let curl_errno = match bad {
        BadTarget::NotHttps | BadTarget::NotHttp => UNSUPPORTED_PROTOCOL,
        BadTarget::NoUrl | BadTarget::NoHost | BadTarget::Credentials => URL_MALFORMED,
        BadTarget::NotPublic => COULD_NOT_CONNECT,
    };
    VerifyRefusal::Unreached { curl_errno, error: bad.to_string() }
}

/// An attempt without an answer; `words` say what happened.
pub(super) fn of_attempt(error: &reqwest::Error, words: String) -> VerifyRefusal {
    VerifyRefusal::Unreached { curl_errno: curl_errno(error), error: words }
}

/// The layers below have no kinds that can be named here, so their words are looked at.
fn curl_errno(error: &reqwest::Error) -> u32 {
    if error.is_timeout() {
        return TIMED_OUT;
    }
    let mut layers = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(layer) = cause {
        layers.push_str(&layer.to_string());
        layers.push('\n');
        cause = layer.source();
    }
    let says = |words: &str| layers.contains(words);
    match error.is_connect() {
        true if says("not public") => COULD_NOT_CONNECT,
        true if says("dns error") => COULD_NOT_RESOLVE,
        true if says("certificate") => BAD_CERTIFICATE,
        true if says("tcp connect error") => COULD_NOT_CONNECT,
        true => TLS_HANDSHAKE,
        false if says("invalid HTTP") => UNSUPPORTED_PROTOCOL,
        false if says("before message completed") => EMPTY_REPLY,
        false => RECEIVE_FAILED,
    }
}

/// The beginning of a body, as text.
pub(super) fn beginning(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(RECEIVED_MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

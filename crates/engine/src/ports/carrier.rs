//! Carries webhooks to their receivers.

use std::time::Duration;

use async_trait::async_trait;

use crate::records::Callback;

/// One webhook on its way.
pub struct Letter<'a> {
    /// Where it goes now.
    pub url: &'a str,
    /// Signs it: the secret of the receiving app, also for overridden URLs. `None`: it goes unsigned, because a test asked for it.
    pub secret: Option<&'a str>,
    /// The exact bytes.
    pub body: &'a [u8],
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutcome {
    /// HTTP status, when one came.
    pub status: Option<u16>,
    /// Why it does not count as delivered; `None` for 2xx.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Why a callback URL was not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyRefusal {
    /// It answered with another status than 200.
    #[error("callback verification failed: the callback URL answered the challenge with status {status} instead of 200")]
    Status {
        /// The status.
        status: u16,
        /// Its words, such as `Forbidden`.
        reason: String,
    },
    /// It could not be asked, or gave no answer that can be read.
    #[error("callback verification failed: {error}")]
    Unreached {
        /// The number that curl has for it, since the published message carries one.
        curl_errno: u32,
        /// In words.
        error: String,
    },
    /// It answered 200, and something else than the value of `hub.challenge`.
    #[error(
        "callback verification failed: the callback URL answered {received:?} instead of exactly the value of hub.challenge, {expected}"
    )]
    Mismatch {
        /// The challenge.
        expected: String,
        /// The beginning of the answer.
        received: String,
    },
    /// Its verify token is easily guessed; it was not asked.
    #[error("callback verification failed: a verify token of a live platform has at least {shortest} characters")]
    ShortToken {
        /// Fewest characters.
        shortest: usize,
    },
}

/// HTTP to businesses.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// Posts a webhook, once. Never redirects, bounded in time and size.
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome;

    /// The verification GET. `challenge` is decimal digits and must come back as the whole body.
    async fn verify(&self, callback: &Callback, challenge: &str) -> Result<(), VerifyRefusal>;
}

//! HTTP to businesses: one attempt at a time, bounded in every direction.

use std::time::Duration;

use async_trait::async_trait;
use callport_engine::ports::{Carrier, DeliveryOutcome, Letter, VerifyRefusal};
use callport_engine::records::Callback;
use reqwest::{Certificate, Client, StatusCode, redirect};
use tokio::time::Instant;

use crate::breaks;
use crate::reply::{self, Body};
use crate::signature;
use crate::target::{GuardedResolver, Targets};

mod failure;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct CarrierConfig {
    /// From the first packet to the verdict. Published as about 20 s.
    pub timeout: Duration,
    /// Where requests may go.
    pub targets: Targets,
    /// Certificates in PEM that are trusted beside those of the system, for receivers with a private authority.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for CarrierConfig {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(20), targets: Targets::LIVE, extra_roots: vec![] }
    }
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for webhooks could not be made: {0}")]
pub struct CarrierFault(#[from] reqwest::Error);

/// What is read of an answer to a webhook, so that the connection can be used again. Nobody looks at it.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// How long that may take once the status is known. The next webhook of the call waits meanwhile.
const ANSWER_GRACE: Duration = Duration::from_millis(250);

/// What is read of an answer to the challenge; anything longer is wrong anyway.
const CHALLENGE_MAX_BYTES: usize = 256;

/// Idle connections kept to one receiver.
const IDLE_PER_HOST: usize = 8;

/// Posts webhooks and verifies callbacks.
pub struct HttpCarrier {
    client: Client,
    /// The same without kept connections.
    fresh: Client,
    targets: Targets,
    timeout: Duration,
}

impl HttpCarrier {
    /// A carrier with its own connection pool. Redirects and proxies are never followed: either would go where nobody checked.
    ///
    /// # Errors
    /// When a certificate of the configuration is unreadable or TLS cannot be set up.
    pub fn new(config: CarrierConfig) -> Result<Self, CarrierFault> {
        let mut roots = Vec::new();
        for pem in &config.extra_roots {
            roots.extend(Certificate::from_pem_bundle(pem)?);
        }
        let client = |idle: usize| {
            Client::builder()
                .user_agent(concat!("Callport/", env!("CARGO_PKG_VERSION")))
                .timeout(config.timeout)
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .pool_max_idle_per_host(idle)
                .dns_resolver(GuardedResolver { targets: config.targets })
                .tls_certs_merge(roots.clone())
                .build()
        };
        Ok(Self { client: client(IDLE_PER_HOST)?, fresh: client(0)?, targets: config.targets, timeout: config.timeout })
    }

    async fn post(&self, letter: Letter<'_>) -> Result<reqwest::Response, String> {
        let url = self.targets.check(letter.url).map_err(|bad| bad.to_string())?;
        let begun = Instant::now();
        let signed = letter.secret.map(|secret| (signature::sha256(secret, letter.body), signature::sha1(secret, letter.body)));
        let request = |client: &Client, within: Duration| {
            let mut request = client.post(url.clone()).timeout(within).header("Content-Type", "application/json");
            if let Some((current, legacy)) = &signed {
                request = request.header(signature::HEADER, current).header(signature::LEGACY_HEADER, legacy);
            }
            request.body(letter.body.to_vec()).send()
        };
        let broken = match request(&self.client, self.timeout).await {
            Err(error) if breaks::without_an_answer(&error) => error,
            answer => return answer.map_err(|error| self.words(&error)),
        };
        // Receivers close connections that were idle for a while, often just when the next webhook is on its way: nothing is wrong with
        // them. Whether this receiver had read the webhook cannot be known, so this rests on the rule that webhooks come at least once.
        // Exactly one more try, on a connection that nobody closed yet and within the same patience; then the schedule goes on.
        let left = self.timeout.saturating_sub(begun.elapsed());
        let again = request(&self.fresh, left).await;
        again.map_err(|error| format!("{}; again at once on a new connection: {}", self.words(&broken), self.words(&error)))
    }

    async fn challenge(&self, callback: &Callback, challenge: &str) -> Result<(), VerifyRefusal> {
        let mut url = self.targets.check(&callback.url).map_err(failure::of_target)?;
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", challenge)
            .append_pair("hub.verify_token", &callback.verify_token);
        let unreached = |error: reqwest::Error| failure::of_attempt(&error, self.words(&error));
        let response = self.fresh.get(url).send().await.map_err(unreached)?;
        let status = response.status();
        if status != StatusCode::OK {
            let reason = status.canonical_reason().unwrap_or("Unknown").to_owned();
            return Err(VerifyRefusal::Status { status: status.as_u16(), reason });
        }
        match reply::read(response, CHALLENGE_MAX_BYTES).await.map_err(unreached)? {
            Body::Whole(body) if body == challenge.as_bytes() => Ok(()),
            Body::Whole(body) | Body::TooLong(body) => {
                Err(VerifyRefusal::Mismatch { expected: challenge.to_owned(), received: failure::beginning(&body) })
            }
        }
    }

    /// What went wrong, without the URL: its query may carry a verify token.
    fn words(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("no answer within {} s", self.timeout.as_secs_f32());
        }
        let cause = innermost(error);
        match error.is_connect() {
            true => format!("could not connect: {cause}"),
            false => format!("the connection broke: {cause}"),
        }
    }
}

/// The cause that says most. Outer layers repeat that a request failed, and where to.
fn innermost<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

#[async_trait]
impl Carrier for HttpCarrier {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let begun = Instant::now();
        let answer = self.post(letter).await;
        let took = begun.elapsed();
        let response = match answer {
            Ok(response) => response,
            Err(error) => return DeliveryOutcome { status: None, error: Some(error), took },
        };
        let status = response.status();
        // The verdict stands; the rest is read only to keep the connection, and may break or dawdle as it likes.
        let _ = tokio::time::timeout(ANSWER_GRACE, reply::read(response, ANSWER_MAX_BYTES)).await;
        let error = (!status.is_success()).then(|| format!("the receiver answered with status {}", status.as_u16()));
        DeliveryOutcome { status: Some(status.as_u16()), error, took }
    }

    async fn verify(&self, callback: &Callback, challenge: &str) -> Result<(), VerifyRefusal> {
        self.challenge(callback, challenge).await
    }
}

#[cfg(test)]
mod tests;

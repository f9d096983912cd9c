//! A receiver of webhooks whose answers the test decides.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use callport_engine::ports::{Carrier, DeliveryOutcome, Letter, VerifyRefusal};
use callport_engine::records::Callback;
use parking_lot::Mutex;
use tokio::sync::mpsc;

/// What becomes of an attempt to deliver a webhook, where the receiver does not simply take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The receiver gets it and answers 500.
    Fails,
    /// Nothing is sent and no answer comes, ever.
    Hangs,
    /// The carrier meets a bug.
    Panics,
}

/// Takes every webhook in 3 ms, but for those that meet a mishap, and verifies every callback, but for those whose verify token is
/// `wrong`.
pub struct FakeCarrier {
    got: mpsc::UnboundedSender<(String, String)>,
    mishaps: Mutex<BTreeMap<String, Mishap>>,
    /// URL and verify token of each callback that was to be verified, in order.
    pub verified: Mutex<Vec<(String, String)>>,
}

impl FakeCarrier {
    /// One that passes on what the receiver gets: URL and body.
    pub fn new(got: mpsc::UnboundedSender<(String, String)>) -> Self {
        Self { got, mishaps: Mutex::default(), verified: Mutex::default() }
    }

    /// From now on this becomes of webhooks of that event, which must be in the words of [`PlainWords`](crate::PlainWords).
    pub fn mishap(&self, event: &str, mishap: Mishap) {
        self.mishaps.lock().insert(event.to_owned(), mishap);
    }

    /// From now on everything is taken again.
    pub fn recover(&self) {
        self.mishaps.lock().clear();
    }
}

#[async_trait]
impl Carrier for FakeCarrier {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let body = String::from_utf8(letter.body.to_vec()).unwrap();
        let mishap = self.mishaps.lock().get(body.lines().next().unwrap_or_default()).copied();
        match mishap {
            Some(Mishap::Panics) => panic!("a bug in the carrier"),
            Some(Mishap::Hangs) => std::future::pending().await,
            Some(Mishap::Fails) | None => {}
        }
        let _ = self.got.send((letter.url.to_owned(), body));
        let error = mishap.map(|_| "the receiver answered 500".to_owned());
        DeliveryOutcome { status: Some(if error.is_some() { 500 } else { 200 }), error, took: Duration::from_millis(3) }
    }

    async fn verify(&self, callback: &Callback, challenge: &str) -> Result<(), VerifyRefusal> {
        assert!(challenge.bytes().all(|byte| byte.is_ascii_digit()), "{challenge}");
        self.verified.lock().push((callback.url.clone(), callback.verify_token.clone()));
        match callback.verify_token.as_str() {
            "wrong" => Err(VerifyRefusal::Status { status: 403, reason: "Forbidden".into() }),
            _ => Ok(()),
        }
    }
}

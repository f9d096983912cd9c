//! Webhooks: tiny bodies, and receivers that are slow, that fail, and whose answers get lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use callport_core::ids::WabaId;
use callport_engine::ports::{Carrier, DeliveryOutcome, Letter, Notice, VerifyRefusal, Wording};
use callport_engine::records::Callback;

use crate::world::World;

/// How long a receiver takes that is well.
const WELL: Duration = Duration::from_millis(8);
/// And one that is not.
const SLOW: Duration = Duration::from_secs(6);

/// Bodies are numbers: each names one rendering of one notice.
pub(crate) struct Words(pub(crate) Arc<World>);

impl Wording for Words {
    fn body(&self, _: &Notice, _: &WabaId) -> Vec<u8> {
        self.0.bodies.fetch_add(1, Ordering::Relaxed).to_le_bytes().to_vec()
    }
}

/// HTTP to businesses.
pub(crate) struct Post(pub(crate) Arc<World>);

#[async_trait]
impl Carrier for Post {
    async fn deliver(&self, letter: Letter<'_>) -> DeliveryOutcome {
        let Post(world) = self;
        let sent = world.exec.now();
        let body = letter.body.try_into().map(u64::from_le_bytes).unwrap_or_default();
        let attempted = world.attempted(letter.url, body);
        world.exec.chance(if world.fails(4) { SLOW } else { WELL }).await;
        let verdict =
            |status, error: Option<&str>| DeliveryOutcome { status, error: error.map(str::to_owned), took: world.exec.now() - sent };
        if world.fails(6) {
            return verdict(Some(503), Some("the receiver answered 503"));
        }
        if let Some(parcel) = attempted {
            world.received(letter.url, parcel);
        }
        if world.fails(2) { verdict(None, Some("the answer was lost")) } else { verdict(Some(200), None) }
    }

    async fn verify(&self, _: &Callback, _: &str) -> Result<(), VerifyRefusal> {
        Ok(())
    }
}

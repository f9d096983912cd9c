//! The outbox worker: first attempts in the order of each call, retries by the schedule, nothing forgotten.
//!
//! A webhook of a call waits until every earlier one of that call and app had its first verdict. A receiver that answers gets
//! them in order; one that fails the first is not allowed to hold back the rest, which then go by their own schedule.

mod attempt;
mod queue;
mod replay;
mod worker;

pub use replay::ReplayRefusal;

use std::sync::Arc;
use std::time::Duration;

use callport_core::scope::Field;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::engine::Ports;
use crate::records::Delivery;
use attempt::Item;
use worker::Worker;

/// How often and how long a delivery is tried (platform docs leave the schedule for calls open).
#[derive(Debug, Clone)]
pub struct DeliveryPolicy {
    /// Waits after the first, second, third … failure.
    pub schedule: Vec<Duration>,
    /// Waits after that.
    pub then_every: Duration,
    /// A delivery older than this is dropped after its next failure.
    pub give_up_after: Duration,
    /// The same for the field `messages`, which is tried for longer (platform docs: up to 7 days).
    pub give_up_messages_after: Duration,
    /// Attempts under way at once to one app, so that a slow receiver holds up only itself.
    pub in_flight_per_app: usize,
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            schedule: vec![seconds(5), seconds(15), seconds(60)],
            then_every: seconds(300),
            give_up_after: seconds(3600),
            give_up_messages_after: seconds(7 * 86_400),
            in_flight_per_app: 64,
        }
    }
}

impl DeliveryPolicy {
    /// How old a delivery of this field may become.
    fn patience(&self, field: Field) -> Duration {
        if field == Field::Messages { self.give_up_messages_after } else { self.give_up_after }
    }

    /// How long to wait after so many failures.
    fn wait_after(&self, failures: u32) -> Duration {
        let at = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        self.schedule.get(at).copied().unwrap_or(self.then_every)
    }
}

/// Deliveries that are kept whole, body and all, until their first attempt. Of later ones only ids are kept: a body has some kilobytes, and
/// is read from the store when its turn comes. Enough for all that receivers who keep up let wait.
const KEPT_WHOLE: usize = 1_024;

/// The way into the worker. Unbounded on purpose: every item is already durable, and an item without its body is small.
pub(crate) struct Outbox {
    post: mpsc::UnboundedSender<Item>,
    /// One permit for each delivery that may still be kept whole.
    room: Arc<Semaphore>,
    worker: parking_lot::Mutex<Option<JoinHandle<()>>>,
    /// Held while a replay looks and re-queues.
    replays: tokio::sync::Mutex<()>,
}

impl Outbox {
    pub(crate) fn start(ports: Ports, policy: DeliveryPolicy) -> Self {
        let (post, items) = mpsc::unbounded_channel();
        let worker = tokio::spawn(Worker::new(ports, policy, items).run());
        Self {
            post,
            room: Arc::new(Semaphore::new(KEPT_WHOLE)),
            worker: parking_lot::Mutex::new(Some(worker)),
            replays: tokio::sync::Mutex::default(),
        }
    }

    /// Freshly committed deliveries, in order.
    pub(crate) fn post(&self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            let _ = self.post.send(Item::fresh(delivery, &self.room)); // a stopped worker: the row is in the store and the next start carries on
        }
    }

    /// What the store still holds from before; bodies are read again at the attempt.
    pub(crate) fn carry_on(&self, pending: Vec<Delivery>) {
        for delivery in pending {
            let _ = self.post.send(Item::stored(&delivery));
        }
    }

    /// Cuts attempts that are under way; they count as not made.
    pub(crate) async fn stop(&self) {
        let worker = self.worker.lock().take();
        if let Some(worker) = worker {
            worker.abort();
            let _ = worker.await;
        }
    }
}

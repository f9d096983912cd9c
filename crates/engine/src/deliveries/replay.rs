//! Sending a settled webhook once more, for an operator whose backend missed it.

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::{Delivery, DeliveryId, DeliveryState};

/// Why a webhook is not sent again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReplayRefusal {
    /// No such webhook.
    #[error("there is no webhook with this id")]
    Unknown,
    /// It is in the queue as it is.
    #[error("this webhook is still pending: it is being sent by its schedule")]
    Pending,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Engine {
    /// Puts a settled webhook back into the queue, due now, with the same bytes; where it goes is looked up at the attempt.
    /// Its attempts go on counting. One that fails again is retried by the schedule while it is young enough, else given up.
    pub async fn replay(&self, id: DeliveryId) -> Result<Delivery, ReplayRefusal> {
        // One at a time, across the look and the write: two requests must not both find it settled and queue it twice.
        let _one = self.outbox.replays.lock().await;
        let delivery = self.ports.store.delivery(id).await?.ok_or(ReplayRefusal::Unknown)?;
        if matches!(delivery.state, DeliveryState::Pending { .. }) {
            return Err(ReplayRefusal::Pending);
        }
        let state = DeliveryState::Pending { next_attempt_at: self.now() };
        self.ports.store.commit(vec![Change::SettleDelivery(id, state, delivery.attempts)]).await?;
        let delivery = Delivery { state, ..delivery };
        self.outbox.carry_on(vec![delivery.clone()]);
        Ok(delivery)
    }
}

//! Sending a settled webhook once more, for an operator whose backend missed it.

use callport_flow::journal::{About, Entry, Fact};

use crate::engine::Engine;
use crate::fault::Failed;
use crate::ports::Reopened;
use crate::records::{Delivery, DeliveryId};

/// Why a webhook is not sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayRefusal {
    /// No such webhook.
    #[error("there is no webhook with this id")]
    Unknown,
    /// It is in the queue as it is.
    #[error("this webhook is still pending: it is being sent by its schedule")]
    Pending,
}

impl Engine {
    /// Puts a settled webhook back into the queue, due now, with the same bytes; where it goes is looked up at the attempt.
    /// Its attempts go on counting. One that fails again is retried by the schedule while it is young enough, else given up.
    pub async fn replay(&self, id: DeliveryId) -> Result<Delivery, Failed<ReplayRefusal>> {
        let event = match self.store().delivery(id).await? {
            Some(delivery) => delivery.event,
            None => return Err(Failed::Refused(ReplayRefusal::Unknown)),
        };
        let now = self.now();
        let about = About { delivery: Some(id.0), ..About::default() };
        let entry = Entry::new(now, about, Fact::WebhookReplayed { event });
        match self.store().reopen(id, self.node.id, now, entry).await? {
            Reopened::Unknown => Err(Failed::Refused(ReplayRefusal::Unknown)),
            Reopened::Pending => Err(Failed::Refused(ReplayRefusal::Pending)),
            Reopened::Queued(delivery) => {
                self.node.outbox.carry_on(std::slice::from_ref(&*delivery), self.node.outbox.mark());
                Ok(*delivery)
            }
        }
    }
}

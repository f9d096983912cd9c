//! The outbox: first attempts in the order of each call, retries by the schedule, nothing forgotten.
//!
//! A webhook of a call waits until every earlier one of that call and app had its first attempt. A receiver that answers gets
//! them in order; one that fails the first is not allowed to hold back the rest, which then go by their own schedule.

mod attempt;
mod outbox;
mod queue;
mod replay;
mod webhooks;

pub(crate) use outbox::Outbox;
pub use replay::ReplayRefusal;
pub(crate) use webhooks::{Webhooks, receivers};

use std::time::Duration;

use callport_core::scope::Field;

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

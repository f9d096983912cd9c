//! The outbox: one row for each webhook and receiving app. Attempts to deliver it are entries of the journal.

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::scope::Field;
use callport_core::time::WallTime;

/// Position in the outbox: grows with every webhook, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub u64);

/// A webhook for one app. Where it goes is looked up at each attempt, so that a corrected callback gets the retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Order of making.
    pub id: DeliveryId,
    /// The receiver.
    pub app: AppId,
    /// `entry[].id`.
    pub waba: WabaId,
    /// The number concerned, for its override.
    pub number: Option<PhoneNumberId>,
    /// The webhook field.
    pub field: Field,
    /// What it tells, as in `connect` or `terminate`.
    pub event: String,
    /// The call that it belongs to: deliveries of one call keep their order.
    pub call: Option<CallId>,
    /// The message that it belongs to, likewise.
    pub message: Option<MessageId>,
    /// The exact bytes that are signed and sent.
    pub body: Vec<u8>,
    /// When the state change happened.
    pub created_at: WallTime,
    /// What became of it.
    pub state: DeliveryState,
    /// Attempts made so far.
    pub attempts: u32,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent at that moment or later.
    Pending {
        /// Not before.
        next_attempt_at: WallTime,
    },
    /// A receiver said 2xx.
    Delivered {
        /// When.
        at: WallTime,
    },
    /// Given up by the schedule, or nobody to send it to.
    Dropped {
        /// When.
        at: WallTime,
    },
}

//! What is kept: the rows that steps read and write, and the outbox, which is the engine's own.

mod delivery;

pub use callport_flow::records::*;
pub use delivery::{Delivery, DeliveryId, DeliveryState};

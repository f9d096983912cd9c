//! What is kept: plain rows without behaviour. The store keeps them; the engine makes them.

mod business;
mod call;
mod delivery;
mod media;
mod user;

pub use business::{App, Callback, Number, PhoneOverride, Portfolio, Subscription, Token, Waba};
pub use call::{CallRecord, Stage, TimelineEntry, TimelineKind};
pub use delivery::{Attempt, Delivery, DeliveryId, DeliveryState};
pub use media::{Check, CheckOutcome, LegFigures, LegReport, MediaReport};
pub use user::{Invitation, Session, User};

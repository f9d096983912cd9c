//! What is kept: plain rows without behaviour. The store keeps them; the engine makes them.

mod business;
mod call;
mod delivery;
mod media;
mod message;
mod pair;
mod template;
mod user;

pub use business::{App, Callback, MAX_ALLOWED_RECIPIENTS, Number, PhoneOverride, Portfolio, Restriction, Subscription, Token, Waba};
pub use call::{CallRecord, Stage, TimelineEntry, TimelineKind};
pub use delivery::{Attempt, Delivery, DeliveryId, DeliveryState};
pub use media::{Check, CheckOutcome, LegFigures, LegPoint, LegReport, LegSeries, MediaReport};
pub use message::{Message, MessageBody, Progress, Said, Sent, Tariff, TariffCategory};
pub use pair::PairRecord;
pub use template::TemplateRecord;
pub use user::{Guest, Invitation, Session, User};

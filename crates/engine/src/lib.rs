//! The one writer: loads a state, asks `core`, saves state and webhooks together, then carries out the effects.
//!
//! Adapters on the inbound side (graph, phone, operator) call [`Engine`]; on the outbound side they implement a port of [`ports`].
//! Clock and randomness are ports too, so a test can own both.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod calls;
mod chats;
mod deliveries;
mod directory;
pub mod door;
mod engine;
mod fault;
mod pairs;
pub mod ports;
pub mod records;
mod users;
pub mod verdict;

pub use calls::{
    CallCommand, CommandRefusal, Dial, DialRefusal, Dialled, EndRefusal, PickUpRefusal, PlaceCall, PlaceRefusal, PressRefusal,
    RejoinRefusal, Story, UserCall,
};
pub use chats::{CHAT_PAGE, Chat, Draft, Outgoing, PermitRefusal, Receipt, SayRefusal, SendRefusal, SentMessage};
pub use deliveries::{DeliveryPolicy, ReplayRefusal};
pub use directory::{
    Actor, AuthRefusal, CallbackRefusal, EntryRefusal, Grant, MAX_SESSIONS, MAX_TEMPLATES, NewTemplate, PAUSE, ProvisionRefusal,
    SettingsError, ShortestSecrets, SignedIn, TemplateRefusal, To,
};
pub use engine::{Config, Engine, Ports};
pub use fault::Fault;
pub use users::{Business, UserEvent};

//! Runs inputs: loads what a step of `flow` asks for, commits what it decides, tries again when somebody was faster, then carries it out.
//!
//! Adapters on the inbound side (graph, phone, operator) call [`Engine`]; on the outbound side they implement a port of [`ports`].
//! Time, chance and tasks are ports too, so a test can own them. Nothing in memory here is a truth that another process would contradict.
#![warn(missing_docs, unreachable_pub, unnameable_types)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod calls;
mod chats;
mod deliveries;
mod directory;
pub mod door;
mod engine;
mod fault;
mod health;
pub mod injection;
mod node;
mod onboarding;
pub mod ports;
pub mod records;
mod requests;
mod retention;
mod settler;
mod supervise;
mod users;
pub mod verdict;

pub use callport_flow::calls::{
    AskCallRefusal, CallCommand, NewUserCall, PlaceBusinessCallRefusal, PlaceUserCallRefusal, PlacedUserCall, sender,
};
pub use callport_flow::chats::{
    BlockRefusal, ControlThreadRefusal, MessageDraft, PermitRefusal, Receipt, SayRefusal, SendRefusal, SentMessage, ThreadAction,
};
pub use callport_flow::directory::{
    ChangeSettingsRefusal, CreateTemplateRefusal, EntryRefusal, MAX_SESSIONS, MAX_STANDBY, NoSuchCall, PAUSE, Patch, ProvisionRefusal,
    RemovalRefusal, ShareNumberRefusal, SipServerChange, SubscriptionRefusal, max_templates,
};
pub use callport_flow::journal;
pub use callport_flow::onboarding::{
    CodeRefusal, OneOrNew, OwnerRefusal, PartnerRefusal, PinText, RegistrationRefusal, SignUpDeed, SolutionDeed, SolutionRefusal,
    WalkRefusal,
};
pub use callport_flow::{NodeId, RoutingRules, Rules, SecretLengths, UserCall, UserEvent};
pub use calls::{CallFailed, NewBusinessCall, Story};
pub use chats::{CHAT_PAGE, Chat, OutgoingMessage};
pub use deliveries::{DeliveryPolicy, ReplayRefusal};
pub use directory::{Actor, AuthRefusal, CallbackRefusal, Grant, NewTemplate, OwnRoles, SignedIn, To};
pub use engine::{Engine, EngineConfig, Ports};
pub use fault::{Failed, Fault};
pub use health::EngineHealth;
pub use onboarding::NewSolution;
pub use requests::{OpenRequest, Published};
pub use retention::Retention;
pub use users::ListedBusiness;

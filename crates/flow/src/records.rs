//! What is kept: plain rows without behaviour. Steps read and write them; the store keeps them.

mod business;
mod call;
mod enrolment;
mod media;
mod message;
mod pair;
mod routing;
mod sip;
mod template;
mod user;
mod written;

pub use business::{
    App, AppGrant, Callback, MAX_ALLOWED_RECIPIENTS, Number, PhoneOverride, Portfolio, Restriction, Subscription, Token, Waba,
};
pub use call::{CallRecord, Stage};
pub use enrolment::{
    AccountFunding, Allocation, Assignment, BusinessOwner, ClientAccount, CreditLine, Enrolment, EnrolmentKind, EnrolmentRecord, LoginCode,
    NumberRegistration, OwnerInvitation, OwnerSession, PreVerifiedNumber, SentCode, SignUpClient, SignUpOpener, SignUpStep, SignUpWalk,
    SignUpWishes, Solution, SolutionAccount, SolutionSeat, SolutionStatus, SystemUser,
};
pub use media::{Check, CheckOutcome, LegFigures, LegPoint, LegReport, LegSeries, MediaReport};
pub use message::{Message, MessageBody, Progress, Said, Sent, Tariff, TariffCategory};
pub use pair::PairRecord;
pub use routing::{NumberAccount, Routing, RoutingReach, ThreadRecord};
pub use sip::{CallLine, SipServerRecord};
pub use template::TemplateRecord;
pub use user::{Guest, Invitation, Session, User};

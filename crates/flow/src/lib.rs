//! What one input does to everything it touches, as a pure step: from what was read, one `now` and the input's own random bytes to one
//! [`Transition`], or to the name of what it lacks ([`Need`]). The engine fetches what is lacking and runs the step again from the start.
//!
//! Nothing here awaits, locks, stores or knows how a business is told. A step that refuses is a transition as well: it has entries for the
//! journal, sometimes words for the business, and is committed with what it expects.
#![warn(missing_docs, unreachable_pub, unnameable_types)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod calls;
pub mod chats;
pub mod directory;
pub mod journal;
mod line;
mod notice;
pub mod onboarding;
mod parties;
mod phones;
pub mod records;
mod routing;
mod row;
mod step;
#[cfg(test)]
mod testing;
mod view;

pub use notice::{Context, HandoverKind, Notice, Parties, PartnerEvent, PartnerNews, Recipient};
pub use parties::parties;
pub use phones::{UserCall, UserEvent};
pub use row::{CallRow, Key, NodeId, Row, Version, Write};
pub use step::{Act, Cx, Draft, Guard, Input, RoutingRules, Rules, SecretLengths, Stop, Transition, step};
pub use view::{AnswerRefusal, Ask, Busy, BusyAsk, CheckedAnswer, FreeAsk, MediaAnswer, MediaFault, Need, PickUpAsk, Query, View};

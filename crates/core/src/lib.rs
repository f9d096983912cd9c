//! What is true: the rules of calling as pure machines. No clock, no randomness, no I/O, no JSON.
//!
//! Every rule takes the moment as an argument and answers with a new state and its effects, or with a typed refusal.
//! JSON shapes live in `wire`, sockets in the adapters; both translate to and from the types here.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

pub mod bsuid;
pub mod call;
pub mod call_hours;
pub mod call_id;
pub mod codec;
pub mod country;
pub mod eligibility;
pub mod gate;
pub mod health;
pub mod ids;
pub mod key_exchange;
pub mod limits;
pub mod message;
pub mod number;
pub mod outreach;
pub mod pair;
pub mod quality;
pub mod recipient;
pub mod registration;
pub mod routing;
pub mod scope;
pub mod settings;
pub mod template;
pub mod time;
pub mod token;
pub mod words;

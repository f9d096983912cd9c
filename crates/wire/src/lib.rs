//! What is said: requests, replies, error codes and webhooks in the published JSON.
//!
//! Shapes without behaviour. Nothing here knows what a call is allowed to do; it knows how a call is spelt. Both
//! sides of the conversation use it: the platform to read requests and write replies and webhooks, a business
//! backend (ours, the `gateway`) to write requests and read replies and webhooks.
//!
//! - [`calls`]: `POST /{phone-number-id}/calls`
//! - [`messages`]: `POST /{phone-number-id}/messages`
//! - [`permissions`]: `GET /{phone-number-id}/call_permissions`
//! - [`templates`]: `GET`, `POST` and `DELETE /{waba-id}/message_templates`
//! - [`settings`]: `GET` and `POST /{phone-number-id}/settings`
//! - [`nodes`]: numbers, WABAs, subscriptions, tokens
//! - [`webhooks`]: what is delivered to callback URLs, and [`escape`], how its bytes are written
//! - [`schemas`]: request bodies as JSON Schema
//! - [`codes`] and [`error`]: every published error code once, and the envelope it travels in
//!
//! Readers are forgiving (unknown members are ignored, enumerations are read in any case); writers are exact (key
//! order of the published samples, enumerations in upper case).
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

pub mod calls;
pub mod codes;
pub mod error;
pub mod escape;
pub mod messages;
pub mod nodes;
pub mod params;
pub mod permissions;
mod quiet;
pub mod schemas;
pub mod seconds;
pub mod settings;
pub mod templates;
pub mod webhooks;
mod words;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

pub use codes::Code;
pub use error::{ErrorEnvelope, ErrorReply};
pub use params::{Fault, Malformed, Params};
pub use words::NotAWord;

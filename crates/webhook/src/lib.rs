//! Carries the outbox over HTTPS: body, signature, verdict.
//!
//! - [`JsonWording`] turns the engine's notices into the exact bytes that are signed and sent;
//! - [`HttpCarrier`] posts them, and sends the verification GET before a callback URL is believed;
//! - [`signature`] signs with the secret of the receiving app;
//! - [`Targets`] says where requests may go, so that a callback URL cannot be used to reach inside.
//!
//! When and how often to deliver is the engine's affair; the shapes are `wire`'s.
//! Platform docs, Graph API, Webhooks, Getting started; Calling, API and Webhook Reference.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod breaks;
mod carrier;
mod reply;
pub mod signature;
mod target;
mod wording;

pub use carrier::{CarrierConfig, CarrierFault, HttpCarrier};
pub use target::Targets;
pub use wording::JsonWording;

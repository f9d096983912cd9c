//! The operator's side: admin API, OpenAPI, why a call failed, health and metrics.
//!
//! [`router`] is one listener's worth of HTTP: `/admin/v1/…` and its description at `/admin/openapi.json`, `/metrics`, `/healthz`
//! and `/readyz`. Everything but the two health paths asks for the operator's token. What the process that joins the parts must
//! lend is in [`OperatorState`]; what exists only in test mode ([`TestMode`]) may be absent, and its paths then answer 404.
//!
//! [`fixture`] puts a platform into a known state from a file. It needs no HTTP.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod api;
mod asked;
mod auth;
mod clock;
mod faults;
pub mod fixture;
mod health;
mod moment;
pub mod people;
mod problem;
mod router;
mod state;
mod words;

#[cfg(test)]
mod tests;

pub use clock::MovableClock;
pub use people::ScriptedPeople;
pub use router::{openapi, router};
pub use state::{JournalReaders, OperatorAuth, OperatorState, TestMode};

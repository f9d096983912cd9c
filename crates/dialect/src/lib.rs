//! The one mapping between the types of the rules (`core`) and the published JSON (`wire`), which know nothing of each other. Adapters that
//! speak the published JSON translate here, so that a word is spelt the same in a reply, in a webhook and in the operator's API.
//!
//! - [`Twin`]: values that both sides have
//! - [`codes`]: which published code a reason has
//! - [`settings`], [`permissions`], [`templates`], [`calls`], [`health`]: shapes
//!
//! Nothing here behaves: no default is chosen and no rule is applied.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

pub mod calls;
pub mod codes;
pub mod health;
pub mod permissions;
pub mod settings;
pub mod templates;
mod twins;

pub use twins::Twin;

use callport_core::time::WallTime;
use callport_wire::seconds::TextSeconds;

/// A moment as webhooks tell it.
pub fn seconds(at: WallTime) -> TextSeconds {
    TextSeconds(at.unix_seconds())
}

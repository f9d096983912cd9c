//! What the doors of all adapters share: where a request comes from, how often it may be wrong or ask for much, and why its body is
//! not there.
//!
//! The listener in front marks each request with its [`ClientNetwork`] (an extension of the request) and lets its body fail with a
//! [`BodyFault`]; adapters ask [`Floods`] and word their refusals as their readers know them.

mod body;
mod buckets;
mod floods;
mod source;
mod tally;

pub use body::BodyFault;
pub use buckets::Wait;
pub use floods::{CredentialAttempt, FloodLimits, Floods};
pub use source::ClientNetwork;
pub(crate) use tally::Tally;

//! A clock and a random source that a test owns, for every crate whose tests start an engine. Never part of the product.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod chance;
mod clock;
mod plant;
mod tasks;

pub use chance::Counting;
pub use clock::TestClock;
pub use plant::plant;
pub use tasks::TokioTasks;

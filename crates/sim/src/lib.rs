//! Days of the platform in seconds: the real engine, flow, rules and deliveries run on a virtual clock, on one thread, from one seed.
//!
//! What stands around them is simulated: a store that is shared by several processes and fails, people with phones, businesses that react
//! well, late, twice, wrongly or never, a media plane, receivers, and processes that crash between any two awaits. Books of their own
//! check each commit and the end. The same seed is the same run, to the last poll.
#![warn(missing_docs, unreachable_pub, unnameable_types)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod books;
mod bug;
mod dice;
mod exec;
mod plan;
mod ports;
mod run;
mod world;

pub use books::Violation;
pub use bug::Bug;
pub use plan::{Plan, TIME};
pub use run::{Run, run};

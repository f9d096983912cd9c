//! The engine over the in-memory store, with a clock, a media plane and a receiver that the test owns.
#![allow(clippy::unwrap_used)]

use callport_core::time::WallTime;
use callport_testkit::TestClock;

mod business_calls;
mod calls;
mod chats;
mod dispatch;
mod injection;
mod journal;
mod outbox;
mod people;
mod permissions;
mod routing;
mod sip;
mod spine;
mod templates;

/// Where the calendar stands at first.
const T0: WallTime = TestClock::START;

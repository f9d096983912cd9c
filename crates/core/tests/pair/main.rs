//! Permission and counters of a pair, proved three ways: every state and event as a table, the published vectors, and any history
//! against a model that forgets nothing.
#![allow(clippy::unwrap_used)]

mod any_order;
mod model;
mod tables;
mod vectors;

use std::time::Duration;

use callport_core::time::WallTime;

/// The moment of the first published vector; any other would do.
const START: WallTime = WallTime::from_unix_seconds(1_794_995_200);

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// So many seconds after [`START`].
fn at(seconds: u64) -> WallTime {
    START + Duration::from_secs(seconds)
}

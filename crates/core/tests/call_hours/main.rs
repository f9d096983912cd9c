//! Call hours in any zone, week and year, against another calendar: chrono with its own copy of the zones, looked at minute by minute.
#![allow(clippy::unwrap_used)]

mod any_zone;

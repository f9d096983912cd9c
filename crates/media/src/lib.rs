//! UDP sockets and threads around the relay: the media port of the engine.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod udp;
pub mod wheel;

//! Whole calls in virtual time: the relay between two far ends, over a network that a seed makes bad.
//! The far ends are our own full legs and `str0m`, a foreign WebRTC stack.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod digits;
mod far;
mod far_leg;
mod far_str0m;
mod handshake;
mod network;
mod noise;
mod picking_up;
mod relaying;
mod transcoding;
mod world;

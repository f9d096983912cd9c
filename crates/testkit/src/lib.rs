//! One world for every crate whose tests start an engine: the engine with ports that a test owns, and a business and a user in it.
//! Never part of the product.
#![allow(clippy::unwrap_used)]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod carrier;
mod chance;
mod clock;
mod media;
#[cfg(test)]
mod names;
pub mod objects;
mod plant;
mod sip;
mod words;
mod world;

pub use carrier::{FakeCarrier, Mishap};
pub use chance::Counting;
pub use clock::TestClock;
pub use media::FakeMedia;
pub use objects::{acme, nadia};
pub use plant::plant;
pub use sip::FakeSip;
pub use words::{Delivered, PlainWords};
pub use world::{Given, PATIENCE, World, answer};

//! The engine over the in-memory store, with a clock, a media plane and a receiver that the test owns.
#![allow(clippy::unwrap_used)]

mod calls;
mod outbox;
mod people;
mod world;

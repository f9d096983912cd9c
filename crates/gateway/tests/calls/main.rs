//! The backend against a pretend platform with real HTTP and real media.
#![allow(clippy::unwrap_used)]

mod answering;
mod chatting;
mod permission;
mod placing;
mod platform;
#[path = "../../../peer/tests/support/mod.rs"]
mod relay;

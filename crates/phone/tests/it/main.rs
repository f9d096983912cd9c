//! The phone against a whole engine over the in-memory store: its forms, its windows, and its scripted users with real media.
#![allow(clippy::unwrap_used)]

mod account;
mod links;
mod page;
mod people;
mod window;
mod windows;
mod world;

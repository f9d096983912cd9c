//! The phone against a whole engine over the in-memory store: its forms, its windows with calls and chats, and its scripted users
//! with real media.
#![allow(clippy::unwrap_used)]

mod account;
mod behaving;
mod blocks;
mod business;
mod chats;
mod closed;
mod door;
mod incoming;
mod links;
mod logs;
mod page;
mod people;
mod permissions;
mod window;
mod windows;
mod world;

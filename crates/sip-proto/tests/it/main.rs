//! The machines as their users see them.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test may begin its virtual time now

mod call;
mod golden;
mod noise;
mod pair;
mod questions;
mod requests;
mod table;
mod torture;
mod transactions;

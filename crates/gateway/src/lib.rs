//! A business backend that knows a calling platform by its published API alone.
//!
//! It takes webhooks, answers calls over the Graph API, speaks WebRTC to the platform's relay and does one of four things with a
//! caller: echo, say a known signal, run a spoken menu, or decline. It imports nothing of the platform but the wire shapes
//! and the media protocols, so that it runs as well against the real Cloud API, and so that our platform can be held against it.
//!
//! The life of a call (platform docs, User-initiated calls): the connect webhook brings an SDP offer; `pre_accept` goes out at once
//! with the answer; when ICE and DTLS are up `accept` follows with the same answer; only after its 200 does sound go out;
//! a `terminate` webhook ends it, or our own `terminate` request.
//!
//! - [`Gateway::start`] listens and works until [`Gateway::stop`].
//! - [`Event`]s tell every step with its moment; a [`Report`] tells how each call went.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod call;
mod config;
mod graph;
mod hub_signature;
mod intake;
mod menu;
mod prompts;
mod seen;
mod server;
mod switchboard;
mod timeline;

pub use config::{Config, Mode, Random, UnknownMode};
pub use graph::{GraphFailure, GraphReply};
pub use server::{Gateway, StartError};
pub use timeline::{Ending, Event, Report, Verdict, What, short_form};

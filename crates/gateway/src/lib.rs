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
//! A call of our own (platform docs, Business-initiated calls) begins with the user's permission, which is asked for where it is
//! missing; then `connect` goes out with our offer, the connect webhook brings the answer, statuses tell how far it is, and sound
//! goes out once the user has picked up.
//!
//! A business may signal by SIP instead (platform docs, SIP Configuration Guide): [`SipGateway`] is its server, with the same conversations.
//!
//! - [`Gateway::start`] listens and works until [`Gateway::stop`].
//! - [`Gateway::place`] calls a user and says how that went.
//! - [`TimelineEvent`]s tell every step with its moment; a [`Report`] tells how each call went.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod advice;
mod arrival;
mod call;
mod chat;
mod config;
mod desk;
mod graph;
mod hearing;
mod hub_signature;
mod intake;
mod menu;
mod outgoing;
mod prompts;
mod seen;
mod server;
mod sip;
mod switchboard;
mod talk;
mod timeline;

pub use advice::advice;
pub use config::{BackendConfig, FillRandom, Mode, UnknownMode};
pub use graph::{GraphFailure, GraphReply};
pub use hearing::Hearing;
pub use outgoing::{Asking, CallOrder, CallReport, Callee, NobodyToCall, NotAsked, OutgoingCall, OutgoingOutcome, PermissionTemplate};
pub use server::{Gateway, StartError};
pub use sip::{SipBackendCall, SipBackendConfig, SipCallOrder, SipGateway};
pub use talk::Speech;
pub use timeline::{CallEnd, EVENT_LOG, EventOutcome, Report, TimelineEvent, What, short_form};

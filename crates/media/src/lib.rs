//! UDP sockets and threads around the relay: the media port of the engine.
//!
//! Start at [`MediaPlane`]. It answers the engine's [`Media`](callport_engine::ports::Media) port and owns the media threads, each with
//! a few UDP ports of its own (one socket for each address family) and its own calls: both legs of a call live on one thread and one of
//! its ports, which the session descriptions name. Between threads nothing is shared that a packet touches.
//!
//! ```text
//!  engine ── open, apply_answer, … ──▶ port ── mailbox ──▶ thread ── datagram ──▶ desk ── routes ──▶ relay::Call
//!  engine ◀── signs, milestones ────── news ◀──────────────────────────────────── desk ◀── events ──┘   └─▶ post
//! ```
//!
//! A media packet finds its leg by the port it came to and its remote address, which are in the table because a STUN check of that way was
//! authentic; a STUN check finds its leg by our user name fragment, which names the slot. Everybody else is counted and dropped. A business
//! leg whose keys come by SDES has no checks, and so a port of its own, which tells it.
//!
//! Packets in a codec that the other leg does not speak are turned into its own on threads beside these (feature `transcode`).
//!
//! Never here: decisions about calls (the engine's), protocol (the relay's), codecs (`callport-audio`'s), recording.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod carried;
mod command;
mod config;
mod counters;
mod credentials;
mod desk;
mod directory;
mod leg_ports;
mod leg_sockets;
mod local;
mod mailbox;
mod milestones;
mod news;
mod port;
mod ports;
mod post;
mod report;
mod routes;
mod slots;
mod sockets;
mod strangers;
mod tag;
mod thread;
mod transcode;
mod turns;
pub mod udp;
mod wheel;

pub use config::{MAX_THREADS, MediaConfig, MediaStartFault};
pub use counters::{Stray, ThreadCounters};
pub use port::{MediaParts, MediaPlane};
pub use ports::MAX_PORTS;
pub use sockets::Advertised;
pub use transcode::MAX_TRANSCODERS;

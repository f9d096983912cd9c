//! The SIP edge: SIP servers of businesses call and are called here, over TLS, and their calls become inputs of the engine as those of the Graph
//! API do (platform docs, SIP Configuration Guide, 2025-12-15 to 2026-09-22).
//!
//! What SIP is stands in `callport-sip-proto`, which has no socket; what a call is stands in the engine, which knows no SIP. Here are the sockets
//! (`connections`), the lines that the platform writes (`lines`), and who does what when (`edge`): one task owns the user agent and
//! every session, and waits for nothing; whatever takes time (names, TLS, the store) runs beside it and reports back.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod business_calls;
mod calls;
mod config;
mod connections;
mod edge;
mod lines;
mod notices;
pub mod probe;
mod pstn;
mod refusals;
pub mod tls;
mod trace;
mod user_calls;

pub use config::{SipBounds, SipConfig};
pub use edge::{SipEdge, SipEdgeFault};
pub use notices::{SipInbox, sip_line};
pub use pstn::{PstnSign, pstn_sign};

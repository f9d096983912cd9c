//! SIP as a machine: messages that keep their bytes, transactions, dialogs, digest, and a user agent. No socket, no clock, no thread.
//!
//! Start at [`agent::UserAgent`]: bytes of connections and commands go in, bytes to send and events come out, and one next deadline says when to
//! come back. Both sides of a call are in it, and both sides of the SIP path: the platform's edge, a business's server, and the far ends of tests
//! are the same code with other settings. Below it, each by itself: [`SipFramer`] and [`SipMessage`], [`judge`], [`transaction`], [`Dialog`],
//! [`DigestGuard`] and [`DigestLogin`].
//!
//! **Time and chance.** Every moment is an argument. All that must be random comes of one seed ([`Chance`]).
//!
//! **Tolerant reader, exact writer.** A message is kept as it came, and its lines are read when somebody asks; what is mirrored is mirrored byte for
//! byte. What we write has the order of lines that the caller gives ([`Outline`]), because the published messages have theirs.
//!
//! **Left out on purpose**: names and addresses (RFC 3263), TLS and connections (an adapter's), session descriptions (`callport-sdp`), offers that
//! come late, PRACK (RFC 3262), UPDATE (RFC 3311), refreshing a session (RFC 4028: no 2xx of ours has Session-Expires, so no timer ever runs), and
//! forwarding: this is no proxy.
//!
//! Sources: RFC 3261, 3326, 3581, 4028, 4475, 5626 (keep-alive only), 6026, 7616, 8760; platform docs, *SIP Configuration Guide*, 2025-12-15.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::disallowed_methods))] // a test may begin its virtual time now
#![warn(missing_docs, unreachable_pub, unnameable_types)]

pub mod agent;
mod body;
mod chance;
mod dialog;
mod digest;
mod fields;
mod framing;
pub mod judge;
mod message;
mod method;
mod name_addr;
mod outline;
mod params;
mod refusal;
mod syntax;
pub mod transaction;
mod uri;
mod via;
mod write;

pub use chance::Chance;
pub use dialog::{Dialog, DialogId, OwnRoutes};
pub use digest::{
    AskedBy, DigestAlgorithm, DigestChallenge, DigestCredentials, DigestGuard, DigestInput, DigestLogin, DigestOutcome, DigestUri,
    GuardConfig,
};
pub use fields::{CSeq, ContentKind, MAX_CSEQ, SipReason, WarningText};
pub use framing::{FrameLimits, Framed, FramingFault, SipFramer};
pub use message::{HeaderLine, MAX_HEADER_LINES, SipMessage};
pub use method::{HeaderName, SipMethod};
pub use name_addr::NameAddr;
pub use outline::{Outline, OwnLine, ViaText};
pub use params::SipParams;
pub use refusal::SipRefusal;
pub use syntax::SyntaxFault;
pub use uri::{AnyUri, SipUri, same_address};
pub use via::{MAGIC_COOKIE, Via};
pub use write::{ResponseParts, SipBody, write_response};

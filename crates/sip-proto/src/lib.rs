//! SIP as a machine.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::disallowed_methods))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]
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

//! HTTP Digest as SIP uses it: RFC 3261 §22, RFC 8760 (SHA-256 and SHA-512/256), RFC 7616, and RFC 2617 for `-sess` and for challenges without
//! `qop`.
//!
//! [`DigestGuard`] challenges and checks; [`DigestLogin`] answers challenges. Left out: `auth-int`, which nobody here uses and which proxies that
//! touch a body would break.

mod algorithm;
mod challenge;
mod credentials;
mod guard;
mod login;

pub use algorithm::{DigestAlgorithm, DigestInput};
pub use challenge::DigestChallenge;
pub use credentials::DigestCredentials;
pub use guard::{DigestGuard, DigestOutcome, GuardConfig};
pub use login::{AskedBy, DigestLogin, DigestUri};

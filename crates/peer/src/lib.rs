//! A voice endpoint on one UDP socket, by WebRTC or with keys by SDES: something to say and an ear.
//!
//! It is the far end of a calling platform: full ICE, controlling, DTLS client, Opus in packets of 20 ms, one SSRC, keypad
//! digits as RFC 4733 events (platform docs, Integration patterns, hard and soft rules). A sample backend uses one per call,
//! and so does a scripted user. The protocol work is [`callport_relay::leg::Leg`]'s; this crate gives it a tokio socket, a clock,
//! a codec, a [`Mouth`] and an [`Ear`].
//!
//! ```no_run
//! # async fn call(identity: std::sync::Arc<callport_peer::Identity>, seeds: callport_peer::Seeds, offer: &str)
//! # -> Result<(), callport_peer::PeerError> {
//! use callport_audio::Signature;
//! use callport_peer::{Endpoint, PeerConfig};
//!
//! let (endpoint, _events) = Endpoint::bind(PeerConfig::new(identity, seeds)).await?;
//! let answer = endpoint.answer(offer).await?;   // post this as pre_accept, and again as accept
//! # let _ = answer;
//! endpoint.connected().await?;                  // ICE and DTLS are up
//! endpoint.mouth().say(Signature::BUSINESS.source()).await;
//! endpoint.mouth().open().await;                // only after accept's 200
//! # Ok(())
//! # }
//! ```
//!
//! A call of its own begins with [`Endpoint::offer`], posted as `connect`; the answer comes in the connect webhook and goes to
//! [`Endpoint::apply_answer`]. Media connects while the user's phones ring; the mouth is opened once one has picked up.
//!
//! An offer with keys by SDES (`a=crypto`) is answered in kind; [`PeerConfig::keying`] makes our own offers such.
//!
//! Left out on purpose: renegotiation, trickled candidates, video, RTCP on a port of its own, G.711: a backend that can speak Opus never needs them.
//! Chance comes in as [`Seeds`]; the clock is tokio's.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod clock;
mod driver;
mod ear;
mod endpoint;
mod error;
mod event;
mod mouth;
mod reorder;
mod seeds;
mod session;
mod voice;
mod weather;

pub use callport_relay::dtls::Identity;
pub use callport_sdp::Keying;
pub use ear::{Ear, MAX_DIGITS};
pub use endpoint::{Endpoint, PeerConfig};
pub use error::PeerError;
pub use event::{EVENT_QUEUE, Milestones, News, PeerEvent, Snapshot};
pub use mouth::Mouth;
pub use seeds::Seeds;

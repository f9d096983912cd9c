//! One call's media as a machine: ICE and DTLS or SDES, SRTP, two legs, DTMF, counters. No socket, no clock; descriptions are `callport-sdp`'s.
//!
//! Start at [`CallMedia`] (the platform's relay: two legs and what passes between them) or [`Leg`] (one
//! side, as a voice endpoint uses it). Both are driven the same way: datagrams, moments and commands
//! go in; datagrams leave through an [`Outgoing`]; news is polled; [`CallMedia::next_deadline`] says when
//! to come back.
//!
//! **Time and chance.** Every moment is an argument, and so is all that must be random: credentials,
//! SSRCs, first sequence numbers, the certificate. The two DTLS libraries draw the randomness of
//! their handshakes themselves and offer no way to pass it in; nothing else here does.
//!
//! **Trust.** Nothing changes state before it is authenticated: checks by MESSAGE-INTEGRITY, DTLS by
//! the address that checks have proven and then by the fingerprint of the SDP, media by SRTP. Where there are no checks (SDES), SRTP
//! proves the address, too.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::disallowed_methods))] // a test may begin its virtual time now
#![warn(missing_docs, unreachable_pub, unnameable_types)]

pub mod call;
pub mod checklist;
pub mod demux;
pub mod dtls;
pub mod dtmf;
mod ice;
pub mod leg;
pub mod numbering;
pub mod outgoing;
mod packet_time;
mod quality;
mod reception;
mod rtcp;
pub mod rtp;
pub mod series;
pub mod srtp;
pub mod statistics;
mod timeline;
pub mod transport;

pub use call::{CallConfig, CallEvent, CallLeg, CallMedia, Converted, Foreign, PacketContent, PressRefused};
pub use checklist::Checklist;
pub use dtls::{DtlsLibrary, Identity};
pub use dtmf::Digit;
pub use leg::{Leg, LegConfig, LegEvent, Received};
pub use outgoing::{Outbox, Outgoing, Path};
pub use series::Series;
pub use srtp::SrtpProfile;
pub use statistics::{DropReason, LegStatistics};
pub use transport::{Credentials, IceRole, Remote, RemoteTransport, SdesConfig, SdesRemote, TransportConfig, WebRtcConfig, WebRtcRemote};

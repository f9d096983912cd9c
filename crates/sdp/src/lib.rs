//! Session descriptions: what a far end may say, and what we say, line by line.
//!
//! Reading keeps every line verbatim ([`Document`]) and gives typed views of the few that a call needs
//! ([`RemoteDescription`]). Reading a *business's* description applies the calling rules and refuses with a
//! [`SdpRefusal`] whose text names the line and the way to mend it; what is legal but will hurt later becomes an
//! [`SdpWarning`]. Writing is exact: towards a business every byte follows the published samples.
//!
//! How a far end is reached and keyed is one of two things, [`DescribedTransport`]: ICE and DTLS, or keys in the description itself
//! ([`CryptoLine`]). Which of them a business has to write is told to its readers ([`Keying`]).
//!
//! Left out on purpose: trickled candidates and renegotiation, which nobody knows here: one offer and one answer per call. Whether `sdp_type` fits the action is the caller's question.
//!
//! Sources: RFC 8866 (SDP), RFC 8839 (ICE attributes), RFC 8122 and RFC 8842 (fingerprint, setup), RFC 4568 (crypto), RFC 7587 (Opus),
//! RFC 4733 (telephone-event), RFC 3264 and RFC 8829 (offer/answer); platform docs, *Integration patterns* and *API and Webhook Reference*.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod candidate;
mod crypto;
mod description;
mod direction;
mod document;
mod extension;
mod format;
mod local;
mod profile;
mod read;
mod refusal;
mod setup;
mod warning;
mod write_platform;
mod write_webrtc;

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

pub use candidate::{Candidate, CandidateKind, MAX_CANDIDATES, PassedOver};
pub use crypto::{CryptoKey, CryptoLine, CryptoSuite, Mki};
pub use description::{Codec, DescribedSdes, DescribedTransport, DescribedWebRtc, G711, PayloadTypes, RemoteDescription};
pub use direction::MediaDirection;
pub use document::{Document, Line, MAX_LINE_BYTES, MAX_LINES, MAX_SDP_BYTES, Section};
pub use extension::OlderExtensions;
pub use format::Format;
pub use local::{LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc, fingerprint_text};
pub use profile::{Keying, MediaProfile};
pub use read::{
    Offered, read_business_answer, read_business_offer, read_phone_answer, read_phone_offer, read_platform_answer, read_platform_offer,
};
pub use refusal::{CryptoFault, IceFault, NotSdp, SdpRefusal};
pub use setup::{DtlsRole, Setup};
pub use warning::SdpWarning;
pub use write_platform::{Dialect, write_platform_answer, write_platform_offer};
pub use write_webrtc::{write_peer_answer, write_peer_offer, write_phone_answer, write_phone_offer};

/// Opus in every offer of ours.
pub const OPUS_PAYLOAD_TYPE: u8 = 111;
/// `telephone-event/8000` in every offer of ours, and the type keys are sent on when the far end names none.
pub const TELEPHONE_EVENT_PAYLOAD_TYPE: u8 = 126;
/// Keys, as written in `a=rtpmap`.
const TELEPHONE_EVENT: &str = "telephone-event/8000";
/// Payload types that look like RTCP where both share a port: with the marker bit set, their second byte is that of an RTCP packet type
/// (RFC 5761 §4). Nothing on them is used.
pub const RTCP_LOOKALIKES: RangeInclusive<u8> = 64..=95;

//! What one far end said, reduced to what a call needs.

use std::fmt;
use std::net::SocketAddr;

use super::TELEPHONE_EVENT_PAYLOAD_TYPE;
use super::candidate::{Candidate, PassedOver};
use super::crypto::CryptoLine;
use super::direction::MediaDirection;
use super::extension::OlderExtensions;
use super::format::Format;
use super::profile::{Keying, MediaProfile};
use super::setup::{DtlsRole, Setup};
use super::warning::SdpWarning;

/// The audio codecs of the calling contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// `opus/48000/2`, 20 ms.
    Opus,
    /// G.711 A-law, `PCMA/8000`.
    Pcma,
    /// G.711 µ-law, `PCMU/8000`.
    Pcmu,
}

impl Codec {
    /// As written in `a=rtpmap`.
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::Opus => "opus/48000/2",
            Self::Pcma => "PCMA/8000",
            Self::Pcmu => "PCMU/8000",
        }
    }

    /// The RTP clock in Hz.
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Pcma | Self::Pcmu => 8_000,
        }
    }
}

/// A codec that a number may switch on beside Opus (`calling.audio.additional_codecs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum G711 {
    /// `PCMA/8000`, payload type 8.
    Pcma,
    /// `PCMU/8000`, payload type 0.
    Pcmu,
}

impl G711 {
    /// The static payload type (RFC 3551 §6).
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }
}

impl From<G711> for Codec {
    fn from(additional: G711) -> Self {
        match additional {
            G711::Pcma => Self::Pcma,
            G711::Pcmu => Self::Pcmu,
        }
    }
}

/// Payload types of everything we can use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadTypes {
    /// `opus/48000/2`.
    pub opus: Option<u8>,
    /// `PCMA/8000`, only if it may be used.
    pub pcma: Option<u8>,
    /// `PCMU/8000`, only if it may be used.
    pub pcmu: Option<u8>,
    /// `telephone-event/8000`; the 48000 form is never used.
    pub telephone_event: Option<u8>,
}

impl PayloadTypes {
    /// The payload type of a codec, if it was listed and may be used.
    pub const fn of(&self, codec: Codec) -> Option<u8> {
        match codec {
            Codec::Opus => self.opus,
            Codec::Pcma => self.pcma,
            Codec::Pcmu => self.pcmu,
        }
    }
}

/// How a far end is found by ICE and keyed by DTLS. Holds ICE secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct DescribedWebRtc {
    /// ICE user name fragment.
    pub ice_ufrag: String,
    /// ICE password.
    pub ice_pwd: String,
    /// SHA-256 of the certificate it will show in DTLS.
    pub fingerprint: [u8; 32],
    /// Its side of the DTLS role question.
    pub setup: Setup,
    /// Its UDP candidates; may be empty.
    pub candidates: Vec<Candidate>,
    /// Its candidate lines that are not among them, by reason. Healthy descriptions have some.
    pub passed_over: PassedOver,
    /// Whether it is an ICE-lite agent.
    pub ice_lite: bool,
}

/// How a far end is keyed that writes its keys into its description. Where it is, its packets tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedSdes {
    /// The line that is used: of an offer the first usable one, of an answer the one that answers ours.
    pub crypto: CryptoLine,
    /// `c=` and the port of the `m=` line, where that is an address. Often a private one, which nobody outside reaches.
    pub address: Option<SocketAddr>,
    /// The port of its `a=rtcp` line (RFC 3605), unless that is the customary dummy.
    pub rtcp_port: Option<u16>,
}

/// How a far end is reached and keyed.
#[derive(Clone, PartialEq, Eq)]
pub enum DescribedTransport {
    /// ICE, and keys by DTLS.
    WebRtc(DescribedWebRtc),
    /// Keys by `a=crypto`, and no ICE.
    Sdes(DescribedSdes),
}

/// A far end's offer or answer after it passed its reader.
///
/// Holds ICE secrets or SRTP keys, so its `Debug` shows the shape only.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteDescription {
    /// How it is reached and keyed.
    pub transport: DescribedTransport,
    /// How it names RTP in SRTP.
    pub profile: MediaProfile,
    /// The codec of the call: the first usable one it listed (RFC 3264 §6.1); in a business's offer Opus, if listed at all. Always
    /// present in `payload_types`.
    pub codec: Codec,
    /// Payload types by codec.
    pub payload_types: PayloadTypes,
    /// Its `a=fmtp` for Opus, verbatim.
    pub opus_fmtp: Option<String>,
    /// Its SSRC, if announced.
    pub ssrc: Option<u32>,
    /// Whether it sends, and whether it listens.
    pub direction: MediaDirection,
    /// `a=mid`, if present and a legal token.
    pub mid: Option<String>,
    /// Whether a BUNDLE group was there.
    pub bundle: bool,
    /// Whether RTCP shares the RTP port.
    pub rtcp_mux: bool,
    /// Whether `rtcp-fb … transport-cc` was there for the codec of the call.
    pub transport_cc: bool,
    /// Header extensions of the older generation that it lists.
    pub extensions: OlderExtensions,
    /// What is legal and will yet hurt.
    pub warnings: Vec<SdpWarning>,
}

impl RemoteDescription {
    /// Payload type of the call's codec in this description.
    pub fn payload_type(&self) -> Option<u8> {
        self.payload_types.of(self.codec)
    }

    /// The DTLS role left for us: the complement of its own, or `preferred` if it leaves the choice, as SDES does, which has no roles.
    pub const fn our_dtls_role(&self, preferred: DtlsRole) -> DtlsRole {
        match &self.transport {
            DescribedTransport::WebRtc(webrtc) => match webrtc.setup {
                Setup::ActPass => preferred,
                Setup::Active => DtlsRole::Server,
                Setup::Passive => DtlsRole::Client,
            },
            DescribedTransport::Sdes(_) => preferred,
        }
    }

    /// Where its keys come from.
    pub const fn keying(&self) -> Keying {
        match self.transport {
            DescribedTransport::WebRtc(_) => Keying::Dtls,
            DescribedTransport::Sdes(_) => Keying::Sdes,
        }
    }

    /// Its ICE and DTLS side, if it does WebRTC.
    pub const fn webrtc(&self) -> Option<&DescribedWebRtc> {
        match &self.transport {
            DescribedTransport::WebRtc(webrtc) => Some(webrtc),
            DescribedTransport::Sdes(_) => None,
        }
    }

    /// Its keys, if they stand in the description.
    pub const fn sdes(&self) -> Option<&DescribedSdes> {
        match &self.transport {
            DescribedTransport::Sdes(sdes) => Some(sdes),
            DescribedTransport::WebRtc(_) => None,
        }
    }

    /// Its UDP candidates; none where there is no ICE.
    pub fn candidates(&self) -> &[Candidate] {
        self.webrtc().map_or(&[], |webrtc| &webrtc.candidates)
    }

    /// Its candidate lines that no check can use, by reason.
    pub fn passed_over(&self) -> PassedOver {
        self.webrtc().map_or_else(PassedOver::default, |webrtc| webrtc.passed_over)
    }

    /// The RTP format that a leg towards this far end speaks; `None` only if `codec` was changed by hand to one that is not listed.
    pub fn format(&self) -> Option<Format> {
        Some(Format {
            audio: self.payload_type()?,
            dtmf: self.payload_types.telephone_event.unwrap_or(TELEPHONE_EVENT_PAYLOAD_TYPE),
            clock_hz: self.codec.clock_hz(),
        })
    }

    /// The same description with another of its codecs chosen; `None` if it did not list that one.
    pub fn with_codec(mut self, codec: Codec) -> Option<Self> {
        self.payload_types.of(codec)?;
        self.codec = codec;
        Some(self)
    }
}

impl fmt::Debug for RemoteDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteDescription")
            .field("codec", &self.codec)
            .field("payload_types", &self.payload_types)
            .field("keying", &self.keying())
            .field("setup", &self.webrtc().map(|webrtc| webrtc.setup))
            .field("direction", &self.direction)
            .field("candidates", &self.candidates().len())
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

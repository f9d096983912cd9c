//! The sentences for `error_data.details`: what is wrong, on which line, and what to write instead.

use std::fmt;

use super::{IceFault, NotSdp, SdpRefusal};

impl fmt::Display for SdpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(
                f,
                "The SDP has {bytes} bytes; at most {} are read. Offer one audio section and fewer candidates",
                super::super::MAX_SDP_BYTES
            ),
            Self::TooManyLines => write!(f, "The SDP has more than {} lines", super::super::MAX_LINES),
            Self::LineTooLong { line } => {
                write!(f, "Line {line} of the SDP has more than {} bytes", super::super::MAX_LINE_BYTES)
            }
            Self::NotUtf8 => f.write_str("The SDP is not UTF-8 text"),
            Self::NotSdp(fault) => fault.fmt(f),
            Self::NoAudioSection => {
                f.write_str("The SDP has no m= line: it needs one m=audio section. Add an audio track before creating the description")
            }
            Self::VideoSection { line } => {
                write!(f, "Line {line}: m=video is not supported. Remove the video track; a call has one m=audio section")
            }
            Self::OtherSection { line, media } => write!(
                f,
                "Line {line}: m={media} is not supported. Remove that section (data channels included); a call has one m=audio section"
            ),
            Self::SeveralSections { line, count } => {
                write!(f, "The SDP has {count} m= lines, the second at line {line}. Keep exactly one m=audio section with one track")
            }
            Self::MediaLineMalformed { line } => {
                write!(f, "Line {line}: the m= line has to read m=audio <port> UDP/TLS/RTP/SAVPF <payload types>")
            }
            Self::PortZero { line } => {
                write!(f, "Line {line}: port 0 in the m=audio line switches audio off. Use your port, or 9 if only ICE candidates count")
            }
            Self::Profile { line, profile } => {
                write!(f, "Line {line}: the profile {profile} is not supported. Use UDP/TLS/RTP/SAVPF (DTLS-SRTP)")
            }
            Self::NoFingerprint => f.write_str("No fingerprint found in SDP"),
            Self::SeveralFingerprints { hashes } => {
                write!(f, "The SDP has several a=fingerprint lines ({hashes}). Keep exactly one, of sha-256")
            }
            Self::FingerprintHash { line, hash } => {
                write!(f, "Line {line}: the fingerprint's hash is {hash}. Send exactly one a=fingerprint:sha-256 line")
            }
            Self::FingerprintMalformed { line } => {
                write!(f, "Line {line}: a sha-256 fingerprint is 32 pairs of hexadecimal digits with colons between them")
            }
            Self::IceUfrag(fault) => fault.describe(f, "a=ice-ufrag"),
            Self::IcePwd(fault) => fault.describe(f, "a=ice-pwd"),
            Self::NoRtcpMux => {
                f.write_str("a=rtcp-mux is missing: RTP and RTCP share one port here. Add a=rtcp-mux to the m=audio section")
            }
            Self::NoUsableCodec { g711_not_enabled: false } => {
                f.write_str("The m=audio section has no codec in common. List opus/48000/2 with its a=rtpmap line")
            }
            Self::NoUsableCodec { g711_not_enabled: true } => f.write_str(
                "The m=audio section lists G.711, which is not enabled for this number, and no Opus. List opus/48000/2, \
                 or enable PCMA or PCMU in calling.audio.additional_codecs",
            ),
            Self::OpusClock { line, written } => write!(f, "Line {line}: {written} is not supported. Opus is always written opus/48000/2"),
            Self::PayloadTypeNotOffered { answered, offered } => write!(
                f,
                "The answer uses payload type {answered} for a codec that was offered as {offered}. Answer with the payload types of the offer"
            ),
            Self::PacketTime { line, written } => {
                write!(f, "Line {line}: {written} does not allow packets of 20 ms. Use a=ptime:20, or leave the line out")
            }
            Self::SeveralSources { count } => {
                write!(f, "The SDP announces {count} audio SSRCs. Send one source: remove further a=ssrc lines and a=ssrc-group (FID, RED)")
            }
            Self::NoSetup => f.write_str("a=setup is missing. Add a=setup:active to an answer, or a=setup:actpass to an offer"),
            Self::SetupUnknown { line, written } => write!(
                f,
                "Line {line}: a=setup:{written} is not supported. Use a=setup:active in an answer, or a=setup:actpass in an offer"
            ),
            Self::ActpassInAnswer { line } => {
                write!(f, "Line {line}: a=setup:actpass is not allowed in an answer. Change it to a=setup:active")
            }
            Self::IceLite { line } => write!(
                f,
                "Line {line}: a=ice-lite is not supported, because the platform is ICE-lite itself and starts no checks. \
                 Use a full ICE agent and remove the line"
            ),
        }
    }
}

impl IceFault {
    fn describe(self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "{name} is missing. Add it to the m=audio section"),
            Self::TooShort { line, least } => {
                write!(f, "Line {line}: {name} needs at least {least} characters")
            }
            Self::TooLong { line } => {
                write!(f, "Line {line}: {name} has more than 256 characters")
            }
            Self::Malformed { line } => write!(f, "Line {line}: {name} may hold letters, digits, + and / only (a final = is tolerated)"),
        }
    }
}

impl fmt::Display for NotSdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The SDP is empty"),
            Self::NoVersion { line } => {
                write!(f, "Line {line}: an SDP begins with v=0")
            }
            Self::EscapedTwice => f.write_str(
                "The SDP holds the letters \\r\\n instead of line ends: it was JSON-encoded twice. Put the text into session.sdp as it is",
            ),
            Self::BadLine { line } => write!(f, "Line {line} is not SDP: each line reads <letter>=<value>, without blanks before it"),
        }
    }
}

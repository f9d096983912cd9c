//! Why a description cannot be used: one variant per rule, each with a sentence that names the line and the fix.
//!
//! The rules: platform docs, *Integration patterns* (hard rules) and *API and Webhook Reference* (session errors), RFC 8839 §5.4.

use std::fmt;

/// What is wrong with an ICE credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceFault {
    /// The line is not there.
    Missing,
    /// Fewer characters than RFC 8839 §5.4 asks.
    TooShort {
        /// Line number.
        line: usize,
        /// Characters it needs.
        least: usize,
    },
    /// More than 256 characters.
    TooLong {
        /// Line number.
        line: usize,
    },
    /// Blanks or characters outside visible ASCII.
    Malformed {
        /// Line number.
        line: usize,
    },
}

/// Why a text is not SDP at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSdp {
    /// Nothing in it.
    Empty,
    /// Does not begin with `v=0`.
    NoVersion {
        /// Line number.
        line: usize,
    },
    /// Line ends arrived as the letters `\r\n`.
    EscapedTwice,
    /// A line is not `<letter>=<value>`.
    BadLine {
        /// Line number.
        line: usize,
    },
}

/// Why a description was refused. `Display` is the text for `error_data.details`.
///
/// Texts taken from the peer are cut short and cleaned, and never hold keys, addresses or passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SdpRefusal {
    /// More bytes than [`super::MAX_SDP_BYTES`].
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// More lines than [`super::MAX_LINES`].
    TooManyLines,
    /// One line above [`super::MAX_LINE_BYTES`].
    LineTooLong {
        /// Line number.
        line: usize,
    },
    /// Not UTF-8.
    NotUtf8,
    /// Not SDP.
    NotSdp(NotSdp),
    /// No `m=` line.
    NoAudioSection,
    /// An `m=video` line.
    VideoSection {
        /// Line number.
        line: usize,
    },
    /// An `m=` line that is neither audio nor video, such as a data channel.
    OtherSection {
        /// Line number.
        line: usize,
        /// What it is for.
        media: String,
    },
    /// More than one audio section.
    SeveralSections {
        /// Line number of the second one.
        line: usize,
        /// How many there are.
        count: usize,
    },
    /// The `m=` line is not `m=audio <port> <profile> <payload types>`.
    MediaLineMalformed {
        /// Line number.
        line: usize,
    },
    /// Port 0: the section is switched off.
    PortZero {
        /// Line number.
        line: usize,
    },
    /// Not RTP over DTLS-SRTP.
    Profile {
        /// Line number.
        line: usize,
        /// What was written.
        profile: String,
    },
    /// No `a=fingerprint`.
    NoFingerprint,
    /// More than one.
    SeveralFingerprints {
        /// The hash names in order.
        hashes: String,
    },
    /// One, of another hash than SHA-256.
    FingerprintHash {
        /// Line number.
        line: usize,
        /// The hash's name.
        hash: String,
    },
    /// Not 32 hex pairs between colons.
    FingerprintMalformed {
        /// Line number.
        line: usize,
    },
    /// `a=ice-ufrag` cannot be used.
    IceUfrag(IceFault),
    /// `a=ice-pwd` cannot be used.
    IcePwd(IceFault),
    /// No `a=rtcp-mux`.
    NoRtcpMux,
    /// Neither Opus nor an enabled G.711.
    NoUsableCodec {
        /// Whether G.711 was listed without being enabled for this number.
        g711_not_enabled: bool,
    },
    /// Opus with another clock or channel count than `opus/48000/2`.
    OpusClock {
        /// Line number.
        line: usize,
        /// What was written.
        written: String,
    },
    /// The answer's codec is on a payload type that the offer does not have.
    PayloadTypeNotOffered {
        /// What the answer wrote.
        answered: u8,
        /// What the offer has for that codec.
        offered: u8,
    },
    /// `a=ptime` other than 20, or `a=maxptime` below it.
    PacketTime {
        /// Line number.
        line: usize,
        /// What was written.
        written: String,
    },
    /// More than one audio source.
    SeveralSources {
        /// How many.
        count: usize,
    },
    /// No `a=setup`.
    NoSetup,
    /// A value that is not known.
    SetupUnknown {
        /// Line number.
        line: usize,
        /// What was written.
        written: String,
    },
    /// `actpass` in an answer.
    ActpassInAnswer {
        /// Line number.
        line: usize,
    },
    /// `a=ice-lite`: then nobody would start the checks.
    IceLite {
        /// Line number.
        line: usize,
    },
}

impl SdpRefusal {
    /// A fixed name for logs, metrics and the media checklist; holds nothing that the peer wrote.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::TooManyLines => "too_many_lines",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NotUtf8 => "not_utf8",
            Self::NotSdp(_) => "not_sdp",
            Self::NoAudioSection => "no_audio_section",
            Self::VideoSection { .. } => "video_section",
            Self::OtherSection { .. } => "other_section",
            Self::SeveralSections { .. } => "several_sections",
            Self::MediaLineMalformed { .. } => "media_line_malformed",
            Self::PortZero { .. } => "port_zero",
            Self::Profile { .. } => "profile",
            Self::NoFingerprint => "no_fingerprint",
            Self::SeveralFingerprints { .. } => "several_fingerprints",
            Self::FingerprintHash { .. } => "fingerprint_hash",
            Self::FingerprintMalformed { .. } => "fingerprint_malformed",
            Self::IceUfrag(_) => "ice_ufrag",
            Self::IcePwd(_) => "ice_pwd",
            Self::NoRtcpMux => "no_rtcp_mux",
            Self::NoUsableCodec { .. } => "no_usable_codec",
            Self::OpusClock { .. } => "opus_clock",
            Self::PayloadTypeNotOffered { .. } => "payload_type_not_offered",
            Self::PacketTime { .. } => "packet_time",
            Self::SeveralSources { .. } => "several_sources",
            Self::NoSetup => "no_setup",
            Self::SetupUnknown { .. } => "setup_unknown",
            Self::ActpassInAnswer { .. } => "actpass_in_answer",
            Self::IceLite { .. } => "ice_lite",
        }
    }

    /// The text for `error_data.details`.
    pub fn details(&self) -> String {
        self.to_string()
    }
}

impl std::error::Error for SdpRefusal {}

impl fmt::Display for SdpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(
                f,
                "The SDP has {bytes} bytes; at most {} are read. Offer one audio section and fewer candidates",
                super::MAX_SDP_BYTES
            ),
            Self::TooManyLines => write!(f, "The SDP has more than {} lines", super::MAX_LINES),
            Self::LineTooLong { line } => {
                write!(f, "Line {line} of the SDP has more than {} bytes", super::MAX_LINE_BYTES)
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

/// A few words of the peer's text, safe to repeat in an error.
pub(super) fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 48;
    text.chars().take(MAX_CHARS).map(|c| if c.is_control() { '?' } else { c }).collect()
}

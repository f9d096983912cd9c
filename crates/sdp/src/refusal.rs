//! Why a description cannot be used: one variant per rule, each with a sentence that names the line and the fix.
//!
//! The rules: platform docs, *Integration patterns* (hard rules) and *API and Webhook Reference* (session errors), RFC 8839 §5.4.

mod details;
mod not_sdp;

pub use not_sdp::NotSdp;

use super::profile::MediaProfile;

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

/// Why an `a=crypto` line cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CryptoFault {
    /// Not `<tag> <suite> inline:<key>`.
    Malformed,
    /// A suite that we do not do.
    Suite {
        /// What was written.
        written: String,
    },
    /// A key method other than `inline`.
    Method {
        /// What was written.
        written: String,
    },
    /// The key is not Base64.
    NotBase64,
    /// Key and salt together are not as long as the suite wants.
    KeyLength {
        /// The suite's name.
        suite: &'static str,
        /// Bytes that it wants.
        needed: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// Not a number of packets between 1 and 2^48.
    Lifetime,
    /// Not `<value>:<length>`.
    Mki,
    /// Several keys, and packets would not tell with which they are made.
    SeveralKeysWithoutMki,
    /// A session parameter that changes packets in a way that we do not do, or one that is not known.
    SessionParameter {
        /// Its name.
        written: String,
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
    /// A profile that cannot mean RTP over DTLS-SRTP.
    Profile {
        /// Line number.
        line: usize,
        /// What was written.
        profile: String,
    },
    /// A profile that can mean it, and no `a=fingerprint` that says so: plain RTP, or SDES.
    NoDtls {
        /// Line number.
        line: usize,
        /// What was written.
        profile: MediaProfile,
        /// Line number of an `a=crypto`, if there is one.
        crypto: Option<usize>,
    },
    /// Keys come by SDES for this number, and the profile is not one of SRTP over UDP.
    NotSrtp {
        /// Line number.
        line: usize,
        /// What was written.
        profile: String,
    },
    /// Keys come by SDES for this number, and there is no `a=crypto`.
    NoCrypto {
        /// Line number of the `m=` line.
        line: usize,
        /// Line number of an `a=fingerprint`, if there is one.
        fingerprint: Option<usize>,
    },
    /// There are `a=crypto` lines, and none can be used; this is what is wrong with the first.
    CryptoUnusable {
        /// Line number.
        line: usize,
        /// What is wrong.
        fault: CryptoFault,
    },
    /// The answer has no `a=crypto` with tag and suite of the offer.
    CryptoNotOffered {
        /// Line number of its first usable one.
        line: usize,
        /// Its tag and suite.
        answered: (u32, &'static str),
        /// Those of the offer.
        offered: (u32, &'static str),
    },
    /// No `a=fingerprint`.
    NoFingerprint,
    /// More than one.
    SeveralFingerprints {
        /// The hash names in order.
        hashes: String,
        /// Line numbers of those to delete so that one of SHA-256 is left; all of them, if none is.
        delete: Vec<usize>,
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
    /// Every payload type of the call's codec is one that cannot be told from RTCP on the same port.
    LooksLikeRtcp {
        /// What was written.
        payload_type: u8,
        /// The codec on it.
        encoding: &'static str,
        /// What our offer has for that codec, if it is an answer.
        offered: Option<u8>,
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
            Self::NoDtls { .. } => "no_dtls",
            Self::NotSrtp { .. } => "not_srtp",
            Self::NoCrypto { .. } => "no_crypto",
            Self::CryptoUnusable { .. } => "crypto_unusable",
            Self::CryptoNotOffered { .. } => "crypto_not_offered",
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
            Self::LooksLikeRtcp { .. } => "looks_like_rtcp",
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

/// A few words of the peer's text, safe to repeat in an error.
pub(super) fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 48;
    text.chars().take(MAX_CHARS).map(|c| if c.is_control() { '?' } else { c }).collect()
}

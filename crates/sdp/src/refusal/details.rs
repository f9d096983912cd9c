//! The sentences for `error_data.details`: what is wrong, on which line, and what to write instead.

use std::fmt;

use super::super::RTCP_LOOKALIKES;
use super::{CryptoFault, IceFault, SdpRefusal};

impl fmt::Display for SdpRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(
                f,
                "The SDP has {bytes} bytes; at most {} are read. A call needs one audio section and a few candidates",
                super::super::MAX_SDP_BYTES
            ),
            Self::TooManyLines => write!(f, "The SDP has more than {} lines. A call needs one audio section and a few candidates", super::super::MAX_LINES),
            Self::LineTooLong { line } => {
                write!(f, "Line {line}: it has more than {} bytes. End every line in CRLF (\\r\\n)", super::super::MAX_LINE_BYTES)
            }
            Self::NotUtf8 => f.write_str("The SDP is not UTF-8 text. Send it as your WebRTC stack gives it"),
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
                write!(f, "Line {line}: port 0 in the m=audio line switches audio off. Write your UDP port, or 9 if only ICE candidates count")
            }
            Self::Profile { line, profile } => {
                write!(f, "Line {line}: the profile {profile} is not RTP over DTLS-SRTP. Write UDP/TLS/RTP/SAVPF")
            }
            Self::NoDtls { line, profile, crypto: Some(crypto) } => write!(
                f,
                "Line {line}: {} with the a=crypto of line {crypto} is SDES; keys come by DTLS here. Send the description of a WebRTC stack: \
                 UDP/TLS/RTP/SAVPF, one a=fingerprint:sha-256, a=setup, a=ice-ufrag and a=ice-pwd; or, for a business, set \
                 srtp_key_exchange_protocol to SDES",
                profile.as_str()
            ),
            Self::NoDtls { line, profile, crypto: None } => write!(
                f,
                "Line {line}: {} without a=fingerprint is RTP without DTLS. Send the description of a WebRTC stack: UDP/TLS/RTP/SAVPF, one \
                 a=fingerprint:sha-256, a=setup, a=ice-ufrag and a=ice-pwd",
                profile.as_str()
            ),
            Self::NotSrtp { line, profile } if profile.starts_with("RTP/AVP") => write!(
                f,
                "Line {line}: {profile} is RTP without encryption (no crypto). Write RTP/SAVP, with an a=crypto line in the m=audio section"
            ),
            Self::NotSrtp { line, profile } => {
                write!(f, "Line {line}: the profile {profile} is not SRTP over UDP with keys by a=crypto. Write RTP/SAVP")
            }
            Self::NoCrypto { line, fingerprint: Some(fingerprint) } => write!(
                f,
                "Line {line}: the a=fingerprint of line {fingerprint} is DTLS; keys come by SDES for this number, and there is no a=crypto. Write \
                 RTP/SAVP with a line a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>, or set srtp_key_exchange_protocol to DTLS"
            ),
            Self::NoCrypto { line, fingerprint: None } => write!(
                f,
                "Line {line}: the m=audio section has no a=crypto line, and keys come by SDES for this number. Add \
                 a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>, of which each call has its own"
            ),
            Self::CryptoUnusable { line, fault } => write!(f, "Line {line}: {fault}"),
            Self::CryptoNotOffered { line, answered: (tag, suite), offered: (offered_tag, offered_suite) } => write!(
                f,
                "Line {line}: a=crypto:{tag} {suite} answers nothing: the offer has a=crypto:{offered_tag} {offered_suite}. Answer with that tag and \
                 suite, and a key of your own"
            ),
            Self::NoFingerprint => f.write_str("No fingerprint found in SDP"),
            Self::SeveralFingerprints { hashes, delete } => several_fingerprints(f, hashes, delete),
            Self::FingerprintHash { line, hash } => {
                write!(f, "Line {line}: the hash of the fingerprint is {hash}. Send exactly one a=fingerprint line, of sha-256")
            }
            Self::FingerprintMalformed { line } => {
                write!(f, "Line {line}: a sha-256 fingerprint is 32 pairs of hexadecimal digits with colons between them")
            }
            Self::IceUfrag(fault) => fault.describe(f, "a=ice-ufrag"),
            Self::IcePwd(fault) => fault.describe(f, "a=ice-pwd"),
            Self::NoRtcpMux => {
                f.write_str("The line a=rtcp-mux is missing: RTP and RTCP share one port here. Add a=rtcp-mux to the m=audio section")
            }
            Self::NoUsableCodec { g711_not_enabled: false } => f.write_str(
                "The m=audio section has no codec in common with the platform. List opus/48000/2: its payload type in the m= line and its a=rtpmap line",
            ),
            Self::NoUsableCodec { g711_not_enabled: true } => f.write_str(
                "The m=audio section lists G.711, which is not enabled for this number, and no Opus. List opus/48000/2, \
                 or enable PCMA or PCMU in calling.audio.additional_codecs",
            ),
            Self::OpusClock { line, written } => write!(f, "Line {line}: {written} is not supported. Opus is always written opus/48000/2"),
            Self::PayloadTypeNotOffered { answered, offered } => write!(
                f,
                "The answer uses payload type {answered} for a codec that was offered as {offered}. Answer with the payload types of the offer"
            ),
            Self::LooksLikeRtcp { payload_type, encoding, offered } => {
                let (first, last) = (RTCP_LOOKALIKES.start(), RTCP_LOOKALIKES.end());
                write!(
                    f,
                    "Payload type {payload_type} ({encoding}) lies between {first} and {last}: RTP and RTCP share the port, and there such packets \
                     look like RTCP (RFC 5761, section 4). "
                )?;
                match offered {
                    Some(offered) => write!(f, "Answer with payload type {offered}, as it was offered"),
                    None => f.write_str("Take one between 96 and 127"),
                }
            }
            Self::PacketTime { line, written } => {
                write!(f, "Line {line}: {written} does not allow packets of 20 ms. Use a=ptime:20, or leave the line out")
            }
            Self::SeveralSources { count } => {
                write!(f, "The SDP announces {count} audio SSRCs. Send one source: remove further a=ssrc lines and a=ssrc-group (FID, RED)")
            }
            Self::NoSetup => f.write_str("The line a=setup is missing. Add a=setup:active to an answer, or a=setup:actpass to an offer"),
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

/// Behind the number of the line. Nothing of the key is ever said.
impl fmt::Display for CryptoFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("a=crypto has to read a=crypto:<tag> <suite> inline:<key and salt in Base64>"),
            Self::Suite { written } => {
                write!(f, "the suite {written} is not supported, and no other a=crypto line is usable. Use AES_CM_128_HMAC_SHA1_80")
            }
            Self::Method { written } => {
                write!(f, "the key method {written} of a=crypto is not supported. Write inline:<key and salt in Base64>")
            }
            Self::NotBase64 => {
                f.write_str("what follows inline: is not Base64. Write master key and salt, one behind the other, in Base64")
            }
            Self::KeyLength { suite, needed, found } => {
                write!(
                    f,
                    "key and salt of {suite} are {needed} bytes together, and there are {found}. Write both, one behind the other, in Base64"
                )
            }
            Self::Lifetime => {
                f.write_str("the lifetime of the key has to be a number of packets from 1 to 2^48, such as 2^31. Leave it out")
            }
            Self::Mki => f.write_str("the MKI has to read <number>:<bytes>, such as 1:4. Leave it out"),
            Self::SeveralKeysWithoutMki => f.write_str("several inline keys need an MKI each (RFC 4568, section 6.1). Write one key"),
            Self::SessionParameter { written } => write!(f, "the session parameter {written} of a=crypto is not supported. Leave it out"),
        }
    }
}

impl IceFault {
    fn describe(self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "The line {name} is missing. Add it to the m=audio section, as your ICE agent has it"),
            Self::TooShort { line, least } => {
                write!(f, "Line {line}: {name} has fewer than {least} characters. Write the one of your ICE agent, whole")
            }
            Self::TooLong { line } => {
                write!(f, "Line {line}: {name} has more than 256 characters. Write the one of your ICE agent, alone")
            }
            Self::Malformed { line } => write!(f, "Line {line}: {name} may hold letters, digits, + and / only (a final = is tolerated)"),
        }
    }
}

/// The lines to delete, and for whom this is daily bread: how.
fn several_fingerprints(f: &mut fmt::Formatter<'_>, hashes: &str, delete: &[usize]) -> fmt::Result {
    let numbers: Vec<String> = delete.iter().take(MAX_NAMED).map(ToString::to_string).collect();
    let lines = if numbers.len() == 1 { "line" } else { "lines" };
    write!(f, "The SDP has several a=fingerprint lines ({hashes}). Keep exactly one, of sha-256: delete {lines} {}", numbers.join(", "))?;
    let mut names: Vec<String> = hashes.split(", ").map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    if names == AIORTCS_HASHES {
        f.write_str(
            ". aiortc writes all three: of pc.localDescription.sdp, send the lines that do not begin with a=fingerprint:sha-384 or \
             a=fingerprint:sha-512",
        )?;
    }
    Ok(())
}

/// As aiortc writes them, whatever the certificate.
const AIORTCS_HASHES: [&str; 3] = ["sha-256", "sha-384", "sha-512"];

/// Most line numbers that a sentence names.
const MAX_NAMED: usize = 4;

//! The transport profile of the `m=` line, and what it may mean.
//!
//! What a description means is told by where its keys come from, which is a setting of the number, and not by this name. With DTLS, where a
//! fingerprint stands, every name below is taken: RFC 8829 §5.1.2 has them all accepted, and PBXs that learned WebRTC early still write the
//! short ones. With SDES the names of SRTP over UDP are; those of plain RTP and of TCP are not. The name in an answer is that of the offer
//! (RFC 8829 §5.3.1, RFC 3264 §6).

/// Where the SRTP keys of a description come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keying {
    /// A DTLS handshake, over the pair that ICE finds.
    #[default]
    Dtls,
    /// The `a=crypto` lines of both descriptions (RFC 4568).
    Sdes,
}

/// A profile that can mean SRTP, by whichever keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaProfile {
    /// `UDP/TLS/RTP/SAVPF`, which everybody should write.
    #[default]
    UdpTlsSavpf,
    /// `UDP/TLS/RTP/SAVP`.
    UdpTlsSavp,
    /// `TCP/DTLS/RTP/SAVPF`: the default candidate is TCP; ICE decides what is used.
    TcpDtlsSavpf,
    /// `TCP/DTLS/RTP/SAVP`.
    TcpDtlsSavp,
    /// `RTP/SAVPF`.
    Savpf,
    /// `RTP/SAVP`, which everybody should write who uses SDES.
    Savp,
    /// `RTP/AVPF`.
    Avpf,
    /// `RTP/AVP`; without a fingerprint it is plain RTP.
    Avp,
}

impl MediaProfile {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::UdpTlsSavpf, Self::UdpTlsSavp, Self::TcpDtlsSavpf, Self::TcpDtlsSavp, Self::Savpf, Self::Savp, Self::Avpf, Self::Avp];

    /// As written in the `m=` line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UdpTlsSavpf => "UDP/TLS/RTP/SAVPF",
            Self::UdpTlsSavp => "UDP/TLS/RTP/SAVP",
            Self::TcpDtlsSavpf => "TCP/DTLS/RTP/SAVPF",
            Self::TcpDtlsSavp => "TCP/DTLS/RTP/SAVP",
            Self::Savpf => "RTP/SAVPF",
            Self::Savp => "RTP/SAVP",
            Self::Avpf => "RTP/AVPF",
            Self::Avp => "RTP/AVP",
        }
    }

    /// The profile of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == name)
    }

    /// Whether the name alone says that keys come by DTLS.
    pub const fn names_dtls(self) -> bool {
        matches!(self, Self::UdpTlsSavpf | Self::UdpTlsSavp | Self::TcpDtlsSavpf | Self::TcpDtlsSavp)
    }

    /// Whether descriptions with such keys may be named so.
    pub const fn may_mean(self, keying: Keying) -> bool {
        match keying {
            Keying::Dtls => true,
            Keying::Sdes => matches!(self, Self::Savp | Self::Savpf | Self::UdpTlsSavp | Self::UdpTlsSavpf),
        }
    }

    /// The name to write in an offer.
    pub const fn offered(keying: Keying) -> Self {
        match keying {
            Keying::Dtls => Self::UdpTlsSavpf,
            Keying::Sdes => Self::Savp,
        }
    }

    /// Whether `a=rtcp-fb` lines may stand under it: those of AVPF (RFC 4585 §4.2) and SAVPF.
    pub const fn has_feedback(self) -> bool {
        matches!(self, Self::UdpTlsSavpf | Self::TcpDtlsSavpf | Self::Savpf | Self::Avpf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_profile() {
        for profile in MediaProfile::ALL {
            assert_eq!(MediaProfile::parse(profile.as_str()), Some(profile));
            assert_eq!(profile.has_feedback(), profile.as_str().ends_with('F'));
            assert_eq!(profile.names_dtls(), profile.as_str().contains("TLS"));
            let sdes = !profile.as_str().contains("TCP") && !profile.as_str().contains("/AVP");
            assert_eq!((profile.may_mean(Keying::Dtls), profile.may_mean(Keying::Sdes)), (true, sdes), "{profile:?}");
        }
        for keying in [Keying::Dtls, Keying::Sdes] {
            assert!(MediaProfile::offered(keying).may_mean(keying));
        }
        for other in ["", "udp/tls/rtp/savpf", "UDP/TLS/RTP/SAVPFX", "RTP/SAVPF/TCP"] {
            assert_eq!(MediaProfile::parse(other), None);
        }
    }
}

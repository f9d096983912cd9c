//! The transport profile of the `m=` line.
//!
//! Where a fingerprint stands, every name below means DTLS-SRTP: RFC 8829 §5.1.2 has them all accepted, and PBXs that learned WebRTC
//! early still write the short ones. The name in an answer is that of the offer (RFC 8829 §5.3.1).

/// A profile that can mean DTLS-SRTP.
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
    /// `RTP/SAVP`; with `a=crypto` and without a fingerprint it is SDES.
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
        }
        for other in ["", "udp/tls/rtp/savpf", "UDP/TLS/RTP/SAVPFX", "RTP/SAVPF/TCP"] {
            assert_eq!(MediaProfile::parse(other), None);
        }
    }
}

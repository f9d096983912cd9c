//! Who sends the DTLS ClientHello: the attribute, and the role that it gives.

/// Which of the two ends sends the DTLS ClientHello (RFC 5763 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsRole {
    /// We send it: our SDP says `active`, or theirs says `passive`.
    Client,
    /// They send it: our SDP says `passive`, or theirs says `active`.
    Server,
}

/// `a=setup` (RFC 4145 §4, RFC 8842).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Leaves the choice to the answer; only in offers.
    ActPass,
    /// Will send the ClientHello.
    Active,
    /// Waits for the ClientHello.
    Passive,
}

impl Setup {
    /// As written after `a=setup:`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActPass => "actpass",
            Self::Active => "active",
            Self::Passive => "passive",
        }
    }
}

impl From<DtlsRole> for Setup {
    /// How a role is written in an answer.
    fn from(role: DtlsRole) -> Self {
        match role {
            DtlsRole::Client => Self::Active,
            DtlsRole::Server => Self::Passive,
        }
    }
}

//! Findings about keys in descriptions, and the way that packets tell.

use callport_engine::records::CheckOutcome::{self, Failed, Passed, Waiting, Warning};
use callport_relay::SrtpProfile;

/// What is the case at one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SdesFinding {
    // keys
    KeysUnusable(&'static str),
    /// So many messages of either protocol; `failed`: and nothing that authenticates.
    WebRtc {
        stun: u32,
        dtls: u32,
        failed: bool,
    },
    KeysTaken(Option<SrtpProfile>),
    // way
    /// With our address.
    WayAwaited(String),
    NoPackets(String),
    WayFound {
        moves: u32,
    },
}

impl SdesFinding {
    /// How serious it is and what to say of it. Only businesses do SDES.
    pub(super) fn verdict(&self) -> (CheckOutcome, String) {
        match self {
            SdesFinding::KeysUnusable(reason) => (Failed, format!("the keys cannot be used: {reason}")),
            SdesFinding::WebRtc { stun, dtls, failed } => (
                if *failed { Failed } else { Warning },
                format!(
                    "{stun} STUN and {dtls} DTLS message(s) came from the business and were dropped: this number has its keys by SDES, where \
                     there is neither ICE nor DTLS. Send SRTP with the key of your a=crypto, or set srtp_key_exchange_protocol to DTLS"
                ),
            ),
            SdesFinding::KeysTaken(profile) => {
                (Passed, format!("a=crypto of both descriptions{}", profile.map(|p| format!(", {}", p.suite().name())).unwrap_or_default()))
            }
            SdesFinding::WayAwaited(at) => {
                (Waiting, format!("nothing is sent to the business before its first authentic packet; it was told to send to {at}"))
            }
            SdesFinding::NoPackets(at) => (
                Failed,
                format!(
                    "the business has sent nothing to {at}, and nothing is sent to it before: is that UDP port reachable from there, and does it \
                     send first, silence too"
                ),
            ),
            SdesFinding::WayFound { moves: 0 } => (Passed, "it is sent to where its packets come from".to_owned()),
            SdesFinding::WayFound { moves } => {
                (Passed, format!("it is sent to where its packets come from, which has changed {moves} time(s)"))
            }
        }
    }
}

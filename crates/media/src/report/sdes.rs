//! How far a leg without ICE and DTLS came: its keys, and the way to its far end.

use callport_relay::DropReason;

use super::findings::{Finding, SdesFinding};
use super::{Found, Late, LegFacts};

impl LegFacts {
    /// The keys of both descriptions.
    pub(super) fn keys(&self) -> Found {
        let list = &self.checklist;
        if let Some((at, reason)) = list.keys_failed {
            return (SdesFinding::KeysUnusable(reason).into(), Some(at));
        }
        let (stun, dtls) = (self.drops(DropReason::StunOnSdes), self.drops(DropReason::DtlsOnSdes));
        let Some(at) = list.keyed else { return (Finding::Waits("sdp"), None) };
        let finding = match (stun + dtls > 0, list.srtp_authenticated) {
            (true, heard) => SdesFinding::WebRtc { stun, dtls, failed: heard.is_none() },
            (false, _) => SdesFinding::KeysTaken(list.srtp_profile),
        };
        (finding.into(), Some(at))
    }

    /// Where the far end is: its first authentic packet tells.
    pub(super) fn way(&self) -> Found {
        let list = &self.checklist;
        match (list.latched, list.keyed, self.late_since(self.media_due())) {
            (Some(at), ..) => (SdesFinding::WayFound { moves: list.moves }.into(), Some(at)),
            (None, None, _) => (Finding::Waits("keys"), None),
            (None, Some(_), _) if list.srtp_failed.is_some() => (Finding::Waits("srtp"), None),
            (None, Some(_), Late::Yes) => (SdesFinding::NoPackets(self.reachable_at()).into(), None),
            (None, Some(_), Late::NotBegun | Late::NotYet) => (SdesFinding::WayAwaited(self.reachable_at()).into(), None),
        }
    }
}

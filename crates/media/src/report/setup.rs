//! How far a leg came on its way to having keys: descriptions, checks, handshake.

use callport_relay::DropReason;
use callport_sdp::{DtlsRole, MediaDirection};

use super::findings::Finding;
use super::{Found, Late, LegFacts, Said, Sharing, network_of};

/// Messages of a handshake that begins anew; fewer are repetitions of the first one's last flight.
const NEW_HANDSHAKE: u32 = 3;

impl LegFacts {
    pub(super) fn sdp(&self) -> Found {
        let finding = match &self.said {
            Said::Nothing => Finding::NotAnswered,
            Said::Unusable(reason) => Finding::DescriptionUnusable(reason.clone()),
            Said::Understood { format, warnings, passed_over, .. } if warnings.is_empty() => Finding::Described(*format, *passed_over),
            Said::Understood { warnings, .. } => Finding::DescribedWithWarnings(warnings.clone()),
        };
        (finding, self.checklist.remote_known)
    }

    pub(super) fn stun(&self) -> Found {
        let list = &self.checklist;
        if self.is_awaited() {
            return (Finding::Waits("sdp"), None); // nobody was told where to send to
        }
        if let Some(stranger) = self.elsewhere {
            let since = list.last_packet_in.or(list.dtls_done).unwrap_or(self.opened);
            let unheard = self.is_elsewhere().then(|| self.now.saturating_duration_since(since));
            let network = network_of(stranger.address);
            return (Finding::Elsewhere { packets: stranger.packets, network, unheard }, Some(stranger.first));
        }
        match (list.stun_authenticated, list.role_conflict, list.wrong_credentials, list.stun_seen) {
            (Some(at), None, ..) => (Finding::StunAuthentic, Some(at)),
            (Some(at), Some(_), ..) => (Finding::RoleConflictMended, Some(at)),
            (None, Some(at), ..) => (Finding::RoleConflict, Some(at)),
            (None, None, Some(at), _) => (Finding::WrongCredentials, Some(at)),
            (None, None, None, Some(at)) => (Finding::StunUnreadable, Some(at)),
            (None, None, None, None) => match self.late_since(list.remote_known) {
                Late::NotBegun | Late::NotYet => (Finding::StunAwaited(self.reachable_at()), None),
                Late::Yes => (Finding::NoStun(self.reachable_at()), None),
            },
        }
    }

    pub(super) fn nomination(&self) -> Found {
        let list = &self.checklist;
        if self.sharing == Sharing::LeadsElsewhere {
            return (Finding::AddressLeadsElsewhere(self.advertised.port()), list.nominated);
        }
        match (list.nominated, self.late_since(list.stun_authenticated)) {
            (Some(at), _) => (Finding::Nominated, Some(at)),
            (None, Late::NotBegun) => (Finding::Waits("stun"), None),
            (None, Late::NotYet) => (Finding::NominationAwaited, None),
            (None, Late::Yes) => (Finding::NotNominated, None),
        }
    }

    pub(super) fn dtls(&self) -> Found {
        let list = &self.checklist;
        if let Some(at) = list.fingerprint_mismatch {
            return (Finding::FingerprintMismatch, Some(at));
        }
        if let Some((at, reason)) = list.dtls_failed {
            return (Finding::DtlsFailed(reason), Some(at));
        }
        if let Some(at) = list.dtls_done {
            let after = self.drops(DropReason::UnwantedDtls);
            if after >= NEW_HANDSHAKE {
                return (Finding::DtlsAgain(after), Some(at));
            }
            return (Finding::DtlsDone(list.dtls_role, list.srtp_profile), Some(at));
        }
        match (list.dtls_started, self.late_since(list.nominated)) {
            _ if self.sharing == Sharing::LeadsElsewhere => (Finding::Waits("nomination"), None),
            (_, Late::NotBegun) => (Finding::Waits("nomination"), None),
            (_, Late::NotYet) => (Finding::DtlsAwaited, None),
            (Some(_), Late::Yes) if list.dtls_role == Some(DtlsRole::Client) => (Finding::NoServerHello, None),
            (Some(at), Late::Yes) => (Finding::DtlsStuck, Some(at)),
            (None, Late::Yes) => (Finding::NoClientHello, None),
        }
    }

    pub(super) fn direction(&self) -> Found {
        let finding = match &self.said {
            Said::Understood { direction, .. } => match direction {
                MediaDirection::SendRecv => Finding::BothWays,
                MediaDirection::SendOnly => Finding::SendsOnly,
                silent if self.statistics.packets_in > 0 => Finding::SendsAgainstItsWord(*silent),
                silent => Finding::SendsNothing(*silent),
            },
            _ => Finding::Waits("sdp"),
        };
        (finding, self.checklist.remote_known)
    }
}

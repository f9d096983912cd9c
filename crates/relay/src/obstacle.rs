//! The first step that failed on a leg, in words: the answer to "it connects, nobody hears anything".

use crate::checklist::Checklist;
use crate::statistics::{DropReason, LegStatistics};

/// Where a leg is stuck. Earlier obstacles hide later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The far end's SDP has not been applied.
    NoDescription,
    /// No STUN datagram came.
    NoChecks,
    /// Checks came, but with other credentials than those of our SDP.
    WrongCredentials,
    /// The far end insists on being controlled.
    RoleConflict,
    /// Checks pass, but no pair was nominated.
    NotNominated,
    /// We wait for a ClientHello that never came.
    NoClientHello,
    /// The certificate is not the one announced.
    FingerprintMismatch,
    /// The handshake broke off, with the reason.
    DtlsFailed(&'static str),
    /// The handshake began and did not end.
    DtlsUnfinished,
    /// Keys are there, but not one packet came.
    NoPackets,
    /// Packets came, and none of them authenticated.
    NotAuthentic,
    /// Only RTCP came.
    OnlyRtcp,
    /// Authentic packets came, all with payload types that were not agreed.
    WrongPayloadTypes,
    /// Audio came; nothing was sent back.
    NothingSent,
}

impl Obstacle {
    /// For an operator.
    pub fn words(self) -> &'static str {
        match self {
            Obstacle::NoDescription => "no SDP from this side yet",
            Obstacle::NoChecks => {
                "no STUN check arrived: is the UDP port reachable, and does the far end know our address? An ICE-lite end never checks first"
            }
            Obstacle::WrongCredentials => "STUN checks arrive with another ice-ufrag or ice-pwd than those of our SDP",
            Obstacle::RoleConflict => "the far end claims to be ICE-controlled and was answered 487: it must be a full, controlling agent",
            Obstacle::NotNominated => "STUN checks pass, but the far end nominated no pair (USE-CANDIDATE)",
            Obstacle::NoClientHello => "ICE is up, but no DTLS ClientHello came: the side with setup:active must send it",
            Obstacle::FingerprintMismatch => "the DTLS certificate is not the one announced by a=fingerprint",
            Obstacle::DtlsFailed(words) => words,
            Obstacle::DtlsUnfinished => "the DTLS handshake began and did not end: large flights may be lost on the way",
            Obstacle::NoPackets => "DTLS is done, but no SRTP packet came",
            Obstacle::NotAuthentic => "SRTP packets come, but none of them authenticates",
            Obstacle::OnlyRtcp => "only RTCP comes, no audio",
            Obstacle::WrongPayloadTypes => "RTP comes only with payload types that were not agreed in the SDP",
            Obstacle::NothingSent => "audio comes from this side, but nothing was sent to it",
        }
    }
}

/// The first obstacle on a leg; none if packets of an agreed type pass both ways.
pub fn first_obstacle(list: &Checklist, statistics: &LegStatistics) -> Option<Obstacle> {
    let drops = |reason| statistics.drops.of(reason) > 0;
    let rows = [
        (list.remote_known.is_none(), Obstacle::NoDescription),
        (list.stun_seen.is_none(), Obstacle::NoChecks),
        (list.stun_authenticated.is_none() && list.role_conflict.is_some(), Obstacle::RoleConflict),
        (list.stun_authenticated.is_none(), Obstacle::WrongCredentials),
        (list.nominated.is_none(), Obstacle::NotNominated),
        (list.dtls_started.is_none(), Obstacle::NoClientHello),
        (list.fingerprint_mismatch.is_some(), Obstacle::FingerprintMismatch),
        (list.dtls_failed.is_some(), Obstacle::DtlsFailed(list.dtls_failed.map_or("", |(_, words)| words))),
        (list.dtls_done.is_none(), Obstacle::DtlsUnfinished),
        (list.srtp_authenticated.is_none() && list.srtp_failed.is_some(), Obstacle::NotAuthentic),
        (list.srtp_authenticated.is_none(), Obstacle::NoPackets),
        (list.first_packet_in.is_none() && drops(DropReason::WrongPayloadType), Obstacle::WrongPayloadTypes),
        (list.first_packet_in.is_none(), Obstacle::OnlyRtcp),
        (list.first_packet_out.is_none(), Obstacle::NothingSent),
    ];
    rows.into_iter().find_map(|(stuck, obstacle)| stuck.then_some(obstacle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Walks a leg from nothing to talking, one milestone at a time.
    #[test]
    fn each_milestone_moves_the_obstacle_on() {
        let now = Some(Instant::now());
        let (mut list, mut statistics) = (Checklist::default(), LegStatistics::default());
        let mut met = Vec::new();
        let steps: [fn(&mut Checklist, Option<Instant>); 10] = [
            |list, now| list.remote_known = now,
            |list, now| (list.stun_seen, list.role_conflict) = (now, now),
            |list, _| list.role_conflict = None,
            |list, now| list.stun_authenticated = now,
            |list, now| list.nominated = now,
            |list, now| list.dtls_started = now,
            |list, now| list.dtls_done = now,
            |list, now| list.srtp_authenticated = now,
            |list, now| list.first_packet_in = now,
            |list, now| list.first_packet_out = now,
        ];
        for step in steps {
            met.push(first_obstacle(&list, &statistics).unwrap());
            step(&mut list, now);
        }
        let expected = [
            Obstacle::NoDescription,
            Obstacle::NoChecks,
            Obstacle::RoleConflict,
            Obstacle::WrongCredentials,
            Obstacle::NotNominated,
            Obstacle::NoClientHello,
            Obstacle::DtlsUnfinished,
            Obstacle::NoPackets,
            Obstacle::OnlyRtcp,
            Obstacle::NothingSent,
        ];
        assert_eq!(met, expected);
        assert_eq!(first_obstacle(&list, &statistics), None);
        list.first_packet_in = None;
        statistics.drops.count(DropReason::WrongPayloadType);
        assert_eq!(first_obstacle(&list, &statistics), Some(Obstacle::WrongPayloadTypes));
        (list.srtp_authenticated, list.srtp_failed) = (None, now);
        assert_eq!(first_obstacle(&list, &statistics), Some(Obstacle::NotAuthentic));
        (list.dtls_done, list.dtls_failed) = (None, now.map(|now| (now, "because")));
        assert_eq!(first_obstacle(&list, &statistics).map(Obstacle::words), Some("because"));
        list.fingerprint_mismatch = now;
        assert_eq!(first_obstacle(&list, &statistics), Some(Obstacle::FingerprintMismatch));
    }
}

//! `a=candidate` lines (RFC 8839 §5.1). Only addresses that a UDP check can be sent to are kept.

use std::net::{IpAddr, SocketAddr};

use super::document::Section;

/// Most candidates kept of one description; checks from unnamed addresses work all the same (peer-reflexive).
pub const MAX_CANDIDATES: usize = 32;

/// How a candidate's address was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateKind {
    /// Its own interface.
    Host,
    /// Seen by a STUN server.
    ServerReflexive,
    /// Learned from a check.
    PeerReflexive,
    /// On a TURN server.
    Relay,
}

/// One UDP candidate for component 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Groups candidates of like origin.
    pub foundation: String,
    /// Higher is preferred.
    pub priority: u32,
    /// Where checks go.
    pub address: SocketAddr,
    /// How the address was found.
    pub kind: CandidateKind,
}

impl Candidate {
    /// Reads what follows `a=candidate:`. `None` for TCP, names (mDNS), component 2, and addresses nobody can be at.
    fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let foundation = words.next().filter(|text| text.len() <= 32)?.to_owned();
        let component = words.next()?;
        let transport = words.next()?;
        let priority = words.next()?.parse().ok()?;
        let ip: IpAddr = words.next()?.parse().ok()?;
        let port: u16 = words.next()?.parse().ok()?;
        if words.next()? != "typ" {
            return None;
        }
        let kind = match words.next()? {
            "host" => CandidateKind::Host,
            "srflx" => CandidateKind::ServerReflexive,
            "prflx" => CandidateKind::PeerReflexive,
            "relay" => CandidateKind::Relay,
            _ => return None,
        };
        let usable = component == "1" && transport.eq_ignore_ascii_case("udp") && port != 0 && !ip.is_unspecified() && !ip.is_multicast();
        usable.then(|| Self { foundation, priority, address: SocketAddr::new(ip, port), kind })
    }
}

/// The usable candidates of a section, and how many lines were passed over.
pub(super) fn read_candidates(section: Section<'_, '_>) -> (Vec<Candidate>, usize) {
    let mut kept = Vec::new();
    let mut ignored = 0;
    for (_, value) in section.attributes("candidate") {
        match Candidate::parse(value) {
            Some(candidate) if kept.len() < MAX_CANDIDATES => kept.push(candidate),
            _ => ignored += 1,
        }
    }
    (kept, ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_kind_and_ignores_what_follows() {
        let line = "1 1 UDP 2130706431 2001:db8::5 51822 typ host generation 0 ufrag x network-cost 50";
        let candidate = Candidate::parse(line).unwrap();
        assert_eq!(candidate.address, "[2001:db8::5]:51822".parse().unwrap());
        for (name, kind) in
            [("srflx", CandidateKind::ServerReflexive), ("prflx", CandidateKind::PeerReflexive), ("relay", CandidateKind::Relay)]
        {
            let line = format!("a 1 udp 7 192.0.2.1 9 typ {name} raddr 10.0.0.1 rport 9");
            assert_eq!(Candidate::parse(&line).map(|candidate| candidate.kind), Some(kind));
        }
    }

    #[test]
    fn passes_over_what_no_udp_check_can_reach() {
        for line in [
            "1 1 udp 7 6f1c.local 50000 typ host",
            "1 1 tcp 7 192.0.2.1 9 typ host tcptype active",
            "1 2 udp 7 192.0.2.1 50001 typ host",
            "1 1 udp 7 192.0.2.1 0 typ host",
            "1 1 udp 7 0.0.0.0 9 typ host",
            "1 1 udp 7 224.0.0.1 9 typ host",
            "1 1 udp 99999999999 192.0.2.1 9 typ host",
            "1 1 udp 7 192.0.2.1 9",
            "",
        ] {
            assert!(Candidate::parse(line).is_none(), "{line}");
        }
    }
}

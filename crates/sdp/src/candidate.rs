//! `a=candidate` lines (RFC 8839 §5.1). Only addresses that a UDP check can be sent to are kept.

use std::fmt;
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

/// Candidate lines that no UDP check can use, by reason. Nearly every stack writes some, and no call suffers from them: checks that arrive from
/// such an address are answered like any others (peer-reflexive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Addresses hidden behind a `….local` name.
    pub mdns_names: usize,
    /// TCP candidates.
    pub tcp: usize,
    /// Candidates for RTCP alone, which shares the port here.
    pub rtcp: usize,
    /// More than [`MAX_CANDIDATES`].
    pub too_many: usize,
    /// Not as RFC 8839 §5.1 has them, or with an address that nobody can be at.
    pub unusable: usize,
}

impl PassedOver {
    /// The reasons that apply, with how often each does.
    fn reasons(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let all = [
            (self.mdns_names, "with an mDNS name"),
            (self.tcp, "for TCP"),
            (self.rtcp, "for RTCP alone"),
            (self.too_many, "beyond the 32 that are kept"),
            (self.unusable, "without a usable address"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0)
    }

    /// Whether no line was passed over.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("candidates passed over:")?;
        for (index, (count, reason)) in self.reasons().enumerate() {
            write!(f, "{} {count} {reason}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// Why a line is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    MdnsName,
    Tcp,
    Rtcp,
    Unusable,
}

/// Reads what follows `a=candidate:`.
fn read_candidate(value: &str) -> Result<Candidate, Reason> {
    let mut words = value.split_ascii_whitespace();
    let mut word = || words.next().ok_or(Reason::Unusable);
    let (foundation, component, transport, priority, address, port) = (word()?, word()?, word()?, word()?, word()?, word()?);
    if transport.eq_ignore_ascii_case("tcp") {
        return Err(Reason::Tcp);
    }
    if component == "2" {
        return Err(Reason::Rtcp);
    }
    if address.to_ascii_lowercase().ends_with(".local") {
        return Err(Reason::MdnsName);
    }
    let kind = match (word()?, word()?) {
        ("typ", "host") => CandidateKind::Host,
        ("typ", "srflx") => CandidateKind::ServerReflexive,
        ("typ", "prflx") => CandidateKind::PeerReflexive,
        ("typ", "relay") => CandidateKind::Relay,
        _ => return Err(Reason::Unusable),
    };
    let priority = priority.parse().map_err(|_| Reason::Unusable)?;
    let ip: IpAddr = address.parse().map_err(|_| Reason::Unusable)?;
    let port: u16 = port.parse().map_err(|_| Reason::Unusable)?;
    let reachable = port != 0 && !ip.is_unspecified() && !ip.is_multicast();
    if foundation.len() > 32 || component != "1" || !transport.eq_ignore_ascii_case("udp") || !reachable {
        return Err(Reason::Unusable);
    }
    Ok(Candidate { foundation: foundation.to_owned(), priority, address: SocketAddr::new(ip, port), kind })
}

/// The usable candidates of a section, and which lines were passed over.
pub(super) fn read_candidates(section: Section<'_, '_>) -> (Vec<Candidate>, PassedOver) {
    let mut kept = Vec::new();
    let mut passed_over = PassedOver::default();
    for (_, value) in section.attributes("candidate") {
        let count = match read_candidate(value) {
            Ok(candidate) if kept.len() < MAX_CANDIDATES => {
                kept.push(candidate);
                continue;
            }
            Ok(_) => &mut passed_over.too_many,
            Err(Reason::MdnsName) => &mut passed_over.mdns_names,
            Err(Reason::Tcp) => &mut passed_over.tcp,
            Err(Reason::Rtcp) => &mut passed_over.rtcp,
            Err(Reason::Unusable) => &mut passed_over.unusable,
        };
        *count += 1;
    }
    (kept, passed_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_kind_and_ignores_what_follows() {
        let line = "1 1 UDP 2130706431 2001:db8::5 51822 typ host generation 0 ufrag x network-cost 50";
        assert_eq!(read_candidate(line).unwrap().address, "[2001:db8::5]:51822".parse().unwrap());
        for (name, kind) in
            [("srflx", CandidateKind::ServerReflexive), ("prflx", CandidateKind::PeerReflexive), ("relay", CandidateKind::Relay)]
        {
            let line = format!("a 1 udp 7 192.0.2.1 9 typ {name} raddr 10.0.0.1 rport 9");
            assert_eq!(read_candidate(&line).map(|candidate| candidate.kind), Ok(kind));
        }
    }

    #[test]
    fn passes_over_what_no_udp_check_can_reach_and_knows_why() {
        for (line, reason) in [
            ("1 1 udp 7 6f1c.local 50000 typ host", Reason::MdnsName),
            ("1 1 udp 7 6F1C.LOCAL 50000 typ host", Reason::MdnsName),
            ("1 1 tcp 7 192.0.2.1 9 typ host tcptype active", Reason::Tcp),
            ("1 1 TCP 7 6f1c.local 9 typ host tcptype active", Reason::Tcp),
            ("1 2 udp 7 192.0.2.1 50001 typ host", Reason::Rtcp),
            ("1 3 udp 7 192.0.2.1 50001 typ host", Reason::Unusable),
            ("1 1 udp 7 192.0.2.1 0 typ host", Reason::Unusable),
            ("1 1 udp 7 0.0.0.0 9 typ host", Reason::Unusable),
            ("1 1 udp 7 224.0.0.1 9 typ host", Reason::Unusable),
            ("1 1 udp 7 pbx.example 9 typ host", Reason::Unusable),
            ("1 1 udp 99999999999 192.0.2.1 9 typ host", Reason::Unusable),
            ("1 1 sctp 7 192.0.2.1 9 typ host", Reason::Unusable),
            ("1 1 udp 7 192.0.2.1 9", Reason::Unusable),
            ("", Reason::Unusable),
        ] {
            assert_eq!(read_candidate(line), Err(reason), "{line}");
        }
    }

    #[test]
    fn names_only_the_reasons_that_apply() {
        assert!(PassedOver::default().is_none());
        let (one, two) = (PassedOver { tcp: 1, ..PassedOver::default() }, PassedOver { mdns_names: 2, rtcp: 1, ..PassedOver::default() });
        assert_eq!(one.to_string(), "candidates passed over: 1 for TCP");
        assert_eq!(two.to_string(), "candidates passed over: 2 with an mDNS name, 1 for RTCP alone");
        let beyond = PassedOver { too_many: 1, ..PassedOver::default() }.to_string();
        assert!(beyond.contains(&MAX_CANDIDATES.to_string()), "{beyond}");
    }
}

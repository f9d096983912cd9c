//! The full, controlling end: the `is` agent, driven by our clock.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol};

use super::{Check, Pairs};
use crate::outgoing::{Outgoing, Path};
use crate::statistics::DropReason;
use crate::transport::Credentials;

/// Ta of RFC 8445 §14.2: one local candidate and a few remote ones need no 50 ms between checks.
const PACING: Duration = Duration::from_millis(10);

/// How many candidates of a far end are tried; further ones are ignored.
const MAX_TRIED: usize = 16;

/// Turns of the agent's own queue per call; it takes one held request per turn.
const MAX_TURNS: usize = 16;

pub(crate) struct Full {
    agent: IceAgent,
    follow: bool,
    pub(super) pairs: Pairs,
}

impl Full {
    pub(crate) fn new(ours: Credentials, local: &[SocketAddr], follow: bool) -> Full {
        let mut agent = IceAgent::new(IceCreds { ufrag: ours.ufrag, pass: ours.pwd });
        agent.set_controlling(true);
        // The library draws this number itself; ours is fixed so that nothing here depends on chance.
        agent.set_control_tie_breaker(u64::MAX);
        agent.set_timing_advance(PACING);
        for candidate in local.iter().filter_map(|address| host(*address)) {
            agent.add_local_candidate(candidate);
        }
        Full { agent, follow, pairs: Pairs::default() }
    }

    pub(super) fn set_remote(&mut self, theirs: &Credentials, candidates: &[SocketAddr], now: Instant, out: &mut impl Outgoing) {
        self.agent.set_remote_credentials(IceCreds { ufrag: theirs.ufrag.clone(), pass: theirs.pwd.clone() });
        for candidate in candidates.iter().take(MAX_TRIED).filter_map(|address| host(*address)) {
            self.agent.add_remote_candidate(candidate);
        }
        for _ in 0..MAX_TURNS {
            self.handle_timeout(now, out);
        }
    }

    pub(super) fn receive(&mut self, now: Instant, path: Path, datagram: &[u8], out: &mut impl Outgoing) -> Check {
        let Ok(message) = StunMessage::parse(datagram) else {
            return Check::Dropped(DropReason::MalformedStun);
        };
        let conflict = message.error_code().is_some_and(|(code, _)| code == 487);
        let packet = StunPacket { proto: Protocol::Udp, source: path.remote, destination: path.local, message };
        if !self.agent.handle_packet(now, packet) {
            return Check::Dropped(DropReason::WrongCredentials);
        }
        self.handle_timeout(now, out);
        if conflict { Check::RoleConflict } else { Check::Authentic }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        self.agent.handle_timeout(now);
        while let Some(sent) = self.agent.poll_transmit() {
            out.put(&sent.contents, Path { local: sent.source, remote: sent.destination });
        }
        while let Some(event) = self.agent.poll_event() {
            match event {
                IceAgentEvent::DiscoveredRecv { source, .. } => self.pairs.prove(source),
                IceAgentEvent::NominatedSend { source, destination, .. } => {
                    self.pairs.nominate(Path { local: source, remote: destination }, self.follow);
                }
                IceAgentEvent::IceRestart(_) | IceAgentEvent::IceConnectionStateChange(_) => {}
            }
        }
    }

    pub(super) fn deadline(&mut self) -> Option<Instant> {
        // Without credentials of the far end the agent only idles.
        self.agent.remote_credentials()?;
        self.agent.poll_timeout()
    }
}

/// The kind matters for priorities only, and the far end's nomination never depends on ours.
fn host(address: SocketAddr) -> Option<Candidate> {
    Candidate::host(address, Protocol::Udp).ok()
}

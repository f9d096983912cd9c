//! ICE (RFC 8445) in the two halves that calling needs: the platform's lite, controlled end, and the
//! full, controlling end of a voice endpoint.
//!
//! STUN messages are the `is` crate's in both. The full end is its agent. The lite end is ours, about
//! a hundred lines, because the platform's behaviour is a matter of policy that the agent leaves no
//! room for: 487 for whoever claims to be controlled, the *last* nominated pair followed until
//! DTLS starts and kept from then on, no timers, and a bound on the addresses of one peer. See
//! `docs/decisions/0004-ice-lite.md`.

mod full;
mod lite;

use std::net::SocketAddr;
use std::time::Instant;

pub(crate) use full::Full;
pub(crate) use lite::Lite;

use crate::outgoing::{Outgoing, Path};
use crate::statistics::DropReason;
use crate::transport::Credentials;

/// How many proven addresses of one far end are remembered; the oldest is forgotten.
pub(crate) const MAX_PROVEN: usize = 8;

/// What became of a STUN datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// It passed its integrity check; see [`Pairs`] for what it changed.
    Authentic,
    /// It passed, but the far end's description is not known yet: it will be answered then.
    Held,
    /// It passed, but the far end claims our role: answered with 487.
    RoleConflict,
    /// It counts for nothing.
    Dropped(DropReason),
}

/// Which addresses have proven to be the far end's, and which of them is used.
#[derive(Default)]
pub(crate) struct Pairs {
    proven: Vec<SocketAddr>,
    nominated: Option<Path>,
    /// DTLS has started: the nominated pair stays.
    settled: bool,
    /// Addresses whose check is held.
    held: Vec<SocketAddr>,
    /// Addresses of checks that the caller has not been told of.
    unreported: Vec<SocketAddr>,
}

impl Pairs {
    pub(crate) fn is_proven(&self, address: SocketAddr) -> bool {
        self.proven.contains(&address)
    }

    /// Proven, or waiting with an authentic check for the far end's description.
    pub(crate) fn is_known(&self, address: SocketAddr) -> bool {
        self.is_proven(address) || self.held.contains(&address)
    }

    pub(crate) fn nominated(&self) -> Option<Path> {
        self.nominated
    }

    /// Keeps the nominated pair from now on; `path` if there is none yet.
    pub(crate) fn settle(&mut self, path: Path) {
        self.nominated.get_or_insert(path);
        self.settled = true;
    }

    /// An address that an authentic check has come from since it was taken last, known or not: the caller may have lost it.
    pub(crate) fn take_checked(&mut self) -> Option<SocketAddr> {
        self.unreported.pop()
    }

    fn prove(&mut self, address: SocketAddr) {
        self.announce(address);
        if self.is_proven(address) {
            return;
        }
        if self.proven.len() == MAX_PROVEN {
            let in_use = self.nominated.map(|path| path.remote);
            let oldest = self.proven.iter().position(|known| Some(*known) != in_use).unwrap_or(0);
            self.proven.remove(oldest);
        }
        self.proven.push(address);
    }

    /// A check from this address is authentic but has to wait.
    fn hold(&mut self, address: SocketAddr) {
        self.announce(address);
        if !self.is_known(address) {
            self.held.push(address);
        }
    }

    /// The far end is known: nothing is held any more.
    fn release(&mut self) {
        self.held = Vec::new();
    }

    fn announce(&mut self, address: SocketAddr) {
        if self.unreported.len() < MAX_PROVEN && !self.unreported.contains(&address) {
            self.unreported.insert(0, address);
        }
    }

    fn nominate(&mut self, path: Path, follow: bool) {
        if !self.settled || follow {
            self.nominated = Some(path);
        }
    }
}

/// Either half.
pub(crate) enum Ice {
    Lite(Box<Lite>),
    Full(Box<Full>),
}

impl Ice {
    pub(crate) fn pairs(&mut self) -> &mut Pairs {
        match self {
            Ice::Lite(lite) => &mut lite.pairs,
            Ice::Full(full) => &mut full.pairs,
        }
    }

    /// The far end is known: checks that were held are answered, and a full end begins its own.
    pub(crate) fn set_remote(&mut self, credentials: &Credentials, candidates: &[SocketAddr], now: Instant, out: &mut impl Outgoing) {
        match self {
            Ice::Lite(lite) => lite.set_remote(credentials, out),
            Ice::Full(full) => full.set_remote(credentials, candidates, now, out),
        }
    }

    pub(crate) fn receive(&mut self, now: Instant, path: Path, datagram: &[u8], out: &mut impl Outgoing) -> Check {
        match self {
            Ice::Lite(lite) => lite.receive(path, datagram, out),
            Ice::Full(full) => full.receive(now, path, datagram, out),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        match self {
            Ice::Lite(_) => {}
            Ice::Full(full) => full.handle_timeout(now, out),
        }
    }

    pub(crate) fn deadline(&mut self) -> Option<Instant> {
        match self {
            Ice::Lite(_) => None,
            Ice::Full(full) => full.deadline(),
        }
    }
}

//! One call: the user's leg and the business leg, and what passes between them.

use std::net::SocketAddr;
use std::time::Instant;

use crate::checklist::Checklist;
use crate::dtmf::Digit;
use crate::leg::{Leg, LegConfig, LegEvent};
use crate::outgoing::{Outgoing, Path};
use crate::statistics::LegStatistics;
use crate::transport::{LocalTransport, Remote};

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The person with the phone.
    User,
    /// The business's WebRTC peer.
    Business,
}

impl Side {
    /// The opposite leg.
    pub fn other(self) -> Side {
        match self {
            Side::User => Side::Business,
            Side::Business => Side::User,
        }
    }
}

/// All that a call is made of.
#[derive(Clone)]
pub struct CallConfig {
    /// The leg towards the user.
    pub user: LegConfig,
    /// The leg towards the business.
    pub business: LegConfig,
}

/// News of a call, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// On which leg.
    pub side: Side,
    /// What happened there. [`LegEvent::Heard`] on the business side is reported with the gate still
    /// closed: the first business media makes the user's phone show "connected".
    pub event: LegEvent,
}

/// A digit that could not be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PressRefused {
    /// The business leg has no keys yet.
    #[error("the business leg is not connected")]
    NotConnected,
    /// Too many digits wait already.
    #[error("too many digits are waiting")]
    QueueFull,
}

/// One call's media.
pub struct Call {
    user: Leg,
    business: Leg,
}

impl Call {
    /// Two legs that know nobody, with the gate closed.
    pub fn new(config: CallConfig, now: Instant) -> Call {
        Call { user: Leg::new(config.user, now), business: Leg::new(config.business, now) }
    }

    /// What the far end of `side` must be told in the SDP.
    pub fn local(&self, side: Side) -> LocalTransport {
        match side {
            Side::User => self.user.local(),
            Side::Business => self.business.local(),
        }
    }

    /// Applies the far end's SDP of one side; once per side.
    pub fn set_remote(&mut self, side: Side, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        let _ = (side, remote, now, out);
    }

    /// Opens or closes the way from the business to the user. Closed at first; the other direction
    /// is always open.
    pub fn set_gate(&mut self, open: bool) {
        let _ = open;
    }

    /// Queues a keypad digit for the business.
    pub fn press(&mut self, digit: Digit, now: Instant) -> Result<(), PressRefused> {
        let _ = (digit, now);
        Err(PressRefused::NotConnected)
    }

    /// Takes one datagram that arrived for `side`.
    pub fn receive(&mut self, side: Side, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) {
        let _ = (side, now, path, datagram, out);
    }

    /// Does whatever has become due on either leg.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        let _ = (now, out);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called next.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// The next piece of news.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        None
    }

    /// A snapshot of one leg's counters.
    pub fn statistics(&self, side: Side, now: Instant) -> LegStatistics {
        match side {
            Side::User => self.user.statistics(now),
            Side::Business => self.business.statistics(now),
        }
    }

    /// One leg's milestones.
    pub fn checklist(&self, side: Side) -> &Checklist {
        match side {
            Side::User => self.user.checklist(),
            Side::Business => self.business.checklist(),
        }
    }

    /// Where `side` is sent to, once nominated.
    pub fn remote_address(&self, side: Side) -> Option<SocketAddr> {
        match side {
            Side::User => self.user.path().map(|path| path.remote),
            Side::Business => self.business.path().map(|path| path.remote),
        }
    }
}

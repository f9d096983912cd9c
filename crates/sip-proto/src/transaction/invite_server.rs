//! The server transaction of an INVITE: RFC 3261 §17.2.1, figure 7, as RFC 6026 §8.5 and §8.7 have it.

use std::time::{Duration, Instant};

use super::{Resending, ServerNews, ServerStep, SipTimers, earliest, is_due};

/// How long its owner may think before the transaction sends a 100 by itself (RFC 3261 §17.2.1).
pub const THINKING_TIME: Duration = Duration::from_millis(200);

/// Its states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InviteServerState {
    /// No final response yet.
    Proceeding,
    /// A 2xx was sent. Its owner sends it again until the ACK comes; the INVITE is absorbed.
    Accepted,
    /// A refusal was sent.
    Completed,
    /// Its ACK came.
    Confirmed,
    /// Over.
    Terminated,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct InviteServer {
    state: InviteServerState,
    timers: SipTimers,
    is_reliable: bool,
    has_answered: bool,
    trying: Option<Instant>,
    /// Timer G.
    resending: Option<Resending>,
    /// Timer H, I or L, by state.
    end: Option<Instant>,
}

impl InviteServer {
    /// The request has come.
    pub fn start(now: Instant, timers: SipTimers, is_reliable: bool) -> InviteServer {
        InviteServer {
            state: InviteServerState::Proceeding,
            timers,
            is_reliable,
            has_answered: false,
            trying: Some(now + THINKING_TIME),
            resending: None,
            end: None,
        }
    }

    /// Its state.
    pub fn state(&self) -> InviteServerState {
        self.state
    }

    /// The owner responds with this code. What no longer fits is not sent.
    pub fn respond(&mut self, now: Instant, code: u16) -> ServerStep {
        use InviteServerState::{Accepted, Completed, Confirmed, Proceeding, Terminated};
        match (self.state, code) {
            (Proceeding, ..=199) => {}
            (Proceeding, 200..=299) => {
                self.state = Accepted;
                self.end = Some(now + self.timers.patience());
            }
            (Proceeding, 300..) => {
                self.state = Completed;
                self.resending = (!self.is_reliable).then(|| Resending::start(now, self.timers.t1));
                self.end = Some(now + self.timers.patience());
            }
            (Accepted, 200..=299) => {}
            (Accepted | Completed | Confirmed | Terminated, _) => return ServerStep::NOTHING,
        }
        self.trying = None;
        self.has_answered = true;
        ServerStep::SEND
    }

    /// The INVITE came again.
    pub fn request_again(&mut self) -> ServerStep {
        use InviteServerState::{Accepted, Completed, Confirmed, Proceeding, Terminated};
        match self.state {
            Proceeding if self.has_answered => ServerStep::SEND,
            Completed => ServerStep::SEND,
            Proceeding | Accepted | Confirmed | Terminated => ServerStep::NOTHING,
        }
    }

    /// An ACK came.
    pub fn ack(&mut self, now: Instant) -> ServerStep {
        use InviteServerState::{Accepted, Completed, Confirmed, Proceeding, Terminated};
        match self.state {
            Completed => {
                self.resending = None;
                self.state = if self.is_reliable { Terminated } else { Confirmed };
                self.end = (!self.is_reliable).then(|| now + self.timers.t4);
                ServerStep::news(ServerNews::AckOfRefusal)
            }
            Accepted => ServerStep::news(ServerNews::AckOfSuccess),
            Proceeding | Confirmed | Terminated => ServerStep::NOTHING,
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> ServerStep {
        if is_due(self.trying, now) {
            self.trying = None;
            self.has_answered = true;
            return ServerStep { send_trying: true, ..ServerStep::NOTHING };
        }
        if is_due(self.end, now) {
            let is_unacknowledged = self.state == InviteServerState::Completed;
            self.state = InviteServerState::Terminated;
            self.resending = None;
            self.end = None;
            return if is_unacknowledged { ServerStep::news(ServerNews::NoAck) } else { ServerStep::NOTHING };
        }
        match self.resending {
            Some(resending) if resending.at <= now => {
                self.resending = Some(resending.doubled(Some(self.timers.t2)));
                ServerStep::SEND
            }
            _ => ServerStep::NOTHING,
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        earliest([self.trying, self.end, self.resending.map(|resending| resending.at)])
    }
}

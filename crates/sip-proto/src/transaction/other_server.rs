//! The server transaction of everything but INVITE and ACK: RFC 3261 §17.2.2, figure 8.

use std::time::Instant;

use super::{ServerStep, SipTimers, is_due};

/// Its states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OtherServerState {
    /// No response yet.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// A final response was sent.
    Completed,
    /// Over.
    Terminated,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct OtherServer {
    state: OtherServerState,
    timers: SipTimers,
    is_reliable: bool,
    /// Timer J.
    end: Option<Instant>,
}

impl OtherServer {
    /// The request has come.
    pub fn start(timers: SipTimers, is_reliable: bool) -> OtherServer {
        OtherServer { state: OtherServerState::Trying, timers, is_reliable, end: None }
    }

    /// Its state.
    pub fn state(&self) -> OtherServerState {
        self.state
    }

    /// The owner responds with this code.
    pub fn respond(&mut self, now: Instant, code: u16) -> ServerStep {
        use OtherServerState::{Completed, Proceeding, Terminated, Trying};
        match (self.state, code) {
            (Trying | Proceeding, ..=199) => self.state = Proceeding,
            (Trying | Proceeding, 200..) => {
                self.state = if self.is_reliable { Terminated } else { Completed };
                self.end = (!self.is_reliable).then(|| now + self.timers.patience());
            }
            (Completed | Terminated, _) => return ServerStep::NOTHING,
        }
        ServerStep::SEND
    }

    /// The request came again.
    pub fn request_again(&mut self) -> ServerStep {
        match self.state {
            OtherServerState::Proceeding | OtherServerState::Completed => ServerStep::SEND,
            OtherServerState::Trying | OtherServerState::Terminated => ServerStep::NOTHING,
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if is_due(self.end, now) {
            self.state = OtherServerState::Terminated;
            self.end = None;
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.end
    }
}

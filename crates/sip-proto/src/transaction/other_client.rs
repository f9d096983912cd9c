//! The client transaction of everything but INVITE and ACK: RFC 3261 §17.1.2, figure 6.

use std::time::Instant;

use super::{ClientNews, ClientStep, Resending, SipTimers, earliest, is_due};

/// Its states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OtherClientState {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; it may come again.
    Completed,
    /// Over.
    Terminated,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct OtherClient {
    state: OtherClientState,
    timers: SipTimers,
    is_reliable: bool,
    /// Timer E.
    resending: Option<Resending>,
    /// Timer F or K, by state.
    end: Option<Instant>,
}

impl OtherClient {
    /// The request goes out now.
    pub fn start(now: Instant, timers: SipTimers, is_reliable: bool) -> OtherClient {
        OtherClient {
            state: OtherClientState::Trying,
            timers,
            is_reliable,
            resending: (!is_reliable).then(|| Resending::start(now, timers.t1)),
            end: Some(now + timers.patience()),
        }
    }

    /// Its state.
    pub fn state(&self) -> OtherClientState {
        self.state
    }

    /// A response of this code came.
    pub fn response(&mut self, now: Instant, code: u16) -> ClientStep {
        use OtherClientState::{Completed, Proceeding, Terminated, Trying};
        match (self.state, code) {
            (Trying, ..=199) => {
                self.state = Proceeding;
                // From now on every T2 (§17.1.2.2).
                self.resending = self.resending.map(|_| Resending::start(now, self.timers.t2));
                ClientStep::news(ClientNews::Response)
            }
            (Proceeding, ..=199) => ClientStep::news(ClientNews::Response),
            (Trying | Proceeding, 200..) => {
                self.resending = None;
                self.state = if self.is_reliable { Terminated } else { Completed };
                self.end = (!self.is_reliable).then(|| now + self.timers.t4);
                ClientStep::news(ClientNews::Response)
            }
            (Completed | Terminated, _) => ClientStep::NOTHING,
        }
    }

    /// What carries it failed.
    pub fn transport_failed(&mut self) -> ClientStep {
        use OtherClientState::{Completed, Proceeding, Terminated, Trying};
        let is_waiting = matches!(self.state, Trying | Proceeding);
        if self.state != Completed {
            self.state = Terminated;
            self.resending = None;
            self.end = None;
        }
        if is_waiting { ClientStep::news(ClientNews::TransportFailed) } else { ClientStep::NOTHING }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> ClientStep {
        if is_due(self.end, now) {
            let is_unanswered = self.state != OtherClientState::Completed;
            self.state = OtherClientState::Terminated;
            self.resending = None;
            self.end = None;
            return if is_unanswered { ClientStep::news(ClientNews::TimedOut) } else { ClientStep::NOTHING };
        }
        match self.resending {
            Some(resending) if resending.at <= now => {
                self.resending = Some(resending.doubled(Some(self.timers.t2)));
                ClientStep::RESEND
            }
            _ => ClientStep::NOTHING,
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        earliest([self.end, self.resending.map(|resending| resending.at)])
    }
}

//! The client transaction of an INVITE: RFC 3261 §17.1.1, figure 5, as RFC 6026 §8.4 has it.

use std::time::Instant;

use super::{ClientNews, ClientStep, Resending, SipTimers, earliest, is_due};

/// Its states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InviteClientState {
    /// Sent, nothing heard.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A 2xx came; more may, from other branches.
    Accepted,
    /// A refusal came and was acknowledged; it may come again.
    Completed,
    /// Over.
    Terminated,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct InviteClient {
    state: InviteClientState,
    timers: SipTimers,
    is_reliable: bool,
    /// Timer A.
    resending: Option<Resending>,
    /// Timer B, D or M, by state.
    end: Option<Instant>,
}

impl InviteClient {
    /// The request goes out now.
    pub fn start(now: Instant, timers: SipTimers, is_reliable: bool) -> InviteClient {
        InviteClient {
            state: InviteClientState::Calling,
            timers,
            is_reliable,
            resending: (!is_reliable).then(|| Resending::start(now, timers.t1)),
            end: Some(now + timers.patience()),
        }
    }

    /// Its state.
    pub fn state(&self) -> InviteClientState {
        self.state
    }

    /// A response of this code came.
    pub fn response(&mut self, now: Instant, code: u16) -> ClientStep {
        use InviteClientState::{Accepted, Calling, Completed, Proceeding, Terminated};
        match (self.state, code) {
            (Calling | Proceeding, ..=199) => {
                self.enter(Proceeding, None);
                ClientStep::news(ClientNews::Response)
            }
            (Calling | Proceeding, 200..=299) => {
                self.enter(Accepted, Some(now + self.timers.patience()));
                ClientStep::news(ClientNews::Response)
            }
            (Calling | Proceeding, 300..) => {
                if self.is_reliable {
                    self.enter(Terminated, None);
                } else {
                    self.enter(Completed, Some(now + self.timers.d));
                }
                ClientStep { ack: true, ..ClientStep::news(ClientNews::Response) }
            }
            (Accepted, 200..=299) => ClientStep::news(ClientNews::Response),
            (Completed, 300..) => ClientStep { ack: true, ..ClientStep::NOTHING },
            (Accepted | Completed | Terminated, _) => ClientStep::NOTHING,
        }
    }

    /// What carries it failed. While a final response is waited for, that is the end: a peer that lost its connection may open another for its
    /// response (RFC 3261 §18.2.2), but a call that waits for it rings for nobody in the usual case, which is a peer that went away.
    pub fn transport_failed(&mut self) -> ClientStep {
        use InviteClientState::{Accepted, Calling, Completed, Proceeding, Terminated};
        match self.state {
            Calling | Proceeding => {
                self.enter(Terminated, None);
                ClientStep::news(ClientNews::TransportFailed)
            }
            Completed => {
                self.enter(Terminated, None);
                ClientStep::NOTHING
            }
            Accepted | Terminated => ClientStep::NOTHING,
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> ClientStep {
        if is_due(self.end, now) {
            let is_unanswered = self.state == InviteClientState::Calling;
            self.enter(InviteClientState::Terminated, None);
            return if is_unanswered { ClientStep::news(ClientNews::TimedOut) } else { ClientStep::NOTHING };
        }
        match self.resending {
            Some(resending) if resending.at <= now => {
                self.resending = Some(resending.doubled(None));
                ClientStep::RESEND
            }
            _ => ClientStep::NOTHING,
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        earliest([self.end, self.resending.map(|resending| resending.at)])
    }

    fn enter(&mut self, state: InviteClientState, end: Option<Instant>) {
        self.state = state;
        self.resending = None;
        self.end = end;
    }
}

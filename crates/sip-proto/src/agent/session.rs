//! What an agent keeps of one session.

use std::time::{Duration, Instant};

use super::{AgentEvent, NoResponse, SipEnding, SipSession, UserAgent};
use crate::dialog::Dialog;
use crate::digest::DigestLogin;
use crate::message::SipMessage;
use crate::outline::Outline;
use crate::transaction::table::{ConnectionId, Destination};
use crate::transaction::{ClientKey, ClientNews, ServerKey};
use crate::write::{RequestParts, SipBody};

/// One session.
pub(super) struct Session {
    pub(super) stage: Stage,
    /// The latest connection that the peer used, while it is open.
    pub(super) connection: Option<ConnectionId>,
    pub(super) dialog: Option<Dialog>,
    /// For challenges to our requests.
    pub(super) login: Option<DigestLogin>,
    /// When this session must be looked at next, as filed.
    pub(super) filed: Option<Instant>,
}

/// How far it is.
pub(super) enum Stage {
    /// Our INVITE waits for its final response.
    Calling(Box<Calling>),
    /// The peer's INVITE waits for ours.
    Invited(Box<Invited>),
    /// Our 2xx waits for its ACK.
    Answered(Box<Unacknowledged>),
    /// Both know. With the ACK that we sent, for 2xx that come again.
    Talking { ack: Option<Vec<u8>> },
    /// Our BYE waits for its response.
    Leaving { ack: Option<Vec<u8>>, outline: Outline, why: Leave, is_retried: bool },
}

/// Why we leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leave {
    Asked,
    NoAck,
    AnsweredTooLate,
}

/// Our INVITE.
pub(super) struct Calling {
    pub(super) key: ClientKey,
    pub(super) parts: RequestParts,
    pub(super) outline: Outline,
    pub(super) body: Option<SipBody>,
    pub(super) to: Destination,
    /// How often credentials were sent.
    pub(super) tries: u8,
    pub(super) cancel: Cancel,
}

/// How far our CANCEL is.
pub(super) enum Cancel {
    /// Nobody asked.
    Not,
    /// Asked for; no provisional response has come (RFC 3261 §9.1).
    Wanted(Outline),
    /// Sent; a final response must come until then.
    Sent { until: Instant },
}

/// The peer's INVITE.
pub(super) struct Invited {
    pub(super) key: ServerKey,
    pub(super) request: SipMessage,
    pub(super) tag: String,
    /// Whether the password was right, or nobody asks for one.
    pub(super) is_trusted: bool,
}

/// Our 2xx, sent again until its ACK comes (RFC 3261 §13.3.1.4).
pub(super) struct Unacknowledged {
    pub(super) bytes: Vec<u8>,
    pub(super) to: Destination,
    /// Where it goes when that connection is gone.
    pub(super) instead: Destination,
    pub(super) again: Instant,
    pub(super) interval: Duration,
    pub(super) until: Instant,
    /// The BYE that waits for the ACK: before it, or the end of waiting, none may be sent (RFC 3261 §15).
    pub(super) then_bye: Option<Outline>,
}

impl Session {
    /// When it must be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Calling(calling) => match calling.cancel {
                Cancel::Sent { until } => Some(until),
                Cancel::Not | Cancel::Wanted(_) => None,
            },
            Stage::Answered(waiting) => Some(waiting.again.min(waiting.until)),
            Stage::Invited(_) | Stage::Talking { .. } | Stage::Leaving { .. } => None,
        }
    }

    /// Where its requests go.
    pub(super) fn destination(&self) -> Option<Destination> {
        self.connection.map(Destination::Connection).or_else(|| self.dialog.as_ref()?.destination())
    }
}

impl UserAgent {
    pub(super) fn new_session(&mut self, session: Session) -> SipSession {
        let id = SipSession(self.next_session);
        self.next_session += 1;
        self.sessions.insert(id, session);
        id
    }

    /// Takes a session out, with its dialog and its deadline.
    pub(super) fn drop_session(&mut self, session: SipSession) -> Option<Session> {
        let found = self.sessions.remove(&session)?;
        if let Some(dialog) = &found.dialog {
            self.dialogs.remove(dialog.id());
        }
        if let Some(filed) = found.filed {
            self.deadlines.remove(&(filed, session));
        }
        Some(found)
    }

    pub(super) fn refile(&mut self, session: SipSession) {
        let Some(found) = self.sessions.get_mut(&session) else { return };
        let next = found.deadline();
        if let Some(before) = std::mem::replace(&mut found.filed, next) {
            self.deadlines.remove(&(before, session));
        }
        if let Some(next) = next {
            self.deadlines.insert((next, session));
        }
    }

    pub(super) fn end(&mut self, session: SipSession, ending: SipEnding) {
        if self.drop_session(session).is_some() {
            self.events.push_back(AgentEvent::Ended { session, ending });
        }
    }

    pub(super) fn left(&mut self, session: SipSession, code: Option<u16>) {
        let Some(Stage::Leaving { why, .. }) = self.sessions.get(&session).map(|found| &found.stage) else { return };
        let ending = match why {
            Leave::Asked => SipEnding::ByUs(code),
            Leave::NoAck => SipEnding::NoAck,
            Leave::AnsweredTooLate => SipEnding::AnsweredTooLate,
        };
        self.end(session, ending);
    }

    pub(super) fn invite_failed(&mut self, session: SipSession, news: ClientNews) {
        let is_calling = matches!(self.sessions.get(&session).map(|found| &found.stage), Some(Stage::Calling(_)));
        if is_calling && self.drop_session(session).is_some() {
            let why = match news {
                ClientNews::TransportFailed => NoResponse::TransportFailed,
                ClientNews::TimedOut | ClientNews::Response => NoResponse::TimedOut,
            };
            self.events.push_back(AgentEvent::Unanswered { session, why });
        }
    }
}

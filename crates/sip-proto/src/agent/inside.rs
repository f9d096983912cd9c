//! Requests inside of a dialog and beside any: ACK, BYE, CANCEL, re-INVITE, and what the rules answer.

use std::time::Instant;

use super::policy::MethodAnswer;
use super::session::{Leave, Stage};
use super::{AgentEvent, AgentRefusal, ClientUse, SipEnding, SipSession, UserAgent};
use crate::dialog::DialogId;
use crate::digest::AskedBy;
use crate::judge::judge_extensions;
use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::outline::Outline;
use crate::refusal::SipRefusal;
use crate::transaction::table::ConnectionId;
use crate::transaction::{ServerKey, ServerNews};
use crate::write::new_branch;

impl UserAgent {
    /// Ends a call with BYE. One that still rings is cancelled or rejected instead. `outline` is that of the BYE, which waits for the ACK to our
    /// 2xx if that has not come yet (RFC 3261 §15).
    ///
    /// # Errors
    /// There is no such session, or it has no dialog that could be ended.
    pub fn bye(&mut self, session: SipSession, outline: &Outline, now: Instant) -> Result<(), AgentRefusal> {
        let found = self.sessions.get_mut(&session).ok_or(AgentRefusal::NoSuchSession)?;
        match &mut found.stage {
            Stage::Talking { .. } => self.leave(session, outline, Leave::Asked, now),
            Stage::Answered(waiting) => waiting.then_bye = Some(outline.clone()),
            Stage::Calling(_) | Stage::Invited(_) | Stage::Leaving { .. } => return Err(AgentRefusal::WrongStage),
        }
        self.settle(now);
        Ok(())
    }

    /// Sends a BYE. Where it cannot be sent, the session is over at once.
    pub(super) fn leave(&mut self, session: SipSession, outline: &Outline, why: Leave, now: Instant) {
        let Some(found) = self.sessions.get_mut(&session) else { return };
        let ack = match &mut found.stage {
            Stage::Talking { ack } => ack.take(),
            _ => None,
        };
        found.stage = Stage::Leaving { ack, outline: outline.clone(), why, is_retried: false };
        self.refile(session);
        if !self.send_bye(session, outline, Vec::new(), now) {
            self.left(session, None);
        }
    }

    fn send_bye(&mut self, session: SipSession, outline: &Outline, credentials: Vec<(HeaderName, String)>, now: Instant) -> bool {
        let branch = new_branch(&mut self.chance);
        let Some(found) = self.sessions.get_mut(&session) else { return false };
        let to = found.destination();
        let (Some(dialog), Some(to)) = (&mut found.dialog, to) else { return false };
        let mut parts = dialog.request(SipMethod::Bye, None, self.config.via.clone(), branch, self.config.max_forwards);
        parts.credentials = credentials;
        let request = self.written(&parts, outline, None);
        self.table.send_request(now, request, to, self.config.is_reliable, ClientUse::Bye(session)).is_ok()
    }

    pub(super) fn take_bye_response(&mut self, session: SipSession, response: &SipMessage, now: Instant) {
        let code = response.status().unwrap_or_default();
        if code < 200 {
            return;
        }
        if AskedBy::of_code(code).is_none() || !self.retry_bye(session, response, now) {
            self.left(session, Some(code));
        }
    }

    /// A BYE that was challenged is sent once more, with credentials.
    fn retry_bye(&mut self, session: SipSession, response: &SipMessage, now: Instant) -> bool {
        let Some(found) = self.sessions.get_mut(&session) else { return false };
        let (Stage::Leaving { is_retried, outline, .. }, Some(login), Some(dialog)) = (&mut found.stage, &mut found.login, &found.dialog)
        else {
            return false;
        };
        let (lines, _) = login.answer(response, SipMethod::Bye.as_str(), dialog.target(), &mut self.chance);
        if lines.is_empty() || std::mem::replace(is_retried, true) {
            return false;
        }
        let outline = outline.clone();
        self.send_bye(session, &outline, lines, now)
    }

    /// A BYE or a re-INVITE.
    pub(super) fn take_inside(&mut self, connection: ConnectionId, key: ServerKey, request: SipMessage, now: Instant) {
        let id = DialogId::of_request(&request).ok().flatten();
        let Some(session) = id.and_then(|id| self.dialogs.get(&id).copied()) else {
            // An INVITE's refusal would wait for its ACK: of a stranger nothing is kept.
            return match request.method() {
                Some(SipMethod::Invite) => self.refuse_aside(connection, &request, &SipRefusal::no_such_call()),
                _ => self.answer_once(connection, key, &request, Err(SipRefusal::no_such_call()), None, now),
            };
        };
        let Some(found) = self.sessions.get_mut(&session) else { return };
        found.connection = Some(connection);
        let number = request.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let in_order = found.dialog.as_mut().is_none_or(|dialog| dialog.take_number(number).is_ok());
        if request.method() == Some(&SipMethod::Bye) {
            // Also out of order: it ends the call and nothing else, and one that is refused would leave a person on the line.
            return self.take_bye(connection, key, session, request, now);
        }
        let refusal = match in_order {
            true => self.config.rules.reinvite.clone(),
            false => SipRefusal::new(500, "Server Internal Error"), // §12.2.2
        };
        self.answer_once(connection, key, &request, Err(refusal), None, now);
    }

    fn take_bye(&mut self, connection: ConnectionId, key: ServerKey, session: SipSession, request: SipMessage, now: Instant) {
        let outline = self.config.lines.response.clone();
        self.answer_once(connection, key, &request, Ok(outline), None, now);
        // Before our final response it ends the INVITE as well (§15.1.2).
        let outline = self.config.lines.response.clone();
        let _ = self.respond(session, 487, "Request Terminated", &outline, None, now);
        self.end(session, SipEnding::ByPeer(Box::new(request)));
    }

    pub(super) fn take_cancel(&mut self, connection: ConnectionId, key: ServerKey, request: SipMessage, now: Instant) {
        let Some((_, session, is_waiting)) = self.table.invite_of_cancel(&key) else {
            return self.answer_once(connection, key, &request, Err(SipRefusal::no_such_call()), None, now);
        };
        let outline = self.config.lines.response.clone();
        let tag = session.and_then(|session| self.sessions.get(&session)?.dialog.as_ref()).map(|dialog| dialog.id().local_tag.clone());
        self.answer_once(connection, key, &request, Ok(outline.clone()), tag, now);
        let Some(session) = session.filter(|_| is_waiting) else { return };
        if self.respond(session, 487, "Request Terminated", &outline, None, now).is_ok() && self.drop_session(session).is_some() {
            self.events.push_back(AgentEvent::Cancelled { session, request: Box::new(request) });
        }
    }

    /// OPTIONS, NOTIFY, REGISTER and all others: by the rules, inside of a dialog only if it is there.
    pub(super) fn take_other(&mut self, connection: ConnectionId, key: ServerKey, request: SipMessage, now: Instant) {
        let answer = request.method().map(|method| self.config.rules.answer(method));
        let answer = match answer {
            None => return,
            Some(MethodAnswer::Refused(refusal)) => Err(refusal),
            Some(MethodAnswer::Ok) => {
                judge_extensions(&request, &self.config.supported).and_then(|()| self.check_dialog(&request)).map(|()| self.lines_of_ok())
            }
        };
        self.answer_once(connection, key, &request, answer, None, now);
    }

    fn check_dialog(&mut self, request: &SipMessage) -> Result<(), SipRefusal> {
        match DialogId::of_request(request) {
            Ok(Some(id)) if !self.dialogs.contains_key(&id) => Err(SipRefusal::no_such_call()),
            _ => Ok(()),
        }
    }

    /// What a 200 says beside the standard lines: what is allowed, accepted and supported (RFC 3261 §11.2).
    fn lines_of_ok(&self) -> Outline {
        let mut outline = self.config.lines.response.clone();
        let known = [
            (HeaderName::Allow, self.config.rules.allow()),
            (HeaderName::Accept, "application/sdp".to_owned()),
            (HeaderName::Supported, self.config.supported.join(", ")),
        ];
        for (name, value) in known {
            if !value.is_empty() && !outline.has_fixed(name) {
                outline = outline.fixed(name.as_str(), &value);
            }
        }
        outline
    }

    /// The ACK of a 2xx.
    pub(super) fn take_ack(&mut self, request: &SipMessage, now: Instant) {
        let id = DialogId::of_request(request).ok().flatten();
        if let Some(session) = id.and_then(|id| self.dialogs.get(&id).copied()) {
            self.acknowledged(session, now);
        }
    }

    pub(super) fn transaction_acknowledged(&mut self, session: SipSession, news: ServerNews, now: Instant) {
        if news == ServerNews::AckOfSuccess {
            self.acknowledged(session, now);
        }
    }

    fn acknowledged(&mut self, session: SipSession, now: Instant) {
        let Some(found) = self.sessions.get_mut(&session) else { return };
        let Stage::Answered(waiting) = &mut found.stage else { return };
        let then_bye = waiting.then_bye.take();
        found.stage = Stage::Talking { ack: None };
        self.refile(session);
        self.events.push_back(AgentEvent::Acknowledged { session });
        if let Some(outline) = then_bye {
            self.leave(session, &outline, Leave::Asked, now);
        }
    }

    /// A 2xx is sent again, or was long enough; or a CANCEL came to nothing.
    pub(super) fn session_is_due(&mut self, session: SipSession, at: Instant) {
        let t2 = self.config.timers.t2;
        let Some(found) = self.sessions.get_mut(&session) else { return };
        match &mut found.stage {
            Stage::Calling(_) => self.cancel_is_due(session),
            Stage::Answered(waiting) if waiting.until <= at => {
                let outline = waiting.then_bye.take().unwrap_or_else(|| self.config.lines.bye.clone());
                self.leave(session, &outline, Leave::NoAck, at);
            }
            Stage::Answered(waiting) => {
                waiting.interval = (waiting.interval * 2).min(t2);
                waiting.again = at + waiting.interval.max(std::time::Duration::from_millis(1));
                let (to, bytes) = (waiting.to.clone(), waiting.bytes.clone());
                self.transmit(to, bytes);
            }
            Stage::Invited(_) | Stage::Talking { .. } | Stage::Leaving { .. } => {}
        }
    }
}

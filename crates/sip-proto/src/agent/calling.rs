//! Our INVITE, from sending it to its final response.

use std::time::Instant;

use super::session::{Calling, Cancel, Leave, Session, Stage};
use super::{AgentEvent, AgentRefusal, ClientUse, NoResponse, SipSession, UserAgent};
use crate::dialog::{Dialog, DialogId};
use crate::digest::{AskedBy, DigestLogin};
use crate::judge::judge_request;
use crate::message::SipMessage;
use crate::method::SipMethod;
use crate::outline::{Outline, clean};
use crate::syntax::SyntaxFault;
use crate::transaction::ClientKey;
use crate::transaction::table::{ConnectionId, Destination};
use crate::uri::AnyUri;
use crate::write::{RequestParts, SipBody, cancel_of, credentials_of, new_branch};

/// A request outside of any dialog: an INVITE, or a question.
#[derive(Clone)]
pub struct OutgoingRequest {
    /// The Request-URI.
    pub uri: String,
    /// The value of From, without a tag.
    pub from: String,
    /// The tag of From; `None` for a UUID of chance.
    pub from_tag: Option<String>,
    /// The value of To.
    pub to: String,
    /// Call-ID, which nothing else may have.
    pub call_id: String,
    /// The order of its lines; an INVITE's has Contact.
    pub outline: Outline,
    /// The body: an INVITE's offer.
    pub body: Option<SipBody>,
    /// For a peer that asks for credentials with an INVITE.
    pub login: Option<DigestLogin>,
    /// Where it goes.
    pub destination: Destination,
}

/// Where it goes and how it looks; not whom it is about.
impl std::fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutgoingRequest(to {:?}, {:?}, {:?})", self.destination, self.outline, self.body)
    }
}

/// Credentials are sent once, and once more where only the nonce was too old.
const MAX_TRIES: u8 = 2;

impl UserAgent {
    /// Calls somebody.
    ///
    /// # Errors
    /// Too many are open, or what was given cannot be written; the outline needs a Contact.
    pub fn invite(&mut self, invitation: OutgoingRequest, now: Instant) -> Result<SipSession, AgentRefusal> {
        if self.sessions.len() >= self.config.sessions {
            return Err(AgentRefusal::Full);
        }
        super::check_contact(&invitation.outline)?;
        let tag = invitation.from_tag.unwrap_or_else(|| self.chance.uuid());
        let parts = RequestParts {
            method: SipMethod::Invite,
            uri: invitation.uri,
            via: self.config.via.clone(),
            branch: new_branch(&mut self.chance),
            max_forwards: self.config.max_forwards,
            from: format!("{};tag={}", clean(&invitation.from), clean(&tag)).into_bytes(),
            to: clean(&invitation.to).into_bytes(),
            call_id: clean(&invitation.call_id),
            cseq: self.chance.sequence(),
            routes: Vec::new(),
            credentials: Vec::new(),
        };
        AnyUri::parse(&parts.uri).map_err(AgentRefusal::Unwritable)?;
        let request = self.written(&parts, &invitation.outline, invitation.body.as_ref());
        crate::judge::judge_request(&request)
            .map_err(|_| AgentRefusal::Unwritable(SyntaxFault::new("INVITE", "it could not be read back")))?;
        let session = SipSession(self.next_session);
        let key =
            self.table.send_request(now, request, invitation.destination.clone(), self.config.is_reliable, ClientUse::Invite(session))?;
        let calling = Calling {
            key,
            parts,
            outline: invitation.outline,
            body: invitation.body,
            to: invitation.destination,
            tries: 0,
            cancel: Cancel::Not,
        };
        let stage = Stage::Calling(Box::new(calling));
        self.new_session(Session { stage, connection: None, dialog: None, login: invitation.login, filed: None });
        self.settle(now);
        Ok(session)
    }

    /// The parts of a request outside of any dialog, and the request: one that we could not read ourselves is not sent.
    pub(super) fn outside(&mut self, method: SipMethod, request: &OutgoingRequest) -> Result<(RequestParts, SipMessage), AgentRefusal> {
        let tag = request.from_tag.clone().unwrap_or_else(|| self.chance.uuid());
        AnyUri::parse(&request.uri).map_err(AgentRefusal::Unwritable)?;
        let parts = RequestParts {
            method,
            uri: request.uri.clone(),
            via: self.config.via.clone(),
            branch: new_branch(&mut self.chance),
            max_forwards: self.config.max_forwards,
            from: format!("{};tag={}", clean(&request.from), clean(&tag)).into_bytes(),
            to: clean(&request.to).into_bytes(),
            call_id: clean(&request.call_id),
            cseq: self.chance.sequence(),
            routes: Vec::new(),
            credentials: Vec::new(),
        };
        let written = self.written(&parts, &request.outline, request.body.as_ref());
        match judge_request(&written) {
            Ok(()) => Ok((parts, written)),
            Err(_) => Err(AgentRefusal::Unwritable(SyntaxFault::new("Request", "it could not be read back"))),
        }
    }

    /// Withdraws our INVITE: at once if a provisional response came, else as soon as one does. Then the session ends as rejected (487), or, if
    /// the peer answered meanwhile, as answered too late. `extra` are lines of the CANCEL, as `Reason`.
    ///
    /// # Errors
    /// There is no such session, or it has its final response.
    pub fn cancel(&mut self, session: SipSession, extra: &Outline, now: Instant) -> Result<(), AgentRefusal> {
        let found = self.sessions.get_mut(&session).ok_or(AgentRefusal::NoSuchSession)?;
        let Stage::Calling(calling) = &mut found.stage else { return Err(AgentRefusal::WrongStage) };
        if matches!(calling.cancel, Cancel::Not) {
            calling.cancel = Cancel::Wanted(extra.clone());
            self.send_cancel(session, now);
        }
        self.settle(now);
        Ok(())
    }

    /// Sends a CANCEL that is wanted and may go.
    fn send_cancel(&mut self, session: SipSession, now: Instant) {
        let Some(Stage::Calling(calling)) = self.sessions.get_mut(&session).map(|found| &mut found.stage) else { return };
        let Cancel::Wanted(extra) = &calling.cancel else { return };
        if !self.table.is_proceeding(&calling.key) {
            return;
        }
        let Some((invite, to)) = self.table.client_request(&calling.key) else { return };
        let to = to.clone();
        let Some(bytes) = cancel_of(invite, self.config.max_forwards, extra) else { return };
        calling.cancel = Cancel::Sent { until: now + self.config.timers.patience() };
        // A full table must not keep a CANCEL: it goes out without being repeated, which over a stream it never is.
        let request = SipMessage::from_datagram(&bytes);
        if self.table.send_request(now, request, to.clone(), self.config.is_reliable, ClientUse::Aside).is_err() {
            self.transmit(to, bytes);
        }
        self.refile(session);
    }

    pub(super) fn written(&mut self, parts: &RequestParts, outline: &Outline, body: Option<&SipBody>) -> SipMessage {
        SipMessage::from_datagram(&parts.write(outline, &mut self.chance, body))
    }

    pub(super) fn take_invite_response(
        &mut self,
        session: SipSession,
        key: &ClientKey,
        response: SipMessage,
        connection: Option<ConnectionId>,
        now: Instant,
    ) {
        let code = response.status().unwrap_or_default();
        let is_calling =
            matches!(self.sessions.get(&session).map(|found| &found.stage), Some(Stage::Calling(calling)) if calling.key == *key);
        match code {
            ..=199 if is_calling => {
                self.send_cancel(session, now);
                self.events.push_back(AgentEvent::Provisional { session, response: Box::new(response) });
            }
            200..=299 if is_calling => self.take_answer(session, key, response, connection, now),
            200..=299 => self.take_further_answer(session, key, &response, connection, now),
            300.. if is_calling => self.take_refusal(session, response, now),
            _ => {}
        }
    }

    fn take_refusal(&mut self, session: SipSession, response: SipMessage, now: Instant) {
        if !self.try_again(session, &response, now) && self.drop_session(session).is_some() {
            self.events.push_back(AgentEvent::Rejected { session, response: Box::new(response) });
        }
    }

    /// Sends the INVITE again with credentials, where it was challenged for them and that may help.
    fn try_again(&mut self, session: SipSession, response: &SipMessage, now: Instant) -> bool {
        let Some(asked_by) = response.status().and_then(AskedBy::of_code) else { return false };
        let Some(found) = self.sessions.get_mut(&session) else { return false };
        let (Stage::Calling(calling), Some(login)) = (&mut found.stage, &mut found.login) else { return false };
        if !matches!(calling.cancel, Cancel::Not) || calling.tries >= MAX_TRIES {
            return false;
        }
        let (lines, is_stale) = login.answer(response, SipMethod::Invite.as_str(), &calling.parts.uri, &mut self.chance);
        let was_answered = calling.parts.credentials.iter().any(|(name, _)| *name == asked_by.answer_header());
        if lines.is_empty() || was_answered && !is_stale {
            return false;
        }
        calling.parts.credentials.retain(|(name, _)| *name != asked_by.answer_header());
        calling.parts.credentials.extend(lines);
        calling.parts.cseq += 1;
        calling.parts.branch = new_branch(&mut self.chance);
        calling.tries += 1;
        let request = SipMessage::from_datagram(&calling.parts.write(&calling.outline, &mut self.chance, calling.body.as_ref()));
        let to = calling.to.clone();
        let Ok(key) = self.table.send_request(now, request, to, self.config.is_reliable, ClientUse::Invite(session)) else { return false };
        calling.key = key;
        true
    }

    fn take_answer(&mut self, session: SipSession, key: &ClientKey, response: SipMessage, connection: Option<ConnectionId>, now: Instant) {
        let Some((dialog, ack)) = self.acknowledge(key, &response, connection) else {
            self.drop_session(session);
            return self.events.push_back(AgentEvent::Unanswered { session, why: NoResponse::TransportFailed });
        };
        let Some(found) = self.sessions.get_mut(&session) else { return };
        let was_cancelled = matches!(&found.stage, Stage::Calling(calling) if !matches!(calling.cancel, Cancel::Not));
        self.dialogs.insert(dialog.id().clone(), session);
        found.dialog = Some(dialog);
        found.connection = connection;
        found.stage = Stage::Talking { ack: Some(ack) };
        self.refile(session);
        if was_cancelled {
            let outline = self.config.lines.bye.clone();
            self.leave(session, &outline, Leave::AnsweredTooLate, now);
        } else {
            self.events.push_back(AgentEvent::Answered { session, response: Box::new(response) });
        }
    }

    /// The dialog of a 2xx, and the ACK that was sent for it.
    fn acknowledge(&mut self, key: &ClientKey, response: &SipMessage, connection: Option<ConnectionId>) -> Option<(Dialog, Vec<u8>)> {
        let (invite, sent_to) = self.table.client_request(key)?;
        let here = connection.and_then(|connection| self.here(connection));
        let number = invite.cseq().ok()?.number;
        let mut dialog = Dialog::of_client(invite, response, &self.config.own_routes, here).ok()?;
        let to = connection.map_or_else(|| sent_to.clone(), Destination::Connection);
        let branch = new_branch(&mut self.chance);
        let mut parts = dialog.request(SipMethod::Ack, Some(number), self.config.via.clone(), branch, self.config.max_forwards);
        parts.credentials = credentials_of(invite);
        let ack = parts.write(&self.config.lines.ack, &mut self.chance, None);
        self.transmit(to, ack.clone());
        Some((dialog, ack))
    }

    /// A 2xx that is not the first: the same again is acknowledged again, one of another branch is acknowledged and ended (RFC 3261 §13.2.2.4).
    fn take_further_answer(
        &mut self,
        session: SipSession,
        key: &ClientKey,
        response: &SipMessage,
        connection: Option<ConnectionId>,
        now: Instant,
    ) {
        let id = DialogId::of_response(response).ok();
        if id.as_ref().and_then(|id| self.dialogs.get(id)) == Some(&session) {
            return self.acknowledge_again(session);
        }
        let Some((mut dialog, _)) = self.acknowledge(key, response, connection) else { return };
        let to = connection.map(Destination::Connection).or_else(|| dialog.destination());
        let parts = dialog.request(SipMethod::Bye, None, self.config.via.clone(), new_branch(&mut self.chance), self.config.max_forwards);
        let outline = self.config.lines.bye.clone();
        let bye = self.written(&parts, &outline, None);
        if let Some(to) = to {
            // Where the table is full this BYE is not sent: the peer gives up by itself.
            let _ = self.table.send_request(now, bye, to, self.config.is_reliable, ClientUse::Aside);
        }
    }

    /// A response that belongs to no transaction: a 2xx whose transaction is over is acknowledged as long as its dialog is there.
    pub(super) fn take_stray_response(&mut self, response: SipMessage) {
        let is_answer = response.status().is_some_and(|code| (200..300).contains(&code))
            && response.cseq().is_ok_and(|cseq| cseq.method == SipMethod::Invite);
        let session = DialogId::of_response(&response).ok().and_then(|id| self.dialogs.get(&id).copied());
        if let Some(session) = session.filter(|_| is_answer) {
            self.acknowledge_again(session);
        }
    }

    fn acknowledge_again(&mut self, session: SipSession) {
        let Some(found) = self.sessions.get(&session) else { return };
        let (Stage::Talking { ack } | Stage::Leaving { ack, .. }) = &found.stage else { return };
        if let (Some(ack), Some(to)) = (ack.clone(), found.destination()) {
            self.transmit(to, ack);
        }
    }

    /// A CANCEL was sent, and no final response came.
    pub(super) fn cancel_is_due(&mut self, session: SipSession) {
        if let Some(Stage::Calling(calling)) = self.drop_session(session).map(|found| found.stage) {
            self.table.forget_client(&calling.key);
            self.events.push_back(AgentEvent::Unanswered { session, why: NoResponse::TimedOut });
        }
    }
}

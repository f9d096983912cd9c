//! The peer's INVITE, from its arrival to our final response.

use std::time::Instant;

use super::session::{Invited, Session, Stage, Unacknowledged};
use super::{AgentEvent, AgentRefusal, SipSession, UserAgent};
use crate::dialog::Dialog;
use crate::digest::{DigestLogin, DigestOutcome};
use crate::judge::{judge_content, judge_extensions};
use crate::message::SipMessage;
use crate::outline::Outline;
use crate::refusal::SipRefusal;
use crate::transaction::ServerKey;
use crate::transaction::table::{ConnectionId, Destination};
use crate::uri::AnyUri;
use crate::write::{ResponseParts, SipBody, write_response};

impl UserAgent {
    /// The order: where to (404), who (401 or 407), what (416, 420, 415, 406), how many (503).
    pub(super) fn take_invite(&mut self, connection: ConnectionId, key: ServerKey, request: SipMessage, now: Instant) {
        if !self.is_for_us(&request) {
            return self.refuse_aside(connection, &request, &SipRefusal::new(404, "Not found"));
        }
        match self.guard.as_ref().map(|guard| guard.find(&request).map(|credentials| guard.is_fresh(now, &credentials))) {
            Some(Err(_)) => return self.challenge_aside(connection, &request, false, now),
            Some(Ok(false)) => return self.challenge_aside(connection, &request, true, now),
            Some(Ok(true)) | None => {}
        }
        let supported = &self.config.supported;
        if let Err(refusal) = judge_extensions(&request, supported).and_then(|()| judge_content(&request)) {
            return self.refuse_aside(connection, &request, &refusal);
        }
        let tag = self.chance.uuid();
        let number = self.chance.sequence();
        let here = self.here(connection);
        let Ok(dialog) = Dialog::of_server(&request, &tag, number, &self.config.own_routes, here) else { return };
        let session = SipSession(self.next_session);
        let to = Destination::Connection(connection);
        let is_full = self.sessions.len() >= self.config.sessions
            || self.table.open_server(now, key.clone(), &request, to, self.config.is_reliable, Some(session)).is_err();
        if is_full {
            return self.refuse_aside(connection, &request, &SipRefusal::overloaded(5));
        }
        self.dialogs.insert(dialog.id().clone(), session);
        let stage = Stage::Invited(Box::new(Invited { key, request: request.clone(), tag, is_trusted: self.guard.is_none() }));
        self.new_session(Session { stage, connection: Some(connection), dialog: Some(dialog), login: None, filed: None });
        if self.guard.is_none() {
            self.send_trying(session, now);
        }
        self.events.push_back(AgentEvent::Invited { session, connection, request: Box::new(request) });
    }

    fn is_for_us(&self, request: &SipMessage) -> bool {
        let Some(domain) = &self.config.domain else { return true };
        match AnyUri::parse(&request.request_uri().unwrap_or_default()) {
            Ok(AnyUri::Sip(uri)) => !uri.is_secure && uri.host.eq_ignore_ascii_case(domain),
            Ok(AnyUri::Tel(_) | AnyUri::Other(_)) => true, // 416 in its turn
            Err(_) => false,
        }
    }

    /// 401 or 407, without a transaction.
    fn challenge_aside(&mut self, connection: ConnectionId, request: &SipMessage, is_stale: bool, now: Instant) {
        let Some((code, phrase, outline)) = self.challenge(is_stale, now) else { return };
        self.answer_aside(connection, request, code, phrase, &outline);
    }

    fn challenge(&mut self, is_stale: bool, now: Instant) -> Option<(u16, &'static str, Outline)> {
        let (asked_by, _) = self.config.guard.as_ref()?;
        let (code, header) = (asked_by.code(), asked_by.challenge_header());
        let phrase = if code == 401 { "Unauthorized" } else { "Proxy Authentication Required" };
        let challenges = self.guard.as_mut()?.challenges(now, is_stale);
        let outline =
            challenges.iter().fold(self.config.lines.challenge.clone(), |outline, one| outline.fixed(header.as_str(), &one.to_string()));
        Some((code, phrase, outline))
    }

    /// Checks the credentials of a peer's INVITE against an account. If they are right, a 100 goes out. If the peer must be asked again (too old
    /// a nonce, another algorithm), it is, and the session is over. If they are wrong, the caller rejects in its words.
    ///
    /// # Errors
    /// There is no such session, it is beyond that, or the agent asks nobody.
    pub fn authenticate(
        &mut self,
        session: SipSession,
        username: &str,
        password: &str,
        now: Instant,
    ) -> Result<DigestOutcome, AgentRefusal> {
        let found = self.sessions.get_mut(&session).ok_or(AgentRefusal::NoSuchSession)?;
        let (Stage::Invited(invited), Some(guard)) = (&mut found.stage, &mut self.guard) else { return Err(AgentRefusal::WrongStage) };
        if invited.is_trusted {
            return Ok(DigestOutcome::Accepted); // asked once more: the same credentials would be a repeat
        }
        let outcome = guard.check(now, &invited.request, username, password);
        invited.is_trusted = outcome == DigestOutcome::Accepted;
        match outcome {
            DigestOutcome::Accepted => self.send_trying(session, now),
            DigestOutcome::WrongDigest | DigestOutcome::WrongUri => {}
            DigestOutcome::Stale | DigestOutcome::NoCredentials | DigestOutcome::UnknownRealm | DigestOutcome::UnknownAlgorithm => {
                if let Some((code, phrase, outline)) = self.challenge(outcome == DigestOutcome::Stale, now) {
                    self.respond(session, code, phrase, &outline, None, now)?;
                    self.drop_refused(session);
                }
            }
        }
        self.settle(now);
        Ok(outcome)
    }

    pub(super) fn send_trying(&mut self, session: SipSession, now: Instant) {
        let Some((Stage::Invited(invited), connection)) = self.sessions.get(&session).map(|found| (&found.stage, found.connection)) else {
            return;
        };
        let bytes = self.write(connection, &invited.request, 100, "Trying", None, &self.config.lines.trying);
        let key = invited.key.clone();
        self.table.respond(now, &key, 100, bytes);
    }

    /// Sends a provisional response, as 180.
    ///
    /// # Errors
    /// There is no such session, or it has its final response.
    pub fn progress(
        &mut self,
        session: SipSession,
        code: u16,
        phrase: &str,
        outline: &Outline,
        body: Option<&SipBody>,
        now: Instant,
    ) -> Result<(), AgentRefusal> {
        self.respond(session, code.clamp(101, 199), phrase, outline, body, now)?;
        self.settle(now);
        Ok(())
    }

    /// Answers with 200, repeated until its ACK comes. `login` is for a peer that challenges our BYE.
    ///
    /// # Errors
    /// There is no such session, it has its final response, or the outline has no Contact.
    pub fn answer(
        &mut self,
        session: SipSession,
        outline: &Outline,
        body: Option<&SipBody>,
        login: Option<DigestLogin>,
        now: Instant,
    ) -> Result<(), AgentRefusal> {
        super::check_contact(outline)?;
        let found = self.sessions.get(&session).ok_or(AgentRefusal::NoSuchSession)?;
        let Stage::Invited(invited) = &found.stage else { return Err(AgentRefusal::WrongStage) };
        let of_via = Destination::of_via(&invited.request);
        let to = found.connection.map(Destination::Connection).or_else(|| of_via.clone()).ok_or(AgentRefusal::WrongStage)?;
        let bytes = self.respond(session, 200, "OK", outline, body, now)?;
        let timers = self.config.timers;
        let found = self.sessions.get_mut(&session).ok_or(AgentRefusal::NoSuchSession)?;
        found.stage = Stage::Answered(Box::new(Unacknowledged {
            bytes,
            instead: of_via.unwrap_or_else(|| to.clone()),
            to,
            again: now + timers.t1,
            interval: timers.t1,
            until: now + timers.patience(),
            then_bye: None,
        }));
        found.login = login;
        if let Some(dialog) = &mut found.dialog {
            dialog.confirm();
        }
        self.refile(session);
        self.settle(now);
        Ok(())
    }

    /// Refuses the peer's INVITE. The session is over.
    ///
    /// # Errors
    /// There is no such session, or it has its final response.
    pub fn reject(&mut self, session: SipSession, refusal: &SipRefusal, outline: &Outline, now: Instant) -> Result<(), AgentRefusal> {
        let outline = refusal.outline(outline, &self.config.warning_agent);
        self.respond(session, refusal.code.clamp(300, 699), &refusal.phrase, &outline, None, now)?;
        self.drop_refused(session);
        self.settle(now);
        Ok(())
    }

    /// Takes out a session whose INVITE was refused. Of a peer that showed no password not even the transaction stays, which would wait for its
    /// ACK; over datagrams it must, for a response that is lost.
    fn drop_refused(&mut self, session: SipSession) {
        if let Some(Stage::Invited(invited)) = self.drop_session(session).map(|found| found.stage)
            && !invited.is_trusted
            && self.config.is_reliable
        {
            self.table.forget_server(&invited.key);
        }
    }

    /// Responds to the session's INVITE, and gives the bytes back.
    pub(super) fn respond(
        &mut self,
        session: SipSession,
        code: u16,
        phrase: &str,
        outline: &Outline,
        body: Option<&SipBody>,
        now: Instant,
    ) -> Result<Vec<u8>, AgentRefusal> {
        let found = self.sessions.get(&session).ok_or(AgentRefusal::NoSuchSession)?;
        let Stage::Invited(invited) = &found.stage else { return Err(AgentRefusal::WrongStage) };
        let source = found.connection.and_then(|connection| self.source_of(connection));
        let parts = ResponseParts { code, phrase, tag: Some(&invited.tag), source };
        let bytes = write_response(&invited.request, parts, outline, body);
        let key = invited.key.clone();
        if self.table.respond(now, &key, code, bytes.clone()) { Ok(bytes) } else { Err(AgentRefusal::WrongStage) }
    }
}

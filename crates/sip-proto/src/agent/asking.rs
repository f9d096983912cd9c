//! Requests of ours that are no call: OPTIONS to see who answers, and what tests and tools send inside of a dialog.

use std::time::Instant;

use super::{AgentEvent, AgentRefusal, ClientUse, OutgoingRequest, SipQuestion, SipSession, UserAgent};
use crate::message::SipMessage;
use crate::method::SipMethod;
use crate::outline::Outline;
use crate::transaction::table::{ConnectionId, Destination};
use crate::write::{SipBody, new_branch};

impl UserAgent {
    /// Sends a request outside of any dialog, once; a challenge is an answer like any other. INVITEs are [`UserAgent::invite`]'s.
    ///
    /// # Errors
    /// Too much is open, what was given cannot be written, or it is an INVITE, an ACK or a CANCEL.
    pub fn ask(&mut self, method: SipMethod, request: &OutgoingRequest, now: Instant) -> Result<SipQuestion, AgentRefusal> {
        if matches!(method, SipMethod::Invite | SipMethod::Ack | SipMethod::Cancel) {
            return Err(AgentRefusal::WrongStage);
        }
        let (_, written) = self.outside(method, request)?;
        self.send_question(written, request.destination.clone(), None, now)
    }

    /// Sends a request inside of a session's dialog: a re-INVITE, UPDATE or INFO of a business that is played. Its body may be an offer.
    ///
    /// # Errors
    /// There is no such session, it has no dialog yet, too much is open, or it is an ACK, a CANCEL or a BYE.
    pub fn ask_inside(
        &mut self,
        session: SipSession,
        method: SipMethod,
        outline: &Outline,
        body: Option<&SipBody>,
        now: Instant,
    ) -> Result<SipQuestion, AgentRefusal> {
        if matches!(method, SipMethod::Bye | SipMethod::Ack | SipMethod::Cancel) {
            return Err(AgentRefusal::WrongStage);
        }
        let branch = new_branch(&mut self.chance);
        let found = self.sessions.get_mut(&session).ok_or(AgentRefusal::NoSuchSession)?;
        let to = found.destination().ok_or(AgentRefusal::WrongStage)?;
        let dialog = found.dialog.as_mut().filter(|dialog| dialog.is_confirmed()).ok_or(AgentRefusal::WrongStage)?;
        let parts = dialog.request(method, None, self.config.via.clone(), branch, self.config.max_forwards);
        let written = self.written(&parts, outline, body);
        self.send_question(written, to, Some(session), now)
    }

    /// A ping of two CRLFs (RFC 5626 §3.5.1). What comes back is one CRLF, which is no event.
    pub fn ping(&mut self, connection: ConnectionId) {
        self.transmit(Destination::Connection(connection), b"\r\n\r\n".to_vec());
    }

    fn send_question(
        &mut self,
        request: SipMessage,
        to: Destination,
        session: Option<SipSession>,
        now: Instant,
    ) -> Result<SipQuestion, AgentRefusal> {
        let question = SipQuestion(self.next_question);
        self.table.send_request(now, request, to, self.config.is_reliable, ClientUse::Question(question, session))?;
        self.next_question += 1;
        self.questions.insert(question);
        self.settle(now);
        Ok(question)
    }

    /// A response to a question; the 2xx of a re-INVITE is acknowledged.
    pub(super) fn take_reply(&mut self, question: SipQuestion, session: Option<SipSession>, response: SipMessage) {
        let code = response.status().unwrap_or_default();
        if code < 200 {
            return;
        }
        if code < 300
            && let Ok(cseq) = response.cseq()
            && cseq.method == SipMethod::Invite
        {
            self.acknowledge_inside(session, cseq.number, &response);
        }
        self.replied(question, Some(response));
    }

    /// Tells the first final response; a 2xx to a re-INVITE may come again.
    pub(super) fn replied(&mut self, question: SipQuestion, response: Option<SipMessage>) {
        if self.questions.remove(&question) {
            self.events.push_back(AgentEvent::Replied { question, response: response.map(Box::new) });
        }
    }

    fn acknowledge_inside(&mut self, session: Option<SipSession>, number: u32, response: &SipMessage) {
        let branch = new_branch(&mut self.chance);
        let Some(found) = session.and_then(|session| self.sessions.get_mut(&session)) else { return };
        let to = found.destination();
        let (Some(dialog), Some(to)) = (&mut found.dialog, to) else { return };
        dialog.refresh_target(response);
        let parts = dialog.request(SipMethod::Ack, Some(number), self.config.via.clone(), branch, self.config.max_forwards);
        let ack = parts.write(&self.config.lines.ack, &mut self.chance, None);
        self.transmit(to, ack);
    }
}

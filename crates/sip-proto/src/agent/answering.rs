//! Sending, and answers that belong to no session.

use std::net::SocketAddr;
use std::time::Instant;

use super::{AgentEvent, Transmit, UserAgent};
use crate::framing::FramingFault;
use crate::judge::can_be_answered;
use crate::message::SipMessage;
use crate::outline::Outline;
use crate::refusal::SipRefusal;
use crate::syntax::is_token;
use crate::transaction::table::{ConnectionId, Destination};
use crate::transaction::{ClientKey, ServerKey};
use crate::write::{ResponseParts, write_response};

impl UserAgent {
    /// Sends, unless the connection is gone; then whoever waits for the answer is told.
    pub(super) fn send(&mut self, to: Destination, bytes: Vec<u8>, client: Option<ClientKey>) {
        if let Destination::Connection(connection) = &to
            && !self.connections.contains_key(connection)
        {
            if let Some(client) = client {
                self.table.transport_failed(&client);
            }
            return;
        }
        self.transmits.push_back(Transmit { to, bytes, client });
    }

    pub(super) fn transmit(&mut self, to: Destination, bytes: Vec<u8>) {
        self.send(to, bytes, None);
    }

    pub(super) fn source_of(&self, connection: ConnectionId) -> Option<SocketAddr> {
        self.connections.get(&connection).filter(|_| self.config.notes_source).map(|open| open.there)
    }

    pub(super) fn here(&self, connection: ConnectionId) -> Option<SocketAddr> {
        self.connections.get(&connection).and_then(|open| open.here)
    }

    /// The response to a request, written.
    pub(super) fn write(
        &self,
        connection: Option<ConnectionId>,
        request: &SipMessage,
        code: u16,
        phrase: &str,
        tag: Option<&str>,
        outline: &Outline,
    ) -> Vec<u8> {
        let source = connection.and_then(|connection| self.source_of(connection));
        write_response(request, ResponseParts { code, phrase, tag, source }, outline, None)
    }

    /// Refuses without a transaction.
    pub(super) fn refuse_aside(&mut self, connection: ConnectionId, request: &SipMessage, refusal: &SipRefusal) {
        let outline = refusal.outline(&self.config.lines.response, &self.config.warning_agent);
        self.answer_aside(connection, request, refusal.code, &refusal.phrase, &outline);
    }

    pub(super) fn answer_aside(&mut self, connection: ConnectionId, request: &SipMessage, code: u16, phrase: &str, outline: &Outline) {
        let branch = request.top_via().ok().and_then(|via| via.proper_branch().map(str::to_owned));
        let tag = branch.filter(|branch| is_token(branch.as_bytes())).unwrap_or_else(|| self.chance.uuid());
        let bytes = self.write(Some(connection), request, code, phrase, Some(&tag), outline);
        self.transmit(Destination::Connection(connection), bytes);
        self.events.push_back(AgentEvent::Served { connection, request: Box::new(request.clone()), code });
    }

    /// Answers a request in a transaction of its own. `Ok` is a 200 with these lines; the tag is for a To that has none.
    pub(super) fn answer_once(
        &mut self,
        connection: ConnectionId,
        key: ServerKey,
        request: &SipMessage,
        answer: Result<Outline, SipRefusal>,
        tag: Option<String>,
        now: Instant,
    ) {
        let (code, phrase, outline) = match answer {
            Ok(outline) => (200, "OK".to_owned(), outline),
            Err(refusal) => {
                (refusal.code, refusal.phrase.clone(), refusal.outline(&self.config.lines.response, &self.config.warning_agent))
            }
        };
        let to = Destination::Connection(connection);
        if self.table.open_server(now, key.clone(), request, to, self.config.is_reliable, None).is_err() {
            return self.refuse_aside(connection, request, &SipRefusal::overloaded(5));
        }
        let tag = tag.unwrap_or_else(|| self.chance.uuid());
        let bytes = self.write(Some(connection), request, code, &phrase, Some(&tag), &outline);
        self.table.respond(now, &key, code, bytes);
        self.events.push_back(AgentEvent::Served { connection, request: Box::new(request.clone()), code });
    }

    /// Says why a stream is over, where that can be said.
    pub(super) fn refuse_frame(&mut self, connection: ConnectionId, fault: FramingFault, message: &SipMessage) {
        if can_be_answered(message) {
            let refusal = SipRefusal::new(fault.code(), phrase_of(fault.code())).warning(fault.to_string());
            self.refuse_aside(connection, message, &refusal);
        }
    }
}

fn phrase_of(code: u16) -> &'static str {
    match code {
        413 => "Request Entity Too Large",
        513 => "Message Too Large",
        _ => "Bad Request",
    }
}

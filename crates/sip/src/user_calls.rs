//! A user calls: the business's server is looked up and reached, gets an INVITE, and says what comes of it.

use std::time::Instant;

use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_engine::journal::Fact;
use callport_engine::ports::Notice;
use callport_engine::records::{CallLine, SipServerRecord};
use callport_sip_proto::agent::{AgentRefusal, NoResponse, OutgoingRequest, SipSession};
use callport_sip_proto::transaction::table::{ConnectionId, Destination};
use callport_sip_proto::{DigestLogin, DigestUri, Outline, SipBody, SipMessage};

use crate::calls::Deed;
use crate::edge::{Edge, Report};
use crate::lines::{CallFacts, Lines};

impl Edge {
    /// The engine placed a user's call.
    pub(crate) fn user_calls(&mut self, connect: Notice) {
        let Notice::Connect { parties, call, sdp, cta_payload, deeplink_payload, line, .. } = connect else { return };
        let CallLine::Sip { app, .. } = line else { return };
        let number = parties.number_id.clone();
        let facts = CallFacts { parties, wacid: call.as_str().to_owned(), cta_payload, deeplink_payload };
        self.new_call(call.clone(), Direction::UserInitiated, facts, sdp);
        let (engine, reports) = (self.engine.clone(), self.reports.clone());
        self.beside.spawn(async move {
            let found = match engine.store().sip_servers(&number).await {
                Ok(servers) => servers.into_iter().find(|server| server.app == app),
                Err(fault) => {
                    tracing::error!(call = call.short(), %fault, "the SIP server of a call could not be looked up");
                    None
                }
            };
            let _ = reports.send(Report::Server(call, found.map(Box::new))).await; // the edge has stopped
        });
    }

    /// The server is known: it is called over a connection that is there, or one that is opened for it.
    pub(crate) fn dial(&mut self, call: CallId, server: Option<SipServerRecord>) {
        let Some(known) = self.calls.get_mut(&call) else { return }; // the user hung up meanwhile
        let Some(server) = server else { return known.ask(Deed::Fail(EndReason::BusinessUnreachable)) };
        let target = (server.target.host.as_str().to_owned(), server.target.port);
        known.server = Some(server);
        if let Some(connection) = self.connections.to(&target) {
            return self.invite(&call, connection);
        }
        let waiting = self.opening.entry(target.clone()).or_default();
        waiting.push(call);
        if waiting.len() == 1 && !self.parked.contains_key(&target) {
            self.open(target);
        }
    }

    /// A connection to a server is open.
    pub(crate) fn reached(&mut self, target: &(String, u16), connection: ConnectionId) {
        for call in self.opening.remove(target).unwrap_or_default() {
            self.invite(&call, connection);
        }
    }

    /// It could not be opened: no INVITE reaches the business, and its users' calls end at once.
    pub(crate) fn not_reached(&mut self, target: &(String, u16), why: &str) {
        let (host, port) = target;
        tracing::warn!(host, port, why, "a SIP server of a business could not be reached");
        for call in self.opening.remove(target).unwrap_or_default() {
            if let Some(known) = self.calls.get(&call) {
                known.ask(Deed::Note(Fact::SipServerFailed { says: format!("no INVITE reached it: {why}") }));
                known.ask(Deed::Fail(EndReason::BusinessUnreachable));
            }
        }
    }

    fn invite(&mut self, call: &CallId, connection: ConnectionId) {
        let Some(known) = self.calls.get(call) else { return };
        let Some(server) = &known.server else { return };
        let business = known.facts.parties.number.digits();
        let dialog = format!("outgoing:{}", known.facts.wacid);
        let invitation = OutgoingRequest {
            uri: Lines::request_uri(business, &server.target),
            from: self.lines.from(&known.facts),
            from_tag: None,
            to: Lines::to(business, &server.target),
            call_id: dialog.clone(),
            outline: self.lines.invite(&known.facts),
            body: Some(SipBody::sdp(known.sdp.as_bytes())),
            login: Some(DigestLogin::new(business, &*server.password, DigestUri::WithoutParameters)),
            destination: Destination::Connection(connection),
        };
        self.traces.know(&dialog, call);
        let invited = self.agent.invite(invitation, Instant::now());
        let Some(known) = self.calls.get_mut(call) else { return };
        match invited {
            Ok(session) => {
                known.session = Some(session);
                self.sessions.insert(session, call.clone());
            }
            Err(why) => {
                tracing::error!(call = call.short(), %why, "an INVITE could not be sent");
                known.ask(Deed::Fail(EndReason::PlatformFault));
            }
        }
    }

    pub(crate) fn server_rings(&mut self, session: SipSession, response: &SipMessage) {
        let rings = response.status().is_some_and(|status| status >= 180);
        if let Some(known) = self.call_of(session).filter(|_| rings) {
            known.ask(Deed::Ring);
        }
    }

    pub(crate) fn server_answered(&mut self, session: SipSession, response: &SipMessage) {
        let Some(known) = self.call_of(session) else { return };
        known.answered = true;
        match response.sdp() {
            Some(sdp) => known.ask(Deed::Accept(String::from_utf8_lossy(sdp).into_owned())),
            None => known.ask(Deed::Fail(EndReason::AnswerRefused)),
        }
    }

    /// Credentials that the server does not take are a server that cannot be reached; every other refusal is the business's word.
    pub(crate) fn server_refused(&mut self, session: SipSession, response: &SipMessage) {
        let status = response.status().unwrap_or_default();
        let Some(call) = self.sessions.remove(&session) else { return };
        let Some(known) = self.calls.get_mut(&call) else { return };
        known.session = None;
        match status {
            401 | 407 => {
                tracing::warn!(call = call.short(), status, "the SIP server of a business does not take the password of its number");
                let says = "it does not take the password of the number (sip_user_password)".to_owned();
                known.ask(Deed::Note(Fact::SipServerFailed { says }));
                known.ask(Deed::Fail(EndReason::BusinessUnreachable));
            }
            _ => known.ask(Deed::Reject),
        }
    }

    pub(crate) fn server_silent(&mut self, session: SipSession, why: NoResponse) {
        let Some(call) = self.sessions.remove(&session) else { return };
        let Some(known) = self.calls.get_mut(&call) else { return };
        known.session = None;
        tracing::warn!(call = call.short(), ?why, "the SIP server of a business did not answer an INVITE");
        known.ask(Deed::Note(Fact::SipServerFailed { says: "no answer came to the INVITE".to_owned() }));
        known.ask(Deed::Fail(EndReason::BusinessUnreachable));
    }

    /// A call that the business has not taken is withdrawn (`CANCEL`).
    pub(crate) fn withdraw(&mut self, session: SipSession, reason: EndReason, now: Instant) -> Result<(), AgentRefusal> {
        let why = match reason {
            EndReason::NotAnswered => Outline::new().fixed("Reason", "Q.850;cause=19;text=\"NO_ANSWER\""),
            _ => Outline::new(),
        };
        self.agent.cancel(session, &why, now)
    }
}

//! A user agent: calls made and taken over connections that somebody else owns, without knowing RFC 3261.
//!
//! **In**: bytes and ends of connections, commands ([`UserAgent::invite`], [`UserAgent::answer`], [`UserAgent::reject`], [`UserAgent::cancel`],
//! [`UserAgent::bye`]), and moments. **Out**: [`UserAgent::poll_transmit`], [`UserAgent::poll_event`], and [`UserAgent::next_deadline`].
//! After each call in, poll both until they are empty.
//!
//! **By itself** it acknowledges, answers CANCEL and BYE, repeats a 2xx until its ACK comes, ends what was answered twice or too late, answers
//! challenges to its INVITE and BYE, challenges INVITEs, and answers what is no call by its [`MethodRules`].
//!
//! **Before a peer has shown credentials** nothing is kept of it: challenges and refusals go out without a transaction, with a To tag made of the
//! branch, so that a retransmission gets the same and the ACK finds nobody.
//!
//! **Requests inside of a dialog go** over the connection that the peer used last, else to the first route, else to the peer's Contact. Behind TLS
//! a Contact is often an address of a private network, while the connection is there.

mod answering;
mod asking;
mod calling;
mod config;
mod event;
mod inside;
mod invited;
mod policy;
mod session;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

pub use calling::OutgoingRequest;
pub use config::{AgentConfig, StandardLines};
pub use event::{AgentEvent, CloseReason, NoResponse, SipEnding, SipQuestion, SipSession, Transmit};
pub use policy::{MethodAnswer, MethodRules};
use session::{Session, Stage};

use crate::chance::Chance;
use crate::dialog::DialogId;
use crate::digest::DigestGuard;
use crate::framing::{Framed, SipFramer};
use crate::judge::{Unusable, judge_request, judge_response};
use crate::message::SipMessage;
use crate::method::{HeaderName, SipMethod};
use crate::outline::Outline;
use crate::refusal::SipRefusal;
use crate::syntax::SyntaxFault;
use crate::transaction::table::{Arrived, ConnectionId, Destination, TableFull, TableOutput, Transactions};
use crate::transaction::{ClientKey, ServerKey};

/// Which request of ours a response is for.
#[derive(Clone, Copy, Debug)]
enum ClientUse {
    Invite(SipSession),
    Bye(SipSession),
    Question(SipQuestion, Option<SipSession>),
    /// CANCEL, and the BYE of a fork.
    Aside,
}

/// The state of all calls.
pub struct UserAgent {
    config: AgentConfig,
    chance: Chance,
    guard: Option<DigestGuard>,
    connections: BTreeMap<ConnectionId, Connection>,
    table: Transactions<ClientUse, Option<SipSession>>,
    sessions: BTreeMap<SipSession, Session>,
    dialogs: BTreeMap<DialogId, SipSession>,
    deadlines: BTreeSet<(Instant, SipSession)>,
    /// Those without a final response.
    questions: BTreeSet<SipQuestion>,
    next_session: u64,
    next_question: u64,
    transmits: VecDeque<Transmit>,
    events: VecDeque<AgentEvent>,
}

struct Connection {
    framer: SipFramer,
    /// Our end, as far as it is known.
    here: Option<SocketAddr>,
    there: SocketAddr,
    noise: u32,
    /// Nothing more is read from it.
    is_closing: bool,
}

/// A command that does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AgentRefusal {
    /// The session is over, or was never there.
    #[error("there is no such session")]
    NoSuchSession,
    /// The session is not at the stage that the command is for.
    #[error("the session is not at that stage")]
    WrongStage,
    /// Too many sessions or transactions are open.
    #[error("too many sessions are open")]
    Full,
    /// The request could not be made of what was given.
    #[error("{0}")]
    Unwritable(SyntaxFault),
}

impl From<TableFull> for AgentRefusal {
    fn from(_: TableFull) -> AgentRefusal {
        AgentRefusal::Full
    }
}

impl UserAgent {
    /// With no connection. Tags, branches and nonces come of `seed`, which nobody else may know.
    pub fn new(config: AgentConfig, seed: [u8; 32], now: Instant) -> UserAgent {
        let mut chance = Chance::from_seed(seed);
        let guard = config.guard.clone().map(|(_, guard)| DigestGuard::new(guard, chance.bytes(), now));
        UserAgent {
            table: Transactions::new(config.timers, config.transaction_limits, config.max_forwards),
            config,
            chance,
            guard,
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            dialogs: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            questions: BTreeSet::new(),
            next_session: 1,
            next_question: 1,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// A connection is open, whoever opened it. `here` is our end as the peer reaches it, if it is known.
    pub fn connected(&mut self, connection: ConnectionId, here: Option<SocketAddr>, there: SocketAddr) {
        let framer = SipFramer::new(self.config.frame_limits);
        self.connections.insert(connection, Connection { framer, here, there, noise: 0, is_closing: false });
    }

    /// A connection is gone, or could not go on.
    pub fn lost(&mut self, connection: ConnectionId, now: Instant) {
        self.connections.remove(&connection);
        self.table.connection_lost(connection);
        for session in self.sessions.values_mut() {
            if session.connection == Some(connection) {
                session.connection = None;
            }
            if let Stage::Answered(waiting) = &mut session.stage
                && waiting.to == Destination::Connection(connection)
            {
                waiting.to = waiting.instead.clone();
            }
        }
        self.settle(now);
    }

    /// What was to be sent for this transaction could not be.
    pub fn transport_failed(&mut self, client: &ClientKey, now: Instant) {
        self.table.transport_failed(client);
        self.settle(now);
    }

    /// Bytes came over a connection.
    pub fn received(&mut self, connection: ConnectionId, bytes: &[u8], now: Instant) {
        let Some(open) = self.connections.get_mut(&connection) else { return };
        if open.is_closing {
            return;
        }
        if !self.config.is_reliable {
            let message = SipMessage::from_datagram(bytes);
            self.take_message(connection, message, now);
            return self.settle(now);
        }
        open.framer.push(bytes);
        while let Some(framed) = self.connections.get_mut(&connection).filter(|open| !open.is_closing).and_then(|open| open.framer.poll()) {
            match framed {
                Framed::Message(message) => self.take_message(connection, message, now),
                Framed::Crlf => {}
                Framed::Ping => self.transmit(Destination::Connection(connection), b"\r\n".to_vec()),
                Framed::Broken { fault, message } => {
                    self.refuse_frame(connection, fault, &message);
                    self.events.push_back(AgentEvent::Close { connection, reason: CloseReason::Framing(fault) });
                }
            }
            self.settle(now);
        }
    }

    /// Time has passed: everything that is due, in the order of its moments. What is begun late may be due itself.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(at) = self.next_deadline().filter(|at| *at <= now) {
            self.table.handle_timeout(at);
            self.settle(at);
            while let Some((_, session)) = self.deadlines.first().copied().filter(|(due, _)| *due <= at) {
                self.deadlines.pop_first();
                if let Some(found) = self.sessions.get_mut(&session) {
                    found.filed = None;
                }
                self.session_is_due(session, at);
                self.refile(session);
                self.settle(at);
            }
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        let first = self.deadlines.first().map(|(at, _)| *at);
        [self.table.next_deadline(), first].into_iter().flatten().min()
    }

    /// The next bytes to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<AgentEvent> {
        self.events.pop_front()
    }

    /// How much is open: sessions, transactions of ours, transactions of peers.
    pub fn open(&self) -> (usize, usize, usize) {
        let (clients, servers) = self.table.len();
        (self.sessions.len(), clients, servers)
    }

    fn take_message(&mut self, connection: ConnectionId, message: SipMessage, now: Instant) {
        if self.config.tells_messages {
            self.events.push_back(AgentEvent::Received { connection, message: Box::new(message.clone()) });
        }
        let is_response = message.status().is_some();
        let judged = if is_response { judge_response(&message) } else { judge_request(&message) };
        if judged.is_ok()
            && let Some(open) = self.connections.get_mut(&connection)
        {
            open.noise = open.noise.saturating_sub(1);
        }
        match judged {
            Ok(()) if is_response => self.take_response(connection, message, now),
            Ok(()) => self.take_request(connection, message, now),
            Err(Unusable::Answered(refusal)) => {
                self.refuse_aside(connection, &message, &refusal);
                self.note_noise(connection, None);
            }
            Err(Unusable::Dropped(fault)) => self.note_noise(connection, Some(fault)),
        }
    }

    fn note_noise(&mut self, connection: ConnectionId, dropped: Option<SyntaxFault>) {
        if let Some(fault) = dropped {
            self.events.push_back(AgentEvent::Noise { connection, fault });
        }
        let Some(open) = self.connections.get_mut(&connection) else { return };
        open.noise += 1;
        if open.noise == self.config.noise {
            open.is_closing = true;
            self.events.push_back(AgentEvent::Close { connection, reason: CloseReason::Noise });
        }
    }

    fn take_response(&mut self, connection: ConnectionId, response: SipMessage, now: Instant) {
        if let Err(stray) = self.table.receive_response(now, response) {
            self.take_stray_response(*stray);
        } else {
            self.settle_from(now, Some(connection));
        }
    }

    fn take_request(&mut self, connection: ConnectionId, request: SipMessage, now: Instant) {
        match self.table.receive_request(now, &request) {
            Ok(Arrived::Absorbed) => {}
            Ok(Arrived::StrayAck) => self.take_ack(&request, now),
            Ok(Arrived::Merged) => self.refuse_aside(connection, &request, &SipRefusal::loop_detected()),
            Ok(Arrived::New(key)) => self.take_new_request(connection, key, request, now),
            Err(fault) => self.note_noise(connection, Some(fault)),
        }
    }

    fn take_new_request(&mut self, connection: ConnectionId, key: ServerKey, request: SipMessage, now: Instant) {
        let Some(method) = request.method().cloned() else { return };
        match method {
            SipMethod::Ack => {}
            SipMethod::Cancel => self.take_cancel(connection, key, request, now),
            SipMethod::Invite | SipMethod::Bye if DialogId::of_request(&request).is_ok_and(|id| id.is_some()) => {
                self.take_inside(connection, key, request, now);
            }
            SipMethod::Invite => self.take_invite(connection, key, request, now),
            SipMethod::Bye => self.answer_once(connection, key, &request, Err(SipRefusal::no_such_call()), None, now),
            _ => self.take_other(connection, key, request, now),
        }
    }

    /// Works off what the table has to say, until it says nothing.
    fn settle(&mut self, now: Instant) {
        self.settle_from(now, None);
    }

    fn settle_from(&mut self, now: Instant, connection: Option<ConnectionId>) {
        while let Some(output) = self.table.poll() {
            match output {
                TableOutput::Send { to, bytes, client } => self.send(to, bytes, client),
                TableOutput::Response(ClientUse::Invite(session), key, response) => {
                    self.take_invite_response(session, &key, *response, connection, now);
                }
                TableOutput::Response(ClientUse::Bye(session), _, response) => self.take_bye_response(session, &response, now),
                TableOutput::Response(ClientUse::Question(question, session), _, response) => self.take_reply(question, session, *response),
                TableOutput::Failed(ClientUse::Question(question, _), _) => self.replied(question, None),
                TableOutput::Response(ClientUse::Aside, ..) | TableOutput::Failed(ClientUse::Aside, _) => {}
                TableOutput::Failed(ClientUse::Invite(session), news) => self.invite_failed(session, news),
                TableOutput::Failed(ClientUse::Bye(session), _) => self.left(session, None),
                TableOutput::Acknowledged(Some(session), news) => self.transaction_acknowledged(session, news, now),
                TableOutput::Trying(Some(session)) => self.send_trying(session, now),
                TableOutput::Acknowledged(None, _) | TableOutput::Trying(None) => {}
            }
        }
    }
}

/// Without a Contact a peer could send us nothing inside of the dialog (RFC 3261 §8.1.1.8).
fn check_contact(outline: &Outline) -> Result<(), AgentRefusal> {
    match outline.has_fixed(HeaderName::Contact) {
        true => Ok(()),
        false => Err(AgentRefusal::Unwritable(SyntaxFault::new("Contact", "it is missing"))),
    }
}

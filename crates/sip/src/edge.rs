//! The edge's one task: it owns the user agent, every session and every connection, and waits for nothing but the next thing to hear.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_core::call::{CallStatus, EndReason};
use callport_core::call_id::{CallId, Direction};
use callport_engine::Engine;
use callport_engine::journal::{Fact, SipTrace};
use callport_engine::ports::Notice;
use callport_engine::records::SipServerRecord;
use callport_sip_proto::SipMessage;
use callport_sip_proto::agent::{AgentEvent, SipEnding, SipSession, Transmit, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, Destination};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::business_calls::{Admission, Incoming};
use crate::calls::{self, DEEDS, Deed};
use crate::config::SipConfig;
use crate::connections::{self, Connections, Wire};
use crate::lines::{CallFacts, Lines};
use crate::notices::SipInbox;
use crate::refusals::SipRefused;
use crate::trace::Traces;

/// What connections may tell before the edge has heard it: they read no further then.
const WIRE: usize = 1024;
/// What tasks that run beside the edge may report before it has heard it.
const REPORTS: usize = 1024;

/// How long the last words of a call are listened to, once it is over: its BYE is answered, or its CANCEL.
const PARTING: Duration = Duration::from_secs(5);

/// Requests that wait for one connection to a server.
const PARKED: usize = 64;

/// How long an edge that stops waits for answers to its last requests.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why there is no SIP edge.
#[derive(Debug, thiserror::Error)]
pub enum SipEdgeFault {
    /// The port is taken, or not ours.
    #[error("sip.listen {address}: {error}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
}

/// A SIP edge that is bound, and serves nobody yet.
pub struct SipEdge {
    listener: TcpListener,
    config: Arc<SipConfig>,
    address: SocketAddr,
}

impl SipEdge {
    /// Takes the port.
    ///
    /// # Errors
    /// It is taken, or not ours.
    pub async fn bind(config: SipConfig) -> Result<SipEdge, SipEdgeFault> {
        let failed = |error| SipEdgeFault::Listen { address: config.listen, error };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(SipEdge { listener, config: Arc::new(config), address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is told to stop. What the engine told by then is still sent, and the answers are waited for a little.
    pub async fn serve(self, engine: Arc<Engine>, inbox: SipInbox, stopped: impl Future<Output = ()> + Send) {
        let (wire, heard) = mpsc::channel(WIRE);
        let (reports, reported) = mpsc::channel(REPORTS);
        let lines = Lines::new(&self.config, self.address);
        let agent = UserAgent::new(lines.agent(&self.config, self.address), engine.random(), Instant::now());
        let edge = Edge {
            engine,
            config: self.config,
            lines,
            agent,
            connections: Connections::default(),
            next_connection: 1,
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            incoming: BTreeMap::new(),
            early: BTreeMap::new(),
            opening: BTreeMap::new(),
            traces: Traces::default(),
            parting: VecDeque::new(),
            parked: BTreeMap::new(),
            beside: JoinSet::new(),
            wire,
            reports,
        };
        edge.run(self.listener, (heard, reported, inbox), stopped).await;
    }
}

type Ears = (mpsc::Receiver<Wire>, mpsc::Receiver<Report>, SipInbox);

/// What a task beside the edge found out.
pub(crate) enum Report {
    /// The server of a user's call, and its password; `None`: it is gone.
    Server(CallId, Option<Box<SipServerRecord>>),
    /// Whose INVITE it is, or why it is nobody's.
    Admitted(SipSession, Result<Box<Admission>, SipRefused>),
    /// The business's call was placed, or not.
    Placed(SipSession, Result<CallId, SipRefused>),
}

/// A call as the edge knows it.
pub(crate) struct EdgeCall {
    pub(crate) direction: Direction,
    pub(crate) facts: CallFacts,
    /// The dialog, while there is one to end.
    pub(crate) session: Option<SipSession>,
    /// The business has the call: it is ended with BYE.
    pub(crate) answered: bool,
    /// The business's server, once it is known.
    pub(crate) server: Option<SipServerRecord>,
    /// Our session description: the offer of a user's call, the answer to a business's.
    pub(crate) sdp: String,
    deeds: mpsc::Sender<Deed>,
}

impl EdgeCall {
    /// Asks something of the engine, in order. What a server says too much of is dropped: the engine's timers end the call.
    pub(crate) fn ask(&self, deed: Deed) {
        if self.deeds.try_send(deed).is_err() {
            tracing::warn!(call = self.facts.wacid, "a SIP server says more of a call than is listened to");
        }
    }
}

/// A call that is over, and whose server may have last words.
struct Parting {
    until: Instant,
    call: CallId,
    deeds: mpsc::Sender<Deed>,
    server: Option<SipServerRecord>,
}

pub(crate) struct Edge {
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: Arc<SipConfig>,
    pub(crate) lines: Lines,
    pub(crate) agent: UserAgent,
    pub(crate) connections: Connections,
    next_connection: u64,
    pub(crate) calls: BTreeMap<CallId, EdgeCall>,
    /// Whose call a session is.
    pub(crate) sessions: BTreeMap<SipSession, CallId>,
    /// INVITEs of businesses that are no calls yet.
    pub(crate) incoming: BTreeMap<SipSession, Incoming>,
    /// What was told of a business's call before the edge heard that it was placed.
    pub(crate) early: BTreeMap<CallId, Vec<Notice>>,
    /// Calls of users that wait for a connection to their server.
    pub(crate) opening: BTreeMap<(String, u16), Vec<CallId>>,
    /// Which call is spoken of.
    pub(crate) traces: Traces,
    /// Calls that are over, whose last words are still to come.
    parting: VecDeque<Parting>,
    /// What waits for a connection to a business's server: requests of dialogs whose connection is gone.
    pub(crate) parked: BTreeMap<(String, u16), Vec<Transmit>>,
    pub(crate) beside: JoinSet<()>,
    wire: mpsc::Sender<Wire>,
    pub(crate) reports: mpsc::Sender<Report>,
}

impl Edge {
    async fn run(mut self, listener: TcpListener, ears: Ears, stopped: impl Future<Output = ()> + Send) {
        let (mut heard, mut reported, mut inbox) = ears;
        let mut stopped = std::pin::pin!(stopped);
        let mut last: Option<Instant> = None;
        loop {
            let over = last.is_some_and(|at| Instant::now() >= at || self.agent.open().0 == 0);
            if over {
                return;
            }
            let deadline = self.agent.next_deadline().into_iter().chain(last).min();
            let due = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! { biased;
                notice = inbox.0.recv() => match notice {
                    Some(notice) => self.told(notice),
                    None => return, // the engine is gone, and all of its calls
                },
                () = &mut stopped, if last.is_none() => last = Some(Instant::now() + LAST_WORDS),
                Some(report) = reported.recv() => {
                    // The engine tells of a call before its placing is reported here, but may do both after this round looked at the inbox: what
                    // was told first is heard first, or the call would look as if nobody had told of it, and be refused while it rings.
                    while let Ok(notice) = inbox.0.try_recv() {
                        self.told(notice);
                    }
                    self.reported(report);
                }
                Some(wire) = heard.recv() => self.wired(wire),
                () = due => self.agent.handle_timeout(Instant::now()),
                taken = listener.accept(), if last.is_none() => self.taken(taken),
                Some(ended) = self.beside.join_next() => {
                    if let Err(panicked) = ended {
                        tracing::error!(why = %panicked, "bug: a task of the SIP edge panicked");
                    }
                }
            }
            self.settle();
        }
    }

    fn taken(&mut self, taken: io::Result<(tokio::net::TcpStream, SocketAddr)>) {
        let (stream, peer) = match taken {
            Ok(taken) => taken,
            Err(error) => return tracing::warn!(%error, "a SIP connection could not be taken"),
        };
        if !self.connections.has_room(peer.ip(), &self.config.bounds) {
            return tracing::warn!(%peer, "a SIP connection too many was closed");
        }
        let _ = stream.set_nodelay(true); // a peer that is gone already is seen by the handshake
        let id = self.new_connection();
        self.beside.spawn(connections::take(stream, id, self.config.clone(), self.wire.clone()));
    }

    pub(crate) fn new_connection(&mut self) -> ConnectionId {
        self.next_connection += 1;
        ConnectionId(self.next_connection)
    }

    /// A connection to a server of a business, for whatever waits for it.
    pub(crate) fn open(&mut self, target: (String, u16)) {
        let id = self.new_connection();
        self.beside.spawn(connections::open(target, id, self.config.clone(), self.wire.clone()));
    }

    fn wired(&mut self, wire: Wire) {
        let now = Instant::now();
        match wire {
            Wire::Opened(id, open) => {
                self.agent.connected(id, open.here, open.peer);
                let target = open.target.clone();
                self.connections.add(id, open);
                if let Some(target) = target {
                    self.reached(&target, id);
                    for transmit in self.parked.remove(&target).unwrap_or_default() {
                        self.send(id, transmit);
                    }
                }
            }
            Wire::NotOpened(target, why) => {
                self.not_reached(&target, &why);
                for client in self.parked.remove(&target).unwrap_or_default().into_iter().filter_map(|transmit| transmit.client) {
                    self.agent.transport_failed(&client, now);
                }
            }
            Wire::Bytes(id, bytes) => self.agent.received(id, &bytes, now),
            Wire::Closed(id) => {
                self.connections.remove(id);
                self.agent.lost(id, now);
            }
        }
    }

    fn reported(&mut self, report: Report) {
        match report {
            Report::Server(call, server) => self.dial(call, server.map(|server| *server)),
            Report::Admitted(session, admission) => self.admitted(session, admission.map(|admission| *admission)),
            Report::Placed(session, placed) => self.placed(session, placed),
        }
    }

    /// The engine tells what a call came to.
    pub(crate) fn told(&mut self, notice: Notice) {
        let Some((call, _)) = notice.of_call() else { return };
        if let Notice::Connect { direction: Direction::UserInitiated, .. } = &notice {
            return self.user_calls(notice);
        }
        let Some(known) = self.calls.get(call) else {
            return self.early.entry(call.clone()).or_default().push(notice); // it is placed, and the edge is about to hear so
        };
        match notice {
            Notice::Terminate { call, ending, .. } => {
                let talked = ending.talk.map(|talk| talk.duration());
                self.over(&call, ending.reason, talked);
            }
            Notice::CallStatus { status: CallStatus::Ringing, .. } => {
                let (session, outline) = (known.session, self.lines.ringing(&known.facts));
                if let Some(session) = session {
                    let _ = self.agent.progress(session, 180, "Ringing", &outline, None, Instant::now()); // a CANCEL was faster
                }
            }
            Notice::CallStatus { status: CallStatus::Accepted, call, .. } => self.picked_up(&call),
            // A terminate follows, which says why.
            Notice::CallStatus { status: CallStatus::Rejected, .. } | Notice::Connect { .. } => {}
            _ => {}
        }
    }

    /// A call has a task that carries out what is asked of it.
    pub(crate) fn new_call(&mut self, call: CallId, direction: Direction, facts: CallFacts, sdp: String) -> &mut EdgeCall {
        let (deeds, asked) = mpsc::channel(DEEDS);
        self.beside.spawn(calls::carry_out(self.engine.clone(), facts.parties.number_id.clone(), call.clone(), asked));
        let known = EdgeCall { direction, facts, session: None, answered: false, server: None, sdp, deeds };
        self.calls.entry(call).insert_entry(known).into_mut()
    }

    /// The call is over: its dialog is ended, unless the business ended it.
    fn over(&mut self, call: &CallId, reason: EndReason, talked: Option<Duration>) {
        let Some(known) = self.calls.remove(call) else { return };
        let now = Instant::now();
        while self.parting.front().is_some_and(|parting| parting.until < now) {
            self.parting.pop_front();
        }
        let (until, deeds, server) = (now + PARTING, known.deeds.clone(), known.server.clone());
        self.parting.push_back(Parting { until, call: call.clone(), deeds, server });
        for waiting in self.opening.values_mut() {
            waiting.retain(|waits| waits != call);
        }
        let Some(session) = known.session else { return };
        let ended = match (known.answered, known.direction) {
            (true, _) => {
                let outline = self.lines.bye(Some(&known.facts), talked, abnormal(reason).as_deref());
                self.agent.bye(session, &outline, now)
            }
            (false, Direction::UserInitiated) => self.withdraw(session, reason, now),
            (false, Direction::BusinessInitiated) => self.refuse_ringing(session, reason, now),
        };
        if let Err(why) = ended {
            tracing::debug!(call = call.short(), %why, "the dialog of a call that ended was over already");
        }
    }

    /// Works off what the agent has to say, until it says nothing.
    fn settle(&mut self) {
        let mut turns: VecDeque<AgentEvent> = VecDeque::new();
        loop {
            while let Some(transmit) = self.agent.poll_transmit() {
                match &transmit.to {
                    Destination::Connection(id) => self.send(*id, transmit),
                    Destination::Target { .. } => self.send_anew(transmit),
                }
            }
            while let Some(event) = self.agent.poll_event() {
                turns.push_back(event);
            }
            let Some(event) = turns.pop_front() else { return };
            self.happened(event);
        }
    }

    fn happened(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Replied { .. } => {} // the edge asks no questions beside calls
            AgentEvent::Received { connection, message } => self.said(connection, false, &message),
            AgentEvent::Invited { session, connection, request } => self.invited(session, connection, *request),
            AgentEvent::Cancelled { session, .. } => self.withdrawn(session),
            AgentEvent::Acknowledged { .. } => {}
            AgentEvent::Provisional { session, response } => self.server_rings(session, &response),
            AgentEvent::Answered { session, response } => self.server_answered(session, &response),
            AgentEvent::Rejected { session, response } => self.server_refused(session, &response),
            AgentEvent::Unanswered { session, why } => self.server_silent(session, why),
            AgentEvent::Ended { session, ending } => self.dialog_ended(session, &ending),
            AgentEvent::Served { connection, request, code } => self.served(connection, &request, code),
            AgentEvent::Noise { connection, fault } => {
                tracing::info!(peer = ?self.connections.peer(connection), %fault, "a SIP message that cannot be used was dropped");
            }
            AgentEvent::Close { connection, reason } => {
                tracing::info!(peer = ?self.connections.peer(connection), ?reason, "a SIP connection is closed");
                self.connections.close(connection);
                self.agent.lost(connection, Instant::now());
            }
        }
    }

    fn send(&mut self, connection: ConnectionId, transmit: Transmit) {
        self.said(connection, true, &SipMessage::from_datagram(&transmit.bytes));
        if !self.connections.send(connection, transmit.bytes)
            && let Some(client) = &transmit.client
        {
            self.agent.transport_failed(client, Instant::now());
        }
    }

    /// The connection of a dialog is gone. Its requests go to the server that the business configured and to nobody else: a Contact or a Route that
    /// names another host must not lead us there.
    fn send_anew(&mut self, transmit: Transmit) {
        let message = SipMessage::from_datagram(&transmit.bytes);
        let call = message.call_id().ok().and_then(|dialog| self.traces.call(&dialog));
        let server = call.and_then(|call| {
            let live = self.calls.get(&call).and_then(|known| known.server.clone());
            live.or_else(|| self.parting.iter().find(|parting| parting.call == call)?.server.clone())
        });
        let Some(server) = server else {
            if let Some(client) = &transmit.client {
                self.agent.transport_failed(client, Instant::now());
            }
            return;
        };
        let target = (server.target.host.as_str().to_owned(), server.target.port);
        if let Some(connection) = self.connections.to(&target) {
            return self.send(connection, transmit);
        }
        let waiting = self.parked.entry(target.clone()).or_default();
        if waiting.len() < PARKED {
            waiting.push(transmit);
        }
        if waiting.len() == 1 && !self.opening.contains_key(&target) {
            self.open(target);
        }
    }

    /// A message goes into the story of its call.
    fn said(&mut self, connection: ConnectionId, sent: bool, message: &SipMessage) {
        if message.method().is_none() && message.status().is_none() {
            return; // the answer to a ping
        }
        let Some((peer, here)) = self.connections.ends(connection) else { return };
        let trace = SipTrace::new(sent, peer, here, message.as_bytes());
        if let Some(call) = self.traces.of(message, &trace) {
            self.note(&call, Fact::SipMessage(trace));
        }
    }

    /// Something for the story of a call, also of one that has just ended.
    pub(crate) fn note(&mut self, call: &CallId, fact: Fact) {
        if let Some(known) = self.calls.get(call) {
            return known.ask(Deed::Note(fact));
        }
        if let Some(parting) = self.parting.iter().find(|parting| parting.call == *call) {
            let _ = parting.deeds.try_send(Deed::Note(fact)); // a server that says too much of an ended call is not listened to
        }
    }

    fn served(&self, connection: ConnectionId, request: &SipMessage, code: u16) {
        let method = request.method().map(ToString::to_string);
        tracing::debug!(peer = ?self.connections.peer(connection), method, code, "a SIP request was answered");
    }

    fn dialog_ended(&mut self, session: SipSession, ending: &SipEnding) {
        let Some(call) = self.sessions.remove(&session) else { return };
        let Some(known) = self.calls.get_mut(&call) else { return };
        known.session = None; // nothing is left to end
        match ending {
            SipEnding::ByPeer(_) | SipEnding::NoAck => known.ask(Deed::Terminate),
            SipEnding::ByUs(_) | SipEnding::AnsweredTooLate => {}
        }
    }

    /// The call of a session, while it is not over.
    pub(crate) fn call_of(&mut self, session: SipSession) -> Option<&mut EdgeCall> {
        self.calls.get_mut(self.sessions.get(&session)?)
    }
}

/// `Reason` of a BYE that ends a call abnormally; a user who hangs up needs none (SIP Configuration Guide, BYE).
fn abnormal(reason: EndReason) -> Option<String> {
    let (cause, text) = match reason {
        EndReason::NoBusinessMedia | EndReason::BusinessWentSilent => {
            (408, "WhatsApp client terminated the call due to not receiving any media for a long time.".to_owned())
        }
        reason if reason.failed() => (500, format!("The call failed: {reason}.")),
        _ => return None,
    };
    Some(format!("SIP;cause={cause};text=\"{text}\""))
}

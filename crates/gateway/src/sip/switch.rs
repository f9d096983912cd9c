//! The one task that owns the user agent, the connections and the dialogs. It waits for nothing: media, TLS and conversations have tasks of their own.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_sip_proto::agent::{AgentEvent, OutgoingRequest, SipEnding, SipSession, Transmit, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, Destination};
use callport_sip_proto::{Chance, DigestLogin, DigestOutcome, DigestUri, Outline, SipBody, SipMessage, SipRefusal};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::call::{CallKey, CallLine, Deed, ORDER_QUEUE, Order, SipDesk};
use super::config::SipCallOrder;
use super::lines::{Lines, in_short};
use super::wire::{self, Open, Wire};
use crate::outgoing::{CallReport, Callee, OutgoingOutcome};
use crate::timeline::{CallEnd, What};

/// What calls ask and connections bring, and is not looked at yet: whoever is at the other end waits.
const DEEDS: usize = 256;
/// For answers to the last BYEs when the backend stops.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Messages that wait for a connection to the platform.
const PARKED: usize = 64;

/// A call on its way to the switch.
pub(super) struct Placing {
    pub(super) order: SipCallOrder,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) inbox: mpsc::Receiver<Order>,
    pub(super) report: oneshot::Sender<CallReport>,
}

/// A call as the switch knows it.
struct Known {
    id: String,
    session: Option<SipSession>,
    orders: mpsc::Sender<Order>,
}

impl Known {
    fn tell(&self, order: Order) {
        // Its queue has room for the few orders there are; a call that is just ending needs none.
        let _ = self.orders.try_send(order);
    }
}

/// The connection to the platform that is ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Platform {
    Shut,
    Opening,
    Open(ConnectionId),
}

pub(super) struct Switch {
    desk: Arc<SipDesk>,
    lines: Lines,
    agent: UserAgent,
    chance: Chance,
    connections: BTreeMap<ConnectionId, mpsc::Sender<Vec<u8>>>,
    /// Connections that were begun, whether they are open yet or not.
    begun: usize,
    next_connection: u64,
    platform: Platform,
    /// Calls that wait for a connection to the platform.
    waiting: Vec<(CallKey, Callee, String)>,
    /// Messages that wait for one.
    parked: Vec<Transmit>,
    calls: BTreeMap<CallKey, Known>,
    sessions: BTreeMap<SipSession, CallKey>,
    next_call: u64,
    /// No further calls are taken.
    stopping: bool,
    tasks: JoinSet<()>,
    deeds: mpsc::Sender<(CallKey, Deed)>,
    asked: mpsc::Receiver<(CallKey, Deed)>,
    wire: mpsc::Sender<Wire>,
    heard: mpsc::Receiver<Wire>,
}

impl Switch {
    pub(super) fn new(desk: Arc<SipDesk>, bound: SocketAddr) -> Self {
        let (mut seed, mut other) = ([0; 32], [0; 32]);
        (desk.config.random)(&mut seed);
        (desk.config.random)(&mut other);
        let lines = Lines::new(&desk.config, bound);
        let agent = UserAgent::new(lines.agent(&desk.config, bound), seed, Instant::now());
        let (deeds, asked) = mpsc::channel(DEEDS);
        let (wire, heard) = mpsc::channel(DEEDS);
        Self {
            desk,
            lines,
            agent,
            chance: Chance::from_seed(other),
            connections: BTreeMap::new(),
            begun: 0,
            next_connection: 1,
            platform: Platform::Shut,
            waiting: Vec::new(),
            parked: Vec::new(),
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            next_call: 1,
            stopping: false,
            tasks: JoinSet::new(),
            deeds,
            asked,
            wire,
            heard,
        }
    }

    /// Works until it is told to stop, and until the last call has been said goodbye to.
    pub(super) async fn run(mut self, listener: TcpListener, mut placed: mpsc::Receiver<Placing>, mut stopped: watch::Receiver<bool>) {
        let mut last: Option<Instant> = None;
        loop {
            let quiet = self.calls.is_empty() && self.agent.open().0 == 0;
            if last.is_some_and(|at| quiet || Instant::now() >= at) {
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
                // An error means that the backend was dropped.
                _ = stopped.wait_for(|stop| *stop), if last.is_none() => {
                    (last, self.stopping) = (Some(Instant::now() + LAST_WORDS), true);
                    self.calls.values().for_each(|call| call.tell(Order::Stop));
                }
                Some((key, deed)) = self.asked.recv() => self.asked(key, deed),
                Some(wire) = self.heard.recv() => self.wired(wire),
                Some(placing) = placed.recv(), if last.is_none() => self.place(placing),
                () = due => self.agent.handle_timeout(Instant::now()),
                taken = listener.accept(), if last.is_none() => self.taken(taken),
                Some(ended) = self.tasks.join_next() => {
                    if let Err(panicked) = ended {
                        tracing::error!(why = %panicked, "bug: a task of the SIP backend panicked");
                    }
                }
            }
            self.settle();
        }
    }

    fn taken(&mut self, taken: io::Result<(TcpStream, SocketAddr)>) {
        let (stream, peer) = match taken {
            Ok(taken) => taken,
            Err(error) => return tracing::warn!(%error, "a SIP connection could not be taken"),
        };
        if self.begun >= self.desk.config.most_connections {
            return tracing::warn!(%peer, "a SIP connection too many was closed");
        }
        let _ = stream.set_nodelay(true); // a peer that is gone already is seen by the handshake
        let id = self.new_connection();
        self.tasks.spawn(wire::take(stream, id, self.desk.config.clone(), self.wire.clone()));
    }

    fn new_connection(&mut self) -> ConnectionId {
        self.begun += 1;
        self.next_connection += 1;
        ConnectionId(self.next_connection)
    }

    /// A connection to the platform, unless there is one or one is on its way.
    fn reach_platform(&mut self) {
        if self.platform == Platform::Shut {
            self.platform = Platform::Opening;
            let id = self.new_connection();
            self.tasks.spawn(wire::open(id, self.desk.config.clone(), self.wire.clone()));
        }
    }

    fn wired(&mut self, wire: Wire) {
        let now = Instant::now();
        match wire {
            Wire::Opened(id, Open { here, there, outbox, is_ours }) => {
                self.agent.connected(id, here, there);
                self.connections.insert(id, outbox);
                if is_ours {
                    self.platform = Platform::Open(id);
                    std::mem::take(&mut self.parked).into_iter().for_each(|transmit| self.send(id, transmit));
                    for (key, user, offer) in std::mem::take(&mut self.waiting) {
                        self.invite(id, key, &user, &offer);
                    }
                }
            }
            Wire::NotOpened(why) => {
                self.begun -= 1;
                self.platform = Platform::Shut;
                for client in std::mem::take(&mut self.parked).into_iter().filter_map(|transmit| transmit.client) {
                    self.agent.transport_failed(&client, now);
                }
                for (key, ..) in std::mem::take(&mut self.waiting) {
                    self.tell(key, Order::Unreachable(why.clone()));
                }
            }
            Wire::Bytes(id, bytes) => self.agent.received(id, &bytes, now),
            Wire::Closed(id) => {
                self.begun -= 1;
                self.connections.remove(&id);
                if self.platform == Platform::Open(id) {
                    self.platform = Platform::Shut;
                }
                self.agent.lost(id, now);
            }
        }
    }

    fn place(&mut self, placing: Placing) {
        let Placing { order, orders, inbox, report } = placing;
        if self.calls.len() >= self.desk.config.most_calls {
            let outcome = OutgoingOutcome::Failed { codes: vec![], reason: "too many calls are up".to_owned(), seconds: None };
            let _ = report.send(CallReport { outcome, call_id: None, hearing: None }); // nobody may be waiting for it
            return;
        }
        let id = self.chance.uuid();
        let line = self.new_call(id, None, orders, inbox);
        self.tasks.spawn(async move {
            let _ = report.send(line.call(order).await); // nobody may be waiting for it
        });
    }

    fn new_call(&mut self, id: String, session: Option<SipSession>, orders: mpsc::Sender<Order>, inbox: mpsc::Receiver<Order>) -> CallLine {
        let key = CallKey(self.next_call);
        self.next_call += 1;
        if let Some(session) = session {
            self.sessions.insert(session, key);
        }
        self.calls.insert(key, Known { id: id.clone(), session, orders });
        CallLine { desk: self.desk.clone(), key, id, orders: inbox, deeds: self.deeds.clone() }
    }

    /// Carries out what a call asks. What fails does so because the platform was faster, and the call hears of that.
    fn asked(&mut self, key: CallKey, deed: Deed) {
        let now = Instant::now();
        let Some(known) = self.calls.get(&key) else { return };
        let done = match (deed, known.session) {
            (Deed::Invite(user, offer), None) => {
                match self.platform {
                    Platform::Open(id) => self.invite(id, key, &user, &offer),
                    _ => {
                        self.waiting.push((key, user, offer)); // bounded by the calls
                        self.reach_platform();
                    }
                }
                return;
            }
            (Deed::Ring, Some(session)) => self.agent.progress(session, 180, "Ringing", &self.lines.response(), None, now),
            (Deed::Answer(answer), Some(session)) => {
                self.agent.answer(session, &self.lines.response(), Some(&SipBody::sdp(answer.as_bytes())), None, now)
            }
            (Deed::Refuse(status, phrase), Some(session)) => {
                self.sessions.remove(&session);
                self.agent.reject(session, &SipRefusal::new(status, phrase), &self.lines.response(), now)
            }
            (Deed::HangUp, Some(session)) => {
                let ended = self.agent.bye(session, &self.lines.bye(), now);
                ended.or_else(|_| self.agent.cancel(session, &Outline::new(), now))
            }
            (Deed::HangUp, None) => return self.waiting.retain(|(waits, ..)| *waits != key),
            (Deed::Over, session) => {
                self.calls.remove(&key);
                if let Some(session) = session {
                    self.sessions.remove(&session);
                }
                return;
            }
            (_, _) => return,
        };
        if let Err(why) = done {
            tracing::debug!(%why, "the platform was faster than this side");
        }
    }

    fn invite(&mut self, connection: ConnectionId, key: CallKey, user: &Callee, offer: &str) {
        let Some(known) = self.calls.get(&key) else { return };
        let (uri, to) = self.lines.target(user);
        let config = &self.desk.config;
        let login = config.password.as_ref().map(|password| DigestLogin::new(&*config.number, &**password, DigestUri::WithoutParameters));
        let request = OutgoingRequest {
            uri,
            from: self.lines.from(),
            from_tag: None,
            to,
            call_id: known.id.clone(),
            outline: self.lines.invite(),
            body: Some(SipBody::sdp(offer.as_bytes())),
            login,
            destination: Destination::Connection(connection),
        };
        match self.agent.invite(request, Instant::now()) {
            Ok(session) => {
                self.sessions.insert(session, key);
                if let Some(known) = self.calls.get_mut(&key) {
                    known.session = Some(session);
                }
            }
            Err(why) => self.tell(key, Order::Unreachable(format!("the INVITE could not be sent: {why}"))),
        }
    }

    /// Works off what the agent has to say, until it says nothing: what came first, then what goes out because of it.
    fn settle(&mut self) {
        loop {
            if let Some(event) = self.agent.poll_event() {
                self.happened(event);
            } else if let Some(transmit) = self.agent.poll_transmit() {
                self.transmit(transmit);
            } else {
                return;
            }
        }
    }

    fn transmit(&mut self, transmit: Transmit) {
        match (&transmit.to, self.platform) {
            (Destination::Connection(id), _) => self.send(*id, transmit),
            // A dialog without its connection goes on over ours, and to nobody else: a Contact that names another host must not lead us there.
            (Destination::Target { .. }, Platform::Open(id)) => self.send(id, transmit),
            (Destination::Target { .. }, _) if self.desk.config.platform.is_some() && self.parked.len() < PARKED => {
                self.parked.push(transmit);
                self.reach_platform();
            }
            (Destination::Target { .. }, _) => self.not_sent(&transmit),
        }
    }

    fn send(&mut self, connection: ConnectionId, transmit: Transmit) {
        self.tell_message(true, &SipMessage::from_datagram(&transmit.bytes));
        let outbox = self.connections.get(&connection);
        if outbox.is_none_or(|outbox| outbox.try_send(transmit.bytes.clone()).is_err()) {
            self.not_sent(&transmit);
        }
    }

    fn not_sent(&mut self, transmit: &Transmit) {
        if let Some(client) = &transmit.client {
            self.agent.transport_failed(client, Instant::now());
        }
    }

    /// By the wacid, which the platform's Call-IDs have behind `outgoing:`, or by our own Call-ID.
    fn tell_message(&self, sent: bool, message: &SipMessage) {
        let (Some(line), Ok(dialog)) = (in_short(message), message.call_id()) else { return };
        let id = dialog.strip_prefix("outgoing:").unwrap_or(&dialog);
        self.desk.timeline.tell(Some(id), What::SipMessage { sent, line });
    }

    fn happened(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Received { message, .. } => self.tell_message(false, &message),
            AgentEvent::Invited { session, request, .. } => self.invited(session, &request),
            AgentEvent::Acknowledged { session } => self.tell_session(session, Order::Acknowledged),
            AgentEvent::Cancelled { session, .. } => self.tell_session(session, Order::Ended(CallEnd::Withdrawn)),
            AgentEvent::Provisional { session, response } if response.status().is_some_and(|status| status > 100) => {
                self.tell_session(session, Order::Ringing);
            }
            AgentEvent::Answered { session, response } => {
                let answer = response.sdp().map(|sdp| String::from_utf8_lossy(sdp).into_owned()).unwrap_or_default();
                let wacid = response.header("x-wa-meta-wacid").map(|id| id.into_owned());
                self.tell_session(session, Order::Answered { answer, wacid });
            }
            AgentEvent::Rejected { session, response } => {
                let phrase = response.reason_phrase().unwrap_or_default().into_owned();
                self.tell_session(session, Order::Refused(response.status().unwrap_or_default(), phrase));
            }
            AgentEvent::Unanswered { session, why } => {
                self.tell_session(session, Order::Unreachable(format!("the INVITE was not answered: {why:?}")));
            }
            AgentEvent::Ended { session, ending } => self.tell_session(session, Order::Ended(ended(&ending))),
            AgentEvent::Noise { fault, .. } => tracing::info!(%fault, "a SIP message that cannot be used was dropped"),
            AgentEvent::Close { connection, reason } => {
                tracing::info!(?reason, "a SIP connection is closed");
                self.connections.remove(&connection);
                self.agent.lost(connection, Instant::now());
            }
            AgentEvent::Provisional { .. } | AgentEvent::Replied { .. } | AgentEvent::Served { .. } => {}
        }
    }

    fn invited(&mut self, session: SipSession, request: &SipMessage) {
        let now = Instant::now();
        let refusal = match self.lines.judge(request) {
            _ if self.stopping => Some((503, "Service Unavailable")),
            Err(refusal) => Some(refusal),
            Ok(()) if self.desk.config.asks_password => {
                let password = self.desk.config.password.clone().unwrap_or_default();
                match self.agent.authenticate(session, &self.desk.config.number, &password, now) {
                    Ok(DigestOutcome::Accepted) if !password.is_empty() => None,
                    Ok(DigestOutcome::Accepted | DigestOutcome::WrongDigest | DigestOutcome::WrongUri) => Some((403, "Forbidden")),
                    Ok(_) | Err(_) => return, // it was asked for other credentials
                }
            }
            Ok(()) => None,
        };
        let refusal = refusal.or((self.calls.len() >= self.desk.config.most_calls).then_some((486, "Busy Here")));
        if let Some((status, phrase)) = refusal {
            tracing::warn!(status, phrase, "an INVITE was refused");
            let _ = self.agent.reject(session, &SipRefusal::new(status, phrase), &self.lines.response(), now); // a CANCEL was faster
            return;
        }
        let dialog = request.call_id().unwrap_or_default();
        let id = dialog.strip_prefix("outgoing:").unwrap_or(&dialog).to_owned();
        let offer = request.sdp().map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let (orders, inbox) = mpsc::channel(ORDER_QUEUE);
        let line = self.new_call(id, Some(session), orders, inbox);
        self.tasks.spawn(line.take(offer));
    }

    fn tell_session(&self, session: SipSession, order: Order) {
        if let Some(key) = self.sessions.get(&session) {
            self.tell(*key, order);
        }
    }

    fn tell(&self, key: CallKey, order: Order) {
        if let Some(known) = self.calls.get(&key) {
            known.tell(order);
        }
    }
}

/// Why a dialog is over.
fn ended(ending: &SipEnding) -> CallEnd {
    match ending {
        SipEnding::ByPeer(bye) => CallEnd::HungUp {
            seconds: bye.header("x-wa-meta-call-duration").and_then(|seconds| seconds.trim().parse().ok()),
            reason: bye.header("Reason").map(|reason| reason.into_owned()),
        },
        SipEnding::NoAck => CallEnd::Refused,
        SipEnding::ByUs(_) | SipEnding::AnsweredTooLate => CallEnd::ByUs,
    }
}

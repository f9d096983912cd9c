//! All transactions of an endpoint: found by message, bounded, in one order, with one next deadline.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

pub use super::destination::{ConnectionId, Destination};
use super::key::MergeKey;
use super::machine::{ClientMachine, ServerMachine};
use super::{ClientKey, ClientNews, ClientStep, ServerKey, ServerNews, ServerStep, SipTimers};
use crate::message::SipMessage;
use crate::method::SipMethod;
use crate::syntax::SyntaxFault;
use crate::write::ack_of_refusal;

/// How many transactions may be open.
#[derive(Clone, Copy, Debug)]
pub struct TransactionLimits {
    /// Requests of ours. Beyond: refused to the caller.
    pub clients: usize,
    /// Requests of peers. Beyond: 503, without state.
    pub servers: usize,
}

impl Default for TransactionLimits {
    /// 8192 each.
    fn default() -> TransactionLimits {
        TransactionLimits { clients: 8192, servers: 8192 }
    }
}

/// The table is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many open transactions")]
pub struct TableFull;

/// What the table asks for or tells. `C` and `S` are what the owner filed with a client and a server transaction.
#[derive(Debug)]
pub enum TableOutput<C, S> {
    /// Bytes to send. With a key: whom to tell if it fails.
    Send {
        /// Where to.
        to: Destination,
        /// A message.
        bytes: Vec<u8>,
        /// The client transaction it is of.
        client: Option<ClientKey>,
    },
    /// A response for the owner of a client transaction.
    Response(C, ClientKey, Box<SipMessage>),
    /// A client transaction failed.
    Failed(C, ClientNews),
    /// An ACK, for the owner of an INVITE's server transaction.
    Acknowledged(S, ServerNews),
    /// A 100 that the transaction wants to send, for the owner to write.
    Trying(S),
}

/// What a request is to the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrived {
    /// A new one; its transaction is not opened yet.
    New(ServerKey),
    /// A retransmission or an ACK within a transaction: dealt with.
    Absorbed,
    /// An ACK that belongs to no transaction here: that of a 2xx.
    StrayAck,
    /// The same request over another way: 482.
    Merged,
}

struct Client<C> {
    machine: ClientMachine,
    request: SipMessage,
    to: Destination,
    owner: C,
    filed: Option<Instant>,
}

struct Server<S> {
    machine: ServerMachine,
    merge: Option<MergeKey>,
    last: Vec<u8>,
    to: Destination,
    /// Where responses go when that connection is gone (RFC 3261 §18.2.2).
    instead: Destination,
    owner: S,
    filed: Option<Instant>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Client(ClientKey),
    Server(ServerKey),
}

/// The table.
pub struct Transactions<C, S> {
    timers: SipTimers,
    limits: TransactionLimits,
    max_forwards: u8,
    clients: BTreeMap<ClientKey, Client<C>>,
    servers: BTreeMap<ServerKey, Server<S>>,
    merges: BTreeMap<MergeKey, ServerKey>,
    deadlines: BTreeSet<(Instant, Key)>,
    outputs: VecDeque<TableOutput<C, S>>,
}

impl<C: Clone, S: Clone> Transactions<C, S> {
    /// Without transactions. `max_forwards` is that of the ACKs it writes.
    pub fn new(timers: SipTimers, limits: TransactionLimits, max_forwards: u8) -> Transactions<C, S> {
        Transactions {
            timers,
            limits,
            max_forwards,
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            merges: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Open ones: of ours, of peers.
    pub fn len(&self) -> (usize, usize) {
        (self.clients.len(), self.servers.len())
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty() && self.servers.is_empty()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<TableOutput<C, S>> {
        self.outputs.pop_front()
    }

    /// Sends a request of ours and waits for its response. An ACK to a 2xx is no transaction and does not come here.
    ///
    /// # Errors
    /// The table is full.
    pub fn send_request(
        &mut self,
        now: Instant,
        request: SipMessage,
        to: Destination,
        is_reliable: bool,
        owner: C,
    ) -> Result<ClientKey, TableFull> {
        let key = ClientKey::of_response(&request).map_err(|_| TableFull)?;
        if self.clients.len() >= self.limits.clients || self.clients.contains_key(&key) {
            return Err(TableFull);
        }
        let machine = ClientMachine::start(&key.method, now, self.timers, is_reliable);
        self.outputs.push_back(TableOutput::Send { to: to.clone(), bytes: request.as_bytes().to_vec(), client: Some(key.clone()) });
        self.clients.insert(key.clone(), Client { machine, request, to, owner, filed: None });
        self.settle_client(&key);
        Ok(key)
    }

    /// The request of an open client transaction, and where it went.
    pub fn client_request(&self, key: &ClientKey) -> Option<(&SipMessage, &Destination)> {
        self.clients.get(key).map(|client| (&client.request, &client.to))
    }

    /// Gives up a client transaction of ours: what still comes for it belongs to nobody.
    pub fn forget_client(&mut self, key: &ClientKey) {
        if let Some(before) = self.clients.remove(key).and_then(|client| client.filed) {
            self.deadlines.remove(&(before, Key::Client(key.clone())));
        }
    }

    /// Gives up a server transaction: a retransmission of its request is a new one.
    pub fn forget_server(&mut self, key: &ServerKey) {
        let Some(server) = self.servers.remove(key) else { return };
        if let Some(merge) = server.merge {
            self.merges.remove(&merge);
        }
        if let Some(before) = server.filed {
            self.deadlines.remove(&(before, Key::Server(key.clone())));
        }
    }

    /// Whether an INVITE of ours has had a provisional response and no final one: then, and not before, it may be cancelled (RFC 3261 §9.1).
    pub fn is_proceeding(&self, key: &ClientKey) -> bool {
        self.clients.get(key).is_some_and(|client| client.machine.is_proceeding())
    }

    /// A response that passed [`crate::judge::judge_response`]. Gives it back where it belongs to no transaction.
    ///
    /// # Errors
    /// The response, for the owner of dialogs: it may be a 2xx that comes again.
    pub fn receive_response(&mut self, now: Instant, response: SipMessage) -> Result<(), Box<SipMessage>> {
        let key = ClientKey::of_response(&response).ok();
        let Some((key, client)) = key.and_then(|key| self.clients.get_mut(&key).map(|client| (key, client))) else {
            return Err(Box::new(response));
        };
        let step = client.machine.response(now, response.status().unwrap_or_default());
        self.carry_out_client(&key, step, Some(response));
        Ok(())
    }

    /// What carries a client transaction failed: its connection could not be opened, or is gone.
    pub fn transport_failed(&mut self, key: &ClientKey) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let step = client.machine.transport_failed();
        self.carry_out_client(key, step, None);
    }

    /// A connection is gone: its client transactions fail, its server transactions answer over another one.
    pub fn connection_lost(&mut self, connection: ConnectionId) {
        let lost = Destination::Connection(connection);
        let failed: Vec<ClientKey> = self.clients.iter().filter(|(_, client)| client.to == lost).map(|(key, _)| key.clone()).collect();
        failed.iter().for_each(|key| self.transport_failed(key));
        self.servers.values_mut().filter(|server| server.to == lost).for_each(|server| server.to = server.instead.clone());
    }

    /// Where a request that passed [`crate::judge::judge_request`] belongs. Retransmissions and ACKs are dealt with.
    ///
    /// # Errors
    /// Says what kept it from having a key.
    pub fn receive_request(&mut self, now: Instant, request: &SipMessage) -> Result<Arrived, SyntaxFault> {
        let key = ServerKey::of_request(request)?;
        let is_ack = request.method() == Some(&SipMethod::Ack);
        if let Some(server) = self.servers.get_mut(&key) {
            let step = server.machine.request_again(now, is_ack);
            self.carry_out_server(&key, step);
            return Ok(Arrived::Absorbed);
        }
        if is_ack {
            return Ok(Arrived::StrayAck);
        }
        let is_merged = MergeKey::of_request(request)?.is_some_and(|merge| self.merges.contains_key(&merge));
        Ok(if is_merged { Arrived::Merged } else { Arrived::New(key) })
    }

    /// Opens the transaction of a new request.
    ///
    /// # Errors
    /// The table is full.
    pub fn open_server(
        &mut self,
        now: Instant,
        key: ServerKey,
        request: &SipMessage,
        to: Destination,
        is_reliable: bool,
        owner: S,
    ) -> Result<(), TableFull> {
        if self.servers.len() >= self.limits.servers {
            return Err(TableFull);
        }
        let machine = ServerMachine::start(key.method(), now, self.timers, is_reliable);
        let merge = MergeKey::of_request(request).ok().flatten();
        if let Some(merge) = &merge {
            self.merges.insert(merge.clone(), key.clone());
        }
        let instead = Destination::of_via(request).unwrap_or_else(|| to.clone());
        self.servers.insert(key.clone(), Server { machine, merge, last: Vec::new(), to, instead, owner, filed: None });
        self.settle_server(&key);
        Ok(())
    }

    /// The INVITE that a CANCEL is for, if its transaction is open, and whether it still waits for a final response.
    pub fn invite_of_cancel(&self, cancel: &ServerKey) -> Option<(ServerKey, S, bool)> {
        let key = cancel.invite();
        let server = self.servers.get(&key)?;
        Some((key, server.owner.clone(), server.machine.is_waiting()))
    }

    /// Responds. `false` where the transaction is over or no longer takes such a response.
    pub fn respond(&mut self, now: Instant, key: &ServerKey, code: u16, bytes: Vec<u8>) -> bool {
        let Some(server) = self.servers.get_mut(key) else { return false };
        let step = server.machine.respond(now, code);
        if step.send {
            server.last = bytes;
        }
        self.carry_out_server(key, step);
        step.send
    }

    /// Time has passed: everything that is due, in the order of its moments.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(first) = self.deadlines.pop_first() {
            if first.0 > now {
                self.deadlines.insert(first);
                return;
            }
            let (at, key) = first;
            match key {
                Key::Client(key) => {
                    let Some(client) = self.clients.get_mut(&key) else { continue };
                    client.filed = None;
                    let step = client.machine.handle_timeout(at);
                    self.carry_out_client(&key, step, None);
                }
                Key::Server(key) => {
                    let Some(server) = self.servers.get_mut(&key) else { continue };
                    server.filed = None;
                    let step = server.machine.handle_timeout(at);
                    self.carry_out_server(&key, step);
                }
            }
        }
    }

    /// When time must be told next.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    fn carry_out_client(&mut self, key: &ClientKey, step: ClientStep, response: Option<SipMessage>) {
        let Some(client) = self.clients.get(key) else { return };
        if step.resend {
            let bytes = client.request.as_bytes().to_vec();
            self.outputs.push_back(TableOutput::Send { to: client.to.clone(), bytes, client: Some(key.clone()) });
        }
        if step.ack
            && let Some(bytes) = response.as_ref().and_then(|response| ack_of_refusal(&client.request, response, self.max_forwards))
        {
            self.outputs.push_back(TableOutput::Send { to: client.to.clone(), bytes, client: None });
        }
        match (step.news, response) {
            (Some(ClientNews::Response), Some(response)) => {
                self.outputs.push_back(TableOutput::Response(client.owner.clone(), key.clone(), Box::new(response)));
            }
            (Some(news), _) => self.outputs.push_back(TableOutput::Failed(client.owner.clone(), news)),
            (None, _) => {}
        }
        self.settle_client(key);
    }

    fn carry_out_server(&mut self, key: &ServerKey, step: ServerStep) {
        let Some(server) = self.servers.get(key) else { return };
        if step.send && !server.last.is_empty() {
            self.outputs.push_back(TableOutput::Send { to: server.to.clone(), bytes: server.last.clone(), client: None });
        }
        if step.send_trying {
            self.outputs.push_back(TableOutput::Trying(server.owner.clone()));
        }
        if let Some(news) = step.news {
            self.outputs.push_back(TableOutput::Acknowledged(server.owner.clone(), news));
        }
        self.settle_server(key);
    }

    /// Files the deadline anew, or takes out what is over.
    fn settle_client(&mut self, key: &ClientKey) {
        let Some(client) = self.clients.get_mut(key) else { return };
        let (is_over, next) = (client.machine.is_over(), client.machine.next_deadline());
        let before = std::mem::replace(&mut client.filed, next);
        if is_over {
            self.clients.remove(key);
        }
        self.file(Key::Client(key.clone()), before, next);
    }

    fn settle_server(&mut self, key: &ServerKey) {
        let Some(server) = self.servers.get_mut(key) else { return };
        let (is_over, next) = (server.machine.is_over(), server.machine.next_deadline());
        let before = std::mem::replace(&mut server.filed, next);
        if is_over && let Some(merge) = self.servers.remove(key).and_then(|server| server.merge) {
            self.merges.remove(&merge);
        }
        self.file(Key::Server(key.clone()), before, next);
    }

    fn file(&mut self, key: Key, before: Option<Instant>, next: Option<Instant>) {
        if before == next {
            return;
        }
        if let Some(before) = before {
            self.deadlines.remove(&(before, key.clone()));
        }
        if let Some(next) = next {
            self.deadlines.insert((next, key));
        }
    }
}

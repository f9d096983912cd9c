//! The four machines as two: one for requests of ours, one for those of peers.

use std::time::Instant;

use super::invite_client::{InviteClient, InviteClientState};
use super::invite_server::{InviteServer, InviteServerState};
use super::other_client::{OtherClient, OtherClientState};
use super::other_server::{OtherServer, OtherServerState};
use super::{ClientStep, ServerStep, SipTimers};
use crate::method::SipMethod;

/// A request of ours.
pub(super) enum ClientMachine {
    Invite(InviteClient),
    Other(OtherClient),
}

impl ClientMachine {
    pub(super) fn start(method: &SipMethod, now: Instant, timers: SipTimers, is_reliable: bool) -> ClientMachine {
        match method {
            SipMethod::Invite => ClientMachine::Invite(InviteClient::start(now, timers, is_reliable)),
            _ => ClientMachine::Other(OtherClient::start(now, timers, is_reliable)),
        }
    }

    pub(super) fn response(&mut self, now: Instant, code: u16) -> ClientStep {
        match self {
            ClientMachine::Invite(machine) => machine.response(now, code),
            ClientMachine::Other(machine) => machine.response(now, code),
        }
    }

    pub(super) fn transport_failed(&mut self) -> ClientStep {
        match self {
            ClientMachine::Invite(machine) => machine.transport_failed(),
            ClientMachine::Other(machine) => machine.transport_failed(),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> ClientStep {
        match self {
            ClientMachine::Invite(machine) => machine.handle_timeout(now),
            ClientMachine::Other(machine) => machine.handle_timeout(now),
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self {
            ClientMachine::Invite(machine) => machine.next_deadline(),
            ClientMachine::Other(machine) => machine.next_deadline(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            ClientMachine::Invite(machine) => machine.state() == InviteClientState::Terminated,
            ClientMachine::Other(machine) => machine.state() == OtherClientState::Terminated,
        }
    }

    /// An INVITE that may be cancelled.
    pub(super) fn is_proceeding(&self) -> bool {
        matches!(self, ClientMachine::Invite(machine) if machine.state() == InviteClientState::Proceeding)
    }
}

/// A request of a peer.
pub(super) enum ServerMachine {
    Invite(InviteServer),
    Other(OtherServer),
}

impl ServerMachine {
    pub(super) fn start(method: &SipMethod, now: Instant, timers: SipTimers, is_reliable: bool) -> ServerMachine {
        match method {
            SipMethod::Invite => ServerMachine::Invite(InviteServer::start(now, timers, is_reliable)),
            _ => ServerMachine::Other(OtherServer::start(timers, is_reliable)),
        }
    }

    pub(super) fn respond(&mut self, now: Instant, code: u16) -> ServerStep {
        match self {
            ServerMachine::Invite(machine) => machine.respond(now, code),
            ServerMachine::Other(machine) => machine.respond(now, code),
        }
    }

    /// The request again, or the ACK that has its key.
    pub(super) fn request_again(&mut self, now: Instant, is_ack: bool) -> ServerStep {
        match self {
            ServerMachine::Invite(machine) if is_ack => machine.ack(now),
            ServerMachine::Invite(machine) => machine.request_again(),
            ServerMachine::Other(machine) => machine.request_again(),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) -> ServerStep {
        match self {
            ServerMachine::Invite(machine) => machine.handle_timeout(now),
            ServerMachine::Other(machine) => {
                machine.handle_timeout(now);
                ServerStep::NOTHING
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self {
            ServerMachine::Invite(machine) => machine.next_deadline(),
            ServerMachine::Other(machine) => machine.next_deadline(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            ServerMachine::Invite(machine) => machine.state() == InviteServerState::Terminated,
            ServerMachine::Other(machine) => machine.state() == OtherServerState::Terminated,
        }
    }

    /// An INVITE without a final response.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self, ServerMachine::Invite(machine) if machine.state() == InviteServerState::Proceeding)
    }
}

//! What a media thread is told by others, and what it shares with them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use callport_core::call_id::CallId;
use callport_relay::{CallLeg, CallMedia, Digit, LegConfig, Remote};
use callport_sdp::RemoteDescription;
use tokio::sync::oneshot;

use crate::carried::PerSide;
use crate::counters::ThreadCounters;
use crate::directory::Directory;
use crate::leg_ports::LegSockets;
use crate::mailbox::Mailbox;
use crate::ports::{HeldPort, PortIndex, PortUse};
use crate::report::CallFacts;
use crate::slots::Slots;
use crate::sockets::Advertised;
use crate::tag::{SlotId, Ufrag};
use crate::transcode::Native;

/// A command. Those about a call whose slot has gone over to another are ignored.
pub(crate) enum Command {
    Open(Box<Opening>),
    Answer(SlotId, Arc<Described>),
    OpenGate(SlotId),
    Press(SlotId, Digit),
    Join(SlotId, Box<Joining>),
    Close(SlotId),
    Report(SlotId, oneshot::Sender<Box<CallFacts>>),
    Count(oneshot::Sender<ThreadCounters>),
    /// Close everything and end.
    Stop,
    /// A defect outside any one call.
    #[cfg(test)]
    Panic,
}

/// A call, made where it was asked for and carried from now on by the thread.
pub(crate) struct Opening {
    pub(crate) id: SlotId,
    pub(crate) port: HeldPort,
    /// Of the business leg, if its keys come by SDES.
    pub(crate) own: Option<LegSockets>,
    pub(crate) call_id: CallId,
    pub(crate) call: Box<CallMedia>,
    pub(crate) ufrags: PerSide<Ufrag>,
    pub(crate) opened: Instant,
    /// Who called, and so has described itself already.
    pub(crate) caller: CallLeg,
    pub(crate) described: Described,
}

/// A far end as read from its description.
#[derive(Clone)]
pub(crate) struct Described {
    pub(crate) description: RemoteDescription,
    pub(crate) remote: Remote,
}

/// A new leg for a phone that picks up, or that lost its way and comes back.
pub(crate) struct Joining {
    pub(crate) leg: LegConfig,
    pub(crate) ufrag: Ufrag,
    pub(crate) phone: Described,
}

/// What a thread and those who command it both hold.
pub(crate) struct Shared {
    /// The thread's number.
    pub(crate) thread: usize,
    pub(crate) mailbox: Mailbox<Command>,
    /// What was transcoded for calls of this thread.
    pub(crate) natives: Mailbox<Native>,
    pub(crate) slots: Slots,
    pub(crate) ports: Arc<PortUse>,
    /// Where far ends find each port.
    pub(crate) advertised: Vec<Advertised>,
    pub(crate) directory: Arc<Directory>,
    /// Events wait in such numbers that no new call should come.
    pub(crate) behind: AtomicBool,
    /// The thread has panicked and starts over: no new call should come.
    pub(crate) down: AtomicBool,
}

impl Shared {
    pub(crate) fn new(thread: usize, calls: usize, advertised: Vec<Advertised>, directory: Arc<Directory>) -> io::Result<Shared> {
        Ok(Shared {
            thread,
            mailbox: Mailbox::new()?,
            natives: Mailbox::new()?,
            slots: Slots::new(calls),
            ports: Arc::new(PortUse::new(advertised.len())),
            advertised,
            directory,
            behind: AtomicBool::new(false),
            down: AtomicBool::new(false),
        })
    }

    /// Where far ends find a port; nowhere if the thread has no such port.
    pub(crate) fn advertised(&self, port: PortIndex) -> Advertised {
        self.advertised.get(usize::from(port)).copied().unwrap_or_default()
    }
}

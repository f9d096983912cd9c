//! A business that signals by SIP: a user agent behind TLS that takes the platform's INVITEs, calls users by its own, and speaks with them as the
//! webhook backend does (platform docs, SIP Configuration Guide).
//!
//! One task owns the user agent and every connection (`switch`); each call has a task of its own, with its endpoint for media (`call`). They
//! tell each other what happened over bounded queues. It registers nowhere, as the platform takes no REGISTER.

mod call;
mod config;
mod incoming;
mod lines;
mod outgoing;
mod switch;
mod wire;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use config::{SipBackendConfig, SipCallOrder};

use crate::outgoing::{CallReport, OutgoingOutcome};
use crate::timeline::{Timeline, TimelineEvent};
use call::{Order, SipDesk};
use switch::{Placing, Switch};

/// Calls that may wait to be placed.
const PLACEMENT_QUEUE: usize = 64;

/// A SIP user agent at work. Dropping it ends its calls without ceremony; [`SipGateway::stop`] ends them with BYE.
pub struct SipGateway {
    address: SocketAddr,
    timeline: Timeline,
    placements: mpsc::Sender<Placing>,
    stop: watch::Sender<bool>,
    switch: JoinHandle<()>,
}

impl SipGateway {
    /// Listens for the platform and, when asked to, calls users.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(config: SipBackendConfig) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let timeline = Timeline::new();
        let (placements, placed) = mpsc::channel(PLACEMENT_QUEUE);
        let (stop, stopped) = watch::channel(false);
        tracing::info!(%address, host = config.host, mode = config.mode.as_str(), "backend listens for SIP");
        let desk = SipDesk::new(config, timeline.clone());
        let switch = tokio::spawn(Switch::new(desk, address).run(listener, placed, stopped));
        Ok(Self { address, timeline, placements, stop, switch })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every step from now on. A reader that falls far behind loses some.
    pub fn events(&self) -> broadcast::Receiver<TimelineEvent> {
        self.timeline.subscribe()
    }

    /// Calls a user.
    pub async fn place(&self, order: SipCallOrder) -> SipBackendCall {
        let (orders, inbox) = mpsc::channel(call::ORDER_QUEUE);
        let (report, finished) = oneshot::channel();
        // Refused only by a backend that has stopped: then the call says so.
        let _ = self.placements.send(Placing { order, orders: orders.clone(), inbox, report }).await;
        SipBackendCall { orders, report: finished }
    }

    /// Takes no more calls, ends every one with BYE, and waits for that, a few seconds at most.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A task that panicked has already told the log.
        let _ = self.switch.await;
    }
}

/// A call to a user under way. Dropping it leaves the call to itself.
pub struct SipBackendCall {
    orders: mpsc::Sender<Order>,
    report: oneshot::Receiver<CallReport>,
}

impl SipBackendCall {
    /// Ends it, wherever it stands: CANCEL or BYE.
    pub async fn hang_up(&self) {
        // A call that is over needs no order.
        let _ = self.orders.send(Order::Stop).await;
    }

    /// Waits for its end. A backend that stopped, or a second asking, is told as a call that was stopped.
    pub async fn finished(&mut self) -> CallReport {
        let nothing = CallReport { outcome: OutgoingOutcome::Stopped, call_id: None, hearing: None };
        (&mut self.report).await.unwrap_or(nothing)
    }
}

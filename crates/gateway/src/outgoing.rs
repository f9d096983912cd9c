//! One call to a user, from asking for permission to the judgement on what was heard.
//!
//! Platform docs, Business-initiated calls and Obtain user call permissions. Webhooks may come doubled, late, in any order and
//! before the reply to the request that caused them: doubles are gone before they come here, and nothing here waits for one
//! webhook because another has come.

mod order;
mod outcome;
mod permission;
mod ring;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use crate::arrival::Tidings;
use crate::desk::Desk;
use crate::hearing::Hearing;
use crate::timeline::What;
pub use order::{Asking, CallOrder, Callee, NobodyToCall, PermissionTemplate};
pub use outcome::{NotAsked, OutgoingOutcome};

/// Calls that may wait to be placed.
pub(crate) const PLACEMENT_QUEUE: usize = 64;

/// News and orders that may wait for a call of ours; a whole one brings about ten.
const NEWS_QUEUE: usize = 256;

/// How a call of ours went.
#[derive(Debug)]
pub struct CallReport {
    /// What came of it.
    pub outcome: OutgoingOutcome,
    /// `wacid.…`, once the platform has agreed to place it.
    pub call_id: Option<String>,
    /// What was heard; none if nobody picked up.
    pub hearing: Option<Hearing>,
}

/// A call under way. Dropping it leaves the call to itself.
pub struct OutgoingCall {
    orders: mpsc::Sender<Order>,
    report: oneshot::Receiver<CallReport>,
}

impl OutgoingCall {
    /// Ends it, wherever it stands: stops waiting, cancels the ringing, or hangs up.
    pub async fn hang_up(&self) {
        // A call that is over needs no order.
        let _ = self.orders.send(Order::HangUp).await;
    }

    /// Waits for its end. A backend that stopped, or a second asking, is told as a call that was stopped.
    pub async fn finished(&mut self) -> CallReport {
        let nothing = CallReport { outcome: OutgoingOutcome::Stopped, call_id: None, hearing: None };
        (&mut self.report).await.unwrap_or(nothing)
    }
}

/// What a call of ours is told.
pub(crate) enum Order {
    /// A webhook that may be about it.
    News(Tidings),
    /// This side wants no more.
    HangUp,
}

/// A call on its way to the switchboard.
pub(crate) struct Placement {
    order: CallOrder,
    orders: mpsc::Sender<Order>,
    inbox: mpsc::Receiver<Order>,
    report: oneshot::Sender<CallReport>,
}

impl Placement {
    pub(crate) fn new(order: CallOrder) -> (Self, OutgoingCall) {
        let (orders, inbox) = mpsc::channel(NEWS_QUEUE);
        let (report, finished) = oneshot::channel();
        let call = OutgoingCall { orders: orders.clone(), report: finished };
        (Self { order, orders, inbox, report }, call)
    }

    /// Ends the call before it began.
    pub(crate) fn refuse(self, reason: &str) {
        let outcome = OutgoingOutcome::fault(reason);
        // Nobody may be waiting for it.
        let _ = self.report.send(CallReport { outcome, call_id: None, hearing: None });
    }

    /// The switchboard's line to the call, and the call's work.
    pub(crate) fn begin(self, desk: Arc<Desk>) -> (Line, impl Future<Output = ()> + use<>) {
        let Self { order, orders, inbox, report } = self;
        let call_id = Arc::new(OnceLock::new());
        let line = Line { call_id: call_id.clone(), orders };
        let placing = Placing { desk, order, call_id, inbox };
        let work = async move {
            // Nobody may be waiting for it.
            let _ = report.send(placing.run().await);
        };
        (line, work)
    }
}

/// How the switchboard reaches a call of ours.
pub(crate) struct Line {
    /// Known once the platform has replied to `connect`; its first webhooks may be quicker.
    call_id: Arc<OnceLock<String>>,
    orders: mpsc::Sender<Order>,
}

impl Line {
    /// Whether webhooks about this call may be meant.
    pub(crate) fn concerns(&self, call_id: &str) -> bool {
        self.call_id.get().is_none_or(|ours| ours == call_id) && !self.is_over()
    }

    /// Tells the call. A full queue belongs to a call that has been told enough.
    pub(crate) fn tell(&self, order: Order) {
        if self.orders.try_send(order).is_err() {
            tracing::debug!("gateway: webhooks for this call pile up unread; this one is dropped");
        }
    }

    /// Whether the call has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.orders.is_closed()
    }
}

/// The call's task.
struct Placing {
    desk: Arc<Desk>,
    order: CallOrder,
    call_id: Arc<OnceLock<String>>,
    inbox: mpsc::Receiver<Order>,
}

impl Placing {
    async fn run(mut self) -> CallReport {
        let (outcome, hearing) = match self.obtain_permission().await {
            Ok(permission) => self.call(&permission).await,
            Err(outcome) => (outcome, None),
        };
        self.tell(What::Finished(Box::new(outcome.clone())));
        CallReport { outcome, call_id: self.call_id.get().cloned(), hearing }
    }

    fn tell(&self, what: What) {
        self.desk.timeline.tell(self.call_id.get().map(String::as_str), what);
    }

    /// The next order; `None` means that the time is up. What is there already comes before the time.
    async fn next(&mut self, until: Instant) -> Option<Order> {
        tokio::select! {
            biased;
            order = self.inbox.recv() => Some(order.unwrap_or(Order::HangUp)),
            () = tokio::time::sleep_until(until.into()) => None,
        }
    }
}

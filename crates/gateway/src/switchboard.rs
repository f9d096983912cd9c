//! Which event belongs to which call. One task, no locks: events come in one at a time, calls run beside it.
//!
//! Deliveries may be doubled, late or out of order (platform docs, Webhooks): each (call, event) counts once, a connect that is too
//! old or whose terminate came first is not answered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callport_wire::calls::SdpType;
use callport_wire::webhooks::{CallEvent, Direction, EventKind, Outcome};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::call::{Call, Desk, ORDER_QUEUE, Order};
use crate::intake::Arrival;
use crate::seen::Seen;
use crate::timeline::{Ending, Verdict, What};

/// So many (call, event) pairs are remembered against doubles.
const REMEMBERED_EVENTS: usize = 20_000;

/// So many ended calls are remembered against connects that come after their terminate.
const REMEMBERED_ENDS: usize = 10_000;

/// When stopping, calls get this long to say terminate.
const FAREWELL: Duration = Duration::from_secs(5);

/// The one task that knows all calls.
pub(crate) struct Switchboard {
    desk: Arc<Desk>,
    seen: Seen<(String, String)>,
    ended: Seen<String>,
    live: HashMap<String, mpsc::Sender<Order>>,
    calls: JoinSet<String>,
}

impl Switchboard {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        Self { desk, seen: Seen::new(REMEMBERED_EVENTS), ended: Seen::new(REMEMBERED_ENDS), live: HashMap::new(), calls: JoinSet::new() }
    }

    /// Works until told to stop, then ends every call.
    pub(crate) async fn run(mut self, mut arrivals: mpsc::Receiver<Arrival>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                arrival = arrivals.recv() => match arrival {
                    Some(arrival) => self.take(arrival),
                    None => break,
                },
                Some(over) = self.calls.join_next() => self.forget(over),
                // An error means that the gateway was dropped.
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        for call in self.live.values() {
            // A call that has just ended needs no order.
            let _ = call.try_send(Order::Stop);
        }
        let farewell = async { while self.calls.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!(calls = self.calls.len(), "calls cut off");
        }
    }

    fn forget(&mut self, over: Result<String, tokio::task::JoinError>) {
        match over {
            Ok(id) => drop(self.live.remove(&id)),
            // A bug in one call; its orders go nowhere from now on.
            Err(error) => {
                tracing::error!(%error, "a call's task broke");
                self.live.retain(|_, orders| !orders.is_closed());
            }
        }
    }

    fn take(&mut self, Arrival { phone_number_id, event }: Arrival) {
        let kind = name(&event.event);
        let id = event.id.clone();
        let new = self.seen.insert((id.clone(), kind.clone()));
        let ours = self.desk.config.phone_number_id.as_ref().is_none_or(|ours| *ours == phone_number_id);
        let verdict = match event.event {
            _ if !ours => Verdict::NotForUs,
            _ if !new => Verdict::Duplicate,
            EventKind::Connect => self.verdict_on_connect(&event),
            EventKind::Terminate => Verdict::Taken,
            _ => Verdict::NotForUs,
        };
        self.desk.timeline.tell(Some(&id), What::Webhook { event: kind, verdict });
        match (verdict, &event.event) {
            (Verdict::Taken, EventKind::Connect) => self.begin(phone_number_id, event, false),
            (Verdict::TooManyCalls, EventKind::Connect) => self.begin(phone_number_id, event, true),
            (Verdict::Taken, EventKind::Terminate) => self.end(&event),
            _ => {}
        }
    }

    fn verdict_on_connect(&self, event: &CallEvent) -> Verdict {
        let offered = event.session.as_ref().is_some_and(|session| session.sdp_type == SdpType::Offer);
        let by_user = event.direction.map_or(offered, |direction| direction == Direction::UserInitiated);
        let age = (self.desk.config.unix_seconds)().saturating_sub(event.timestamp.0);
        if !by_user {
            Verdict::NotForUs
        } else if self.ended.contains(&event.id) {
            Verdict::AlreadyEnded
        } else if age > self.desk.config.stale_after.as_secs() as i64 {
            Verdict::Stale
        } else if self.live.len() >= self.desk.config.most_calls {
            Verdict::TooManyCalls
        } else {
            Verdict::Taken
        }
    }

    /// Starts a call's task; `decline` makes it say no, whatever the mode.
    fn begin(&mut self, phone_number_id: String, event: CallEvent, decline: bool) {
        let (orders, inbox) = mpsc::channel(ORDER_QUEUE);
        if !decline {
            self.live.insert(event.id.clone(), orders);
        }
        let call = Call::new(self.desk.clone(), event.id, phone_number_id, inbox);
        let offer = event.session.map(|session| session.sdp);
        self.calls.spawn(call.run(offer, decline));
    }

    fn end(&mut self, event: &CallEvent) {
        self.ended.insert(event.id.clone());
        if let Some(call) = self.live.get(&event.id) {
            let ending = Ending::Terminated {
                status: event.status.map(|status| Outcome::as_str(status).to_owned()),
                duration: event.duration,
                codes: event.errors.iter().map(|error| error.code).collect(),
            };
            // Its queue has room for the few orders there are; a call that is just ending needs none.
            let _ = call.try_send(Order::Terminated(ending));
        }
    }
}

/// An event's published name.
fn name(event: &EventKind) -> String {
    match event {
        EventKind::Connect => "connect",
        EventKind::Terminate => "terminate",
        EventKind::CallRecordingAvailable => "call_recording_available",
        EventKind::CallTranscriptionAvailable => "call_transcription_available",
        EventKind::CallCreated => "call_created",
        EventKind::Other(name) => name,
    }
    .to_owned()
}

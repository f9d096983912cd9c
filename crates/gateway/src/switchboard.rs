//! Which event belongs to which call. One task, no locks: events come in one at a time, calls run beside it.
//!
//! Deliveries may be doubled, late or out of order (platform docs, Webhooks): each (call, event) counts once, a connect that is too
//! old or whose terminate came first is not answered. What concerns a call of ours is passed on to it, also before it knows its id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callport_wire::calls::SdpType;
use callport_wire::webhooks::{CallEvent, Direction, EventKind, InboundContent, InboundMessage, TerminateStatus};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::arrival::{Arrival, Tidings};
use crate::call::{Call, ORDER_QUEUE, Order};
use crate::chat::{Chat, Unread};
use crate::desk::Desk;
use crate::outgoing::{self, Line, Placement};
use crate::seen::Seen;
use crate::timeline::{CallEnd, EventOutcome, What};

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
    ours: Vec<Line>,
    unread: mpsc::Sender<Unread>,
    tasks: JoinSet<Option<String>>,
}

impl Switchboard {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        let (chat, unread) = Chat::new(desk.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            chat.run().await;
            None
        });
        Self {
            desk,
            seen: Seen::new(REMEMBERED_EVENTS),
            ended: Seen::new(REMEMBERED_ENDS),
            live: HashMap::new(),
            ours: Vec::new(),
            unread,
            tasks,
        }
    }

    /// Works until told to stop, then ends every call.
    pub(crate) async fn run(
        mut self,
        mut arrivals: mpsc::Receiver<Arrival>,
        mut placements: mpsc::Receiver<Placement>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            tokio::select! {
                // A call is known here before any webhook that it causes.
                biased;
                // An error means that the gateway was dropped.
                _ = stop.wait_for(|stop| *stop) => break,
                Some(placement) = placements.recv() => self.place(placement),
                Some(over) = self.tasks.join_next() => self.forget(over),
                arrival = arrivals.recv() => match arrival {
                    Some(arrival) => self.take(arrival),
                    None => break,
                },
            }
        }
        for call in self.live.values() {
            // A call that has just ended needs no order.
            let _ = call.try_send(Order::Stop);
        }
        // The second order says not to wait for a last webhook: none is taken any more.
        for call in self.ours.iter().chain(&self.ours) {
            call.tell(outgoing::Order::HangUp);
        }
        drop(self.unread);
        let farewell = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "gateway: calls still running at the stop were ended");
        }
    }

    fn place(&mut self, placement: Placement) {
        if self.ours.len() >= self.desk.config.most_calls {
            return placement.refuse("too many calls of ours are up");
        }
        let (line, work) = placement.begin(self.desk.clone());
        self.ours.push(line);
        self.tasks.spawn(async move {
            work.await;
            None
        });
    }

    /// A task is over, and the call whose id it hands back.
    fn forget(&mut self, over: Result<Option<String>, tokio::task::JoinError>) {
        match over {
            Ok(Some(id)) => drop(self.live.remove(&id)),
            Ok(None) => self.ours.retain(|line| !line.is_over()),
            // A bug in one call; its orders go nowhere from now on.
            Err(error) => {
                tracing::error!(%error, "gateway: the task of a call panicked");
                self.live.retain(|_, orders| !orders.is_closed());
                self.ours.retain(|line| !line.is_over());
            }
        }
    }

    fn take(&mut self, Arrival { phone_number_id, tidings }: Arrival) {
        let name = tidings.name();
        let new = tidings.id().is_none_or(|id| self.seen.insert((id.to_owned(), name.clone())));
        let theirs = self.desk.config.phone_number_id.as_ref().zip(phone_number_id.as_ref()).is_some_and(|(ours, id)| ours != id);
        let verdict = match &tidings {
            _ if theirs => EventOutcome::NotForUs,
            _ if !new => EventOutcome::Duplicate,
            Tidings::Call(event) if self.is_ours(event) => EventOutcome::Taken,
            Tidings::Call(event) => self.verdict_on_call(event),
            Tidings::CallStatus(status) if self.ours.iter().any(|line| line.concerns(&status.id)) => EventOutcome::Taken,
            Tidings::CallStatus(_) => EventOutcome::NotForUs,
            Tidings::Message(message) => self.verdict_on_message(message),
            Tidings::MessageStatus(_) | Tidings::Trouble(_) => EventOutcome::Taken,
            Tidings::Field(_) => EventOutcome::NotForUs,
        };
        self.desk.timeline.tell(tidings.call_id(), What::Webhook { event: name, verdict });
        match (verdict, tidings) {
            (EventOutcome::Taken, Tidings::Call(event)) if !self.is_ours(&event) => match event.event {
                EventKind::Connect => self.begin(phone_number_id.unwrap_or_default(), *event, false),
                _ => self.end(&event),
            },
            (EventOutcome::TooManyCalls, Tidings::Call(event)) => self.begin(phone_number_id.unwrap_or_default(), *event, true),
            (EventOutcome::Taken, tidings) => self.pass_on(phone_number_id.unwrap_or_default(), tidings),
            _ => {}
        }
    }

    /// Whether this is about a call that this side placed, as far as can be told.
    fn is_ours(&self, event: &CallEvent) -> bool {
        let by_user = match event.direction {
            Some(direction) => direction == Direction::UserInitiated,
            // One published sample names no direction: offers come from users, answers from our calls.
            None => event.session.as_ref().map_or(self.live.contains_key(&event.id), |session| session.sdp_type == SdpType::Offer),
        };
        !by_user && self.ours.iter().any(|line| line.concerns(&event.id))
    }

    fn verdict_on_call(&self, event: &CallEvent) -> EventOutcome {
        match event.event {
            EventKind::Connect => self.verdict_on_connect(event),
            EventKind::Terminate => EventOutcome::Taken,
            _ => EventOutcome::NotForUs,
        }
    }

    fn verdict_on_connect(&self, event: &CallEvent) -> EventOutcome {
        let offered = event.session.as_ref().is_some_and(|session| session.sdp_type == SdpType::Offer);
        let by_user = event.direction.map_or(offered, |direction| direction == Direction::UserInitiated);
        let age = (self.desk.config.unix_seconds)().saturating_sub(event.timestamp.0);
        if !by_user || !self.desk.config.attends {
            EventOutcome::NotForUs
        } else if self.ended.contains(&event.id) {
            EventOutcome::AlreadyEnded
        } else if age > self.desk.config.stale_after.as_secs() as i64 {
            EventOutcome::Stale
        } else if self.live.len() >= self.desk.config.most_calls {
            EventOutcome::TooManyCalls
        } else {
            EventOutcome::Taken
        }
    }

    fn verdict_on_message(&self, message: &InboundMessage) -> EventOutcome {
        match message.content {
            InboundContent::PermissionReply(_) => EventOutcome::Taken,
            _ if !self.desk.config.attends => EventOutcome::NotForUs,
            _ if self.unread.capacity() == 0 => EventOutcome::TooManyMessages,
            _ => EventOutcome::Taken,
        }
    }

    /// To the calls of ours that it may concern; what users write, to the chat.
    fn pass_on(&mut self, phone_number_id: String, tidings: Tidings) {
        match tidings {
            Tidings::Message(message) => match &message.content {
                InboundContent::PermissionReply(reply) => {
                    self.desk.timeline.tell(None, What::PermissionReply(reply.clone()));
                    self.tell_all(Tidings::Message(message));
                }
                // There is room: the verdict has looked.
                _ => drop(self.unread.try_send(Unread { phone_number_id, message: *message })),
            },
            tidings => self.tell_all(tidings),
        }
    }

    fn tell_all(&self, tidings: Tidings) {
        let concerned = |line: &&Line| tidings.call_id().is_none_or(|id| line.concerns(id));
        self.ours.iter().filter(concerned).for_each(|line| line.tell(outgoing::Order::News(tidings.clone())));
    }

    /// Starts a call's task; `decline` makes it say no, whatever the mode.
    fn begin(&mut self, phone_number_id: String, event: CallEvent, decline: bool) {
        let (orders, inbox) = mpsc::channel(ORDER_QUEUE);
        if !decline {
            self.live.insert(event.id.clone(), orders);
        }
        let call = Call::new(self.desk.clone(), event.id, phone_number_id, inbox);
        let offer = event.session.map(|session| session.sdp);
        self.tasks.spawn(async move { Some(call.run(offer, decline).await) });
    }

    fn end(&mut self, event: &CallEvent) {
        self.ended.insert(event.id.clone());
        if let Some(call) = self.live.get(&event.id) {
            let ending = CallEnd::Terminated {
                status: event.status.map(|status| TerminateStatus::as_str(status).to_owned()),
                duration: event.duration,
                codes: event.errors.iter().map(|error| error.code).collect(),
            };
            // Its queue has room for the few orders there are; a call that is just ending needs none.
            let _ = call.try_send(Order::Terminated(ending));
        }
    }
}

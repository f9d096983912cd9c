//! The owner of one call: places it, runs what is asked of it, wakes it at its deadlines, and sees it off.

use std::sync::Arc;
use std::time::Duration;

use callport_core::call::{EndReason, MediaSign};
use callport_core::call_id::CallId;
use callport_core::time::WallTime;
use callport_flow::calls::{AskCall, AskCallRefusal, Asked, CallAsk};
use callport_flow::{CallRow, Input};
use tokio::sync::{mpsc, oneshot};

use super::media::MEDIA_QUEUE;
use super::owners::{Owner, OwnerMessage};
use crate::fault::{Failed, Fault};
use crate::node::{Held, InputOutcome, Node, With};
use crate::ports::{MediaEvent, Settlement};
use crate::records::MediaReport;
use crate::requests::OpenRequest;
use crate::supervise::contained;

/// Messages that may wait for one call.
const QUEUE: usize = 64;
/// How long the media plane may take for its last report.
const LAST_REPORT: Duration = Duration::from_secs(5);
/// A pause before a step that nobody waits for is tried again when the store failed.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// How often a call is looked for that is placed, or ends, while somebody asks something of it.
const ROUTES: u32 = 3;

impl Node {
    /// Places a call. Its owner exists before the commit: a backend may answer before the commit has returned to us.
    pub(super) async fn place<I: Input>(self: &Arc<Self>, call: CallId, input: I, request: Option<Arc<OpenRequest>>) -> InputOutcome<I> {
        let (inbox, messages) = mpsc::channel(QUEUE);
        let (media, events) = mpsc::channel(MEDIA_QUEUE);
        self.owners.own(call.clone(), Owner { inbox, media });
        let (reply, answered) = oneshot::channel();
        let node = self.clone();
        self.start("the owner of a call", async move {
            let task = OwnerTask {
                node: node.clone(),
                messages,
                events,
                held: Held::placing(call.clone(), &*node.ports.clock),
                deadline: None,
                report: None,
            };
            if let Err(panicked) = contained(task.run(input, request, reply)).await {
                node.health.panicked();
                tracing::error!(call = call.short(), why = panicked.0, "bug: the owner of a call panicked; the call ends as failed");
                node.give_up(&call).await;
            }
        });
        answered.await.unwrap_or_else(|_| Err(Fault::new("engine: place", "a bug stopped it").into()))
    }

    /// Ends a call whose owner is gone, so that its parties are free, and tells its business.
    async fn give_up(self: &Arc<Self>, call: &CallId) {
        self.owners.disown(call);
        self.ports.media.close(call);
        let ask = AskCall { call: call.clone(), ask: CallAsk::Fail(EndReason::PlatformFault) };
        loop {
            match self.run(&ask, &mut Held::nothing(), With::default()).await {
                Err(Failed::Fault(fault)) if !self.health.is_fenced() => {
                    tracing::error!(call = call.short(), %fault, "a call whose owner panicked could not be ended; it is tried again");
                    self.ports.tasks.sleep(FAULT_PAUSE).await;
                }
                _ => return,
            }
        }
    }

    /// Asks something of a call, wherever its owner is.
    pub(crate) async fn ask(self: &Arc<Self>, ask: AskCall, request: Option<Arc<OpenRequest>>) -> Result<Asked, Failed<AskCallRefusal>> {
        let (reply, answered) = oneshot::channel();
        let node = self.clone();
        self.start("something asked of a call", async move {
            let _ = reply.send(node.route(ask, request).await); // the caller went away; it was carried out all the same
        });
        answered.await.unwrap_or_else(|_| Err(Fault::new("engine: call", "a bug stopped it; it may have been carried out").into()))
    }

    async fn route(self: &Arc<Self>, ask: AskCall, request: Option<Arc<OpenRequest>>) -> Result<Asked, Failed<AskCallRefusal>> {
        for _ in 0..ROUTES {
            if let Some(outcome) = self.ask_owner_here(&ask, &request).await {
                return outcome;
            }
            if let Some(outcome) = self.ask_on_record(&ask, request.as_deref()).await? {
                return outcome;
            }
        }
        Err(out_of_reach().into())
    }

    /// None: there is none, or it has just let go of the call.
    async fn ask_owner_here(&self, ask: &AskCall, request: &Option<Arc<OpenRequest>>) -> Option<Result<Asked, Failed<AskCallRefusal>>> {
        if let Some(owner) = self.owners.find(&ask.call) {
            let (reply, answered) = oneshot::channel();
            match owner.inbox.try_send(OwnerMessage::Ask(ask.clone(), request.clone(), reply)) {
                Ok(()) => {
                    if let Ok(outcome) = answered.await {
                        return Some(outcome);
                    }
                }
                Err(mpsc::error::TrySendError::Full(_)) => {
                    return Some(Err(Fault::new("engine: call", "too many commands for one call are waiting").into()));
                }
                Err(mpsc::error::TrySendError::Closed(_)) => {}
            }
        }
        None
    }

    /// No owner here: the record answers, or another process that owns the call. None: the record changed meanwhile, and a call that
    /// was not there may have been placed. Whoever went on with it here would do so behind its owner's back, who then keeps its media open.
    async fn ask_on_record(
        self: &Arc<Self>,
        ask: &AskCall,
        request: Option<&OpenRequest>,
    ) -> Result<Option<Result<Asked, Failed<AskCallRefusal>>>, Fault> {
        let found = self.ports.store.row(&callport_flow::Key::Call(ask.call.clone())).await?;
        let owner = match found.row.as_deref() {
            Some(callport_flow::Row::Call(row)) if row.live() => row.owner,
            _ => {
                let mut held = Held::on_record(ask.call.clone(), found);
                let outcome = self.run(ask, &mut held, With { request, ..With::default() }).await;
                return Ok((!held.overtaken).then_some(outcome));
            }
        };
        let heard = if owner == self.id { None } else { self.ports.bus.ask_owner(owner, ask.clone()).await };
        let asked = heard.ok_or_else(out_of_reach)??;
        if let Some(request) = request {
            request.is_written(); // by that process, in the commit of what was asked
        }
        Ok(Some(asked.map_err(Failed::Refused)))
    }
}

fn out_of_reach() -> Fault {
    Fault::new("engine: call", "the owner of this call cannot be reached")
}

struct OwnerTask {
    node: Arc<Node>,
    messages: mpsc::Receiver<OwnerMessage>,
    events: mpsc::Receiver<MediaEvent>,
    held: Held,
    /// The call's deadline on the calendar, and when it comes by the time that deadlines go by.
    deadline: Option<(WallTime, Duration)>,
    report: Option<MediaReport>,
}

impl OwnerTask {
    async fn run<I: Input>(mut self, input: I, request: Option<Arc<OpenRequest>>, reply: oneshot::Sender<InputOutcome<I>>) {
        let with = With { request: request.as_deref(), ..With::default() };
        let outcome = self.node.run(&input, &mut self.held, with).await;
        drop(request);
        let _ = reply.send(outcome); // whoever placed the call went away; it goes on and ends by its rules
        let clock = self.node.ports.clock.clone();
        while self.held.row().is_some_and(CallRow::live) && !self.node.health.is_fenced() {
            self.set_deadline();
            let (at, due) = match self.deadline {
                Some((at, due)) => (Some(at), Some(due)),
                None => (None, None),
            };
            tokio::select! { biased;
                Some(event) = self.events.recv() => self.media(event).await,
                () = sleep_until(&*clock, due) => self.surely(CallAsk::Wake, at).await,
                () = sleep_until(&*clock, self.held.overdue_at()) => self.tell_what_waits().await,
                message = self.messages.recv() => match message {
                    Some(message) => self.take(message).await,
                    None => break, // the registry let go of us
                },
            }
        }
        self.see_off().await;
    }

    /// A deadline that the rules moved is set anew. One that stands is not: a step that could not be saved has put it off.
    fn set_deadline(&mut self) {
        let at = self.held.row().and_then(CallRow::next_deadline).map(|(at, _)| at);
        if at != self.deadline.map(|(at, _)| at) {
            let clock = &self.node.ports.clock;
            self.deadline = at.map(|at| (at, clock.elapsed() + at.since(self.held.now(&**clock))));
        }
    }

    async fn take(&mut self, message: OwnerMessage) {
        match message {
            OwnerMessage::Ask(ask, request, reply) => {
                let with = With { request: request.as_deref(), ..With::default() };
                let outcome = self.node.run(&ask, &mut self.held, with).await;
                let _ = reply.send(outcome); // the asker went away
            }
            OwnerMessage::Waiting(reply) => {
                let _ = reply.send(self.held.waiting.clone()); // the asker went away
            }
        }
    }

    async fn media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Sign { sign, .. } => {
                let sign = self.by_our_calendar(sign);
                self.surely(CallAsk::Sign(sign), None).await;
            }
            MediaEvent::Milestone { side, milestone, .. } => self.surely(CallAsk::Milestone(side, milestone), None).await,
            MediaEvent::Closed { report, .. } => {
                self.report = Some(*report);
                // The relay dropped a call that the rules still hold to be alive.
                self.surely(CallAsk::Fail(EndReason::MediaFault), None).await;
            }
        }
    }

    /// The media plane reads the machine's calendar, and the call goes by its own.
    fn by_our_calendar(&self, sign: MediaSign) -> MediaSign {
        let clock = &*self.node.ports.clock;
        match sign {
            MediaSign::Silent(side, since) => MediaSign::Silent(side, self.held.now(clock) - clock.now().since(since)),
            MediaSign::Connected(_) | MediaSign::Flowing(_) => sign,
        }
    }

    /// For steps that nobody waits for: if the store fails, it is tried again after a pause, and meanwhile the call goes on.
    async fn surely(&mut self, ask: CallAsk, not_before: Option<WallTime>) {
        let Some(call) = self.held.call.clone() else { return };
        let retry = matches!(ask, CallAsk::Fail(_));
        let with = With { not_before, ..With::default() };
        loop {
            let outcome = self.node.run(&AskCall { call: call.clone(), ask: ask.clone() }, &mut self.held, with).await;
            let Err(Failed::Fault(fault)) = outcome else { return };
            tracing::error!(call = call.short(), %fault, "a step of a call could not be saved and is tried again");
            if let Some((_, due)) = &mut self.deadline {
                *due = self.node.ports.clock.elapsed() + FAULT_PAUSE;
            }
            if !retry || self.node.health.is_fenced() {
                return;
            }
            self.node.ports.tasks.sleep(FAULT_PAUSE).await;
        }
    }

    /// Writes what was held back without waiting any longer for a commit that takes it along.
    async fn tell_what_waits(&mut self) {
        let waiting = self.held.take_waiting();
        if let Err(fault) = self.node.write_down(waiting.clone()).await {
            tracing::error!(%fault, "entries of a live call could not be saved and are tried again");
            self.held.put_back(waiting, &*self.node.ports.clock);
        }
    }

    /// What was held back for a commit that the call will not make any more.
    async fn write_down(&mut self) {
        let waiting = self.held.take_waiting();
        while !waiting.is_empty() && !self.node.health.is_fenced() {
            match self.node.write_down(waiting.clone()).await {
                Ok(()) => return,
                Err(fault) => tracing::error!(%fault, "the last entries of a call could not be saved and are tried again"),
            }
            self.node.ports.tasks.sleep(FAULT_PAUSE).await;
        }
    }

    /// Waits for the last report, has it saved with what was held back, answers what is still in the queue, and goes.
    async fn see_off(mut self) {
        let (node, Some(call)) = (self.node.clone(), self.held.call.clone()) else { return };
        let clock = node.ports.clock.clone();
        let mut asked = Vec::new();
        if self.held.row.is_some() && !node.health.is_fenced() {
            let patience = node.ports.tasks.sleep(LAST_REPORT);
            tokio::pin!(patience);
            while self.report.is_none() {
                tokio::select! { biased;
                    Some(event) = self.events.recv() => match event {
                        MediaEvent::Closed { report, .. } => self.report = Some(*report),
                        event => self.media(event).await,
                    },
                    () = &mut patience => break,
                    message = self.messages.recv() => match message {
                        Some(OwnerMessage::Waiting(reply)) if asked.len() < QUEUE => asked.push(reply),
                        Some(message) => self.take(message).await,
                        None => break,
                    },
                }
            }
            drop(clock);
            self.write_down().await;
            if let Some(report) = self.report.take() {
                let saved = node.settler.push(Settlement::Report { call: call.clone(), report: Box::new(report) });
                let _ = saved.await; // fails only when the settler is gone
            }
        }
        for reply in asked {
            let _ = reply.send(Vec::new()); // all entries are on record now
        }
        node.owners.disown(&call);
        self.messages.close();
        while let Some(message) = self.messages.recv().await {
            match message {
                OwnerMessage::Ask(ask, request, reply) => {
                    let _ = reply.send(node.route(ask, request).await); // the asker went away
                }
                OwnerMessage::Waiting(reply) => {
                    let _ = reply.send(Vec::new()); // the asker went away
                }
            }
        }
        if node.health.is_fenced() {
            node.ports.media.close(&call);
        }
    }
}

async fn sleep_until(clock: &dyn crate::ports::Clock, due: Option<Duration>) {
    match due {
        Some(due) => clock.sleep_until_elapsed(due).await,
        None => std::future::pending().await,
    }
}

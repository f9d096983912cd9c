//! Users with a standing behaviour: each is watched by a task that does what its phone and its person would.
//!
//! A watcher sees what a phone sees. What came while nobody watched (a message not delivered yet, a call that rings) is met when
//! watching begins, as by a phone that is switched on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use callport_core::call::UserView;
use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId};
use callport_engine::records::{Message, MessageBody, Progress, User};
use callport_engine::{Fault, Receipt, UserCall, UserEvent};
use callport_people::{OnCall, Receipts};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, broadcast, watch};

use super::behaviour::{Conduct, Reaction};
use super::line::Line;
use super::receiving::{self, Incoming};
use super::script::{Plan, ScriptRefusal};
use super::shelf::Shelf;
use super::{MAX_STANDING, placing};

/// Reactions of one user that may wait for their moment. Of more messages, the reaction is left out.
const MAX_REACTIONS: usize = 64;

/// Who is watched.
#[derive(Default)]
pub(super) struct Standing(Mutex<HashMap<UserId, Watched>>);

/// When it is dropped, its watcher ends and so do reactions that wait. What they have begun they finish: a step of the engine that is
/// cut off in the middle leaves its webhooks to the next start.
struct Watched {
    _until_dropped: watch::Sender<()>,
}

impl Standing {
    /// Watches a user from now on, instead of as before.
    pub(super) fn put(&self, line: Line, shelf: Arc<Shelf>, user: UserId, conduct: Conduct) -> Result<(), ScriptRefusal> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_STANDING && !all.contains_key(&user) {
            return Err(ScriptRefusal::TooManyStanding(all.len()));
        }
        let events = line.engine.listen(&user);
        let (until_dropped, stop) = watch::channel(());
        let places = Arc::new(Semaphore::new(MAX_REACTIONS));
        tokio::spawn(Watcher { line, shelf, user: user.clone(), conduct, stop, places }.watch(events));
        all.insert(user, Watched { _until_dropped: until_dropped });
        Ok(())
    }

    /// False when nobody watched.
    pub(super) fn remove(&self, user: &UserId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(user).is_some()
    }
}

struct Watcher {
    line: Line,
    shelf: Arc<Shelf>,
    user: UserId,
    conduct: Conduct,
    /// Closed when nobody watches any more. Calls go on: a call that was met goes on as it began.
    stop: watch::Receiver<()>,
    /// For reactions that wait.
    places: Arc<Semaphore>,
}

impl Watcher {
    async fn watch(mut self, mut events: broadcast::Receiver<UserEvent>) {
        self.catch_up().await;
        loop {
            tokio::select! {
                biased;
                () = closed(&mut self.stop) => return,
                event = events.recv() => match event {
                    Ok(event) => self.happened(event).await,
                    Err(RecvError::Lagged(_)) => self.catch_up().await,
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    async fn happened(&mut self, event: UserEvent) {
        let done = match event {
            UserEvent::View(UserCall { call, number, view: UserView::Incoming, .. }) => self.rings(call, number).await,
            UserEvent::Message(message) => self.message(*message).await,
            _ => Ok(()),
        };
        self.note(done);
    }

    async fn catch_up(&mut self) {
        let done = self.look().await;
        self.note(done);
    }

    fn note(&self, done: Result<(), Fault>) {
        if let Err(fault) = done {
            tracing::warn!(user = %self.user, %fault, "a scripted user could not act on an event");
        }
    }

    async fn look(&mut self) -> Result<(), Fault> {
        for chat in self.line.engine.chats(&self.user).await? {
            for message in chat.messages {
                self.message(message).await?;
            }
        }
        match self.line.engine.current_call(&self.user) {
            Some(now) if now.view == UserView::Incoming => self.rings(now.call, now.number).await,
            _ => Ok(()),
        }
    }

    async fn rings(&mut self, call: CallId, number: PhoneNumberId) -> Result<(), Fault> {
        if matches!(self.conduct.calls, OnCall::Offline {}) || self.shelf.handles(&call, &self.user) {
            return Ok(());
        }
        let Some(user) = self.person().await? else { return Ok(()) };
        let incoming = Incoming { call, number, user, device: self.conduct.device };
        let (line, calls, talk) = (self.line.clone(), self.conduct.calls.clone(), self.conduct.talk.clone());
        if let Err(refusal) = self.shelf.put(|id| receiving::start(line, id, incoming, calls, talk)) {
            tracing::warn!(user = %self.user, %refusal, "a scripted user did not react to an incoming call");
        }
        Ok(())
    }

    /// A message that no device had yet is met; every later word of it is old news.
    async fn message(&mut self, message: Message) -> Result<(), Fault> {
        let MessageBody::Business(sent) = &message.body else { return Ok(()) };
        if sent.progress != Progress::Sent {
            return Ok(());
        }
        let reaction = self.conduct.reaction(&sent.content);
        let receipts: &[Receipt] = match self.conduct.receipts {
            Receipts::Read => &[Receipt::Delivered, Receipt::Read],
            Receipts::Delivered => &[Receipt::Delivered],
            Receipts::None if reaction.is_some() => &[Receipt::Delivered],
            Receipts::None => return Ok(()),
        };
        let Some(user) = self.person().await? else { return Ok(()) };
        let came_at = self.line.engine.now(); // before anybody is told that it came: whoever moves the calendar then moves the reaction
        for receipt in receipts {
            self.line.engine.received(&user, &message.id, *receipt).await?;
        }
        let Some((after, reaction)) = reaction else { return Ok(()) };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            tracing::warn!(user = %self.user, "too many messages wait for this scripted user: one is not reacted to");
            return Ok(());
        };
        let (line, shelf, at, mut stop) = (self.line.clone(), self.shelf.clone(), came_at + after, self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                biased; // what was taken back first does not happen
                () = closed(&mut stop) => return,
                () = line.engine.sleep_until(at) => drop(place),
            }
            react(line, &shelf, user, message, reaction).await;
        });
        Ok(())
    }

    async fn person(&self) -> Result<Option<User>, Fault> {
        self.line.engine.store().user(&self.user).await
    }
}

/// Returns when nobody watches any more.
async fn closed(stop: &mut watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

/// A person who reacts has read.
async fn react(line: Line, shelf: &Shelf, user: User, message: Message, reaction: Reaction) {
    let id = &message.id;
    if let Err(fault) = line.engine.received(&user, id, Receipt::Read).await {
        tracing::warn!(user = %user.id, %fault, "a scripted user could not mark a message as read");
    }
    match reaction {
        Reaction::Decide(decision) => {
            if let Err(refusal) = line.engine.answer_request(&user, id, decision).await {
                tracing::info!(user = %user.id, %refusal, "a scripted user could not answer a permission request");
            }
        }
        Reaction::Call(plan) => {
            let plan = Plan { button: Some(message.id), ..*plan };
            let (number, by) = (message.number, user.id.clone());
            if let Err(refusal) = shelf.put(|id| placing::start(line, id, user, number, plan)) {
                tracing::warn!(user = %by, %refusal, "a scripted user could not tap a call button");
            }
        }
    }
}

//! Runs inputs: fetches what a step asks for, commits what it decides, tries again when somebody was faster, and carries out what follows.
//!
//! Every input that comes in is run to its end by a task of the engine's own. A caller that goes away takes nothing along.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::time::WallTime;
use callport_flow::journal::{About, Entry, Fact};
use callport_flow::{
    Act, Ask, CallRow, Cx, Input, Key, MediaAnswer, MediaFault, Need, NodeId, Notice, Row, Rules, Transition, UserEvent, Version, View,
    Write, step,
};
use tokio::sync::{oneshot, watch};

use crate::calls::Owners;
use crate::deliveries::Outbox;
use crate::engine::Ports;
use crate::fault::{Failed, Fault};
use crate::health::Health;
use crate::injection::FaultInjection;
use crate::ports::{
    BusinessLine, Clock, Commit, CommitFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, Queued, Versioned,
};
use crate::requests::{OpenRequest, Requests};
use crate::settler::Settler;
use crate::supervise::contained;
use crate::users::UserBus;

/// Runs of one input that end in conflicts before its sender is told to try again. Nobody needed more than four in simulation.
const TRIES: u32 = 50;
/// A pause before a commit whose outcome is not known is tried again.
const UNKNOWN_PAUSE: Duration = Duration::from_millis(20);
/// The pause grows up to this.
const UNKNOWN_PAUSE_MOST: Duration = Duration::from_secs(1);
/// Entries that one call may hold back for its next commit; more are dropped, oldest kept.
const MAX_WAITING: usize = 256;
/// Entries of a call wait so long for a commit that takes them along. Then they are written by themselves: people follow calls as they happen.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What comes of an input.
pub(crate) type InputOutcome<I> = Result<<I as Input>::Done, Failed<<I as Input>::Refusal>>;

/// What goes with an input.
#[derive(Clone, Copy, Default)]
pub(crate) struct With<'a> {
    /// A moment that has come by the time that deadlines go by, whatever the calendar says.
    pub(crate) not_before: Option<WallTime>,
    /// The request of the Graph API that asks for it: its entry is in the input's commit.
    pub(crate) request: Option<&'a OpenRequest>,
}

/// The engine of this process.
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) ports: Ports,
    pub(crate) rules: Rules,
    pub(crate) transcodes: Vec<AdditionalCodec>,
    pub(crate) line: Arc<dyn BusinessLine>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) settler: Arc<Settler>,
    pub(crate) owners: Owners,
    pub(crate) users: UserBus,
    pub(crate) health: Arc<Health>,
    pub(crate) stopping: AtomicBool,
    pub(crate) commits: AtomicU64,
    /// Changes whenever entries were written to the journal.
    pub(crate) journal: Arc<watch::Sender<u64>>,
    pub(crate) requests: Requests,
    /// What goes wrong because a test asked for it.
    pub(crate) faults: Arc<FaultInjection>,
}

/// A live call in its owner's hands: as it stands in memory, the version on record, and what waits for the next commit.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) call: Option<CallId>,
    pub(crate) row: Option<(Version, Arc<Row>)>,
    pub(crate) waiting: Vec<Entry>,
    /// When the first of them was held back, by the time that deadlines go by.
    since: Option<Duration>,
    /// The calendar's moment, and that of the time that deadlines go by, at which the owner began.
    began: Option<(WallTime, Duration)>,
    /// What the record said of a call that is nobody's, or over: it is judged by that alone.
    record: Option<Versioned>,
    /// The record has changed meanwhile. The call may have been placed, and then only its owner may go on with it.
    pub(crate) overtaken: bool,
}

impl Held {
    /// Nothing: whatever the input is about is read from the store.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// A call that has no owner, as its record was found.
    pub(crate) fn on_record(call: CallId, found: Versioned) -> Self {
        Self { call: Some(call), record: Some(found), ..Self::default() }
    }

    /// A call that is about to be placed.
    pub(crate) fn placing(call: CallId, clock: &dyn Clock) -> Self {
        Self { call: Some(call), began: Some((clock.now(), clock.elapsed())), ..Self::default() }
    }

    /// The moment for a step. A call goes by the calendar as it was when it was placed, and by the time that passed since: when the machine's
    /// clock is set, it neither ends too early or too late, nor is it told to have lasted an hour longer.
    pub(crate) fn now(&self, clock: &dyn Clock) -> WallTime {
        match self.began {
            Some((at, elapsed)) => at + clock.elapsed().saturating_sub(elapsed),
            None => clock.now(),
        }
    }

    pub(crate) fn row(&self) -> Option<&CallRow> {
        match self.row.as_ref().map(|(_, row)| &**row) {
            Some(Row::Call(row)) => Some(row),
            _ => None,
        }
    }

    fn learned_by(&self, view: &mut View) {
        match (&self.call, &self.row, &self.record) {
            (Some(call), Some((version, row)), _) => view.learn(Key::Call(call.clone()), *version, Some(row.clone())),
            (Some(call), None, Some(found)) => view.learn(Key::Call(call.clone()), found.version, found.row.clone()),
            _ => {}
        }
    }

    /// The call's row among what is written.
    fn take(&mut self, version: Option<Version>, writes: Vec<Write>) {
        for write in writes {
            if let Write::Put(Row::Call(row)) = write
                && self.call.as_ref() == Some(&row.record.id)
            {
                let version = version.or(self.row.as_ref().map(|(version, _)| *version)).unwrap_or_default();
                self.row = Some((version, Arc::new(Row::Call(row))));
            }
        }
    }

    fn keep(&mut self, entries: Vec<Entry>, clock: &dyn Clock) {
        let room = MAX_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend(entries.into_iter().take(room));
        self.since = self.since.or_else(|| Some(clock.elapsed()));
    }

    /// When what is held back has waited long enough for a commit to take it along.
    pub(crate) fn overdue_at(&self) -> Option<Duration> {
        self.since.map(|since| since + LONGEST_WAIT)
    }

    /// What is held back, to be written by itself.
    pub(crate) fn take_waiting(&mut self) -> Vec<Entry> {
        self.since = None;
        std::mem::take(&mut self.waiting)
    }

    /// It was not written: it waits on, for as long again.
    pub(crate) fn put_back(&mut self, entries: Vec<Entry>, clock: &dyn Clock) {
        self.waiting = entries;
        self.since = (!self.waiting.is_empty()).then(|| clock.elapsed());
    }

    /// A phone has joined the media, though its pick-up was not saved.
    fn joined(&mut self) {
        if let (Some((version, _)), Some(row)) = (&self.row, self.row()) {
            let row = CallRow { joined: true, ..row.clone() };
            self.row = Some((*version, Arc::new(Row::Call(row))));
        }
    }
}

impl Node {
    /// The one way in for whatever no live call's owner must run.
    pub(crate) async fn submit<I: Input>(self: &Arc<Self>, input: I, request: Option<Arc<OpenRequest>>) -> InputOutcome<I> {
        let (reply, answered) = oneshot::channel();
        let node = self.clone();
        self.start("an input", async move {
            let with = With { request: request.as_deref(), ..With::default() };
            let outcome = node.run(&input, &mut Held::nothing(), with).await;
            let _ = reply.send(outcome); // the caller went away; it was carried out all the same
        });
        answered.await.unwrap_or_else(|_| Err(Fault::new("engine: input", "a bug stopped it; it may have been carried out").into()))
    }

    /// Starts a task whose panic is told and counted.
    pub(crate) fn start(self: &Arc<Self>, what: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let health = self.health.clone();
        self.ports.tasks.spawn(Box::pin(async move {
            if let Err(panicked) = contained(task).await {
                health.panicked();
                tracing::error!(why = panicked.0, "bug: {what} panicked");
            }
        }));
    }

    /// Runs one input to its end.
    pub(crate) async fn run<I: Input>(&self, input: &I, held: &mut Held, with: With<'_>) -> InputOutcome<I> {
        let mut view = View::default();
        let outcome = self.run_in(input, held, &mut view, with).await;
        if outcome.is_err() {
            // What was opened for a run that came to nothing.
            if let Some(call) = view.opened() {
                self.ports.media.close(call);
            }
            if view.joined() {
                held.joined();
            }
        }
        outcome
    }

    async fn run_in<I: Input>(&self, input: &I, held: &mut Held, view: &mut View, with: With<'_>) -> InputOutcome<I> {
        let random = self.random();
        for round in 0..TRIES {
            let transition = self.decide(input, held, view, with.not_before, random).await?;
            if transition.soft && held.row.is_some() {
                held.take(None, transition.writes);
                held.keep(transition.entries, &*self.ports.clock);
                self.act(transition.acts);
                return transition.done.map_err(Failed::Refused);
            }
            if transition.is_empty() && transition.done.is_ok() {
                self.act(transition.acts);
                return transition.done.map_err(Failed::Refused);
            }
            match self.commit(held, transition, with.request).await {
                Ok(done) => return done.map_err(Failed::Refused),
                Err(CommitFault::Conflict) => {
                    view.forget();
                    self.refresh(held).await?;
                    if round > 2 {
                        let spread = u64::from(random[(round % 32) as usize]);
                        self.ports.tasks.sleep(Duration::from_micros(spread * u64::from(round) * 10)).await;
                    }
                }
                Err(CommitFault::Failed(fault) | CommitFault::Unknown(fault)) => return Err(fault.into()),
                Err(fenced @ CommitFault::Fenced) => return Err(Fault::new("engine: commit", fenced).into()),
            }
        }
        Err(Fault::new("engine: commit", "others were faster too often").into())
    }

    /// Runs the step until it lacks nothing.
    async fn decide<I: Input>(
        &self,
        input: &I,
        held: &Held,
        view: &mut View,
        not_before: Option<WallTime>,
        random: [u8; 32],
    ) -> Result<Transition<I::Done, I::Refusal>, Fault> {
        loop {
            held.learned_by(view);
            let now = held.now(&*self.ports.clock);
            let cx = Cx {
                now: not_before.map_or(now, |at| now.max(at)),
                node: self.id,
                random,
                rules: &self.rules,
                transcodes: &self.transcodes,
                takes_calls: !self.stopping.load(Ordering::Relaxed),
            };
            match step(input, view, &cx) {
                Ok(transition) => return Ok(transition),
                Err(need) => self.fetch(need, view, cx.now).await?,
            }
        }
    }

    async fn fetch(&self, need: Need, view: &mut View, now: WallTime) -> Result<(), Fault> {
        let store = &self.ports.store;
        match need {
            Need::Row(key) => {
                let found = store.row(&key).await?;
                view.learn(key, found.version, found.row);
            }
            Need::Rows(query) => {
                let rows = store.rows(&query).await?;
                view.learn_rows(query, rows);
            }
            Need::Busy(ask) => {
                let busy = store.busy(&ask).await?;
                view.learn_busy(ask, busy);
            }
            Need::FreeMessages(ask) => {
                let count = store.free_messages(&ask).await?;
                view.learn_free_messages(ask, count);
            }
            Need::PickUps(ask) => {
                let calls = store.pick_ups(&ask).await?;
                view.learn_pick_ups(ask, calls);
            }
            Need::Listeners(waba, field) => {
                let any = self.line.listens(&waba, field).await?;
                view.learn_listeners(waba, field, any);
            }
            Need::Media(ask) => {
                if let Some(call) = view.opened() {
                    self.ports.media.close(call); // another run asked for something else
                }
                let said = self.ask_media(&ask, now).await;
                view.learn_media(ask, said);
            }
        }
        Ok(())
    }

    async fn ask_media(&self, ask: &Ask, now: WallTime) -> Result<MediaAnswer, MediaFault> {
        let media = &self.ports.media;
        match ask.clone() {
            Ask::OpenUserCall { call, number, offer, codecs, keys } => {
                let OpenedCall { phone_answer, business_offer } =
                    media.open(OpenCall { call, number, phone_offer: offer, codecs, keys, now }).await?;
                Ok(MediaAnswer::OpenedUserCall { phone_answer, business_offer })
            }
            Ask::OpenBusinessCall { call, number, offer, codecs, keys } => {
                let request = OpenBusinessCall { call, number, business_offer: offer, codecs, keys, now };
                let OpenedBusinessCall { business_answer, warnings } = media.open_business_call(request).await?;
                Ok(MediaAnswer::OpenedBusinessCall { business_answer, warnings })
            }
            Ask::Join { call, offer, again: false } => media.pick_up(&call, offer).await.map(MediaAnswer::Joined),
            Ask::Join { call, offer, again: true } => media.rejoin(&call, offer).await.map(MediaAnswer::Joined),
            Ask::ReadAnswer { answer, codecs, keys } => {
                media.read_answer(&answer, &codecs, keys).map(MediaAnswer::Answer).map_err(|refusal| MediaFault::Refused(refusal.0))
            }
        }
    }

    /// Commits a transition with what the call's owner held back, and carries out what follows.
    async fn commit<D, R: Any>(
        &self,
        held: &mut Held,
        transition: Transition<D, R>,
        request: Option<&OpenRequest>,
    ) -> Result<Result<D, R>, CommitFault> {
        let Transition { done, expects, guards, writes, mut entries, told, acts, soft: _ } = transition;
        let webhooks = self.line.prepare(&told, self.ports.clock.now()).await.map_err(CommitFault::Failed)?;
        if webhooks.is_empty() {
            entries
                .extend(told.iter().filter(|notice| notice.by_webhook()).filter_map(|notice| nobody_told(notice, self.ports.clock.now())));
        }
        let request = request.filter(|request| request.join(&mut entries, done.as_ref().err(), &*self.ports.clock));
        let waiting = held.take_waiting();
        let kept = waiting.len();
        entries.splice(0..0, waiting);
        let id = self.next_commit();
        let commit = Arc::new(Commit { id, node: self.id, expects, guards, writes, entries, webhooks });
        let queued = self.surely(&commit).await;
        // Only now is it nobody's but ours: the store has let go of it.
        let commit = Arc::unwrap_or_clone(commit);
        match queued {
            Ok(queued) => {
                if let Some(request) = request {
                    request.is_written();
                }
                if !commit.entries.is_empty() {
                    self.journal.send_modify(|grown| *grown += 1);
                }
                held.take(Some(id), commit.writes);
                if done.is_ok() {
                    self.act(acts);
                }
                self.line.committed(commit.webhooks, &queued);
                told.into_iter().filter(Notice::by_sip).for_each(|notice| self.ports.sip.told(notice));
                Ok(done)
            }
            Err(fault) => {
                held.put_back(commit.entries.into_iter().take(kept).collect(), &*self.ports.clock);
                Err(fault)
            }
        }
    }

    /// Entries that belong to no step, in a commit of their own: its id keeps them from being written twice.
    pub(crate) async fn write_down(&self, entries: Vec<Entry>) -> Result<(), CommitFault> {
        let (expects, guards, writes, webhooks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let commit = Commit { id: self.next_commit(), node: self.id, expects, guards, writes, entries, webhooks };
        self.surely(&Arc::new(commit)).await?;
        self.journal.send_modify(|grown| *grown += 1);
        Ok(())
    }

    /// The same commit until it is known what became of it.
    async fn surely(&self, commit: &Arc<Commit>) -> Result<Vec<Queued>, CommitFault> {
        let mut pause = UNKNOWN_PAUSE;
        let mut asked_before = false;
        loop {
            let mut result = self.ports.store.commit(commit.clone()).await;
            // That this attempt made nothing does not say what the first one did.
            if asked_before && let Err(CommitFault::Failed(fault)) = result {
                result = Err(CommitFault::Unknown(fault));
            }
            asked_before = true;
            match &result {
                Ok(_) | Err(CommitFault::Conflict) => self.health.wrote(true),
                Err(CommitFault::Failed(fault)) => {
                    tracing::error!(%fault, "a commit was not made");
                    self.health.wrote(false);
                }
                Err(CommitFault::Fenced) => self.health.fence(),
                Err(CommitFault::Unknown(fault)) => {
                    tracing::error!(%fault, "it is not known whether a commit was made; it is asked for again");
                    self.health.wrote(false);
                    self.ports.tasks.sleep(pause).await;
                    pause = (pause * 2).min(UNKNOWN_PAUSE_MOST);
                    continue;
                }
            }
            return result;
        }
    }

    /// Somebody was faster. The owner keeps its row, with all that media signs told it, if the one on record is still its own.
    async fn refresh(&self, held: &mut Held) -> Result<(), Fault> {
        if held.record.is_some() {
            held.overtaken = true;
            return Err(Fault::new("engine: call", "it changed while it was looked at"));
        }
        let (Some(call), Some((version, _))) = (&held.call, &held.row) else { return Ok(()) };
        let found = self.ports.store.row(&Key::Call(call.clone())).await?;
        if found.version != *version {
            held.row = found.row.map(|row| (found.version, row));
        }
        Ok(())
    }

    /// What follows a commit.
    pub(crate) fn act(&self, acts: Vec<Act>) {
        let media = &self.ports.media;
        for act in acts {
            match act {
                Act::ApplyAnswer(call, read) => media.apply_answer(&call, &read),
                Act::OpenGate(call) => media.open_gate(&call),
                Act::Press(call, digit) => media.press(&call, digit),
                Act::CloseMedia(call) => media.close(&call),
                Act::Show(user, event) => {
                    if let UserEvent::Ended { call, reason, seconds } = &event {
                        tracing::info!(call = call.short(), reason = reason.name(), seconds, "call ended");
                    }
                    self.owners.shown(&user, &event);
                    self.users.tell(&user, event);
                }
                Act::ShowAll(event) => self.users.tell_all(&event),
            }
        }
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ports.random.fill(&mut bytes);
        bytes
    }

    /// Ids that no other start of any process gives out.
    fn next_commit(&self) -> Version {
        u64::from(self.id) << 32 | (self.commits.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The business of a call hears nothing of it, which is what most people ask about first.
fn nobody_told(notice: &Notice, at: WallTime) -> Option<Entry> {
    let (call, parties) = notice.of_call()?;
    let about = About { call: Some(call.clone()), waba: Some(parties.waba.clone()), ..About::number(&parties.number_id) };
    Some(Entry::new(at, about, Fact::NobodyTold { event: notice.event().to_owned() }))
}

//! Books of its own, kept from what is committed and what arrives, and compared with what the platform believes.
//!
//! They look at each commit before anybody else does, and at the end at what is left.

mod calls;
mod kept;
mod outbox;
mod pairs;
mod people;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_engine::journal::words::who;
use callport_engine::journal::{Entry, Fact};
use callport_engine::ports::Commit;
use callport_engine::records::{Message, MessageBody, Number, Said, TariffCategory};
use callport_flow::{Key, NodeId, Row, Write};
use callport_store::StoreSnapshot;

use crate::exec::Exec;
use crate::world::{Running, Town};
use calls::Calls;
use kept::Kept;
use outbox::Lanes;
pub(crate) use outbox::Parcel;
use pairs::Pairs;
use people::People;

/// Tasks that a process has while nothing goes on: settler, outbox, house-keeping, entries of requests, retention, media events.
const IDLE_TASKS: usize = 6;
/// Enough of one kind to see what is wrong.
const MOST_VIOLATIONS: usize = 50;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When, since the beginning.
    pub at: Duration,
    /// What.
    pub what: String,
    /// The call, if it is about one.
    pub call: Option<CallId>,
}

/// What happened so far.
pub(crate) struct Books {
    exec: Exec,
    calm: bool,
    violations: Vec<Violation>,
    /// Who makes the commit that is about to be seen.
    pub(crate) committer: NodeId,
    ended: BTreeSet<NodeId>,
    calls: Calls,
    pairs: Pairs,
    lanes: Lanes,
    people: People,
    kept: Kept,
    /// When processes stopped in good order.
    stops: Vec<Duration>,
    /// Sides of calls whose media connected.
    connected: BTreeSet<(CallId, &'static str)>,
    subscribers: Vec<(AppId, WabaId)>,
    /// When calling of a number was switched on or off, and how it is now.
    switched: BTreeMap<PhoneNumberId, (Duration, bool)>,
    messages: HashMap<String, u32>,
    asked: HashMap<(CallId, String), u32>,
}

impl Books {
    pub(crate) fn new(exec: Exec, town: &Town, calm: bool) -> Self {
        Self {
            exec,
            calm,
            violations: Vec::new(),
            committer: 0,
            ended: BTreeSet::new(),
            calls: Calls::default(),
            pairs: Pairs::default(),
            lanes: Lanes::default(),
            people: People::default(),
            kept: Kept::default(),
            stops: Vec::new(),
            connected: BTreeSet::new(),
            subscribers: town.apps.clone(),
            switched: BTreeMap::new(),
            messages: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    pub(crate) fn violated(&mut self, call: Option<&CallId>, what: String) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(Violation { at: self.exec.now(), what, call: call.cloned() });
        }
    }

    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }

    pub(crate) fn ended_node(&mut self, node: NodeId) {
        self.ended.insert(node);
    }

    /// A commit was made.
    pub(crate) fn committed(&mut self, commit: &Commit, left: &StoreSnapshot<'_>) {
        if self.ended.contains(&self.committer) {
            self.violated(None, format!("process {} was ended, and a commit of it was made", self.committer));
        }
        for entry in &commit.entries {
            self.noted(entry, left);
        }
        if commit.entries.is_empty() && !commit.writes.is_empty() && !self.calls.placed.is_empty() {
            self.violated(None, "rows were changed, and the journal says nothing of it".to_owned());
        }
        for write in &commit.writes {
            self.wrote_of_user(write);
            match write {
                Write::Put(Row::Call(row)) => self.wrote_call(row, commit, left),
                Write::Put(Row::Message(message)) => self.wrote_message(message),
                Write::Put(Row::Number(number)) => self.wrote_number(number),
                Write::Put(Row::Template(record)) => self.wrote_template(record),
                Write::Put(Row::Session(session)) => {
                    self.opened_session(session);
                    self.keeps_session(session);
                }
                Write::Put(_) => {}
                Write::Remove(key) => self.removed(key, left),
            }
        }
        self.compare_pairs(left);
        self.queued(commit);
    }

    fn noted(&mut self, entry: &Entry, left: &StoreSnapshot<'_>) {
        if let (Fact::BusinessAsked { action }, Some(call)) = (&entry.fact, &entry.about.call) {
            let times = self.asked.entry((call.clone(), action.clone())).or_default();
            *times += 1;
            if *times > 1 {
                self.violated(Some(call), format!("{action} was carried out twice"));
            }
        }
        if let (Fact::MediaConnected { side }, Some(call)) = (&entry.fact, &entry.about.call)
            && !self.connected.insert((call.clone(), who(*side)))
        {
            self.violated(Some(call), format!("media of {} connected twice in the journal", who(*side)));
        }
        self.keeps_entry(entry);
        self.noted_of_pair(entry, left);
        self.noted_refusal(entry, left);
    }

    fn wrote_message(&mut self, message: &Message) {
        self.keeps_message(message);
        let tag = match &message.body {
            MessageBody::Business(sent) => sent.content.body.clone(),
            MessageBody::User(Said::Text { text, .. }) => Some(text.clone()),
            _ => None,
        };
        // Each message is written anew as it comes further; its id tells one from two with the same text.
        if let Some(tag) = tag {
            let id = message.id.as_str();
            let first = self.messages.insert(format!("{tag} {id}"), 1).is_none();
            if first {
                self.sent(&tag);
                if matches!(&message.body, MessageBody::Business(sent) if sent.tariff.category == TariffCategory::Service) {
                    self.wrote_freely(message);
                }
                let times = self.messages.entry(tag.clone()).or_default();
                *times += 1;
                if *times > 1 {
                    self.violated(None, format!("message {tag:?} was written twice"));
                }
            }
        }
    }

    fn wrote_number(&mut self, number: &Number) {
        let (now, on) = (self.exec.now(), number.settings.enabled());
        let switched = self.switched.entry(number.id.clone()).or_insert((now, on));
        if switched.1 != on {
            *switched = (now, on);
        }
    }

    pub(crate) fn switched_at(&self, number: &PhoneNumberId) -> Duration {
        self.switched.get(number).map(|(at, _)| *at).unwrap_or_default()
    }

    /// How often a business's command is in the journal.
    pub(crate) fn asked(&self, call: &CallId, action: &str) -> u32 {
        self.asked.get(&(call.clone(), action.to_owned())).copied().unwrap_or(0)
    }

    pub(crate) fn written(&self, tag: &str) -> u32 {
        self.messages.get(tag).copied().unwrap_or(0)
    }

    /// At the end: nothing is left in the hands of a process that it should have let go of.
    pub(crate) fn at_rest(&mut self, node: &Running, tasks: usize) {
        let (engine, name) = (&node.engine, node.node);
        let health = engine.health();
        let mut left = |count: usize, what: &str| {
            if count > 0 {
                self.violated(None, format!("at the end: process {name} has {count} {what}"));
            }
        };
        left(engine.live_call_count(), "calls in its hands");
        left(engine.waiting_webhooks(), "webhooks in its outbox");
        left(tasks.saturating_sub(IDLE_TASKS), "tasks too many");
        left(usize::try_from(health.panics).unwrap_or(usize::MAX), "panics");
        left(usize::from(!health.writes), "store that it believes not to write");
        for call in node.media.open_calls() {
            self.violated(Some(&call), format!("at the end: process {name} has media open"));
        }
    }

    /// At the end: what was told has arrived.
    pub(crate) fn settled(&mut self) {
        let sip = if self.calm { self.calls.sip_unsettled() } else { Vec::new() };
        for (call, what) in self.calls.unsettled(&self.subscribers).into_iter().chain(self.lanes.undelivered()).chain(sip) {
            self.violated(call.as_ref(), what);
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.count()
    }

    fn number(left: &StoreSnapshot<'_>, number: &PhoneNumberId) -> Option<Arc<Row>> {
        left.row(&Key::Number(number.clone())).row
    }
}

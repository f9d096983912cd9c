//! The in-memory twin: the same answers as the file, for tests, for simulations and for runs that may forget.
//!
//! Nothing in it waits: each question and each commit is one look under one lock, and the same inputs give the same answers.

mod facets;
mod journal;
mod leaving;
mod names;
mod outbox;
mod queries;
mod rows;
mod state;

use std::sync::Arc;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::call_id::Direction;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::quality::PickUps;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::{
    Adopted, CallPage, Commit, CommitFault, JournalPage, MessagePage, NodeBeat, Old, Page, Queued, Reopened, Settlement, Store, Versioned,
};
use callport_engine::records::{
    App, AppGrant, CallRecord, Delivery, DeliveryId, DeliveryState, Invitation, Message, Number, PairRecord, Portfolio, Routing, Session,
    Stage, Subscription, Token, User, Waba,
};
use callport_flow::journal::{Entry, Recorded};
use callport_flow::{Busy, BusyAsk, CallRow, FreeAsk, Key, NodeId, PickUpAsk, Query, Row, Version};
use parking_lot::Mutex;

use facets::{Listed, Place};
use rows::{Stored, call};
use state::State;

/// Everything behind one lock. Nothing survives it.
#[derive(Default)]
pub struct MemoryStore {
    shared: bool,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    state: State,
    watch: Option<OnCommit>,
}

/// Looks at a commit and at what it left, before anybody else does. It must not ask the store itself, which is locked meanwhile.
pub type OnCommit = Box<dyn FnMut(&Commit, &StoreSnapshot<'_>) + Send>;

/// The store as it stands, for whoever checks that it is as it should be.
pub struct StoreSnapshot<'a>(&'a State);

impl StoreSnapshot<'_> {
    /// A row by its key.
    pub fn row(&self, key: &Key) -> Versioned {
        self.0.rows.row(key)
    }

    /// Calls that are not over, the oldest first.
    pub fn live_calls(&self) -> impl Iterator<Item = &CallRow> {
        self.0.rows.live_calls()
    }

    /// How many of them a number has, as guards count them.
    pub fn concurrent(&self, number: &PhoneNumberId) -> u32 {
        self.0.rows.concurrent(number)
    }

    /// Pending webhooks by id, without their bodies, each with the process that sends it.
    pub fn pending(&self) -> impl Iterator<Item = (NodeId, Delivery)> {
        self.0.outbox.pending()
    }

    /// Who sends a webhook, and what became of it; `None`: it is not on record, or no more.
    pub fn delivery(&self, id: DeliveryId) -> Option<(NodeId, DeliveryState)> {
        self.0.outbox.look(id)
    }

    /// The journal after that place in it.
    pub fn entries_after(&self, seq: u64) -> impl Iterator<Item = (u64, &Entry)> {
        self.0.journal.after(seq)
    }

    /// That process joined and was not ended.
    pub fn lives(&self, node: NodeId) -> bool {
        self.0.lives(node)
    }
}

/// Takes the record out of a row of that kind.
macro_rules! only {
    ($kind:ident) => {
        |stored: &Stored| match &*stored.row {
            Row::$kind(row) => Some(row.clone()),
            _ => None,
        }
    };
}
use only;

/// Places grow from 1.
const END: Place = Place::MAX;

impl MemoryStore {
    /// An empty one, for one process at a time: whoever joins ends the one before.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one for several processes.
    pub fn shared() -> Self {
        Self { shared: true, ..Self::default() }
    }

    /// From now on this looks at each commit that is made; once, also at one that is sent again.
    pub fn on_commit(&self, watch: OnCommit) {
        self.inside.lock().watch = Some(watch);
    }

    /// A look at everything as it stands.
    pub fn inspect<T>(&self, look: impl FnOnce(&StoreSnapshot<'_>) -> T) -> T {
        look(&StoreSnapshot(&self.inside.lock().state))
    }

    fn ask<T>(&self, question: impl FnOnce(&mut State) -> T) -> T {
        question(&mut self.inside.lock().state)
    }

    fn list<T>(&self, after: Listed, limit: u32, only: impl Fn(&Stored) -> Option<T>) -> Result<Vec<T>, Fault> {
        Ok(self.ask(|state| state.rows.after(after).take(limit as usize).filter_map(only).collect()))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn join(&self) -> Result<NodeId, Fault> {
        Ok(self.ask(|state| state.join(!self.shared)))
    }

    fn is_shared(&self) -> bool {
        self.shared
    }

    async fn beat(&self, node: NodeId) -> Result<Vec<NodeBeat>, Fault> {
        Ok(self.ask(|state| state.beat(node)))
    }

    async fn end_node(&self, seen: NodeBeat) -> Result<(), Fault> {
        self.ask(|state| state.end_node(seen));
        Ok(())
    }

    async fn adopt(&self, node: NodeId) -> Result<Adopted, Fault> {
        Ok(self.ask(|state| state.adopt(node)))
    }

    async fn row(&self, key: &Key) -> Result<Versioned, Fault> {
        Ok(self.ask(|state| state.rows.row(key)))
    }

    async fn rows(&self, query: &Query) -> Result<Vec<(Version, Arc<Row>)>, Fault> {
        Ok(self.ask(|state| state.rows.found(query).into_iter().map(|stored| (stored.version, Arc::clone(&stored.row))).collect()))
    }

    async fn free_messages(&self, ask: &FreeAsk) -> Result<u32, Fault> {
        Ok(self.ask(|state| state.rows.free_messages(ask)))
    }

    async fn pick_ups(&self, ask: &PickUpAsk) -> Result<PickUps, Fault> {
        let of = |place| Listed::CallOf(ask.number.clone(), place);
        let over = |record: &CallRecord| match &record.stage {
            Stage::Ended(ending) if record.direction == Direction::UserInitiated && ending.at >= ask.since => Some(ending.talk.is_some()),
            _ => None,
        };
        Ok(self.ask(|state| {
            let newest = state.rows.newest(of(0), of(END)).take(ask.among as usize);
            newest.filter_map(|stored| over(&call(&stored.row)?.record)).fold(PickUps::default(), |calls, picked_up| PickUps {
                ended: calls.ended + 1,
                picked_up: calls.picked_up + u32::from(picked_up),
            })
        }))
    }

    async fn busy(&self, ask: &BusyAsk) -> Result<Busy, Fault> {
        Ok(self.ask(|state| state.rows.busy(ask)))
    }

    async fn commit(&self, commit: Arc<Commit>) -> Result<Vec<Queued>, CommitFault> {
        let Inside { state, watch } = &mut *self.inside.lock();
        let outcome = state.commit(&commit)?;
        if outcome.now
            && let Some(watch) = watch
        {
            watch(&commit, &StoreSnapshot(state));
        }
        Ok(outcome.queued)
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), Fault> {
        self.ask(|state| settlements.into_iter().for_each(|settlement| state.settle(settlement)));
        Ok(())
    }

    async fn reopen(&self, id: DeliveryId, node: NodeId, due: WallTime, entry: Entry) -> Result<Reopened, Fault> {
        self.ask(|state| state.reopen(id, node, due, entry))
    }

    async fn remove_old(&self, what: Old, before: WallTime, most: u32) -> Result<u32, Fault> {
        Ok(self.ask(|state| state.remove_old(what, before, most)) as u32) // never more than `most`
    }

    async fn portfolios(&self, page: Page<PortfolioId>) -> Result<Vec<Portfolio>, Fault> {
        self.list(Listed::Portfolio(page.after), page.limit, only!(Portfolio))
    }

    async fn wabas(&self, page: Page<WabaId>) -> Result<Vec<Waba>, Fault> {
        self.list(Listed::Waba(page.after), page.limit, only!(Waba))
    }

    async fn wabas_of(&self, portfolio: &PortfolioId, page: Page<WabaId>) -> Result<Vec<Waba>, Fault> {
        self.list(Listed::WabaOf(portfolio.clone(), page.after), page.limit, only!(Waba))
    }

    async fn numbers(&self, waba: Option<&WabaId>, page: Page<PhoneNumberId>) -> Result<Vec<Number>, Fault> {
        let Some(waba) = waba else { return self.list(Listed::Number(page.after), page.limit, only!(Number)) };
        let own = self.list(Listed::NumberOf(waba.clone(), page.after.clone()), page.limit, only!(Number))?;
        let shared = self.list(Listed::SharedWith(waba.clone(), page.after), page.limit, only!(NumberAccount))?;
        let mut numbers = own;
        for account in shared {
            numbers.extend(self.number(&account.number).await?);
        }
        numbers.sort_by(|one, two| one.id.cmp(&two.id));
        numbers.dedup_by(|one, two| one.id == two.id);
        numbers.truncate(page.limit as usize);
        Ok(numbers)
    }

    async fn apps(&self, page: Page<AppId>) -> Result<Vec<App>, Fault> {
        self.list(Listed::App(page.after), page.limit, only!(App))
    }

    async fn users(&self, page: Page<UserId>) -> Result<Vec<User>, Fault> {
        self.list(Listed::User(page.after), page.limit, only!(User))
    }

    async fn grants(&self, waba: &WabaId) -> Result<Vec<AppGrant>, Fault> {
        self.list(Listed::Grant(waba.clone(), None), u32::MAX, only!(Grant))
    }

    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
        self.list(Listed::Subscription(waba.clone(), None), u32::MAX, only!(Subscription))
    }

    async fn routings(&self) -> Result<Vec<Routing>, Fault> {
        self.list(Listed::Routing(None), u32::MAX, only!(Routing))
    }

    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault> {
        self.list(Listed::Token(app.clone(), None), u32::MAX, only!(Token))
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault> {
        let list = user.map_or(Listed::Session(None), |user| Listed::SessionOf(user.clone(), None));
        self.list(list, u32::MAX, only!(Session))
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Fault> {
        self.list(Listed::Invitation(None), u32::MAX, only!(Invitation))
    }

    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
        self.list(Listed::Pair(user.clone(), None), u32::MAX, only!(Pair))
    }

    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault> {
        let MessagePage { number, user, before, limit } = page;
        Ok(self.ask(|state| {
            let here = |stored: &&Stored| matches!(&*stored.row, Row::Message(row) if row.number == number && row.user == user);
            let key = before.map(Key::Message).filter(|key| state.rows.get(key).as_ref().is_some_and(here));
            let end = key.and_then(|key| state.rows.place(&key)).unwrap_or(END);
            let chat = |place| Listed::Chat(user.clone(), Some((number.clone(), place)));
            state.rows.newest(chat(0), chat(end)).take(limit as usize).filter_map(only!(Message)).collect()
        }))
    }

    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault> {
        let CallPage { number, user, before, limit } = page;
        let list = |place| match (&user, &number) {
            (Some(user), _) => Listed::CallWith(user.clone(), place),
            (None, Some(number)) => Listed::CallOf(number.clone(), place),
            (None, None) => Listed::Call(place),
        };
        let wanted = |record: &&CallRecord| number.as_ref().is_none_or(|number| record.number == *number);
        Ok(self.ask(|state| {
            let end = before.map_or(END, |before| state.rows.place(&Key::Call(before)).unwrap_or(0));
            let records = state.rows.newest(list(0), list(end)).filter_map(|stored| Some(&call(&stored.row)?.record));
            records.filter(wanted).take(limit as usize).cloned().collect()
        }))
    }

    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault> {
        Ok(self.ask(|state| state.rows.live_calls().map(|call| call.record.clone()).collect()))
    }

    async fn journal(&self, page: JournalPage) -> Result<Vec<Recorded>, Fault> {
        Ok(self.ask(|state| state.journal.page(&page)))
    }

    async fn last_entry(&self) -> Result<u64, Fault> {
        Ok(self.ask(|state| state.journal.last()))
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
        Ok(self.ask(|state| state.outbox.get(id)))
    }

    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault> {
        Ok(self.ask(|state| state.outbox.of_call(call)))
    }

    async fn open_in_lane(&self, node: NodeId, id: DeliveryId) -> Result<Vec<Delivery>, Fault> {
        Ok(self.ask(|state| state.outbox.open_in_lane(node, id)))
    }

    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault> {
        Ok(self.ask(|state| state.outbox.newest(limit)))
    }
}

#[cfg(test)]
mod tests {
    use callport_flow::Write;

    use super::*;

    #[tokio::test]
    async fn a_watcher_sees_each_commit_once_and_what_it_left() {
        let store = MemoryStore::shared();
        let node = store.join().await.unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noting = Arc::clone(&seen);
        store.on_commit(Box::new(move |commit, left| {
            let versions = commit.writes.iter().map(|write| match write {
                Write::Put(row) => left.row(&row.key()).version,
                Write::Remove(key) => left.row(key).version,
            });
            noting.lock().push((commit.id, versions.collect::<Vec<_>>(), left.lives(commit.node)));
        }));
        let portfolio = Portfolio { verified: false, id: PortfolioId::parse("3001").unwrap(), name: "Acme".into() };
        let key = Key::Portfolio(portfolio.id.clone());
        let put = Commit {
            id: 5,
            node,
            expects: vec![(key.clone(), 0)],
            guards: vec![],
            writes: vec![Write::Put(Row::Portfolio(portfolio))],
            entries: vec![],
            webhooks: vec![],
        };
        let gone = Commit { id: 6, expects: vec![], writes: vec![Write::Remove(key.clone())], ..put.clone() };
        let conflicting = Commit { id: 7, expects: vec![(key.clone(), 5)], ..gone.clone() };
        for commit in [&put, &put, &gone, &put, &conflicting] {
            drop(store.commit(Arc::new(commit.clone())).await);
        }
        assert_eq!(*seen.lock(), [(5, vec![5], true), (6, vec![0], true)]);
        assert_eq!(store.inspect(|now| (now.row(&key).version, now.entries_after(0).count(), now.pending().count())), (0, 0, 0));
    }
}

//! The shared store as one process reaches it: slow, failing before a commit, torn after it, sometimes cut off for seconds.
//!
//! It keeps to the port's contract: "conflict" is said only of what was not made. Bugs that break it are in [`tamper`].

mod tamper;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::quality::PickUps;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::{
    Adopted, CallPage, Commit, CommitFault, JournalPage, MessagePage, NodeBeat, Old, Page, Queued, Reopened, Settlement, Store, Versioned,
};
use callport_engine::records::{
    App, AppGrant, CallRecord, Delivery, DeliveryId, Invitation, Message, Number, PairRecord, Portfolio, Routing, Session, Subscription,
    Token, User, Waba,
};
use callport_flow::journal::{Entry, Recorded};
use callport_flow::{Busy, BusyAsk, FreeAsk, Key, NodeId, PickUpAsk, Query, Row, Version};
use parking_lot::Mutex;

use crate::bug::Bug;
use crate::exec::Owner;
use crate::world::World;
use tamper::Copies;

/// How long an answer takes, at most.
const SLOW: Duration = Duration::from_millis(4);
/// While a process is cut off, its questions hang; this often they are sent again.
const CUT_LOOK: Duration = Duration::from_millis(500);

pub(crate) struct SimStore {
    world: Arc<World>,
    owner: Owner,
    node: AtomicU32,
    /// Commits that were made though the answer was lost.
    torn: Mutex<BTreeSet<Version>>,
    copies: Copies,
}

impl SimStore {
    pub(crate) fn new(world: Arc<World>, owner: Owner) -> Self {
        Self { world, owner, node: AtomicU32::new(0), torn: Mutex::default(), copies: Copies::default() }
    }

    /// Who this process is, once it joined.
    pub(crate) fn node(&self) -> NodeId {
        self.node.load(Ordering::Relaxed)
    }

    /// The way there and back: a pause is the worst kind of partition, so a process that is cut off gets no error.
    async fn way(&self) -> Result<(), Fault> {
        // Half of all answers are at hand.
        if self.world.exec.one_in(2) {
            self.world.exec.chance(SLOW).await;
        }
        while self.world.nodes.is_cut(self.owner) {
            self.world.exec.sleep(CUT_LOOK).await;
        }
        if self.world.fails(1) { Err(Fault::new("store", "no answer")) } else { Ok(()) }
    }

    /// What was read is older than the moment at which it is heard.
    async fn back(&self) {
        if self.world.exec.one_in(8) {
            self.world.exec.chance(SLOW).await;
        }
    }

    async fn commit_once(&self, commit: Arc<Commit>) -> Result<Vec<Queued>, CommitFault> {
        let id = commit.id;
        let torn = self.torn.lock().contains(&id);
        if let Err(fault) = self.way().await {
            // "Failed" says that this attempt made nothing; an earlier one may have.
            return Err(if self.world.exec.one_in(2) { CommitFault::Unknown(fault) } else { CommitFault::Failed(fault) });
        }
        if !torn && self.world.fails(1) {
            return Err(CommitFault::Conflict);
        }
        if torn && self.world.has(Bug::ConflictBeforeId) {
            return Err(CommitFault::Conflict);
        }
        let queued = self.apply(commit, torn).await?;
        if self.world.fails(1) {
            self.torn.lock().insert(id);
            return Err(CommitFault::Unknown(Fault::new("store: commit", "the answer was lost")));
        }
        self.world.may_crash_soon(self.owner);
        self.world.exec.chance(SLOW).await;
        Ok(queued)
    }
}

macro_rules! asks {
    ($({ $($whole:tt)* })? $($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for SimStore {
            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, Fault> {
                self.way().await?;
                let answer = self.world.store.$name($($arg),*).await;
                self.back().await;
                answer
            })*

            $($($whole)*)?
        }
    };
}

asks! {
    {
        async fn join(&self) -> Result<NodeId, Fault> {
            self.way().await?;
            let node = self.world.store.join().await?;
            self.node.store(node, Ordering::Relaxed);
            Ok(node)
        }

        fn is_shared(&self) -> bool {
            self.world.store.is_shared()
        }

        async fn end_node(&self, seen: NodeBeat) -> Result<(), Fault> {
            self.way().await?;
            self.world.store.end_node(seen).await?;
            if !self.world.store.inspect(|now| now.lives(seen.node)) {
                self.world.books.lock().ended_node(seen.node);
            }
            Ok(())
        }

        async fn adopt(&self, node: NodeId) -> Result<Adopted, Fault> {
            self.way().await?;
            let mut adopted = self.world.store.adopt(node).await?;
            self.back().await;
            if self.world.has(Bug::LeavesCalls) {
                adopted.calls.clear();
            }
            Ok(adopted)
        }

        async fn row(&self, key: &Key) -> Result<Versioned, Fault> {
            self.way().await?;
            let stale = match key {
                Key::Number(_) => self.world.has(Bug::StaleRefusals),
                Key::Template(_) => self.world.has(Bug::StaleTemplates),
                Key::Session(_) => self.world.has(Bug::StaleSessions),
                _ => false,
            };
            let found = if stale { self.copies.row(&self.world, key).await } else { self.world.store.row(key).await };
            self.back().await;
            found.map(|found| self.misread(found))
        }

        async fn commit(&self, commit: Arc<Commit>) -> Result<Vec<Queued>, CommitFault> {
            let outcome = self.commit_once(commit).await;
            self.world.counters.committed(&outcome);
            outcome
        }

        async fn busy(&self, ask: &BusyAsk) -> Result<Busy, Fault> {
            self.way().await?;
            let mut busy = self.world.store.busy(ask).await?;
            self.back().await;
            if self.world.has(Bug::RemovesUserInCall) && ask.number.is_none() {
                busy.user = None;
            }
            Ok(busy)
        }

        async fn remove_old(&self, what: Old, before: WallTime, most: u32) -> Result<u32, Fault> {
            self.way().await?;
            let removed = self.remove(what, before, most).await?;
            let all = removed < most;
            self.world.store.inspect(|left| self.world.books.lock().removed_old(what, before, all, left));
            self.back().await;
            Ok(removed)
        }

        async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), Fault> {
            self.way().await?;
            if self.world.has(Bug::LosesVerdicts) && self.world.exec.one_in(50) {
                return Ok(());
            }
            let seq = self.world.store.last_entry().await?;
            self.world.store.settle(settlements.clone()).await?;
            self.world.store.inspect(|left| self.world.books.lock().settled_some(&settlements, seq, left));
            if self.world.fails(1) { Err(Fault::new("store: settle", "the answer was lost")) } else { Ok(()) }
        }
    }

    beat(node: NodeId) -> Vec<NodeBeat>;
    free_messages(ask: &FreeAsk) -> u32;
    pick_ups(ask: &PickUpAsk) -> PickUps;
    rows(query: &Query) -> Vec<(Version, Arc<Row>)>;
    reopen(id: DeliveryId, node: NodeId, due: WallTime, entry: Entry) -> Reopened;
    portfolios(page: Page<PortfolioId>) -> Vec<Portfolio>;
    wabas(page: Page<WabaId>) -> Vec<Waba>;
    wabas_of(portfolio: &PortfolioId, page: Page<WabaId>) -> Vec<Waba>;
    numbers(waba: Option<&WabaId>, page: Page<PhoneNumberId>) -> Vec<Number>;
    apps(page: Page<AppId>) -> Vec<App>;
    users(page: Page<UserId>) -> Vec<User>;
    grants(waba: &WabaId) -> Vec<AppGrant>;
    subscriptions(waba: &WabaId) -> Vec<Subscription>;
    routings() -> Vec<Routing>;
    tokens(app: &AppId) -> Vec<Token>;
    sessions(user: Option<&UserId>) -> Vec<Session>;
    invitations() -> Vec<Invitation>;
    pairs_of(user: &UserId) -> Vec<PairRecord>;
    messages(page: MessagePage) -> Vec<Message>;
    calls(page: CallPage) -> Vec<CallRecord>;
    live_calls() -> Vec<CallRecord>;
    journal(page: JournalPage) -> Vec<Recorded>;
    last_entry() -> u64;
    delivery(id: DeliveryId) -> Option<Delivery>;
    deliveries_of(call: &CallId) -> Vec<Delivery>;
    open_in_lane(node: NodeId, id: DeliveryId) -> Vec<Delivery>;
    recent_deliveries(limit: u32) -> Vec<Delivery>;
}

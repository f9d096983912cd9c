//! The store in one SQLite file: one thread writes, a few read, and none of them is the async runtime's.
//!
//! Migrations are the numbered files in `migrations/`.
//! Why it is built this way: `docs/decisions/0007-store.md` and `docs/decisions/0027-sqlite-on-its-own-thread.md`.

mod cache;
mod commit;
mod content;
mod db;
mod desk;
mod migrations;
mod open;
mod row;
mod rows;
mod settings;
mod tables;
mod words;
mod writer;

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

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
use callport_flow::{Busy, BusyAsk, FreeAsk, NodeId, PickUpAsk, Query, Row, Version};
use tokio::task::spawn_blocking;

use crate::key::{Seal, SealingKey};
use cache::{Cache, Touched};
use commit::Unmade;
use db::Db;
use desk::{Desk, Jobs};
use tables::{apps, business, calls, commits, deliveries, enrolments, journal, messages, nodes, old, operators, pairs, people};
use writer::{Asked, Job, Writer};

/// Threads that read, each with a connection of its own.
const READERS: usize = 4;

/// A question, put on a reader's thread.
type Question = Box<dyn FnOnce(&Db) + Send>;

/// The store in one file. Dropping it waits for the commits that were accepted, as [`SqliteStore::close`] does.
pub struct SqliteStore {
    cache: Arc<Cache>,
    readers: Desk<Question>,
    writer: Desk<Box<dyn Job>>,
}

impl SqliteStore {
    /// Opens the file at `path`, making it (mode 0600), its folders (0700) and its tables where they are missing.
    ///
    /// Fails when another process has the file open, when it was made with another key, and when it was written by a newer version.
    pub async fn open(path: &Path, key: SealingKey) -> Result<Self, Fault> {
        let path = path.to_owned();
        spawn_blocking(move || Self::open_here(&path, &key)).await.map_err(open::failed)?
    }

    fn open_here(path: &Path, key: &SealingKey) -> Result<Self, Fault> {
        let seal = Arc::new(Seal::new(key)?);
        let lock = Arc::new(open::claim(path)?);
        let db = |connection| Db::new(connection, Arc::clone(&seal), Arc::clone(&lock));
        let writing = db(open::writing(path)?);
        migrations::bring_up_to_date(&writing)?;
        open::check_key(&writing.connection, &seal)?;
        let readers: Vec<Db> = (0..READERS).map(|_| open::reading(path).map(db)).collect::<Result<_, _>>()?;
        let cache = Arc::new(Cache::default());
        let writer = Writer { db: writing, cache: Arc::clone(&cache) };
        let readers = Desk::open("store-reader", readers.into_iter().map(|db| move |jobs| answer(&db, &jobs))).map_err(open::failed)?;
        let writer = Desk::open("store-writer", [move |jobs| writer.run(&jobs)]).map_err(open::failed)?;
        Ok(Self { cache, readers, writer })
    }

    /// Whether commits are still taken: not after it was closed, nor once the writer has panicked.
    pub fn is_writing(&self) -> bool {
        self.writer.is_open()
    }

    /// Lets the commits finish that were accepted, then closes the file. Later commits and reads fail.
    pub async fn close(&self) {
        let threads = [self.readers.shut(), self.writer.shut()];
        let _ = spawn_blocking(|| threads.into_iter().for_each(desk::wait)).await; // fails only when its runtime is being torn down
    }

    async fn read<T: Send + 'static>(&self, question: impl FnOnce(&Db) -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
        let job = |answer: tokio::sync::oneshot::Sender<_>| -> Question {
            Box::new(move |db| {
                let _ = answer.send(question(db)); // whoever asked may have given up waiting
            })
        };
        self.readers.ask("store: read", job).await?
    }

    /// Whole or not at all, on the writer's thread. A caller that stops waiting does not take it back. The outer fault: nobody answered.
    async fn ask<T, E>(&self, touched: Touched, work: impl Fn(&Writer) -> Result<T, E> + Send + 'static) -> Result<Result<T, E>, Fault>
    where
        T: Send + 'static,
        E: Display + From<Fault> + Send + 'static,
    {
        let job = |answer| -> Box<dyn Job> { Box::new(Asked { touched, work, outcome: None, answer }) };
        self.writer.ask("store: commit", job).await
    }

    async fn write<T: Send + 'static>(
        &self,
        touched: Touched,
        work: impl Fn(&Db) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.ask(touched, move |writer: &Writer| work(&writer.db)).await?
    }
}

/// A reader's work. A question that makes it panic is that question's fault alone.
fn answer(db: &Db, questions: &Jobs<Question>) {
    while let Some(question) = questions.next() {
        if catch_unwind(AssertUnwindSafe(|| question(db))).is_err() {
            tracing::error!("a question to the store panicked");
        }
    }
}

/// Asks on a reader's thread, with copies of what it is asked about. Nothing happens, nor is copied, before it is awaited.
macro_rules! ask {
    ($store:ident, $question:path $(, $about:ident)*) => {
        async move {
            $(let $about = $about.to_owned();)*
            $store.read(move |db| $question(db $(, &$about)*)).await
        }
    };
}

#[async_trait]
impl Store for SqliteStore {
    async fn join(&self) -> Result<NodeId, Fault> {
        self.write(Touched::Nothing, nodes::join).await
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn beat(&self, node: NodeId) -> Result<Vec<NodeBeat>, Fault> {
        self.write(Touched::Nothing, move |db| nodes::beat(db, node)).await
    }

    async fn end_node(&self, seen: NodeBeat) -> Result<(), Fault> {
        self.write(Touched::Nothing, move |db| nodes::end(db, seen)).await
    }

    async fn adopt(&self, node: NodeId) -> Result<Adopted, Fault> {
        self.write(Touched::Nothing, move |db| {
            if !nodes::lives(db, node)? {
                return Ok(Adopted::default());
            }
            Ok(Adopted { calls: calls::left_behind(db)?, deliveries: deliveries::adopt(db, node)? })
        })
        .await
    }

    async fn row(&self, key: &callport_flow::Key) -> Result<Versioned, Fault> {
        let ticket = match self.cache.look(key) {
            Ok(copy) => return Ok(copy),
            Err(ticket) => ticket,
        };
        let found = ask!(self, rows::row, key).await?;
        self.cache.keep(key.clone(), &found, ticket);
        Ok(found)
    }

    async fn rows(&self, query: &Query) -> Result<Vec<(Version, Arc<Row>)>, Fault> {
        let Query::Accounts(number) = query else { return ask!(self, rows::rows, query).await };
        let ticket = match self.cache.accounts(number) {
            Ok(copy) => return Ok(copy.to_vec()),
            Err(ticket) => ticket,
        };
        let found = ask!(self, rows::rows, query).await?;
        self.cache.keep_accounts(number.clone(), &found, ticket);
        Ok(found)
    }

    async fn free_messages(&self, ask: &FreeAsk) -> Result<u32, Fault> {
        ask!(self, messages::free, ask).await
    }

    async fn pick_ups(&self, ask: &PickUpAsk) -> Result<PickUps, Fault> {
        ask!(self, calls::pick_ups, ask).await
    }

    async fn busy(&self, ask: &BusyAsk) -> Result<Busy, Fault> {
        ask!(self, commit::busy, ask).await
    }

    /// A writer that died with the answer outstanding may have made it: the file says.
    async fn commit(&self, commit: Arc<Commit>) -> Result<Vec<Queued>, CommitFault> {
        let id = commit.id;
        let touched = Touched::Commit(Arc::clone(&commit));
        match self.ask(touched, move |writer: &Writer| commit::make(&writer.db, &writer.cache, &commit)).await {
            Ok(Ok(queued) | Err(Unmade::Known(queued))) => Ok(queued),
            Ok(Err(Unmade::Refused(fault))) => Err(fault),
            Err(fault) => match self.read(move |db| commits::outcome(db, id)).await {
                Ok(Some(queued)) => Ok(queued),
                Ok(None) => Err(CommitFault::Failed(fault)),
                Err(_) if self.writer.is_shut() => Err(CommitFault::Failed(fault)), // everything that it took was answered
                Err(_) => Err(CommitFault::Unknown(fault)),
            },
        }
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<(), Fault> {
        let reports = settlements.iter().filter_map(|settlement| match settlement {
            Settlement::Report { call, .. } => Some(call.clone()),
            _ => None,
        });
        let touched = Touched::Reports(reports.collect());
        self.write(touched, move |db| settlements.iter().try_for_each(|settlement| commit::settle(db, settlement))).await
    }

    async fn reopen(&self, id: DeliveryId, node: NodeId, due: WallTime, entry: Entry) -> Result<Reopened, Fault> {
        self.write(Touched::Nothing, move |db| commit::reopen(db, id, node, due, &entry)).await
    }

    async fn remove_old(&self, what: Old, before: WallTime, most: u32) -> Result<u32, Fault> {
        let touched = if what == Old::Sessions { Touched::Sessions } else { Touched::Nothing };
        self.write(touched, move |db| old::remove(db, what, before, most)).await
    }

    async fn portfolios(&self, page: Page<PortfolioId>) -> Result<Vec<Portfolio>, Fault> {
        ask!(self, business::portfolios, page).await
    }

    async fn wabas(&self, page: Page<WabaId>) -> Result<Vec<Waba>, Fault> {
        ask!(self, business::wabas, page).await
    }

    async fn wabas_of(&self, portfolio: &PortfolioId, page: Page<WabaId>) -> Result<Vec<Waba>, Fault> {
        ask!(self, enrolments::wabas_of, portfolio, page).await
    }

    async fn numbers(&self, waba: Option<&WabaId>, page: Page<PhoneNumberId>) -> Result<Vec<Number>, Fault> {
        let waba = waba.cloned();
        ask!(self, business::numbers, waba, page).await
    }

    async fn apps(&self, page: Page<AppId>) -> Result<Vec<App>, Fault> {
        ask!(self, apps::apps, page).await
    }

    async fn users(&self, page: Page<UserId>) -> Result<Vec<User>, Fault> {
        ask!(self, people::users, page).await
    }

    async fn grants(&self, waba: &WabaId) -> Result<Vec<AppGrant>, Fault> {
        ask!(self, apps::grants, waba).await
    }

    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
        let ticket = match self.cache.subscribers(waba) {
            Ok(copy) => return Ok(copy.to_vec()),
            Err(ticket) => ticket,
        };
        let found = ask!(self, apps::subscriptions, waba).await?;
        self.cache.keep_subscribers(waba.clone(), &found, ticket);
        Ok(found)
    }

    async fn routings(&self) -> Result<Vec<Routing>, Fault> {
        ask!(self, operators::routings).await
    }

    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault> {
        ask!(self, apps::tokens, app).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault> {
        let user = user.cloned();
        ask!(self, people::sessions, user).await
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Fault> {
        ask!(self, people::invitations).await
    }

    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
        ask!(self, pairs::pairs_of, user).await
    }

    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault> {
        ask!(self, messages::messages, page).await
    }

    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault> {
        ask!(self, calls::calls, page).await
    }

    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault> {
        ask!(self, calls::live_calls).await
    }

    async fn journal(&self, page: JournalPage) -> Result<Vec<Recorded>, Fault> {
        ask!(self, journal::page, page).await
    }

    async fn last_entry(&self) -> Result<u64, Fault> {
        ask!(self, journal::last).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
        ask!(self, deliveries::delivery_by_id, id).await
    }

    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::deliveries_of, call).await
    }

    async fn open_in_lane(&self, node: NodeId, id: DeliveryId) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::open_in_lane, node, id).await
    }

    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::recent_deliveries, limit).await
    }
}

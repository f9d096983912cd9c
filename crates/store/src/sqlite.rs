//! The store in one SQLite file: one thread writes, a few read, and none of them is the async runtime's.
//!
//! Migrations are the numbered files in `migrations/`. Rows are kept for good: deleting old calls and deliveries is not done here yet.
//! Why it is built this way: `docs/decisions/0007-store.md` and `docs/decisions/0027-sqlite-on-its-own-thread.md`.

mod cache;
mod change;
mod content;
mod db;
mod desk;
mod migrations;
mod open;
mod row;
mod settings;
mod tables;
mod words;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::ports::{CallPage, Change, MessagePage, Store};
use callport_engine::records::{
    App, Attempt, CallRecord, Delivery, DeliveryId, Invitation, Message, Number, PairRecord, PhoneOverride, Portfolio, Session,
    Subscription, TemplateRecord, TimelineEntry, Token, User, Waba,
};
use tokio::task::spawn_blocking;

use crate::key::{Key, Seal};
use cache::Cache;
use db::Db;
use desk::{Desk, Jobs};
use tables::{apps, business, calls, deliveries, messages, pairs, people, templates};
use writer::{Commit, Writer};

/// Threads that read, each with a connection of its own.
const READERS: usize = 4;

/// A question, put on a reader's thread.
type Question = Box<dyn FnOnce(&Db) + Send>;

/// The store in one file. Dropping it waits for the commits that were accepted, as [`SqliteStore::close`] does.
pub struct SqliteStore {
    cache: Arc<Cache>,
    readers: Desk<Question>,
    writer: Desk<Commit>,
}

impl SqliteStore {
    /// Opens the file at `path`, making it (mode 0600), its folders (0700) and its tables where they are missing.
    ///
    /// Fails when another process has the file open, when it was made with another key, and when it was written by a newer version.
    pub async fn open(path: &Path, key: Key) -> Result<Self, Fault> {
        let path = path.to_owned();
        spawn_blocking(move || Self::open_here(&path, &key)).await.map_err(open::failed)?
    }

    fn open_here(path: &Path, key: &Key) -> Result<Self, Fault> {
        let seal = Arc::new(Seal::new(key)?);
        let lock = Arc::new(open::claim(path)?);
        let mut connection = open::writing(path)?;
        migrations::bring_up_to_date(&mut connection)?;
        open::check_key(&connection, &seal)?;
        let db = |connection| Db::new(connection, Arc::clone(&seal), Arc::clone(&lock));
        let readers: Vec<Db> = (0..READERS).map(|_| open::reading(path).map(db)).collect::<Result<_, _>>()?;
        let cache = Arc::new(Cache::default());
        let writer = Writer { db: db(connection), cache: Arc::clone(&cache) };
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
    /// A caller that stops waiting does not take the commit back.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), Fault> {
        self.writer.ask("store: commit", |answer| Commit { changes, answer }).await?
    }

    async fn portfolio(&self, id: &PortfolioId) -> Result<Option<Portfolio>, Fault> {
        ask!(self, business::portfolio_by_id, id).await
    }

    async fn portfolios(&self) -> Result<Vec<Portfolio>, Fault> {
        ask!(self, business::portfolios).await
    }

    async fn waba(&self, id: &WabaId) -> Result<Option<Waba>, Fault> {
        self.cache.waba(id, ask!(self, business::waba_by_id, id)).await
    }

    async fn wabas(&self) -> Result<Vec<Waba>, Fault> {
        ask!(self, business::wabas).await
    }

    async fn number(&self, id: &PhoneNumberId) -> Result<Option<Number>, Fault> {
        self.cache.number(id, ask!(self, business::number_by_id, id)).await
    }

    async fn number_by_digits(&self, number: &PhoneNumber) -> Result<Option<Number>, Fault> {
        if let Some(copy) = self.cache.number_with(number) {
            return Ok(Some(copy));
        }
        self.cache.number_found(number, ask!(self, business::number_by_digits, number)).await
    }

    async fn numbers(&self, waba: Option<&WabaId>) -> Result<Vec<Number>, Fault> {
        let waba = waba.cloned();
        ask!(self, business::numbers, waba).await
    }

    async fn app(&self, id: &AppId) -> Result<Option<App>, Fault> {
        self.cache.app(id, ask!(self, apps::app_by_id, id)).await
    }

    async fn apps(&self) -> Result<Vec<App>, Fault> {
        ask!(self, apps::apps).await
    }

    async fn subscription(&self, app: &AppId, waba: &WabaId) -> Result<Option<Subscription>, Fault> {
        self.cache.subscription(app, waba, ask!(self, apps::subscription, app, waba)).await
    }

    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
        self.cache.subscribers(waba, ask!(self, apps::subscriptions, waba)).await
    }

    async fn phone_override(&self, app: &AppId, number: &PhoneNumberId) -> Result<Option<PhoneOverride>, Fault> {
        self.cache.phone_override(app, number, ask!(self, apps::phone_override, app, number)).await
    }

    async fn token(&self, hash: &SecretHash) -> Result<Option<Token>, Fault> {
        self.cache.token(hash, ask!(self, apps::token_by_hash, hash)).await
    }

    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault> {
        ask!(self, apps::tokens, app).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, Fault> {
        self.cache.user(id, ask!(self, people::user_by_id, id)).await
    }

    async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        ask!(self, people::user_by_number, number).await
    }

    async fn users(&self) -> Result<Vec<User>, Fault> {
        ask!(self, people::users).await
    }

    async fn session(&self, hash: &SecretHash) -> Result<Option<Session>, Fault> {
        self.cache.session(hash, ask!(self, people::session_by_hash, hash)).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault> {
        let user = user.cloned();
        ask!(self, people::sessions, user).await
    }

    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Fault> {
        ask!(self, people::invitation_by_hash, hash).await
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Fault> {
        ask!(self, people::invitations).await
    }

    async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<PairRecord>, Fault> {
        self.cache.pair(number, user, ask!(self, pairs::pair, number, user)).await
    }

    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
        ask!(self, pairs::pairs_of, user).await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, Fault> {
        ask!(self, messages::message_by_id, id).await
    }

    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault> {
        ask!(self, messages::messages, page).await
    }

    async fn unread_messages(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Result<Vec<Message>, Fault> {
        ask!(self, messages::unread_messages, number, user, limit).await
    }

    async fn template(&self, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault> {
        ask!(self, templates::template_by_id, id).await
    }

    async fn templates(&self, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault> {
        ask!(self, templates::templates, waba).await
    }

    async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, Fault> {
        match self.cache.call(id) {
            Some(copy) => Ok(Some(copy)),
            None => ask!(self, calls::call_by_id, id).await,
        }
    }

    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault> {
        ask!(self, calls::live_calls).await
    }

    async fn business_calls_since(&self, number: &PhoneNumberId, since: WallTime) -> Result<Vec<WallTime>, Fault> {
        ask!(self, calls::business_calls_since, number, since).await
    }

    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault> {
        ask!(self, calls::calls, page).await
    }

    async fn timeline(&self, call: &CallId) -> Result<Vec<TimelineEntry>, Fault> {
        ask!(self, calls::timeline, call).await
    }

    async fn last_delivery(&self) -> Result<DeliveryId, Fault> {
        ask!(self, deliveries::last_delivery).await
    }

    async fn pending_deliveries(&self) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::pending_deliveries).await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
        ask!(self, deliveries::delivery_by_id, id).await
    }

    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::deliveries_of, call).await
    }

    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault> {
        ask!(self, deliveries::recent_deliveries, limit).await
    }

    async fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>, Fault> {
        ask!(self, deliveries::attempts, delivery).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_that_panics_is_a_fault_and_later_ones_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("callport.db"), Key::from_bytes([7; 32])).await.unwrap();
        for _ in 0..2 * READERS {
            let fault = store.read(|_| -> Result<(), Fault> { panic!("a bug") }).await.unwrap_err();
            assert_eq!(fault.to_string(), "store: read: the thread that does this panicked");
        }
        assert_eq!(store.users().await.unwrap(), []);
    }

    /// Its transaction goes with it, reads and copies stay, and nobody waits for a commit that cannot come.
    #[tokio::test]
    async fn a_writer_that_panicked_is_told_to_every_later_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callport.db");
        let mut store = SqliteStore::open(&path, Key::from_bytes([7; 32])).await.unwrap();
        assert!(store.is_writing());
        let broken = |jobs: Jobs<Commit>| {
            jobs.next();
            panic!("a bug");
        };
        store.writer = Desk::open("store-writer", [broken]).unwrap();
        for _ in 0..2 {
            assert_eq!(store.commit(vec![]).await.unwrap_err().to_string(), "store: commit: the thread that does this panicked");
        }
        assert!(!store.is_writing());
        assert_eq!(store.users().await.unwrap(), []);
        store.close().await;
        SqliteStore::open(&path, Key::from_bytes([7; 32])).await.unwrap();
    }
}

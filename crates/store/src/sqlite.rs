//! The store in one SQLite file: one connection writes, a few read.
//!
//! Migrations are the numbered files in `migrations/`. Rows are kept for good: deleting old calls and deliveries is not done here yet.
//! Why it is built this way: `docs/decisions/0007-store.md`.

mod cache;
mod change;
mod content;
mod open;
mod row;
mod settings;
mod tables;
mod words;
mod writer;

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
use parking_lot::Mutex;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::key::{Key, Seal};
use cache::Cache;
use tables::{Query, apps, business, calls, deliveries, messages, pairs, people, templates};
use writer::{Commit, WAITING, Writer};

/// The store in one file. Dropping it is safe; [`SqliteStore::close`] also waits.
pub struct SqliteStore {
    readers: SqlitePool,
    seal: Arc<Seal>,
    cache: Arc<Cache>,
    /// `None` once closed.
    door: Mutex<Option<mpsc::Sender<Commit>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the file at `path`, making it (mode 0600), its folders (0700) and its tables where they are missing.
    ///
    /// Must be called within a tokio runtime, which then runs the writer. Fails when another process has the file open, when it was
    /// made with another key, and when it was written by a newer version.
    pub async fn open(path: &Path, key: Key) -> Result<Self, Fault> {
        let seal = Arc::new(Seal::new(&key)?);
        let lock = open::claim(path)?;
        let mut connection = open::writing(path).await?;
        open::bring_up_to_date(&mut connection).await?;
        open::check_key(&mut connection, &seal).await?;
        let readers = open::reading(path).await?;
        let cache = Arc::new(Cache::default());
        let (door, commits) = mpsc::channel(WAITING);
        let writer = Writer { connection, seal: Arc::clone(&seal), cache: Arc::clone(&cache), lock };
        let writer = Mutex::new(Some(tokio::spawn(writer.run(commits))));
        Ok(Self { readers, seal, cache, door: Mutex::new(Some(door)), writer })
    }

    /// Lets the commits finish that were accepted, then closes the file. Later commits and reads fail.
    pub async fn close(&self) {
        drop(self.door.lock().take());
        self.readers.close().await; // before the writer, so that the last connection to go folds the log into the file
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            let _ = writer.await; // fails only when its runtime is being torn down
        }
    }

    async fn one<T>(&self, query: Query<'_>, read: impl Fn(&SqliteRow) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        let row = query.fetch_optional(&self.readers).await.map_err(unread)?;
        row.map(|row| read(&row)).transpose()
    }

    async fn all<T>(&self, query: Query<'_>, read: impl Fn(&SqliteRow) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let rows = query.fetch_all(&self.readers).await.map_err(unread)?;
        rows.iter().map(read).collect()
    }
}

/// What a start needs of what an earlier process left: a row that cannot be read is told and left where it is, because it must not
/// keep the others, and the whole platform, from starting.
fn readable<T>(rows: &[SqliteRow], read: impl Fn(&SqliteRow) -> Result<T, Fault>) -> Vec<T> {
    let told = |fault: &Fault| tracing::error!(%fault, "a row cannot be read; it is passed over and stays as it is");
    rows.iter().filter_map(|row| read(row).inspect_err(told).ok()).collect()
}

fn unread(why: sqlx::Error) -> Fault {
    Fault::new("store: read", why)
}

fn closed() -> Fault {
    Fault::new("store: commit", "the store is closed")
}

#[async_trait]
impl Store for SqliteStore {
    /// A caller that stops waiting does not take the commit back.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), Fault> {
        let door = self.door.lock().clone().ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        door.send(Commit { changes, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    async fn portfolio(&self, id: &PortfolioId) -> Result<Option<Portfolio>, Fault> {
        self.one(business::portfolio_by_id(id), business::read_portfolio).await
    }

    async fn portfolios(&self) -> Result<Vec<Portfolio>, Fault> {
        self.all(business::portfolios(), business::read_portfolio).await
    }

    async fn waba(&self, id: &WabaId) -> Result<Option<Waba>, Fault> {
        let read = self.one(business::waba_by_id(id), business::read_waba);
        self.cache.waba(id, read).await
    }

    async fn wabas(&self) -> Result<Vec<Waba>, Fault> {
        self.all(business::wabas(), business::read_waba).await
    }

    async fn number(&self, id: &PhoneNumberId) -> Result<Option<Number>, Fault> {
        let read = self.one(business::number_by_id(id), business::read_number);
        self.cache.number(id, read).await
    }

    async fn number_by_digits(&self, number: &PhoneNumber) -> Result<Option<Number>, Fault> {
        if let Some(copy) = self.cache.number_with(number) {
            return Ok(Some(copy));
        }
        let read = self.one(business::number_by_digits(number), business::read_number);
        self.cache.number_found(number, read).await
    }

    async fn numbers(&self, waba: Option<&WabaId>) -> Result<Vec<Number>, Fault> {
        self.all(business::numbers(waba), business::read_number).await
    }

    async fn app(&self, id: &AppId) -> Result<Option<App>, Fault> {
        let read = self.one(apps::app_by_id(id), |row| apps::read_app(row, &self.seal));
        self.cache.app(id, read).await
    }

    async fn apps(&self) -> Result<Vec<App>, Fault> {
        self.all(apps::apps(), |row| apps::read_app(row, &self.seal)).await
    }

    async fn subscription(&self, app: &AppId, waba: &WabaId) -> Result<Option<Subscription>, Fault> {
        let read = self.one(apps::subscription(app, waba), |row| apps::read_subscription(row, &self.seal));
        self.cache.subscription(app, waba, read).await
    }

    async fn subscriptions(&self, waba: &WabaId) -> Result<Vec<Subscription>, Fault> {
        let read = self.all(apps::subscriptions(waba), |row| apps::read_subscription(row, &self.seal));
        self.cache.subscribers(waba, read).await
    }

    async fn phone_override(&self, app: &AppId, number: &PhoneNumberId) -> Result<Option<PhoneOverride>, Fault> {
        let read = self.one(apps::phone_override(app, number), |row| apps::read_phone_override(row, &self.seal));
        self.cache.phone_override(app, number, read).await
    }

    async fn token(&self, hash: &SecretHash) -> Result<Option<Token>, Fault> {
        let read = self.one(apps::token_by_hash(hash), apps::read_token);
        self.cache.token(hash, read).await
    }

    async fn tokens(&self, app: &AppId) -> Result<Vec<Token>, Fault> {
        self.all(apps::tokens(app), apps::read_token).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, Fault> {
        let read = self.one(people::user_by_id(id), people::read_user);
        self.cache.user(id, read).await
    }

    async fn user_by_number(&self, number: &PhoneNumber) -> Result<Option<User>, Fault> {
        self.one(people::user_by_number(number), people::read_user).await
    }

    async fn users(&self) -> Result<Vec<User>, Fault> {
        self.all(people::users(), people::read_user).await
    }

    async fn session(&self, hash: &SecretHash) -> Result<Option<Session>, Fault> {
        let read = self.one(people::session_by_hash(hash), people::read_session);
        self.cache.session(hash, read).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, Fault> {
        self.all(people::sessions(user), people::read_session).await
    }

    async fn invitation(&self, hash: &SecretHash) -> Result<Option<Invitation>, Fault> {
        self.one(people::invitation_by_hash(hash), people::read_invitation).await
    }

    async fn invitations(&self) -> Result<Vec<Invitation>, Fault> {
        self.all(people::invitations(), people::read_invitation).await
    }

    async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Option<PairRecord>, Fault> {
        self.one(pairs::pair(number, user), pairs::read_pair).await
    }

    async fn pairs_of(&self, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
        self.all(pairs::pairs_of(user), pairs::read_pair).await
    }

    async fn message(&self, id: &MessageId) -> Result<Option<Message>, Fault> {
        self.one(messages::message_by_id(id), messages::read_message).await
    }

    async fn messages(&self, page: MessagePage) -> Result<Vec<Message>, Fault> {
        self.all(messages::messages(&page), messages::read_message).await
    }

    async fn unread_messages(&self, number: &PhoneNumberId, user: &UserId, limit: u32) -> Result<Vec<Message>, Fault> {
        self.all(messages::unread_messages(number, user, limit), messages::read_message).await
    }

    async fn template(&self, id: &TemplateId) -> Result<Option<TemplateRecord>, Fault> {
        self.one(templates::template_by_id(id), templates::read_template).await
    }

    async fn templates(&self, waba: &WabaId) -> Result<Vec<TemplateRecord>, Fault> {
        self.all(templates::templates(waba), templates::read_template).await
    }

    async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, Fault> {
        self.one(calls::call_by_id(id), calls::read_call).await
    }

    async fn live_calls(&self) -> Result<Vec<CallRecord>, Fault> {
        let rows = calls::live_calls().fetch_all(&self.readers).await.map_err(unread)?;
        Ok(readable(&rows, calls::read_call))
    }

    async fn business_calls_since(&self, number: &PhoneNumberId, since: WallTime) -> Result<Vec<WallTime>, Fault> {
        self.all(calls::business_calls_since(number, since), calls::read_placed_at).await
    }

    async fn calls(&self, page: CallPage) -> Result<Vec<CallRecord>, Fault> {
        self.all(calls::calls(&page), calls::read_call).await
    }

    async fn timeline(&self, call: &CallId) -> Result<Vec<TimelineEntry>, Fault> {
        self.all(calls::timeline(call), calls::read_timeline).await
    }

    async fn last_delivery(&self) -> Result<DeliveryId, Fault> {
        Ok(self.one(deliveries::last_delivery(), deliveries::read_id).await?.unwrap_or(DeliveryId(0)))
    }

    async fn pending_deliveries(&self) -> Result<Vec<Delivery>, Fault> {
        let rows = deliveries::pending_deliveries().fetch_all(&self.readers).await.map_err(unread)?;
        Ok(readable(&rows, deliveries::read_delivery))
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, Fault> {
        let Some(query) = deliveries::delivery_by_id(id) else { return Ok(None) };
        self.one(query, deliveries::read_delivery).await
    }

    async fn deliveries_of(&self, call: &CallId) -> Result<Vec<Delivery>, Fault> {
        self.all(deliveries::deliveries_of(call), deliveries::read_delivery).await
    }

    async fn recent_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, Fault> {
        self.all(deliveries::recent_deliveries(limit), deliveries::read_delivery).await
    }

    async fn attempts(&self, delivery: DeliveryId) -> Result<Vec<Attempt>, Fault> {
        let Some(query) = deliveries::attempts(delivery) else { return Ok(Vec::new()) };
        self.all(query, deliveries::read_attempt).await
    }
}

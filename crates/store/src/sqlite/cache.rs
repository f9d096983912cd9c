//! Copies of the rows that every request asks for, so that it need not cross to the thread of a database connection and back.
//!
//! Exact, because the writer is the only one to change the file. While it changes rows that may have copies, those copies are gone and
//! no new ones are kept; whoever read a row meanwhile, or before, is not allowed to put it back afterwards. So copies never show
//! less than the file does, and never step back in time. Pairs are asked for by every call too, but every call changes them: a copy
//! would seldom be found, and the changes would keep all other rows from being copied for as long as calls are busy. Bounded: a shelf holds at most two generations of [`GENERATION`] rows, and
//! drops the older one when the younger is full.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::ports::Change;
use callport_engine::records::{App, Number, PhoneOverride, Session, Subscription, Token, User, Waba};
use parking_lot::Mutex;

/// Rows in one generation of one shelf. A row is some hundred bytes, so all shelves together stay below some 80 MB.
const GENERATION: usize = 8_192;

/// One shelf for each kind of row. What is absent is remembered only where the key is made of our own ids:
/// tokens and ids that a stranger makes up must not push out those that exist.
#[derive(Default)]
pub(super) struct Cache {
    /// Odd while rows are being changed.
    epoch: AtomicU64,
    tokens: Shelf<SecretHash, Token>,
    apps: Shelf<AppId, App>,
    numbers: Shelf<PhoneNumberId, Number>,
    /// Which number had these digits when it was read last; it may have others by now.
    digits: Shelf<PhoneNumber, PhoneNumberId>,
    wabas: Shelf<WabaId, Waba>,
    users: Shelf<UserId, User>,
    sessions: Shelf<SecretHash, Session>,
    subscriptions: Shelf<(AppId, WabaId), Option<Subscription>>,
    /// All of a WABA's subscriptions; never an empty list.
    subscribers: Shelf<WabaId, Vec<Subscription>>,
    phone_overrides: Shelf<(AppId, PhoneNumberId), Option<PhoneOverride>>,
}

/// Rows are being changed until this is dropped.
pub(super) struct Changing<'a>(&'a AtomicU64);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Cache {
    /// Drops the copies of what is about to be changed. `None` when none of it is ever copied.
    pub(super) fn changing<'a>(&self, changes: impl Iterator<Item = &'a Change> + Clone) -> Option<Changing<'_>> {
        let forget = |any, change| self.forget(change) || any;
        if !changes.clone().fold(false, forget) {
            return None;
        }
        self.epoch.fetch_add(1, Ordering::SeqCst);
        let changing = Changing(&self.epoch);
        changes.fold(false, forget); // again, now that nobody puts them back
        Some(changing)
    }

    pub(super) async fn token(&self, hash: &SecretHash, read: impl Read<Option<Token>>) -> Result<Option<Token>, Fault> {
        self.present(&self.tokens, *hash, read).await
    }

    pub(super) async fn app(&self, id: &AppId, read: impl Read<Option<App>>) -> Result<Option<App>, Fault> {
        self.present(&self.apps, id.clone(), read).await
    }

    pub(super) async fn number(&self, id: &PhoneNumberId, read: impl Read<Option<Number>>) -> Result<Option<Number>, Fault> {
        self.present(&self.numbers, id.clone(), read).await
    }

    /// By digits: two copies if it has both, and the second says whether the first still holds.
    pub(super) fn number_with(&self, digits: &PhoneNumber) -> Option<Number> {
        let number = self.numbers.look(&self.digits.look(digits)?)?;
        (number.number == *digits).then_some(number)
    }

    /// A number that was found by its digits.
    pub(super) async fn number_found(&self, digits: &PhoneNumber, read: impl Read<Option<Number>>) -> Result<Option<Number>, Fault> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let row = read.await?;
        if let Some(copy) = &row {
            self.digits.keep(digits.clone(), copy.id.clone(), || true); // asked again at each use
            self.numbers.keep(copy.id.clone(), copy.clone(), || self.still(epoch));
        }
        Ok(row)
    }

    pub(super) async fn waba(&self, id: &WabaId, read: impl Read<Option<Waba>>) -> Result<Option<Waba>, Fault> {
        self.present(&self.wabas, id.clone(), read).await
    }

    pub(super) async fn session(&self, hash: &SecretHash, read: impl Read<Option<Session>>) -> Result<Option<Session>, Fault> {
        self.present(&self.sessions, *hash, read).await
    }

    pub(super) async fn subscribers(&self, waba: &WabaId, read: impl Read<Vec<Subscription>>) -> Result<Vec<Subscription>, Fault> {
        let some = async { read.await.map(|all| (!all.is_empty()).then_some(all)) };
        Ok(self.present(&self.subscribers, waba.clone(), some).await?.unwrap_or_default())
    }

    pub(super) async fn user(&self, id: &UserId, read: impl Read<Option<User>>) -> Result<Option<User>, Fault> {
        self.present(&self.users, id.clone(), read).await
    }

    pub(super) async fn subscription(
        &self,
        app: &AppId,
        waba: &WabaId,
        read: impl Read<Option<Subscription>>,
    ) -> Result<Option<Subscription>, Fault> {
        self.any(&self.subscriptions, (app.clone(), waba.clone()), read).await
    }

    pub(super) async fn phone_override(
        &self,
        app: &AppId,
        number: &PhoneNumberId,
        read: impl Read<Option<PhoneOverride>>,
    ) -> Result<Option<PhoneOverride>, Fault> {
        self.any(&self.phone_overrides, (app.clone(), number.clone()), read).await
    }

    /// The copy, or what `read` finds in the file; what it does not find is remembered too.
    async fn any<K: Hash + Eq, V: Clone>(&self, shelf: &Shelf<K, V>, key: K, read: impl Read<V>) -> Result<V, Fault> {
        if let Some(copy) = shelf.look(&key) {
            return Ok(copy);
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let row = read.await?;
        shelf.keep(key, row.clone(), || self.still(epoch));
        Ok(row)
    }

    /// The same, but only what is found is remembered.
    async fn present<K: Hash + Eq, V: Clone>(&self, shelf: &Shelf<K, V>, key: K, read: impl Read<Option<V>>) -> Result<Option<V>, Fault> {
        if let Some(copy) = shelf.look(&key) {
            return Ok(Some(copy));
        }
        let epoch = self.epoch.load(Ordering::SeqCst);
        let row = read.await?;
        if let Some(copy) = &row {
            shelf.keep(key, copy.clone(), || self.still(epoch));
        }
        Ok(row)
    }

    /// Nothing was changed since, nor is being changed.
    fn still(&self, epoch: u64) -> bool {
        epoch.is_multiple_of(2) && self.epoch.load(Ordering::SeqCst) == epoch
    }

    /// Drops the copy of what a change is about. `false` when it is never copied.
    fn forget(&self, change: &Change) -> bool {
        match change {
            Change::PutToken(token) => self.tokens.forget(&token.hash),
            Change::RemoveToken(hash) => self.tokens.forget(hash),
            Change::PutApp(app) => self.apps.forget(&app.id),
            Change::PutNumber(number) => self.numbers.forget(&number.id),
            Change::PutUser(user) => self.users.forget(&user.id),
            Change::RemoveUser(user) => {
                self.users.forget(user);
                self.sessions.forget_all(); // a copy does not say whose it is without being read, and this is seldom
            }
            Change::PutWaba(waba) => self.wabas.forget(&waba.id),
            Change::PutSession(session) => self.sessions.forget(&session.hash),
            Change::RemoveSession(hash) => self.sessions.forget(hash),
            Change::PutSubscription(Subscription { app, waba, .. }) | Change::RemoveSubscription(app, waba) => {
                self.subscriptions.forget(&(app.clone(), waba.clone()));
                self.subscribers.forget(waba);
            }
            Change::PutPhoneOverride(put) => self.phone_overrides.forget(&(put.app.clone(), put.number.clone())),
            Change::RemovePhoneOverride(app, number) => self.phone_overrides.forget(&(app.clone(), number.clone())),
            Change::PutPortfolio(_)
            | Change::PutInvitation(_)
            | Change::RemoveInvitation(_)
            | Change::PutPair(_)
            | Change::PutMessage(_)
            | Change::PutTemplate(_)
            | Change::RemoveTemplate(_)
            | Change::PutCall(_)
            | Change::AddTimeline(_)
            | Change::PutDelivery(_)
            | Change::SettleDelivery(..)
            | Change::AddAttempt(_) => return false,
        }
        true
    }
}

/// A read of the file that begins when it is first polled.
pub(super) trait Read<T>: Future<Output = Result<T, Fault>> + Send {}

impl<T, F: Future<Output = Result<T, Fault>> + Send> Read<T> for F {}

/// The copies of one kind of row.
struct Shelf<K, V>(Mutex<Generations<K, V>>);

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() }))
    }
}

impl<K: Hash + Eq, V: Clone> Shelf<K, V> {
    fn look(&self, key: &K) -> Option<V> {
        let mut shelf = self.0.lock();
        if let Some(copy) = shelf.young.get(key) {
            return Some(copy.clone());
        }
        let (key, copy) = shelf.old.remove_entry(key)?;
        shelf.store(key, copy.clone());
        Some(copy)
    }

    /// `allowed` is asked under the lock, so that a copy that comes too late is seen by the writer, or sees the writer.
    fn keep(&self, key: K, copy: V, allowed: impl FnOnce() -> bool) {
        let mut shelf = self.0.lock();
        if allowed() {
            shelf.store(key, copy);
        }
    }

    fn forget(&self, key: &K) {
        let mut shelf = self.0.lock();
        shelf.young.remove(key);
        shelf.old.remove(key);
    }

    fn forget_all(&self) {
        let mut shelf = self.0.lock();
        shelf.young.clear();
        shelf.old.clear();
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn store(&mut self, key: K, copy: V) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::time::WallTime;
    use callport_engine::records::{DeliveryId, DeliveryState};

    fn user(name: &str) -> User {
        User {
            id: UserId::parse("1").unwrap(),
            number: PhoneNumber::parse("15550000001").unwrap(),
            name: name.into(),
            username: None,
            outdated_app: false,
        }
    }

    /// What a look-up says when the file says `name`.
    async fn look(cache: &Cache, name: &str) -> String {
        cache.user(&user("").id, async { Ok(Some(user(name))) }).await.unwrap().unwrap().name
    }

    #[tokio::test]
    async fn a_row_read_before_or_during_a_change_is_not_kept() {
        let cache = Cache::default();
        let put = [Change::PutUser(user("new"))];
        let mut changing = None;
        let slow = async {
            changing = cache.changing(put.iter()); // the writer comes while a reader is under way
            Ok(Some(user("old")))
        };
        assert_eq!(cache.user(&user("").id, slow).await.unwrap(), Some(user("old")));
        assert_eq!(look(&cache, "old, still").await, "old, still");
        assert_eq!(look(&cache, "new").await, "new", "committed; the writer has not come back yet");
        drop(changing);
        assert_eq!(look(&cache, "new").await, "new");
        assert_eq!(look(&cache, "never asked").await, "new", "now it is kept");
    }

    #[tokio::test]
    async fn a_change_drops_the_copy_and_others_do_not() {
        let cache = Cache::default();
        assert_eq!(look(&cache, "one").await, "one");
        assert!(
            cache.changing([Change::SettleDelivery(DeliveryId(1), DeliveryState::Dropped { at: WallTime::default() }, 1)].iter()).is_none()
        );
        drop(cache.changing([Change::RemoveToken(SecretHash::of("x"))].iter()));
        assert_eq!(look(&cache, "two").await, "one");
        drop(cache.changing([Change::PutUser(user("two"))].iter()));
        assert_eq!(look(&cache, "two").await, "two");
    }

    #[tokio::test]
    async fn a_fault_is_not_kept() {
        let cache = Cache::default();
        let fault = cache.user(&user("").id, async { Err(Fault::new("store: read", "down")) }).await;
        assert_eq!(fault.unwrap_err().why, "down");
        assert_eq!(look(&cache, "up").await, "up");
    }

    #[test]
    fn forgets_in_both_generations() {
        let shelf = Shelf::<usize, char>::default();
        for key in 0..=GENERATION {
            shelf.keep(key, 'x', || true);
        }
        shelf.forget(&0);
        shelf.forget(&GENERATION);
        assert_eq!([0, 1, GENERATION].map(|key| shelf.look(&key)), [None, Some('x'), None]);
    }

    #[test]
    fn stays_within_two_generations_and_keeps_what_is_asked_for() {
        let shelf = Shelf::<usize, char>::default();
        for key in 0..10 * GENERATION {
            shelf.keep(key, 'x', || true);
            assert_eq!(shelf.look(&0), Some('x'));
            let Generations { young, old } = &*shelf.0.lock();
            assert!(young.len() <= GENERATION && old.len() <= GENERATION);
        }
        assert_eq!(shelf.look(&1), None);
    }
}

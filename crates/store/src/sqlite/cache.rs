//! Copies of the rows that every request or every step of a call asks for, so that it need not cross to a reader's thread and back.
//!
//! Exact, because the writer is the only one to change the file. While it changes rows of a shelf, their copies are gone and no new ones
//! are kept there; whoever read a row of that shelf meanwhile, or before, is not allowed to put it back afterwards. So copies never show
//! less than the file does, and never step back in time. Pairs and live calls change with every step of a call: the writer itself keeps
//! them once they are on the disk. Bounded, each shelf by itself.

mod shelf;

use std::hash::Hash;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::ports::Change;
use callport_engine::records::{App, CallRecord, Number, PairRecord, PhoneOverride, Session, Stage, Subscription, Token, User, Waba};

use shelf::Shelf;

/// One shelf for each kind of row. What is absent is remembered only where the key is made of our own ids:
/// tokens and ids that a stranger makes up must not push out those that exist.
#[derive(Default)]
pub(super) struct Cache {
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
    pairs: Shelf<(PhoneNumberId, UserId), PairRecord>,
    /// Those that are not over: of the others nobody asks in a hurry, and reports of their media are long.
    calls: Shelf<CallId, CallRecord>,
}

/// Rows are being changed. If this is dropped instead of done, nobody knows what the file says, and no copies are kept of such rows.
pub(super) struct Changing<'a>(&'a Cache);

impl Changing<'_> {
    /// The file says what it will say. These changes stand.
    pub(super) fn done<'a>(self, stand: impl Iterator<Item = &'a Change>) {
        stand.for_each(|change| self.0.keep(change));
        self.0.changed();
    }
}

impl Cache {
    /// Drops the copies of what is about to be changed.
    pub(super) fn changing<'a>(&self, changes: impl Iterator<Item = &'a Change>) -> Changing<'_> {
        changes.for_each(|change| self.forget(change));
        Changing(self)
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
        let number = self.numbers.look(&self.digits.look(digits).ok()?).ok()?;
        (number.number == *digits).then_some(number)
    }

    /// A number that was found by its digits.
    pub(super) async fn number_found(&self, digits: &PhoneNumber, read: impl Read<Option<Number>>) -> Result<Option<Number>, Fault> {
        let ticket = self.numbers.ticket();
        let row = read.await?;
        if let Some(copy) = &row {
            self.digits.put(digits.clone(), copy.id.clone()); // asked again at each use
            self.numbers.keep(copy.id.clone(), copy.clone(), ticket);
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

    pub(super) async fn pair(
        &self,
        number: &PhoneNumberId,
        user: &UserId,
        read: impl Read<Option<PairRecord>>,
    ) -> Result<Option<PairRecord>, Fault> {
        self.present(&self.pairs, (number.clone(), user.clone()), read).await
    }

    /// A call that is not over. One that is found to be over is not kept.
    pub(super) fn call(&self, id: &CallId) -> Option<CallRecord> {
        self.calls.look(id).ok()
    }

    /// The copy, or what `read` finds in the file; what it does not find is remembered too.
    async fn any<K: Hash + Eq, V: Clone>(&self, shelf: &Shelf<K, V>, key: K, read: impl Read<V>) -> Result<V, Fault> {
        let ticket = match shelf.look(&key) {
            Ok(copy) => return Ok(copy),
            Err(ticket) => ticket,
        };
        let row = read.await?;
        shelf.keep(key, row.clone(), ticket);
        Ok(row)
    }

    /// The same, but only what is found is remembered.
    async fn present<K: Hash + Eq, V: Clone>(&self, shelf: &Shelf<K, V>, key: K, read: impl Read<Option<V>>) -> Result<Option<V>, Fault> {
        let ticket = match shelf.look(&key) {
            Ok(copy) => return Ok(Some(copy)),
            Err(ticket) => ticket,
        };
        let row = read.await?;
        if let Some(copy) = &row {
            shelf.keep(key, copy.clone(), ticket);
        }
        Ok(row)
    }

    /// Drops the copy of what a change is about.
    fn forget(&self, change: &Change) {
        match change {
            Change::PutToken(token) => self.tokens.forget(&token.hash),
            Change::RemoveToken(hash) => self.tokens.forget(hash),
            Change::PutApp(app) => self.apps.forget(&app.id),
            Change::PutNumber(number) => self.numbers.forget(&number.id),
            Change::PutUser(user) => self.users.forget(&user.id),
            Change::RemoveUser(user) => {
                self.users.forget(user);
                self.sessions.forget_all(); // a copy does not say whose it is without being read, and this is seldom
                self.pairs.forget_all();
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
            Change::PutPair(pair) => self.pairs.forget(&(pair.number.clone(), pair.user.clone())),
            Change::PutCall(call) => self.calls.forget(&call.id),
            Change::PutPortfolio(_)
            | Change::PutInvitation(_)
            | Change::RemoveInvitation(_)
            | Change::PutMessage(_)
            | Change::PutTemplate(_)
            | Change::RemoveTemplate(_)
            | Change::AddTimeline(_)
            | Change::PutDelivery(_)
            | Change::SettleDelivery(..)
            | Change::AddAttempt(_) => {}
        }
    }

    /// Keeps what was written where it will be asked for at the next step of a call.
    fn keep(&self, change: &Change) {
        match change {
            Change::PutPair(pair) => self.pairs.put((pair.number.clone(), pair.user.clone()), (**pair).clone()),
            Change::RemoveUser(_) => self.pairs.forget_all(),
            Change::PutCall(call) if matches!(call.stage, Stage::Ended(_)) => self.calls.forget(&call.id),
            Change::PutCall(call) => self.calls.put(call.id.clone(), (**call).clone()),
            _ => {}
        }
    }

    /// Named one by one, so that a new shelf does not compile until it is told.
    fn changed(&self) {
        let Self { tokens, apps, numbers, digits: _, wabas, users, sessions, subscriptions, subscribers, phone_overrides, pairs, calls } =
            self;
        tokens.changed();
        apps.changed();
        numbers.changed();
        wabas.changed();
        users.changed();
        sessions.changed();
        subscriptions.changed();
        subscribers.changed();
        phone_overrides.changed();
        pairs.changed();
        calls.changed();
    }
}

/// A read of the file that begins when it is first polled.
pub(super) trait Read<T>: Future<Output = Result<T, Fault>> + Send {}

impl<T, F: Future<Output = Result<T, Fault>> + Send> Read<T> for F {}

#[cfg(test)]
mod tests {
    use super::*;
    use callport_core::pair::Pair;
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

    fn pair(unanswered: u32) -> PairRecord {
        let (number, user) = (PhoneNumberId::parse("1").unwrap(), user("").id);
        PairRecord { number, user, pair: Pair { unanswered, ..Pair::default() } }
    }

    /// What a look-up says when the file says `name`.
    async fn look(cache: &Cache, name: &str) -> String {
        cache.user(&user("").id, async { Ok(Some(user(name))) }).await.unwrap().unwrap().name
    }

    /// The same of a pair, which the file has with so many calls.
    async fn unanswered(cache: &Cache, file: u32) -> u32 {
        let PairRecord { number, user, .. } = pair(0);
        cache.pair(&number, &user, async { Ok(Some(pair(file))) }).await.unwrap().unwrap().pair.unanswered
    }

    #[tokio::test]
    async fn a_row_read_before_or_during_a_change_is_not_kept() {
        let cache = Cache::default();
        let put = [Change::PutUser(user("new"))];
        let mut changing = None;
        let slow = async {
            changing = Some(cache.changing(put.iter())); // the writer comes while a reader is under way
            Ok(Some(user("old")))
        };
        assert_eq!(cache.user(&user("").id, slow).await.unwrap(), Some(user("old")));
        assert_eq!(look(&cache, "old, still").await, "old, still");
        assert_eq!(look(&cache, "new").await, "new", "committed; the writer has not come back yet");
        let slow = async {
            changing.take().unwrap().done(put.iter());
            Ok(Some(user("read during the change")))
        };
        cache.user(&user("").id, slow).await.unwrap();
        assert_eq!(look(&cache, "new").await, "new");
        assert_eq!(look(&cache, "never asked").await, "new", "now it is kept");
    }

    #[tokio::test]
    async fn a_row_read_before_a_whole_change_is_not_kept() {
        let cache = Cache::default();
        let put = [Change::PutUser(user("new"))];
        let slow = async {
            cache.changing(put.iter()).done(put.iter());
            Ok(Some(user("old")))
        };
        cache.user(&user("").id, slow).await.unwrap();
        assert_eq!(look(&cache, "new").await, "new");
    }

    #[tokio::test]
    async fn a_change_drops_the_copy_and_others_do_not() {
        let cache = Cache::default();
        assert_eq!(look(&cache, "one").await, "one");
        for change in [
            Change::SettleDelivery(DeliveryId(1), DeliveryState::Dropped { at: WallTime::default() }, 1),
            Change::RemoveToken(SecretHash::of("x")),
            Change::PutPair(Box::new(pair(1))),
        ] {
            let _unfinished = cache.changing([change].iter());
            assert_eq!(look(&cache, "two").await, "one");
        }
        cache.changing([Change::PutUser(user("two"))].iter()).done([].iter());
        assert_eq!(look(&cache, "two").await, "two");
    }

    #[tokio::test]
    async fn a_pair_that_was_written_is_kept_and_one_that_was_refused_is_not() {
        let cache = Cache::default();
        let put = [1, 2, 3].map(|unanswered| Change::PutPair(Box::new(pair(unanswered))));
        cache.changing(put.iter()).done(put[..2].iter());
        assert_eq!(unanswered(&cache, 9).await, 2, "the last that stands");
        cache.changing(put.iter()).done([].iter());
        assert_eq!(unanswered(&cache, 9).await, 9, "asked of the file again");
        let _never_done = cache.changing(put.iter()); // as when the writer panics
        assert_eq!([unanswered(&cache, 2).await, unanswered(&cache, 3).await], [2, 3], "and never again from a copy");
    }

    #[tokio::test]
    async fn a_user_who_leaves_takes_copies_of_pairs_along_in_the_order_of_the_changes() {
        let cache = Cache::default();
        let (put, leave) = (Change::PutPair(Box::new(pair(1))), Change::RemoveUser(user("").id));
        for (changes, found) in [([put.clone(), leave.clone()], 9), ([leave, put], 1)] {
            cache.changing(changes.iter()).done(changes.iter());
            assert_eq!(unanswered(&cache, 9).await, found);
        }
    }

    #[tokio::test]
    async fn a_fault_is_not_kept() {
        let cache = Cache::default();
        let fault = cache.user(&user("").id, async { Err(Fault::new("store: read", "down")) }).await;
        assert_eq!(fault.unwrap_err().why, "down");
        assert_eq!(look(&cache, "up").await, "up");
    }
}

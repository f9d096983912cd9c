//! Copies of the rows that every request or every step of a call asks for, so that it need not cross to a reader's thread and back.
//!
//! Exact, because the writer is the only one to change the file. While it changes rows of a shelf, their copies are gone and no new ones
//! are kept there; whoever read a row of that shelf meanwhile, or before, is not allowed to put it back afterwards. So copies never show
//! less than the file does, and never step back in time. What was written is kept once it is on the disk. Bounded, each shelf by itself.

mod shelf;

use std::sync::Arc;

use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_engine::ports::{Commit, Versioned};
use callport_engine::records::Subscription;
use callport_flow::{CallRow, Key, Row, Version, Write};

use shelf::Shelf;
pub(super) use shelf::Ticket;

/// One shelf for each kind of row. What is absent is remembered only where the key is made of our own ids:
/// tokens and ids that a stranger makes up must not push out those that exist.
#[derive(Default)]
pub(super) struct Cache {
    portfolios: Rows,
    wabas: Rows,
    numbers: Rows,
    apps: Rows,
    grants: Rows,
    subscriptions: Rows,
    phone_overrides: Rows,
    tokens: Rows,
    users: Rows,
    sessions: Rows,
    pairs: Rows,
    /// Those that are not over: of the others nobody asks in a hurry, and reports of their media are long.
    calls: Rows,
    /// What row another key led to when it was asked last; it may lead elsewhere by now.
    names: Shelf<Key, Key>,
    routings: Rows,
    /// Further accounts of a number, mostly none.
    accounts: Shelf<PhoneNumberId, FoundRows>,
    /// All of a WABA's subscriptions; never an empty list.
    subscribers: Shelf<WabaId, Arc<[Subscription]>>,
}

type Rows = Shelf<Key, Versioned>;

/// What a query found.
type FoundRows = Arc<[(Version, Arc<Row>)]>;

/// What a job changes, as far as copies may be kept of it.
pub(super) enum Touched {
    /// What it writes.
    Commit(Arc<Commit>),
    /// The media plane's last word on these.
    Reports(Vec<CallId>),
    /// Some sessions.
    Sessions,
    /// Nothing of which there are copies.
    Nothing,
}

/// Rows are being changed. If this is dropped instead of done, nobody knows what the file says, and no copies are kept of such rows.
pub(super) struct Changing<'a> {
    cache: &'a Cache,
    /// Calls that have no report: when they are written, the file says what was written.
    unreported: Vec<CallId>,
}

impl Changing<'_> {
    /// The file says what it will say. These jobs stand.
    pub(super) fn done<'a>(self, stand: impl Iterator<Item = &'a Touched>) {
        for touched in stand {
            if let Touched::Commit(commit) = touched {
                commit.writes.iter().for_each(|write| self.cache.keep_written(write, commit.id, &self.unreported));
            }
        }
        self.cache.changed();
    }
}

impl Cache {
    /// Drops the copies of what is about to be changed.
    pub(super) fn changing<'a>(&self, jobs: impl Iterator<Item = &'a Touched>) -> Changing<'_> {
        let (mut unreported, mut reported) = (Vec::new(), Vec::new());
        for touched in jobs {
            match touched {
                Touched::Commit(commit) => {
                    for write in &commit.writes {
                        if let Write::Put(Row::Call(row)) = write
                            && self.is_unreported(commit, row)
                        {
                            unreported.push(row.record.id.clone());
                        }
                        self.forget(write);
                    }
                }
                Touched::Reports(calls) => {
                    calls.iter().for_each(|call| self.calls.forget(&Key::Call(call.clone())));
                    reported.extend(calls);
                }
                Touched::Sessions => self.sessions.forget_all(), // a copy does not say whose it is without being read, and this is seldom
                Touched::Nothing => {}
            }
        }
        unreported.retain(|call| !reported.contains(&call));
        Changing { cache: self, unreported }
    }

    /// It is new, or there is a copy which says so.
    fn is_unreported(&self, commit: &Commit, row: &CallRow) -> bool {
        let key = Key::Call(row.record.id.clone());
        let new = commit.expects.iter().any(|(expected, version)| *expected == key && *version == 0);
        let copy = self.calls.look(&key).ok().and_then(|copy| copy.row);
        new || copy.is_some_and(|copy| matches!(&*copy, Row::Call(copy) if copy.record.media.is_none()))
    }

    /// The copy, or a ticket for what is read of the file.
    pub(super) fn look(&self, key: &Key) -> Result<Versioned, Ticket> {
        let name = self.led_to(key);
        let Some(shelf) = self.shelf(name.as_ref().unwrap_or(key)) else { return Err(Ticket::none()) };
        match (&name, is_name(key)) {
            (None, true) => Err(shelf.ticket()),
            (None, false) => shelf.look(key),
            (Some(name), _) => shelf.look(name).and_then(|found| match found.row.as_deref() {
                Some(row) if answers(row, key) => Ok(found),
                _ => Err(shelf.ticket()),
            }),
        }
    }

    /// For the writer, which knows that nobody changes anything meanwhile.
    pub(super) fn version(&self, key: &Key) -> Option<Version> {
        self.look(key).ok().map(|found| found.version)
    }

    /// Keeps what was read.
    pub(super) fn keep(&self, key: Key, found: &Versioned, ticket: Ticket) {
        let Some(shelf) = self.shelf(&key) else { return };
        match found.row.as_deref() {
            Some(Row::Call(row)) if !row.live() => {}
            Some(row) => {
                let own = row.key();
                if is_name(&key) {
                    self.names.put(key, own.clone()); // asked again at each use
                }
                shelf.keep(own, found.clone(), ticket);
            }
            None if matches!(key, Key::Grant(..) | Key::Subscription(..) | Key::PhoneOverride(..) | Key::Pair(..) | Key::Routing(_)) => {
                shelf.keep(key, found.clone(), ticket);
            }
            None => {}
        }
    }

    pub(super) fn subscribers(&self, waba: &WabaId) -> Result<Arc<[Subscription]>, Ticket> {
        self.subscribers.look(waba)
    }

    pub(super) fn keep_subscribers(&self, waba: WabaId, found: &[Subscription], ticket: Ticket) {
        if !found.is_empty() {
            self.subscribers.keep(waba, found.into(), ticket);
        }
    }

    pub(super) fn accounts(&self, number: &PhoneNumberId) -> Result<FoundRows, Ticket> {
        self.accounts.look(number)
    }

    pub(super) fn keep_accounts(&self, number: PhoneNumberId, found: &[(Version, Arc<Row>)], ticket: Ticket) {
        self.accounts.keep(number, found.into(), ticket);
    }

    fn led_to(&self, key: &Key) -> Option<Key> {
        is_name(key).then(|| self.names.look(key).ok()).flatten()
    }

    fn shelf(&self, key: &Key) -> Option<&Rows> {
        match key {
            Key::Portfolio(_) => Some(&self.portfolios),
            Key::Waba(_) => Some(&self.wabas),
            Key::Number(_) | Key::NumberCalled(_) => Some(&self.numbers),
            Key::App(_) => Some(&self.apps),
            Key::Grant(..) => Some(&self.grants),
            Key::Subscription(..) => Some(&self.subscriptions),
            Key::PhoneOverride(..) => Some(&self.phone_overrides),
            Key::Token(_) => Some(&self.tokens),
            Key::User(_) | Key::UserCalled(_) | Key::UserKnownAs(..) => Some(&self.users),
            Key::Session(_) => Some(&self.sessions),
            Key::Pair(..) => Some(&self.pairs),
            Key::Call(_) => Some(&self.calls),
            Key::Routing(_) => Some(&self.routings),
            Key::NumberAccount(..)
            | Key::SipServer(..)
            | Key::Thread(..)
            | Key::Invitation(_)
            | Key::Enrolment(..)
            | Key::Message(_)
            | Key::Template(_)
            | Key::TemplateNamed(..) => None,
        }
    }

    /// Drops the copy of what a write is about. A row that others are found by is asked itself whether it is the one.
    fn forget(&self, write: &Write) {
        let own;
        let key = match write {
            Write::Put(row) => {
                own = row.key();
                &own
            }
            Write::Remove(key) if is_name(key) => return self.forget_kind(key),
            Write::Remove(key) => key,
        };
        if let Some(shelf) = self.shelf(key) {
            shelf.forget(key);
        }
        match (write, key) {
            (_, Key::Subscription(_, waba)) => self.subscribers.forget(waba),
            (_, Key::NumberAccount(number, _)) => self.accounts.forget(number),
            (Write::Remove(_), key) => self.leaves_with(key),
            _ => {}
        }
    }

    /// By a name that leads to nobody knows which row.
    fn forget_kind(&self, name: &Key) {
        if let Some(shelf) = self.shelf(name) {
            shelf.forget_all();
        }
        self.leaves_with(name);
    }

    /// What goes with a row that is removed, by the triggers of the file. A copy does not say whose it is without being read, and this is seldom.
    fn leaves_with(&self, key: &Key) {
        match key {
            Key::User(_) | Key::UserCalled(_) | Key::UserKnownAs(..) => {
                self.sessions.forget_all();
                self.pairs.forget_all();
            }
            Key::App(_) => {
                self.tokens.forget_all();
                self.grants.forget_all();
                self.subscriptions.forget_all();
                self.subscribers.forget_all();
                self.phone_overrides.forget_all();
            }
            Key::Waba(waba) => {
                self.grants.forget_all();
                self.subscriptions.forget_all();
                self.subscribers.forget(waba);
            }
            Key::Number(_) | Key::NumberCalled(_) => {
                self.phone_overrides.forget_all();
                self.accounts.forget_all();
                self.pairs.forget_all();
            }
            Key::Portfolio(_) => self.names.forget_all(), // it knows nobody any more
            _ => {}
        }
    }

    /// Keeps what was written.
    fn keep_written(&self, write: &Write, version: Version, unreported: &[CallId]) {
        let row = match write {
            Write::Put(row) => row,
            Write::Remove(_) => return self.forget(write), // what an earlier write of the same group left
        };
        let row = match row {
            Row::Call(row) if !row.live() || row.record.media.is_some() || !unreported.contains(&row.record.id) => {
                return self.calls.forget(&Key::Call(row.record.id.clone()));
            }
            Row::Call(row) => Row::Call(CallRow::on_record(row.record.clone(), row.owner, row.holds_user)),
            other => other.clone(),
        };
        if let Some(shelf) = self.shelf(&row.key()) {
            shelf.put(row.key(), Versioned { version, row: Some(Arc::new(row)) });
        }
    }

    /// Named one by one, so that a new shelf does not compile until it is told.
    fn changed(&self) {
        let Self {
            portfolios,
            wabas,
            numbers,
            apps,
            grants,
            subscriptions,
            phone_overrides,
            tokens,
            users,
            sessions,
            pairs,
            calls,
            names: _,
            routings,
            accounts,
            subscribers,
        } = self;
        let rest = [grants, subscriptions, phone_overrides, tokens, users, sessions, pairs, calls, routings];
        for rows in [portfolios, wabas, numbers, apps].into_iter().chain(rest) {
            rows.changed();
        }
        accounts.changed();
        subscribers.changed();
    }
}

/// Not the key of the row itself.
fn is_name(key: &Key) -> bool {
    matches!(key, Key::NumberCalled(_) | Key::UserCalled(_) | Key::UserKnownAs(..) | Key::TemplateNamed(..))
}

/// The row is found by this name.
fn answers(row: &Row, name: &Key) -> bool {
    match (row, name) {
        (Row::Number(row), Key::NumberCalled(number)) => row.number == *number,
        (Row::User(row), Key::UserCalled(number)) => row.number == *number,
        (Row::User(row), Key::UserKnownAs(portfolio, id)) => row.bsuid(portfolio) == *id,
        _ => false,
    }
}

#[cfg(test)]
mod tests;

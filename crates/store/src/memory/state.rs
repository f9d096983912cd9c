//! The tables, and a commit that happens whole or not at all.
//!
//! Changes are made one after the other, each leaving a note of how to unmake it; a refused change unmakes those before it.
//! What is refused is what the file refuses: an object whose owner is missing, and a name or number that another one holds.

use std::collections::BTreeMap;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::token::SecretHash;
use callport_engine::Fault;
use callport_engine::ports::Change;
use callport_engine::records::{
    App, Attempt, CallRecord, Delivery, DeliveryId, DeliveryState, Guest, Invitation, Message, Number, PairRecord, PhoneOverride,
    Portfolio, Session, Subscription, TemplateRecord, TimelineEntry, Token, User, Waba,
};

type Table<K, V> = BTreeMap<K, V>;
type Hash = [u8; 32];
type Undo = Box<dyn FnOnce(&mut State)>;

#[derive(Default)]
pub(super) struct State {
    pub(super) portfolios: Table<PortfolioId, Portfolio>,
    pub(super) wabas: Table<WabaId, Waba>,
    pub(super) numbers: Table<PhoneNumberId, Number>,
    pub(super) apps: Table<AppId, App>,
    /// By WABA first, which is how they are listed.
    pub(super) subscriptions: Table<(WabaId, AppId), Subscription>,
    pub(super) phone_overrides: Table<(AppId, PhoneNumberId), PhoneOverride>,
    pub(super) tokens: Table<Hash, Token>,
    pub(super) users: Table<UserId, User>,
    pub(super) sessions: Table<Hash, Session>,
    pub(super) invitations: Table<Hash, Invitation>,
    pub(super) pairs: Table<(PhoneNumberId, UserId), PairRecord>,
    /// By place, which is the order of writing.
    pub(super) messages: Table<u64, Message>,
    /// Where each message is.
    pub(super) places: Table<MessageId, u64>,
    pub(super) templates: Table<TemplateId, TemplateRecord>,
    pub(super) calls: Table<CallId, CallRecord>,
    /// In which order calls were placed.
    pub(super) placed: Table<CallId, u64>,
    pub(super) timelines: Table<CallId, Vec<TimelineEntry>>,
    pub(super) deliveries: Table<DeliveryId, Delivery>,
    pub(super) attempts: Table<DeliveryId, Vec<Attempt>>,
}

impl State {
    /// All changes or none.
    pub(super) fn apply(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        let mut done = Vec::with_capacity(changes.len());
        for change in changes {
            match self.make(change) {
                Ok(undo) => done.push(undo),
                Err(fault) => {
                    done.into_iter().rev().for_each(|undo| undo(self));
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    /// Who holds this business number.
    pub(super) fn number_holder(&self, number: &PhoneNumber) -> Option<&Number> {
        self.numbers.values().find(|held| held.number == *number)
    }

    /// Who holds this user's number.
    pub(super) fn user_holder(&self, number: &PhoneNumber) -> Option<&User> {
        self.users.values().find(|held| held.number == *number)
    }

    fn make(&mut self, change: Change) -> Result<Undo, Fault> {
        self.check(&change)?;
        Ok(match change {
            Change::PutPortfolio(row) => self.put(|state| &mut state.portfolios, row.id.clone(), row),
            Change::PutWaba(row) => self.put(|state| &mut state.wabas, row.id.clone(), row),
            Change::PutNumber(row) => self.put(|state| &mut state.numbers, row.id.clone(), row),
            Change::PutApp(row) => self.put(|state| &mut state.apps, row.id.clone(), row),
            Change::PutSubscription(row) => self.put(|state| &mut state.subscriptions, (row.waba.clone(), row.app.clone()), row),
            Change::RemoveSubscription(app, waba) => self.remove(|state| &mut state.subscriptions, (waba, app)),
            Change::PutPhoneOverride(row) => self.put(|state| &mut state.phone_overrides, (row.app.clone(), row.number.clone()), row),
            Change::RemovePhoneOverride(app, number) => self.remove(|state| &mut state.phone_overrides, (app, number)),
            Change::PutToken(row) => self.put(|state| &mut state.tokens, key(&row.hash), row),
            Change::RemoveToken(hash) => self.remove(|state| &mut state.tokens, key(&hash)),
            Change::PutUser(row) => self.put(|state| &mut state.users, row.id.clone(), row),
            Change::RemoveUser(id) => self.remove_user(id),
            Change::PutSession(row) => self.put(|state| &mut state.sessions, key(&row.hash), row),
            Change::RemoveSession(hash) => self.remove(|state| &mut state.sessions, key(&hash)),
            Change::PutInvitation(row) => self.put(|state| &mut state.invitations, key(&row.hash), row),
            Change::RemoveInvitation(hash) => self.remove(|state| &mut state.invitations, key(&hash)),
            Change::PutPair(row) => self.put(|state| &mut state.pairs, (row.number.clone(), row.user.clone()), *row),
            Change::PutMessage(row) => self.put_message(*row),
            Change::PutTemplate(row) => self.put(|state| &mut state.templates, row.id.clone(), *row),
            Change::RemoveTemplate(id) => self.remove(|state| &mut state.templates, id),
            Change::PutCall(row) => self.put_call(*row),
            Change::AddTimeline(row) => self.append(|state| &mut state.timelines, row.call.clone(), row),
            Change::PutDelivery(row) => self.put(|state| &mut state.deliveries, row.id, *row),
            Change::SettleDelivery(id, outcome, attempts) => self.settle(id, outcome, attempts),
            Change::AddAttempt(row) => self.append(|state| &mut state.attempts, row.delivery, row),
        })
    }

    /// Owners must be there before what they own; a phone number has one holder.
    fn check(&self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::PutWaba(row) => there(self.portfolios.contains_key(&row.portfolio), "the portfolio of a WABA"),
            Change::PutNumber(row) => {
                free(self.number_holder(&row.number).is_none_or(|holder| holder.id == row.id), "a business number")?;
                there(self.wabas.contains_key(&row.waba), "the WABA of a number")
            }
            Change::PutSubscription(row) => {
                there(self.apps.contains_key(&row.app) && self.wabas.contains_key(&row.waba), "the app or the WABA of a subscription")
            }
            Change::PutPhoneOverride(row) => {
                there(self.apps.contains_key(&row.app) && self.numbers.contains_key(&row.number), "the app or the number of an override")
            }
            Change::PutToken(row) => there(self.apps.contains_key(&row.app), "the app of a token"),
            Change::PutUser(row) => free(self.user_holder(&row.number).is_none_or(|holder| holder.id == row.id), "a user's number"),
            Change::PutSession(row) => there(self.users.contains_key(&row.user), "the user of a session"),
            Change::PutInvitation(row) => {
                let guest = match &row.guest {
                    Guest::User(user) => Some(user),
                    Guest::Anyone | Guest::Number(_) => None,
                };
                there(row.used_by.iter().chain(guest).all(|user| self.users.contains_key(user)), "the user of an invitation")
            }
            Change::PutPair(row) => {
                there(self.numbers.contains_key(&row.number) && self.users.contains_key(&row.user), "the number or the user of a pair")
            }
            Change::PutTemplate(row) => {
                let taken = |held: &TemplateRecord| (&held.waba, &held.name, &held.language) == (&row.waba, &row.name, &row.language);
                free(!self.templates.values().any(|held| held.id != row.id && taken(held)), "the name and language of a template")?;
                there(self.wabas.contains_key(&row.waba), "the WABA of a template")
            }
            _ => Ok(()),
        }
    }

    fn put<K: Ord + Clone + 'static, V: 'static>(&mut self, table: fn(&mut State) -> &mut Table<K, V>, key: K, row: V) -> Undo {
        let before = table(self).insert(key.clone(), row);
        Box::new(move |state| restore(table(state), key, before))
    }

    fn remove<K: Ord + 'static, V: 'static>(&mut self, table: fn(&mut State) -> &mut Table<K, V>, key: K) -> Undo {
        let before = table(self).remove(&key);
        Box::new(move |state| restore(table(state), key, before))
    }

    /// With everything that is theirs.
    fn remove_user(&mut self, id: UserId) -> Undo {
        let of = |invitation: &Invitation| invitation.used_by.as_ref() == Some(&id) || invitation.guest == Guest::User(id.clone());
        let sessions: Vec<_> = self.sessions.values().filter(|row| row.user == id).map(|row| key(&row.hash)).collect();
        let invitations: Vec<_> = self.invitations.values().filter(|row| of(row)).map(|row| key(&row.hash)).collect();
        let messages: Vec<_> =
            self.messages.iter().filter(|(_, row)| row.user == id).map(|(place, row)| (*place, row.id.clone())).collect();
        let pairs: Vec<_> = self.pairs.keys().filter(|(_, user)| *user == id).cloned().collect();
        let mut undo = Vec::new();
        undo.extend(sessions.into_iter().map(|key| self.remove(|state| &mut state.sessions, key)));
        undo.extend(invitations.into_iter().map(|key| self.remove(|state| &mut state.invitations, key)));
        undo.extend(pairs.into_iter().map(|key| self.remove(|state| &mut state.pairs, key)));
        for (place, message) in messages {
            undo.push(self.remove(|state| &mut state.messages, place));
            undo.push(self.remove(|state| &mut state.places, message));
        }
        undo.push(self.remove(|state| &mut state.users, id));
        Box::new(move |state| undo.into_iter().rev().for_each(|undo| undo(state)))
    }

    /// At the end, or where it was.
    fn put_message(&mut self, row: Message) -> Undo {
        let next = self.messages.keys().next_back().map_or(1, |last| last + 1);
        let place = self.places.get(&row.id).copied().unwrap_or(next);
        let unplace = self.put(|state| &mut state.places, row.id.clone(), place);
        let unwrite = self.put(|state| &mut state.messages, place, row);
        Box::new(move |state| {
            unwrite(state);
            unplace(state);
        })
    }

    /// Last in the log, or where it was.
    fn put_call(&mut self, row: CallRecord) -> Undo {
        let next = self.placed.values().max().map_or(1, |last| last + 1);
        let place = self.placed.get(&row.id).copied().unwrap_or(next);
        let unplace = self.put(|state| &mut state.placed, row.id.clone(), place);
        let unwrite = self.put(|state| &mut state.calls, row.id.clone(), row);
        Box::new(move |state| {
            unwrite(state);
            unplace(state);
        })
    }

    fn append<K: Ord + Clone + 'static, V: 'static>(&mut self, table: fn(&mut State) -> &mut Table<K, Vec<V>>, key: K, row: V) -> Undo {
        table(self).entry(key.clone()).or_default().push(row);
        Box::new(move |state| drop(table(state).get_mut(&key).and_then(Vec::pop)))
    }

    fn settle(&mut self, id: DeliveryId, outcome: DeliveryState, attempts: u32) -> Undo {
        let Some(delivery) = self.deliveries.get_mut(&id) else { return Box::new(|_| {}) };
        let before = (delivery.state, delivery.attempts);
        (delivery.state, delivery.attempts) = (outcome, attempts);
        Box::new(move |state| {
            if let Some(delivery) = state.deliveries.get_mut(&id) {
                (delivery.state, delivery.attempts) = before;
            }
        })
    }
}

fn restore<K: Ord, V>(table: &mut Table<K, V>, key: K, before: Option<V>) {
    match before {
        Some(row) => drop(table.insert(key, row)),
        None => drop(table.remove(&key)),
    }
}

fn key(hash: &SecretHash) -> Hash {
    *hash.as_bytes()
}

fn there(found: bool, what: &str) -> Result<(), Fault> {
    if found { Ok(()) } else { Err(Fault::new("store: commit", format!("{what} is not there"))) }
}

fn free(found: bool, what: &str) -> Result<(), Fault> {
    if found { Ok(()) } else { Err(Fault::new("store: commit", format!("{what} has another holder"))) }
}

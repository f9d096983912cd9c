//! What is over goes when it is old enough, and nothing else goes.
//!
//! When it goes is checked each time that a store is asked to remove: what is older is gone then, and what is live or was never sent is there.
//! That nothing younger went is checked at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::UserId;
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::ports::{Old, Settlement};
use callport_engine::records::{DeliveryId, DeliveryState, Message, Session};
use callport_flow::Key;
use callport_flow::journal::Entry;
use callport_store::StoreSnapshot;

use super::Books;
use crate::plan::RETENTION;

/// So long after its start a process has removed what was old.
const REMOVING: Duration = Duration::from_secs(60);
/// The calendar is set back by as much, now and then, and a little more.
const SLACK: Duration = Duration::from_secs(2 * 3_600);

#[derive(Default)]
pub(super) struct Kept {
    /// Calls that are over, since when.
    calls: BTreeMap<CallId, WallTime>,
    messages: BTreeMap<MessageId, (UserId, WallTime)>,
    /// Webhooks that are settled, since when.
    settled: BTreeMap<u64, WallTime>,
    unsent: BTreeSet<u64>,
    last_webhook: u64,
    sessions: Vec<(SecretHash, WallTime)>,
    /// How many entries are of which hour.
    entries: BTreeMap<i64, u64>,
    /// What was asked to be removed, of each kind: everything from before that moment.
    before: HashMap<Old, WallTime>,
    /// When a process started last, and what the calendar said.
    started: Option<(Duration, WallTime)>,
}

fn hour(at: WallTime) -> i64 {
    at.unix_seconds().div_euclid(3_600)
}

impl Books {
    /// A process has started, and removes what is old.
    pub(crate) fn process_started(&mut self, today: WallTime) {
        self.kept.started = Some((self.exec.now(), today));
    }

    pub(super) fn keeps_call(&mut self, call: &CallId, over: WallTime) {
        self.kept.calls.insert(call.clone(), over);
    }

    pub(super) fn keeps_message(&mut self, message: &Message) {
        self.kept.messages.insert(message.id.clone(), (message.user.clone(), message.at));
    }

    pub(super) fn forget_messages_of(&mut self, user: &UserId) {
        self.kept.messages.retain(|_, (whose, _)| whose != user);
    }

    pub(super) fn keeps_session(&mut self, session: &Session) {
        self.kept.sessions.push((session.hash, session.expires_at));
    }

    pub(super) fn forget_session(&mut self, session: &SecretHash) {
        self.kept.sessions.retain(|(hash, _)| hash != session);
    }

    pub(super) fn keeps_webhook(&mut self, place: u64) {
        self.kept.unsent.insert(place);
        self.kept.last_webhook = place;
    }

    pub(super) fn keeps_entry(&mut self, entry: &Entry) {
        *self.kept.entries.entry(hour(entry.at)).or_default() += 1;
    }

    /// What became of webhooks was saved; `seq`: the journal's last entry before that.
    pub(crate) fn settled_some(&mut self, settlements: &[Settlement], seq: u64, left: &StoreSnapshot<'_>) {
        for settlement in settlements {
            if let Settlement::Attempt { delivery, .. } = settlement {
                match left.delivery(*delivery) {
                    Some((_, DeliveryState::Delivered { at } | DeliveryState::Dropped { at })) => {
                        self.kept.unsent.remove(&delivery.0);
                        self.kept.settled.insert(delivery.0, at);
                    }
                    Some((_, DeliveryState::Pending { .. })) | None => {}
                }
            }
        }
        left.entries_after(seq).for_each(|(_, entry)| self.keeps_entry(entry));
    }

    /// Everything of a kind from before that moment was asked to be removed. `all`: and there is no more of it.
    pub(crate) fn removed_old(&mut self, what: Old, before: WallTime, all: bool, left: &StoreSnapshot<'_>) {
        let asked = self.kept.before.entry(what).or_insert(before);
        *asked = before.max(*asked);
        match what {
            Old::Calls => self.live_calls_are_there(left),
            Old::Deliveries => self.unsent_are_there(left),
            _ => {}
        }
        if !all {
            return;
        }
        let stays = match what {
            Old::Calls => stays(self.kept.calls.iter().map(|(call, at)| (Key::Call(call.clone()), *at)), before, left),
            Old::Messages => stays(self.kept.messages.iter().map(|(id, (_, at))| (Key::Message(id.clone()), *at)), before, left),
            Old::Sessions => stays(self.kept.sessions.iter().map(|(hash, at)| (Key::Session(*hash), *at)), before, left),
            Old::Deliveries => {
                let last = self.kept.last_webhook;
                let old = self.kept.settled.iter().filter(|(id, at)| **at < before && **id != last);
                old.filter(|(id, _)| left.delivery(DeliveryId(**id)).is_some()).count()
            }
            Old::Entries => left.entries_after(0).filter(|(_, entry)| entry.at < before).count().saturating_sub(1), // never the last
            Old::Invitations | Old::Enrolments => 0,                                                                // nobody makes one here
        };
        if stays > 0 {
            self.violated(None, format!("{stays} of the old {what:?} were not removed"));
        }
        match what {
            Old::Calls => self.kept.calls.retain(|_, at| *at >= before),
            Old::Messages => self.kept.messages.retain(|_, (_, at)| *at >= before),
            Old::Sessions => self.kept.sessions.retain(|(_, at)| *at >= before),
            Old::Deliveries => self.kept.settled.retain(|_, at| *at >= before),
            Old::Entries | Old::Invitations | Old::Enrolments => {}
        }
    }

    fn live_calls_are_there(&mut self, left: &StoreSnapshot<'_>) {
        let gone = self.live_calls().find(|call| left.row(&Key::Call((*call).clone())).row.is_none()).cloned();
        if let Some(call) = gone {
            self.violated(Some(&call), "a live call was removed".to_owned());
        }
    }

    fn unsent_are_there(&mut self, left: &StoreSnapshot<'_>) {
        let gone = self.kept.unsent.iter().find(|id| left.delivery(DeliveryId(**id)).is_none()).copied();
        if let Some(id) = gone {
            self.violated(None, format!("webhook {id} was removed before it was sent"));
        }
    }

    /// At the end: nothing went that was within its time, and what is old went when a process started.
    pub(crate) fn kept_what_must_be(&mut self, left: &StoreSnapshot<'_>) {
        let asked = |what| self.kept.before.get(&what).copied().unwrap_or_default();
        let mut lost = Vec::new();
        let mut look = |what: Old, row: &mut dyn Iterator<Item = (Key, WallTime)>| {
            let too_soon = row.filter(|(key, at)| *at >= asked(what) && left.row(key).row.is_none()).count();
            lost.push((what, too_soon));
        };
        look(Old::Calls, &mut self.kept.calls.iter().map(|(call, at)| (Key::Call(call.clone()), *at)));
        look(Old::Messages, &mut self.kept.messages.iter().map(|(id, (_, at))| (Key::Message(id.clone()), *at)));
        look(Old::Sessions, &mut self.kept.sessions.iter().map(|(hash, at)| (Key::Session(*hash), *at)));
        let webhooks = self.kept.settled.iter().filter(|(_, at)| **at >= asked(Old::Deliveries));
        lost.push((Old::Deliveries, webhooks.filter(|(id, _)| left.delivery(DeliveryId(**id)).is_none()).count()));
        lost.push((Old::Entries, self.entries_lost(left)));
        for (what, lost) in lost.into_iter().filter(|(_, lost)| *lost > 0) {
            self.violated(None, format!("at the end: {lost} {what:?} are gone, and were within their time"));
        }
        self.all_was_asked_for();
    }

    /// By the hour: those that are younger than what was asked for are all there.
    fn entries_lost(&self, left: &StoreSnapshot<'_>) -> usize {
        let asked = self.kept.before.get(&Old::Entries).copied().map_or(i64::MIN, hour);
        let mut there = BTreeMap::<i64, u64>::new();
        left.entries_after(0).for_each(|(_, entry)| *there.entry(hour(entry.at)).or_default() += 1);
        let young = self.kept.entries.iter().filter(|(hour, _)| **hour > asked);
        young.map(|(hour, written)| written.saturating_sub(there.get(hour).copied().unwrap_or(0)) as usize).sum()
    }

    /// A process that started, and had time, asked for all that was old by then.
    fn all_was_asked_for(&mut self) {
        let Some((_, today)) = self.kept.started.filter(|(at, _)| *at + REMOVING < self.exec.now()) else { return };
        let kinds = [
            (Old::Calls, RETENTION.calls),
            (Old::Messages, RETENTION.messages),
            (Old::Deliveries, RETENTION.webhooks),
            (Old::Entries, RETENTION.journal),
            (Old::Sessions, RETENTION.sign_ins),
        ];
        for (what, kept) in kinds {
            let due = today - kept.unwrap_or_default() - SLACK;
            if self.kept.before.get(&what).is_none_or(|asked| *asked < due) {
                self.violated(None, format!("at the end: a process started, and did not remove old {what:?}"));
            }
        }
    }
}

/// How many of the old ones are there still.
fn stays(rows: impl Iterator<Item = (Key, WallTime)>, before: WallTime, left: &StoreSnapshot<'_>) -> usize {
    rows.filter(|(key, at)| *at < before && left.row(key).row.is_some()).count()
}

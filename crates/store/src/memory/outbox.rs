//! The outbox: webhooks, their lanes, and who works them.

use std::collections::{BTreeMap, BTreeSet};

use callport_core::call_id::CallId;
use callport_core::ids::AppId;
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_engine::ports::{NewDelivery, Queued};
use callport_engine::records::{Delivery, DeliveryId, DeliveryState};
use callport_flow::NodeId;
use rustc_hash::FxHashMap;

/// First attempts within one go in order.
type Lane = (Subject, AppId);

#[derive(PartialEq, Eq, Hash)]
enum Subject {
    Call(CallId),
    Message(MessageId),
}

struct Kept {
    webhook: NewDelivery,
    worker: NodeId,
    state: DeliveryState,
    attempts: u32,
    /// Attempts whose entry is in the journal.
    noted: Vec<u32>,
}

#[derive(Default)]
pub(super) struct Outbox {
    last: u64,
    kept: BTreeMap<DeliveryId, Kept>,
    pending: BTreeSet<DeliveryId>,
    /// The pending ones of each.
    lanes: FxHashMap<Lane, BTreeSet<DeliveryId>>,
    of_calls: BTreeSet<(CallId, DeliveryId)>,
}

impl Outbox {
    /// Gives it to whoever works the open ones of its lane, else to the committer.
    pub(super) fn queue(&mut self, webhook: NewDelivery, committer: NodeId) -> Queued {
        self.last += 1;
        let id = DeliveryId(self.last);
        let open = lane(&webhook).and_then(|lane| self.lanes.get(&lane)?.last().copied());
        let worker = open.and_then(|open| self.kept.get(&open)).map_or(committer, |open| open.worker);
        self.of_calls.extend(webhook.call.clone().map(|call| (call, id)));
        let state = DeliveryState::Pending { next_attempt_at: webhook.created_at };
        self.kept.insert(id, Kept { webhook, worker, state, attempts: 0, noted: Vec::new() });
        self.follow(id);
        Queued { id, worker, after: open }
    }

    /// An attempt; whether its entry is not in the journal yet. What came later is not taken back by one that comes late.
    pub(super) fn settle(&mut self, id: DeliveryId, attempts: u32, state: DeliveryState) -> bool {
        let Some(kept) = self.kept.get_mut(&id) else { return false };
        if kept.noted.contains(&attempts) {
            return false;
        }
        kept.noted.push(attempts);
        if attempts > kept.attempts {
            (kept.state, kept.attempts) = (state, attempts);
            self.follow(id);
        }
        true
    }

    pub(super) fn reopen(&mut self, id: DeliveryId, worker: NodeId, due: WallTime) {
        if let Some(kept) = self.kept.get_mut(&id) {
            (kept.state, kept.worker) = (DeliveryState::Pending { next_attempt_at: due }, worker);
            self.follow(id);
        }
    }

    /// Gives that worker what is pending with workers that do not live; all that it has then.
    pub(super) fn adopt(&mut self, worker: NodeId, lives: impl Fn(NodeId) -> bool) -> Vec<Delivery> {
        let mut adopted = Vec::new();
        for id in &self.pending {
            let Some(kept) = self.kept.get_mut(id) else { continue };
            if !lives(kept.worker) {
                kept.worker = worker;
            }
            if kept.worker == worker {
                adopted.push(kept.read(*id, Vec::new()));
            }
        }
        adopted
    }

    pub(super) fn get(&self, id: DeliveryId) -> Option<Delivery> {
        self.kept.get(&id).map(|kept| kept.whole(id))
    }

    pub(super) fn look(&self, id: DeliveryId) -> Option<(NodeId, DeliveryState)> {
        self.kept.get(&id).map(|kept| (kept.worker, kept.state))
    }

    pub(super) fn of_call(&self, call: &CallId) -> Vec<Delivery> {
        let ids = self.of_calls.range((call.clone(), DeliveryId(0))..).take_while(|(of, _)| of == call);
        ids.filter_map(|(_, id)| self.get(*id)).collect()
    }

    pub(super) fn newest(&self, limit: u32) -> Vec<Delivery> {
        self.kept.iter().rev().take(limit as usize).map(|(id, kept)| kept.whole(*id)).collect()
    }

    pub(super) fn open_in_lane(&self, worker: NodeId, id: DeliveryId) -> Vec<Delivery> {
        let Some(kept) = self.kept.get(&id) else { return Vec::new() };
        let alone = BTreeSet::from_iter(self.pending.get(&id).copied());
        let open = match lane(&kept.webhook) {
            Some(lane) => self.lanes.get(&lane).unwrap_or(&alone),
            None => &alone,
        };
        let open = open.range(..=id).filter_map(|id| Some((*id, self.kept.get(id)?)));
        open.filter(|(_, kept)| kept.worker == worker).map(|(id, kept)| kept.read(id, Vec::new())).collect()
    }

    /// What is pending, with its worker and without its body.
    pub(super) fn pending(&self) -> impl Iterator<Item = (NodeId, Delivery)> {
        let pending = self.pending.iter().filter_map(|id| Some((*id, self.kept.get(id)?)));
        pending.map(|(id, kept)| (kept.worker, kept.read(id, Vec::new())))
    }

    /// Those that were settled before, but never the last.
    pub(super) fn remove_old(&mut self, before: WallTime, most: usize) -> usize {
        let old = |kept: &Kept| match kept.state {
            DeliveryState::Pending { .. } => false,
            DeliveryState::Delivered { at } | DeliveryState::Dropped { at } => at < before,
        };
        let last = DeliveryId(self.last);
        let old: Vec<_> = self.kept.iter().filter(|(id, kept)| **id != last && old(kept)).map(|(id, _)| *id).take(most).collect();
        for id in &old {
            if let Some(call) = self.kept.remove(id).and_then(|kept| kept.webhook.call) {
                self.of_calls.remove(&(call, *id));
            }
        }
        old.len()
    }

    /// Keeps the lists of pending ones true to its state.
    fn follow(&mut self, id: DeliveryId) {
        let Some(kept) = self.kept.get(&id) else { return };
        let lane = lane(&kept.webhook);
        if matches!(kept.state, DeliveryState::Pending { .. }) {
            self.pending.insert(id);
            if let Some(lane) = lane {
                self.lanes.entry(lane).or_default().insert(id);
            }
        } else {
            self.pending.remove(&id);
            if let Some(lane) = lane
                && let Some(open) = self.lanes.get_mut(&lane)
            {
                open.remove(&id);
                if open.is_empty() {
                    self.lanes.remove(&lane);
                }
            }
        }
    }
}

impl Kept {
    fn whole(&self, id: DeliveryId) -> Delivery {
        self.read(id, self.webhook.body.to_vec())
    }

    fn read(&self, id: DeliveryId, body: Vec<u8>) -> Delivery {
        let NewDelivery { app, waba, number, field, event, call, message, body: _, created_at } = self.webhook.clone();
        let (state, attempts) = (self.state, self.attempts);
        Delivery { id, app, waba, number, field, event: event.to_owned(), call, message, body, created_at, state, attempts }
    }
}

/// A webhook that belongs to neither has no lane.
fn lane(webhook: &NewDelivery) -> Option<Lane> {
    let call = webhook.call.clone().map(Subject::Call);
    let subject = call.or_else(|| webhook.message.clone().map(Subject::Message))?;
    Some((subject, webhook.app.clone()))
}

//! Everything behind the lock: what a commit is judged by, in which order, and what it leaves.

use std::collections::{BTreeMap, VecDeque};

use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::{Adopted, Commit, CommitFault, NodeBeat, Old, Queued, Reopened, Settlement};
use callport_engine::records::{DeliveryId, DeliveryState, Stage};
use callport_flow::journal::Entry;
use callport_flow::{Key, NodeId, Row, Version};
use rustc_hash::FxHashMap;

use super::facets::Listed;
use super::journal::Journal;
use super::outbox::Outbox;
use super::rows::Rows;

/// Commits whose outcome is remembered, so that one of them, sent again, is known. A node sends one again until it knows the outcome,
/// while the others go on: at 40 commits for each second of the calendar this is an hour and three quarters.
const REMEMBERED: usize = 1 << 18;

pub(super) struct State {
    pub(super) rows: Rows,
    pub(super) journal: Journal,
    pub(super) outbox: Outbox,
    nodes: BTreeMap<NodeId, u64>,
    last_node: NodeId,
    made: Made,
}

impl Default for State {
    fn default() -> Self {
        let (rows, journal, outbox) = (Rows::default(), Journal::default(), Outbox::default());
        Self { rows, journal, outbox, nodes: BTreeMap::new(), last_node: 0, made: Made::at_most(REMEMBERED) }
    }
}

/// A commit that was made, now or before.
pub(super) struct MadeCommit {
    pub(super) queued: Vec<Queued>,
    /// It was made now.
    pub(super) now: bool,
}

impl State {
    /// One that is known is judged no more: what it expected may have changed by its own doing.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<MadeCommit, CommitFault> {
        if let Some(queued) = self.made.get(commit.id) {
            return Ok(MadeCommit { queued: queued.to_vec(), now: false });
        }
        if commit.id == 0 {
            return Err(CommitFault::Failed(Fault::new("store: commit", "0 says that there is no row, and is no id")));
        }
        if !self.lives(commit.node) {
            return Err(CommitFault::Fenced);
        }
        let as_read = commit.expects.iter().all(|(key, version)| self.rows.version(key) == *version);
        if !as_read || !commit.guards.iter().all(|guard| self.rows.holds(guard)) {
            return Err(CommitFault::Conflict);
        }
        self.rows.write(commit.id, &commit.writes).map_err(CommitFault::Failed)?;
        commit.entries.iter().for_each(|entry| self.journal.add(entry.clone()));
        let queued: Vec<_> = commit.webhooks.iter().map(|webhook| self.outbox.queue(webhook.clone(), commit.node)).collect();
        self.made.remember(commit.id, queued.clone());
        Ok(MadeCommit { queued, now: true })
    }

    pub(super) fn settle(&mut self, settlement: Settlement) {
        match settlement {
            Settlement::Attempt { delivery, attempts, state, entry } => {
                if self.outbox.settle(delivery, attempts, state) {
                    self.journal.add(*entry);
                }
            }
            Settlement::Report { call, report } => self.rows.report(&call, &report),
        }
    }

    pub(super) fn reopen(&mut self, id: DeliveryId, node: NodeId, due: WallTime, entry: Entry) -> Result<Reopened, Fault> {
        if !self.lives(node) {
            return Err(Fault::new("store: reopen", "this process was declared dead by another"));
        }
        match self.outbox.get(id).map(|delivery| delivery.state) {
            None => Ok(Reopened::Unknown),
            Some(DeliveryState::Pending { .. }) => Ok(Reopened::Pending),
            Some(DeliveryState::Delivered { .. } | DeliveryState::Dropped { .. }) => {
                self.outbox.reopen(id, node, due);
                self.journal.add(entry);
                Ok(self.outbox.get(id).map_or(Reopened::Unknown, |delivery| Reopened::Queued(Box::new(delivery))))
            }
        }
    }

    pub(super) fn join(&mut self, alone: bool) -> NodeId {
        if alone {
            self.nodes.clear();
        }
        self.last_node += 1;
        self.nodes.insert(self.last_node, 0);
        self.last_node
    }

    pub(super) fn lives(&self, node: NodeId) -> bool {
        self.nodes.contains_key(&node)
    }

    pub(super) fn beat(&mut self, node: NodeId) -> Vec<NodeBeat> {
        self.nodes.entry(node).and_modify(|beat| *beat += 1);
        self.nodes.iter().map(|(node, beat)| NodeBeat { node: *node, beat: *beat }).collect()
    }

    pub(super) fn end_node(&mut self, seen: NodeBeat) {
        if self.nodes.get(&seen.node) == Some(&seen.beat) {
            self.nodes.remove(&seen.node);
        }
    }

    /// Nothing for a process that has ended itself.
    pub(super) fn adopt(&mut self, node: NodeId) -> Adopted {
        if !self.lives(node) {
            return Adopted::default();
        }
        let nodes = &self.nodes;
        let lives = |node: NodeId| nodes.contains_key(&node);
        let calls = self.rows.live_calls().filter(|call| !lives(call.owner)).cloned().collect();
        Adopted { calls, deliveries: self.outbox.adopt(node, lives) }
    }

    pub(super) fn remove_old(&mut self, what: Old, before: WallTime, most: u32) -> usize {
        let most = most as usize;
        match what {
            Old::Deliveries => self.outbox.remove_old(before, most),
            Old::Entries => self.journal.remove_old(before, most),
            Old::Calls => self.remove_rows(Listed::Call(0), before, most),
            Old::Messages => self.remove_rows(Listed::Message(0), before, most),
            Old::Sessions => self.remove_rows(Listed::Session(None), before, most),
            Old::Enrolments => self.remove_rows(Listed::EnrolmentEnds(None), before, most),
            Old::Invitations => self.remove_rows(Listed::Invitation(None), before, most),
        }
    }

    fn remove_rows(&mut self, list: Listed, before: WallTime, most: usize) -> usize {
        let rows = self.rows.after(list).map(|stored| &*stored.row);
        let old: Vec<Key> = rows.filter(|row| over_at(row).is_some_and(|at| at < before)).take(most).map(Row::key).collect();
        self.rows.remove_all(&old);
        old.len()
    }
}

/// From when on a row is of no more use; `None` while it is.
fn over_at(row: &Row) -> Option<WallTime> {
    match row {
        Row::Call(row) => match &row.record.stage {
            Stage::Ended(ending) => Some(ending.at),
            Stage::Calling | Stage::Ringing | Stage::Active(_) => None,
        },
        Row::Message(row) => Some(row.at),
        Row::Session(row) => Some(row.expires_at),
        Row::Invitation(row) => Some(row.expires_at),
        Row::Enrolment(row) => row.ends_at(),
        _ => None,
    }
}

/// What came of the latest commits, by their age: the one that was made first is forgotten first, whatever its id.
struct Made {
    most: usize,
    outcomes: FxHashMap<Version, Vec<Queued>>,
    order: VecDeque<Version>,
}

impl Made {
    fn at_most(most: usize) -> Self {
        Self { most, outcomes: FxHashMap::default(), order: VecDeque::new() }
    }

    fn get(&self, id: Version) -> Option<&[Queued]> {
        self.outcomes.get(&id).map(Vec::as_slice)
    }

    fn remember(&mut self, id: Version, queued: Vec<Queued>) {
        self.outcomes.insert(id, queued);
        self.order.push_back(id);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.outcomes.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_the_oldest_outcome_first_whatever_its_id() {
        let mut made = Made::at_most(3);
        for id in [9, 1, 8, 2] {
            made.remember(id, vec![Queued { id: DeliveryId(id), worker: 1, after: None }]);
        }
        assert_eq!(made.get(9), None);
        assert_eq!([1, 8, 2].map(|id| made.get(id).map(|queued| queued[0].id.0)), [1, 8, 2].map(Some));
        assert_eq!((made.outcomes.len(), made.order.len()), (3, 3), "what is forgotten takes no room");
    }
}

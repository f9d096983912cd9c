//! Stores that break the contract, on purpose: see [`Bug`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callport_core::limits::DAY;
use callport_core::pair::Permission;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::journal::{About, Entry, Fact};
use callport_engine::ports::{Clock as _, Commit, CommitFault, Old, Queued, Store as _, Versioned};
use callport_engine::records::DeliveryId;
use callport_flow::{Guard, Key, Row, Write};
use parking_lot::Mutex;

use super::SimStore;
use crate::bug::Bug;
use crate::world::{World, desk_of};

/// How old a copy becomes that nobody takes back.
const COPY_LASTS: Duration = Duration::from_secs(20);

impl SimStore {
    /// Makes a commit, with the bug of this run.
    pub(super) async fn apply(&self, commit: Arc<Commit>, torn: bool) -> Result<Vec<Queued>, CommitFault> {
        self.world.books.lock().committer = self.node();
        let Some(bug) = self.world.plan.bug else { return self.world.store.commit(commit).await };
        let mut tampered = (*commit).clone();
        match bug {
            Bug::IgnoresVersions => tampered.expects.clear(),
            Bug::HoldsUserTwice => {
                tampered.guards.retain(|guard| !matches!(guard, Guard::UserFree(_)));
                for write in &mut tampered.writes {
                    if let Write::Put(Row::Call(row)) = write {
                        row.holds_user = false;
                    }
                }
            }
            Bug::IgnoresConcurrent => tampered.guards.retain(|guard| !matches!(guard, Guard::Concurrent { .. })),
            Bug::IgnoresStarts => tampered.guards.retain(|guard| !matches!(guard, Guard::Starts { .. })),
            Bug::ForgetsCommitIds if torn => tampered.id = 1 << 62 | self.world.bodies.fetch_add(1, Ordering::Relaxed),
            Bug::IgnoresFencing if !self.world.store.inspect(|now| now.lives(commit.node)) => {
                tampered.node = self.world.nodes.any_living().unwrap_or(commit.node);
            }
            Bug::StaleTemplates => tampered.expects.retain(|(key, _)| !matches!(key, Key::Template(_))),
            Bug::RemovesUserInCall if commit.writes.iter().any(|write| matches!(write, Write::Remove(Key::User(_)))) => {
                tampered.guards.clear();
            }
            Bug::StaleRefusals if commit.writes.is_empty() => tampered.expects.retain(|(key, _)| !matches!(key, Key::Number(_))),
            Bug::AnswersTooSoon if commit.webhooks.is_empty() && self.world.exec.one_in(100) => return Ok(Vec::new()),
            Bug::LosesEntries if self.world.exec.one_in(100) => tampered.entries.clear(),
            Bug::LosesTerminate => {
                tampered.webhooks.retain(|webhook| webhook.event != "terminate" || desk_of(&webhook.app) || !self.world.exec.one_in(20));
            }
            _ => {}
        }
        let lost = commit.webhooks.len() - tampered.webhooks.len();
        let mut queued = self.world.store.commit(Arc::new(tampered)).await?;
        // The engine is told of as many as it asked for.
        queued.extend((0..lost).map(|_| Queued { id: DeliveryId(u64::MAX), worker: 0, after: None }));
        for place in &mut queued {
            match bug {
                Bug::LaneToCommitter => (place.worker, place.after) = (self.node(), None),
                Bug::TrustsOwnOrder => place.after = None,
                _ => {}
            }
        }
        Ok(queued)
    }
}

impl SimStore {
    /// Removes what is old, with the bug of this run.
    pub(super) async fn remove(&self, what: Old, before: WallTime, most: u32) -> Result<u32, Fault> {
        let store = &self.world.store;
        match self.world.plan.bug {
            Some(Bug::RemovesTooMuch) => return store.remove_old(what, before + DAY, most).await,
            Some(Bug::KeepsOld) => return Ok(0),
            Some(Bug::RemovesLiveCall) if what == Old::Calls => {
                let live = store.inspect(|now| now.live_calls().next().map(|row| row.record.id.clone()));
                let writes = live.map(|call| Write::Remove(Key::Call(call))).into_iter().collect();
                let id = 1 << 62 | self.world.bodies.fetch_add(1, Ordering::Relaxed);
                let (expects, guards, webhooks) = (Vec::new(), Vec::new(), Vec::new());
                let fact = Fact::ObjectRemoved { object: "call".to_owned(), id: None };
                let entries = vec![Entry::new(before, About::default(), fact)];
                let commit = Commit { id, node: self.node(), expects, guards, writes, entries, webhooks };
                let _ = store.commit(Arc::new(commit)).await; // a process that was ended removes nothing
            }
            _ => {}
        }
        store.remove_old(what, before, most).await
    }
}

impl SimStore {
    /// What was read, with the bug of this run.
    pub(super) fn misread(&self, found: Versioned) -> Versioned {
        let (Some(bug), Some(Row::Pair(record))) = (self.world.plan.bug, found.row.as_deref()) else { return found };
        let mut record = record.clone();
        match bug {
            Bug::GrantsAlways => record.pair.decided = Permission::Permanent,
            Bug::WindowNeverCloses => record.pair.heard_at = Some(self.world.calendar.now()),
            Bug::ForgetsRequests => record.pair.requests.clear(),
            Bug::ForgetsBlocks => record.pair.blocked_since = None,
            _ => return found,
        }
        Versioned { row: Some(Arc::new(Row::Pair(record))), ..found }
    }
}

/// Rows that were read once.
#[derive(Default)]
pub(super) struct Copies(Mutex<BTreeMap<String, (Duration, Versioned)>>);

impl Copies {
    pub(super) async fn row(&self, world: &World, key: &Key) -> Result<Versioned, Fault> {
        let name = format!("{key:?}");
        let now = world.exec.now();
        if let Some((read, copy)) = self.0.lock().get(&name)
            && now < *read + COPY_LASTS
        {
            return Ok(copy.clone());
        }
        let found = world.store.row(key).await?;
        self.0.lock().insert(name, (now, found.clone()));
        Ok(found)
    }
}

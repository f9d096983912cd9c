//! One commit: what it is judged by, in which order, and what it leaves.

use std::fmt;

use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::{Commit, CommitFault, Queued, Reopened, Settlement};
use callport_engine::records::{DeliveryId, DeliveryState};
use callport_flow::journal::Entry;
use callport_flow::{Busy, BusyAsk, Guard, NodeId};

use super::cache::Cache;
use super::db::Db;
use super::rows;
use super::tables::call_ids::Numbers;
use super::tables::{calls, commits, deliveries, journal, nodes};

/// Why nothing of a commit is written now.
pub(super) enum Unmade {
    /// It was made before.
    Known(Vec<Queued>),
    /// It is not made.
    Refused(CommitFault),
}

impl From<Fault> for Unmade {
    fn from(fault: Fault) -> Self {
        Unmade::Refused(CommitFault::Failed(fault))
    }
}

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmade::Known(_) => f.write_str("this commit was made before"),
            Unmade::Refused(fault) => fault.fmt(f),
        }
    }
}

/// Makes it, within a savepoint that is taken back when it fails. One that is known is judged no more: what it expected may have changed
/// by its own doing. `cache` has no copies of what the group changes, so that what it has is as the group found it.
pub(super) fn make(db: &Db, cache: &Cache, commit: &Commit) -> Result<Vec<Queued>, Unmade> {
    if let Some(queued) = commits::outcome(db, commit.id)? {
        return Err(Unmade::Known(queued));
    }
    let id = commits::number_of(commit.id)?;
    if !nodes::lives(db, commit.node)? {
        return Err(Unmade::Refused(CommitFault::Fenced));
    }
    if !stands(db, cache, commit)? {
        return Err(Unmade::Refused(CommitFault::Conflict));
    }
    Ok(write(db, id, commit)?)
}

/// Everything is as it was read, and there is room.
fn stands(db: &Db, cache: &Cache, commit: &Commit) -> Result<bool, Fault> {
    for (key, expected) in &commit.expects {
        let version = match cache.version(key) {
            Some(version) => version,
            None => rows::version(db, key)?,
        };
        if version != *expected {
            return Ok(false);
        }
    }
    for guard in &commit.guards {
        if !holds(db, guard)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(db: &Db, guard: &Guard) -> Result<bool, Fault> {
    Ok(match guard {
        Guard::UserFree(user) => calls::holder(db, user)?.is_none(),
        Guard::Concurrent { number, most } => calls::concurrent(db, number)? < *most,
        Guard::Starts { number, since, most } => !calls::started(db, number, *since, *most)?,
        Guard::Only { query, count } => rows::rows(db, query)?.len() == *count,
    })
}

fn write(db: &Db, id: i64, commit: &Commit) -> Result<Vec<Queued>, Fault> {
    commit.writes.iter().try_for_each(|write| rows::write(db, id, write))?;
    let mut numbers = Numbers::default();
    commit.entries.iter().try_for_each(|entry| journal::add(db, entry, &mut numbers))?;
    let webhooks = commit.webhooks.iter();
    let queued: Vec<_> = webhooks.map(|webhook| deliveries::queue(db, commit.node, webhook, &mut numbers)).collect::<Result<_, _>>()?;
    commits::add(db, id, &queued)?;
    Ok(queued)
}

/// How busy the parties of a call to be are.
pub(super) fn busy(db: &Db, ask: &BusyAsk) -> Result<Busy, Fault> {
    let user = calls::holder(db, &ask.user)?;
    let Some(number) = &ask.number else { return Ok(Busy { user, ..Busy::default() }) };
    let (concurrent, started_too_many) = (calls::concurrent(db, number)?, calls::started(db, number, ask.since, ask.most)?);
    Ok(Busy { user, concurrent, started_too_many })
}

pub(super) fn settle(db: &Db, settlement: &Settlement) -> Result<(), Fault> {
    match settlement {
        Settlement::Attempt { delivery, attempts, state, entry } => match deliveries::settle(db, *delivery, *attempts, *state)? {
            true => journal::add_attempt(db, entry, *attempts),
            false => Ok(()),
        },
        Settlement::Report { call, report } => calls::report_on(db, call, report),
    }
}

pub(super) fn reopen(db: &Db, id: DeliveryId, node: NodeId, due: WallTime, entry: &Entry) -> Result<Reopened, Fault> {
    if !nodes::lives(db, node)? {
        return Err(Fault::new("store: reopen", "this process was declared dead by another"));
    }
    let Some(delivery) = deliveries::delivery_by_id(db, &id)? else { return Ok(Reopened::Unknown) };
    if matches!(delivery.state, DeliveryState::Pending { .. }) {
        return Ok(Reopened::Pending);
    }
    deliveries::reopen(db, id, node, due)?;
    journal::add(db, entry, &mut Numbers::default())?;
    Ok(deliveries::delivery_by_id(db, &id)?.map_or(Reopened::Unknown, |delivery| Reopened::Queued(Box::new(delivery))))
}

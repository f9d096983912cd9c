//! One run and its figures.

use std::sync::atomic::{AtomicU64, Ordering};

use callport_core::call_id::CallId;

use crate::books::Violation;
use crate::plan::Plan;
use crate::world::World;

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Calls that were placed.
    pub calls: usize,
    /// Commits that were made.
    pub commits: u64,
    /// Commits that were not, because somebody was faster.
    pub conflicts: u64,
    /// Commits that failed, or of which it was not known.
    pub faults: u64,
    /// Questions that were answered.
    pub answers: u64,
    /// Calls that were refused.
    pub refusals: u64,
    /// Askers who went away first.
    pub gone: u64,
    /// Processes that crashed.
    pub crashes: u64,
    /// Polls of tasks.
    pub polls: u64,
    /// Of every poll and its moment: the same seed has the same one.
    pub hash: u64,
    /// What must not be.
    pub violations: Vec<Violation>,
    /// The journal of the calls that violations are about.
    pub stories: Vec<(CallId, Vec<String>)>,
}

/// Stories that are told of one run.
const MOST_STORIES: usize = 3;

/// Runs a plan.
pub fn run(plan: Plan) -> Run {
    let world = World::new(plan);
    world.run();
    let violations = world.close();
    let mut about: Vec<_> = violations.iter().filter_map(|violation| violation.call.clone()).collect();
    about.dedup();
    about.truncate(MOST_STORIES);
    let stories = about.into_iter().map(|call| (call.clone(), story(&world, &call))).collect();
    let counters = &world.counters;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Run {
        calls: world.books.lock().calls(),
        commits: count(&counters.commits),
        conflicts: count(&counters.conflicts),
        faults: count(&counters.faults),
        answers: count(&counters.answers),
        refusals: count(&counters.refusals),
        gone: count(&counters.gone),
        crashes: count(&counters.crashes),
        polls: world.exec.polls(),
        hash: world.exec.hash(),
        violations,
        stories,
    }
}

fn story(world: &World, call: &CallId) -> Vec<String> {
    world.store.inspect(|now| {
        let entries = now.entries_after(0).filter(|(_, entry)| entry.about.call.as_ref() == Some(call));
        entries.map(|(seq, entry)| format!("{seq:>7}  {}  {}", entry.at.unix_millis(), entry.fact)).collect()
    })
}

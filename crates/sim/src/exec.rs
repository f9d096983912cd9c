//! Runs tasks on one thread, on a clock of its own, in an order that the seed decides.
//!
//! Any ready task may be the next one. Time stands while one is ready, then jumps to the next sleeper. Each task belongs to somebody: the world,
//! or one start of a process, which a crash ends by dropping all of its tasks where they stand.

mod sleep;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::dice::Dice;
pub(crate) use sleep::Sleep;

/// Whose a task is.
pub(crate) type Owner = u32;
/// Phones, businesses, the weather: what no crash ends.
pub(crate) const WORLD: Owner = 0;

/// Polls without any time passing: more is a loop that waits for itself.
const STUCK: u64 = 5_000_000;

type Future = Pin<Box<dyn std::future::Future<Output = ()> + Send>>;

/// Cheap to share.
#[derive(Clone)]
pub(crate) struct Exec(Arc<Inner>);

struct Inner {
    ready: Mutex<Vec<Arc<Handle>>>,
    state: Mutex<State>,
}

struct State {
    tasks: Vec<Option<Task>>,
    free: Vec<usize>,
    /// By when they are due, in microseconds, and the order in which they came.
    sleepers: BTreeMap<(u64, u64), Waker>,
    last_sleeper: u64,
    now: u64,
    dice: Dice,
    polls: u64,
    hash: u64,
    dead: BTreeSet<Owner>,
    scope: Option<u64>,
}

struct Task {
    owner: Owner,
    scope: Option<u64>,
    handle: Arc<Handle>,
    /// Absent while it is polled.
    body: Option<(Future, Waker)>,
}

struct Handle {
    slot: usize,
    queued: AtomicBool,
    exec: Weak<Inner>,
}

impl Wake for Handle {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed)
            && let Some(exec) = self.exec.upgrade()
        {
            exec.ready.lock().push(self.clone());
        }
    }
}

impl Exec {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State {
            tasks: Vec::new(),
            free: Vec::new(),
            sleepers: BTreeMap::new(),
            last_sleeper: 0,
            now: 0,
            dice: Dice::new(seed),
            polls: 0,
            hash: 0,
            dead: BTreeSet::new(),
            scope: None,
        };
        Self(Arc::new(Inner { ready: Mutex::default(), state: Mutex::new(state) }))
    }

    /// Since the beginning.
    pub(crate) fn now(&self) -> Duration {
        Duration::from_micros(self.0.state.lock().now)
    }

    pub(crate) fn roll(&self) -> u64 {
        self.0.state.lock().dice.roll()
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.state.lock().dice.below(bound)
    }

    /// Never for 0.
    pub(crate) fn one_in(&self, chances: u64) -> bool {
        chances > 0 && self.below(chances) == 0
    }

    pub(crate) fn polls(&self) -> u64 {
        self.0.state.lock().polls
    }

    /// Of every poll and its moment: two runs with the same one were the same.
    pub(crate) fn hash(&self) -> u64 {
        self.0.state.lock().hash
    }

    /// How many tasks somebody has.
    pub(crate) fn tasks(&self, owner: Owner) -> usize {
        self.0.state.lock().tasks.iter().flatten().filter(|task| task.owner == owner).count()
    }

    /// Nothing for somebody who is dead: a late caller of a process that crashed starts nothing any more.
    pub(crate) fn spawn(&self, owner: Owner, future: impl std::future::Future<Output = ()> + Send + 'static) {
        self.spawn_boxed(owner, None, Box::pin(future));
    }

    pub(crate) fn spawn_boxed(&self, owner: Owner, scope: Option<u64>, future: Future) {
        let mut state = self.0.state.lock();
        if state.dead.contains(&owner) {
            drop(state);
            return drop(future);
        }
        let slot = state.free.pop().unwrap_or_else(|| {
            state.tasks.push(None);
            state.tasks.len() - 1
        });
        let handle = Arc::new(Handle { slot, queued: AtomicBool::new(false), exec: Arc::downgrade(&self.0) });
        let body = Some((future, Waker::from(handle.clone())));
        state.tasks[slot] = Some(Task { owner, scope, handle: handle.clone(), body });
        drop(state);
        handle.wake();
    }

    /// A crash: drops every task of somebody where it stands.
    pub(crate) fn kill(&self, owner: Owner) {
        self.0.state.lock().dead.insert(owner);
        self.drop_tasks(|task| task.owner == owner);
    }

    /// Drops what was started from within a scope.
    pub(crate) fn end_scope(&self, scope: u64) {
        self.drop_tasks(|task| task.scope == Some(scope));
    }

    /// What is polled within a scope says so to whatever it starts.
    pub(crate) fn enter_scope(&self, scope: Option<u64>) -> Option<u64> {
        std::mem::replace(&mut self.0.state.lock().scope, scope)
    }

    pub(crate) fn scope(&self) -> Option<u64> {
        self.0.state.lock().scope
    }

    fn drop_tasks(&self, doomed: impl Fn(&Task) -> bool) {
        let mut state = self.0.state.lock();
        let mut dropped = Vec::new();
        for slot in 0..state.tasks.len() {
            if state.tasks[slot].as_ref().is_some_and(&doomed) {
                dropped.push(state.tasks[slot].take());
                state.free.push(slot);
            }
        }
        drop(state); // what is dropped may wake others
        drop(dropped);
    }

    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now() + time)
    }

    pub(crate) fn sleep_until(&self, at: Duration) -> Sleep {
        Sleep::new(self.clone(), u64::try_from(at.as_micros()).unwrap_or(u64::MAX))
    }

    /// An await at which anything may happen: others run, and often time passes, at most so much.
    pub(crate) async fn chance(&self, most: Duration) {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        let time = if self.one_in(2) { 0 } else { self.below(most + 1) };
        self.sleep(Duration::from_micros(time)).await;
    }

    /// Runs until then, or until nothing is left that could go on.
    pub(crate) fn run_until(&self, end: Duration) {
        let end = u64::try_from(end.as_micros()).unwrap_or(u64::MAX);
        let mut polls_now = 0;
        loop {
            match self.pick() {
                Some(handle) => {
                    polls_now += 1;
                    assert!(polls_now < STUCK, "tasks wake each other for ever, and no time passes");
                    self.poll(&handle);
                }
                None if self.pass_time(end) => polls_now = 0,
                None => return,
            }
        }
    }

    fn pick(&self) -> Option<Arc<Handle>> {
        let mut ready = self.0.ready.lock();
        if ready.is_empty() {
            return None;
        }
        let at = self.below(ready.len() as u64) as usize;
        Some(ready.swap_remove(at))
    }

    /// Jumps to the next sleeper and wakes all who are due.
    fn pass_time(&self, end: u64) -> bool {
        let mut state = self.0.state.lock();
        let next = state.sleepers.keys().next().map(|(at, _)| *at).filter(|at| *at <= end);
        let Some(next) = next else {
            state.now = state.now.max(end);
            return false;
        };
        state.now = state.now.max(next);
        let mut due = Vec::new();
        while let Some(sleeper) = state.sleepers.first_entry()
            && sleeper.key().0 <= next
        {
            due.push(sleeper.remove());
        }
        drop(state);
        due.into_iter().for_each(Waker::wake);
        true
    }

    fn poll(&self, handle: &Arc<Handle>) {
        handle.queued.store(false, Ordering::Relaxed);
        let mut state = self.0.state.lock();
        let mine = |task: &&mut Task| Arc::ptr_eq(&task.handle, handle);
        let Some(task) = state.tasks[handle.slot].as_mut().filter(mine) else { return };
        let (scope, Some((mut future, waker))) = (task.scope, task.body.take()) else { return };
        state.scope = scope;
        state.polls += 1;
        state.hash = state.hash.wrapping_mul(31).wrapping_add(handle.slot as u64 ^ state.now);
        drop(state);
        let done = future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut state = self.0.state.lock();
        state.scope = None;
        match state.tasks[handle.slot].as_mut().filter(mine) {
            Some(task) if !done => task.body = Some((future, waker)),
            Some(_) => {
                state.tasks[handle.slot] = None;
                state.free.push(handle.slot);
                drop(state);
                drop(future);
            }
            None => {
                // it was killed while it ran
                drop(state);
                drop(future);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(seed: u64) -> (Vec<u64>, u64) {
        let exec = Exec::new(seed);
        let noted = Arc::new(Mutex::new(Vec::new()));
        for name in 0..5 {
            let (inner, noted) = (exec.clone(), noted.clone());
            exec.spawn(WORLD, async move {
                inner.sleep(Duration::from_millis(inner.below(3))).await;
                noted.lock().push(name);
            });
        }
        exec.run_until(Duration::from_secs(1));
        let order = noted.lock().clone();
        (order, exec.hash())
    }

    #[test]
    fn a_seed_repeats_and_another_one_goes_another_way() {
        assert_eq!(noted(1), noted(1));
        assert!((2..20).any(|seed| noted(seed).0 != noted(1).0));
    }

    #[test]
    fn time_jumps_to_the_next_sleeper_and_stops_at_the_end() {
        let exec = Exec::new(1);
        let (inner, woken) = (exec.clone(), Arc::new(Mutex::new(Vec::new())));
        let noting = woken.clone();
        exec.spawn(WORLD, async move {
            for seconds in [5, 70] {
                inner.sleep(Duration::from_secs(seconds)).await;
                noting.lock().push(inner.now());
            }
        });
        exec.run_until(Duration::from_secs(60));
        assert_eq!((woken.lock().clone(), exec.now()), (vec![Duration::from_secs(5)], Duration::from_secs(60)));
    }

    #[test]
    fn a_crash_drops_what_stands_and_nothing_starts_after_it() {
        let exec = Exec::new(1);
        let held = Arc::new(());
        for _ in 0..2 {
            let (inner, held) = (exec.clone(), held.clone());
            exec.spawn(7, async move {
                inner.sleep(Duration::from_secs(9)).await;
                drop(held);
            });
        }
        exec.run_until(Duration::from_secs(1));
        exec.kill(7);
        assert_eq!((Arc::strong_count(&held), exec.tasks(7)), (1, 0));
        exec.spawn(7, async { unreachable!("its process is dead") });
        exec.run_until(Duration::from_secs(20));
    }
}

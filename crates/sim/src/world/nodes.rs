//! Processes: which run, which are cut off from the store, and their starts and crashes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use callport_engine::Engine;
use callport_engine::ports::{Clock as _, media_events};
use callport_flow::NodeId;
use parking_lot::Mutex;

use super::World;
use crate::exec::{Owner, WORLD};
use crate::plan::Plan;
use crate::ports::{Equipment, SimMedia, SimStore};

/// Events of one media plane that may wait.
const MEDIA_EVENTS: usize = 256;

/// A process that runs.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) owner: Owner,
    pub(crate) node: NodeId,
    pub(crate) engine: Arc<Engine>,
    pub(crate) media: Arc<SimMedia>,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Nodes {
    running: Mutex<Vec<Running>>,
    cut: Mutex<BTreeSet<Owner>>,
    starting: Mutex<BTreeSet<Owner>>,
    failed: Mutex<Vec<Owner>>,
    last: AtomicU32,
}

impl Nodes {
    pub(crate) fn running(&self) -> Vec<Running> {
        self.running.lock().clone()
    }

    pub(crate) fn of(&self, node: NodeId) -> Option<Running> {
        self.running.lock().iter().find(|running| running.node == node).cloned()
    }

    pub(crate) fn any_living(&self) -> Option<NodeId> {
        self.running.lock().iter().find(|running| !running.engine.health().fenced).map(|running| running.node)
    }

    pub(crate) fn is_cut(&self, owner: Owner) -> bool {
        self.cut.lock().contains(&owner)
    }

    pub(super) fn cut(&self, owner: Owner) {
        self.cut.lock().insert(owner);
    }

    pub(super) fn mend(&self, owner: Owner) {
        self.cut.lock().remove(&owner);
    }

    /// Those that run or are about to.
    pub(super) fn count(&self) -> usize {
        self.running.lock().len() + self.starting.lock().len()
    }

    pub(super) fn take_failed(&self) -> Vec<Owner> {
        std::mem::take(&mut self.failed.lock())
    }

    pub(crate) fn clear(&self) -> Vec<Running> {
        std::mem::take(&mut self.running.lock())
    }
}

impl World {
    /// A process starts, and joins when the store lets it.
    pub(super) fn start_node(self: &Arc<Self>) {
        let owner = WORLD + 1 + self.nodes.last.fetch_add(1, Ordering::Relaxed);
        self.nodes.starting.lock().insert(owner);
        let (events, inbox) = media_events(MEDIA_EVENTS);
        let Equipment { ports, store, media } = Equipment::of(self, owner, events);
        let world = self.clone();
        self.exec.spawn(owner, async move {
            let started = Engine::start(ports, Plan::config(), inbox).await;
            world.nodes.starting.lock().remove(&owner);
            match started {
                Ok(engine) => world.runs(owner, &store, engine, media),
                Err(_) => world.nodes.failed.lock().push(owner), // the process exits, and somebody starts another one
            }
        });
    }

    fn runs(self: &Arc<Self>, owner: Owner, store: &SimStore, engine: Arc<Engine>, media: Arc<SimMedia>) {
        for user in self.town.users.iter().chain(self.guests.lock().values()) {
            self.connect_phone(&engine, user);
        }
        self.books.lock().process_started(self.calendar.now());
        self.nodes.running.lock().push(Running { owner, node: store.node(), engine, media });
    }

    /// Ends a process where it stands.
    pub(super) fn crash(&self, owner: Owner) {
        self.counters.crashes.fetch_add(1, Ordering::Relaxed);
        self.exit(owner);
    }

    pub(super) fn exit(&self, owner: Owner) {
        self.nodes.starting.lock().remove(&owner);
        let gone: Vec<_> = self.nodes.running.lock().extract_if(.., |running| running.owner == owner).collect();
        self.nodes.mend(owner);
        self.exec.kill(owner);
        drop(gone);
    }

    /// Between a commit and what follows it is where a crash hurts most.
    pub(crate) fn may_crash_soon(self: &Arc<Self>, owner: Owner) {
        if self.faulty() && self.exec.one_in(1_500) {
            self.start(|world| async move {
                world.exec.chance(Duration::from_millis(2)).await;
                world.crash(owner);
            });
        }
    }
}

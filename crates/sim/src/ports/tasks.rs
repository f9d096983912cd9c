//! Tasks on the executor, and seeded chance.

use std::sync::Arc;
use std::time::Duration;

use callport_engine::ports::{BoxFuture, Random, Tasks};
use parking_lot::Mutex;

use crate::bug::Bug;
use crate::dice::Dice;
use crate::exec::{Exec, Owner};
use crate::world::World;

/// Tasks of one start of a process.
pub(super) struct Crew {
    exec: Exec,
    owner: Owner,
    ends_with_caller: bool,
}

impl Crew {
    pub(super) fn new(world: &Arc<World>, owner: Owner) -> Self {
        Self { exec: world.exec.clone(), owner, ends_with_caller: world.has(Bug::RunsInCaller) }
    }
}

impl Tasks for Crew {
    fn spawn(&self, task: BoxFuture) {
        let scope = if self.ends_with_caller { self.exec.scope() } else { None };
        self.exec.spawn_boxed(self.owner, scope, task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture {
        Box::pin(self.exec.sleep(time))
    }
}

/// Bytes by the seed.
pub(super) struct Seeded(Mutex<Dice>);

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(Dice::new(seed)))
    }
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut dice = self.0.lock();
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&dice.roll().to_le_bytes()[..chunk.len()]);
        }
    }
}

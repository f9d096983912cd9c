//! Processes that are stopped in good order and replaced, one after the other, while calls go on: as an operator upgrades.

use std::sync::Arc;
use std::time::Duration;

use callport_engine::Engine;

use super::World;
use crate::bug::Bug;
use crate::world::Running;

/// How long a stop may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Between two of them, at least.
const BETWEEN_MS: u64 = 20_000;
/// After the last one of the day, when all is calm and there is one more.
const CALM_MS: u64 = 60_000;

impl World {
    pub(super) async fn rolling_restarts(self: Arc<Self>) {
        while self.is_day() {
            self.wait(BETWEEN_MS + self.exec.below(BETWEEN_MS)).await;
            self.one_stops().await;
        }
        self.wait(CALM_MS).await;
        self.one_stops().await;
    }

    async fn one_stops(self: &Arc<Self>) {
        let running = self.nodes.running();
        let at = self.exec.below(running.len() as u64) as usize;
        let Some(node) = running.into_iter().nth(at) else { return };
        let world = self.clone();
        // In a task of its own: it may crash before it has stopped.
        self.exec.spawn(node.owner, async move { world.stops(node).await });
    }

    async fn stops(self: Arc<Self>, node: Running) {
        let began = self.exec.now();
        let in_its_hands = node.engine.live_call_count();
        match self.plan.bug {
            Some(Bug::StopsAtOnce) => node.engine.stop(Duration::ZERO).await,
            Some(Bug::StopsBeforeTelling) => self.ends_calls_and_no_more(&node).await,
            _ => node.engine.stop(LIMIT).await,
        }
        let took = self.exec.now() - began;
        self.has_stopped(&node, in_its_hands, took);
        // Nothing may hold the engine of a process that is gone: this task is one of its own.
        let (world, owner) = (self.clone(), node.owner);
        self.start(|_| async move { world.exit(owner) });
    }

    async fn ends_calls_and_no_more(&self, node: &Running) {
        let ended = async {
            while self.live_calls_of(node) > 0 {
                self.wait(1).await;
            }
        };
        tokio::select! { biased;
            () = ended => {}
            () = Engine::stop(&node.engine, LIMIT) => {}
        }
    }

    fn live_calls_of(&self, node: &Running) -> usize {
        self.store.inspect(|now| now.live_calls().filter(|row| row.owner == node.node).count())
    }

    /// A stop that came to its end before its limit has ended every call and told every business. One that did not has met a store that was
    /// away, or a receiver that did not answer; in good weather there are none.
    fn has_stopped(&self, node: &Running, in_its_hands: usize, took: Duration) {
        let name = node.node;
        if took >= LIMIT && self.plan.calm {
            self.violated(None, format!("process {name} took {took:?} to stop, with {in_its_hands} calls"));
        }
        if took >= LIMIT || !self.store.inspect(|now| now.lives(name)) {
            return; // who was ended by others meanwhile has left its calls to them
        }
        let live = self.live_calls_of(node);
        if live > 0 {
            self.violated(None, format!("process {name} has stopped, and {live} of its calls are live"));
        }
        self.store.inspect(|now| self.books.lock().stopped(name, now));
        for call in node.media.open_calls() {
            self.violated(Some(&call), format!("process {name} has stopped with media open"));
        }
    }
}

//! What befalls the processes: crashes, cuts, calendars that are set. It ends with the day, and then all must settle.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::World;

/// How often processes are looked at, at most.
const LOOK_MS: u64 = 700;
const HOUR: i64 = 3_600;

impl World {
    pub(super) async fn weather(self: Arc<Self>) {
        loop {
            for owner in self.nodes.take_failed() {
                self.crash(owner);
            }
            for node in self.nodes.running().iter().filter(|node| node.engine.health().fenced) {
                self.crash(node.owner); // it says so, and whoever looks after it starts another one
            }
            if !self.is_day() {
                self.bad_weather.store(false, Ordering::Relaxed);
            }
            if self.faulty() && self.exec.one_in(25) {
                self.befall();
            }
            while self.nodes.count() < self.plan.nodes {
                self.start_node();
            }
            self.exec.chance(Duration::from_millis(LOOK_MS)).await;
            self.wait(1).await;
        }
    }

    /// One process crashes, or is cut off from the store for seconds: long enough to be ended by others, or not.
    fn befall(self: &Arc<Self>) {
        let running = self.nodes.running();
        let at = self.exec.below(running.len() as u64) as usize;
        let Some(owner) = running.get(at).map(|node| node.owner) else { return };
        if self.exec.one_in(2) {
            return self.crash(owner);
        }
        self.nodes.cut(owner);
        self.start(|world| async move {
            world.wait(2_000 + world.exec.below(8_000)).await;
            world.nodes.mend(owner);
        });
    }

    /// Days pass on the calendar, and machines set it back by a little: no deadline may go by it.
    pub(super) async fn calendar_is_set(self: Arc<Self>) {
        let month_passes = 1 + self.exec.below(8);
        for nth in 0_u64.. {
            if !self.is_day() {
                return;
            }
            self.wait(4_000 + self.exec.below(12_000)).await;
            let by = match self.exec.below(6) {
                _ if nth == month_passes => 31 * 24 * HOUR, // longer than a session lasts
                0..3 => 25 * HOUR,
                3 => -HOUR,
                4 => -30,
                _ => 90,
            };
            self.calendar.set(by);
        }
    }

    /// In good weather calls that nobody answers end when they should.
    pub(super) async fn watch_deadlines(self: Arc<Self>) {
        loop {
            self.wait(5_000).await;
            if self.plan.calm {
                self.books.lock().look_for_late_calls();
            }
        }
    }
}

//! A calendar, and the time that deadlines go by, which move only when the test says so.

use std::time::Duration;

use async_trait::async_trait;
use callport_core::time::WallTime;
use callport_engine::ports::{Clock, Monotonic};
use tokio::sync::watch;

/// Stands still until it is moved; sleepers wake when it is.
#[derive(Debug)]
pub struct TestClock(watch::Sender<Times>);

#[derive(Debug, Clone, Copy)]
struct Times {
    now: WallTime,
    elapsed: Duration,
}

impl TestClock {
    /// The moment of the published samples.
    pub const START: WallTime = WallTime::from_unix_seconds(1_795_341_600);

    /// A calendar that stands at `now`.
    pub fn at(now: WallTime) -> Self {
        Self(watch::channel(Times { now, elapsed: Duration::from_secs(1_000) }).0)
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|times| *times = Times { now: times.now + by, elapsed: times.elapsed + by });
    }

    /// The calendar jumps, and the time that deadlines go by with it if it is ahead: as an operator moves it.
    pub fn set(&self, now: WallTime) {
        self.0.send_modify(|times| *times = Times { now, elapsed: times.elapsed + now.since(times.now) });
    }

    /// The calendar alone is set: as the machine's clock is.
    pub fn set_machine(&self, now: WallTime) {
        self.0.send_modify(|times| times.now = now);
    }

    /// Time passes that the calendar does not show: what is left when the machine's clock is set back by as much.
    pub fn pass(&self, by: Duration) {
        self.0.send_modify(|times| times.elapsed += by);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

/// The same time, for what is bounded by the minute.
impl Monotonic for TestClock {
    fn since_start(&self) -> Duration {
        self.0.borrow().elapsed
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> WallTime {
        self.0.borrow().now
    }

    fn elapsed(&self) -> Duration {
        self.0.borrow().elapsed
    }

    async fn sleep_until_elapsed(&self, at: Duration) {
        let mut times = self.0.subscribe();
        let _ = times.wait_for(|times| times.elapsed >= at).await; // fails only when the clock itself is gone
    }

    async fn sleep_until(&self, at: WallTime) {
        let mut times = self.0.subscribe();
        let _ = times.wait_for(|times| times.now >= at).await; // fails only when the clock itself is gone
    }
}

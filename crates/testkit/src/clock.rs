//! A calendar that moves only when the test says so.

use std::time::Duration;

use async_trait::async_trait;
use callport_core::time::WallTime;
use callport_engine::ports::{Clock, Monotonic};
use tokio::sync::watch;

/// Stands still until it is moved; sleepers wake when it is.
#[derive(Debug)]
pub struct TestClock(watch::Sender<WallTime>);

impl TestClock {
    /// The moment of the published samples.
    pub const START: WallTime = WallTime::from_unix_seconds(1_795_341_600);

    /// A calendar that stands at `now`.
    pub fn at(now: WallTime) -> Self {
        Self(watch::channel(now).0)
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = *now + by);
    }

    /// Jumps.
    pub fn set(&self, now: WallTime) {
        self.0.send_replace(now);
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
        Duration::from_millis(self.0.borrow().unix_millis().unsigned_abs())
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> WallTime {
        *self.0.borrow()
    }

    async fn sleep_until(&self, at: WallTime) {
        let mut now = self.0.subscribe();
        let _ = now.wait_for(|now| *now >= at).await; // fails only when the clock itself is gone
    }
}

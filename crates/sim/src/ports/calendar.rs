//! A calendar that is set forward and back, and the time that deadlines go by, which is not.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use callport_core::time::WallTime;
use callport_engine::ports::Clock;

use crate::bug::Bug;
use crate::exec::Exec;

/// The moment of the published samples.
const START: WallTime = WallTime::from_unix_seconds(1_795_341_600);
/// How often a sleeper looks at a calendar that may be set.
const LOOK: Duration = Duration::from_millis(500);

/// The same for all processes: machines of one platform agree on the time of day.
pub(crate) struct Calendar {
    exec: Exec,
    set_by_ms: AtomicI64,
    deadlines_go_by_it: bool,
}

impl Calendar {
    pub(crate) fn new(exec: Exec, bug: Option<Bug>) -> Self {
        Self { exec, set_by_ms: AtomicI64::new(0), deadlines_go_by_it: bug == Some(Bug::DeadlinesByCalendar) }
    }

    /// Sets it forward, or back.
    pub(crate) fn set(&self, by_seconds: i64) {
        self.set_by_ms.fetch_add(by_seconds * 1_000, Ordering::Relaxed);
    }

    fn read(&self) -> WallTime {
        let passed = i64::try_from(self.exec.now().as_millis()).unwrap_or(i64::MAX);
        WallTime::from_unix_millis(START.unix_millis() + passed + self.set_by_ms.load(Ordering::Relaxed))
    }
}

#[async_trait]
impl Clock for Calendar {
    fn now(&self) -> WallTime {
        self.read()
    }

    fn elapsed(&self) -> Duration {
        if self.deadlines_go_by_it { self.read().since(START - Duration::from_secs(86_400)) } else { self.exec.now() }
    }

    async fn sleep_until_elapsed(&self, at: Duration) {
        if !self.deadlines_go_by_it {
            return self.exec.sleep_until(at).await;
        }
        while self.elapsed() < at {
            self.exec.sleep(LOOK).await;
        }
    }

    async fn sleep_until(&self, at: WallTime) {
        while self.read() < at {
            self.exec.sleep(at.since(self.read()).min(LOOK)).await;
        }
    }
}

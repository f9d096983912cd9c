//! The calendar: the machine's, and in test mode one that can be frozen and moved so that a week of waiting takes a second.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use callport_core::time::WallTime;
use callport_engine::ports::{Clock, Monotonic};
use callport_operator::MovableClock;
use tokio::sync::watch;

/// Longest sleep before the machine's clock is read again: it may have been set meanwhile.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// The difference between this calendar and the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    /// Runs along, so many milliseconds ahead (or, negative, behind).
    Running { ahead_ms: i64 },
    /// Stands.
    Frozen { at: WallTime },
}

/// The one calendar of the process.
pub struct Calendar {
    shift: watch::Sender<Shift>,
}

impl Calendar {
    /// The machine's time.
    pub fn new() -> Self {
        Self { shift: watch::Sender::new(Shift::Running { ahead_ms: 0 }) }
    }
}

impl MovableClock for Calendar {
    fn now(&self) -> WallTime {
        Clock::now(self)
    }

    fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shift.send_modify(|shift| match shift {
            Shift::Running { ahead_ms } => *ahead_ms = ahead_ms.saturating_add(by_ms),
            Shift::Frozen { at } => *at = *at + by,
        });
    }

    fn set(&self, to: WallTime) {
        self.shift.send_modify(|shift| match shift {
            Shift::Running { ahead_ms } => *ahead_ms = to.unix_millis().saturating_sub(machine_time().unix_millis()),
            Shift::Frozen { at } => *at = to,
        });
    }

    fn freeze(&self) {
        let at = Clock::now(self);
        self.shift.send_modify(|shift| *shift = Shift::Frozen { at });
    }

    fn thaw(&self) {
        let ahead_ms = Clock::now(self).unix_millis().saturating_sub(machine_time().unix_millis());
        self.shift.send_modify(|shift| *shift = Shift::Running { ahead_ms });
    }

    fn is_frozen(&self) -> bool {
        matches!(*self.shift.borrow(), Shift::Frozen { .. })
    }
}

#[async_trait]
impl Clock for Calendar {
    fn now(&self) -> WallTime {
        match *self.shift.borrow() {
            Shift::Running { ahead_ms } => WallTime::from_unix_millis(machine_time().unix_millis().saturating_add(ahead_ms)),
            Shift::Frozen { at } => at,
        }
    }

    async fn sleep_until(&self, at: WallTime) {
        let mut moved = self.shift.subscribe();
        loop {
            moved.mark_unchanged();
            let now = Clock::now(self);
            if now >= at {
                return;
            }
            let nap = if self.is_frozen() { LONGEST_NAP } else { at.since(now).min(LONGEST_NAP) };
            // Neither arm fails: the sender lives in self. Both mean: look again.
            let _ = tokio::time::timeout(nap, moved.changed()).await;
        }
    }
}

/// Time since the start of the process, which nobody moves.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Monotonic for Stopwatch {
    fn since_start(&self) -> Duration {
        self.0.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the machine's clock")]
fn machine_time() -> WallTime {
    // A machine set before 1970 has worse problems; the calendar then starts there.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime::from_unix_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    #[test]
    fn a_frozen_calendar_stands_where_it_is_put() {
        let calendar = Calendar::new();
        calendar.freeze();
        calendar.set(WallTime::from_unix_seconds(1_000));
        calendar.advance(WEEK);
        assert_eq!(Clock::now(&calendar), WallTime::from_unix_seconds(1_000) + WEEK);
        assert!(calendar.is_frozen());
    }

    #[test]
    fn thawed_it_runs_on_from_where_it_stood() {
        let calendar = Calendar::new();
        calendar.freeze();
        calendar.set(WallTime::from_unix_seconds(1_000));
        calendar.thaw();
        let now = Clock::now(&calendar);
        assert!(now >= WallTime::from_unix_seconds(1_000) && now < WallTime::from_unix_seconds(1_000) + WEEK);
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_time_is_moved_past_its_moment() {
        let calendar = std::sync::Arc::new(Calendar::new());
        calendar.freeze();
        let until = Clock::now(calendar.as_ref()) + WEEK;
        let sleeper = tokio::spawn({
            let calendar = calendar.clone();
            async move { calendar.sleep_until(until).await }
        });
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        calendar.advance(WEEK);
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn the_past_is_no_reason_to_sleep() {
        let calendar = Calendar::new();
        calendar.sleep_until(WallTime::from_unix_seconds(0)).await;
    }
}

//! The calendar: the machine's, and in test mode one that can be frozen and moved so that a week of waiting takes a second. Where it was
//! moved to is kept in a file of the platform's folder: permissions and windows were judged by it, and a restart must not take them back.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use callport_core::time::WallTime;
use callport_engine::ports::{Clock, Monotonic};
use callport_operator::MovableClock;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::home::write_whole;
use crate::platform::StartFault;

/// The file's name.
pub const FILE: &str = "calendar.json";

/// Longest sleep before the machine's clock is read again: it may have been set meanwhile.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// The difference between this calendar and the machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Shift {
    /// Runs along, so many milliseconds ahead (or, negative, behind).
    Running { ahead_ms: i64 },
    /// Stands at this moment, in milliseconds since 1970.
    Frozen { at_ms: i64 },
}

/// Both times of the process.
#[derive(Debug, Clone, Copy)]
struct Times {
    shift: Shift,
    /// The time that deadlines go by: so much by then, and on with the machine's monotonic clock unless the calendar is frozen.
    elapsed: (Duration, Instant),
}

impl Times {
    fn new(shift: Shift) -> Self {
        Self { shift, elapsed: (Duration::ZERO, Instant::now()) }
    }

    fn elapsed(&self) -> Duration {
        let (then, since) = self.elapsed;
        if matches!(self.shift, Shift::Frozen { .. }) { then } else { then + since.elapsed() }
    }

    /// The calendar moves. What lies ahead of it on the way comes nearer by as much; moved back, deadlines stay where they are.
    fn move_to(&mut self, shift: Shift) {
        let (elapsed, ahead) = (self.elapsed(), moment(shift).since(moment(self.shift)));
        *self = Self { shift, elapsed: (elapsed + ahead, Instant::now()) };
    }
}

/// The one calendar of the process, and the time that deadlines go by.
pub struct Calendar {
    times: watch::Sender<Times>,
    /// Where moves are kept.
    file: Option<PathBuf>,
}

impl Calendar {
    /// The machine's time.
    pub fn new() -> Self {
        Self { times: watch::Sender::new(Times::new(Shift::Running { ahead_ms: 0 })), file: None }
    }

    /// Where an earlier process left it; the machine's time when nobody has moved it. Every move is written to the file.
    pub fn kept(file: PathBuf) -> Result<Self, StartFault> {
        let shift = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| format!("{}: {error}; remove the file to start at the machine's time", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Shift::Running { ahead_ms: 0 },
            Err(error) => return Err(format!("{}: {error}", file.display()).into()),
        };
        if shift != (Shift::Running { ahead_ms: 0 }) {
            tracing::warn!(?shift, "the calendar of this test platform was moved and stays so; `callport admin clock` moves it back");
        }
        Ok(Self { times: watch::Sender::new(Times::new(shift)), file: Some(file) })
    }

    /// On the disk first. If that fails the calendar moves all the same, as the operator sees, and the log says what a restart will lose.
    fn moves(&self, to: impl FnOnce(Shift) -> Shift) {
        self.times.send_modify(|times| {
            let next = to(times.shift);
            if let (Some(file), Ok(text)) = (&self.file, serde_json::to_string(&next))
                && let Err(error) = write_whole(file, &text)
            {
                tracing::error!(%error, "the moved clock could not be saved: after a restart the platform goes back to the machine's time");
            }
            times.move_to(next);
        });
    }
}

impl MovableClock for Calendar {
    fn now(&self) -> WallTime {
        Clock::now(self)
    }

    fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.moves(|shift| match shift {
            Shift::Running { ahead_ms } => Shift::Running { ahead_ms: ahead_ms.saturating_add(by_ms) },
            Shift::Frozen { at_ms } => Shift::Frozen { at_ms: at_ms.saturating_add(by_ms) },
        });
    }

    fn set(&self, to: WallTime) {
        self.moves(|shift| match shift {
            Shift::Running { .. } => Shift::Running { ahead_ms: ahead_of_machine(to) },
            Shift::Frozen { .. } => Shift::Frozen { at_ms: to.unix_millis() },
        });
    }

    fn freeze(&self) {
        self.moves(|shift| Shift::Frozen { at_ms: moment(shift).unix_millis() });
    }

    fn thaw(&self) {
        self.moves(|shift| Shift::Running { ahead_ms: ahead_of_machine(moment(shift)) });
    }

    fn is_frozen(&self) -> bool {
        matches!(self.times.borrow().shift, Shift::Frozen { .. })
    }
}

#[async_trait]
impl Clock for Calendar {
    fn now(&self) -> WallTime {
        moment(self.times.borrow().shift)
    }

    fn elapsed(&self) -> Duration {
        self.times.borrow().elapsed()
    }

    async fn sleep_until_elapsed(&self, at: Duration) {
        self.until(|times| at.saturating_sub(times.elapsed())).await;
    }

    async fn sleep_until(&self, at: WallTime) {
        self.until(|times| at.since(moment(times.shift))).await;
    }
}

impl Calendar {
    /// Returns once nothing is left, however that comes about.
    async fn until(&self, left: impl Fn(&Times) -> Duration) {
        let mut moved = self.times.subscribe();
        loop {
            let left = left(&moved.borrow_and_update());
            if left.is_zero() {
                return;
            }
            let nap = if self.is_frozen() { LONGEST_NAP } else { left.min(LONGEST_NAP) };
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

/// This moment, by a calendar that is shifted so.
fn moment(shift: Shift) -> WallTime {
    match shift {
        Shift::Running { ahead_ms } => WallTime::from_unix_millis(machine_time().unix_millis().saturating_add(ahead_ms)),
        Shift::Frozen { at_ms } => WallTime::from_unix_millis(at_ms),
    }
}

/// In milliseconds.
fn ahead_of_machine(at: WallTime) -> i64 {
    at.unix_millis().saturating_sub(machine_time().unix_millis())
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

    #[test]
    fn a_restart_finds_it_where_it_was_moved_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let first = Calendar::kept(file.clone()).unwrap();
        assert!(!file.exists(), "nobody has moved it");
        first.freeze();
        first.set(WallTime::from_unix_seconds(1_000));
        first.advance(WEEK);
        let second = Calendar::kept(file.clone()).unwrap();
        assert!(second.is_frozen());
        assert_eq!(Clock::now(&second), WallTime::from_unix_seconds(1_000) + WEEK);
        second.thaw();
        let third = Calendar::kept(file).unwrap();
        assert!(!third.is_frozen());
        let now = Clock::now(&third);
        assert!(now >= WallTime::from_unix_seconds(1_000) + WEEK && now < WallTime::from_unix_seconds(1_000) + 2 * WEEK);
    }

    #[test]
    fn a_damaged_file_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "{}").unwrap();
        let fault = Calendar::kept(file).err().map(|fault| fault.to_string()).unwrap();
        assert!(fault.contains(FILE) && fault.contains("remove the file"), "{fault}");
    }
}

//! How fast a window may speak.

use std::time::Duration;

use tokio::time::Instant;

/// Messages that may come at once. A person does far less; a page that comes back after a while reports each message that reached it.
const BURST: u32 = 400;

/// One more is allowed each of these.
const EVERY: Duration = Duration::from_millis(20);

/// Messages thrown away before the socket is closed.
const PATIENCE: u32 = 200;

/// A leaky bucket.
pub(super) struct Pace {
    left: u32,
    since: Instant,
    dropped: u32,
}

/// What to do with a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pacing {
    /// Follow it.
    Fine,
    /// Throw it away and say so.
    TooFast,
    /// Close: this is no page of ours.
    Enough,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, since: now, dropped: 0 }
    }

    pub(super) fn message(&mut self, now: Instant) -> Pacing {
        let earned = (now - self.since).as_millis() / EVERY.as_millis();
        if earned > 0 {
            self.left = BURST.min(self.left.saturating_add(u32::try_from(earned).unwrap_or(BURST)));
            self.since = now;
        }
        if self.left > 0 {
            self.left -= 1;
            return Pacing::Fine;
        }
        self.dropped += 1;
        if self.dropped > PATIENCE { Pacing::Enough } else { Pacing::TooFast }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_burst_through_then_one_each_interval() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert!((0..BURST).all(|_| pace.message(start) == Pacing::Fine));
        assert_eq!(pace.message(start), Pacing::TooFast);
        assert_eq!(pace.message(start + EVERY), Pacing::Fine);
        assert_eq!(pace.message(start + EVERY), Pacing::TooFast);
    }

    #[test]
    fn loses_patience_with_a_flood() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let last = (0..BURST + PATIENCE + 1).map(|_| pace.message(start)).last();
        assert_eq!(last, Some(Pacing::Enough));
    }
}

//! Calendar time. `std::time::Duration` says how long; [`WallTime`] says when. They never mix by accident.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment on the calendar, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(i64);

impl WallTime {
    /// A moment from Unix milliseconds.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// A moment from Unix seconds.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Unix milliseconds.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Unix seconds, rounded down: what webhooks carry as `timestamp`.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: WallTime) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for WallTime {
    type Output = WallTime;
    fn add(self, after: Duration) -> WallTime {
        WallTime(self.0.saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for WallTime {
    type Output = WallTime;
    fn sub(self, before: Duration) -> WallTime {
        WallTime(self.0.saturating_sub(i64::try_from(before.as_millis()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_down_also_before_1970() {
        assert_eq!(WallTime::from_unix_millis(1_999).unix_seconds(), 1);
        assert_eq!(WallTime::from_unix_millis(-1).unix_seconds(), -1);
    }

    #[test]
    fn since_never_goes_below_zero() {
        let t = WallTime::from_unix_seconds(10);
        assert_eq!(t.since(t + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!((t + Duration::from_secs(3)).since(t), Duration::from_secs(3));
    }
}

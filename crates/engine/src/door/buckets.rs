//! Token buckets: so many at once, and as many again in each minute.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// How long to wait for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(Duration);

impl Wait {
    /// Whole seconds, never less than one: what `Retry-After` holds.
    pub fn seconds(self) -> u64 {
        self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0 || self.0.is_zero())
    }
}

/// The time in which a bucket fills up.
const PERIOD: Duration = Duration::from_secs(60);

/// A table of buckets, one for each key.
///
/// Of each key only the moment is kept at which its bucket will be full again. The table has two generations of at most `most` keys: when the
/// younger is full, the older is forgotten. So it is bounded, and whoever goes on trying is not forgotten.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    per_minute: u32,
    most: usize,
    young: HashMap<K, Duration>,
    old: HashMap<K, Duration>,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(super) fn new(per_minute: u32, most: usize) -> Self {
        Self { per_minute: per_minute.max(1), most, young: HashMap::new(), old: HashMap::new() }
    }

    /// Whether one is left.
    pub(super) fn look(&mut self, key: &K, now: Duration) -> Result<(), Wait>
    where
        K: Clone,
    {
        let full_at = self.full_at(key);
        if full_at > now {
            self.keep(key.clone(), full_at);
        }
        self.left(full_at, now)
    }

    /// Takes one, if one is left.
    pub(super) fn take(&mut self, key: K, now: Duration) -> Result<(), Wait> {
        let full_at = self.full_at(&key);
        let left = self.left(full_at, now);
        let full_at = if left.is_ok() { full_at.max(now) + self.each() } else { full_at };
        self.keep(key, full_at);
        left
    }

    fn full_at(&self, key: &K) -> Duration {
        self.young.get(key).or_else(|| self.old.get(key)).copied().unwrap_or_default()
    }

    fn left(&self, full_at: Duration, now: Duration) -> Result<(), Wait> {
        let next = full_at.max(now) + self.each();
        match next.checked_sub(now + PERIOD) {
            None | Some(Duration::ZERO) => Ok(()),
            Some(wait) => Err(Wait(wait)),
        }
    }

    fn keep(&mut self, key: K, full_at: Duration) {
        if self.young.len() >= self.most && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, full_at);
    }

    fn each(&self) -> Duration {
        PERIOD / self.per_minute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Duration = Duration::from_secs(43_200);

    #[test]
    fn so_many_at_once_then_one_at_a_time() {
        let mut buckets = Buckets::new(6, 10);
        assert!((0..6).all(|_| buckets.take("a", NOON).is_ok()));
        assert_eq!(buckets.take("a", NOON).unwrap_err().seconds(), 10);
        assert_eq!(buckets.look(&"a", NOON + Duration::from_millis(9_500)).unwrap_err().seconds(), 1);
        assert!(buckets.take("b", NOON).is_ok(), "each key has its own");
        let later = NOON + Duration::from_secs(10);
        assert!(buckets.take("a", later).is_ok());
        assert!(buckets.take("a", later).is_err());
        let rested = later + PERIOD;
        assert!((0..6).all(|_| buckets.take("a", rested).is_ok()));
        assert!(buckets.take("a", rested).is_err(), "rest is not saved up beyond one minute");
    }

    #[test]
    fn looking_takes_nothing() {
        let mut buckets = Buckets::new(1, 10);
        assert!((0..5).all(|_| buckets.look(&"a", NOON).is_ok()));
        assert!(buckets.take("a", NOON).is_ok());
        assert!((0..5).all(|_| buckets.look(&"a", NOON).is_err()));
    }

    #[test]
    fn a_crowd_does_not_grow_the_table_and_who_goes_on_trying_is_not_forgotten() {
        let mut buckets = Buckets::new(1, 100);
        for stubborn in [usize::MAX, usize::MAX - 1] {
            buckets.take(stubborn, NOON).unwrap();
        }
        for crowd in 0..10_000 {
            buckets.take(crowd, NOON).unwrap();
            assert!(buckets.young.len() + buckets.old.len() <= 200);
            assert!(buckets.look(&usize::MAX, NOON).is_err());
            assert!(buckets.take(usize::MAX - 1, NOON).is_err());
        }
        assert!(buckets.look(&0, NOON).is_ok(), "forgotten: nobody asked for it");
    }
}

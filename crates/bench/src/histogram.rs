//! Counts of durations in buckets that grow with the duration: small enough to stay in the first-level cache, exact to 3 %.

use std::time::Duration;

/// Buckets for each doubling: the width of a bucket is 1/32 of its value.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Durations up to 2^33 ns, some 8.6 s; longer ones count as that.
const LONGEST_BITS: u32 = 33;
const BUCKETS: usize = ((LONGEST_BITS - STEP_BITS + 1) as usize) * STEPS as usize;

/// How often each duration was seen.
#[derive(Clone)]
pub(crate) struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0 }
    }
}

impl Histogram {
    /// One more.
    pub(crate) fn add(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min((1 << LONGEST_BITS) - 1);
        let bucket = &mut self.counts[bucket_of(nanoseconds)];
        *bucket = bucket.saturating_add(1);
        self.total += 1;
    }

    /// How many were added.
    pub(crate) fn len(&self) -> u64 {
        self.total
    }

    /// The duration that `share` of all do not exceed, in milliseconds; nothing when none was added.
    pub(crate) fn quantile_ms(&self, share: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let wanted = ((self.total as f64 * share).ceil() as u64).clamp(1, self.total);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        })?;
        Some(middle_of(bucket) / 1e6)
    }
}

fn bucket_of(nanoseconds: u64) -> usize {
    if nanoseconds < STEPS {
        return nanoseconds as usize;
    }
    let doubling = nanoseconds.ilog2() - STEP_BITS;
    let step = (nanoseconds >> doubling) - STEPS;
    ((u64::from(doubling) + 1) * STEPS + step) as usize
}

fn middle_of(bucket: usize) -> f64 {
    let (row, step) = (bucket as u64 / STEPS, bucket as u64 % STEPS);
    match row {
        0 => step as f64,
        row => ((STEPS + step) as f64 + 0.5) * (1_u64 << (row - 1)) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_found_again_within_three_per_cent() {
        for nanoseconds in (0..LONGEST_BITS).flat_map(|bits| [1_u64 << bits, (1_u64 << bits) + (1_u64 << bits) / 3]) {
            let mut histogram = Histogram::default();
            histogram.add(Duration::from_nanos(nanoseconds));
            let found = histogram.quantile_ms(0.5).unwrap() * 1e6;
            assert!((found - nanoseconds as f64).abs() <= nanoseconds as f64 * 0.032 + 0.5, "{nanoseconds} ns was told as {found} ns");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile_ms(0.99), None);
        (1..=1000).for_each(|micros| histogram.add(Duration::from_micros(micros)));
        assert_eq!(histogram.len(), 1000);
        for (share, expected) in [(0.0, 0.001), (0.5, 0.5), (0.99, 0.99), (1.0, 1.0)] {
            let found = histogram.quantile_ms(share).unwrap();
            assert!((found - expected).abs() <= expected * 0.04, "{share}: {found}");
        }
    }

    #[test]
    fn a_duration_beyond_all_bounds_is_the_longest() {
        let mut histogram = Histogram::default();
        histogram.add(Duration::MAX);
        assert!(histogram.quantile_ms(0.5).unwrap() > 8_000.0);
    }
}

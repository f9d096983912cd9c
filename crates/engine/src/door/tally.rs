//! How much of what strangers do is written down: so much of one source, and so much of all, each minute.

use std::time::Duration;

use parking_lot::Mutex;

use super::buckets::Buckets;
use super::source::ClientNetwork;

/// Sources that are counted at least; twice as many at most.
const MOST_SOURCES: usize = 10_000;

/// The counts.
pub(crate) struct Tally {
    of_sources: Mutex<Buckets<ClientNetwork>>,
    of_all: Mutex<Buckets<()>>,
}

impl Tally {
    pub(crate) fn new(of_a_source: u32, of_all: u32) -> Self {
        Self { of_sources: Mutex::new(Buckets::new(of_a_source, MOST_SOURCES)), of_all: Mutex::new(Buckets::new(of_all, 1)) }
    }

    /// Whether one more is written down.
    pub(crate) fn take(&self, source: ClientNetwork, now: Duration) -> bool {
        self.of_sources.lock().take(source, now).is_ok() && self.of_all.lock().take((), now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_leaves_room_for_others_and_all_of_them_have_a_bound() {
        let (tally, now) = (Tally::new(2, 5), Duration::from_secs(9));
        let of = |last: u8| ClientNetwork::of([192, 0, 2, last].into());
        assert_eq!((0..9).filter(|_| tally.take(of(1), now)).count(), 2);
        assert_eq!((0..9).filter(|last| tally.take(of(2 + last), now)).count(), 3);
        assert!(tally.take(of(1), now + Duration::from_secs(60)));
    }
}

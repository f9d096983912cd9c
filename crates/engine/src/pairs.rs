//! Pairs on record: read, judged and written back under a lock of their own, so that two changes of one pair never overlap.

use std::hash::{BuildHasher, RandomState};

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::limits::PairLimits;
use callport_core::pair::Pair;
use callport_core::settings::AccountMode;
use tokio::sync::{Mutex, MutexGuard};

use crate::engine::Engine;
use crate::fault::Fault;
use crate::ports::Change;
use crate::records::PairRecord;

/// Locks that all pairs share. Two pairs that meet on one wait for one another, which costs little and can do no harm:
/// nobody holds two at a time.
const LOCKS: usize = 256;

/// A lock for every pair.
pub(crate) struct PairLocks {
    hasher: RandomState,
    locks: Vec<Mutex<()>>,
}

impl Default for PairLocks {
    fn default() -> Self {
        Self { hasher: RandomState::new(), locks: (0..LOCKS).map(|_| Mutex::default()).collect() }
    }
}

/// A pair in the hands of one who may change it.
pub(crate) struct HeldPair<'a> {
    pub(crate) record: PairRecord,
    _lock: MutexGuard<'a, ()>,
}

impl HeldPair<'_> {
    /// As it is on record.
    pub(crate) fn pair(&self) -> &Pair {
        &self.record.pair
    }

    /// The write that makes it `pair`; none when nothing changes.
    pub(crate) fn becomes(&self, pair: Pair) -> Option<Change> {
        let changed = pair != self.record.pair;
        changed.then(|| Change::PutPair(Box::new(PairRecord { pair, ..self.record.clone() })))
    }
}

impl Engine {
    /// Reads a pair and keeps others from changing it until the result is dropped, which must be after the commit.
    pub(crate) async fn hold_pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<HeldPair<'_>, Fault> {
        let locks = &self.pairs;
        let hash = locks.hasher.hash_one((number, user));
        let lock = locks.locks[hash as usize % LOCKS].lock().await;
        let pair = self.pair(number, user).await?;
        Ok(HeldPair { record: PairRecord { number: number.clone(), user: user.clone(), pair }, _lock: lock })
    }

    /// The limits that hold for the pairs of a number in this mode.
    pub fn pair_limits(&self, mode: AccountMode) -> &PairLimits {
        self.config.pairs.of(mode)
    }

    /// What is kept of a pair, to look at.
    pub async fn pair(&self, number: &PhoneNumberId, user: &UserId) -> Result<Pair, Fault> {
        Ok(self.ports.store.pair(number, user).await?.map(|record| record.pair).unwrap_or_default())
    }
}

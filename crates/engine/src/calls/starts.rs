//! How many business-initiated calls a number started in the last 24 hours (138005): counted in memory, read from the store once.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use callport_core::ids::PhoneNumberId;
use callport_core::limits::DAY;
use callport_core::time::WallTime;
use parking_lot::Mutex;

use crate::engine::Engine;
use crate::fault::Fault;

/// Moments of the counted starts, oldest first, by number. Never more than the limit for each number.
#[derive(Default, Clone)]
pub(crate) struct Starts(Arc<Mutex<HashMap<PhoneNumberId, VecDeque<WallTime>>>>);

/// A start that counts until it is taken back.
pub(crate) struct Start {
    starts: Starts,
    number: PhoneNumberId,
    at: WallTime,
    kept: bool,
}

impl Start {
    /// The call was placed.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Some(moments) = self.starts.0.lock().get_mut(&self.number)
            && let Some(mine) = moments.iter().rposition(|at| *at == self.at)
        {
            moments.remove(mine);
        }
    }
}

impl Starts {
    fn knows(&self, number: &PhoneNumberId) -> bool {
        self.0.lock().contains_key(number)
    }

    /// What the store holds; whoever comes second changes nothing.
    fn learn(&self, number: &PhoneNumberId, moments: Vec<WallTime>) {
        self.0.lock().entry(number.clone()).or_insert_with(|| moments.into());
    }

    /// Counts one more, unless `limit` of the last 24 h are reached.
    fn take(&self, number: &PhoneNumberId, now: WallTime, limit: u32) -> Option<Start> {
        let mut all = self.0.lock();
        let moments = all.entry(number.clone()).or_default();
        while moments.front().is_some_and(|at| now >= *at + DAY) {
            moments.pop_front();
        }
        if moments.len() >= limit as usize {
            return None;
        }
        moments.push_back(now);
        Some(Start { starts: self.clone(), number: number.clone(), at: now, kept: false })
    }
}

impl Engine {
    /// Counts a start of this number; `None` when it had as many as it may in the last 24 h.
    pub(super) async fn count_start(&self, number: &PhoneNumberId, now: WallTime) -> Result<Option<Start>, Fault> {
        if !self.starts.knows(number) {
            let moments = self.ports.store.business_calls_since(number, now - DAY).await?;
            self.starts.learn(number, moments);
        }
        Ok(self.starts.take(number, now, self.config.limits.business_calls_per_day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_counts_for_24_hours_and_one_taken_back_never_did() {
        let (starts, number) = (Starts::default(), PhoneNumberId::parse("41").unwrap());
        let t0 = WallTime::from_unix_seconds(1_000_000);
        starts.take(&number, t0, 2).unwrap().keep();
        drop(starts.take(&number, t0, 2).unwrap());
        starts.take(&number, t0, 2).unwrap().keep();
        assert!(starts.take(&number, t0 + DAY - std::time::Duration::from_millis(1), 2).is_none());
        assert!(starts.take(&number, t0 + DAY, 2).is_some());
    }

    #[test]
    fn what_the_store_holds_counts_too() {
        let (starts, number) = (Starts::default(), PhoneNumberId::parse("41").unwrap());
        let t0 = WallTime::from_unix_seconds(1_000_000);
        starts.learn(&number, vec![t0, t0]);
        starts.learn(&number, vec![]);
        assert!(starts.take(&number, t0, 2).is_none());
    }
}

//! Scripted calls that are remembered, within bounds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callport_core::call_id::CallId;
use callport_core::ids::UserId;

use super::call::ScriptedCall;
use super::{MAX_KEPT, MAX_LIVE, MAX_RECORDED, ScriptRefusal};

#[derive(Default)]
pub(super) struct Shelf(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    last: u64,
    calls: BTreeMap<u64, Arc<ScriptedCall>>,
}

impl Shelf {
    /// Starts one more, if enough are over, and makes room for it.
    pub(super) fn put(&self, start: impl FnOnce(u64) -> Arc<ScriptedCall>) -> Result<Arc<ScriptedCall>, ScriptRefusal> {
        let mut kept = self.lock();
        let live = kept.calls.values().filter(|call| !call.over()).count();
        if live >= MAX_LIVE {
            return Err(ScriptRefusal::TooMany(live));
        }
        kept.make_room();
        kept.last += 1;
        let id = kept.last;
        let call = start(id);
        kept.calls.insert(id, call.clone());
        Ok(call)
    }

    pub(super) fn find(&self, id: u64) -> Option<Arc<ScriptedCall>> {
        self.lock().calls.get(&id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<ScriptedCall>> {
        self.lock().calls.values().rev().cloned().collect()
    }

    /// Whether this user is at that call already.
    pub(super) fn handles(&self, call: &CallId, user: &UserId) -> bool {
        self.lock().calls.values().any(|scripted| scripted.user().id == *user && scripted.is_part_of(call))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The oldest that is over goes; so do the oldest recordings.
    fn make_room(&mut self) {
        while self.calls.len() >= MAX_KEPT {
            let oldest = self.calls.iter().find(|(_, call)| call.over()).map(|(id, _)| *id);
            match oldest {
                Some(id) => self.calls.remove(&id),
                None => break, // all live: fewer than MAX_LIVE, so this does not come about
            };
        }
        let mut bytes = 0;
        for call in self.calls.values().rev().filter(|call| call.over()) {
            bytes += call.recorded_bytes();
            if bytes > MAX_RECORDED {
                call.forget_recording();
            }
        }
    }
}

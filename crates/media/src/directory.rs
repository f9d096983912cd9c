//! Which call lives where. Asked by commands only; packets find their call without it.

use std::collections::HashMap;

use callport_core::call_id::CallId;
use callport_relay::sdp::Offered;
use parking_lot::Mutex;

use crate::tag::SlotId;

/// Every call of the plane.
#[derive(Default)]
pub(crate) struct Directory(Mutex<HashMap<CallId, Entry>>);

/// One call.
pub(crate) struct Entry {
    pub(crate) thread: usize,
    pub(crate) id: SlotId,
    /// What the business was offered, to hold its answer against.
    pub(crate) offered: Offered,
    /// The answer was handed to the thread: there is only one.
    pub(crate) answered: bool,
    /// The gate was opened.
    pub(crate) gate_open: bool,
    /// The call was told to close.
    pub(crate) closing: bool,
}

impl Directory {
    /// False when the call is there already.
    pub(crate) fn enter(&self, call: CallId, entry: Entry) -> bool {
        match self.0.lock().entry(call) {
            std::collections::hash_map::Entry::Occupied(_) => false,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(entry);
                true
            }
        }
    }

    /// Looks at a call, and may change its entry.
    pub(crate) fn with<T>(&self, call: &CallId, look: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        self.0.lock().get_mut(call).map(look)
    }

    /// Where a call is, unless it is closing.
    pub(crate) fn find(&self, call: &CallId) -> Option<(usize, SlotId)> {
        self.with(call, |entry| (!entry.closing).then_some((entry.thread, entry.id))).flatten()
    }

    pub(crate) fn remove(&self, call: &CallId) {
        self.0.lock().remove(call);
    }
}

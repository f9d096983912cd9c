//! Which call lives where. Asked by commands only; packets find their call without it.

use std::collections::HashMap;

use callport_core::call_id::CallId;
use parking_lot::Mutex;

use crate::ports::PortIndex;
use crate::tag::SlotId;

/// Every call of the plane.
#[derive(Default)]
pub(crate) struct Directory(Mutex<HashMap<CallId, Entry>>);

/// One call.
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) awaited: Awaited,
    /// The gate was opened.
    pub(crate) gate_open: bool,
    /// The call was told to close.
    pub(crate) closing: bool,
}

/// Where a call lives.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) thread: usize,
    pub(crate) id: SlotId,
    /// Of its thread.
    pub(crate) port: PortIndex,
}

/// The far end that has not described itself yet; each does so once.
#[derive(PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The business's answer.
    Business,
    /// A phone that picks up.
    Phone,
    /// Both are known.
    Nobody,
}

impl Awaited {
    /// The business has answered. False if it had before, or had called itself.
    pub(crate) fn take_business(&mut self) -> bool {
        let awaited = *self == Awaited::Business;
        if awaited {
            *self = Awaited::Nobody;
        }
        awaited
    }

    /// A phone picks up. False if one is there already.
    pub(crate) fn take_phone(&mut self) -> bool {
        let awaited = *self == Awaited::Phone;
        if awaited {
            *self = Awaited::Nobody;
        }
        awaited
    }
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
    pub(crate) fn find(&self, call: &CallId) -> Option<Place> {
        self.with(call, |entry| (!entry.closing).then_some(entry.place)).flatten()
    }

    /// The same for a call that has a phone: one that called, or one that picked up.
    pub(crate) fn find_joined(&self, call: &CallId) -> Option<Place> {
        let joined = |entry: &mut Entry| (!entry.closing && entry.awaited != Awaited::Phone).then_some(entry.place);
        self.with(call, joined).flatten()
    }

    /// Whether a call is there, in that slot.
    pub(crate) fn has(&self, call: &CallId, id: SlotId) -> bool {
        self.with(call, |entry| entry.place.id == id).unwrap_or(false)
    }

    /// Removes every call of a thread.
    pub(crate) fn take_thread(&self, thread: usize) -> Vec<(CallId, SlotId)> {
        let mut calls = self.0.lock();
        calls.extract_if(|_, entry| entry.place.thread == thread).map(|(call, entry)| (call, entry.place.id)).collect()
    }

    pub(crate) fn remove(&self, call: &CallId) {
        self.0.lock().remove(call);
    }
}

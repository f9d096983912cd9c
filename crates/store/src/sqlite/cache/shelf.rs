//! The copies of one kind of row: at most two generations of them, the older of which goes when the younger is full.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;

use parking_lot::Mutex;

/// Rows in one generation of one shelf. A row is some hundred bytes, so all shelves together stay below some 80 MB.
const GENERATION: usize = 8_192;

/// The copies of one kind of row.
pub(super) struct Shelf<K, V>(Mutex<Rows<K, V>>);

struct Rows<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// How often rows of this kind were about to be changed.
    changes: u64,
    /// From then until the file says what it will say.
    changing: bool,
}

/// What was read from now on may be kept, as long as no row of the kind is changed. `None` while some are.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) struct Ticket(Option<u64>);

impl Ticket {
    /// Nothing may be kept.
    pub(in crate::sqlite) fn none() -> Self {
        Self(None)
    }
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Rows { young: HashMap::new(), old: HashMap::new(), changes: 0, changing: false }))
    }
}

impl<K: Hash + Eq, V: Clone> Shelf<K, V> {
    pub(super) fn look(&self, key: &K) -> Result<V, Ticket> {
        let mut rows = self.0.lock();
        if let Some(copy) = rows.young.get(key) {
            return Ok(copy.clone());
        }
        let Some((key, copy)) = rows.old.remove_entry(key) else { return Err(rows.ticket()) };
        rows.store(key, copy.clone());
        Ok(copy)
    }

    pub(super) fn ticket(&self) -> Ticket {
        self.0.lock().ticket()
    }

    pub(super) fn keep(&self, key: K, copy: V, ticket: Ticket) {
        let mut rows = self.0.lock();
        if ticket.0.is_some_and(|changes| changes == rows.changes) {
            rows.store(key, copy);
        }
    }

    /// For the writer, which knows, and for what need not be exact.
    pub(super) fn put(&self, key: K, copy: V) {
        self.0.lock().store(key, copy);
    }

    pub(super) fn forget(&self, key: &K) {
        let mut rows = self.0.lock();
        rows.change();
        rows.young.remove(key);
        rows.old.remove(key);
    }

    pub(super) fn forget_all(&self) {
        let mut rows = self.0.lock();
        rows.change();
        rows.young.clear();
        rows.old.clear();
    }

    pub(super) fn changed(&self) {
        self.0.lock().changing = false;
    }
}

impl<K: Hash + Eq, V> Rows<K, V> {
    fn ticket(&self) -> Ticket {
        Ticket((!self.changing).then_some(self.changes))
    }

    fn change(&mut self) {
        self.changes += 1;
        self.changing = true;
    }

    fn store(&mut self, key: K, copy: V) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_in_both_generations() {
        let shelf = Shelf::<usize, char>::default();
        for key in 0..=GENERATION {
            shelf.put(key, 'x');
        }
        shelf.forget(&0);
        shelf.forget(&GENERATION);
        assert_eq!([0, 1, GENERATION].map(|key| shelf.look(&key).ok()), [None, Some('x'), None]);
    }

    #[test]
    fn stays_within_two_generations_and_keeps_what_is_asked_for() {
        let shelf = Shelf::<usize, char>::default();
        for key in 0..10 * GENERATION {
            shelf.put(key, 'x');
            assert_eq!(shelf.look(&0).ok(), Some('x'));
            let Rows { young, old, .. } = &*shelf.0.lock();
            assert!(young.len() <= GENERATION && old.len() <= GENERATION);
        }
        assert_eq!(shelf.look(&1).ok(), None);
    }
}

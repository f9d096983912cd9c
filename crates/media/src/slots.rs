//! Which slots of a media thread are free. Shared by those who open calls and the thread that ends them; never touched by a packet.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::tag::{GENERATIONS, MAX_SLOTS, SlotId};

/// The slots of one thread.
pub(crate) struct Slots {
    capacity: usize,
    taken: AtomicUsize,
    free: Mutex<Free>,
}

struct Free {
    /// Those that were used before, latest last: its memory is still warm.
    returned: Vec<u32>,
    /// Slots from here on were never used.
    untouched: u32,
    generations: Vec<u32>,
}

impl Slots {
    /// `capacity` free slots; at most [`MAX_SLOTS`].
    pub(crate) fn new(capacity: usize) -> Slots {
        let capacity = capacity.min(MAX_SLOTS as usize);
        let free = Free { returned: Vec::new(), untouched: 0, generations: vec![0; capacity] };
        Slots { capacity, taken: AtomicUsize::new(0), free: Mutex::new(free) }
    }

    /// How many there are.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many are in use.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Takes a free one; `None` when all are in use.
    pub(crate) fn take(&self) -> Option<SlotId> {
        let mut free = self.free.lock();
        let slot = match free.returned.pop() {
            Some(slot) => slot,
            None if (free.untouched as usize) < self.capacity => {
                free.untouched += 1;
                free.untouched - 1
            }
            None => return None,
        };
        let generation = free.generations[slot as usize];
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(SlotId { slot, generation })
    }

    /// Gives one back; whoever takes it next gets the next generation. Giving back twice changes nothing.
    pub(crate) fn give_back(&self, id: SlotId) {
        let mut free = self.free.lock();
        match free.generations.get_mut(id.slot as usize) {
            Some(generation) if *generation == id.generation => *generation = (*generation + 1) % GENERATIONS,
            _ => return,
        }
        free.returned.push(id.slot);
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_back_as_its_next_generation() {
        let slots = Slots::new(2);
        let (first, second) = (slots.take().unwrap(), slots.take().unwrap());
        assert_eq!((first.slot, second.slot, slots.take()), (0, 1, None));
        slots.give_back(first);
        slots.give_back(first);
        assert_eq!(slots.taken(), 1);
        assert_eq!(slots.take(), Some(SlotId { slot: 0, generation: 1 }));
        assert_eq!(slots.take(), None);
    }

    #[test]
    fn never_holds_more_than_a_tag_can_name() {
        assert_eq!(Slots::new(usize::MAX).capacity(), MAX_SLOTS as usize);
    }
}

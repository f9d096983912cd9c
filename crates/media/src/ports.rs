//! Which of its thread's ports a call gets.
//!
//! Two calls between the same two addresses cannot be told apart, and a backend may put all its calls on one UDP socket. So live calls of
//! one business number get different ports of ours while there are any, and after those the ports with the fewest. Both legs of a call
//! are on one port. Asked when calls begin and end, never for a packet. docs/decisions/0013-ports.md.

use std::collections::HashMap;
use std::sync::Arc;

use callport_core::ids::PhoneNumberId;
use parking_lot::Mutex;

/// Which of a thread's ports: its place in the thread's list.
pub(crate) type PortIndex = u8;

/// Most ports of one thread; the set of sockets that wait is one number of 128 bits, two address families.
pub const MAX_PORTS: usize = 64;

/// Who uses the ports of one thread.
pub(crate) struct PortUse(Mutex<Uses>);

struct Uses {
    /// Live calls on each port.
    all: Vec<u32>,
    /// The same of each number that has live calls.
    of_number: HashMap<PhoneNumberId, Vec<u32>>,
}

/// A port in use by one call; given back when this is dropped.
pub(crate) struct HeldPort {
    ports: Arc<PortUse>,
    number: PhoneNumberId,
    index: PortIndex,
}

impl PortUse {
    /// So many ports, at most [`MAX_PORTS`].
    pub(crate) fn new(count: usize) -> PortUse {
        PortUse(Mutex::new(Uses { all: vec![0; count.clamp(1, MAX_PORTS)], of_number: HashMap::new() }))
    }

    /// With how many live calls of the number its next call would share a port.
    pub(crate) fn crowding(&self, number: &PhoneNumberId) -> u32 {
        let uses = self.0.lock();
        uses.of_number.get(number).and_then(|counts| counts.iter().min()).copied().unwrap_or(0)
    }

    /// The port with the fewest live calls of the number; of those, the one with the fewest of all.
    pub(crate) fn take(self: &Arc<Self>, number: &PhoneNumberId) -> HeldPort {
        let mut uses = self.0.lock();
        let Uses { all, of_number } = &mut *uses;
        let counts = of_number.entry(number.clone()).or_insert_with(|| vec![0; all.len()]);
        let index = (0..all.len()).min_by_key(|&port| (counts[port], all[port])).unwrap_or(0);
        counts[index] += 1;
        all[index] += 1;
        HeldPort { ports: self.clone(), number: number.clone(), index: index as PortIndex } // below MAX_PORTS
    }

    fn give_back(&self, number: &PhoneNumberId, index: PortIndex) {
        let mut uses = self.0.lock();
        let index = usize::from(index);
        uses.all[index] -= 1;
        if let Some(counts) = uses.of_number.get_mut(number) {
            counts[index] -= 1;
            if counts.iter().all(|count| *count == 0) {
                uses.of_number.remove(number);
            }
        }
    }
}

impl HeldPort {
    pub(crate) fn index(&self) -> PortIndex {
        self.index
    }
}

impl Drop for HeldPort {
    fn drop(&mut self) {
        self.ports.give_back(&self.number, self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumberId {
        PhoneNumberId::parse(text).unwrap()
    }

    fn indices(held: &[HeldPort]) -> Vec<PortIndex> {
        held.iter().map(HeldPort::index).collect()
    }

    #[test]
    fn calls_of_one_number_share_no_port_while_there_are_others() {
        let ports = Arc::new(PortUse::new(3));
        let (one, other) = (number("1"), number("2"));
        let mut held: Vec<HeldPort> = (0..3).map(|_| ports.take(&one)).collect();
        assert_eq!(indices(&held), [0, 1, 2]);
        assert_eq!((ports.crowding(&one), ports.crowding(&other)), (1, 0));
        drop(held.remove(1));
        assert_eq!((ports.crowding(&one), ports.take(&one).index()), (0, 1), "the free one");
        held.extend((0..5).map(|_| ports.take(&one)));
        let mut all = indices(&held);
        all.sort_unstable();
        assert_eq!(all, [0, 0, 0, 1, 1, 2, 2], "then evenly");
    }

    #[test]
    fn calls_of_different_numbers_share_no_port_either_while_there_are_free_ones() {
        let ports = Arc::new(PortUse::new(4));
        let held: Vec<HeldPort> = ["1", "2", "1", "3"].map(|text| ports.take(&number(text))).into();
        assert_eq!(indices(&held), [0, 1, 2, 3]);
        assert_eq!(ports.take(&number("2")).index(), 0, "not where its own call is");
    }

    #[test]
    fn numbers_without_calls_are_forgotten() {
        let ports = Arc::new(PortUse::new(2));
        for id in 0..100 {
            drop(ports.take(&number(&id.to_string())));
        }
        let uses = ports.0.lock();
        assert!(uses.of_number.is_empty() && uses.all.iter().all(|count| *count == 0));
    }
}

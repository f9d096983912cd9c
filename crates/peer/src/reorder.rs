//! Puts packets back into their order, as far as waiting for them is worth it.

use std::collections::BTreeMap;

/// This many packets may wait for one that is missing (60 ms at 20 ms each); then it counts as lost.
const PATIENCE: usize = 3;

/// A jump of the sequence number by more than this is a new stream, not a gap (2 s).
const GAP_BOUND: i64 = 100;

/// What to do next, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<T> {
    /// The next packet.
    Packet(T),
    /// So many packets in a row never came; at most [`GAP_BOUND`].
    Lost(u32),
}

/// The packets that arrived too early.
pub(crate) struct Reorder<T> {
    /// Extended sequence number that is due next; none before the first packet.
    next: Option<i64>,
    early: BTreeMap<i64, T>,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { next: None, early: BTreeMap::new() }
    }
}

impl<T> Reorder<T> {
    /// Takes one packet and hands out what is now in order. Late and double ones vanish.
    pub(crate) fn push(&mut self, sequence: u16, packet: T, mut deliver: impl FnMut(Step<T>)) {
        let due = *self.next.get_or_insert(i64::from(sequence));
        let number = extend(sequence, due);
        if number < due && due - number <= GAP_BOUND {
            return;
        }
        if (number - due).abs() > GAP_BOUND {
            self.restart(number, &mut deliver);
        }
        self.early.entry(number).or_insert(packet);
        self.release(&mut deliver);
        if self.early.len() > PATIENCE
            && let (Some(&first), Some(due)) = (self.early.keys().next(), self.next)
        {
            deliver(Step::Lost((first - due) as u32));
            self.next = Some(first);
            self.release(&mut deliver);
        }
    }

    fn release(&mut self, deliver: &mut impl FnMut(Step<T>)) {
        while let Some(due) = self.next
            && let Some(packet) = self.early.remove(&due)
        {
            deliver(Step::Packet(packet));
            self.next = Some(due + 1);
        }
    }

    /// Gives up on the old numbering: what waits is handed out, then `number` is due.
    fn restart(&mut self, number: i64, deliver: &mut impl FnMut(Step<T>)) {
        for packet in std::mem::take(&mut self.early).into_values() {
            deliver(Step::Packet(packet));
        }
        self.next = Some(number);
    }
}

/// The extended number nearest to `due` whose low 16 bits are `sequence` (RFC 3550 A.1).
fn extend(sequence: u16, due: i64) -> i64 {
    due + i64::from(sequence.wrapping_sub(due as u16) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arrivals: &[u16]) -> Vec<Step<u16>> {
        let (mut reorder, mut steps) = (Reorder::default(), Vec::new());
        for &sequence in arrivals {
            reorder.push(sequence, sequence, |step| steps.push(step));
        }
        steps
    }

    fn packets(numbers: &[u16]) -> Vec<Step<u16>> {
        numbers.iter().map(|&n| Step::Packet(n)).collect()
    }

    #[test]
    fn order_is_kept_and_made() {
        assert_eq!(run(&[5, 6, 7]), packets(&[5, 6, 7]));
        assert_eq!(run(&[5, 7, 6, 8]), packets(&[5, 6, 7, 8]));
        assert_eq!(run(&[5, 8, 7, 6]), packets(&[5, 6, 7, 8]));
    }

    #[test]
    fn doubles_and_latecomers_vanish() {
        assert_eq!(run(&[5, 5, 6, 5, 4]), packets(&[5, 6]));
        assert_eq!(run(&[5, 7, 7, 6]), packets(&[5, 6, 7]));
    }

    #[test]
    fn a_gap_is_waited_for_and_then_reported() {
        assert_eq!(run(&[5, 7, 8, 9]), packets(&[5]), "three may wait");
        let mut expected = packets(&[5]);
        expected.push(Step::Lost(1));
        expected.extend(packets(&[7, 8, 9, 10]));
        assert_eq!(run(&[5, 7, 8, 9, 10, 6]), expected);
    }

    #[test]
    fn numbers_wrap() {
        assert_eq!(run(&[65_534, 0, 65_535, 1]), packets(&[65_534, 65_535, 0, 1]));
    }

    #[test]
    fn a_far_jump_is_a_new_stream_not_a_gap() {
        assert_eq!(run(&[5, 6, 30_000, 30_001, 6, 7]), packets(&[5, 6, 30_000, 30_001, 6, 7]));
    }

    #[test]
    fn no_order_of_arrival_keeps_more_than_a_few_packets() {
        let (mut reorder, mut lost) = (Reorder::default(), 0u32);
        let mut sequence = 1u16;
        for _ in 0..10_000 {
            sequence = sequence.wrapping_mul(25_173).wrapping_add(13_849);
            reorder.push(sequence, (), |step| {
                if let Step::Lost(count) = step {
                    lost = lost.max(count);
                }
            });
            assert!(reorder.early.len() <= PATIENCE);
        }
        assert!(i64::from(lost) <= GAP_BOUND);
    }
}

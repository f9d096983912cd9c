//! Puts the packets of one direction back into their order, as far as waiting for one that is missing is worth it.
//!
//! A packet that is next passes at once, so that nothing waits where nothing is missing. Those behind a gap wait for it a little: most that
//! overtake another are one or two ahead. Then the gap is loss, and made up for. What comes after that is late. Nothing is played out here: each
//! packet that comes makes a packet that leaves, and the listener's own buffer follows the clock of the speaker. So however far two clocks
//! drift apart, no more than [`MOST`] packets ever wait.

use std::time::{Duration, Instant};

use callport_relay::rtp::sequence_step;

use super::ForeignPacket;

/// Packets that wait at the same time.
pub(super) const MOST: usize = 2;

/// How long the first of them waits.
pub(super) const PATIENCE: Duration = Duration::from_millis(40);

/// A gap of more than so many packets is not waited for: that is an outage, or a new start.
const LONGEST_GAP: i16 = 8;

/// The packets of one source in their order.
#[derive(Default)]
pub(super) struct Order {
    /// Source and number of the packet that is next; none before the first.
    next: Option<(u32, u16)>,
    /// Those that are ahead of it, in order.
    held: Vec<ForeignPacket>,
}

impl Order {
    /// Takes a packet and gives on what is in order now.
    pub(super) fn take(&mut self, packet: ForeignPacket, give: &mut dyn FnMut(&ForeignPacket)) {
        let header = packet.header;
        let gap = match self.next {
            Some((ssrc, number)) if ssrc == header.ssrc => sequence_step(number, header.sequence),
            _ => {
                self.give_all(give);
                0
            }
        };
        match gap {
            0 => {
                self.give_one(&packet, give);
                self.give_those_that_follow(give);
            }
            ..0 => give(&packet), // too late for its place, and counted as that
            1..=LONGEST_GAP => {
                let ahead = |held: &ForeignPacket| sequence_step(held.header.sequence, header.sequence) > 0;
                let place = self.held.iter().take_while(|held| ahead(held)).count();
                self.held.insert(place, packet);
                if self.held.len() > MOST {
                    self.give_up(give);
                }
            }
            _ => {
                self.give_all(give);
                self.give_one(&packet, give);
            }
        }
    }

    /// When [`release`](Self::release) is to be called; never while nothing waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.held.iter().map(|held| held.arrived).min().map(|first| first + PATIENCE)
    }

    /// Waits no longer for what is missing, if it is time.
    pub(super) fn release(&mut self, now: Instant, give: &mut dyn FnMut(&ForeignPacket)) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.give_up(give);
        }
    }

    /// The first gap is loss.
    fn give_up(&mut self, give: &mut dyn FnMut(&ForeignPacket)) {
        if self.held.is_empty() {
            return;
        }
        let first = self.held.remove(0);
        self.give_one(&first, give);
        self.give_those_that_follow(give);
    }

    fn give_all(&mut self, give: &mut dyn FnMut(&ForeignPacket)) {
        while !self.held.is_empty() {
            self.give_up(give);
        }
    }

    fn give_those_that_follow(&mut self, give: &mut dyn FnMut(&ForeignPacket)) {
        while self.held.first().is_some_and(|held| Some((held.header.ssrc, held.header.sequence)) == self.next) {
            self.give_up(give);
        }
    }

    fn give_one(&mut self, packet: &ForeignPacket, give: &mut dyn FnMut(&ForeignPacket)) {
        self.next = Some((packet.header.ssrc, packet.header.sequence.wrapping_add(1)));
        give(packet);
    }
}

#[cfg(test)]
mod tests {
    use callport_relay::rtp::Header;
    use callport_relay::{CallLeg, PacketContent};

    use super::super::MAX_FOREIGN;
    use super::*;

    fn packet(ssrc: u32, sequence: u16, arrived: Instant) -> ForeignPacket {
        let header = Header { marker: false, payload_type: 0, sequence, timestamp: 0, ssrc };
        ForeignPacket { call: 0, from: CallLeg::User, header, content: PacketContent::Audio, arrived, length: 0, payload: [0; MAX_FOREIGN] }
    }

    /// What comes out for numbers that come 20 ms apart, with the number that each came out with.
    fn order(numbers: &[u16]) -> Vec<(u16, u16)> {
        let (mut order, mut out, start) = (Order::default(), vec![], Instant::now());
        for (index, number) in (0..).zip(numbers) {
            let now = start + Duration::from_millis(20) * index;
            order.release(now, &mut |given| out.push((given.header.sequence, *number)));
            order.take(packet(1, *number, now), &mut |given| out.push((given.header.sequence, *number)));
            assert!(order.held.len() <= MOST, "{numbers:?}");
        }
        order.release(start + Duration::from_secs(60), &mut |given| out.push((given.header.sequence, 0)));
        assert_eq!(order.deadline(), None, "{numbers:?}");
        out
    }

    #[test]
    fn what_is_next_passes_at_once_and_what_overtook_waits_for_it() {
        assert_eq!(order(&[5, 6, 7]), [(5, 5), (6, 6), (7, 7)]);
        assert_eq!(order(&[65_534, 0, 65_535, 1]), [(65_534, 65_534), (65_535, 65_535), (0, 65_535), (1, 1)]);
        assert_eq!(order(&[1, 3, 2, 5, 4, 6]), [(1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 6)]);
    }

    #[test]
    fn what_does_not_come_is_not_waited_for_long() {
        assert_eq!(order(&[1, 3, 4, 5]), [(1, 1), (3, 5), (4, 5), (5, 5)], "40 ms after the first behind the gap");
        assert_eq!(order(&[1, 3, 5, 4, 2]), [(1, 1), (3, 4), (4, 4), (5, 4), (2, 2)], "the late one comes out late");
        assert_eq!(order(&[1, 3]), [(1, 1), (3, 0)], "nor when nothing else comes");
        assert_eq!(order(&[1, 2_000, 2_001]), [(1, 1), (2_000, 2_000), (2_001, 2_001)], "an outage");
        assert_eq!(order(&[9, 2, 10]), [(9, 9), (2, 2), (10, 10)]);
    }

    #[test]
    fn another_source_takes_nothing_along() {
        let (mut order, mut out, now) = (Order::default(), vec![], Instant::now());
        for (ssrc, number) in [(1, 10), (1, 12), (2, 7), (2, 8)] {
            order.take(packet(ssrc, number, now), &mut |given| out.push((given.header.ssrc, given.header.sequence)));
        }
        assert_eq!(out, [(1, 10), (1, 12), (2, 7), (2, 8)]);
    }
}

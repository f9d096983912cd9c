//! Which sockets have something to read, and whose turn it is: one batch each, so that a flooded port holds up no other.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::Duration;

use crate::sockets::Sockets;
use crate::udp::{Poll, ReadableSockets};

pub(crate) struct Turns {
    poll: Poll,
    waiting: ReadableSockets,
    /// Whose turn comes next, if anything waits there.
    next: usize,
}

impl Turns {
    pub(crate) fn new(wakers: &[BorrowedFd<'_>], sockets: &Sockets) -> Turns {
        Turns { poll: Poll::new(wakers, sockets.all().map(|socket| socket.as_fd())), waiting: 0, next: 0 }
    }

    /// Blocks until a socket can be read, a waker wakes, or `at_most` has passed.
    pub(crate) fn wait(&mut self, at_most: Option<Duration>) {
        self.waiting |= self.poll.wait(at_most);
    }

    /// Blocks until the first waker wakes or `at_most` has passed.
    pub(crate) fn nap(&mut self, at_most: Duration) {
        self.poll.nap(at_most);
    }

    /// Sees what can be read now, without blocking.
    pub(crate) fn look(&mut self) {
        self.waiting |= self.poll.look();
    }

    /// The number of the socket to take a batch from; none when nothing waits.
    pub(crate) fn take(&mut self) -> Option<usize> {
        if self.waiting == 0 {
            return None;
        }
        let ahead = self.waiting >> self.next;
        let number = match ahead {
            0 => self.waiting.trailing_zeros() as usize,
            _ => self.next + ahead.trailing_zeros() as usize,
        };
        self.next = (number + 1) % Poll::MAX_SOCKETS;
        Some(number)
    }

    /// Nothing waits there any more.
    pub(crate) fn emptied(&mut self, number: usize) {
        self.waiting &= !(1 << number);
    }

    /// Whether something waits.
    pub(crate) fn is_anything_left(&self) -> bool {
        self.waiting != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_that_waits_has_its_turn() {
        let mut turns = Turns::new(&[], &Sockets::default());
        assert_eq!(turns.take(), None);
        turns.waiting = 1 << 2 | 1 << 5 | 1 << 127;
        assert_eq!([(); 5].map(|()| turns.take().unwrap()), [2, 5, 127, 2, 5]);
        turns.emptied(127);
        assert_eq!(turns.take(), Some(2));
        turns.waiting |= 1 << 3;
        turns.emptied(2);
        assert_eq!([(); 3].map(|()| turns.take().unwrap()), [3, 5, 3]);
        turns.emptied(3);
        turns.emptied(5);
        assert!(turns.take().is_none() && !turns.is_anything_left());
    }
}

//! Commands on their way into a media thread: a bounded queue that the thread looks at without a lock.
//!
//! The thread reads one flag per round and takes the lock only when the flag is up, to swap the whole queue out. What a caller may
//! repeat at will is refused when the queue is full; what happens at most once in a call's life always finds room, which is a
//! bound too: the slots of the thread times the number of such commands.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::udp::Waker;

/// Commands that may wait before repeatable ones are refused. A thread empties the queue in every round.
pub(crate) const MAX_WAITING: usize = 1024;

pub(crate) struct Mailbox<C> {
    queue: Mutex<VecDeque<C>>,
    flag: AtomicBool,
    /// Nobody reads any more.
    shut: AtomicBool,
    waker: Waker,
}

/// The queue is full, or nobody reads it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl<C> Mailbox<C> {
    pub(crate) fn new() -> io::Result<Mailbox<C>> {
        Ok(Mailbox { queue: Mutex::new(VecDeque::new()), flag: AtomicBool::new(false), shut: AtomicBool::new(false), waker: Waker::new()? })
    }

    /// Queues a command that may be refused.
    pub(crate) fn post(&self, command: C) -> Result<(), Full> {
        {
            let mut queue = self.queue.lock();
            if queue.len() >= MAX_WAITING || self.shut.load(Ordering::Relaxed) {
                return Err(Full);
            }
            queue.push_back(command);
        }
        self.raise();
        Ok(())
    }

    /// Queues a command that each call gives at most once.
    pub(crate) fn post_certainly(&self, command: C) {
        {
            let mut queue = self.queue.lock();
            if self.shut.load(Ordering::Relaxed) {
                return;
            }
            queue.push_back(command);
        }
        self.raise();
    }

    /// Takes no more commands and drops those that wait, and with them the channels on which replies are awaited.
    pub(crate) fn shut(&self) {
        let mut queue = self.queue.lock();
        self.shut.store(true, Ordering::Relaxed);
        queue.clear();
    }

    /// Whether something waits: to be asked before sleeping.
    pub(crate) fn is_waiting(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Swaps everything that waits into `into`, which must be empty. For the one thread that reads.
    pub(crate) fn take(&self, into: &mut VecDeque<C>) {
        if self.flag.swap(false, Ordering::AcqRel) {
            self.waker.reset();
            std::mem::swap(&mut *self.queue.lock(), into);
        }
    }

    /// Only the first command since the last look costs a system call.
    fn raise(&self) {
        if !self.flag.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }
}

impl<C> AsFd for Mailbox<C> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.waker.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::udp::wait_readable;

    #[test]
    fn a_full_queue_refuses_what_can_be_repeated_and_takes_what_cannot() {
        let mailbox = Mailbox::new().unwrap();
        for number in 0..MAX_WAITING {
            mailbox.post(number).unwrap();
        }
        assert_eq!(mailbox.post(MAX_WAITING), Err(Full));
        mailbox.post_certainly(MAX_WAITING);
        let mut taken = VecDeque::new();
        mailbox.take(&mut taken);
        assert!(taken.into_iter().eq(0..=MAX_WAITING), "in order");
        assert!(!mailbox.is_waiting());
        mailbox.post(0).unwrap();
    }

    #[test]
    fn a_shut_queue_drops_what_waits_and_takes_nothing() {
        let mailbox = Mailbox::new().unwrap();
        let (reply, replied) = tokio::sync::oneshot::channel::<()>();
        mailbox.post(reply).unwrap();
        mailbox.shut();
        assert!(replied.blocking_recv().is_err(), "whoever waits learns that no reply comes");
        let (late, replied) = tokio::sync::oneshot::channel();
        assert_eq!(mailbox.post(late), Err(Full));
        assert!(replied.blocking_recv().is_err());
    }

    #[test]
    fn no_command_is_slept_over() {
        const COMMANDS: u32 = 100_000;
        let mailbox = std::sync::Arc::new(Mailbox::new().unwrap());
        let sender = std::thread::spawn({
            let mailbox = mailbox.clone();
            move || (0..COMMANDS).for_each(|number| mailbox.post_certainly(number))
        });
        let (mut next, mut taken) = (0, VecDeque::new());
        while next < COMMANDS {
            if !mailbox.is_waiting() {
                wait_readable(&[mailbox.as_fd()], None);
            }
            mailbox.take(&mut taken);
            for number in taken.drain(..) {
                assert_eq!(number, next);
                next += 1;
            }
        }
        sender.join().unwrap();
    }
}

//! Which of very many sockets have something to read: an `epoll(7)` of which a thread asks once for all of them.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::BATCH;

/// Sockets by a key of their owner's. A socket that is closed leaves by itself.
pub struct ReadySet {
    epoll: OwnedFd,
    found: [libc::epoll_event; BATCH],
}

impl ReadySet {
    /// An empty one.
    pub fn new() -> io::Result<ReadySet> {
        // SAFETY: takes no pointers; the descriptor is checked below before it is owned.
        let raw = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if raw < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a fresh, open descriptor that nobody else owns.
        let epoll = unsafe { OwnedFd::from_raw_fd(raw) };
        Ok(ReadySet { epoll, found: [NOTHING; BATCH] })
    }

    /// Watches one more, as long as it is open.
    pub fn watch(&self, socket: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: key };
        // SAFETY: both descriptors are open, and the event outlives the call.
        let result = unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &raw mut event) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Looks without blocking; how many can be read, at most [`BATCH`], each in its turn. A failed call (a signal) finds none.
    pub fn look(&mut self) -> usize {
        // SAFETY: the array has room for as many events as the call may write, and outlives it.
        let count = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), self.found.as_mut_ptr(), BATCH as libc::c_int, 0) };
        let count = usize::try_from(count).unwrap_or(0);
        self.found[count..].fill(NOTHING);
        count
    }

    /// The key of one that the last [`look`](Self::look) found; 0 beyond those.
    pub fn key(&self, index: usize) -> u64 {
        self.found.get(index).map_or(0, |event| event.u64)
    }
}

impl AsFd for ReadySet {
    /// Can be read as long as one of the sockets can.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

const NOTHING: libc::epoll_event = libc::epoll_event { events: 0, u64: 0 };

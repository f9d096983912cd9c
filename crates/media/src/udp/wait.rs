//! Waiting for datagrams or for another thread, and two facts about the running thread.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

/// Ends another thread's [`wait_readable`]: an `eventfd(2)`.
#[derive(Clone)]
pub struct Waker(Arc<File>);

impl Waker {
    /// A new one, not yet woken.
    pub fn new() -> io::Result<Waker> {
        // SAFETY: takes no pointers; the descriptor is checked below before it is owned.
        let raw = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if raw < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a fresh, open descriptor that nobody else owns.
        Ok(Waker(Arc::new(unsafe { File::from_raw_fd(raw) })))
    }

    /// Makes the waiting thread return, or its next wait if it does not wait now.
    pub fn wake(&self) {
        // Fails only when the counter is full, and then the thread has been woken already.
        let _ = (&*self.0).write(&1_u64.to_ne_bytes());
    }

    /// Forgets wakes up to now.
    pub fn reset(&self) {
        // Fails only when nobody has woken us, which is as good.
        let _ = (&*self.0).read(&mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// At most this many descriptors are waited for.
const MOST_WAITED: usize = 8;

/// Blocks until one of the descriptors can be read or `at_most` has passed; `None` waits for ever. Returns early on signals.
/// Descriptors beyond the eighth are not looked at.
pub fn wait_readable(descriptors: &[BorrowedFd<'_>], at_most: Option<Duration>) {
    let mut polled = [readable(-1); MOST_WAITED];
    for (entry, descriptor) in polled.iter_mut().zip(descriptors) {
        entry.fd = descriptor.as_raw_fd();
    }
    poll(&mut polled, at_most);
}

/// A fixed list of wakers and sockets to wait for, made once: asking again costs no more than the system call.
pub struct Poll {
    /// Wakers first. The descriptors must stay open as long as this is used; a closed one counts as readable.
    polled: Vec<libc::pollfd>,
    wakers: usize,
}

/// Which sockets of a [`Poll`] can be read, the first of them in the lowest bit.
pub type ReadableSockets = u128;

impl Poll {
    /// Most sockets; those beyond are not looked at.
    pub const MAX_SOCKETS: usize = ReadableSockets::BITS as usize;

    /// For these.
    pub fn new<'a>(wakers: &[BorrowedFd<'_>], sockets: impl Iterator<Item = BorrowedFd<'a>>) -> Poll {
        let descriptors = wakers.iter().copied().map(|waker| waker.as_raw_fd());
        let sockets = sockets.take(Self::MAX_SOCKETS).map(|socket| socket.as_raw_fd());
        Poll { polled: descriptors.chain(sockets).map(readable).collect(), wakers: wakers.len() }
    }

    /// Blocks until something can be read or `at_most` has passed; `None` waits for ever. Returns early on signals.
    pub fn wait(&mut self, at_most: Option<Duration>) -> ReadableSockets {
        poll(&mut self.polled, at_most);
        self.found()
    }

    /// Does not block.
    pub fn look(&mut self) -> ReadableSockets {
        poll(&mut self.polled[self.wakers..], Some(Duration::ZERO));
        self.found()
    }

    /// Blocks until the first waker wakes or `at_most` has passed, whatever the others and the sockets have to say.
    pub fn nap(&mut self, at_most: Duration) {
        poll(&mut self.polled[..self.wakers.min(1)], Some(at_most));
    }

    fn found(&self) -> ReadableSockets {
        let bit = |(index, entry): (usize, &libc::pollfd)| ReadableSockets::from(entry.revents != 0) << index;
        self.polled[self.wakers..].iter().enumerate().map(bit).fold(0, |all, bit| all | bit)
    }
}

fn readable(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

/// A failed call (a signal, most often) leaves no descriptor readable.
fn poll(polled: &mut [libc::pollfd], at_most: Option<Duration>) {
    let timeout = at_most.map(|limit| libc::timespec {
        tv_sec: libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    });
    let pointer = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the array and the timeout outlive the call; entries with descriptor -1 are passed over (poll(2)).
    let result = unsafe { libc::ppoll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, pointer, std::ptr::null()) };
    if result < 0 {
        polled.iter_mut().for_each(|entry| entry.revents = 0);
    }
}

/// Keeps the calling thread on one core, counted from 0.
pub fn pin_to_core(core: usize) -> io::Result<()> {
    // SAFETY: a set is plain bits, for which all zeroes is a value; CPU_SET checks the index; the call reads `set` only.
    let result = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets the calling thread's naps end when they are over. The kernel may prolong those of other threads by 50 µs, to wake several at once.
pub fn nap_exactly() -> io::Result<()> {
    const ONE_NANOSECOND: libc::c_ulong = 1;
    // SAFETY: takes a number and changes nothing but the calling thread's timer slack.
    let result = unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, ONE_NANOSECOND) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How much processor time the calling thread has used.
pub fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec through a valid pointer. It cannot fail for this clock.
    let _ = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

//! Sending: datagrams are written into lent buffers and leave by one call for each socket.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use super::address::{Control, RawAddress, empty_header, to_raw, write_source};
use super::{BATCH, ROOM};

/// What became of the datagrams of one [`Outbatch::flush`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Handed to the kernel.
    pub datagrams: u64,
    /// Dropped because the kernel had no room: late audio is worth nothing, so they are not kept.
    pub no_room: u64,
    /// Refused by the kernel for another reason: no route, no socket of that family, forbidden.
    pub refused: u64,
    /// System calls made.
    pub calls: u64,
}

impl std::ops::AddAssign for Flushed {
    fn add_assign(&mut self, other: Flushed) {
        self.datagrams += other.datagrams;
        self.no_room += other.no_room;
        self.refused += other.refused;
        self.calls += other.calls;
    }
}

/// Buffers for one batch, made once and used for every call.
pub struct Outbatch {
    /// One more than a batch holds, so that there is always one to lend.
    rooms: Box<[[u8; ROOM]]>,
    letters: Box<[Letter]>,
    /// The socket of each letter; apart from them, since each flush goes through these several times.
    outlets: [Outlet; BATCH],
    filled: usize,
}

/// Which socket a datagram leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// Its port, as the owner of the sockets counts them.
    pub port: u32,
    /// Its family.
    pub is_v4: bool,
}

#[derive(Clone, Copy)]
struct Letter {
    length: usize,
    remote: SocketAddr,
    source: Option<IpAddr>,
}

impl Default for Outbatch {
    fn default() -> Self {
        let blank = Letter { length: 0, remote: SocketAddr::from(([0; 4], 0)), source: None };
        let rooms = vec![[0; ROOM]; BATCH + 1].into_boxed_slice();
        let outlets = [Outlet { port: 0, is_v4: true }; BATCH];
        Self { rooms, letters: vec![blank; BATCH].into_boxed_slice(), outlets, filled: 0 }
    }
}

impl Outbatch {
    /// How many datagrams wait.
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Whether the next datagram needs a [`flush`](Self::flush) first.
    pub fn is_full(&self) -> bool {
        self.filled == BATCH
    }

    /// Lends the buffer of the next datagram. What is written while the batch is full cannot be committed: flush before.
    pub fn room(&mut self) -> &mut [u8; ROOM] {
        &mut self.rooms[self.filled]
    }

    /// Queues the first `length` bytes of the buffer lent last, to be sent by the sockets of `port`, from `source` where the kernel
    /// should not choose. False when the batch is full or the length is not one of a buffer.
    pub fn commit(&mut self, length: usize, port: u32, remote: SocketAddr, source: Option<IpAddr>) -> bool {
        if self.is_full() || length > ROOM {
            return false;
        }
        self.letters[self.filled] = Letter { length, remote, source };
        self.outlets[self.filled] = Outlet { port, is_v4: remote.is_ipv4() };
        self.filled += 1;
        true
    }

    /// Queues a copy of `datagram` for port 0; false when it does not fit.
    pub fn push(&mut self, datagram: &[u8], remote: SocketAddr) -> bool {
        match self.room().get_mut(..datagram.len()) {
            Some(room) => {
                room.copy_from_slice(datagram);
                self.commit(datagram.len(), 0, remote, None)
            }
            None => false,
        }
    }

    /// Sends everything, each datagram through its `socket`, and empties the batch. Never blocks.
    pub fn flush<'a>(&mut self, socket: impl Fn(Outlet) -> Option<&'a UdpSocket>) -> Flushed {
        let mut sent = Flushed::default();
        for first in 0..self.filled {
            let outlet = self.outlets[first];
            if self.outlets[..first].contains(&outlet) {
                continue; // went with an earlier one
            }
            match socket(outlet) {
                Some(socket) => self.send_by(socket, outlet, first, &mut sent),
                None => sent.refused += self.outlets[first..self.filled].iter().filter(|other| **other == outlet).count() as u64,
            }
        }
        self.filled = 0;
        sent
    }

    /// Sends the datagrams of one outlet, the earliest of which is `first`.
    fn send_by(&mut self, socket: &UdpSocket, outlet: Outlet, first: usize, sent: &mut Flushed) {
        let mut names = [MaybeUninit::<RawAddress>::uninit(); BATCH];
        let mut controls = [MaybeUninit::<Control>::uninit(); BATCH];
        let mut pieces = [MaybeUninit::<libc::iovec>::uninit(); BATCH];
        let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH];
        let mut count = 0;
        for index in first..self.filled {
            if self.outlets[index] != outlet {
                continue;
            }
            let (room, letter) = (&mut self.rooms[index], &self.letters[index]);
            let (name, name_length) = to_raw(letter.remote);
            let header = &mut headers[count].write(empty_header()).msg_hdr;
            header.msg_name = (&raw mut *names[count].write(name)).cast();
            header.msg_namelen = name_length;
            header.msg_iov = pieces[count].write(libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: letter.length });
            header.msg_iovlen = 1;
            if let Some(source) = letter.source.filter(|source| source.is_ipv4() == outlet.is_v4) {
                let control = controls[count].write(Control::EMPTY);
                header.msg_controllen = write_source(control, source) as _;
                header.msg_control = (&raw mut *control).cast();
            }
            count += 1;
        }
        let mut done = 0;
        while done < count {
            let rest = &mut headers[done..count];
            sent.calls += 1;
            // SAFETY: the first `count` headers were written above; each points to buffers above, or in `self`, that outlive this call, with
            // their true lengths.
            let taken =
                unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr().cast(), rest.len() as libc::c_uint, libc::MSG_DONTWAIT) };
            if let Ok(taken @ 1..) = usize::try_from(taken) {
                sent.datagrams += taken as u64;
                done += taken;
                continue;
            }
            // The call fails only for its first datagram, so that one is passed over, unless the fault was not about it.
            match Refusal::of(&io::Error::last_os_error()) {
                Refusal::AboutAnEarlierOne => {}
                Refusal::NoRoom => {
                    sent.no_room += (count - done) as u64;
                    return;
                }
                Refusal::AboutThisOne => {
                    sent.refused += 1;
                    done += 1;
                }
            }
        }
    }
}

enum Refusal {
    /// Interrupted, or the kept error of a connected socket, which reading it has cleared: try the same datagram again.
    AboutAnEarlierOne,
    /// The socket's or the device's queue is full.
    NoRoom,
    /// No route, forbidden, too long for the path.
    AboutThisOne,
}

impl Refusal {
    fn of(error: &io::Error) -> Refusal {
        match error.raw_os_error() {
            Some(libc::EINTR | libc::ECONNREFUSED) => Refusal::AboutAnEarlierOne,
            Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM) => Refusal::NoRoom,
            _ => Refusal::AboutThisOne,
        }
    }
}

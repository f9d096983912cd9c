//! Sending: datagrams are written into lent buffers and leave by one call for each address family.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use super::address::{Control, RawAddress, to_raw, unset, write_source};
use super::{BATCH, ROOM};

/// What became of the datagrams of one [`Outbatch::flush`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Handed to the kernel.
    pub datagrams: u64,
    /// Dropped because the kernel had no room: late audio is worth nothing, so they are not kept.
    pub no_room: u64,
    /// Refused by the kernel for another reason: no route, no socket of that family, forbidden.
    pub refused: u64,
    /// System calls made.
    pub calls: u64,
}

impl std::ops::AddAssign for Sent {
    fn add_assign(&mut self, other: Sent) {
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
    filled: usize,
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
        Self { rooms: vec![[0; ROOM]; BATCH + 1].into_boxed_slice(), letters: vec![blank; BATCH].into_boxed_slice(), filled: 0 }
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

    /// Queues the first `length` bytes of the buffer lent last, to be sent from `source` where the kernel should not choose.
    /// False when the batch is full or the length is not one of a buffer.
    pub fn commit(&mut self, length: usize, remote: SocketAddr, source: Option<IpAddr>) -> bool {
        if self.is_full() || length > ROOM {
            return false;
        }
        self.letters[self.filled] = Letter { length, remote, source };
        self.filled += 1;
        true
    }

    /// Queues a copy of `datagram`; false when it does not fit.
    pub fn push(&mut self, datagram: &[u8], remote: SocketAddr) -> bool {
        match self.room().get_mut(..datagram.len()) {
            Some(room) => {
                room.copy_from_slice(datagram);
                self.commit(datagram.len(), remote, None)
            }
            None => false,
        }
    }

    /// Sends everything, each datagram through the socket of its family, and empties the batch. Never blocks.
    pub fn flush(&mut self, v4: Option<&UdpSocket>, v6: Option<&UdpSocket>) -> Sent {
        let mut sent = Sent::default();
        if self.filled == 0 {
            return sent;
        }
        for (socket, is_v4) in [(v4, true), (v6, false)] {
            let wanted = self.letters[..self.filled].iter().filter(|letter| letter.remote.is_ipv4() == is_v4).count();
            match socket {
                _ if wanted == 0 => {}
                Some(socket) => self.send_family(socket, is_v4, &mut sent),
                None => sent.refused += wanted as u64,
            }
        }
        self.filled = 0;
        sent
    }

    fn send_family(&mut self, socket: &UdpSocket, is_v4: bool, sent: &mut Sent) {
        let mut names: [RawAddress; BATCH] = [unset(); BATCH];
        let mut controls = [Control::EMPTY; BATCH];
        let mut pieces = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        // SAFETY: headers are plain data, for which all zeroes is a value.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        let mut count = 0;
        for (room, letter) in self.rooms.iter_mut().zip(&self.letters[..self.filled]) {
            if letter.remote.is_ipv4() != is_v4 {
                continue;
            }
            let (name, name_length) = to_raw(letter.remote);
            names[count] = name;
            pieces[count] = libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: letter.length };
            let header = &mut headers[count].msg_hdr;
            header.msg_name = (&raw mut names[count]).cast();
            header.msg_namelen = name_length;
            header.msg_iov = &raw mut pieces[count];
            header.msg_iovlen = 1;
            if let Some(source) = letter.source.filter(|source| source.is_ipv4() == is_v4) {
                header.msg_controllen = write_source(&mut controls[count], source) as _;
                header.msg_control = (&raw mut controls[count]).cast();
            }
            count += 1;
        }
        let mut done = 0;
        while done < count {
            let rest = &mut headers[done..count];
            sent.calls += 1;
            // SAFETY: every header points to buffers above, or in `self`, that outlive this call, with their true lengths.
            let taken = unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as libc::c_uint, libc::MSG_DONTWAIT) };
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

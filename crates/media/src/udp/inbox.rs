//! Receiving: up to [`BATCH`] datagrams by one call, with who sent them, which address of ours they came to, and how many the
//! kernel had to drop before us.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use super::address::{CONTROL_ROOM, Control, RawAddress, empty_header, from_raw, read_control, unset};
use super::{BATCH, ROOM};

/// A received datagram.
pub struct Arrival<'a> {
    /// Who sent it.
    pub remote: SocketAddr,
    /// Which address of ours it was sent to; told only by sockets that listen on every address.
    pub local: Option<IpAddr>,
    /// What it carries. May be changed in place.
    pub bytes: &'a mut [u8],
}

/// Buffers for one batch, made once and used for every call.
pub struct Inbox {
    rooms: Box<[[u8; ROOM]]>,
    labels: Box<[Label]>,
    filled: usize,
    overflow: Option<u32>,
    too_long: u64,
}

#[derive(Clone, Copy)]
struct Label {
    remote: Option<SocketAddr>,
    local: Option<IpAddr>,
    length: usize,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            rooms: vec![[0; ROOM]; BATCH].into_boxed_slice(),
            labels: vec![Label { remote: None, local: None, length: 0 }; BATCH].into_boxed_slice(),
            filled: 0,
            overflow: None,
            too_long: 0,
        }
    }
}

impl Inbox {
    /// Takes what waits on `socket`, at most [`BATCH`] datagrams, without blocking. Returns how many; 0 when none waits.
    ///
    /// An error that a connected socket keeps for an earlier datagram (port unreachable) is taken off and not reported: the
    /// next call sees the socket clean.
    pub fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        self.receive_up_to(socket, BATCH)
    }

    /// The same with at most so many. A call that may bring few costs less.
    pub fn receive_up_to(&mut self, socket: &UdpSocket, most: usize) -> io::Result<usize> {
        self.filled = 0;
        self.overflow = None;
        match self.receive_batch(socket, most.clamp(1, BATCH)) {
            Ok(count) => {
                self.filled = count;
                Ok(count)
            }
            Err(error) if is_passing(&error) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// The datagrams of the last [`receive`](Self::receive), in the order of their arrival. Those that were cut for being
    /// longer than [`ROOM`] are left out and counted.
    pub fn arrivals(&mut self) -> impl Iterator<Item = Arrival<'_>> {
        let labels = &self.labels[..self.filled];
        self.rooms.iter_mut().zip(labels).filter_map(|(room, label)| {
            let bytes = room.get_mut(..label.length)?;
            Some(Arrival { remote: label.remote?, local: label.local, bytes })
        })
    }

    /// Who sent the datagrams of the last [`receive`](Self::receive).
    pub fn remotes(&self) -> impl Iterator<Item = SocketAddr> {
        self.labels[..self.filled].iter().filter_map(|label| label.remote)
    }

    /// How many datagrams the socket of the last batch has lost for want of room since it was made (`SO_RXQ_OVFL`), if it has
    /// lost any; wraps.
    pub fn overflow(&self) -> Option<u32> {
        self.overflow
    }

    /// Takes the number of datagrams that were left out for their length since the last call of this.
    pub fn take_too_long(&mut self) -> u64 {
        std::mem::take(&mut self.too_long)
    }

    fn receive_batch(&mut self, socket: &UdpSocket, most: usize) -> io::Result<usize> {
        let mut names = [const { MaybeUninit::<RawAddress>::uninit() }; BATCH];
        let mut controls = [MaybeUninit::<Control>::uninit(); BATCH];
        let mut pieces = [MaybeUninit::<libc::iovec>::uninit(); BATCH];
        let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH];
        for index in 0..most {
            let header = &mut headers[index].write(empty_header()).msg_hdr;
            header.msg_name = (&raw mut *names[index].write(unset())).cast();
            header.msg_namelen = size_of::<RawAddress>() as libc::socklen_t;
            header.msg_iov = pieces[index].write(libc::iovec { iov_base: self.rooms[index].as_mut_ptr().cast(), iov_len: ROOM });
            header.msg_iovlen = 1;
            header.msg_control = controls[index].as_mut_ptr().cast();
            header.msg_controllen = CONTROL_ROOM as _;
        }
        // SAFETY: the first `most` headers were written above, and each points to buffers above, or in `self`, that live until the end of this
        // function, with their true lengths.
        let count = unsafe {
            libc::recvmmsg(socket.as_raw_fd(), headers.as_mut_ptr().cast(), most as libc::c_uint, libc::MSG_DONTWAIT, std::ptr::null_mut())
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for index in 0..count {
            // SAFETY: both were written above, for more than the kernel has filled.
            let (message, name) = unsafe { (headers[index].assume_init_ref(), names[index].assume_init_ref()) };
            let header = &message.msg_hdr;
            // SAFETY: the kernel has just filled this header's control buffer and set its length.
            let told = unsafe { read_control(header) };
            let cut = header.msg_flags & libc::MSG_TRUNC != 0;
            self.too_long += u64::from(cut);
            self.overflow = told.overflow.or(self.overflow);
            self.labels[index] =
                Label { remote: if cut { None } else { from_raw(name) }, local: told.local, length: message.msg_len as usize };
        }
        Ok(count)
    }
}

/// Nothing to take, or an error about a datagram sent earlier: not about this socket.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

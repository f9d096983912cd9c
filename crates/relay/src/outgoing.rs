//! Where datagrams leave to, and how a caller lends the room for them.
//!
//! The machine never owns a socket. It writes each datagram straight into a buffer that the caller
//! lends (a slot of a `sendmmsg` batch, for instance), so that a relayed packet is copied once and
//! nothing is allocated for it.

use std::collections::VecDeque;
use std::net::SocketAddr;

/// The largest datagram this crate writes, in bytes; every lent buffer must be at least this long.
pub const MAX_DATAGRAM: usize = 1500;

/// One way through the network: an address of ours and the address of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// Our address. Must be one that the leg was configured with, never the wildcard address.
    pub local: SocketAddr,
    /// The far end's address as seen by our socket.
    pub remote: SocketAddr,
}

/// A place for datagrams to go.
pub trait Outgoing {
    /// Lends a free buffer of at least [`MAX_DATAGRAM`] bytes. What is written into it leaves only
    /// with the next [`commit`](Self::commit); asking again before that may lend the same bytes.
    fn buffer(&mut self) -> &mut [u8];

    /// Sends the first `len` bytes of the buffer that was lent last.
    fn commit(&mut self, len: usize, path: Path);

    /// Sends a copy of `datagram`; for handshakes and reports, not for media. Longer ones than
    /// [`MAX_DATAGRAM`] are dropped.
    fn put(&mut self, datagram: &[u8], path: Path) {
        if let Some(room) = self.buffer().get_mut(..datagram.len()) {
            room.copy_from_slice(datagram);
            self.commit(datagram.len(), path);
        }
    }
}

/// One datagram on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// From where to where.
    pub path: Path,
    /// What it carries.
    pub bytes: Vec<u8>,
}

/// A queue of datagrams: the [`Outgoing`] of tests and of endpoints with one call at a time.
/// It allocates once per datagram, so the relay's own threads use a batch instead.
pub struct Outbox {
    scratch: Box<[u8; MAX_DATAGRAM]>,
    queue: VecDeque<Datagram>,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox { scratch: Box::new([0; MAX_DATAGRAM]), queue: VecDeque::new() }
    }
}

impl Outbox {
    /// Takes the datagram that was committed first.
    pub fn pop(&mut self) -> Option<Datagram> {
        self.queue.pop_front()
    }

    /// How many datagrams wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl Outgoing for Outbox {
    fn buffer(&mut self) -> &mut [u8] {
        &mut self.scratch[..]
    }

    fn commit(&mut self, len: usize, path: Path) {
        if let Some(bytes) = self.scratch.get(..len) {
            self.queue.push_back(Datagram { path, bytes: bytes.to_vec() });
        }
    }
}

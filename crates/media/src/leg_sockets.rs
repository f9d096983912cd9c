//! The sockets of one media thread that belong to one leg each, by the slot of its call.
//!
//! There may be thousands, so they are not waited for one by one: the kernel says which of them can be read, and a thread without such legs
//! asks nothing.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

use crate::counters::Wrapping;
use crate::leg_ports::LegSockets;
use crate::ports::MAX_PORTS;
use crate::udp::{Outlet, ReadySet};

/// One of the two sockets of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LegSocket {
    /// The slot of its call.
    pub(crate) slot: u32,
    /// Of RTCP that is not multiplexed.
    pub(crate) is_rtcp: bool,
}

impl LegSocket {
    fn key(self) -> u64 {
        u64::from(self.slot) << 1 | u64::from(self.is_rtcp)
    }

    fn of_key(key: u64) -> LegSocket {
        LegSocket { slot: (key >> 1) as u32, is_rtcp: key & 1 == 1 }
    }

    /// How it is named among the places that datagrams leave by; the ports that calls share come before.
    pub(crate) fn outlet(self) -> u32 {
        MAX_PORTS as u32 + self.key() as u32
    }
}

pub(crate) struct LegSocketTable {
    legs: Box<[Option<Watched>]>,
    ready: ReadySet,
    open: usize,
}

struct Watched {
    sockets: LegSockets,
    /// Datagrams that the kernel lost of `rtp` and of `rtcp`.
    lost: [Wrapping; 2],
}

impl LegSocketTable {
    pub(crate) fn new(slots: usize) -> io::Result<LegSocketTable> {
        Ok(LegSocketTable { legs: std::iter::repeat_with(|| None).take(slots).collect(), ready: ReadySet::new()?, open: 0 })
    }

    /// The leg of the call in that slot has these from now on.
    pub(crate) fn put(&mut self, slot: u32, sockets: LegSockets) -> io::Result<()> {
        let Some(place) = self.legs.get_mut(slot as usize) else { return Ok(()) };
        for (socket, is_rtcp) in [(Some(&sockets.rtp), false), (sockets.rtcp.as_ref(), true)] {
            if let Some(socket) = socket {
                self.ready.watch(socket.as_fd(), LegSocket { slot, is_rtcp }.key())?;
            }
        }
        self.open += usize::from(place.replace(Watched { sockets, lost: Default::default() }).is_none());
        Ok(())
    }

    /// The call in that slot is over: closes its sockets and gives their ports back.
    pub(crate) fn close(&mut self, slot: u32) {
        let taken = self.legs.get_mut(slot as usize).and_then(Option::take);
        self.open -= usize::from(taken.is_some());
    }

    /// RTCP comes with RTP: its own socket is closed.
    pub(crate) fn close_rtcp(&mut self, slot: u32) {
        if let Some(watched) = self.legs.get_mut(slot as usize).and_then(Option::as_mut) {
            watched.sockets.rtcp = None;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.legs.iter_mut().for_each(|place| *place = None);
        self.open = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// How many have something to read, at most a batch.
    pub(crate) fn look(&mut self) -> usize {
        self.ready.look()
    }

    /// One of those that the last look found.
    pub(crate) fn found(&self, index: usize) -> LegSocket {
        LegSocket::of_key(self.ready.key(index))
    }

    pub(crate) fn socket(&self, LegSocket { slot, is_rtcp }: LegSocket) -> Option<&UdpSocket> {
        let sockets = &self.legs.get(slot as usize)?.as_ref()?.sockets;
        if is_rtcp { sockets.rtcp.as_ref() } else { Some(&sockets.rtp) }
    }

    /// Where the far end finds it.
    pub(crate) fn advertised(&self, LegSocket { slot, is_rtcp }: LegSocket) -> Option<SocketAddr> {
        let sockets = &self.legs.get(slot as usize)?.as_ref()?.sockets;
        if is_rtcp { sockets.advertised_rtcp() } else { Some(sockets.advertised) }
    }

    pub(crate) fn by_outlet(&self, Outlet { port, .. }: Outlet) -> Option<&UdpSocket> {
        self.socket(LegSocket::of_key(u64::from(port.checked_sub(MAX_PORTS as u32)?)))
    }

    /// What the kernel has lost of that socket since it was asked last, if its count is `total` now.
    pub(crate) fn newly_lost(&mut self, LegSocket { slot, is_rtcp }: LegSocket, total: u32) -> u64 {
        let watched = self.legs.get_mut(slot as usize).and_then(Option::as_mut);
        watched.map_or(0, |watched| watched.lost[usize::from(is_rtcp)].since_last(total))
    }
}

impl AsFd for LegSocketTable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }
}

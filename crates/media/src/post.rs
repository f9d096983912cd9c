//! Where the relay writes its datagrams to: straight into the next batch.

use std::net::{IpAddr, SocketAddr};

use callport_relay::{Outgoing, Path};

use crate::leg_sockets::{LegSocket, LegSocketTable};
use crate::ports::{MAX_PORTS, PortIndex};
use crate::sockets::Sockets;
use crate::udp::{Flushed, Outbatch};

/// A remote address and the address of ours that it talks to.
pub(crate) type Source = Option<(SocketAddr, IpAddr)>;

/// Where a call leaves by.
#[derive(Clone, Copy)]
pub(crate) struct Exit {
    /// The port that its session descriptions name, but for the next.
    pub(crate) port: PortIndex,
    /// What its business leg has for itself.
    pub(crate) own: Option<OwnExit>,
}

/// The ports of an SDES leg.
#[derive(Clone, Copy)]
pub(crate) struct OwnExit {
    pub(crate) slot: u32,
    /// For RTP; that of RTCP follows it.
    pub(crate) port: u16,
    pub(crate) is_v4: bool,
}

/// One thread's way out.
pub(crate) struct Post {
    sockets: Sockets,
    legs: LegSocketTable,
    batch: Outbatch,
    sent: Flushed,
    /// Of the call that is being served.
    exit: Exit,
    /// Where to answer from, for the datagrams of the call that is being served.
    sources: [Source; SOURCES],
}

/// The sender of the datagram at hand, and both legs' settled addresses, the business's last.
const SOURCES: usize = 3;

impl Post {
    pub(crate) fn new(sockets: Sockets, legs: LegSocketTable) -> Post {
        let exit = Exit { port: 0, own: None };
        Post { sockets, legs, batch: Outbatch::default(), sent: Flushed::default(), exit, sources: [None; SOURCES] }
    }

    pub(crate) fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// The sockets that belong to one leg each.
    pub(crate) fn legs(&self) -> &LegSocketTable {
        &self.legs
    }

    /// The same, to change them.
    pub(crate) fn legs_mut(&mut self) -> &mut LegSocketTable {
        &mut self.legs
    }

    /// Closes the sockets of the leg in that slot, once what waits has left by them.
    pub(crate) fn close_leg(&mut self, slot: u32) {
        self.flush();
        self.legs.close(slot);
    }

    /// What leaves from now on is a call's that leaves there. On sockets that listen on every address: which of them each far end of the call
    /// knows us by. What leaves from another one would be refused by its ICE agent.
    pub(crate) fn serve(&mut self, exit: Exit, sources: [Source; SOURCES]) {
        self.exit = exit;
        self.sources = sources;
    }

    /// By which socket that way leaves, and, where it is one of a leg alone, from which address of ours.
    fn outlet(&self, path: Path) -> (u32, Source) {
        let shared = (u32::from(self.exit.port), None);
        let Some(OwnExit { slot, port, is_v4 }) = self.exit.own.filter(|own| own.is_v4 == path.remote.is_ipv4()) else { return shared };
        let is_rtcp = match path.local.port() {
            local if local == port => false,
            local if local == port + 1 => true, // the lower port is even
            _ => return shared,
        };
        debug_assert_eq!(is_v4, path.local.is_ipv4());
        (LegSocket { slot, is_rtcp }.outlet(), self.sources[SOURCES - 1])
    }

    /// Sends what waits.
    pub(crate) fn flush(&mut self) {
        let of_a_leg = |port: u32| port >= MAX_PORTS as u32;
        self.sent += self.batch.flush(|outlet| match of_a_leg(outlet.port) {
            true => self.legs.by_outlet(outlet),
            false => self.sockets.outlet(outlet),
        });
    }

    pub(crate) fn sent(&self) -> Flushed {
        self.sent
    }
}

impl Outgoing for Post {
    fn buffer(&mut self) -> &mut [u8] {
        if self.batch.is_full() {
            self.flush();
        }
        self.batch.room()
    }

    fn commit(&mut self, len: usize, path: Path) {
        let (outlet, of_leg) = self.outlet(path);
        let known = self.sources.iter().flatten().find(|(remote, _)| *remote == path.remote);
        let source = known.copied().or(of_leg).map(|(_, source)| source);
        self.batch.commit(len, outlet, path.remote, source);
    }
}

//! Where the relay writes its datagrams to: straight into the next batch.

use std::net::{IpAddr, SocketAddr};

use callport_relay::{Outgoing, Path};

use crate::ports::PortIndex;
use crate::sockets::Sockets;
use crate::udp::{Flushed, Outbatch};

/// A remote address and the address of ours that it talks to.
pub(crate) type Source = Option<(SocketAddr, IpAddr)>;

/// One thread's way out.
pub(crate) struct Post {
    sockets: Sockets,
    batch: Outbatch,
    sent: Flushed,
    /// The port of the call that is being served: the one that its session descriptions name.
    port: PortIndex,
    /// Where to answer from, for the datagrams of the call that is being served.
    sources: [Source; SOURCES],
}

/// Both legs' nominated addresses and the sender of the datagram at hand.
const SOURCES: usize = 3;

impl Post {
    pub(crate) fn new(sockets: Sockets) -> Post {
        Post { sockets, batch: Outbatch::default(), sent: Flushed::default(), port: 0, sources: [None; SOURCES] }
    }

    pub(crate) fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// What leaves from now on is a call's on that port. On sockets that listen on every address: which of them each far end of the call
    /// knows us by. What leaves from another one would be refused by its ICE agent.
    pub(crate) fn serve(&mut self, port: PortIndex, sources: [Source; SOURCES]) {
        self.port = port;
        self.sources = sources;
    }

    /// Sends what waits.
    pub(crate) fn flush(&mut self) {
        self.sent += self.batch.flush(|outlet| self.sockets.outlet(outlet));
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
        let source = self.sources.iter().flatten().find(|(remote, _)| *remote == path.remote).map(|(_, source)| *source);
        self.batch.commit(len, self.port, path.remote, source);
    }
}

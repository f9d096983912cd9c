//! TLS connections: taken from SIP servers of businesses, and opened to them. Each has a task of its own that carries bytes and knows nothing of
//! SIP; what it reads goes to the edge, and what the edge has for it waits in a bounded queue.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use callport_core::address::is_public;
use callport_core::sip::SipHost;
use callport_sip_proto::transaction::table::ConnectionId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::config::{SipBounds, SipConfig};
use crate::tls;

/// Messages that may wait for one connection. A peer that takes none of them is closed.
const OUTBOX: usize = 256;
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// A connection as the edge holds it.
pub(crate) struct Open {
    pub(crate) peer: SocketAddr,
    pub(crate) here: Option<SocketAddr>,
    /// Whom it was opened to; `None`: the peer opened it.
    pub(crate) target: Option<(String, u16)>,
    outbox: mpsc::Sender<Vec<u8>>,
}

/// Something that a connection tells the edge.
pub(crate) enum Wire {
    /// It is open.
    Opened(ConnectionId, Open),
    /// It could not be opened, and why.
    NotOpened((String, u16), String),
    /// Bytes came.
    Bytes(ConnectionId, Vec<u8>),
    /// It is over.
    Closed(ConnectionId),
}

/// Every open connection.
#[derive(Default)]
pub(crate) struct Connections {
    open: BTreeMap<ConnectionId, Open>,
    by_target: BTreeMap<(String, u16), ConnectionId>,
    sources: BTreeMap<IpAddr, usize>,
}

impl Connections {
    /// Whether one more of this address may be taken.
    pub(crate) fn has_room(&self, source: IpAddr, bounds: &SipBounds) -> bool {
        self.open.len() < bounds.connections && self.sources.get(&source).copied().unwrap_or_default() < bounds.per_source
    }

    pub(crate) fn add(&mut self, id: ConnectionId, open: Open) {
        match &open.target {
            Some(target) => drop(self.by_target.insert(target.clone(), id)),
            None => *self.sources.entry(open.peer.ip()).or_default() += 1,
        }
        self.open.insert(id, open);
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) {
        let Some(open) = self.open.remove(&id) else { return };
        match &open.target {
            Some(target) if self.by_target.get(target) == Some(&id) => drop(self.by_target.remove(target)),
            Some(_) => {}
            None => {
                let left = self.sources.get(&open.peer.ip()).copied().unwrap_or_default().saturating_sub(1);
                match left {
                    0 => drop(self.sources.remove(&open.peer.ip())),
                    left => drop(self.sources.insert(open.peer.ip(), left)),
                }
            }
        }
    }

    /// The one that was opened to this target.
    pub(crate) fn to(&self, target: &(String, u16)) -> Option<ConnectionId> {
        self.by_target.get(target).copied()
    }

    /// False: it is gone, or its peer takes nothing.
    pub(crate) fn send(&self, id: ConnectionId, bytes: Vec<u8>) -> bool {
        self.open.get(&id).is_some_and(|open| open.outbox.try_send(bytes).is_ok())
    }

    /// Lets go of it: its task closes the socket once what was to be sent is sent.
    pub(crate) fn close(&mut self, id: ConnectionId) {
        self.remove(id);
    }

    /// Both ends, theirs first.
    pub(crate) fn ends(&self, id: ConnectionId) -> Option<(SocketAddr, SocketAddr)> {
        let open = self.open.get(&id)?;
        Some((open.peer, open.here.unwrap_or(open.peer)))
    }

    pub(crate) fn peer(&self, id: ConnectionId) -> Option<SocketAddr> {
        self.open.get(&id).map(|open| open.peer)
    }
}

/// Takes a client: TLS, then bytes until it is over.
pub(crate) async fn take(stream: TcpStream, id: ConnectionId, config: Arc<SipConfig>, wire: mpsc::Sender<Wire>) {
    let (Ok(peer), here) = (stream.peer_addr(), stream.local_addr().ok()) else { return };
    let acceptor = TlsAcceptor::from(config.server.clone());
    match timeout(config.bounds.handshake, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => carry(stream.into(), id, (peer, here, None), config.bounds, wire).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a SIP client's TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "a SIP client did not finish its TLS handshake in time"),
    }
}

/// Opens a connection to a business's server, and carries it until it is over.
pub(crate) async fn open(target: (String, u16), id: ConnectionId, config: Arc<SipConfig>, wire: mpsc::Sender<Wire>) {
    match timeout(config.bounds.connect, dial(&target, &config)).await {
        Ok(Ok((stream, peer, here))) => carry(stream, id, (peer, here, Some(target)), config.bounds, wire).await,
        Ok(Err(why)) => drop(wire.send(Wire::NotOpened(target, why)).await),
        Err(_) => {
            let why = format!("no TLS connection within {:?}", config.bounds.connect);
            let _ = wire.send(Wire::NotOpened(target, why)).await; // the edge has stopped
        }
    }
}

type Dialled = (TlsStream<TcpStream>, SocketAddr, Option<SocketAddr>);

async fn dial(target: &(String, u16), config: &SipConfig) -> Result<Dialled, String> {
    let (host, port) = target;
    let name = tls::name_of(host).ok_or_else(|| format!("{host} is no name that a certificate could have"))?;
    let addresses = addresses(host, *port, config.public_only).await.map_err(|error| format!("{host}: {error}"))?;
    let connector = TlsConnector::from(config.client.clone());
    let mut last = format!("{host} has no address");
    for address in addresses {
        let stream = match TcpStream::connect(address).await {
            Ok(stream) => stream,
            Err(error) => {
                last = format!("{address}: {error}");
                continue;
            }
        };
        let (here, _) = (stream.local_addr().ok(), stream.set_nodelay(true));
        match connector.connect(name.clone(), stream).await {
            Ok(stream) => return Ok((stream.into(), address, here)),
            Err(error) => last = format!("TLS with {host} at {address}: {error}"),
        }
    }
    Err(last)
}

/// The addresses of a host, without those inside the operator's network where they are not allowed.
pub(crate) async fn addresses(host: &str, port: u16, public_only: bool) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = match SipHost::parse(host).ok().and_then(|host| host.address()) {
        Some(address) => vec![(address, port).into()],
        None => tokio::net::lookup_host((host, port)).await?.collect(),
    };
    let allowed: Vec<_> = found.into_iter().filter(|address| !public_only || is_public(address.ip())).collect();
    if allowed.is_empty() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it leads to no address that is public"));
    }
    Ok(allowed)
}

type Ends = (SocketAddr, Option<SocketAddr>, Option<(String, u16)>);

async fn carry(mut stream: TlsStream<TcpStream>, id: ConnectionId, ends: Ends, bounds: SipBounds, wire: mpsc::Sender<Wire>) {
    let (peer, here, target) = ends;
    let (outbox, mut waiting) = mpsc::channel::<Vec<u8>>(OUTBOX);
    if wire.send(Wire::Opened(id, Open { peer, here, target, outbox })).await.is_err() {
        return;
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        tokio::select! { biased;
            bytes = waiting.recv() => match bytes {
                Some(bytes) if send(&mut stream, &bytes, bounds.write).await => {}
                _ => break,
            },
            read = timeout(bounds.idle, stream.read(&mut chunk)) => match read {
                Ok(Ok(count)) if count > 0 => {
                    if wire.send(Wire::Bytes(id, chunk[..count].to_vec())).await.is_err() {
                        break;
                    }
                }
                _ => break,
            },
        }
    }
    let _ = timeout(bounds.write, stream.shutdown()).await; // the peer may be gone already
    let _ = wire.send(Wire::Closed(id)).await; // the edge has stopped
}

async fn send(stream: &mut TlsStream<TcpStream>, bytes: &[u8], limit: Duration) -> bool {
    let sent = timeout(limit, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    });
    matches!(sent.await, Ok(Ok(())))
}

//! TLS connections, taken and opened. Each has a task that carries bytes and knows nothing of SIP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callport_sip_proto::transaction::table::ConnectionId;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::config::SipBackendConfig;

/// Messages that may wait for one connection; a peer that takes none of them is closed.
const OUTBOX: usize = 64;
/// Bytes read at once.
const CHUNK: usize = 16 * 1024;
/// A peer that takes nothing for so long is closed.
const WRITE_WITHIN: Duration = Duration::from_secs(20);
/// A connection over which nothing comes for so long is closed.
const IDLE_WITHIN: Duration = Duration::from_secs(3600);

/// What a connection tells.
pub(super) enum Wire {
    Opened(ConnectionId, Open),
    /// The platform could not be reached, and why.
    NotOpened(String),
    Bytes(ConnectionId, Vec<u8>),
    Closed(ConnectionId),
}

/// A connection that is open.
pub(super) struct Open {
    pub(super) here: Option<SocketAddr>,
    pub(super) there: SocketAddr,
    pub(super) outbox: mpsc::Sender<Vec<u8>>,
    /// We opened it, to the platform.
    pub(super) is_ours: bool,
}

/// Takes a client.
pub(super) async fn take(stream: TcpStream, id: ConnectionId, config: Arc<SipBackendConfig>, wire: mpsc::Sender<Wire>) {
    let (Ok(there), here) = (stream.peer_addr(), stream.local_addr().ok()) else {
        let _ = wire.send(Wire::Closed(id)).await; // it is gone already
        return;
    };
    match timeout(config.connect_within, TlsAcceptor::from(config.server.clone()).accept(stream)).await {
        Ok(Ok(stream)) => carry(stream.into(), id, (here, there, false), wire).await,
        Ok(Err(error)) => {
            tracing::warn!(%there, %error, "TLS with whoever connected failed");
            let _ = wire.send(Wire::Closed(id)).await; // the backend has stopped
        }
        Err(_) => drop(wire.send(Wire::Closed(id)).await),
    }
}

/// Opens a connection to the platform.
pub(super) async fn open(id: ConnectionId, config: Arc<SipBackendConfig>, wire: mpsc::Sender<Wire>) {
    let opened = match timeout(config.connect_within, dial(&config)).await {
        Ok(opened) => opened,
        Err(_) => Err(format!("no TLS connection within {} s", config.connect_within.as_secs())),
    };
    match opened {
        Ok((stream, here, there)) => carry(stream, id, (here, there, true), wire).await,
        Err(why) => drop(wire.send(Wire::NotOpened(why)).await),
    }
}

async fn dial(config: &SipBackendConfig) -> Result<(TlsStream<TcpStream>, Option<SocketAddr>, SocketAddr), String> {
    let (host, port) = config.platform.as_ref().ok_or("it is not known where the platform is")?;
    let name =
        ServerName::try_from(config.domain.clone()).map_err(|_| format!("{} is no name that a certificate could have", config.domain))?;
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), *port)).await.map_err(|error| format!("{host}:{port}: {error}"))?;
    let (here, _) = (stream.local_addr().ok(), stream.set_nodelay(true));
    let there = stream.peer_addr().map_err(|error| error.to_string())?;
    let connected = TlsConnector::from(config.client.clone()).connect(name, stream).await;
    let stream = connected.map_err(|error| format!("TLS with {} at {there}: {error}", config.domain))?;
    Ok((stream.into(), here, there))
}

type Ends = (Option<SocketAddr>, SocketAddr, bool);

async fn carry(mut stream: TlsStream<TcpStream>, id: ConnectionId, (here, there, is_ours): Ends, wire: mpsc::Sender<Wire>) {
    let (outbox, mut waiting) = mpsc::channel::<Vec<u8>>(OUTBOX);
    if wire.send(Wire::Opened(id, Open { here, there, outbox, is_ours })).await.is_err() {
        return;
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        tokio::select! { biased;
            bytes = waiting.recv() => match bytes {
                Some(bytes) if send(&mut stream, &bytes).await => {}
                _ => break,
            },
            read = timeout(IDLE_WITHIN, stream.read(&mut chunk)) => match read {
                Ok(Ok(count @ 1..)) if wire.send(Wire::Bytes(id, chunk[..count].to_vec())).await.is_ok() => {}
                _ => break,
            },
        }
    }
    let _ = timeout(WRITE_WITHIN, stream.shutdown()).await; // the peer may be gone already
    let _ = wire.send(Wire::Closed(id)).await; // the backend has stopped
}

async fn send(stream: &mut TlsStream<TcpStream>, bytes: &[u8]) -> bool {
    let sent = timeout(WRITE_WITHIN, async {
        stream.write_all(bytes).await?;
        stream.flush().await
    });
    matches!(sent.await, Ok(Ok(())))
}

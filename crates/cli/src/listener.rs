//! An HTTP listener with a bound on everything, once for all adapters behind it: connections in all and from one source, the time that
//! heads, bodies and replies may take, idle connections, memory for bodies, work that outlives its connection, and its own end.
//!
//! Defaults and units are in `config/public.rs`; why they are what they are: docs/decisions/0017-bounds-of-the-listener.md.

mod body;
mod connection;
mod request;
mod seats;
mod source;
pub mod tls;
mod watch;
mod wire;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::stop::StopSignal;
use body::Budget;
use seats::{Seat, Seats};

/// A pause after the kernel could not hand out a connection, which it cannot again until something is closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener allows.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at a time. For one more, the one that has been idle longest goes; while none is idle, newcomers wait in the kernel.
    pub connections: usize,
    /// Connections at a time from one source. For one more, that source's oldest idle one goes; while none is idle, newcomers are closed.
    pub per_source: usize,
    /// Of all connections, so many may be WebSockets; one more is answered 503.
    pub sockets: usize,
    /// Proxies: not a source of their own. Whom they speak for stands in `X-Forwarded-For`.
    pub proxies: Vec<IpAddr>,
    /// From accept to the end of the first request head, the TLS handshake included; later, from the first byte of a head to its end.
    pub head_timeout: Duration,
    /// From the end of a head to the end of its body.
    pub body_timeout: Duration,
    /// For the client to take a reply once it is there.
    pub reply_timeout: Duration,
    /// Without a request in hand.
    pub idle_timeout: Duration,
    /// Of a request head, in bytes.
    pub head_bytes: usize,
    /// Of all bodies of requests in hand, in bytes.
    pub bodies_bytes: usize,
}

impl Bounds {
    /// For a listener of our own that lives for a moment.
    pub fn brief(connections: usize, patience: Duration) -> Bounds {
        Bounds {
            connections,
            per_source: connections,
            sockets: 0,
            proxies: Vec::new(),
            head_timeout: patience,
            body_timeout: patience,
            reply_timeout: patience,
            idle_timeout: patience,
            head_bytes: 8192,
            bodies_bytes: 1024 * 1024,
        }
    }
}

/// A bound socket that serves nothing yet: its address is known before anything else starts.
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
}

/// What all connections of a listener share.
struct Door {
    bounds: Bounds,
    seats: Arc<Seats>,
    sockets: Arc<Semaphore>,
    bodies: Arc<Budget>,
    router: Router,
    stop: StopSignal,
}

impl Listener {
    /// Takes the address. Port 0 takes a free one.
    pub async fn bind(name: &'static str, address: SocketAddr, tls: Option<TlsAcceptor>, bounds: Bounds) -> io::Result<Listener> {
        let socket = TcpListener::bind(address).await.map_err(|error| io::Error::new(error.kind(), unbound(name, address, &error)))?;
        Ok(Listener { name, socket, tls, bounds })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until told to stop: then finishes the requests in hand, and drops them when told to.
    pub async fn serve(self, router: Router, stop: StopSignal) {
        let Listener { name, socket, tls, bounds } = self;
        let door = Arc::new(Door {
            seats: Seats::new(name, bounds.connections, bounds.per_source),
            sockets: Arc::new(Semaphore::new(bounds.sockets)),
            bodies: Budget::new(bounds.bodies_bytes),
            bounds,
            router,
            stop: stop.clone(),
        });
        let mut connections = JoinSet::new();
        let (mut draining, mut cut) = (stop.clone(), stop);
        loop {
            let next = tokio::select! {
                next = accept(name, &socket, &door) => next,
                () = draining.draining() => break,
            };
            while connections.try_join_next().is_some() {}
            if let Some((stream, peer, seat)) = next {
                connections.spawn(connection::serve(stream, peer, tls.clone(), door.clone(), seat));
            }
        }
        drop(socket);
        // Requests go on without their connections; they keep the seats.
        let all_gone = async {
            while connections.join_next().await.is_some() {}
            door.seats.all_left().await;
        };
        tokio::select! {
            () = all_gone => {}
            () = cut.cut() => tracing::debug!(listener = name, "connections that did not close by themselves were closed"),
        }
    }
}

/// The next connection that has a seat.
async fn accept(name: &'static str, socket: &TcpListener, door: &Door) -> Option<(TcpStream, SocketAddr, Seat)> {
    match socket.accept().await {
        Ok((stream, peer)) => {
            let seat = door.seats.take(source::counted(peer.ip(), &door.bounds.proxies)).await?;
            Some((stream, peer, seat))
        }
        Err(error) => {
            tracing::warn!(listener = name, %error, "a connection could not be taken");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Why an address could not be taken, and what to do where that is known.
fn unbound(name: &str, address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{name} listener: {address} is taken, perhaps by another callport or a demo: stop that, or choose another port with --set \
             {name}.listen={} (0 takes a free one)",
            SocketAddr::new(address.ip(), 0)
        ),
        _ => format!("{name} listener on {address}: {error}"),
    }
}

#[cfg(test)]
mod tests;

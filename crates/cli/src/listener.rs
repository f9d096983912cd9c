//! An HTTP listener with a bound on everything: connections, request heads, handshakes, and its own end.

mod connection;
pub mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::stop::Stop;

/// A pause after the kernel could not hand out a connection, which it cannot again until something is closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at a time; more wait in the kernel.
    pub connections: usize,
    /// For the TLS handshake, and for each request head.
    pub head_timeout: Duration,
    /// Of a request head, in bytes.
    pub head_bytes: usize,
}

/// A bound socket that serves nothing yet: its address is known before anything else starts.
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
}

impl Listener {
    /// Takes the address. Port 0 takes a free one.
    pub async fn bind(name: &'static str, address: SocketAddr, tls: Option<TlsAcceptor>, bounds: Bounds) -> io::Result<Listener> {
        let socket = TcpListener::bind(address)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("{name} listener on {address}: {error}")))?;
        Ok(Listener { name, socket, tls, bounds })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until told to stop: then finishes the requests in hand, and drops them when told to.
    pub async fn serve(self, router: Router, stop: Stop) {
        let permits = Arc::new(Semaphore::new(self.bounds.connections));
        let mut connections = JoinSet::new();
        let mut draining = stop.clone();
        loop {
            let next = tokio::select! {
                next = self.accept(&permits) => next,
                () = draining.draining() => break,
            };
            while connections.try_join_next().is_some() {}
            let Some((stream, peer, permit)) = next else {
                continue;
            };
            let serving = connection::serve(stream, peer, self.tls.clone(), self.bounds, router.clone(), stop.clone());
            connections.spawn(async move {
                serving.await;
                drop(permit);
            });
        }
        drop(self.socket);
        let mut cut = stop;
        tokio::select! {
            () = async { while connections.join_next().await.is_some() {} } => {}
            () = cut.cut() => tracing::debug!(listener = self.name, left = connections.len(), "connections cut"),
        }
    }

    async fn accept(&self, permits: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = permits.clone().acquire_owned().await.ok()?;
        match self.socket.accept().await {
            Ok((stream, peer)) => Some((stream, peer, permit)),
            Err(error) => {
                tracing::warn!(listener = self.name, %error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;

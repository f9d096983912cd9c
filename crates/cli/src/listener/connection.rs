//! One connection: handshake, requests, and an end.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::Bounds;
use crate::stop::Stop;

/// The smallest buffer that the HTTP/1 reader works with, in bytes.
const SMALLEST_HEAD: usize = 8192;

/// Requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 128;

pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, bounds: Bounds, router: Router, stop: Stop) {
    let _ = stream.set_nodelay(true); // only costs latency
    match tls {
        None => requests(stream, peer, bounds, router, stop).await,
        Some(acceptor) => match tokio::time::timeout(bounds.head_timeout, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, bounds, router, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake timed out"),
        },
    }
}

async fn requests<S>(stream: S, peer: SocketAddr, bounds: Bounds, router: Router, mut stop: Stop)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(axum::Extension(ConnectInfo(peer))));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(bounds.head_timeout).max_buf_size(bounds.head_bytes.max(SMALLEST_HEAD));
    let head_bytes = u32::try_from(bounds.head_bytes).unwrap_or(u32::MAX);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(head_bytes).max_concurrent_streams(STREAMS);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut draining = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = stop.draining(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

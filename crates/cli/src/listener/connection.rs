//! One connection: handshake, requests, and an end.

use std::future::{Future as _, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::request::Requests;
use super::seats::Seat;
use super::watch::{STREAMS, Watch};
use super::wire::Wire;
use super::{Bounds, Door};

/// The smallest buffer that the HTTP/1 reader works with, in bytes.
const SMALLEST_HEAD: usize = 8192;

/// What an HTTP/2 client may send ahead of its readers, in bytes: on one stream, and on all of a connection together.
const WINDOW: u32 = 64 * 1024;

/// What may wait to be sent on an HTTP/2 stream, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// A timer that has nothing to wait for looks again after so long.
const FAR: Duration = Duration::from_secs(3600);

pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, tls: Option<TlsAcceptor>, door: Arc<Door>, seat: Seat) {
    let _ = stream.set_nodelay(true); // only costs latency
    let accepted = Instant::now();
    let watch = Watch::new(seat, &door.bounds, accepted);
    let Some(acceptor) = tls else {
        return requests(stream, peer, &door, watch).await;
    };
    let handshake = timeout_at(accepted + door.bounds.head_timeout, acceptor.accept(stream));
    let done = tokio::select! {
        done = handshake => done,
        () = watch.told_to_leave() => return,
    };
    match done {
        Ok(Ok(stream)) => requests(stream, peer, &door, watch).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake timed out"),
    }
}

/// What ends the wait of a connection's task.
enum Happened {
    Ended,
    Overdue,
    Moved,
    Leave,
    Draining,
}

async fn requests<S>(stream: S, peer: SocketAddr, door: &Arc<Door>, watch: Arc<Watch>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let requests = Requests { door: door.clone(), watch: watch.clone(), peer };
    let service = TowerToHyperService::new(tower::service_fn(move |request| requests.clone().serve(request)));
    let builder = builder(&door.bounds);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(Wire::new(stream, watch.clone())), service);
    let timer = sleep_until(Instant::now() + FAR);
    tokio::pin!(connection, timer);
    let (mut stop, mut draining, mut leaving) = (door.stop.clone(), false, false);
    loop {
        let on_time = poll_fn(|cx| {
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return Poll::Ready(Happened::Ended);
            }
            loop {
                let now = Instant::now();
                let deadline = watch.deadline().unwrap_or(now + FAR);
                if deadline <= now {
                    return Poll::Ready(Happened::Overdue);
                }
                // Set again only when it would ring too late: a connection that is in use moves its deadline all the time.
                if timer.is_elapsed() || deadline < timer.deadline() {
                    timer.as_mut().reset(deadline);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        });
        let happened = tokio::select! {
            happened = on_time => happened,
            () = watch.moved.notified() => Happened::Moved,
            () = watch.told_to_leave(), if !leaving => Happened::Leave,
            () = stop.draining(), if !draining => Happened::Draining,
        };
        match happened {
            Happened::Ended => return,
            Happened::Moved => {}
            // A client that speaks HTTP/2 is told that its connection ends, and which requests were not looked at.
            Happened::Overdue | Happened::Leave if watch.may_say_goodbye() => {
                leaving = true;
                watch.leaves();
                connection.as_mut().graceful_shutdown();
            }
            Happened::Overdue => return,
            Happened::Leave if watch.is_idle() => return,
            Happened::Leave | Happened::Draining => {
                (leaving, draining) = (leaving || matches!(happened, Happened::Leave), draining || matches!(happened, Happened::Draining));
                watch.leaves();
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder(bounds: &Bounds) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Heads are timed by the watch, which also knows of handshakes, prefaces and HTTP/2.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(bounds.head_bytes.max(SMALLEST_HEAD));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(bounds.head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

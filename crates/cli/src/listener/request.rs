//! One request: as a task of its own, which its client cannot stop half-way, with everything that it holds until it is done.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::header::{RETRY_AFTER, UPGRADE};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use axum::response::IntoResponse;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::body::{Intake, Share};
use super::watch::{InHand, Watch};
use super::{Door, source};

/// Serves the requests of one connection.
#[derive(Clone)]
pub(super) struct Requests {
    pub(super) door: Arc<Door>,
    pub(super) watch: Arc<Watch>,
    pub(super) peer: SocketAddr,
}

impl Requests {
    pub(super) async fn serve<B>(self, request: Request<B>) -> Result<Response<Reply>, Infallible>
    where
        B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let in_hand = Arc::new(self.watch.begin(request.version()));
        let response = self.answer(request, in_hand.clone()).await;
        Ok(response.map(|body| Reply::new(body, in_hand)))
    }

    async fn answer<B>(self, request: Request<B>, in_hand: Arc<InHand>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let Self { door, watch, peer } = self;
        let socket = match wants_a_socket(&request).then(|| door.sockets.clone().try_acquire_owned()).transpose() {
            Ok(socket) => socket,
            Err(_) => return busy("All sockets of this server are taken. Try again later.\n"),
        };
        // A client that resets its requests does not get more work done by it.
        let Ok(turn) = watch.work.clone().acquire_owned().await else { return busy("This connection ends.\n") };
        let share = door.bodies.share();
        let whole_by = Instant::now() + door.bounds.body_timeout;
        let from = source::of(peer.ip(), request.headers(), &door.bounds.proxies);
        let mut request = request.map(|body| match body.is_end_stream() {
            true => Body::empty(),
            false => Body::new(Intake::new(body, share.clone(), whole_by)),
        });
        request.extensions_mut().insert(from);
        request.extensions_mut().insert(ConnectInfo(peer));
        let (router, mut stop) = (door.router.clone(), door.stop.clone());
        let work = tokio::spawn(async move {
            let _until_done = (turn, in_hand, Done(share));
            tokio::select! {
                reply = router.oneshot(request) => Some(reply.unwrap_or_else(|never| match never {})),
                () = stop.cut() => None,
            }
        });
        let response = match work.await {
            Ok(Some(response)) => response,
            // The listener drops this connection at the same moment. A reply from here would come or not come by luck.
            Ok(None) => std::future::pending().await,
            Err(error) => {
                tracing::error!(%error, "bug: a request panicked");
                (StatusCode::INTERNAL_SERVER_ERROR, "This request failed on our side.\n").into_response()
            }
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            watch.becomes_a_socket(socket);
        }
        response
    }
}

/// Gives a request's share of the budget back, also when its work panics.
struct Done(Arc<Share>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// Other upgrades (`h2c`) are offers that are passed over.
fn wants_a_socket<B>(request: &Request<B>) -> bool {
    request.headers().get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn busy(why: &'static str) -> Response<Body> {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, HeaderValue::from_static("5"))], why).into_response()
}

/// Bytes of a reply that are handed on at a time. HTTP/2 takes a piece when there is room for its first byte, however large it is, and
/// the reply would be out of sight while the client does not read it.
const PIECE: usize = 16 * 1024;

/// A body on its way out. The request is in hand until all of it was taken.
pub(super) struct Reply {
    body: Body,
    rest: Bytes,
    in_hand: Arc<InHand>,
}

impl Reply {
    fn new(body: Body, in_hand: Arc<InHand>) -> Self {
        in_hand.client_must_read();
        Self { body, rest: Bytes::new(), in_hand }
    }
}

impl HttpBody for Reply {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => {
                    self.in_hand.handler_must_write();
                    return Poll::Pending;
                }
                Poll::Ready(frame) => frame,
            };
            self.in_hand.client_must_read();
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        match hint.exact() {
            Some(exact) => SizeHint::with_exact(exact + rest),
            None => {
                hint.set_lower(hint.lower() + rest);
                hint
            }
        }
    }
}

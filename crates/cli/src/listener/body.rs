//! Bodies of requests: whole in time, and all of them together within a budget of bytes.
//!
//! A body that finds no room fails at once and gives back what it has, so that others can be completed: if all waited for room, none would.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use callport_engine::door::BodyFault;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Bytes for the bodies of all requests in hand.
pub(super) struct Budget {
    most: usize,
    held: AtomicUsize,
}

/// What one request holds of it. Handlers keep what they have read, so this goes when their work is done; what is read of a body after that is
/// thrown away and counts no more.
pub(super) struct Share {
    budget: Arc<Budget>,
    held: Mutex<Option<usize>>,
}

impl Budget {
    pub(super) fn new(most: usize) -> Arc<Budget> {
        Arc::new(Budget { most, held: AtomicUsize::new(0) })
    }

    pub(super) fn share(self: &Arc<Self>) -> Arc<Share> {
        Arc::new(Share { budget: self.clone(), held: Mutex::new(Some(0)) })
    }
}

impl Share {
    fn add(&self, bytes: usize) -> Result<(), BodyFault> {
        let mut held = self.held();
        let Some(mine) = held.as_mut() else { return Ok(()) };
        let fits = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.budget.most);
        self.budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| BodyFault::NoRoom)?;
        *mine += bytes;
        Ok(())
    }

    /// The work is done.
    pub(super) fn give_back(&self) {
        let mine = self.held().take().unwrap_or_default();
        self.budget.held.fetch_sub(mine, Ordering::Relaxed);
    }

    fn held(&self) -> MutexGuard<'_, Option<usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A body on its way in.
pub(super) struct Intake<B> {
    body: B,
    share: Arc<Share>,
    whole_by: Instant,
    late: Option<Pin<Box<Sleep>>>,
}

impl<B> Intake<B> {
    pub(super) fn new(body: B, share: Arc<Share>, whole_by: Instant) -> Self {
        Self { body, share, whole_by, late: None }
    }

    /// Only a body that makes its reader wait gets a timer.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let whole_by = self.whole_by;
        self.late.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(whole_by))).as_mut().poll(cx)
    }
}

impl<B> HttpBody for Intake<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let room = frame.data_ref().map_or(Ok(()), |data| self.share.add(data.len()));
                Poll::Ready(Some(room.map(|()| frame).map_err(Into::into)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_late(cx).map(|()| Some(Err(BodyFault::Late.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

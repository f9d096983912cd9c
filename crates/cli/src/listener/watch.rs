//! What one connection is doing, and the moment by which it must have got on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Version;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Bounds;
use super::seats::Seat;

/// Requests at a time on one HTTP/2 connection, and pieces of work that one connection may leave behind.
pub(super) const STREAMS: u32 = 32;

/// How long an HTTP/2 connection may take to end after it was told that it must.
const GOODBYE: Duration = Duration::from_secs(5);

/// One connection, seen by everything that touches it. It keeps the seat: whoever holds this, holds that.
pub(super) struct Watch {
    seat: Seat,
    head: Duration,
    idle: Duration,
    reply: Duration,
    state: Mutex<State>,
    /// Wakes the connection's task when another task moved the deadline forward.
    pub(super) moved: Notify,
    /// Pieces of work at a time, also of requests whose client has gone.
    pub(super) work: Arc<Semaphore>,
}

struct State {
    /// Requests from the end of their head to the end of their reply.
    requests: usize,
    /// When the last of them ended; at first, when the connection was accepted.
    since: Instant,
    /// There was a request.
    used: bool,
    http2: bool,
    /// When the first byte of the next head came. HTTP/2 also reads what is no head.
    head_began: Option<Instant>,
    /// Replies that the client has to take, and until when.
    replies: Vec<(u64, Instant)>,
    next: u64,
    /// Since when written bytes wait for the client.
    stalled: Option<Instant>,
    /// Since when no more requests are taken.
    leaving: Option<Instant>,
    /// It has become a WebSocket, of which there are so many.
    socket: Option<OwnedSemaphorePermit>,
}

/// A request in hand, until its reply was taken and its work is done.
pub(super) struct InHand {
    watch: Arc<Watch>,
    id: u64,
}

impl Watch {
    pub(super) fn new(seat: Seat, bounds: &Bounds, accepted: Instant) -> Arc<Watch> {
        let state = State {
            requests: 0,
            since: accepted,
            used: false,
            http2: false,
            head_began: None,
            replies: Vec::new(),
            next: 0,
            stalled: None,
            leaving: None,
            socket: None,
        };
        Arc::new(Watch {
            seat,
            head: bounds.head_timeout,
            idle: bounds.idle_timeout,
            reply: bounds.reply_timeout,
            state: Mutex::new(state),
            moved: Notify::new(),
            work: Arc::new(Semaphore::new(STREAMS as usize)),
        })
    }

    /// When the connection has to be closed, if nothing happens before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let waits_for_a_head = (state.requests == 0).then(|| match (state.leaving, state.used) {
            (Some(leaving), _) => leaving.max(state.since) + GOODBYE,
            (None, false) => state.since + self.head,
            (None, true) => {
                let idle = state.since + self.idle;
                state.head_began.map_or(idle, |began| idle.min(began + self.head))
            }
        });
        let replies = state.replies.iter().map(|(_, until)| *until);
        let stalled = state.stalled.map(|since| since + self.reply);
        replies.chain(waits_for_a_head).chain(stalled).min()
    }

    /// Whether an HTTP/2 connection has nothing to do, so that it can be told to end before it is dropped.
    pub(super) fn may_say_goodbye(&self) -> bool {
        let state = self.state();
        state.http2 && state.requests == 0 && state.leaving.is_none() && state.stalled.is_none()
    }

    /// No more requests are taken.
    pub(super) fn leaves(&self) {
        self.state().leaving.get_or_insert_with(Instant::now);
    }

    /// Whether no request is in hand.
    pub(super) fn is_idle(&self) -> bool {
        self.state().requests == 0
    }

    /// Returns when the connection's seat was given to somebody else.
    pub(super) async fn told_to_leave(&self) {
        self.seat.told_to_leave().await;
    }

    /// A head is complete.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> InHand {
        let mut state = self.state();
        state.requests += 1;
        state.used = true;
        state.http2 = version == Version::HTTP_2;
        state.head_began = None;
        state.next += 1;
        self.seat.busy();
        InHand { watch: self.clone(), id: state.next }
    }

    /// Bytes were read.
    pub(super) fn heard(&self) {
        let mut state = self.state();
        if state.requests == 0 && state.used && !state.http2 && state.head_began.is_none() {
            state.head_began = Some(Instant::now());
        }
    }

    /// Bytes could not be written: the client does not take them.
    pub(super) fn stalls(&self) {
        self.state().stalled.get_or_insert_with(Instant::now);
    }

    /// All bytes were written.
    pub(super) fn flushed(&self) {
        self.state().stalled = None;
    }

    /// It is a WebSocket from now on: nobody's seat to take, and its adapter bounds its time.
    pub(super) fn becomes_a_socket(&self, permit: Option<OwnedSemaphorePermit>) {
        self.state().socket = permit;
        self.seat.busy();
    }

    fn end(&self, id: u64) {
        let mut state = self.state();
        state.requests -= 1;
        state.replies.retain(|(reply, _)| *reply != id);
        if state.requests == 0 {
            state.since = Instant::now();
            if state.socket.is_none() {
                self.seat.idle();
            }
            self.moved.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    /// A piece of the reply is there: the client's time runs.
    pub(super) fn client_must_read(&self) {
        let until = Instant::now() + self.watch.reply;
        let mut state = self.watch.state();
        if state.replies.iter().all(|(reply, _)| *reply != self.id) {
            state.replies.push((self.id, until));
        }
    }

    /// The reply goes on when its handler does: no time of the client's.
    pub(super) fn handler_must_write(&self) {
        self.watch.state().replies.retain(|(reply, _)| *reply != self.id);
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.watch.end(self.id);
    }
}

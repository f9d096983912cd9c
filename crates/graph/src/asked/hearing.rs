//! The bytes of a body: how many are kept, how many are heard, and how long we wait for them.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use callport_engine::door::BodyFault;
use callport_wire::{Code, ErrorReply};
use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use super::malformed;
use crate::GraphConfig;
use crate::answer::Refusal;

/// Most bytes of a body that are read to find a token in it, beside the rest of the frame that passes this mark.
pub(super) const BEGINNING_MAX_BYTES: usize = 16 * 1024;

/// How long these may take.
const BEGINNING_MAX_WAIT: Duration = Duration::from_secs(10);

/// Most bytes of a body that are read without being kept. A client that is still sending when the connection closes sees no reply at
/// all, so a moderately large body is heard out and then refused.
const DRAIN_MAX_BYTES: usize = 4 * 1024 * 1024;

/// How long the body of a request that is already refused is heard out.
const DRAIN_MAX_WAIT: Duration = Duration::from_secs(5);

/// Requests at once whose token may stand in the body. With the beginning of each kept, they hold some megabytes of memory at most.
const STRANGERS_MAX: usize = 128;

/// Bodies of refused requests that are heard out at once. They hold no memory to speak of, but a connection each.
const REFUSED_BODIES_MAX: usize = 256;

/// Places for requests that have not shown a token yet and may have it in their body.
pub(crate) struct Strangers(Semaphore);

impl Default for Strangers {
    fn default() -> Self {
        Self(Semaphore::new(STRANGERS_MAX))
    }
}

impl Strangers {
    /// A place until the token is found, or the refusal of one too many.
    pub(super) fn enter(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.0.try_acquire().map_err(|_| {
            let details = "Too many requests at once carry their access token in the body. Send it in the Authorization header.";
            Refusal::because(Code::CloudUnavailable, details)
        })
    }
}

/// Bodies of refused requests that are heard out. Who drops this stops listening to all of them.
#[derive(Default)]
pub(crate) struct RefusedBodies(Mutex<JoinSet<()>>);

impl RefusedBodies {
    /// Hears one out beside what else is served, until it, its connection or its time ends. One too many is not heard: its connection
    /// closes, and its client may see no reply.
    fn hear_out(&self, body: impl Future<Output = ()> + Send + 'static) {
        let mut heard = self.0.lock();
        while heard.try_join_next().is_some() {}
        if heard.len() < REFUSED_BODIES_MAX {
            let in_time = tokio::time::timeout(DRAIN_MAX_WAIT, body);
            heard.spawn(async move { drop(in_time.await) });
        }
    }
}

/// A body on its way.
pub(super) struct Hearing {
    chunks: Option<BodyDataStream>,
    /// Its length, where it was announced.
    pub(super) announced: Option<usize>,
    /// The client sends nothing before it is told to go on.
    asks_first: bool,
    kept: Vec<u8>,
    heard: usize,
    max: usize,
    wait: Duration,
}

/// Why a body is not there.
#[derive(Debug)]
enum Unread {
    TooLarge,
    TooSlow,
    Broken,
    /// By the listener.
    GivenUp(BodyFault),
}

impl Hearing {
    pub(super) fn of(headers: &HeaderMap, body: Body, config: &GraphConfig) -> Self {
        Self {
            chunks: Some(body.into_data_stream()),
            announced: headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok()),
            asks_first: headers.contains_key(header::EXPECT),
            kept: Vec::new(),
            heard: 0,
            max: config.body_max_bytes,
            wait: config.body_timeout,
        }
    }

    /// The first bytes of the body, and whether they are all of it.
    pub(super) async fn beginning(&mut self) -> Result<(&[u8], bool), ErrorReply> {
        let wait = self.wait.min(BEGINNING_MAX_WAIT);
        let read = async {
            while self.kept.len() < BEGINNING_MAX_BYTES && self.more().await? {}
            Ok(())
        };
        tokio::time::timeout(wait, read).await.unwrap_or(Err(Unread::TooSlow)).map_err(|unread| self.refusal(&unread))?;
        Ok((&self.kept, self.chunks.is_none()))
    }

    /// All of it, if it is not too large.
    pub(super) async fn whole(&mut self) -> Result<&[u8], ErrorReply> {
        let read = match self.announced {
            Some(length) if length > self.max && (self.asks_first || length > DRAIN_MAX_BYTES) => Err(Unread::TooLarge),
            _ => {
                let wait = self.wait;
                let read = async {
                    while self.more().await? {}
                    if self.heard > self.max { Err(Unread::TooLarge) } else { Ok(()) }
                };
                tokio::time::timeout(wait, read).await.unwrap_or(Err(Unread::TooSlow))
            }
        };
        read.map_err(|unread| self.refusal(&unread))?;
        Ok(&self.kept)
    }

    /// One chunk more; false at the end. What comes beyond the largest body is heard and not kept.
    async fn more(&mut self) -> Result<bool, Unread> {
        let Some(chunks) = &mut self.chunks else { return Ok(false) };
        let Some(chunk) = chunks.next().await else {
            self.chunks = None;
            return Ok(false);
        };
        let chunk = chunk.map_err(|error| BodyFault::within(&error).map_or(Unread::Broken, Unread::GivenUp))?;
        self.heard = self.heard.saturating_add(chunk.len());
        if self.heard <= self.max {
            self.kept.extend_from_slice(&chunk);
        }
        if self.heard > DRAIN_MAX_BYTES.max(self.max) { Err(Unread::TooLarge) } else { Ok(true) }
    }

    /// The request is refused; what of its body is still to come is heard and not kept, so that the client reads its refusal. A client
    /// that asks before it sends need not send.
    pub(super) fn hear_out(mut self, refused: &RefusedBodies) {
        let Some(mut chunks) = self.chunks.take().filter(|_| !self.asks_first) else { return };
        let mut left = DRAIN_MAX_BYTES.saturating_sub(self.heard);
        refused.hear_out(async move {
            while let Some(Ok(chunk)) = chunks.next().await
                && chunk.len() <= left
            {
                left -= chunk.len();
            }
        });
    }

    /// The bytes that were read and kept so far.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    fn refusal(&self, unread: &Unread) -> ErrorReply {
        match unread {
            Unread::TooLarge => malformed(format!("The request body is larger than {} bytes.", self.max)).status(413),
            Unread::TooSlow => malformed("The request body did not arrive in time.").status(408),
            Unread::Broken => malformed("The request body broke off."),
            Unread::GivenUp(BodyFault::Late) => malformed(BodyFault::Late.to_string()).status(BodyFault::Late.status()),
            Unread::GivenUp(fault) => ErrorReply::new(Code::SomethingWentWrong).details(fault.to_string()).status(fault.status()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A body without end, which counts as long as somebody listens to it.
    fn hear(refused: &RefusedBodies, bodies: &Arc<()>) {
        let body = bodies.clone();
        refused.hear_out(async move {
            std::future::pending::<()>().await;
            drop(body);
        });
    }

    fn heard(bodies: &Arc<()>) -> usize {
        Arc::strong_count(bodies) - 1
    }

    #[tokio::test]
    async fn refused_bodies_are_heard_out_within_their_bound_and_until_the_stop() {
        let (refused, bodies) = (RefusedBodies::default(), Arc::new(()));
        for _ in 0..=REFUSED_BODIES_MAX {
            hear(&refused, &bodies);
        }
        assert_eq!(heard(&bodies), REFUSED_BODIES_MAX, "one too many is not heard");
        drop(refused);
        while heard(&bodies) > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_once_its_time_is_over() {
        let (refused, late, next) = (RefusedBodies::default(), Arc::new(()), Arc::new(()));
        (0..REFUSED_BODIES_MAX).for_each(|_| hear(&refused, &late));
        tokio::time::advance(DRAIN_MAX_WAIT).await;
        while heard(&late) > 0 {
            tokio::task::yield_now().await;
        }
        hear(&refused, &next);
        assert_eq!(heard(&next), 1);
    }
}

//! A panic is a bug of ours, contained to the task that it happened in: counted, told to the log, and made good by whoever owns the task.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The task panicked.
#[derive(Debug)]
pub(crate) struct Panicked(pub(crate) String);

/// Runs a future and returns its panic instead of passing it on. The future is dropped then, and what it held with it.
pub(crate) fn contained<F: Future>(future: F) -> Contained<F> {
    Contained(Some(Box::pin(future)))
}

pub(crate) struct Contained<F>(Option<Pin<Box<F>>>);

impl<F: Future> Future for Contained<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.0.as_mut() else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                self.0 = None;
                Poll::Ready(Ok(output))
            }
            Err(panic) => {
                self.0 = None;
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                Poll::Ready(Err(Panicked(text.unwrap_or_else(|| "no words".to_owned()))))
            }
        }
    }
}

//! Everything that runs by itself starts here, so that somebody acts when it panics, and so that a simulator can run it in its own order.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A future whose type is of no interest.
pub type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts tasks and lets them sleep.
pub trait Tasks: Send + Sync + 'static {
    /// Runs a task to its end. Its panics were caught before it comes here.
    fn spawn(&self, task: BoxFuture);
    /// Returns after so long, by a clock that nobody moves.
    fn sleep(&self, time: Duration) -> BoxFuture;
}

/// Tasks and sleeps of the runtime that the engine was started in. A test that pauses tokio's time owns the sleeps.
#[derive(Debug, Default)]
pub struct TokioTasks;

#[expect(clippy::disallowed_methods, reason = "this is the port that everything else goes through")]
impl Tasks for TokioTasks {
    fn spawn(&self, task: BoxFuture) {
        tokio::spawn(task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture {
        Box::pin(tokio::time::sleep(time))
    }
}

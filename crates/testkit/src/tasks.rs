//! Tasks of the engine on the test's own runtime.

use std::time::Duration;

use callport_engine::ports::{BoxFuture, Tasks};

/// Runs them on tokio. Sleeps are those of tokio: a test that pauses its time owns them.
#[derive(Debug, Default)]
pub struct TokioTasks;

impl Tasks for TokioTasks {
    fn spawn(&self, task: BoxFuture) {
        tokio::spawn(task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture {
        Box::pin(tokio::time::sleep(time))
    }
}

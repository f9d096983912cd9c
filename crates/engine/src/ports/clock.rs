//! Time and chance, owned by whoever joins the parts.

use std::time::Duration;

use async_trait::async_trait;
use callport_core::time::WallTime;

/// The calendar. In test mode it can be frozen and moved, and sleepers wake when it is.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// This moment.
    fn now(&self) -> WallTime;

    /// Returns once `now() >= at`, however that comes about.
    async fn sleep_until(&self, at: WallTime);
}

/// A cryptographic random source.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time that only goes forward, for what must not be moved with the calendar: how fast somebody asks.
pub trait Monotonic: Send + Sync + 'static {
    /// Since some fixed moment.
    fn since_start(&self) -> Duration;
}

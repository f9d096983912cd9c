//! Time and chance, owned by whoever joins the parts.

use std::time::Duration;

use async_trait::async_trait;
use callport_core::time::WallTime;

/// The calendar for what people read, and the time that deadlines go by. In test mode both can be frozen and moved.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// This moment on the calendar. Goes back when the machine's clock is set back.
    fn now(&self) -> WallTime;

    /// Since some fixed moment. Never goes back, whatever the machine's clock does; jumps when a test moves its calendar ahead, and stands
    /// while it is frozen.
    fn elapsed(&self) -> Duration;

    /// Returns once `elapsed() >= at`, however that comes about.
    async fn sleep_until_elapsed(&self, at: Duration);

    /// Returns once `now() >= at`, however that comes about: for whoever acts at a moment, as people do.
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

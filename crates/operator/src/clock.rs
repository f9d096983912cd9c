//! The calendar of a test platform, which can be stopped and moved.

use std::time::Duration;

use callport_core::time::WallTime;

/// The one calendar that every rule of the platform goes by. Exists in test mode only.
pub trait MovableClock: Send + Sync + 'static {
    /// This moment.
    fn now(&self) -> WallTime;

    /// Whether it stands still.
    fn is_frozen(&self) -> bool;

    /// Stands still from now on.
    fn freeze(&self);

    /// Runs again from where it stands.
    fn thaw(&self);

    /// Goes to that moment, back or forth; runs or stands as before.
    fn set(&self, to: WallTime);

    /// Goes forward; what waits for a moment that is now past happens.
    fn advance(&self, by: Duration);
}

//! How the engine fares, for readiness, metrics and whoever waits for better times.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// Shared by everything that writes and by everything that waits for writes.
#[derive(Default)]
pub(crate) struct Health {
    failing: AtomicBool,
    fenced: AtomicBool,
    panics: AtomicU64,
    changed: Notify,
}

/// A look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineHealth {
    /// The last write succeeded.
    pub writes: bool,
    /// Another process declared this one dead: it must stop.
    pub fenced: bool,
    /// Tasks that panicked since the start; each was contained.
    pub panics: u64,
}

impl Health {
    /// A write came to an end.
    pub(crate) fn wrote(&self, well: bool) {
        if self.failing.swap(!well, Ordering::Relaxed) == well {
            if well {
                tracing::info!("the store writes again");
            } else {
                tracing::error!("the store does not write: webhooks wait, and /readyz says no");
            }
            self.changed.notify_waiters();
        }
    }

    /// Another process declared this one dead.
    pub(crate) fn fence(&self) {
        if !self.fenced.swap(true, Ordering::Relaxed) {
            tracing::error!("another process declared this one dead: it ends its media and must be restarted");
            self.changed.notify_waiters();
        }
    }

    /// A task panicked.
    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether webhooks may be attempted: what comes of them could be saved.
    pub(crate) fn writes(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    pub(crate) fn is_fenced(&self) -> bool {
        self.fenced.load(Ordering::Relaxed)
    }

    pub(crate) fn look(&self) -> EngineHealth {
        EngineHealth { writes: self.writes(), fenced: self.is_fenced(), panics: self.panics.load(Ordering::Relaxed) }
    }
}

//! What the operator's side is lent by the process that joins the parts.

use std::sync::Arc;

use callport_engine::Engine;
use callport_engine::door::Floods;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::MovableClock;
use crate::people::ScriptedPeople;
use crate::problem::Problem;

/// Renders the metrics in the text format of Prometheus.
pub(crate) type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Says whether the process takes work; if not, what it waits for.
pub(crate) type Ready = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Everything that the handlers need. Cheap to clone.
#[derive(Clone)]
pub struct OperatorState {
    /// The platform.
    pub engine: Arc<Engine>,
    /// Who may ask.
    pub access: OperatorAuth,
    /// How often they may be wrong.
    pub floods: Floods,
    /// Where the public listener is found.
    pub public_url: String,
    /// What only a test platform has. `None`: it is live.
    pub test: Option<TestMode>,
    /// Body of `/metrics`.
    pub metrics: Metrics,
    /// Answer of `/readyz`.
    pub ready: Ready,
    /// Who follows the journal.
    pub readers: JournalReaders,
}

/// What a test platform has beside everything else.
#[derive(Clone)]
pub struct TestMode {
    /// The calendar, which can be moved.
    pub clock: Arc<dyn MovableClock>,
    /// Users without a browser.
    pub people: Arc<dyn ScriptedPeople>,
}

impl OperatorState {
    /// For paths that a live platform does not have: what people write is nobody else's there, and nothing goes wrong on purpose.
    pub(crate) fn test_mode(&self) -> Result<&TestMode, Problem> {
        self.test.as_ref().ok_or_else(|| Problem::not_found("this exists in test mode only"))
    }
}

/// Places for those who follow the journal as it grows.
#[derive(Clone)]
pub struct JournalReaders(Arc<Semaphore>);

impl JournalReaders {
    /// Readers at a time. Each holds a connection, and a page of entries in memory.
    pub(crate) const MOST: usize = 32;

    /// A place until the permit is dropped; none while all are taken.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().ok()
    }
}

impl Default for JournalReaders {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(Self::MOST)))
    }
}

/// Who may use the admin API.
#[derive(Clone)]
pub enum OperatorAuth {
    /// Whoever sends this token as `Authorization: Bearer …`.
    Token(String),
    /// Everybody who reaches the listener, but no web page of another address. For loopback, and only when the configuration says so.
    Open,
}

//! The world failed: not a refusal, not a bug.

/// A failed port. What failed is for the log; callers only learn that it was our side and may be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Fault {
    /// The port and the operation, as in `store: commit`.
    pub what: &'static str,
    /// The cause, for the log.
    pub why: String,
}

impl Fault {
    /// A fault of `what`, because of `why`.
    pub fn new(what: &'static str, why: impl ToString) -> Self {
        Self { what, why: why.to_string() }
    }
}

/// Why something that was asked of the platform was not done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failed<R> {
    /// A rule says no.
    #[error(transparent)]
    Refused(R),
    /// The world failed: try again.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl<R> Failed<R> {
    /// The same with another refusal.
    pub fn map<S>(self, to: impl FnOnce(R) -> S) -> Failed<S> {
        match self {
            Failed::Refused(why) => Failed::Refused(to(why)),
            Failed::Fault(fault) => Failed::Fault(fault),
        }
    }
}

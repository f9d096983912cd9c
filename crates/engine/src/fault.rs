//! The world failed: not a refusal, not a bug.

/// A failed port. What failed is for the log; callers only learn that it was our side and may be tried again.
#[derive(Debug, Clone, thiserror::Error)]
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

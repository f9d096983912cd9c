//! What was looked at, how it is, and what to change.

use serde::Serialize;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    Pass,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable word.
    check: &'static str,
    state: FindingState,
    /// What was seen; if it is not well, also what to change.
    says: String,
}

impl Finding {
    /// As it should be.
    pub fn pass(check: &'static str, says: String) -> Self {
        Self { check, state: FindingState::Pass, says }
    }

    /// Works, but will bite.
    pub fn warn(check: &'static str, says: String) -> Self {
        Self { check, state: FindingState::Warn, says }
    }

    /// Will not work.
    pub fn fail(check: &'static str, says: String) -> Self {
        Self { check, state: FindingState::Fail, says }
    }

    /// Whether it will not work.
    pub fn failed(&self) -> bool {
        self.state == FindingState::Fail
    }

    /// For eyes.
    pub fn line(&self) -> String {
        let state = match self.state {
            FindingState::Pass => "ok  ",
            FindingState::Warn => "WARN",
            FindingState::Fail => "FAIL",
        };
        format!("{state}  {:13}  {}", self.check, self.says)
    }

    /// For programs: one document.
    pub fn document(findings: &[Finding]) -> serde_json::Value {
        serde_json::json!({ "ok": !findings.iter().any(Finding::failed), "findings": findings })
    }
}

#[cfg(test)]
impl Finding {
    pub fn state(&self) -> FindingState {
        self.state
    }
}

//! A person without a browser, as data: what they do in a call ([`Script`]), what they do by themselves ([`Behaviour`]), and what they tell
//! of a call ([`Times`], [`ScriptedHearing`], [`ScriptedFigures`]).
//!
//! The same types are the JSON of the admin API, of fixtures and of what is kept for the next start; bounds are checked here, once. Nothing
//! here runs: who speaks and listens is the phone's side. Knows no other crate of ours.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs, unreachable_pub, unnameable_types)]

mod behaviour;
mod report;
mod script;
mod written;

pub use behaviour::{Behaviour, Device, MAX_DELAY, OnButton, OnCall, OnRequest, Receipts};
pub use report::{ScriptedFigures, ScriptedHeard, ScriptedHearing, ScriptedState, Times};
pub use script::{HangUp, MAX_CALL, MAX_PRESSES, MAX_RECORD_SECONDS, Press, Script, ScriptedEntryPoint, ScriptedSay};

/// What is asked of a person and cannot be. The text names the field and the bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

impl Unfit {
    /// The same, in a part of something whole.
    fn within(self, part: &str) -> Self {
        Self(format!("{part}{}", self.0))
    }
}

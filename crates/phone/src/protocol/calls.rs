//! Calls as a page shows them: live ones and those of the log.

use callport_core::call_id::Direction;
use serde::Serialize;

use super::Person;

/// Who called whom, in the published words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// The person called.
    UserInitiated,
    /// The business called.
    BusinessInitiated,
}

impl From<Direction> for CallDirection {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::UserInitiated => Self::UserInitiated,
            Direction::BusinessInitiated => Self::BusinessInitiated,
        }
    }
}

/// A past call.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Recent {
    /// With whom.
    #[serde(flatten)]
    pub person: Person,
    /// The call.
    pub call: String,
    /// Who called.
    pub direction: CallDirection,
    /// When it was placed, in unix seconds.
    pub at: i64,
    /// What kind of end.
    pub outcome: Outcome,
    /// For the person.
    pub text: String,
    /// Whole seconds talked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub duration: Option<u64>,
}

/// How a call ended, as a call log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Picked up.
    Answered,
    /// Nobody picked up. A call of a business was missed.
    NotAnswered,
    /// The called side said no.
    Declined,
    /// The calling side gave up first. A call of a business was missed.
    Cancelled,
    /// Something broke.
    Failed,
}

/// What stopped a call from ringing in other windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TakenHow {
    /// Picked up there.
    Answered,
    /// Declined there.
    Declined,
}

/// A live call.
#[derive(Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LiveCall {
    /// With whom.
    #[serde(flatten)]
    pub person: Person,
    /// The call.
    pub call: String,
    /// Who called.
    pub direction: CallDirection,
    /// The page's id, when a page dialled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub dial: Option<String>,
    /// What the screen says.
    pub view: CallView,
    /// Since it connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub elapsed_ms: Option<u64>,
    /// ICE and DTLS are up on both legs.
    pub path_open: bool,
    /// RTP comes from both sides.
    pub audio_both_ways: bool,
    /// The sound is in this window.
    pub here: bool,
}

/// What the screen of a live call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CallView {
    /// "X is calling": it rings.
    Incoming,
    /// "Calling X".
    Calling,
    /// "Ringing X".
    Ringing,
    /// The timer.
    Connected,
}

//! Why a call went as it did, in words for the person who must fix it.

mod words;

use callport_core::call::{EndReason, Side};
use callport_core::call_id::Direction;
use callport_flow::journal::Entry;

use crate::records::{CallRecord, Check, LegReport, MediaReport, Stage};

/// The verdict of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallVerdict {
    /// One word.
    pub outcome: CallOutcome,
    /// What happened, in a sentence or two.
    pub says: String,
    /// The first media step that failed, per leg.
    pub first_failing: Vec<(Side, Check)>,
}

/// How a call went. There is no webhook for "missed"; here it has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// Not over yet.
    InProgress,
    /// Both sides talked.
    Answered,
    /// Nobody picked up, or the caller gave up first.
    Missed,
    /// The side that was called declined.
    Declined,
    /// It failed.
    Failed,
}

impl CallOutcome {
    /// A word for JSON.
    pub fn name(self) -> &'static str {
        match self {
            CallOutcome::InProgress => "in_progress",
            CallOutcome::Answered => "answered",
            CallOutcome::Missed => "missed",
            CallOutcome::Declined => "declined",
            CallOutcome::Failed => "failed",
        }
    }
}

/// Judges a call by its record, its media and its entries in the journal.
pub fn verdict(record: &CallRecord, media: Option<&MediaReport>, entries: &[Entry]) -> CallVerdict {
    let first_failing = media.map(failing_steps).unwrap_or_default();
    let (outcome, mut says) = match &record.stage {
        Stage::Ended(ending) => {
            let outcome = match (ending.reason, ending.talk) {
                (reason, _) if reason.failed() => CallOutcome::Failed,
                (EndReason::Rejected | EndReason::Declined, _) => CallOutcome::Declined,
                (_, Some(_)) => CallOutcome::Answered,
                (_, None) => CallOutcome::Missed,
            };
            let seconds = ending.talk.map(|talk| talk.duration().as_secs());
            let says = match record.direction {
                Direction::UserInitiated => words::user_initiated(ending.reason, seconds),
                Direction::BusinessInitiated => words::business_initiated(ending.reason, seconds, words::rang(entries)),
            };
            (outcome, says)
        }
        stage => (CallOutcome::InProgress, words::under_way(record.direction, stage).to_owned()),
    };
    // A refused answer comes before everything that it led to: the call that nobody accepted, the media that never came.
    if let Some(refused) = words::refused(entries)
        && !matches!(outcome, CallOutcome::Answered)
    {
        says = format!("{refused} {says}");
    }
    // The connect webhook brings the business the user's offer, or the answer to its own: without it nothing goes on.
    let waits_for_business = match record.direction {
        Direction::UserInitiated => matches!(outcome, CallOutcome::Missed | CallOutcome::InProgress),
        Direction::BusinessInitiated => {
            matches!(&record.stage, Stage::Ended(ending) if ending.reason == EndReason::BusinessNeverConnected)
        }
    };
    if waits_for_business {
        says.push_str(&words::connect(entries));
    }
    // Also after a call that ended well: people who hear nothing hang up, and then nothing failed but the sound.
    if matches!(record.stage, Stage::Active(_)) || matches!(outcome, CallOutcome::Failed | CallOutcome::Answered) {
        for (side, check) in &first_failing {
            says.push_str(&format!(" On the {} leg the first failing step is {}: {}.", side.name(), check.step, check.says));
        }
    }
    CallVerdict { outcome, says, first_failing }
}

fn failing_steps(media: &MediaReport) -> Vec<(Side, Check)> {
    let failing = |side, leg: &LegReport| leg.first_failing().map(|check| (side, check.clone()));
    [failing(Side::Business, &media.business), failing(Side::User, &media.user)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;

//! Why a call went as it did, in words for the person who must fix it.

use callport_core::call::{EndReason, Side};

use crate::records::{Attempt, CallRecord, Check, Delivery, LegReport, MediaReport, Stage};

/// The verdict of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One word.
    pub outcome: Outcome,
    /// The published code of a failure.
    pub code: Option<u32>,
    /// What happened, in a sentence or two.
    pub says: String,
    /// The first media step that failed, per leg.
    pub first_failing: Vec<(Side, Check)>,
}

/// How a call went. There is no webhook for "missed"; here it has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not over yet.
    InProgress,
    /// Both sides talked.
    Answered,
    /// Nobody picked up, or the caller gave up first.
    Missed,
    /// The business declined.
    Declined,
    /// It failed.
    Failed,
}

impl Outcome {
    /// A word for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::InProgress => "in_progress",
            Outcome::Answered => "answered",
            Outcome::Missed => "missed",
            Outcome::Declined => "declined",
            Outcome::Failed => "failed",
        }
    }
}

/// Judges a call by its record, its media and its webhooks.
pub fn verdict(record: &CallRecord, media: Option<&MediaReport>, deliveries: &[(Delivery, Vec<Attempt>)]) -> Verdict {
    let first_failing = media.map(failing_steps).unwrap_or_default();
    let (outcome, code, mut says) = match &record.stage {
        Stage::Ended(ending) => {
            let outcome = match (ending.reason, ending.talk) {
                (reason, _) if reason.failed() => Outcome::Failed,
                (EndReason::Rejected, _) => Outcome::Declined,
                (_, Some(_)) => Outcome::Answered,
                (_, None) => Outcome::Missed,
            };
            (outcome, ending.reason.code(), ending_text(ending.reason, ending.talk.map(|talk| talk.duration().as_secs())))
        }
        Stage::Calling => (Outcome::InProgress, None, "The business has the offer and has not reacted.".to_owned()),
        Stage::Ringing => (Outcome::InProgress, None, "The business pre-accepted and has not accepted.".to_owned()),
        Stage::Active(_) => (Outcome::InProgress, None, "The call is accepted.".to_owned()),
    };
    if matches!(outcome, Outcome::Missed | Outcome::InProgress) {
        says.push_str(&delivery_text(deliveries));
    }
    // Also after a call that ended well: people who hear nothing hang up, and then nothing failed but the sound.
    if matches!(record.stage, Stage::Active(_)) || matches!(outcome, Outcome::Failed | Outcome::Answered) {
        for (side, check) in &first_failing {
            says.push_str(&format!(" On the {} leg the first failing step is {}: {}.", leg_name(*side), check.step, check.says));
        }
    }
    Verdict { outcome, code, says, first_failing }
}

fn failing_steps(media: &MediaReport) -> Vec<(Side, Check)> {
    let failing = |side, leg: &LegReport| leg.first_failing().map(|check| (side, check.clone()));
    [failing(Side::Business, &media.business), failing(Side::User, &media.user)].into_iter().flatten().collect()
}

fn leg_name(side: Side) -> &'static str {
    match side {
        Side::User => "user",
        Side::Business => "business",
    }
}

fn ending_text(reason: EndReason, seconds: Option<u64>) -> String {
    let talked = seconds.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
    match reason {
        EndReason::NoBusinessMedia => format!(
            "The call was dropped{talked}: the platform got no decodable audio packet from the business within the time allowed after accept \
             (138021). The rule looks at packets, not at sound: silence must be sent as packets too."
        ),
        EndReason::BusinessWentSilent => format!(
            "The call was dropped{talked}: neither RTP nor RTCP came from the business for too long (138021). Keep sending, at least RTCP, while nobody speaks."
        ),
        EndReason::NotAnswered => "Missed: nobody accepted the call within the accept window.".to_owned(),
        EndReason::UserHungUp if seconds.is_none() => "Missed: the user gave up before the call was accepted.".to_owned(),
        reason => {
            let text = reason.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{}{talked}.", letters.as_str())
        }
    }
}

/// What the connect webhook met, when the business did not react.
fn delivery_text(deliveries: &[(Delivery, Vec<Attempt>)]) -> String {
    let connects: Vec<_> = deliveries.iter().filter(|(delivery, _)| delivery.event == "connect").collect();
    if connects.is_empty() {
        return " No app is subscribed to the webhook field `calls` of this WhatsApp Business Account, so nobody was told.".to_owned();
    }
    let mut text = String::new();
    for (delivery, attempts) in connects {
        match attempts.last() {
            Some(Attempt { error: Some(error), .. }) => {
                text.push_str(&format!(" The connect webhook to app {} was not delivered: {error}.", delivery.app));
            }
            Some(_) => text.push_str(&format!(" App {} took the connect webhook.", delivery.app)),
            None => text.push_str(&format!(" The connect webhook to app {} was not attempted yet.", delivery.app)),
        }
    }
    text
}

//! The sentences of verdicts.

use callport_core::call::EndReason;
use callport_core::call_id::Direction;
use callport_core::ids::AppId;

use callport_flow::journal::{Entry, Fact};

use crate::records::Stage;

/// A call that is not over.
pub(super) fn under_way(direction: Direction, stage: &Stage) -> &'static str {
    match (direction, stage) {
        (Direction::UserInitiated, Stage::Calling) => "The business has the offer and has not reacted.",
        (Direction::UserInitiated, Stage::Ringing) => "The business pre-accepted and has not accepted.",
        (Direction::UserInitiated, _) => "The call is accepted.",
        (Direction::BusinessInitiated, Stage::Calling) => "No device of the user rings yet.",
        (Direction::BusinessInitiated, Stage::Ringing) => "A device of the user rings, and nobody has picked up.",
        (Direction::BusinessInitiated, _) => "The user picked up.",
    }
}

/// How a user-initiated call ended.
pub(super) fn user_initiated(reason: EndReason, seconds: Option<u64>) -> String {
    match reason {
        EndReason::NotAnswered => "Missed: nobody accepted the call within the accept window.".to_owned(),
        EndReason::UserHungUp if seconds.is_none() => "Missed: the user gave up before the call was accepted.".to_owned(),
        EndReason::NoBusinessMedia => no_business_media("accept", seconds),
        reason => either_way(reason, seconds),
    }
}

/// How a business-initiated call ended. `rang`: a device of the user reported that it rings; `None` when nobody was told.
pub(super) fn business_initiated(reason: EndReason, seconds: Option<u64>, rang: Option<bool>) -> String {
    match (reason, rang) {
        (EndReason::NotPickedUp, Some(false)) => {
            "Missed: no device of the user rang. The user was offline, or had only devices that take no calls.".to_owned()
        }
        (EndReason::NotPickedUp, _) => "Missed: the user's phone rang and nobody picked up within the ring window.".to_owned(),
        (EndReason::Declined, _) => "Declined: the user declined the call.".to_owned(),
        (EndReason::UserBusy, _) => "Missed: the user was in another call, so no device rang.".to_owned(),
        (EndReason::BusinessTerminated, _) if seconds.is_none() => "Missed: the business cancelled before the user picked up.".to_owned(),
        (EndReason::BusinessNeverConnected, _) => {
            "The call failed: the business's ICE and DTLS were not up within the time allowed after connect (138007). The platform's SDP answer \
             is in the connect webhook; it must be applied while the phone still rings."
                .to_owned()
        }
        (EndReason::NoBusinessMedia, _) => no_business_media("the user picked up", seconds),
        (reason, _) => either_way(reason, seconds),
    }
}

fn either_way(reason: EndReason, seconds: Option<u64>) -> String {
    let talked = talked(seconds);
    if reason == EndReason::BusinessWentSilent {
        return format!(
            "The call was dropped{talked}: no RTP of use and no RTCP came from the business for too long (138021). Keep sending, at least RTCP, while nobody speaks."
        );
    }
    let text = reason.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{talked}.", letters.as_str())
}

fn no_business_media(since: &str, seconds: Option<u64>) -> String {
    format!(
        "The call was dropped{}: the platform got no decodable audio packet from the business within the time allowed after {since} (138021). \
         The rule looks at packets, not at sound: silence must be sent as packets too.",
        talked(seconds)
    )
}

fn talked(seconds: Option<u64>) -> String {
    seconds.map(|seconds| format!(" after {seconds} s")).unwrap_or_default()
}

/// Whether a device of the user reported that it rings; `None` of a call whose entries are not kept any more.
pub(super) fn rang(entries: &[Entry]) -> Option<bool> {
    let rings = |fact: &Fact| matches!(fact, Fact::DeviceRings | Fact::UserPickedUp { .. } | Fact::UserDeclined);
    let old = |fact: &Fact| matches!(fact, Fact::Line { text, .. } if text == &Fact::DeviceRings.to_string());
    (!entries.is_empty()).then(|| entries.iter().any(|entry| rings(&entry.fact) || old(&entry.fact)))
}

/// The business's answer was refused, and no later one was taken.
pub(super) fn refused(entries: &[Entry]) -> Option<String> {
    let answers = |action: &str| action == "pre_accept" || action == "accept";
    let last = entries.iter().rev().find_map(|entry| match (&entry.fact, entry.request.as_ref().map(|request| &request.refusal)) {
        (Fact::BusinessRefused { action, says }, _) if answers(action) => Some(Some((action, says))),
        (Fact::BusinessRequested { action: Some(action) }, Some(Some(refusal))) if answers(action) => {
            Some(Some((action, &refusal.details)))
        }
        (Fact::BusinessAsked { action }, _) if answers(action) => Some(None),
        _ => None,
    });
    let (action, says) = last??;
    let end = if says.ends_with(['.', '!', '?']) { "" } else { "." };
    Some(format!("The business's {action} was refused: {says}{end}"))
}

/// What the connect webhook met, when the business did not react.
pub(super) fn connect(entries: &[Entry]) -> String {
    let mut last: Vec<(&AppId, &Option<String>)> = Vec::new();
    for entry in entries {
        if let (Fact::WebhookAttempted { event, error, .. }, Some(app)) = (&entry.fact, &entry.about.app)
            && event == "connect"
        {
            last.retain(|(known, _)| *known != app);
            last.push((app, error));
        }
    }
    let untold = |entry: &Entry| matches!(&entry.fact, Fact::NobodyTold { event } if event == "connect");
    if last.is_empty() {
        return match entries.iter().any(untold) {
            true => " No app is subscribed to the webhook field `calls` of this WhatsApp Business Account, so nobody was told.".to_owned(),
            false => " The connect webhook was not attempted yet.".to_owned(),
        };
    }
    let mut text = String::new();
    for (app, error) in last {
        match error {
            Some(error) => text.push_str(&format!(" The connect webhook to app {app} was not delivered: {error}.")),
            None => text.push_str(&format!(" App {app} took the connect webhook.")),
        }
    }
    text
}

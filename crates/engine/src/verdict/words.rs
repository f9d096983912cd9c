//! The sentences of verdicts.

use callport_core::call::{EndReason, Side};
use callport_core::call_id::Direction;

use crate::records::{Attempt, Delivery, Stage};

/// A call's webhooks, each with its attempts.
type Deliveries = [(Delivery, Vec<Attempt>)];

/// `Notice::event` of the webhook that a device rings.
const RINGING: &str = "ringing";

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

/// Whether the business was told that a device rings; `None` when no app was told anything.
pub(super) fn rang(deliveries: &Deliveries) -> Option<bool> {
    let told = |event: &str| deliveries.iter().any(|(delivery, _)| delivery.event == event);
    (!deliveries.is_empty()).then(|| told(RINGING))
}

/// What the connect webhook met, when the business did not react.
pub(super) fn delivery(deliveries: &Deliveries) -> String {
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

pub(super) fn leg(side: Side) -> &'static str {
    match side {
        Side::User => "user",
        Side::Business => "business",
    }
}

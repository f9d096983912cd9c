//! Calls in both directions, and what is said of them.

use callport_core::call::{Ending, Talk};
use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::scope::Field;
use callport_core::time::WallTime;

use super::*;
use crate::records::{DeliveryId, DeliveryState};

const T0: WallTime = WallTime::from_unix_seconds(1_795_341_600);

fn call(direction: Direction, stage: Stage) -> CallRecord {
    CallRecord {
        id: CallId::parse("wacid.a").unwrap(),
        direction,
        number: PhoneNumberId::parse("4001").unwrap(),
        waba: WabaId::parse("2001").unwrap(),
        user: UserId::parse("9001").unwrap(),
        device: None,
        placed_at: T0,
        stage,
        cta_payload: None,
        deeplink_payload: None,
        opaque: None,
        codecs: Vec::new(),
        media: None,
    }
}

fn ended(direction: Direction, reason: EndReason, talked: Option<u64>) -> CallRecord {
    let talk = talked.map(|seconds| Talk { since: T0, until: T0 + std::time::Duration::from_secs(seconds) });
    call(direction, Stage::Ended(Ending { at: T0, reason, talk }))
}

fn told(events: &[&str]) -> Vec<(Delivery, Vec<Attempt>)> {
    let delivery = |event: &&str| Delivery {
        id: DeliveryId(1),
        app: AppId::parse("1001").unwrap(),
        waba: WabaId::parse("2001").unwrap(),
        number: None,
        field: Field::Calls,
        event: (*event).to_owned(),
        call: None,
        message: None,
        body: Vec::new(),
        created_at: T0,
        state: DeliveryState::Delivered { at: T0 },
        attempts: 0,
    };
    events.iter().map(|event| (delivery(event), Vec::new())).collect()
}

#[test]
fn a_call_of_a_business_is_told_from_the_business_s_side() {
    use Direction::BusinessInitiated as Business;
    let cases = [
        (call(Business, Stage::Calling), &["connect"][..], Outcome::InProgress, "No device of the user rings yet."),
        (call(Business, Stage::Ringing), &["connect", "ringing"], Outcome::InProgress, "A device of the user rings, and"),
        (ended(Business, EndReason::NotPickedUp, None), &["connect"], Outcome::Missed, "Missed: no device of the user rang."),
        (ended(Business, EndReason::NotPickedUp, None), &["connect", "ringing"], Outcome::Missed, "Missed: the user's phone rang"),
        (ended(Business, EndReason::NotPickedUp, None), &[], Outcome::Missed, "Missed: the user's phone rang"),
        (ended(Business, EndReason::Declined, None), &["connect", "ringing", "rejected"], Outcome::Declined, "Declined: the user declined"),
        (ended(Business, EndReason::UserBusy, None), &["connect"], Outcome::Missed, "Missed: the user was in another call"),
        (ended(Business, EndReason::BusinessTerminated, None), &["connect"], Outcome::Missed, "Missed: the business cancelled before"),
        (
            ended(Business, EndReason::BusinessTerminated, Some(4)),
            &["connect"],
            Outcome::Answered,
            "The business ended the call after 4 s.",
        ),
        (ended(Business, EndReason::UserHungUp, Some(4)), &["connect"], Outcome::Answered, "The user ended the call after 4 s."),
        (
            ended(Business, EndReason::NoBusinessMedia, Some(20)),
            &["connect"],
            Outcome::Failed,
            "The call was dropped after 20 s: the platform",
        ),
    ];
    for (record, events, outcome, says) in cases {
        let verdict = verdict(&record, None, &told(events));
        assert_eq!(verdict.outcome, outcome, "{}", verdict.says);
        assert!(verdict.says.starts_with(says), "{} should begin with {says}", verdict.says);
        assert!(!verdict.says.contains("connect webhook"), "{}", verdict.says);
    }
}

#[test]
fn a_business_that_never_applied_the_answer_is_told_where_it_stood() {
    let verdict = verdict(&ended(Direction::BusinessInitiated, EndReason::BusinessNeverConnected, None), None, &told(&["connect"]));
    assert_eq!((verdict.outcome, verdict.code), (Outcome::Failed, Some(138_007)));
    assert!(verdict.says.contains("SDP answer is in the connect webhook"), "{}", verdict.says);
    assert!(verdict.says.ends_with("The connect webhook to app 1001 was not attempted yet."), "{}", verdict.says);
}

#[test]
fn a_call_of_a_user_that_nobody_took_is_told_with_its_webhook() {
    let verdict = verdict(&ended(Direction::UserInitiated, EndReason::NotAnswered, None), None, &[]);
    assert_eq!(verdict.outcome, Outcome::Missed);
    assert!(verdict.says.starts_with("Missed: nobody accepted") && verdict.says.ends_with("nobody was told."), "{}", verdict.says);
}

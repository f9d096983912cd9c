//! Calls in both directions, and what is said of them.

use callport_core::call::{Ending, Talk};
use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::time::WallTime;

use callport_flow::journal::{About, ApiRefusal, ApiRequest, Fact};

use super::*;

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
        line: crate::records::CallLine::Webhooks,
        keys: callport_core::key_exchange::KeyExchange::Dtls,
        codecs: Vec::new(),
        media: None,
    }
}

fn ended(direction: Direction, reason: EndReason, talked: Option<u64>) -> CallRecord {
    let talk = talked.map(|seconds| Talk { since: T0, until: T0 + std::time::Duration::from_secs(seconds) });
    call(direction, Stage::Ended(Ending { at: T0, reason, talk }))
}

/// What the journal has of a call.
fn told(facts: &[Fact]) -> Vec<Entry> {
    facts.iter().map(|fact| Entry::new(T0, About::default(), fact.clone())).collect()
}

fn placed() -> Fact {
    Fact::BusinessAsked { action: "connect".into() }
}

#[test]
fn a_call_of_a_business_is_told_from_the_business_s_side() {
    use Direction::BusinessInitiated as ListedBusiness;
    let cases = [
        (call(ListedBusiness, Stage::Calling), &[placed()][..], CallOutcome::InProgress, "No device of the user rings yet."),
        (call(ListedBusiness, Stage::Ringing), &[placed(), Fact::DeviceRings], CallOutcome::InProgress, "A device of the user rings, and"),
        (ended(ListedBusiness, EndReason::NotPickedUp, None), &[placed()], CallOutcome::Missed, "Missed: no device of the user rang."),
        (
            ended(ListedBusiness, EndReason::NotPickedUp, None),
            &[placed(), Fact::DeviceRings],
            CallOutcome::Missed,
            "Missed: the user's phone rang",
        ),
        (ended(ListedBusiness, EndReason::NotPickedUp, None), &[], CallOutcome::Missed, "Missed: the user's phone rang"),
        (
            ended(ListedBusiness, EndReason::Declined, None),
            &[placed(), Fact::UserDeclined],
            CallOutcome::Declined,
            "Declined: the user declined",
        ),
        (ended(ListedBusiness, EndReason::UserBusy, None), &[placed()], CallOutcome::Missed, "Missed: the user was in another call"),
        (
            ended(ListedBusiness, EndReason::BusinessTerminated, None),
            &[placed()],
            CallOutcome::Missed,
            "Missed: the business cancelled before",
        ),
        (
            ended(ListedBusiness, EndReason::BusinessTerminated, Some(4)),
            &[placed()],
            CallOutcome::Answered,
            "The business ended the call after 4 s.",
        ),
        (ended(ListedBusiness, EndReason::UserHungUp, Some(4)), &[placed()], CallOutcome::Answered, "The user ended the call after 4 s."),
        (
            ended(ListedBusiness, EndReason::NoBusinessMedia, Some(20)),
            &[placed()],
            CallOutcome::Failed,
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
    let verdict = verdict(&ended(Direction::BusinessInitiated, EndReason::BusinessNeverConnected, None), None, &told(&[placed()]));
    assert_eq!(verdict.outcome, CallOutcome::Failed);
    assert!(verdict.says.contains("SDP answer is in the connect webhook"), "{}", verdict.says);
    assert!(verdict.says.ends_with("The connect webhook was not attempted yet."), "{}", verdict.says);
}

#[test]
fn a_call_of_a_user_that_nobody_took_is_told_with_its_webhook() {
    let nobody = told(&[Fact::NobodyTold { event: "connect".into() }]);
    let verdict = verdict(&ended(Direction::UserInitiated, EndReason::NotAnswered, None), None, &nobody);
    assert_eq!(verdict.outcome, CallOutcome::Missed);
    assert!(verdict.says.starts_with("Missed: nobody accepted") && verdict.says.ends_with("nobody was told."), "{}", verdict.says);
}

/// It says so first: that nobody accepted, and that no media came, only followed from it.
#[test]
fn an_answer_that_was_refused_is_the_reason_unless_a_later_one_was_taken() {
    let refused = Fact::BusinessRefused { action: "pre_accept".into(), says: "a=setup:actpass: answer with active".into() };
    let missed = ended(Direction::UserInitiated, EndReason::NotAnswered, None);
    let says = verdict(&missed, None, &told(std::slice::from_ref(&refused))).says;
    assert!(says.starts_with("The business's pre_accept was refused: a=setup:actpass: answer with active. Missed:"), "{says}");
    let ringing = call(Direction::UserInitiated, Stage::Calling);
    assert!(verdict(&ringing, None, &told(std::slice::from_ref(&refused))).says.starts_with("The business's pre_accept was refused"));
    // Before any rule looked at it: a body that is no JSON, a session that is not there.
    let details = "The parameter session is required.";
    let request = ApiRequest {
        method: "POST".into(),
        path: "/4001/calls".into(),
        status: 400,
        refusal: Some(ApiRefusal::new(100, None, details)),
        duration_ms: 1,
        fbtrace_id: "A1".into(),
    };
    let early = Fact::BusinessRequested { action: Some("pre_accept".into()) };
    let entry = Entry { request: Some(Box::new(request)), ..Entry::new(T0, About::default(), early) };
    let says = verdict(&missed, None, &[entry]).says;
    assert!(says.starts_with(&format!("The business's pre_accept was refused: {details} Missed:")), "{says}");
    let mended = told(&[refused, Fact::BusinessAsked { action: "accept".into() }]);
    assert!(verdict(&missed, None, &mended).says.starts_with("Missed:"));
}

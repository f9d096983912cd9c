//! The whole space: every phase against every event, and the timers.

use std::time::Duration;

use super::*;

const T0: WallTime = WallTime::from_unix_seconds(1_795_341_600);
const LATER: WallTime = WallTime::from_unix_seconds(1_795_341_640);

fn at(seconds: u64) -> WallTime {
    T0 + Duration::from_secs(seconds)
}

fn answer() -> Answer {
    Answer::new("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n")
}

fn alerting() -> Call {
    Call::place(T0, CallTimers::default())
}

fn ringing() -> Call {
    alerting().pre_accept(at(1), answer()).unwrap().call
}

fn active() -> Call {
    ringing().accept(at(2), Some(answer()), None).unwrap().call
}

fn ended(reason: EndReason) -> Call {
    active().fail(at(3), reason).unwrap().call
}

/// One name per command, so that the table below reads like the published one.
fn command(call: Call, name: &str, now: WallTime) -> Result<Step, CommandRefusal> {
    match name {
        "pre_accept" => call.pre_accept(now, answer()),
        "accept" => call.accept(now, Some(answer()), None),
        "accept, no session" => call.accept(now, None, None),
        "accept, other answer" => call.accept(now, Some(Answer::new("v=0\r\no=- 9")), None),
        "reject" => call.reject(now),
        "terminate" => call.terminate(now),
        "hang up" => call.hang_up(now),
        other => unreachable!("{other}"),
    }
}

#[test]
fn every_phase_answers_every_command() {
    use CommandRefusal::*;
    let hung_up = || ended(EndReason::UserHungUp);
    let failed = || ended(EndReason::NoBusinessMedia);
    let (done, fail) = (Some(AlreadyCompleted(EndReason::UserHungUp)), Some(AlreadyFailed(EndReason::NoBusinessMedia)));
    type Row = (&'static str, [Option<CommandRefusal>; 5]);
    let phases: [fn() -> Call; 3] = [alerting, ringing, active];
    let table: [Row; 7] = [
        ("pre_accept", [None, Some(AlreadyPreAccepted), Some(AlreadyInProgress), done, fail]),
        ("accept", [None, None, Some(AlreadyInProgress), done, fail]),
        ("accept, no session", [Some(AnswerMissing), None, Some(AlreadyInProgress), done, fail]),
        ("accept, other answer", [None, Some(AnswerDiffers), Some(AlreadyInProgress), done, fail]),
        ("reject", [None, None, Some(AlreadyInProgress), done, fail]),
        ("terminate", [None, None, None, done, fail]),
        ("hang up", [None, None, None, done, fail]),
    ];
    for (name, expected) in table {
        let calls = phases.iter().map(|phase| phase()).chain([hung_up(), failed()]);
        for (call, expected) in calls.zip(expected) {
            let phase = format!("{:?}", call.phase());
            assert_eq!(command(call, name, at(4)).err(), expected, "{name} in {phase}");
        }
    }
}

#[test]
fn commands_at_the_end_of_the_accept_window_come_too_late() {
    for name in ["pre_accept", "accept"] {
        assert!(command(alerting(), name, at(60) - Duration::from_millis(1)).is_ok(), "{name}");
        assert_eq!(command(alerting(), name, at(60)).err(), Some(CommandRefusal::RangOut), "{name}");
    }
    let rang_out = alerting().wake(at(60)).call;
    assert_eq!(command(rang_out, "accept", at(61)).err(), Some(CommandRefusal::RangOut));
}

#[test]
fn pre_accept_applies_the_answer_and_rings() {
    let step = alerting().pre_accept(at(1), answer()).unwrap();
    assert_eq!(step.effects, [Effect::ApplyAnswer(answer()), Effect::Show(UserView::Ringing)]);
}

#[test]
fn accept_without_pre_accept_applies_the_answer_before_the_gate_opens() {
    let step = alerting().accept(at(1), Some(answer()), None).unwrap();
    assert_eq!(step.effects, [Effect::ApplyAnswer(answer()), Effect::OpenGate, Effect::Show(UserView::Connected)]);
}

#[test]
fn accept_after_pre_accept_applies_nothing_again() {
    let step = ringing().accept(at(2), None, Some("agent-12".into())).unwrap();
    assert_eq!(step.effects, [Effect::OpenGate, Effect::Show(UserView::Connected)]);
    assert_eq!(step.call.opaque(), Some("agent-12"));
}

#[test]
fn early_business_media_connects_the_screen_and_accepts_nothing() {
    let step = ringing().media_sign(at(2), MediaSign::Flowing(Side::Business));
    assert_eq!(step.effects, [Effect::Show(UserView::Connected)]);
    assert!(matches!(step.call.phase(), Phase::Alerting { .. }));
    let accepted = step.call.accept(at(3), None, None).unwrap();
    assert_eq!(accepted.effects, [Effect::OpenGate], "the screen does not change twice");
}

#[test]
fn unanswered_call_ends_without_a_talk_and_completed() {
    let step = alerting().wake(at(75));
    let Effect::Finish(ending) = &step.effects[0] else { panic!("{:?}", step.effects) };
    assert_eq!(*ending, Ending { at: at(60), reason: EndReason::NotAnswered, talk: None });
    assert!(!ending.reason.failed());
}

#[test]
fn no_business_media_ends_the_call_twenty_seconds_after_the_accept() {
    let call = active().media_sign(at(2), MediaSign::Connected(Side::User)).call;
    let call = call.media_sign(at(2), MediaSign::Flowing(Side::User)).call;
    assert_eq!(call.next_deadline(), Some((at(22), EndReason::NoBusinessMedia)));
    let still = call.clone().wake(at(22) - Duration::from_millis(1));
    assert!(still.effects.is_empty());
    let step = call.wake(at(22));
    let Effect::Finish(ending) = &step.effects[0] else { panic!() };
    assert_eq!(ending.reason, EndReason::NoBusinessMedia);
    assert_eq!(ending.talk.unwrap().duration(), Duration::from_secs(20));
}

#[test]
fn media_rules_name_the_side_at_fault() {
    type Case = (&'static [MediaSign], Option<(u64, EndReason)>);
    use MediaSign::*;
    let cases: [Case; 7] = [
        (&[], Some((22, EndReason::UserNeverConnected))),
        (&[Flowing(Side::Business)], Some((22, EndReason::UserNeverConnected))),
        (&[Connected(Side::User), Flowing(Side::Business)], Some((32, EndReason::UserWentSilent))),
        (&[Connected(Side::User)], Some((22, EndReason::NoBusinessMedia))),
        (&[Flowing(Side::User), Flowing(Side::Business)], None),
        (&[Flowing(Side::User), Silent(Side::Business, LATER)], Some((70, EndReason::BusinessWentSilent))),
        (&[Flowing(Side::Business), Silent(Side::User, LATER)], Some((70, EndReason::UserWentSilent))),
    ];
    for (signs, expected) in cases {
        let call = signs.iter().fold(active(), |call, sign| call.media_sign(at(2), *sign).call);
        assert_eq!(call.next_deadline(), expected.map(|(s, reason)| (at(s), reason)), "{signs:?}");
    }
}

#[test]
fn silence_before_the_accept_counts_from_the_accept() {
    let call = ringing().media_sign(at(1), MediaSign::Flowing(Side::User)).call;
    let call = call.media_sign(at(1), MediaSign::Flowing(Side::Business)).call;
    let call = call.media_sign(at(40), MediaSign::Silent(Side::Business, at(5))).call;
    let call = call.accept(at(50), None, None).unwrap().call;
    assert_eq!(call.next_deadline(), Some((at(80), EndReason::BusinessWentSilent)));
}

#[test]
fn an_ended_call_has_no_deadline_and_ends_once() {
    let call = ended(EndReason::UserHungUp);
    assert_eq!(call.next_deadline(), None);
    assert!(call.wake(at(10_000)).effects.is_empty());
}

#[test]
fn refuses_opaque_data_beyond_512_characters() {
    let long = "ä".repeat(513);
    assert_eq!(alerting().accept(at(1), Some(answer()), Some(long)).err(), Some(CommandRefusal::OpaqueTooLong));
    assert!(alerting().accept(at(1), Some(answer()), Some("ä".repeat(512))).is_ok());
}

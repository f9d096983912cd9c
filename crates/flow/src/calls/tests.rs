//! Steps of calls.

use callport_core::call::{Answer, CallStatus, EndReason, MediaSign, Side};
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::{DeviceKind, EntryPoint, Unavailable};
use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::quality::{PickUps, QualityRules};
use callport_core::settings::IconVisibility;

use super::*;
use crate::directory::{Complain, PAUSE};
use crate::journal::Fact;
use crate::notice::Notice;
use crate::records::{Restriction, Stage};
use crate::row::Key;
use crate::step::{Act, Guard, Transition};
use crate::testing::{T0, World, pnid, user};

fn call() -> CallId {
    CallId::parse("wacid.a").unwrap()
}

fn user_call() -> PlaceUserCall {
    let new = NewUserCall {
        user: user(),
        device: DeviceKind::Phone,
        number: pnid(),
        entry: EntryPoint::Icon,
        offer: "offer".into(),
        button: None,
        cta_payload: None,
        deeplink_payload: None,
    };
    PlaceUserCall { call: call(), new }
}

fn business_call() -> PlaceBusinessCall {
    PlaceBusinessCall {
        call: call(),
        number: pnid(),
        account: None,
        user: Some(user()),
        to: None,
        offer: "offer".into(),
        opaque: None,
        sip: None,
    }
}

fn ask(ask: CallAsk) -> AskCall {
    AskCall { call: call(), ask }
}

fn told<D, R>(transition: &Transition<D, R>) -> Vec<&'static str> {
    transition.told.iter().map(Notice::event).collect()
}

#[test]
fn media_is_asked_last_and_what_was_looked_at_is_expected() {
    let mut world = World::new();
    let placed = world.run(&user_call());
    assert_eq!(world.asked, ["Number", "Waba", "User", "Pair", "busy", "media"]);
    let expected: Vec<_> = placed.expects.iter().map(|(key, version)| (matches!(key, Key::Pair(..)), *version)).collect();
    assert_eq!(expected, [(false, 1), (false, 1), (false, 1), (true, 0)], "a pair that is not there is expected not to be there");
    assert_eq!(placed.guards, [Guard::UserFree(user()), Guard::Concurrent { number: pnid(), most: 1_000 }]);
    assert_eq!(told(&placed), ["connect"]);
    assert!(placed.done.is_ok() && !placed.soft);
}

#[test]
fn a_refusal_asks_for_no_media_and_is_in_the_journal() {
    let mut world = World::new().in_another_call();
    let refused = world.run(&user_call());
    assert!(matches!(refused.done, Err(PlaceUserCallRefusal::InCall { why: Unavailable::OnAnotherCall, .. })));
    assert!(!world.asked.contains(&"media".to_owned()) && refused.writes.is_empty() && refused.guards.is_empty());
    assert!(matches!(refused.entries[0].fact, Fact::UserCallRefused { .. }));
    assert_eq!(refused.expects.len(), 4, "it was judged by four rows, which must stand as they were");
}

#[test]
fn a_missing_payment_method_is_told_to_the_business_by_a_refusal() {
    let mut world = World::new();
    world.waba().payment_method = false;
    let refused = world.run(&user_call());
    assert_eq!((refused.done.is_err(), told(&refused)), (true, vec!["error"]));
}

#[test]
fn a_call_to_a_busy_user_is_placed_and_over_in_one_transition() {
    let mut world = World::new().permitted().in_another_call();
    let placed = world.run(&business_call());
    assert!(placed.done.is_ok());
    assert_eq!(told(&placed), ["connect", "terminate"]);
    assert!(!placed.guards.contains(&Guard::UserFree(user())), "it holds nobody");
    assert!(matches!(&world.call().record.stage, Stage::Ended(ending) if ending.reason == EndReason::UserBusy));
    assert!(placed.acts.iter().any(|act| matches!(act, Act::CloseMedia(_))));
}

#[test]
fn an_answer_is_read_once_and_given_to_media_by_the_step_that_read_it() {
    let mut world = World::new();
    world.run(&user_call());
    let answer = Answer::new("v=0");
    let pre_accepted = world.run(&ask(CallAsk::Business(pnid(), CallCommand::PreAccept(answer.clone()))));
    assert!(matches!(&pre_accepted.acts[..], [Act::ApplyAnswer(..), Act::Show(..)]));
    let facts: Vec<_> = pre_accepted.entries.iter().map(|entry| entry.fact.to_string()).collect();
    assert_eq!(facts, ["odd", "pre_accept from the business"]);
    let accepted = world.run(&ask(CallAsk::Business(pnid(), CallCommand::Accept { answer: Some(answer), opaque: None })));
    assert!(matches!(&accepted.acts[..], [Act::OpenGate(_), Act::Show(..)]), "{:?}", accepted.acts);
    assert!(world.asked.iter().filter(|asked| *asked == "media").count() == 2, "opened once, read once");
}

#[test]
fn media_signs_are_soft_and_late_reports_of_phones_change_nothing() {
    let mut world = World::new().permitted();
    world.run(&business_call());
    let sign = world.run(&ask(CallAsk::Sign(MediaSign::Connected(Side::Business))));
    assert!(sign.soft && sign.told.is_empty());
    let rings = || ask(CallAsk::Phone(user(), PhoneAsk::Rings));
    assert_eq!(told(&world.run(&rings())), ["ringing"]);
    assert!(world.run(&rings()).is_empty());
    let declined = world.run(&ask(CallAsk::Phone(user(), PhoneAsk::Decline)));
    assert_eq!(told(&declined), ["rejected", "terminate"]);
    assert!(matches!(&declined.told[0], Notice::CallStatus { status: CallStatus::Rejected, at, .. } if *at == T0));
    assert!(world.run(&ask(CallAsk::Phone(user(), PhoneAsk::Decline))).is_empty());
}

#[test]
fn calls_of_other_numbers_and_users_do_not_exist() {
    let mut world = World::new();
    world.run(&user_call());
    let elsewhere = PhoneNumberId::parse("4002").unwrap();
    let stranger = UserId::parse("9002").unwrap();
    for asked in [CallAsk::Business(elsewhere, CallCommand::Terminate), CallAsk::Phone(stranger, PhoneAsk::HangUp)] {
        assert_eq!(world.run(&ask(asked)).done, Err(AskCallRefusal::UnknownCall));
    }
}

#[test]
fn missed_calls_of_users_are_judged_and_hide_the_call_button() {
    for (picked_up, events, hidden) in [
        (40, vec!["terminate"], false),
        (20, vec!["terminate", "violation"], false),
        (5, vec!["terminate", "restriction", "settings"], true),
    ] {
        let mut world = World::new();
        world.pick_ups = PickUps { ended: 99, picked_up };
        world.run(&user_call());
        let ended = world.run(&ask(CallAsk::OperatorEnds));
        assert_eq!(told(&ended), events, "{picked_up} of a hundred");
        let icon = world.number().settings.call_icon_visibility;
        assert_eq!(icon == Some(IconVisibility::DisableAll), hidden);
    }
}

#[test]
fn complaints_of_users_are_kept_with_the_number_and_pause_it() {
    let mut world = World::new().permitted();
    world.run(&business_call());
    world.rules.quality = QualityRules { complaints_until_warning: 1, complaints_until_pause: 2, ..QualityRules::USUAL };
    let complain = Complain { user: user(), call: call() };
    assert_eq!(world.did(&complain), "puts Number; tells violation; notes UserComplained QualityTold");
    assert_eq!(world.number().quality.complaints.len(), 1);
    world.number().quality.complaints[0].user = UserId::parse("9009").unwrap();
    assert_eq!(world.did(&complain), "puts Number; tells restriction; notes UserComplained CallingPaused; shows BusinessesChanged");
    let until = T0 + PAUSE;
    assert_eq!(world.number().restrictions, [Restriction { direction: Direction::BusinessInitiated, until }]);
    let stranger = Complain { user: UserId::parse("9009").unwrap(), ..complain };
    assert_eq!(world.did(&stranger), "refused: the user had no such call");
}

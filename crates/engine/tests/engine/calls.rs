//! User-initiated calls from dial to record.

use std::time::Duration;

use callport_core::call::{CommandRefusal, EndReason, MediaSign, Side, UserView};
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::gate::Unavailable;
use callport_core::ids::PhoneNumberId;
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::ports::{Page, Store};
use callport_engine::records::Stage;
use callport_engine::verdict::CallOutcome;
use callport_engine::{AskCallRefusal, CallCommand, Failed, PlaceUserCallRefusal, UserEvent};
use callport_testkit::{Given, World, answer};

use crate::T0;

fn accept() -> CallCommand {
    CallCommand::Accept { answer: Some(answer()), opaque: Some("agent-12".into()) }
}

async fn next_ended(events: &mut tokio::sync::broadcast::Receiver<UserEvent>) -> EndReason {
    loop {
        if let UserEvent::Ended { reason, .. } = events.recv().await.unwrap() {
            return reason;
        }
    }
}

#[tokio::test]
async fn a_call_is_placed_pre_accepted_accepted_and_ended() {
    let mut world = World::new().await;
    let mut phone = world.engine.listen(&world.user.id);
    let dialled = world.engine.place_user_call(world.wish()).await.unwrap();
    assert_eq!(dialled.answer, "answer to phone offer");
    let connect = world.webhook().await;
    assert_eq!((connect.url.as_str(), connect.text.as_str()), ("https://1001.example/hook", "connect business offer"));

    world.engine.command(&world.number, &dialled.call, CallCommand::PreAccept(answer())).await.unwrap();
    world.engine.command(&world.number, &dialled.call, accept()).await.unwrap();
    assert_eq!(*world.media.told.lock(), ["open", "apply", "gate"]);
    assert_eq!(world.engine.current_call(&world.user.id).unwrap().since, Some(T0));

    world.engine.press(&world.user.id, &dialled.call, '5').await.unwrap();
    world.clock.advance(Duration::from_secs(7));
    world.engine.hang_up(&world.user.id, &dialled.call).await.unwrap();
    assert_eq!(world.webhook().await.text, "terminate user_hung_up talked=true opaque=Some(\"agent-12\")");
    let mut views = Vec::new();
    let seconds = loop {
        match phone.recv().await.unwrap() {
            UserEvent::View(shown) => views.push(shown.view),
            UserEvent::Ended { seconds, .. } => break seconds,
            _ => {}
        }
    };
    assert_eq!(views, [UserView::Calling, UserView::Ringing, UserView::Connected]);
    assert_eq!(seconds, Some(7));
    assert_eq!(world.engine.current_call(&world.user.id), None);
}

#[tokio::test]
async fn refused_answers_change_nothing_and_may_be_mended() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    let bad = CallCommand::PreAccept(callport_core::call::Answer::new("broken"));
    let refused = world.engine.command(&world.number, &call, bad).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused(AskCallRefusal::BadAnswer(why)) if why.0 == "the SDP is broken"));
    world.engine.command(&world.number, &call, CallCommand::PreAccept(answer())).await.unwrap();
    let story = world.engine.story(&call).await.unwrap().unwrap();
    assert!(story.entries.iter().any(|entry| entry.fact.to_string().contains("the SDP is broken")), "{:?}", story.entries);
}

#[tokio::test]
async fn unknown_and_foreign_calls_do_not_exist() {
    let world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    let (elsewhere, unknown) = (PhoneNumberId::parse("4002").unwrap(), CallId::parse("wacid.none").unwrap());
    for (number, call) in [(&elsewhere, &call), (&world.number, &unknown)] {
        let refused = world.engine.command(number, call, CallCommand::Reject).await.unwrap_err();
        assert!(matches!(refused, Failed::Refused(AskCallRefusal::UnknownCall)));
    }
    assert_eq!(world.engine.press(&world.user.id, &unknown, '1').await, Err(Failed::Refused(AskCallRefusal::UnknownCall)));
    assert_eq!(world.engine.press(&world.user.id, &call, 'A').await, Err(Failed::Refused(AskCallRefusal::NotADigit)));
}

#[tokio::test]
async fn late_commands_are_answered_from_the_record() {
    let mut world = World::new().await;
    let mut phone = world.engine.listen(&world.user.id);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    assert_eq!(next_ended(&mut phone).await, EndReason::Rejected);
    world.webhook().await;
    world.webhook().await;
    for _ in 0..2 {
        let refused = world.engine.command(&world.number, &call, CallCommand::Terminate).await.unwrap_err();
        assert!(
            matches!(refused, Failed::Refused(AskCallRefusal::Rule(CommandRefusal::AlreadyCompleted(EndReason::Rejected)))),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn an_unanswered_call_is_missed_after_the_accept_window() {
    let mut world = World::new().await;
    let mut phone = world.engine.listen(&world.user.id);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(next_ended(&mut phone).await, EndReason::NotAnswered);
    assert_eq!(world.webhook().await.text, "terminate not_answered talked=false opaque=None");
    assert_eq!(world.engine.story(&call).await.unwrap().unwrap().verdict.outcome, CallOutcome::Missed);
}

#[tokio::test]
async fn a_silent_business_is_dropped_at_twenty_seconds_with_the_reason_in_words() {
    let mut world = World::new().await;
    let mut phone = world.engine.listen(&world.user.id);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, accept()).await.unwrap();
    for sign in [MediaSign::Connected(Side::User), MediaSign::Flowing(Side::User)] {
        world.media.sign(&call, sign).await;
    }
    // Media events have gone through the call's queue once the phone is told of the second.
    for _ in 0..2 {
        while !matches!(phone.recv().await.unwrap(), UserEvent::Media { .. }) {}
    }
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(next_ended(&mut phone).await, EndReason::NoBusinessMedia);
    assert_eq!(world.webhook().await.text, "terminate no_business_media talked=true opaque=Some(\"agent-12\")");
    let verdict = world.engine.story(&call).await.unwrap().unwrap().verdict;
    assert_eq!(verdict.outcome, CallOutcome::Failed);
    assert!(verdict.says.contains("after 20 s"), "{}", verdict.says);
}

#[tokio::test]
async fn the_operator_ends_a_call_in_every_stage_and_its_parties_are_free() {
    let mut world = World::new().await;
    let mut phone = world.engine.listen(&world.user.id);
    let nowhere = CallId::parse("wacid.nowhere").unwrap();
    assert!(matches!(world.engine.end_call(&nowhere).await.unwrap_err(), Failed::Refused(AskCallRefusal::UnknownCall)));
    for commands in [vec![], vec![CallCommand::PreAccept(answer())], vec![CallCommand::PreAccept(answer()), accept()]] {
        let talked = commands.len() == 2;
        let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
        assert!(world.webhook().await.text.starts_with("connect"));
        for command in commands {
            world.engine.command(&world.number, &call, command).await.unwrap();
        }
        world.engine.end_call(&call).await.unwrap();
        assert_eq!(next_ended(&mut phone).await, EndReason::OperatorHungUp);
        assert!(world.webhook().await.text.starts_with(&format!("terminate operator_hung_up talked={talked}")));
        assert!(matches!(
            world.engine.end_call(&call).await.unwrap_err(),
            Failed::Refused(AskCallRefusal::Over(EndReason::OperatorHungUp))
        ));
        let story = world.engine.story(&call).await.unwrap().unwrap();
        assert!(story.verdict.says.starts_with("The operator ended the call"), "{}", story.verdict.says);
    }
    world.engine.place_user_call(world.wish()).await.unwrap();
}

#[tokio::test]
async fn a_pair_has_one_call_and_may_call_again_after_it() {
    let world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    let again = world.engine.place_user_call(world.wish()).await.unwrap_err();
    assert!(
        matches!(&again, Failed::Refused(PlaceUserCallRefusal::InCall { why: Unavailable::AlreadyCalling, call: live }) if *live == call)
    );
    assert!(again.to_string().ends_with(&format!("`callport admin hang-up {}` ends it", call.short())), "{again}");
    world.engine.hang_up(&world.user.id, &call).await.unwrap();
    world.engine.place_user_call(world.wish()).await.unwrap();
}

#[tokio::test]
async fn a_refused_offer_gives_the_place_back() {
    let world = World::new().await;
    let mut wish = world.wish();
    wish.offer.clear();
    assert!(matches!(world.engine.place_user_call(wish).await.unwrap_err(), Failed::Refused(PlaceUserCallRefusal::Media(_))));
    world.engine.place_user_call(world.wish()).await.unwrap();
}

#[tokio::test]
async fn a_missing_payment_method_is_told_to_the_business_and_not_to_the_user() {
    let mut world = World::new().await;
    let mut waba = world.store.wabas(Page::first(9)).await.unwrap().remove(0);
    waba.payment_method = false;
    world.engine.put_waba(waba).await.unwrap();
    let refused = world.engine.place_user_call(world.wish()).await.unwrap_err();
    assert_eq!(refused.to_string(), "this business cannot be called at the moment");
    assert_eq!(world.webhook().await.text, "error 131044");
}

#[tokio::test]
async fn switching_calling_off_is_announced_and_closes_the_gate() {
    let mut world = World::new().await;
    let number = world.store.number(&world.number).await.unwrap().unwrap();
    let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    world.engine.change_settings(&number.id, None, off).await.unwrap();
    assert_eq!(world.webhook().await.text, "settings");
    let refused = world.engine.place_user_call(world.wish()).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused(PlaceUserCallRefusal::Unavailable(Unavailable::CallingOff))));
}

#[tokio::test]
async fn only_codecs_that_can_be_transcoded_are_offered() {
    let world = World::new().await;
    let number = world.store.number(&world.number).await.unwrap().unwrap();
    let both =
        CallingSettings { additional_codecs: Some(vec![AdditionalCodec::Pcmu, AdditionalCodec::Pcma]), ..CallingSettings::default() };
    world.engine.change_settings(&number.id, None, both).await.unwrap();
    world.engine.place_user_call(world.wish()).await.unwrap();
    assert_eq!(*world.media.told.lock(), ["open with [Pcma]"]);
}

#[tokio::test]
async fn a_restart_fails_live_calls_and_tells_the_business() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, accept()).await.unwrap();
    // The first platform is gone without a word; the next one finds its store.
    let mut next = World::start(Given { now: T0 + Duration::from_secs(9), ..world.after() }).await;
    assert_eq!(next.webhook().await.text, "terminate platform_restarted talked=true opaque=Some(\"agent-12\")");
    let record = next.store.call(&call).await.unwrap().unwrap();
    assert!(matches!(record.stage, Stage::Ended(ending) if ending.reason == EndReason::PlatformRestarted));
    assert!(next.store.live_calls().await.unwrap().is_empty());
}

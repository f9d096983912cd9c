//! Business-initiated calls from connect to record.

use std::time::Duration;

use callport_core::call::{CommandRefusal, EndReason, MediaSign, Side, UserView};
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::DeviceKind;
use callport_core::limits::DAY;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::{Decision, PairRefusal, Permission};
use callport_engine::ports::Store;
use callport_engine::records::Stage;
use callport_engine::{AskCallRefusal, CallCommand, Failed, PlaceBusinessCallRefusal, UserEvent};
use callport_testkit::{Given, World};

/// A world whose user has allowed calls, with the webhook that tells so taken.
async fn permitted() -> World {
    let mut world = World::new().await;
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    assert_eq!(world.webhook().await.text, "permission permanent UserAction on nothing");
    world
}

async fn place(world: &mut World) -> CallId {
    let call = world.engine.place_business_call(world.outgoing_call().await).await.unwrap();
    assert_eq!(world.webhook().await.text, "connect answer to business offer opaque=case-7");
    world.media.sign(&call, MediaSign::Connected(Side::Business)).await;
    call
}

fn refusal(result: Result<CallId, Failed<PlaceBusinessCallRefusal>>) -> OutreachRefusal {
    match result {
        Err(Failed::Refused(PlaceBusinessCallRefusal::Outreach(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_rings_is_picked_up_and_ended() {
    let mut world = permitted().await;
    let mut phone = world.engine.listen(&world.user.id);
    let call = place(&mut world).await;
    let shown = world.engine.current_call(&world.user.id).unwrap();
    assert_eq!((shown.view, shown.direction), (UserView::Incoming, Direction::BusinessInitiated));

    world.engine.device_rings(&world.user.id, &call).await;
    assert_eq!(world.webhook().await.text, "Ringing opaque=Some(\"case-7\")");
    let answer = world.engine.pick_up(&world.user.id, DeviceKind::Companion, &call, "phone offer".into()).await.unwrap();
    assert_eq!(answer, "answer to phone offer");
    assert_eq!(world.webhook().await.text, "Accepted opaque=Some(\"case-7\")");
    assert!(world.pair().await.window_open(world.engine.now()), "a call that was taken opens the customer service window");

    world.clock.advance(Duration::from_secs(7));
    world.engine.command(&world.number, &call, CallCommand::Terminate).await.unwrap();
    assert_eq!(world.webhook().await.text, "terminate business_terminated talked=true opaque=Some(\"case-7\")");
    let mut views = Vec::new();
    let seconds = loop {
        match phone.recv().await.unwrap() {
            UserEvent::View(shown) => views.push(shown.view),
            UserEvent::Ended { seconds, .. } => break seconds,
            _ => {}
        }
    };
    assert_eq!((views, seconds), (vec![UserView::Incoming, UserView::Connected], Some(7)));
    let record = world.store.call(&call).await.unwrap().unwrap();
    assert_eq!(record.device, Some(DeviceKind::Companion));
    assert_eq!(world.pair().await.connected.len(), 1);
}

#[tokio::test]
async fn the_first_device_wins_and_others_are_told_that_it_does_not_ring() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    let pick_up = |device| world.engine.pick_up(&world.user.id, device, &call, "phone offer".into());
    let (first, second) = tokio::join!(pick_up(DeviceKind::Phone), pick_up(DeviceKind::Companion));
    assert!(first.is_ok());
    assert!(matches!(second, Err(Failed::Refused(AskCallRefusal::Rule(CommandRefusal::NotRinging)))), "{second:?}");
    for device in [DeviceKind::Web, DeviceKind::Desktop] {
        assert!(matches!(pick_up(device).await, Err(Failed::Refused(AskCallRefusal::DeviceCannotCall))));
    }
}

#[tokio::test]
async fn an_offer_that_cannot_be_used_leaves_the_call_ringing() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    let refused = world.engine.pick_up(&world.user.id, DeviceKind::Phone, &call, String::new()).await;
    assert!(matches!(refused, Err(Failed::Refused(AskCallRefusal::Media(_)))), "{refused:?}");
    assert!(world.engine.pick_up(&world.user.id, DeviceKind::Phone, &call, "phone offer".into()).await.is_ok());
}

#[tokio::test]
async fn a_declined_call_tells_rejected_and_counts_as_unanswered() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    world.engine.decline(&world.user.id, &call).await.unwrap();
    let told = [world.webhook().await.text, world.webhook().await.text, world.webhook().await.text];
    let rejected = "Rejected opaque=Some(\"case-7\")";
    assert_eq!(told, ["Ringing opaque=Some(\"case-7\")", rejected, "terminate declined talked=false opaque=Some(\"case-7\")"]);
    assert_eq!(world.pair().await.unanswered, 1);
}

/// Lets a call ring out, or end before any device rang.
async fn ring_out(world: &mut World, rings: bool) {
    let call = place(world).await;
    if rings {
        world.engine.device_rings(&world.user.id, &call).await;
        world.webhook().await;
    }
    let mut phone = world.engine.listen(&world.user.id);
    // The story is read through the owner: once it answers, the sign of the business's media was taken.
    world.engine.story(&call).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    loop {
        if let UserEvent::Ended { reason, .. } = phone.recv().await.unwrap() {
            assert_eq!(reason, EndReason::NotPickedUp);
            break;
        }
    }
}

#[tokio::test]
async fn four_unanswered_calls_nudge_and_then_revoke() {
    let mut world = permitted().await;
    for _ in 0..3 {
        ring_out(&mut world, true).await;
        assert_eq!(world.webhook().await.text, "terminate not_picked_up talked=false opaque=Some(\"case-7\")");
    }
    let (messages, _) = world.engine.chat_page(&world.user.id, &world.number, None).await.unwrap();
    let nudges = messages.iter().filter(|message| matches!(message.body, callport_engine::records::MessageBody::Reconsider)).count();
    assert_eq!(nudges, 1, "after the second only");
    ring_out(&mut world, true).await;
    let revoked = "permission none Automatic on nothing";
    assert_eq!(world.webhooks(2).await, [revoked, "terminate not_picked_up talked=false opaque=Some(\"case-7\")"]);
    let refused = refusal(world.engine.place_business_call(world.outgoing_call().await).await);
    assert_eq!(refused, PairRefusal::NoPermission.into());
}

#[tokio::test]
async fn a_call_that_no_device_heard_does_not_count() {
    let mut world = permitted().await;
    ring_out(&mut world, false).await;
    assert_eq!(world.pair().await.unanswered, 0);
}

#[tokio::test]
async fn a_business_that_never_connects_fails_with_138007() {
    let mut world = permitted().await;
    let call = world.engine.place_business_call(world.outgoing_call().await).await.unwrap();
    world.webhook().await;
    world.engine.story(&call).await.unwrap();
    world.clock.advance(Duration::from_secs(20));
    assert_eq!(world.webhook().await.text, "terminate business_never_connected talked=false opaque=Some(\"case-7\")");
}

#[tokio::test]
async fn a_user_in_another_call_is_busy_and_that_call_goes_on() {
    let mut world = permitted().await;
    let dialled = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    let refused = world.engine.place_business_call(world.outgoing_call().await).await.unwrap_err();
    assert!(matches!(&refused, Failed::Refused(PlaceBusinessCallRefusal::InCall { call }) if *call == dialled), "{refused}");
    assert!(refused.to_string().contains(&format!("`callport admin hang-up {}`", dialled.short())), "{refused}");

    let mut other = world.number_record().await;
    other.id = callport_core::ids::PhoneNumberId::parse("4002").unwrap();
    other.number = callport_core::number::PhoneNumber::parse("+6281255508888").unwrap();
    world.engine.put_number(other.clone()).await.unwrap();
    world.engine.set_permission(&world.user, &other.id, Decision::Allow).await.unwrap();
    world.webhook().await;
    let mut wish = world.outgoing_call().await;
    wish.number = other;
    let call = world.engine.place_business_call(wish).await.unwrap();
    let told = [world.webhook().await.text, world.webhook().await.text];
    assert_eq!(told, ["connect answer to business offer opaque=case-7", "terminate user_busy talked=false opaque=Some(\"case-7\")"]);
    assert!(matches!(world.store.call(&call).await.unwrap().unwrap().stage, Stage::Ended(_)));
    assert_eq!(world.engine.current_call(&world.user.id).unwrap().call, dialled);
}

#[tokio::test]
async fn refused_before_anything_happens() {
    let mut world = World::new().await;
    assert_eq!(refusal(world.engine.place_business_call(world.outgoing_call().await).await), PairRefusal::NoPermission.into());
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    world.webhook().await;

    let stranger = callport_core::number::PhoneNumber::parse("+5511900000000").unwrap();
    let mut wish = world.outgoing_call().await;
    wish.to = callport_engine::To::Number(stranger);
    assert_eq!(refusal(world.engine.place_business_call(wish).await), OutreachRefusal::Uncallable);

    let mut wish = world.outgoing_call().await;
    wish.offer = "m=video".into();
    assert!(matches!(world.engine.place_business_call(wish).await, Err(Failed::Refused(PlaceBusinessCallRefusal::Media(_)))));
    assert_eq!(world.engine.current_call(&world.user.id), None, "a refused call leaves no trace");

    let until = world.engine.now() + DAY;
    world.engine.restrict(&world.number, Direction::BusinessInitiated, Some(until)).await.unwrap();
    assert_eq!(world.webhook().await.text, "restricted 1");
    assert_eq!(refusal(world.engine.place_business_call(world.outgoing_call().await).await), OutreachRefusal::Paused { until });
    world.engine.restrict(&world.number, Direction::BusinessInitiated, None).await.unwrap();
    place(&mut world).await;
}

#[tokio::test]
async fn commands_of_user_initiated_calls_are_refused_by_name() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    let refused = world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused(AskCallRefusal::Rule(CommandRefusal::NotUserInitiated))));
}

#[tokio::test]
async fn the_limit_of_starts_holds_over_a_restart() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    world.engine.decline(&world.user.id, &call).await.unwrap();
    let mut config = callport_engine::EngineConfig::default();
    config.rules.limits.business_calls_per_day = 1;
    let again = World::start(Given { config, ..world.after() }).await;
    assert_eq!(refusal(again.engine.place_business_call(again.outgoing_call().await).await), OutreachRefusal::TooManyStarts);
    again.clock.advance(DAY);
    assert!(again.engine.place_business_call(again.outgoing_call().await).await.is_ok());
}

#[tokio::test]
async fn a_restart_while_it_rings_ends_it_as_failed_and_counts_nothing() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    world.engine.device_rings(&world.user.id, &call).await;
    world.webhook().await;
    let mut again = World::start(world.after()).await;
    assert_eq!(again.webhook().await.text, "terminate platform_restarted talked=false opaque=Some(\"case-7\")");
    assert_eq!(again.pair().await.unanswered, 0);
    assert_eq!(again.pair().await.permission(again.engine.now()), Permission::Permanent);
}

#[tokio::test]
async fn a_platform_that_stops_takes_no_more_calls_and_keeps_those_that_are_up() {
    let mut world = permitted().await;
    let call = place(&mut world).await;
    world.engine.take_no_more_calls();
    assert!(matches!(
        world.engine.place_business_call(world.outgoing_call().await).await,
        Err(Failed::Refused(PlaceBusinessCallRefusal::Stopping))
    ));
    assert!(matches!(
        world.engine.place_user_call(world.wish()).await,
        Err(Failed::Refused(callport_engine::PlaceUserCallRefusal::Stopping))
    ));
    assert!(world.engine.pick_up(&world.user.id, DeviceKind::Phone, &call, "phone offer".into()).await.is_ok());
}

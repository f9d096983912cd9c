//! Users without a browser who do by themselves what they were told to do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use callport_audio::Signature;
use callport_core::call::EndReason;
use callport_core::call_id::{CallId, Direction};
use callport_core::gate::DeviceKind;
use callport_core::pair::{Decision, Permission};
use callport_engine::records::Stage;
use callport_engine::{CallCommand, NewBusinessCall};
use callport_peer::{Endpoint, Identity, PeerConfig, Seeds};
use callport_people::{Behaviour, Device, HangUp, OnButton, OnCall, OnRequest, Press, Receipts, Script, ScriptedState};
use callport_phone::scripted::{ScriptedCall, ScriptedUsers, UserReport};

use crate::business::{call_button, permission_request, text};
use crate::world::{PATIENCE, World, acme, nadia, with_real_media};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A user with a phone that is off, who does nothing.
fn idle() -> Behaviour {
    Behaviour {
        device: Device::Phone,
        calls: OnCall::Offline {},
        permission_requests: OnRequest::Ignore {},
        receipts: Receipts::None,
        call_buttons: OnButton::Ignore {},
    }
}

fn with_calls(calls: OnCall) -> Behaviour {
    Behaviour { calls, ..idle() }
}

fn people(world: &World) -> ScriptedUsers {
    ScriptedUsers::new(world.engine.clone(), Identity::self_signed().unwrap()).bound_to(LOOPBACK)
}

/// The webhooks of a call up to its end.
async fn story(world: &mut World) -> Vec<String> {
    let mut events = Vec::new();
    loop {
        let event = world.call_webhook().await.event;
        let over = event == "terminate";
        events.push(event);
        if over {
            return events;
        }
    }
}

async fn reason(world: &World, call: &CallId) -> EndReason {
    match world.engine.store().call(call).await.unwrap().unwrap().stage {
        Stage::Ended(ending) => ending.reason,
        stage => panic!("{stage:?}"),
    }
}

async fn finished(call: &ScriptedCall) -> UserReport {
    tokio::time::timeout(PATIENCE, call.finished()).await.expect("the call ends")
}

/// The user's part in a call that was met.
fn part(people: &ScriptedUsers, call: &CallId) -> Arc<ScriptedCall> {
    people.calls().into_iter().find(|part| part.is_part_of(call)).expect("the call was met")
}

#[tokio::test]
async fn a_call_is_declined_after_it_rang_for_as_long_as_was_said() {
    let mut world = World::new().await;
    let people = people(&world);
    people.behave(nadia().id, with_calls(OnCall::Decline { after: seconds(5) })).unwrap();
    let call = world.acme_calls().await;
    assert_eq!(world.call_webhook().await.event, "ringing");
    let part = part(&people, &call);
    part.reached(ScriptedState::Ringing).await;
    assert_eq!((part.state(), part.direction(), part.number()), (ScriptedState::Ringing, Direction::BusinessInitiated, &acme()));
    world.clock.advance(seconds(4));
    let everybody_had_a_turn = async {
        for _ in 0..100 {
            tokio::task::yield_now().await
        }
    };
    everybody_had_a_turn.await;
    assert!(world.engine.current_call(&nadia().id).is_some(), "four of five seconds");
    world.clock.advance(seconds(1));
    assert_eq!(story(&mut world).await, ["rejected", "terminate"]);
    let report = finished(&part).await;
    assert_eq!((report.reason, report.call.as_ref(), report.seconds), (Some(EndReason::Declined), Some(&call), None));
    assert!(report.trouble.is_none() && report.times.ringing_ms.is_some() && report.times.ended_ms.is_some(), "{report:?}");
}

#[tokio::test]
async fn a_call_rings_until_the_ring_window_is_over_or_the_business_cancels() {
    let mut world = World::new().await;
    let people = people(&world);
    people.behave(nadia().id, with_calls(OnCall::Ignore {})).unwrap();
    let call = world.acme_calls().await;
    assert_eq!(world.call_webhook().await.event, "ringing");
    world.clock.advance(seconds(60));
    assert_eq!(story(&mut world).await, ["terminate"]);
    assert_eq!(finished(&part(&people, &call)).await.reason, Some(EndReason::NotPickedUp));

    let call = world.call_from(&acme()).await;
    assert_eq!(world.call_webhook().await.event, "ringing");
    world.engine.command(&acme(), &call, CallCommand::Terminate).await.unwrap();
    assert_eq!(finished(&part(&people, &call)).await.reason, Some(EndReason::BusinessTerminated));
}

#[tokio::test]
async fn a_user_who_is_offline_does_not_ring_until_a_phone_comes_on() {
    let mut world = World::new().await;
    let people = people(&world);
    people.behave(nadia().id, idle()).unwrap();
    let call = world.acme_calls().await;
    world.clock.advance(seconds(10));
    people.behave(nadia().id, with_calls(OnCall::Ignore {})).unwrap();
    assert_eq!(world.call_webhook().await.event, "ringing");
    world.clock.advance(seconds(50));
    assert_eq!(story(&mut world).await, ["terminate"]);
    assert_eq!(reason(&world, &call).await, EndReason::NotPickedUp);

    assert!(people.stop_behaving(&nadia().id) && !people.stop_behaving(&nadia().id));
    let call = world.call_from(&acme()).await;
    world.clock.advance(seconds(60));
    assert_eq!(story(&mut world).await, ["terminate"], "nobody behaves any more");
    assert!(people.calls().iter().all(|part| !part.is_part_of(&call)));
}

#[tokio::test]
async fn a_user_who_is_busy_ends_the_call_before_it_rings() {
    let mut world = World::new().await;
    let people = people(&world);
    people.behave(nadia().id, with_calls(OnCall::Busy {})).unwrap();
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    let call = world.call_from(&acme()).await;
    assert_eq!(story(&mut world).await, ["terminate"]);
    assert_eq!(reason(&world, &call).await, EndReason::UserBusy);
    assert_eq!(finished(&part(&people, &call)).await.reason, Some(EndReason::UserBusy));
}

#[tokio::test]
async fn receipts_come_as_the_device_sends_them() {
    let mut world = World::new().await;
    let people = people(&world);
    world.nadia_greets().await;
    let first = world.send(text("one")).await;
    world.webhook_of("sent").await;
    people.behave(nadia().id, Behaviour { receipts: Receipts::Delivered, ..idle() }).unwrap();
    assert_eq!(world.webhook_of("delivered").await.about, first.as_str(), "what waited for a phone");
    people.behave(nadia().id, Behaviour { receipts: Receipts::Read, ..idle() }).unwrap();
    world.send(text("two")).await;
    // Two reads, the first one's too: webhooks of different messages have no order.
    let read = [world.webhook_of("read").await.about, world.webhook_of("read").await.about];
    assert!(read.contains(&first.as_str().to_owned()) && read[0] != read[1], "{read:?}");
}

#[tokio::test]
async fn a_permission_request_is_read_and_answered_when_its_time_has_come() {
    let mut world = World::new().await;
    let people = people(&world);
    world.nadia_greets().await;
    let decide = OnRequest::AllowTemporarily { after: seconds(3_600) };
    people.behave(nadia().id, Behaviour { permission_requests: decide, ..idle() }).unwrap();
    let request = world.send(permission_request()).await;
    assert_eq!(world.webhook_of("delivered").await.about, request.as_str(), "what is reacted to was delivered");
    assert_eq!(world.engine.pair(&acme(), &nadia().id).await.unwrap().decided, Permission::None);
    world.clock.advance(seconds(3_600));
    assert_eq!(world.webhook_of("read").await.about, request.as_str());
    assert!(world.webhook_of("call_permission_reply").await.text.starts_with("permission until "));
}

#[tokio::test]
async fn a_reaction_that_was_still_to_come_is_forgotten_with_its_behaviour() {
    let mut world = World::new().await;
    let people = people(&world);
    world.nadia_greets().await;
    let decide = OnRequest::Allow { after: seconds(60) };
    people.behave(nadia().id, Behaviour { permission_requests: decide, ..idle() }).unwrap();
    let request = world.send(permission_request()).await;
    world.webhook_of("delivered").await;
    people.behave(nadia().id, idle()).unwrap();
    world.clock.advance(seconds(60));
    world.engine.answer_request(&nadia(), &request, Decision::Deny).await.unwrap();
    assert!(
        world.webhook_of("call_permission_reply").await.text.starts_with("permission none "),
        "the first answer that the business hears"
    );
}

#[tokio::test]
async fn a_call_button_is_tapped_and_its_payload_comes_with_the_call() {
    let mut world = World::new().await;
    let people = people(&world);
    world.nadia_greets().await;
    let script = Box::new(Script { patience: Some(Duration::from_millis(50)), ..Script::default() });
    people.behave(nadia().id, Behaviour { call_buttons: OnButton::Tap { after: seconds(10), script }, ..idle() }).unwrap();
    world.send(call_button(seconds(60))).await;
    world.webhook_of("delivered").await;
    world.clock.advance(seconds(10));
    let connect = world.call_webhook().await;
    assert_eq!(connect.event, "connect");
    let record = world.engine.store().call(&connect.call()).await.unwrap().unwrap();
    assert_eq!((record.direction, record.cta_payload.as_deref()), (Direction::UserInitiated, Some("from-chat")));
}

#[tokio::test]
async fn a_call_of_a_business_is_picked_up_and_both_sides_hear_each_other() {
    let (mut world, identity) = with_real_media().await;
    let engine = world.engine.clone();
    let people = ScriptedUsers::new(engine.clone(), identity.clone()).bound_to(LOOPBACK);
    let press = vec![Press { after: Duration::from_millis(400), digits: "4#".into() }];
    let script = Box::new(Script { press, hang_up: HangUp::after(Duration::from_millis(2_500)), ..Script::default() });
    let behaviour = Behaviour { device: Device::Companion, ..with_calls(OnCall::Answer { after: Duration::ZERO, script }) };
    people.behave(nadia().id, behaviour).unwrap();
    engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();

    let config = PeerConfig { bind: SocketAddr::new(LOOPBACK, 0), ..PeerConfig::new(identity, Seeds::new(engine.random())) };
    let (business, _) = Endpoint::bind(config).await.unwrap();
    let wish = NewBusinessCall { offer: business.offer().await.unwrap(), opaque: None, ..world.outgoing_call().await };
    let call = engine.place_business_call(wish).await.unwrap();
    let connect = world.call_webhook().await;
    assert_eq!(connect.event, "connect");
    business.apply_answer(connect.sdp()).await.unwrap();
    for expected in ["ringing", "accepted"] {
        assert_eq!(world.call_webhook().await.event, expected);
    }
    business.mouth().say(Signature::BUSINESS.source()).await;
    business.mouth().open().await;

    let report = finished(&part(&people, &call)).await;
    assert!(report.trouble.is_none(), "{:?}", report.trouble);
    assert_eq!((report.reason, report.digits.as_str()), (Some(EndReason::UserHungUp), "4#"));
    assert!(report.heard.business.found && !report.heard.own.found, "{:?}", report.heard);
    assert!(report.figures.packets_in > 25 && report.figures.packets_out > 25, "{:?}", report.figures);
    let order = [report.times.ringing_ms, report.times.connected_ms, report.times.ended_ms];
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
    assert!(business.ear().heard(&Signature::USER).found, "the business hears the user");
    assert_eq!(business.ear().digits(), "4#");
    assert_eq!(world.call_webhook().await.event, "terminate");
    assert_eq!(engine.store().call(&call).await.unwrap().unwrap().device, Some(DeviceKind::Companion));
}

//! Permission asked for, given, changed and taken back, and what the business is told of it.

use std::time::Duration;

use callport_core::call::{MediaSign, Side};
use callport_core::gate::DeviceKind;
use callport_core::limits::DAY;
use callport_core::message::MessageId;
use callport_core::outreach::OutreachRefusal;
use callport_core::pair::{Decision, Permission, RequestRefusal};
use callport_core::settings::Switch;
use callport_engine::{CallCommand, Failed, MessageDraft, PermitRefusal, Receipt, SendRefusal};
use callport_testkit::{World, answer};

use crate::T0;

fn request() -> MessageDraft {
    MessageDraft::PermissionRequest { body: Some("May we phone you?".into()) }
}

/// A world in which the user has written, so that the business may ask.
async fn in_window() -> World {
    let mut world = World::new().await;
    world.engine.say(&world.user, &world.number, "hello", None).await.unwrap();
    assert_eq!(world.webhook().await.text, "text hello");
    world
}

/// Asks for permission and lets the request reach the phone.
async fn ask(world: &mut World) -> MessageId {
    let sent = world.engine.send(world.outgoing(request()).await).await.unwrap();
    assert_eq!(world.webhook().await.text, "sent priced=Some((Service, true)) opaque=Some(\"order=1\")");
    world.engine.received(&world.user, &sent.id, Receipt::Delivered).await.unwrap();
    assert_eq!(world.webhook().await.text, "delivered priced=Some((Service, true)) opaque=Some(\"order=1\")");
    sent.id
}

fn refused(result: Result<callport_engine::SentMessage, Failed<SendRefusal>>) -> OutreachRefusal {
    match result {
        Err(Failed::Refused(SendRefusal::Outreach(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_answer_on_the_card_is_told_with_the_request_as_context() {
    let until = T0.unix_seconds() + 7 * 86_400;
    for (decision, told) in [
        (Decision::Allow, "permission permanent UserAction on a message".to_owned()),
        (Decision::AllowTemporarily, format!("permission until {until} UserAction on a message")),
        (Decision::Deny, "permission none UserAction on a message".to_owned()),
    ] {
        let mut world = in_window().await;
        let card = ask(&mut world).await;
        world.engine.answer_request(&world.user, &card, decision).await.unwrap();
        assert_eq!(world.webhook().await.text, told);
    }
}

#[tokio::test]
async fn a_card_that_did_not_reach_the_phone_or_belongs_to_another_cannot_be_answered() {
    let mut world = in_window().await;
    let sent = world.engine.send(world.outgoing(request()).await).await.unwrap();
    world.webhook().await;
    let answer = world.engine.answer_request(&world.user, &sent.id, Decision::Allow).await;
    assert!(matches!(answer, Err(Failed::Refused(PermitRefusal::Over(_)))), "{answer:?}");
    let mut stranger = world.user.clone();
    stranger.id = callport_core::ids::UserId::parse("9002").unwrap();
    let answer = world.engine.answer_request(&stranger, &sent.id, Decision::Allow).await;
    assert!(matches!(answer, Err(Failed::Refused(PermitRefusal::UnknownRequest))), "{answer:?}");
}

#[tokio::test]
async fn requests_are_limited_and_a_connected_call_resets_them() {
    let mut world = in_window().await;
    ask(&mut world).await;
    let limit = OutreachRefusal::Request(RequestRefusal::Limit { next_at: T0 + DAY });
    assert_eq!(refused(world.engine.send(world.outgoing(request()).await).await), limit);

    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    world.webhook().await;
    assert_eq!(refused(world.engine.send(world.outgoing(request()).await).await), limit, "a call that was not connected resets nothing");

    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, CallCommand::Accept { answer: Some(answer()), opaque: None }).await.unwrap();
    ask(&mut world).await;
}

#[tokio::test]
async fn a_permanent_permission_needs_no_request_and_a_closed_window_a_template() {
    let mut world = World::new().await;
    assert_eq!(refused(world.engine.send(world.outgoing(request()).await).await), OutreachRefusal::WindowClosed);
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    world.webhook().await;
    let refusal = refused(world.engine.send(world.outgoing(request()).await).await);
    assert_eq!(refusal, RequestRefusal::PermanentPermission.into());
}

#[tokio::test]
async fn the_profile_grants_and_takes_back_without_context() {
    let mut world = World::new().await;
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    assert_eq!(world.webhook().await.text, "permission permanent UserAction on nothing");
    world.engine.set_permission(&world.user, &world.number, Decision::Allow).await.unwrap();
    world.engine.set_permission(&world.user, &world.number, Decision::Deny).await.unwrap();
    assert_eq!(world.webhook().await.text, "permission none UserAction on nothing", "the same choice again is no change");
}

#[tokio::test]
async fn a_temporary_permission_runs_out_silently() {
    let mut world = World::new().await;
    world.engine.set_permission(&world.user, &world.number, Decision::AllowTemporarily).await.unwrap();
    world.webhook().await;
    world.clock.advance(7 * DAY - Duration::from_secs(1));
    assert_ne!(world.pair().await.permission(world.engine.now()), Permission::None);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.pair().await.permission(world.engine.now()), Permission::None);
    assert!(world.webhooks.try_recv().is_err());
}

#[tokio::test]
async fn a_call_by_the_user_grants_a_callback_from_the_primary_phone_only() {
    for (device, connected, granted) in
        [(DeviceKind::Phone, false, true), (DeviceKind::Phone, true, true), (DeviceKind::Companion, true, false)]
    {
        let mut world = World::new().await;
        world.change_number(|number| number.settings.callback_permission_status = Some(Switch::Enabled)).await;
        let call = world.engine.place_user_call(callport_engine::NewUserCall { device, ..world.wish() }).await.unwrap().call;
        world.webhook().await;
        if connected {
            world.engine.command(&world.number, &call, CallCommand::Accept { answer: Some(answer()), opaque: None }).await.unwrap();
        }
        world.engine.hang_up(&world.user.id, &call).await.unwrap();
        let told = world.webhooks(if granted { 2 } else { 1 }).await;
        let until = T0.unix_seconds() + 7 * 86_400;
        assert_eq!(told.contains(&format!("permission until {until} Automatic on a call")), granted, "{device:?} {told:?}");
        assert_eq!(world.pair().await.permission(T0) != Permission::None, granted);
    }
}

#[tokio::test]
async fn a_callback_is_granted_also_when_a_restart_cut_the_call_off() {
    let mut world = World::new().await;
    world.change_number(|number| number.settings.callback_permission_status = Some(Switch::Enabled)).await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.media.sign(&call, MediaSign::Connected(Side::User)).await;
    let mut again = World::start(world.after()).await;
    let told = again.webhooks(2).await;
    assert!(told[0].starts_with("permission until"), "{told:?}");
}

#[tokio::test]
async fn an_older_request_that_is_delivered_late_does_not_replace_the_newer_card() {
    let world = in_window().await;
    world.change_number(|number| number.account_mode = callport_core::settings::AccountMode::Sandbox).await;
    let older = world.engine.send(world.outgoing(request()).await).await.unwrap().id;
    world.clock.advance(Duration::from_secs(1));
    let newer = world.engine.send(world.outgoing(request()).await).await.unwrap().id;
    for message in [&newer, &older] {
        world.engine.received(&world.user, message, Receipt::Delivered).await.unwrap();
    }
    let answer = world.engine.answer_request(&world.user, &older, Decision::Allow).await;
    assert!(matches!(answer, Err(Failed::Refused(PermitRefusal::Over(_)))), "{answer:?}");
    assert!(world.engine.answer_request(&world.user, &newer, Decision::Allow).await.is_ok());
}

//! Whatever becomes of the caller, of the clock or of the process: what was begun is carried out, and nothing waits for luck.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use callport_core::gate::DeviceKind;
use callport_core::pair::Decision;
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::ports::{JournalPage, Store as _};
use callport_engine::records::{Guest, Stage};
use callport_engine::{CallCommand, Patch, Receipt};
use callport_testkit::{Mishap, World, answer};

use crate::T0;

/// Polls a future so often, as a caller does who then goes away. True: it had ended before.
async fn abandon<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// Everything that runs by itself has come to rest.
async fn settled() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Begins an operation in a fresh world, leaves after each possible number of polls, and looks whether it was carried out all the same:
/// its webhooks arrive and its effect is on record.
macro_rules! abandoned_at_every_await {
    ($world:ident, $operation:expr, $webhooks:expr, $effect:expr) => {
        for polls in 1.. {
            assert!(polls < 100, "it never ends");
            #[allow(unused_mut)]
            let mut $world = World::new().await;
            let ended = abandon($operation, polls).await;
            for expected in $webhooks {
                #[expect(clippy::disallowed_methods, reason = "a test that fails says which webhook never came")]
                let told = tokio::time::timeout(Duration::from_secs(20), $world.webhook()).await;
                let told = told.unwrap_or_else(|_| panic!("{expected} never came after {polls} polls")).text;
                assert!(told.starts_with(expected), "{told}");
            }
            settled().await;
            assert!($effect, "left after {polls} polls");
            if ended {
                break;
            }
        }
    };
}

#[tokio::test]
async fn a_caller_who_leaves_takes_nothing_along() {
    abandoned_at_every_await!(
        world,
        world.engine.place_user_call(world.wish()),
        ["connect"],
        world.engine.live_call_count() == 1 && world.store.live_calls().await.unwrap().len() == 1
    );
    abandoned_at_every_await!(
        world,
        world.engine.set_permission(&world.user, &world.number, Decision::Allow),
        ["permission permanent"],
        world.pair().await.window_open(T0)
    );
    abandoned_at_every_await!(
        world,
        world.engine.say(&world.user, &world.number, "hello", None),
        ["text hello"],
        world.pair().await.window_open(T0)
    );
    let off = || CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    abandoned_at_every_await!(
        world,
        world.engine.change_settings(&world.number, None, off()),
        ["settings"],
        !world.number_record().await.settings.enabled()
    );
    abandoned_at_every_await!(
        world,
        world.engine.restrict(&world.number, callport_core::call_id::Direction::UserInitiated, Some(T0 + Duration::from_secs(60))),
        ["restricted"],
        world.number_record().await.restrictions.len() == 1
    );
    abandoned_at_every_await!(
        world,
        world.engine.change_number(
            &world.number,
            Patch::new(|number: &mut callport_engine::records::Number| number.name = "Other".into()),
            None
        ),
        [""; 0],
        world.number_record().await.name == "Other"
    );
    abandoned_at_every_await!(
        world,
        world.engine.open_session(&world.user.id, DeviceKind::Phone),
        [""; 0],
        world.store.sessions(None).await.unwrap().len() == 1
    );
    abandoned_at_every_await!(
        world,
        world.engine.invite(Guest::Anyone, Duration::from_secs(60)),
        [""; 0],
        world.store.invitations().await.unwrap().len() == 1
    );
    abandoned_at_every_await!(
        world,
        world.engine.remove_user(&world.user.id),
        [""; 0],
        world.store.user(&world.user.id).await.unwrap().is_none()
    );
}

#[tokio::test]
async fn a_caller_who_leaves_a_live_call_alone_has_asked_all_the_same() {
    for (ask, expected) in [("accept", "connect"), ("hang up", "terminate user_hung_up"), ("end", "terminate operator_hung_up")] {
        for polls in 1..60 {
            let mut world = World::new().await;
            let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
            assert!(world.webhook().await.text.starts_with("connect"));
            let accept = CallCommand::Accept { answer: Some(answer()), opaque: None };
            let ended = match ask {
                "accept" => abandon(world.engine.command(&world.number, &call, accept), polls).await,
                "hang up" => abandon(world.engine.hang_up(&world.user.id, &call), polls).await,
                _ => abandon(world.engine.end_call(&call), polls).await,
            };
            if ask == "accept" {
                settled().await;
                assert!(matches!(world.store.call(&call).await.unwrap().unwrap().stage, Stage::Active(_)), "{polls}");
            } else {
                assert!(world.webhook().await.text.starts_with(expected));
            }
            if ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_receipt_that_nobody_waits_for_is_told() {
    let mut world = World::new().await;
    world.engine.say(&world.user, &world.number, "hello", None).await.unwrap();
    world.webhook().await;
    let text = callport_engine::MessageDraft::Text("hi".into());
    let sent = world.engine.send(world.outgoing(text).await).await.unwrap().id;
    assert!(world.webhook().await.text.starts_with("sent"));
    abandon(world.engine.received(&world.user, &sent, Receipt::Read), 1).await;
    assert!(world.webhook().await.text.starts_with("read"));
}

#[tokio::test]
async fn a_platform_that_stops_ends_its_calls_and_tells_their_businesses() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.stop(Duration::from_secs(60)).await;
    assert_eq!(world.webhook().await.text, "terminate platform_restarted talked=false opaque=None");
    assert!(matches!(world.store.call(&call).await.unwrap().unwrap().stage, Stage::Ended(_)));
    let pending = world.store.deliveries_of(&call).await.unwrap().into_iter().filter(|delivery| delivery.attempts == 0).count();
    assert_eq!(pending, 0, "what was sent is on record when the stop returns");
}

/// Here because more is asked of the call than may wait; with a store that fails once it is the same.
#[tokio::test]
async fn a_stop_tries_again_where_a_call_could_not_be_ended_at_once() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    for _ in 0..100 {
        let (engine, call, user) = (world.engine.clone(), call.clone(), world.user.id.clone());
        #[expect(clippy::disallowed_methods, reason = "a phone that reports by itself, as adapters run it")]
        tokio::spawn(async move { engine.device_rings(&user, &call).await });
    }
    tokio::task::yield_now().await; // all of that is asked before the stop is
    world.engine.stop(Duration::from_secs(60)).await;
    assert!(matches!(world.store.call(&call).await.unwrap().unwrap().stage, Stage::Ended(_)));
    assert!(world.webhook().await.text.starts_with("terminate platform_restarted"));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_receiver_that_never_answers() {
    let mut world = World::new().await;
    world.engine.place_user_call(world.wish()).await.unwrap();
    world.webhook().await;
    world.carrier.mishap("terminate", Mishap::Hangs);
    world.engine.stop(Duration::from_millis(50)).await;
    let mut next = World::start(world.after()).await;
    assert!(next.webhook().await.text.starts_with("terminate"), "the next start sends it");
}

#[tokio::test]
async fn deadlines_come_though_the_machine_s_clock_went_back_a_day() {
    let mut world = World::new().await;
    world.carrier.mishap("connect", Mishap::Fails);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    assert!(world.webhook().await.text.starts_with("connect"));
    settled().await;
    world.carrier.recover();
    world.clock.set_machine(T0 - Duration::from_secs(86_400));
    world.clock.pass(Duration::from_secs(5));
    assert!(world.webhook().await.text.starts_with("connect"), "the retry comes after five seconds");
    world.clock.pass(Duration::from_secs(55));
    assert_eq!(world.webhook().await.text, "terminate not_answered talked=false opaque=None");
    assert!(matches!(world.store.call(&call).await.unwrap().unwrap().stage, Stage::Ended(_)));
}

#[tokio::test]
async fn a_change_of_a_number_and_one_of_its_settings_both_stay() {
    let world = World::new().await;
    for turn in 0..50 {
        let name = format!("Acme {turn}");
        let renamed = name.clone();
        let patch = Patch::new(move |number: &mut callport_engine::records::Number| number.name = renamed.clone());
        let status = if turn % 2 == 0 { Switch::Disabled } else { Switch::Enabled };
        let change = CallingSettings { callback_permission_status: Some(status), ..CallingSettings::default() };
        let (one, two) =
            tokio::join!(world.engine.change_number(&world.number, patch, None), world.engine.change_settings(&world.number, None, change));
        one.unwrap();
        two.unwrap();
        let number = world.number_record().await;
        assert_eq!((number.name, number.settings.callback_permission_status), (name, Some(status)));
    }
}

#[tokio::test]
async fn refused_requests_are_in_the_journal() {
    let world = World::new().await;
    let refused = world.engine.place_business_call(world.outgoing_call().await).await.unwrap_err();
    let page = JournalPage { number: Some(world.number.clone()), limit: 99, ..JournalPage::default() };
    let entries = world.store.journal(page).await.unwrap();
    let last = entries.last().unwrap().entry.fact.to_string();
    assert_eq!(last, format!("connect refused: {refused}"));
}

#[tokio::test]
async fn a_panic_in_the_media_plane_costs_one_call_and_its_parties_are_free() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.media.panics.store(true, std::sync::atomic::Ordering::Relaxed);
    let accept = CallCommand::Accept { answer: Some(answer()), opaque: None };
    assert!(world.engine.command(&world.number, &call, accept).await.is_err());
    world.media.panics.store(false, std::sync::atomic::Ordering::Relaxed);
    assert!(world.webhook().await.text.starts_with("terminate platform_fault"));
    assert_eq!(world.engine.health().panics, 1);
    assert_eq!(world.engine.current_call(&world.user.id), None);
    world.engine.place_user_call(world.wish()).await.unwrap();
}

#[tokio::test]
async fn an_attempt_that_panics_is_made_again_and_holds_up_nobody() {
    let mut world = World::new().await;
    world.carrier.mishap("connect", Mishap::Panics);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    assert!(world.webhook().await.text.starts_with("terminate"), "the lane goes on");
    world.carrier.recover();
    world.clock.advance(Duration::from_secs(2));
    assert!(world.webhook().await.text.starts_with("connect"));
    assert_eq!(world.engine.health().panics, 1);
}

#[tokio::test]
async fn one_call_that_does_not_keep_up_holds_up_no_other_call_s_media() {
    use callport_core::call::{MediaSign, Side};
    use callport_engine::journal::Milestone;
    use callport_engine::ports::MediaEvent;
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    let milestone = || MediaEvent::Milestone { call: call.clone(), side: Side::User, milestone: Milestone::IceBegan };
    // Many more than may wait, at once; the end of its media is not lost among them.
    for _ in 0..200 {
        world.media.events.send(milestone()).await.unwrap();
    }
    world.media.sign(&call, MediaSign::Connected(Side::User)).await;
    world.media.events.send(MediaEvent::Closed { call: call.clone(), report: Box::default() }).await.unwrap();
    assert!(world.webhook().await.text.starts_with("terminate media_fault"));
}

/// What is behind this much must still be a bug that somebody sees.
#[tokio::test]
async fn nothing_is_left_of_a_call_that_is_over() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.hang_up(&world.user.id, &call).await.unwrap();
    world.webhook().await;
    world.engine.story(&call).await.unwrap();
    settled().await;
    assert_eq!((world.engine.live_call_count(), world.engine.waiting_webhooks()), (0, 0));
    assert_eq!(Arc::strong_count(&world.media), 3, "the world's own, the engine's and the outbox's");
}

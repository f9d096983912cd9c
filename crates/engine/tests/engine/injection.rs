//! Webhooks that go wrong because a test asked for it.

use std::time::Duration;

use callport_core::call_id::CallId;
use callport_engine::CallCommand;
use callport_engine::injection::{InjectedFault, WebhookFault, WebhookMatch};
use callport_engine::ports::{JournalPage, Store};
use callport_engine::records::{Delivery, DeliveryState};
use callport_testkit::World;

/// From now on, once, to what tells of `event`.
fn inject(world: &World, fault: WebhookFault, event: &str) {
    let of = WebhookMatch { event: Some(event.to_owned()), ..WebhookMatch::default() };
    world.engine.faults().add(InjectedFault::Webhook { of, fault }, Some(1)).unwrap();
}

/// A call that the business rejects: connect, then terminate.
async fn rejected(world: &World) -> CallId {
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    call
}

async fn next(world: &mut World) -> String {
    world.webhook().await.event
}

/// The connect of a call, once something came of it.
async fn settled(world: &World, call: &CallId) -> Delivery {
    loop {
        let connect = world.store.deliveries_of(call).await.unwrap().remove(0);
        if !matches!(connect.state, DeliveryState::Pending { .. }) {
            return connect;
        }
        tokio::task::yield_now().await;
    }
}

async fn attempts(world: &World, delivery: &Delivery) -> Vec<String> {
    let page = JournalPage { delivery: Some(delivery.id), limit: 99, ..JournalPage::default() };
    world.store.journal(page).await.unwrap().iter().map(|recorded| recorded.entry.to_string()).collect()
}

#[tokio::test]
async fn a_dropped_one_is_never_sent_and_its_story_says_why() {
    let mut world = World::new().await;
    inject(&world, WebhookFault::Drop, "connect");
    let call = rejected(&world).await;
    assert_eq!(next(&mut world).await, "terminate");
    let connect = settled(&world, &call).await;
    assert!(matches!(connect.state, DeliveryState::Dropped { .. }));
    let expected = "webhook connect not delivered at attempt 1: it was lost on its way; given up (on purpose: drop, fault 1)";
    assert_eq!(attempts(&world, &connect).await, [expected]);
    rejected(&world).await;
    assert_eq!(next(&mut world).await, "connect", "it was for once");
}

#[tokio::test]
async fn a_doubled_one_comes_twice_and_counts_once() {
    let mut world = World::new().await;
    inject(&world, WebhookFault::Double, "connect");
    let call = rejected(&world).await;
    assert_eq!([next(&mut world).await, next(&mut world).await, next(&mut world).await], ["connect", "connect", "terminate"]);
    let connect = settled(&world, &call).await;
    assert_eq!(attempts(&world, &connect).await, ["webhook connect delivered at attempt 1 (200) (on purpose: double, fault 1)"]);
}

#[tokio::test]
async fn one_out_of_order_comes_after_the_next() {
    let mut world = World::new().await;
    inject(&world, WebhookFault::Reorder, "connect");
    rejected(&world).await;
    assert_eq!([next(&mut world).await, next(&mut world).await], ["terminate", "connect"]);
}

#[tokio::test]
async fn a_delayed_one_comes_so_much_later_and_holds_up_nobody() {
    let mut world = World::new().await;
    inject(&world, WebhookFault::Delay(Duration::from_secs(30)), "connect");
    let call = rejected(&world).await;
    assert_eq!(next(&mut world).await, "terminate");
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(next(&mut world).await, "connect");
    let connect = settled(&world, &call).await;
    assert_eq!(attempts(&world, &connect).await, ["webhook connect delivered at attempt 1 (200) (on purpose: delay, fault 1)"]);
}

#[tokio::test]
async fn what_is_held_back_and_badly_carried_says_both() {
    let mut world = World::new().await;
    inject(&world, WebhookFault::Delay(Duration::from_secs(1)), "connect");
    inject(&world, WebhookFault::Double, "connect");
    let call = rejected(&world).await;
    assert_eq!(next(&mut world).await, "terminate");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!([next(&mut world).await, next(&mut world).await], ["connect", "connect"]);
    let connect = settled(&world, &call).await;
    let expected = "webhook connect delivered at attempt 1 (200) (on purpose: delay, fault 1; double, fault 2)";
    assert_eq!(attempts(&world, &connect).await, [expected]);
}

//! Webhooks: to whom, where, in which order, how often.

use std::collections::BTreeSet;
use std::time::Duration;

use callport_core::ids::{AppId, WabaId};
use callport_engine::journal::Fact;
use callport_engine::ports::{JournalPage, Store};
use callport_engine::records::{App, Callback, DeliveryId, DeliveryState};
use callport_engine::{CallCommand, CallbackRefusal, Failed, RemovalRefusal, ReplayRefusal, Rules, SecretLengths};
use callport_testkit::{Delivered, Given, Mishap, World};

/// Number and status of every attempt on record.
async fn attempts(world: &World, id: DeliveryId) -> Vec<(u32, Option<u16>)> {
    let page = JournalPage { delivery: Some(id), limit: 99, ..JournalPage::default() };
    let entries = world.store.journal(page).await.unwrap();
    let attempt = |fact: &Fact| match fact {
        Fact::WebhookAttempted { attempt, status, .. } => Some((*attempt, *status)),
        _ => None,
    };
    entries.iter().filter_map(|recorded| attempt(&recorded.entry.fact)).collect()
}

fn callback(url: &str) -> Callback {
    Callback { url: url.into(), verify_token: "s3cr3t".into() }
}

#[tokio::test]
async fn phone_override_beats_waba_override_beats_the_app() {
    let mut world = World::new().await;
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    let number = world.store.number(&world.number).await.unwrap().unwrap();
    world.engine.subscribe_app(&app, &waba, Some(callback("http://waba"))).await.unwrap();
    world.engine.override_number(&app, &number, Some(callback("http://phone"))).await.unwrap();
    for expected in ["http://phone", "http://waba", "https://1001.example/hook"] {
        let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
        assert_eq!(world.webhook().await.url, expected);
        world.engine.hang_up(&world.user.id, &call).await.unwrap();
        assert_eq!(world.webhook().await.url, expected);
        match expected {
            "http://phone" => world.engine.override_number(&app, &number, None).await.unwrap(),
            _ => world.engine.subscribe_app(&app, &waba, None).await.unwrap(),
        }
    }
}

/// More webhooks at once than are kept whole: the bodies of the rest come from the store, and none is lost or changed.
#[tokio::test]
async fn a_flood_of_webhooks_is_delivered_whole() {
    const MANY: usize = 1_100;
    let mut world = World::new().await;
    for turn in 0..MANY {
        let text = format!("hello {turn}");
        world.engine.say(&world.user, &world.number, &text, None).await.unwrap();
    }
    let mut told = std::collections::BTreeSet::new();
    while told.len() < MANY {
        told.insert(world.webhook().await.text);
    }
    assert!((0..MANY).all(|turn| told.iter().any(|body| body.contains(&format!("hello {turn}")))));
}

#[tokio::test]
async fn an_unverified_override_is_not_stored() {
    let world = World::new().await;
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    let wrong = Callback { url: "http://waba".into(), verify_token: "wrong".into() };
    let refused = world.engine.subscribe_app(&app, &waba, Some(wrong)).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused(CallbackRefusal::Unverified(_))));
    assert_eq!(world.store.subscription(&app, &waba).await.unwrap().unwrap().override_callback, None);
}

#[tokio::test]
async fn a_live_platform_takes_no_secrets_that_are_easily_guessed() {
    let rules = Rules { secrets: SecretLengths::LIVE, ..Rules::default() };
    let config = callport_engine::EngineConfig { rules, ..callport_engine::EngineConfig::default() };
    let world = World::start(Given { config, ..Given::default() }).await;
    let app = |secret: &str, name: &str| App {
        business: None,
        graph_version: None,
        id: AppId::parse("1001").unwrap(),
        name: name.into(),
        secret: secret.into(),
        callback: None,
        tech_partner: true,
        fields: BTreeSet::new(),
    };
    let short = world.engine.put_app(app("fifteen-letters", "Desk")).await.unwrap_err();
    assert_eq!(short.to_string(), "an app secret of a live platform has at least 16 characters");
    world.engine.put_app(app("sixteen-letters-", "Desk")).await.unwrap();
    let callback = |verify_token: &str| Callback { url: "http://waba".into(), verify_token: verify_token.into() };
    let refused = world.engine.verify(&callback("seven-l")).await.unwrap_err().to_string();
    assert!(refused.contains("at least 8 characters"), "{refused}");
    // What was made before the rule goes on as it is.
    let before = World::start(world.after()).await;
    before.engine.put_app(app("old", "Desk")).await.unwrap();
    let rules = Rules { secrets: SecretLengths::LIVE, ..Rules::default() };
    let config = callport_engine::EngineConfig { rules, ..callport_engine::EngineConfig::default() };
    let after = World::start(Given { config, ..world.after() }).await;
    after.engine.put_app(app("old", "Another name")).await.unwrap();
}

#[tokio::test]
async fn a_failed_delivery_is_retried_by_the_schedule_and_kept_with_every_attempt() {
    let mut world = World::new().await;
    world.carrier.mishap("connect", Mishap::Fails);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    assert!(world.webhook().await.text.starts_with("connect"));
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    assert!(world.webhook().await.text.starts_with("terminate"), "a failing connect does not hold back the terminate");
    world.carrier.recover();
    loop {
        // The first failure is on record before its retry can be waited for.
        let connect = world.store.deliveries_of(&call).await.unwrap().remove(0);
        if connect.attempts == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(5));
    assert!(world.webhook().await.text.starts_with("connect"));
    let delivered = loop {
        let connect = world.store.deliveries_of(&call).await.unwrap().remove(0);
        if !matches!(connect.state, DeliveryState::Pending { .. }) {
            break connect;
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(delivered.state, DeliveryState::Delivered { .. }));
    let attempts = attempts(&world, delivered.id).await;
    assert_eq!(attempts.iter().map(|(_, status)| *status).collect::<Vec<_>>(), [Some(500), Some(200)]);
}

/// Nobody is waited for who is gone, and an app that is made with the same id gets nothing that was another's.
#[tokio::test]
async fn what_waits_for_an_app_that_is_removed_is_dropped_at_its_next_attempt() {
    let mut world = World::new().await;
    let id = AppId::parse("1001").unwrap();
    let app = world.store.app(&id).await.unwrap().unwrap();
    world.carrier.mishap("connect", Mishap::Fails);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.carrier.recover();
    let connect = async |world: &World, attempts| loop {
        let connect = world.store.deliveries_of(&call).await.unwrap().remove(0);
        if connect.attempts == attempts {
            break connect;
        }
        tokio::task::yield_now().await;
    };
    connect(&world, 1).await;
    world.engine.remove_app(&id).await.unwrap();
    assert!(matches!(world.engine.remove_app(&id).await, Err(Failed::Refused(RemovalRefusal::Missing("app")))));
    world.clock.advance(Duration::from_secs(5));
    let dropped = connect(&world, 2).await;
    assert!(matches!(dropped.state, DeliveryState::Dropped { .. }), "{dropped:?}");
    world.engine.put_app(app).await.unwrap();
    world.engine.hang_up(&world.user.id, &call).await.unwrap();
    assert_eq!(world.store.deliveries_of(&call).await.unwrap().len(), 1, "nobody subscribed the new app");
}

#[tokio::test]
async fn what_was_queued_when_the_process_died_is_delivered_by_the_next() {
    let mut world = World::new().await;
    world.carrier.mishap("connect", Mishap::Fails);
    world.carrier.mishap("terminate", Mishap::Fails);
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    world.webhook().await;
    world.engine.command(&world.number, &call, CallCommand::Reject).await.unwrap();
    world.webhook().await;
    let mut next = World::start(Given { now: world.engine.now() + Duration::from_secs(3600), ..world.after() }).await;
    let mut events = [next.webhook().await.event, next.webhook().await.event];
    events.sort();
    assert_eq!(events, ["connect", "terminate"]);
}

#[tokio::test]
async fn a_replayed_webhook_goes_out_again_with_the_same_bytes_to_where_it_goes_now() {
    let mut world = World::new().await;
    let call = world.engine.place_user_call(world.wish()).await.unwrap().call;
    let first = world.webhook().await;
    let settled = |world: &World| {
        let (store, call) = (world.store.clone(), call.clone());
        async move {
            loop {
                let connect = store.deliveries_of(&call).await.unwrap().remove(0);
                if !matches!(connect.state, DeliveryState::Pending { .. }) {
                    return connect;
                }
                tokio::task::yield_now().await;
            }
        }
    };
    let id = settled(&world).await.id;
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    world.engine.subscribe_app(&app, &waba, Some(callback("http://waba"))).await.unwrap();
    let replayed = world.engine.replay(id).await.unwrap();
    assert!(matches!(replayed.state, DeliveryState::Pending { .. }));
    assert!(matches!(world.engine.replay(id).await, Err(Failed::Refused(ReplayRefusal::Pending))), "one replay at a time");
    assert_eq!(world.webhook().await, Delivered { url: "http://waba".into(), ..first });
    assert!(matches!(settled(&world).await.state, DeliveryState::Delivered { .. }));
    let attempts = attempts(&world, id).await;
    assert_eq!(attempts.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn what_was_never_queued_cannot_be_replayed() {
    let world = World::new().await;
    assert!(matches!(world.engine.replay(DeliveryId(77)).await, Err(Failed::Refused(ReplayRefusal::Unknown))));
}

//! Permission to call: cards, the business profile, and what happens by itself.

use std::time::Duration;

use callport_core::limits::{DAY, WEEK};
use callport_core::message::MessageId;
use callport_engine::CallCommand;
use serde_json::{Value, json};

use crate::business::permission_request;
use crate::window::{Place, Window};
use crate::world::{ACME, World, acme, nadia};

async fn permit(window: &mut Window, request: &str, choice: &str) {
    window.say(json!({"type": "permit", "message": request, "choice": choice})).await;
}

/// The next change of what Acme may do.
async fn permission(window: &mut Window) -> Value {
    let told = window.until("permission").await;
    assert_eq!(told["number"], ACME);
    told["permission"].clone()
}

/// The next card that is told.
async fn card(window: &mut Window) -> (String, Value) {
    loop {
        let message = window.until("message").await["message"].clone();
        if message.get("card").is_some() {
            return (message["id"].as_str().unwrap().to_owned(), message["card"].clone());
        }
    }
}

#[tokio::test]
async fn a_card_is_answered_on_one_device_and_changed_on_another() {
    let mut world = World::new().await;
    world.nadia_greets().await;
    let place = Place::of(&world).await;
    let (mut phone, _) = place.greeted("t1", &world.sign_in().await).await;
    let (mut web, _) = place.greeted("t2", &world.sign_in_on("web").await).await;
    let request = world.send(permission_request()).await;
    let week = u64::try_from(WEEK.as_millis()).unwrap();
    assert_eq!(card(&mut phone).await.1, json!({"answerable": true, "answerable_for_ms": week}));
    phone.say(json!({"type": "delivered", "message": request.as_str()})).await;
    world.webhook_of("delivered").await;

    permit(&mut phone, request.as_str(), "allow_temporarily").await;
    let until = world.engine.now() + WEEK;
    for window in [&mut phone, &mut web] {
        assert_eq!(permission(window).await, json!({"kind": "temporary", "expires_at": until.unix_seconds()}));
        assert_eq!(card(window).await.1, json!({"answerable": true, "choice": "allow_temporarily", "answerable_for_ms": week}));
    }
    assert!(world.webhook_of("call_permission_reply").await.text.starts_with("permission until "));

    permit(&mut web, request.as_str(), "deny").await;
    for window in [&mut phone, &mut web] {
        assert_eq!(permission(window).await, json!({"kind": "none"}));
        assert_eq!(card(window).await.1["choice"], "deny");
    }
    let (_, hello) = place.greeted("t3", &world.sign_in().await).await;
    let chat = &hello["chats"][0];
    let from: Vec<_> = chat["messages"].as_array().unwrap().iter().map(|message| message["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["user", "business"], "answers stand on the card, not among the messages");
    assert_eq!((&chat["messages"][1]["card"]["choice"], &chat["permission"]), (&json!("deny"), &json!({"kind": "none"})));
}

#[tokio::test]
async fn a_newer_card_supersedes_the_older_one_wherever_it_is_shown() {
    let world = World::new().await;
    world.nadia_greets().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &world.sign_in().await).await;
    let first = world.send(permission_request()).await;
    permit(&mut window, first.as_str(), "deny").await;
    while card_of(&mut window, &first).await["choice"] != "deny" {}
    world.clock.advance(DAY);
    world.nadia_greets().await;
    let second = world.send(permission_request()).await;
    assert_eq!(card_of(&mut window, &second).await, json!({"answerable": true, "answerable_for_ms": week_ms()}));
    window.say(json!({"type": "read", "message": second.as_str()})).await;
    let superseded = json!({"answerable": false, "choice": "deny"});
    assert_eq!(card_of(&mut window, &first).await, superseded, "the older one comes again, with its answer");

    permit(&mut window, first.as_str(), "allow").await;
    assert_eq!(window.until("problem").await["reason"], "request_over");
    for unknown in ["wamid.none", "x"] {
        permit(&mut window, unknown, "allow").await;
        assert_eq!(window.until("problem").await["reason"], "unknown_request");
    }
    permit(&mut window, second.as_str(), "allow").await;
    assert_eq!(permission(&mut window).await, json!({"kind": "permanent"}));
    world.clock.advance(WEEK);
    permit(&mut window, second.as_str(), "deny").await;
    assert_eq!(window.until("problem").await["reason"], "request_over");
}

fn week_ms() -> u64 {
    u64::try_from(WEEK.as_millis()).unwrap()
}

/// The next time that this card is told.
async fn card_of(window: &mut Window, request: &MessageId) -> Value {
    loop {
        let (id, card) = card(window).await;
        if id == request.as_str() {
            return card;
        }
    }
}

#[tokio::test]
async fn an_answer_says_that_the_card_is_here() {
    let mut world = World::new().await;
    world.nadia_greets().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let request = world.send(permission_request()).await;
    permit(&mut window, request.as_str(), "allow").await;
    assert_eq!(permission(&mut window).await, json!({"kind": "permanent"}));
    assert_eq!(world.webhook_of("delivered").await.about, request.as_str());
    world.webhook_of("call_permission_reply").await;
}

#[tokio::test]
async fn the_profile_decides_at_any_time_and_always_answers() {
    let mut world = World::new().await;
    let place = Place::of(&world).await;
    let (mut phone, _) = place.greeted("t1", &world.sign_in().await).await;
    let (mut web, _) = place.greeted("t2", &world.sign_in_on("web").await).await;
    for (choice, kind) in [("deny", "none"), ("allow", "permanent"), ("allow", "permanent"), ("deny", "none")] {
        web.say(json!({"type": "set_permission", "number": ACME, "choice": choice})).await;
        while permission(&mut web).await["kind"] != kind {}
    }
    for kind in ["permanent", "none"] {
        assert_eq!(permission(&mut phone).await["kind"], kind, "others hear of changes");
    }
    for told in ["permission permanent ", "permission none "] {
        assert!(world.webhook_of("call_permission_reply").await.text.starts_with(told));
    }
    web.say(json!({"type": "set_permission", "number": "5511900000000", "choice": "allow"})).await;
    assert_eq!(web.until("problem").await["reason"], "unknown_number");
}

#[tokio::test]
async fn a_temporary_permission_ends_on_every_screen_when_its_time_is_over() {
    let world = World::new().await;
    let place = Place::of(&world).await;
    let cookie = world.sign_in().await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.say(json!({"type": "set_permission", "number": ACME, "choice": "allow_temporarily"})).await;
    for _ in 0..2 {
        // To whoever decided, and to everybody.
        assert_eq!(permission(&mut window).await["kind"], "temporary");
    }
    let (mut late, hello) = place.greeted("t2", &cookie).await;
    assert_eq!(hello["chats"][0]["permission"]["kind"], "temporary");
    world.clock.advance(WEEK - Duration::from_millis(1));
    for window in [&mut window, &mut late] {
        assert!(window.until_pong().await.is_empty());
    }
    world.clock.advance(Duration::from_millis(1));
    for window in [&mut window, &mut late] {
        assert_eq!(permission(window).await, json!({"kind": "none"}));
    }
}

#[tokio::test]
async fn calls_that_nobody_answers_lead_to_a_word_and_then_to_none_of_them() {
    let mut world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    world.engine.set_permission(&nadia(), &acme(), callport_core::pair::Decision::Allow).await.unwrap();
    assert_eq!(permission(&mut window).await["kind"], "permanent");
    for nth in 1..=4 {
        let id = world.call_from(&acme()).await;
        let call = window.until("incoming").await["call"].clone();
        window.say(json!({"type": "decline", "call": call})).await;
        if nth == 2 {
            let asked = window.until("message").await["message"].clone();
            assert_eq!(asked["from"], "system");
            assert!(asked["body"].as_str().unwrap().contains("permission"), "{asked}");
        }
        if nth == 4 {
            assert_eq!(permission(&mut window).await, json!({"kind": "none"}));
        }
        world.webhook_of("terminate").await;
        let _ = world.engine.command(&acme(), &id, CallCommand::Terminate).await;
    }
}

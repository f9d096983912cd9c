//! Calls of a business: which windows ring, which one gets the call, and what the others and the log say.

use std::time::Duration;

use callport_core::call::{Answer, MediaSign, Side};
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_core::ids::PhoneNumberId;
use callport_core::pair::Decision;
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::CallCommand;
use serde_json::{Value, json};

use crate::window::{Place, Window};
use crate::world::{ACME, MUTE, World, acme, cookie_of, nadia};

fn types(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

async fn answer(window: &mut Window, call: &Value, offer: &str) {
    window.say(json!({"type": "answer", "call": call, "offer": offer})).await;
}

#[tokio::test]
async fn it_rings_is_answered_and_ends() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &cookie).await;
    assert_eq!(hello["device"], "phone");
    let id = world.acme_calls().await;
    let incoming = window.until("incoming").await;
    assert_eq!((&incoming["number"], &incoming["name"]), (&json!(ACME), &json!("Acme Repairs")));
    let call = &incoming["call"];
    assert_eq!(call, id.as_str());

    for _ in 0..2 {
        window.say(json!({"type": "ringing", "call": call})).await;
    }
    assert_eq!(world.call_webhook().await.event, "ringing");
    answer(&mut window, call, "o").await;
    let answered = window.until("answered").await;
    assert_eq!((&answered["call"], &answered["answer"]), (call, &json!("answer to o")));
    assert_eq!(window.until("connected").await["elapsed_ms"], 0, "after the answer, never before it");
    assert_eq!(world.call_webhook().await.event, "accepted", "that it rings was told once");

    world.clock.advance(Duration::from_secs(7));
    window.say(json!({"type": "hang_up", "call": call})).await;
    let ended = window.until("ended").await;
    assert_eq!((&ended["outcome"], &ended["duration"]), (&json!("answered"), &json!(7)));
    let recent = &window.until("recent").await["recent"];
    assert_eq!((&recent["direction"], &recent["outcome"]), (&json!("business_initiated"), &json!("answered")));
    assert_eq!(world.call_webhook().await.event, "terminate");
}

#[tokio::test]
async fn the_first_answer_wins_and_the_others_are_told() {
    let mut world = World::new().await;
    let (one, two) = (world.sign_in().await, world.sign_in_on("companion").await);
    let place = Place::of(&world).await;
    let (mut phone, _) = place.greeted("t1", &one).await;
    let (mut slow, _) = place.greeted("t2", &one).await;
    let (mut companion, _) = place.greeted("t3", &two).await;
    world.acme_calls().await;
    let call = companion.until("incoming").await["call"].clone();
    for window in [&mut phone, &mut slow] {
        window.until("incoming").await;
    }
    answer(&mut companion, &call, "o").await;
    companion.until("answered").await;
    answer(&mut slow, &call, "late").await;
    for window in [&mut phone, &mut slow] {
        assert_eq!(window.until("taken").await, json!({"type": "taken", "call": call, "how": "answered"}));
    }
    for (window, never) in [(&mut phone, "taken"), (&mut slow, "answered"), (&mut companion, "taken")] {
        assert!(!types(&window.until_pong().await).contains(&never), "{never}");
    }
    let id = CallId::parse(call.as_str().unwrap()).unwrap();
    assert_eq!(world.engine.store().call(&id).await.unwrap().unwrap().device, Some(DeviceKind::Companion));
    assert_eq!(world.media.told.lock().iter().filter(|told| *told == "pick up").count(), 1);
    let (_, hello) = place.greeted("t3", &two).await;
    assert_eq!((&hello["call"]["here"], &hello["call"]["direction"]), (&json!(true), &json!("business_initiated")));
}

#[tokio::test]
async fn a_decline_holds_for_all_devices() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut here, _) = place.greeted("t1", &cookie).await;
    let (mut there, _) = place.greeted("t2", &cookie).await;
    world.acme_calls().await;
    let call = here.until("incoming").await["call"].clone();
    there.until("incoming").await;
    for _ in 0..2 {
        here.say(json!({"type": "decline", "call": call})).await;
    }
    assert_eq!(there.until("taken").await["how"], "declined");
    for window in [&mut here, &mut there] {
        let ended = window.until("ended").await;
        assert_eq!((&ended["reason"], &ended["outcome"]), (&json!("declined"), &json!("declined")));
        assert_eq!(window.until("recent").await["recent"]["text"], "You declined the call.");
    }
    assert!(here.until_pong().await.is_empty(), "a second decline is nothing");
    for expected in ["ringing", "rejected", "terminate"] {
        assert_eq!(world.call_webhook().await.event, expected);
    }
}

#[tokio::test]
async fn phones_ring_and_what_cannot_call_knows_nothing_of_it() {
    let mut world = World::new().await;
    let place = Place::of(&world).await;
    let mut chatting = Vec::new();
    for kind in ["web", "desktop"] {
        let (window, hello) = place.greeted(kind, &world.sign_in_on(kind).await).await;
        assert_eq!(hello["device"], kind);
        chatting.push(window);
    }
    let (mut companion, hello) = place.greeted("t1", &world.sign_in_on("companion").await).await;
    assert_eq!(hello["device"], "companion");
    world.acme_calls().await;
    let call = companion.until("incoming").await["call"].clone();
    for window in &mut chatting {
        for act in ["ringing", "decline"] {
            window.say(json!({"type": act, "call": call})).await;
        }
        window.until("permission").await; // came before the call did
        assert!(window.until_pong().await.is_empty());
        answer(window, &call, "o").await;
        assert_eq!(window.until("answer_refused").await["reason"], "device_cannot_call");
        window.say(json!({"type": "rejoin", "call": call, "attempt": 1, "offer": "o"})).await;
        assert_eq!(window.until("rejoin_refused").await["reason"], "device_cannot_call");
    }
    let (_, hello) = place.greeted("late", &world.sign_in_on("web").await).await;
    assert!(hello.get("call").is_none());
    companion.say(json!({"type": "decline", "call": call})).await;
    assert_eq!(world.call_webhook().await.event, "ringing", "of the decline: no device said that it rings");
    for window in &mut chatting {
        assert_eq!(window.next().await["type"], "recent");
    }
}

#[tokio::test]
async fn a_window_that_comes_back_while_it_rings_rings_on() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    world.acme_calls().await;
    window.until("incoming").await;
    drop(window);
    let (mut window, hello) = place.greeted("t1", &cookie).await;
    let live = &hello["call"];
    assert_eq!((&live["view"], &live["here"], &live["name"]), (&json!("incoming"), &json!(false), &json!("Acme Repairs")));
    assert!(!types(&window.until_pong().await).contains(&"incoming"), "the greeting told of it");
    answer(&mut window, &live["call"], "o").await;
    window.until("answered").await;
}

#[tokio::test]
async fn an_answer_said_again_gives_the_sound_anew() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    world.acme_calls().await;
    let call = window.until("incoming").await["call"].clone();
    answer(&mut window, &call, "o").await;
    world.webhook_of("accepted").await;
    drop(window); // before or after the answer: the page cannot know

    let (mut window, hello) = place.greeted("t1", &cookie).await;
    assert_eq!((&hello["call"]["view"], &hello["call"]["here"]), (&json!("connected"), &json!(true)));
    answer(&mut window, &call, "o2").await;
    assert_eq!(window.until("answered").await["answer"], "answer to o2");
    assert_eq!(world.media.told.lock().iter().filter(|told| *told == "pick up").count(), 1);
}

#[tokio::test]
async fn an_offer_that_cannot_be_used_leaves_it_ringing() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    world.acme_calls().await;
    let call = window.until("incoming").await["call"].clone();
    answer(&mut window, &call, "broken").await;
    assert_eq!(window.until("answer_refused").await["reason"], "media");
    answer(&mut window, &call, "o").await;
    window.until("answered").await;
}

#[tokio::test]
async fn what_is_over_cannot_be_answered_nor_what_is_somebody_else_s() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    let reply = world.post("/phone/api/sign-up", None, json!({"number": "+5511955507777", "name": "Bia"})).await;
    let (mut other, _) = place.greeted("t9", &cookie_of(&reply)).await;
    let id = world.acme_calls().await;
    let call = window.until("incoming").await["call"].clone();
    for act in ["ringing", "decline"] {
        other.say(json!({"type": act, "call": call})).await;
    }
    answer(&mut other, &call, "o").await;
    assert_eq!(other.until("answer_refused").await["reason"], "unknown_call");
    assert_eq!(world.engine.live_call_count(), 1);
    world.engine.command(&acme(), &id, CallCommand::Terminate).await.unwrap();
    let ended = window.until("ended").await;
    assert_eq!((&ended["reason"], &ended["outcome"]), (&json!("cancelled_by_business"), &json!("cancelled")));
    answer(&mut window, &call, "o").await;
    let refused = window.until("answer_refused").await;
    assert!(["unknown_call", "not_ringing"].contains(&refused["reason"].as_str().unwrap()), "{refused}");
    assert_eq!(world.call_webhook().await.event, "terminate", "nobody said that it rings");
}

#[tokio::test]
async fn a_call_that_nobody_picks_up_is_missed() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    world.acme_calls().await;
    let call = window.until("incoming").await["call"].clone();
    window.say(json!({"type": "ringing", "call": call})).await;
    world.webhook_of("ringing").await;
    window.until("media").await;
    world.clock.advance(Duration::from_secs(60));
    let ended = window.until("ended").await;
    assert_eq!((&ended["reason"], &ended["outcome"]), (&json!("not_picked_up"), &json!("not_answered")));
    let recent = &window.until("recent").await["recent"];
    assert_eq!((&recent["direction"], &recent["outcome"]), (&json!("business_initiated"), &json!("not_answered")));
}

#[tokio::test]
async fn a_call_to_somebody_in_a_call_is_a_line_of_the_log_only() {
    let mut world = World::new().await;
    let mute = PhoneNumberId::parse("4002").unwrap();
    let mut row = world.engine.store().number(&mute).await.unwrap().unwrap();
    row.settings = CallingSettings { status: Some(Switch::Enabled), ..CallingSettings::default() };
    // A number of the United States calls nobody.
    row.number = callport_core::number::PhoneNumber::parse("6281255500000").unwrap();
    world.engine.put_number(row).await.unwrap();
    world.engine.set_permission(&nadia(), &mute, Decision::Allow).await.unwrap();
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, hello) = place.greeted("t1", &cookie).await;
    assert!(hello["businesses"].as_array().unwrap().iter().all(|one| one["number"] != MUTE));
    window.dial("d1", ACME).await;
    let own = window.until("dialled").await["call"].clone();
    let call = world.call_webhook().await.call();
    let answer = Answer::new("v=0\r\n");
    world.engine.command(&acme(), &call, CallCommand::Accept { answer: Some(answer), opaque: None }).await.unwrap();
    for side in [Side::User, Side::Business] {
        world.media.sign(&call, MediaSign::Connected(side)).await;
    }
    while window.until("media").await["path_open"] != true {}
    window.until_pong().await;

    world.call_from(&mute).await;
    let line = window.next().await;
    assert_eq!(line["type"], "recent", "nothing else");
    let missed = &line["recent"];
    assert_eq!((&missed["name"], &missed["direction"]), (&json!("Mute Ltd"), &json!("business_initiated")));
    assert_eq!((&missed["outcome"], &missed["text"]), (&json!("not_answered"), &json!("You were in another call.")));
    let (_, hello) = place.greeted("t2", &cookie).await;
    assert_eq!((&hello["call"]["call"], &hello["call"]["path_open"]), (&own, &json!(true)));
    world.webhook_of("terminate").await;
}

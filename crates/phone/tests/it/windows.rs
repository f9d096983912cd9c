//! Windows: what they are told, what they may ask, and what happens when they break.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use callport_core::call::{MediaSign, Side};
use callport_core::number::PhoneNumber;
use callport_core::settings::{CallingSettings, Switch};
use callport_core::token::SecretHash;
use callport_engine::CallCommand;
use callport_engine::door::{FloodLimits, Floods};
use callport_phone::SignUpPolicy;
use callport_testkit::{TestClock, answer};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::window::Place;
use crate::world::{ACME, MUTE, NADIA, PATIENCE, PUBLIC, World, acme, nadia};

fn types(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_call_goes_from_dial_to_end() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &cookie).await;
    assert_eq!(hello["user"]["name"], "Nadia");
    assert!(hello.get("call").is_none());

    window.dial("d1", ACME).await;
    let dialled = window.until("dialled").await;
    assert_eq!((&dialled["dial"], &dialled["answer"]), (&json!("d1"), &json!("answer to o")));
    assert_eq!(window.next().await["type"], "calling");
    let connect = world.call_webhook().await;
    let call = connect.call();
    assert_eq!((connect.event.as_str(), json!(call.as_str())), ("connect", dialled["call"].clone()));

    world.engine.command(&acme(), &call, CallCommand::PreAccept(answer())).await.unwrap();
    assert_eq!(window.until("ringing").await["call"], dialled["call"]);
    for side in [Side::User, Side::Business] {
        world.media.sign(&call, MediaSign::Connected(side)).await;
    }
    assert_eq!(window.until("media").await["path_open"], false, "one leg is no path");
    assert_eq!(window.until("media").await["path_open"], true);
    world.engine.command(&acme(), &call, CallCommand::Accept { answer: None, opaque: None }).await.unwrap();
    assert_eq!(window.until("connected").await["elapsed_ms"], 0);

    window.say(json!({"type": "digit", "call": call.as_str(), "digit": "5"})).await;
    window.until_pong().await;
    assert!(world.media.told.lock().contains(&"press 5".to_owned()));

    world.clock.advance(Duration::from_secs(12));
    window.say(json!({"type": "hang_up", "call": call.as_str()})).await;
    let ended = window.until("ended").await;
    assert_eq!((&ended["outcome"], &ended["duration"], &ended["reason"]), (&json!("answered"), &json!(12), &json!("user_hung_up")));
    let line = &window.until("recent").await["recent"];
    assert_eq!((&line["name"], &line["duration"]), (&json!("Acme Repairs"), &json!(12)));
    assert_eq!(world.call_webhook().await.event, "terminate");
}

#[tokio::test]
async fn the_list_shows_icons_and_why_they_are_hidden_and_follows_settings() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &cookie).await;
    let by_number = |list: &Value, number: &str| list.as_array().unwrap().iter().find(|one| one["number"] == number).unwrap().clone();
    assert!(by_number(&hello["businesses"], ACME).get("icon_hidden").is_none());
    let mute = by_number(&hello["businesses"], MUTE);
    assert_eq!((&mute["icon_hidden"]["reason"], &mute["callable_from_log"]), (&json!("calling_off"), &json!(false)));

    let row = world.number_record().await;
    let off = CallingSettings { status: Some(Switch::Disabled), ..CallingSettings::default() };
    world.engine.change_settings(&row.id, None, off).await.unwrap();
    let changed = window.until("businesses").await;
    assert_eq!(by_number(&changed["businesses"], ACME)["icon_hidden"]["reason"], "calling_off");
}

#[tokio::test]
async fn refusals_are_in_plain_words() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    window.dial("d1", MUTE).await;
    assert_eq!(window.until("refused").await["reason"], "calling_off");
    window.dial("d2", "5511900000000").await;
    assert_eq!(window.until("refused").await["reason"], "unknown_number");
    window.dial("d3", "abc").await;
    assert_eq!(window.until("refused").await["reason"], "unknown_number");
    window.say(json!({"type": "dial", "dial": "d4", "number": ACME, "offer": "broken"})).await;
    let refused = window.until("refused").await;
    assert_eq!((&refused["dial"], &refused["reason"]), (&json!("d4"), &json!("media")));
    window.say(json!({"type": "dial", "dial": "d5", "number": ACME, "offer": "o", "deeplink_payload": "p".repeat(513)})).await;
    assert_eq!(window.until("refused").await["reason"], "payload_too_long");
}

#[tokio::test]
async fn a_dial_said_again_in_a_new_socket_is_the_same_call() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.dial("d1", ACME).await;
    let call = world.call_webhook().await.call();
    drop(window); // before or after the answer: the page cannot know

    let (mut window, hello) = place.greeted("t1", &cookie).await;
    assert_eq!((&hello["call"]["dial"], &hello["call"]["here"]), (&json!("d1"), &json!(true)));
    window.dial("d1", ACME).await;
    let dialled = window.until("dialled").await;
    assert_eq!((&dialled["call"], &dialled["answer"]), (&json!(call.as_str()), &json!("answer to o")));
    assert_eq!(window.next().await["type"], "calling", "and the page is brought up to date");
    assert_eq!(world.media.told.lock().iter().filter(|told| *told == "open").count(), 1);
}

#[tokio::test]
async fn a_dial_said_again_after_the_end_tells_of_the_end() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.dial("d1", ACME).await;
    let call = world.call_webhook().await.call();
    world.engine.command(&acme(), &call, CallCommand::Reject).await.unwrap();
    window.until("recent").await;
    window.dial("d1", ACME).await;
    window.until("dialled").await;
    assert_eq!(window.until("ended").await["outcome"], "declined");
}

#[tokio::test]
async fn a_cancel_ends_a_call_that_was_still_on_its_way() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    world.media.opens.send_replace(false);
    window.dial("d1", ACME).await;
    window.say(json!({"type": "cancel", "dial": "d1"})).await;
    window.until_pong().await;
    world.media.opens.send_replace(true);
    assert_eq!((world.call_webhook().await.event, world.call_webhook().await.event), ("connect".to_owned(), "terminate".to_owned()));
    assert_eq!(world.engine.live_call_count(), 0);
}

#[tokio::test]
async fn a_new_socket_is_told_how_far_the_call_is() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.dial("d1", ACME).await;
    let call = world.call_webhook().await.call();
    world.engine.command(&acme(), &call, CallCommand::Accept { answer: Some(answer()), opaque: None }).await.unwrap();
    for side in [Side::User, Side::Business] {
        world.media.sign(&call, MediaSign::Connected(side)).await;
        world.media.sign(&call, MediaSign::Flowing(side)).await;
    }
    while window.until("media").await["audio_both_ways"] != true {}
    world.clock.advance(Duration::from_millis(4_500));
    drop(window);
    let (_, hello) = place.greeted("t2", &cookie).await;
    let live = &hello["call"];
    assert_eq!((&live["view"], &live["elapsed_ms"]), (&json!("connected"), &json!(4_500)));
    assert_eq!((&live["path_open"], &live["audio_both_ways"]), (&json!(true), &json!(true)));
    assert_eq!((&live["here"], &live["name"]), (&json!(false), &json!("Acme Repairs")));
}

#[tokio::test]
async fn the_sound_moves_to_the_window_that_asks_for_it() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut first, _) = place.greeted("t1", &cookie).await;
    let (mut second, _) = place.greeted("t2", &cookie).await;
    first.dial("d1", ACME).await;
    let call = world.call_webhook().await.call();
    second.say(json!({"type": "rejoin", "call": call.as_str(), "attempt": 7, "offer": "o2"})).await;
    let rejoined = second.until("rejoined").await;
    assert_eq!((&rejoined["attempt"], &rejoined["answer"]), (&json!(7), &json!("answer to o2")));
    assert_eq!(first.until("moved").await["call"], call.as_str());
    assert!(!types(&second.until_pong().await).contains(&"moved"), "the one that asked is not told");
    let (_, hello) = place.greeted("t2", &cookie).await;
    assert_eq!(hello["call"]["here"], true);

    second.say(json!({"type": "rejoin", "call": call.as_str(), "attempt": 8, "offer": "broken"})).await;
    assert_eq!(second.until("rejoin_refused").await["reason"], "media");
    second.say(json!({"type": "rejoin", "call": "wacid.none", "attempt": 9, "offer": "o"})).await;
    assert_eq!(second.until("rejoin_refused").await["reason"], "unknown_call");
}

#[tokio::test]
async fn other_people_s_calls_do_not_exist() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.dial("d1", ACME).await;
    let call = world.call_webhook().await.call();
    let reply = world.post("/phone/api/sign-up", None, json!({"number": "+5511955507777", "name": "Bia"})).await;
    let (mut other, hello) = place.greeted("t9", &crate::world::cookie_of(&reply)).await;
    assert!(hello.get("call").is_none());
    other.say(json!({"type": "hang_up", "call": call.as_str()})).await;
    other.say(json!({"type": "digit", "call": call.as_str(), "digit": "1"})).await;
    other.say(json!({"type": "rejoin", "call": call.as_str(), "attempt": 1, "offer": "o"})).await;
    assert_eq!(other.until("rejoin_refused").await["reason"], "unknown_call");
    assert_eq!(world.engine.live_call_count(), 1);
    assert!(!world.media.told.lock().iter().any(|told| told.starts_with("press")));
}

#[tokio::test]
async fn a_call_that_rings_for_nobody_is_given_up() {
    let at_once = callport_phone::PhoneConfig {
        abandoned_after: Duration::ZERO,
        ..callport_phone::PhoneConfig::new(SignUpPolicy::Open, crate::world::PUBLIC)
    };
    let mut world = World::configured(at_once).await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    window.dial("d1", ACME).await;
    window.until("dialled").await;
    assert_eq!(world.call_webhook().await.event, "connect");
    drop(window);
    assert_eq!(world.call_webhook().await.event, "terminate");
    assert!(world.engine.current_call(&nadia().id).is_none());
}

#[tokio::test]
async fn without_a_session_a_window_is_told_to_sign_in() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    for (tab, headers) in [("t1", vec![]), ("t1", vec![("cookie", "callport_session=guess")]), ("", vec![("cookie", cookie.as_str())])] {
        let mut window = place.try_open(tab, &headers).await.unwrap();
        assert_eq!(window.next().await["type"], "signed_out");
        assert_eq!(window.read().await, Err(4401));
    }
}

#[tokio::test]
async fn signing_out_closes_the_windows_of_that_session_only() {
    let world = World::new().await;
    let (one, two) = (world.sign_in().await, world.sign_in().await);
    let place = Place::of(&world).await;
    let (mut here, _) = place.greeted("t1", &one).await;
    let (mut there, _) = place.greeted("t2", &two).await;
    world.post("/phone/api/sign-out", Some(&one), json!({})).await;
    assert_eq!(here.next().await["type"], "signed_out");
    assert_eq!(here.read().await, Err(4401));
    assert!(there.until_pong().await.is_empty());
}

#[tokio::test]
async fn a_session_that_is_revoked_or_runs_out_closes_its_windows_at_once() {
    let world = World::new().await;
    let place = Place::of(&world).await;
    let (revoked, other) = (world.sign_in().await, world.sign_in().await);
    let (mut here, _) = place.greeted("t1", &revoked).await;
    let (mut there, _) = place.greeted("t2", &other).await;
    let session = SecretHash::of(revoked.split_once('=').unwrap().1);
    assert!(world.engine.end_session(session).await.unwrap());
    assert_eq!(here.next().await["type"], "signed_out");
    assert_eq!(here.read().await, Err(4401));
    assert!(there.until_pong().await.is_empty());
    world.clock.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(there.next().await["type"], "signed_out", "nobody has to do anything first");
}

#[tokio::test]
async fn every_window_of_a_user_who_is_removed_closes() {
    let world = World::new().await;
    let (one, two) = (world.sign_in().await, world.sign_in().await);
    let place = Place::of(&world).await;
    let (mut here, _) = place.greeted("t1", &one).await;
    let (mut there, _) = place.greeted("t2", &two).await;
    world.engine.remove_user(&nadia().id).await.unwrap();
    for window in [&mut here, &mut there] {
        assert_eq!(window.next().await["type"], "signed_out");
        assert_eq!(window.read().await, Err(4401));
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let headers = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    assert_eq!(place.try_open("t1", &headers).await.err(), Some(StatusCode::FORBIDDEN));
}

#[tokio::test]
async fn nonsense_is_answered_and_does_no_harm() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    let long = "d".repeat(65);
    let nonsense = [
        ("{", "unreadable"),
        (r#"{"type":"video"}"#, "unreadable"),
        (r#"{"type":"digit","call":"wacid.a","digit":"12"}"#, "bad_digit"),
        (r#"{"type":"digit","call":"x","digit":"1"}"#, "bad_digit"),
        (r#"{"type":"cancel","dial":""}"#, "bad_id"),
        (&json!({"type": "dial", "dial": long, "number": ACME, "offer": "o"}).to_string(), "bad_id"),
    ];
    for (text, reason) in nonsense {
        window.send(Message::text(text)).await;
        assert_eq!(window.until("problem").await["reason"], reason, "{text}");
    }
    window.say(json!({"type": "hang_up", "call": "none"})).await;
    window.send(Message::binary(vec![0xff; 10])).await;
    assert!(window.until_pong().await.is_empty());
    assert_eq!(world.engine.live_call_count(), 0);
}

#[tokio::test]
async fn a_message_beyond_the_bound_closes_the_window() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    window.say(json!({"type": "dial", "dial": "d1", "number": ACME, "offer": "o".repeat(70_000)})).await;
    assert!(window.read().await.is_err());
}

#[tokio::test]
async fn a_flood_closes_the_window() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &cookie).await;
    for _ in 0..2_000 {
        window.send(Message::text("{")).await;
    }
    let mut problems = 0;
    let code = loop {
        match window.read().await {
            Ok(message) => {
                assert_eq!(message["type"], "problem");
                problems += 1;
            }
            Err(code) => break code,
        }
    };
    assert!(code == 1008 || code == 1006, "closed by us, or reset because we no longer read: {code}");
    assert!(problems < 1_000, "not everything was answered: {problems}");
}

#[tokio::test]
async fn one_window_too_many_takes_the_place_of_the_oldest() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let mut open = Vec::new();
    for n in 0..16 {
        open.push(place.greeted(&format!("t{n}"), &cookie).await.0);
    }
    let (mut newest, _) = place.greeted("t16", &cookie).await;
    assert_eq!(open[0].next().await["reason"], "too_many_windows");
    assert_eq!(open[0].read().await, Err(4429));
    open[1].say(json!({"type": "ping"})).await;
    assert_eq!(open[1].next().await["type"], "pong", "the others stay");
    newest.say(json!({"type": "ping"})).await;
    assert_eq!(newest.next().await["type"], "pong");
}

#[tokio::test]
async fn a_window_that_fell_silent_is_closed_and_one_that_answers_is_kept() {
    let soon = Duration::from_millis(20);
    let config = |ping_every, silent_for| callport_phone::PhoneConfig {
        ping_every,
        silent_for,
        ..callport_phone::PhoneConfig::new(SignUpPolicy::Open, PUBLIC)
    };
    let world = World::configured(config(PATIENCE, soon)).await;
    let (cookie, place) = (world.sign_in().await, Place::of(&world).await);
    let mut silent = place.open("t0", &cookie).await;
    assert!(silent.ends_without_a_word().await, "it was asked nothing and said nothing");

    let world = World::configured(config(soon, PATIENCE)).await;
    let (cookie, place) = (world.sign_in().await, Place::of(&world).await);
    let mut asked = place.open("t0", &cookie).await;
    for _ in 0..3 {
        asked.pinged().await;
    }
}

#[tokio::test]
async fn a_user_places_so_many_calls_and_is_told_how_long_to_wait() {
    let limits = FloodLimits { wrong_credentials: 9, wrong_app_secrets: 9, sign_ups: 9, loopback_signs_up_freely: true, calls: 2 };
    let clock = Arc::new(TestClock::default());
    let floods = Floods::new(limits, clock.clone());
    let world =
        World::configured(callport_phone::PhoneConfig { floods, ..callport_phone::PhoneConfig::new(SignUpPolicy::Open, PUBLIC) }).await;
    let (cookie, place) = (world.sign_in().await, Place::of(&world).await);
    let (mut window, _) = place.greeted("t0", &cookie).await;
    let dial = |id: &str| json!({"type": "dial", "dial": id, "number": MUTE, "entry": "icon", "offer": "offer"});
    for id in ["d0", "d1"] {
        window.say(dial(id)).await;
        assert_eq!(window.next().await["reason"], "calling_off");
    }
    for id in ["d0", "d2"] {
        window.say(dial(id)).await; // the first is only asked about again
    }
    let mut told = std::collections::BTreeMap::new();
    for _ in 0..2 {
        let refused = window.next().await;
        told.insert(refused["dial"].as_str().unwrap().to_owned(), (refused["reason"].clone(), refused["text"].clone()));
    }
    assert_eq!(told["d0"].0, "calling_off");
    let text = "You placed many calls in a short time. Try again in 30 seconds.";
    assert_eq!(told["d2"], (json!("too_fast"), json!(text)));
    clock.advance(Duration::from_secs(30));
    window.say(dial("d3")).await;
    assert_eq!(window.next().await["reason"], "calling_off");
}

#[tokio::test]
async fn a_window_shows_another_number_of_its_user_at_once() {
    let world = World::new().await;
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    assert_eq!(hello["user"]["number"], NADIA);
    let to = callport_engine::Patch::new(|user: &mut callport_engine::records::User| {
        user.number = PhoneNumber::parse("+6281255501234").unwrap()
    });
    world.engine.change_user(&nadia().id, to).await.unwrap();
    assert_eq!(window.until("hello").await["user"]["number"], "6281255501234");
}

//! Chats: what each side writes, how far it came, and what a page that repeats itself brings about.

use std::time::Duration;

use callport_core::message::MessageId;
use callport_engine::CHAT_PAGE;
use serde_json::{Value, json};

use crate::business::{call_button, quick_reply, text};
use crate::window::{Place, Window};
use crate::world::{ACME, World, acme, nadia};

async fn say(window: &mut Window, id: &str, text: &str) {
    window.say(json!({"type": "say", "id": id, "number": ACME, "text": text})).await;
}

fn chat_of(hello: &Value) -> &Value {
    hello["chats"].as_array().unwrap().iter().find(|chat| chat["number"] == ACME).expect("a chat with Acme")
}

#[tokio::test]
async fn a_text_said_again_is_one_message_and_all_devices_show_it() {
    let mut world = World::new().await;
    let cookie = world.sign_in().await;
    let place = Place::of(&world).await;
    let (mut window, hello) = place.greeted("t1", &cookie).await;
    assert_eq!(hello["chats"], json!([]));
    let (mut web, _) = place.greeted("t2", &world.sign_in_on("web").await).await;
    say(&mut window, "m1", "hello there").await;
    let message = web.until("message").await;
    assert_eq!((&message["number"], &message["message"]["body"]), (&json!(ACME), &json!("hello there")));
    assert_eq!((&message["message"]["from"], &message["message"]["status"]), (&json!("user"), &json!("sent")));
    assert!(message.get("echo").is_none(), "it is somebody else's");
    assert_eq!(world.webhook_of("text").await.text, "text hello there");
    drop(window); // before or after the echo: the page cannot know

    let (mut window, hello) = place.greeted("t1", &cookie).await;
    say(&mut window, "m1", "hello there").await;
    let echoed = window.until("message").await;
    assert_eq!((&echoed["echo"], &echoed["message"]["id"]), (&json!("m1"), &message["message"]["id"]));
    assert_eq!(chat_of(&hello)["messages"].as_array().unwrap().len(), 1);
    say(&mut window, "m2", "and again").await;
    assert_eq!(world.webhook_of("text").await.text, "text and again", "the business got the first one once");
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_in_plain_words() {
    let world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let cases = [
        (ACME, "  ".to_owned(), "bad_text"),
        (ACME, "é".repeat(4_097), "bad_text"),
        ("5511900000000", "hello".to_owned(), "unknown_number"),
        ("abc", "hello".to_owned(), "unknown_number"),
    ];
    for (number, text, reason) in cases {
        window.say(json!({"type": "say", "id": "m1", "number": number, "text": text})).await;
        let refused = window.until("not_sent").await;
        assert_eq!((&refused["id"], &refused["reason"]), (&json!("m1"), &json!(reason)));
    }
    say(&mut window, "m2", &"\u{1F4DE}".repeat(4_096)).await;
    assert_eq!(window.until("message").await["echo"], "m2", "the longest text there is fits into a message of the socket");
    say(&mut window, "not an id", "hello").await;
    assert_eq!(window.until("problem").await["reason"], "bad_id");
}

#[tokio::test]
async fn receipts_are_told_once_and_every_device_knows_what_was_seen() {
    let mut world = World::new().await;
    world.nadia_greets().await;
    let place = Place::of(&world).await;
    let (mut phone, _) = place.greeted("t1", &world.sign_in().await).await;
    let (mut web, _) = place.greeted("t2", &world.sign_in_on("web").await).await;
    let mut sent = Vec::new();
    for body in ["one", "two"] {
        sent.push(world.send(text(body)).await);
        let message = phone.until("message").await;
        assert_eq!((&message["message"]["body"], &message["message"]["seen"]), (&json!(body), &json!(false)));
        world.webhook_of("sent").await;
    }
    for id in [&sent[0], &sent[0], &sent[1]] {
        phone.say(json!({"type": "delivered", "message": id.as_str()})).await;
    }
    assert_eq!(world.webhook_of("delivered").await.about, sent[0].as_str());
    assert_eq!(world.webhook_of("delivered").await.about, sent[1].as_str(), "the first was told once");
    let (_, hello) = place.greeted("t3", &world.sign_in().await).await;
    assert_eq!(chat_of(&hello)["unread"], 2);

    for _ in 0..2 {
        web.say(json!({"type": "read", "message": sent[1].as_str()})).await;
    }
    for id in &sent {
        assert_eq!(world.webhook_of("read").await.about, id.as_str(), "older ones are read too");
        while phone.until("message").await["message"] != seen(&world, id).await {}
    }
    let (_, hello) = place.greeted("t3", &world.sign_in().await).await;
    assert_eq!(chat_of(&hello)["unread"], 0);
    for nonsense in ["wamid.none", "x"] {
        web.say(json!({"type": "read", "message": nonsense})).await;
    }
    assert!(web.until_pong().await.iter().all(|message| message["type"] == "message"));
}

/// A text of Acme's that was read, as a page gets it.
async fn seen(world: &World, id: &MessageId) -> Value {
    let record = world.engine.store().message(id).await.unwrap().unwrap();
    let callport_engine::records::MessageBody::Business(sent) = &record.body else { panic!("of Acme") };
    let at = record.at.unix_seconds();
    json!({"id": id.as_str(), "from": "business", "at": at, "body": sent.content.body, "seen": true})
}

#[tokio::test]
async fn a_text_that_the_business_read_is_shown_as_read() {
    let world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    say(&mut window, "m1", "hello").await;
    let id = window.until("message").await["message"]["id"].as_str().unwrap().to_owned();
    let number = world.number_record().await;
    assert!(world.engine.mark_read(&number, &MessageId::parse(&id).unwrap()).await.unwrap());
    while window.until("message").await["message"]["status"] != "read" {}
}

#[tokio::test]
async fn a_quick_reply_speaks_for_the_person() {
    let mut world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let draft = quick_reply(&world).await;
    let template = world.send(draft).await;
    let message = window.until("message").await["message"].clone();
    let buttons = json!([{"kind": "url", "text": "Open", "url": "https://example.org"}, {"kind": "reply", "text": "Stop"}]);
    assert_eq!(message["buttons"], buttons, "and no payload");
    window.say(json!({"type": "tap", "message": template.as_str(), "button": 1})).await;
    let said = window.until("message").await["message"].clone();
    assert_eq!((&said["from"], &said["body"]), (&json!("user"), &json!("Stop")));
    assert_eq!(world.webhook_of("button").await.text, "button stop-it context=true");
    for (message, button) in [(template.as_str(), 0), (template.as_str(), 2), ("wamid.none", 1), ("x", 1)] {
        window.say(json!({"type": "tap", "message": message, "button": button})).await;
        assert_eq!(window.until("problem").await["reason"], "unknown_button");
    }
}

#[tokio::test]
async fn a_call_button_calls_until_it_expires() {
    let mut world = World::new().await;
    world.nadia_greets().await;
    let place = Place::of(&world).await;
    let cookie = world.sign_in().await;
    let (mut window, _) = place.greeted("t1", &cookie).await;
    let offer = world.send(call_button(Duration::from_secs(60))).await;
    let message = window.until("message").await["message"].clone();
    assert_eq!(message["buttons"], json!([{"kind": "call", "text": "Call Now", "expires_in_ms": 60_000}]));

    let dial = |id: &str, message: &str| json!({"type": "dial", "dial": id, "number": ACME, "entry": "call_log", "offer": "o", "message": message, "deeplink_payload": "no"});
    window.say(dial("d1", offer.as_str())).await;
    window.until("dialled").await;
    let call = world.call_webhook().await.call();
    let record = world.engine.store().call(&call).await.unwrap().unwrap();
    assert_eq!((record.cta_payload.as_deref(), record.deeplink_payload), (Some("from-chat"), None));
    window.say(json!({"type": "hang_up", "call": call.as_str()})).await;
    window.until("ended").await;

    world.clock.advance(Duration::from_secs(60));
    for (id, message) in [("d2", offer.as_str()), ("d3", "wamid.none"), ("d4", "x")] {
        window.say(dial(id, message)).await;
        assert_eq!(window.until("refused").await["reason"], "button_expired");
    }
    let (_, hello) = place.greeted("t1", &cookie).await;
    let shown = chat_of(&hello)["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(shown["buttons"][0]["expires_in_ms"], 0);
}

#[tokio::test]
async fn web_and_desktop_chat_and_do_not_call() {
    let world = World::new().await;
    let place = Place::of(&world).await;
    for kind in ["web", "desktop"] {
        let (mut window, _) = place.greeted(kind, &world.sign_in_on(kind).await).await;
        say(&mut window, kind, "hello").await;
        window.until("message").await;
        window.dial(kind, ACME).await;
        assert_eq!(window.until("refused").await["reason"], "device_cannot_call");
    }
    assert_eq!(world.engine.live_call_count(), 0);
}

#[tokio::test]
async fn older_messages_come_page_by_page() {
    let world = World::new().await;
    let count = CHAT_PAGE as usize + 3;
    for n in 0..count {
        world.engine.say(&nadia(), &acme(), &format!("text {n}"), None).await.unwrap();
    }
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let chat = chat_of(&hello);
    let newest = chat["messages"].as_array().unwrap();
    assert_eq!((newest.len(), &chat["more"]), (CHAT_PAGE as usize, &json!(true)));
    assert_eq!((&newest[0]["body"], &newest.last().unwrap()["body"]), (&json!("text 3"), &json!(format!("text {}", count - 1))));
    window.say(json!({"type": "chat", "number": ACME, "before": newest[0]["id"]})).await;
    let older = window.until("chat").await;
    let bodies: Vec<_> = older["messages"].as_array().unwrap().iter().map(|message| message["body"].clone()).collect();
    assert_eq!((bodies, &older["more"]), (vec![json!("text 0"), json!("text 1"), json!("text 2")], &json!(false)));
    window.say(json!({"type": "chat", "number": "5511900000000"})).await;
    assert_eq!(window.until("problem").await["reason"], "unknown_number");
    window.say(json!({"type": "chat", "number": ACME, "before": "x"})).await;
    assert_eq!(window.until("problem").await["reason"], "bad_id");
}

#[tokio::test]
async fn a_session_that_ended_says_nothing_more() {
    let world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    say(&mut window, "m1", "hello").await;
    assert_eq!(window.next().await["type"], "signed_out");
    assert_eq!(window.read().await, Err(4401));
}

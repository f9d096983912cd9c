//! Blocking a business, and reporting a call.

use callport_core::pair::Decision;
use callport_engine::{Failed, PlaceBusinessCallRefusal};
use serde_json::{Value, json};

use crate::business::text;
use crate::window::{Place, Window};
use crate::world::{ACME, MUTE, World, acme, nadia};

async fn block(window: &mut Window, number: &str, blocked: bool) {
    window.say(json!({"type": "block", "number": number, "blocked": blocked})).await;
}

fn chat_of(hello: &Value) -> &Value {
    hello["chats"].as_array().unwrap().iter().find(|chat| chat["number"] == ACME).expect("a chat with Acme")
}

#[tokio::test]
async fn a_block_reaches_every_device_and_nothing_passes_until_it_ends() {
    let mut world = World::new().await;
    world.nadia_greets().await;
    world.webhook_of("text").await;
    world.engine.set_permission(&nadia(), &acme(), Decision::Allow).await.unwrap();
    world.webhook_of("call_permission_reply").await;
    let place = Place::of(&world).await;
    let (mut phone, hello) = place.greeted("t1", &world.sign_in().await).await;
    let (mut web, _) = place.greeted("t2", &world.sign_in_on("web").await).await;
    assert_eq!(chat_of(&hello)["blocked"], false);

    block(&mut phone, ACME, true).await;
    for window in [&mut phone, &mut web] {
        assert_eq!(window.until("permission").await["permission"], json!({"kind": "none"}));
        assert_eq!(window.until("blocked").await, json!({"type": "blocked", "number": ACME, "blocked": true}));
    }
    world.send(text("are you there?")).await;
    assert_eq!(world.webhook().await.event, "failed", "the next thing that is told: not a word of the permission");
    assert!(phone.until_pong().await.iter().all(|message| message["type"] != "message"));
    let refused = world.engine.place_business_call(world.outgoing_call().await).await;
    assert!(matches!(refused, Err(Failed::Refused(PlaceBusinessCallRefusal::Outreach(_)))), "{refused:?}");

    phone.dial("d1", ACME).await;
    assert_eq!(phone.until("refused").await["reason"], "blocked");
    phone.say(json!({"type": "say", "id": "m1", "number": ACME, "text": "hello?"})).await;
    assert_eq!(phone.until("not_sent").await["reason"], "blocked");
    phone.say(json!({"type": "set_permission", "number": ACME, "choice": "allow"})).await;
    assert_eq!(phone.until("problem").await["reason"], "blocked");
    let (_, hello) = place.greeted("t3", &world.sign_in().await).await;
    assert_eq!((&chat_of(&hello)["blocked"], &chat_of(&hello)["permission"]), (&json!(true), &json!({"kind": "none"})));

    block(&mut web, ACME, false).await;
    assert_eq!(phone.until("blocked").await["blocked"], false);
    assert_eq!(world.pair().await.permission(world.engine.now()), callport_core::pair::Permission::None);
    phone.dial("d2", ACME).await;
    phone.until("dialled").await;
    assert_eq!(world.call_webhook().await.event, "connect");
}

#[tokio::test]
async fn a_block_that_changes_nothing_is_told_and_one_of_nobody_is_a_problem() {
    let world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    for (number, blocked) in [(MUTE, false), (MUTE, true), (MUTE, true)] {
        block(&mut window, number, blocked).await;
        assert_eq!(window.until("blocked").await, json!({"type": "blocked", "number": number, "blocked": blocked}));
    }
    for number in ["15550000000", "x"] {
        block(&mut window, number, true).await;
        assert_eq!(window.until("problem").await["reason"], "unknown_number");
    }
}

#[tokio::test]
async fn a_call_is_reported_by_who_had_it() {
    let mut world = World::new().await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let call = world.acme_calls().await;
    world.engine.decline(&nadia().id, &call).await.unwrap();
    window.until("recent").await;
    for _ in 0..2 {
        window.say(json!({"type": "report", "call": call.as_str()})).await;
        assert_eq!(window.until("reported").await, json!({"type": "reported", "call": call.as_str()}));
    }
    let complaints = world.number_record().await.quality.complaints;
    assert_eq!(complaints.iter().map(|one| one.user.as_str()).collect::<Vec<_>>(), [nadia().id.as_str()], "each person counts once");
    for stranger in ["wacid.none", "x"] {
        window.say(json!({"type": "report", "call": stranger})).await;
        assert_eq!(window.until("problem").await["reason"], "unknown_call");
    }
}

//! A business that takes no calls at this hour: when it does, and asking it to call back.

use std::time::Duration;

use callport_core::call_hours::{CallHours, Day, OpenHours, TimeOfDay, Window, Zone};
use callport_core::limits::WEEK;
use callport_core::settings::{CallingSettings, Switch};
use callport_core::time::WallTime;
use serde_json::{Value, json};

use crate::window::Place;
use crate::world::{ACME, World, acme};

/// Opens in an hour, for an hour, on this day of the week.
async fn open_in_an_hour(world: &World, callback: Switch) -> WallTime {
    let hour = Duration::from_secs(3_600);
    let minute = |at: WallTime| {
        let minute = at.unix_seconds().rem_euclid(86_400) / 60;
        TimeOfDay::parse(&format!("{:02}{:02}", minute / 60, minute % 60)).unwrap()
    };
    let opens_at = world.engine.now() + hour;
    let window = Window { from: minute(opens_at), until: minute(opens_at + hour) };
    let week = Day::ALL.map(|day| OpenHours { day, window }).to_vec();
    let call_hours = CallHours { status: Switch::Enabled, zone: Zone::parse("UTC").unwrap(), week, holidays: Vec::new() };
    let change = CallingSettings { call_hours: Some(call_hours), callback_permission_status: Some(callback), ..CallingSettings::default() };
    world.engine.change_settings(&acme(), None, change).await.unwrap();
    WallTime::from_unix_seconds(opens_at.unix_seconds() / 60 * 60)
}

#[tokio::test]
async fn a_call_outside_the_hours_is_refused_with_the_next_opening_and_works_from_then_on() {
    let mut world = World::new().await;
    let opens_at = open_in_an_hour(&world, Switch::Disabled).await;
    let (mut window, hello) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    let shown = hello["businesses"].as_array().unwrap().iter().find(|one| one["number"] == ACME).unwrap();
    assert!(shown.get("icon_hidden").is_none(), "the icon shows at all hours");
    window.dial("d1", ACME).await;
    let refused = window.until("refused").await;
    let closed = json!({"now": world.engine.now().unix_seconds(), "opens_at": opens_at.unix_seconds(), "callback": false});
    assert_eq!((&refused["reason"], &refused["closed"]), (&json!("closed"), &closed));
    ask(&mut window).await;
    assert_eq!(window.until("problem").await["reason"], "no_callback", "the business does not grant it");

    world.clock.set(opens_at);
    window.dial("d2", ACME).await;
    window.until("dialled").await;
    assert_eq!(world.call_webhook().await.event, "connect", "and nothing was told before");
}

#[tokio::test]
async fn a_callback_that_is_requested_lets_the_business_call_and_tells_it() {
    let mut world = World::new().await;
    open_in_an_hour(&world, Switch::Enabled).await;
    let place = Place::of(&world).await;
    let (mut window, _) = place.greeted("t1", &world.sign_in().await).await;
    window.dial("d1", ACME).await;
    assert_eq!(window.until("refused").await["closed"]["callback"], true);
    ask(&mut window).await;
    let until = (world.engine.now() + WEEK).unix_seconds();
    assert_eq!(window.until("permission").await["permission"], json!({"kind": "temporary", "expires_at": until}));
    assert!(world.webhook_of("call_permission_reply").await.text.starts_with("permission until "));

    window.say(json!({"type": "set_permission", "number": ACME, "choice": "allow"})).await;
    world.webhook_of("call_permission_reply").await;
    ask(&mut window).await;
    assert!(
        world.webhook_of("call_permission_reply").await.text.starts_with("permission permanent "),
        "the business hears of the request, and may call for good as before"
    );
}

#[tokio::test]
async fn a_companion_is_not_offered_a_callback() {
    let world = World::new().await;
    open_in_an_hour(&world, Switch::Enabled).await;
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in_on("companion").await).await;
    window.dial("d1", ACME).await;
    assert_eq!(window.until("refused").await["closed"]["callback"], false);
    ask(&mut window).await;
    assert_eq!(window.until("problem").await["reason"], "no_callback");
}

#[tokio::test]
async fn in_open_hours_there_is_nothing_to_call_back_for() {
    let world = World::new().await;
    let opens_at = open_in_an_hour(&world, Switch::Enabled).await;
    world.clock.set(opens_at);
    let (mut window, _) = Place::of(&world).await.greeted("t1", &world.sign_in().await).await;
    ask(&mut window).await;
    let problem: Value = window.until("problem").await;
    assert_eq!(problem["reason"], "no_callback");
}

async fn ask(window: &mut crate::window::Window) {
    window.say(json!({"type": "request_callback", "number": ACME})).await;
}

use crate::testing::{FOREIGN, MANAGE, MESSAGE, NOW, World};
use callport_core::call_id::Direction;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::settings::MessagingLimit;
use callport_engine::records::Number;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/v25.0/4001/settings";

#[tokio::test]
async fn a_number_begins_unset() {
    let world = World::new().await;
    assert_eq!(
        world.get(PATH, MANAGE).await.text,
        r#"{"calling":{"status":"NOT_SET","call_icon_visibility":"NOT_SET","callback_permission_status":"NOT_SET"},"storage_configuration":{"status":"DEFAULT"}}"#
    );
}

#[tokio::test]
async fn what_was_posted_is_shown() {
    let world = World::new().await;
    let update = json!({ "calling": {
        "status": "enabled",
        "call_icon_visibility": "DEFAULT",
        "call_icons": { "restrict_to_user_countries": ["id", "BR"] },
        "callback_permission_status": "ENABLED",
        "audio": { "additional_codecs": ["PCMA"] },
        "somebody": "else's" } });
    let seen = world.post(PATH, MANAGE, &update).await;
    assert_eq!((seen.status, seen.text.as_str()), (200, r#"{"success":true}"#));
    let first = concat!(
        r#"{"calling":{"status":"ENABLED","call_icon_visibility":"DEFAULT","callback_permission_status":"ENABLED","#,
        r#""call_icons":{"restrict_to_user_countries":["ID","BR"]},"audio":{"additional_codecs":["PCMA"]}},"#,
        r#""storage_configuration":{"status":"DEFAULT"}}"#,
    );
    assert_eq!(world.get(PATH, MANAGE).await.text, first);
    world.post("/4001/settings", MANAGE, &json!({ "calling": { "call_icon_visibility": "DISABLE_ALL" } })).await.ok();
    assert_eq!(
        world.get(PATH, MANAGE).await.text,
        first.replace(r#"visibility":"DEFAULT""#, r#"visibility":"DISABLE_ALL""#),
        "the rest stays"
    );
    world.post(PATH, MANAGE, &json!({ "calling": { "call_icons": { "restrict_to_user_countries": [] } } })).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["call_icons"], json!({ "restrict_to_user_countries": [] }));
}

#[tokio::test]
async fn groups_can_be_chosen() {
    let world = World::new().await;
    for (fields, keys) in [
        ("calling", vec!["calling"]),
        ("calling{status},storage_configuration", vec!["calling", "storage_configuration"]),
        ("user_identity_change", vec![]),
    ] {
        let shown = world
            .get(&format!("{PATH}?fields={}&include_sip_credentials=true", fields.replace('{', "%7B").replace('}', "%7D")), MANAGE)
            .await
            .ok();
        let got: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(got, keys, "{fields}");
    }
}

#[tokio::test]
async fn enabling_needs_the_limit_and_a_subscriber() {
    let world = World::new().await;
    let enable = json!({ "calling": { "status": "ENABLED" } });
    let number = world.engine.store().number(&PhoneNumberId::parse("4001").unwrap()).await.unwrap().unwrap();
    world.engine.put_number(Number { messaging_limit: MessagingLimit::Tier250, ..number.clone() }).await.unwrap();
    assert_eq!(world.post(PATH, MANAGE, &enable).await.code(400), 138015);
    world.engine.put_number(number).await.unwrap();
    world.delete("/v25.0/2001/subscribed_apps", MANAGE).await.ok();
    assert_eq!(world.post(PATH, MANAGE, &enable).await.code(400), 138018);
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["status"], "NOT_SET");
    world.post("/v25.0/2001/subscribed_apps", MANAGE, &json!({})).await.ok();
    world.post(PATH, MANAGE, &enable).await.ok();
}

#[tokio::test]
async fn a_change_is_announced_to_apps_that_want_it() {
    let world = World::new().await;
    let fields = "access_token=1001%7Ctest_app_secret&object=whatsapp_business_account&callback_url=https://good.example&fields=account_settings_update";
    world.form("/1001/subscriptions", fields).await.ok();
    world.post(PATH, MANAGE, &json!({ "calling": { "audio": { "additional_codecs": ["PCMU"] } } })).await.ok();
    assert_eq!(world.engine.store().recent_deliveries(9).await.unwrap().len(), 0, "codecs alone are not");
    world
        .post(
            PATH,
            MANAGE,
            &json!({ "calling": { "status": "ENABLED", "call_icon_visibility": "DISABLE_ALL",
        "callback_permission_status": "DISABLED", "call_icons": { "restrict_to_user_countries": ["ID", "BR"] } } }),
        )
        .await
        .ok();
    let announced = world.engine.store().recent_deliveries(9).await.unwrap();
    assert_eq!((announced.len(), announced[0].event.as_str(), &announced[0].waba), (1, "settings", &WabaId::parse("2001").unwrap()));
    let body: Value = serde_json::from_slice(&announced[0].body).unwrap();
    let told = body.pointer("/entry/0/changes/0/value/phone_number_settings/calling").unwrap();
    assert_eq!(told.to_string(), world.get(PATH, MANAGE).await.ok()["calling"].to_string(), "what is told is what GET shows");
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name_and_off_is_taken() {
    let world = World::new().await;
    let hours = json!({ "status": "ENABLED", "timezone_id": "Asia/Jakarta",
        "weekly_operating_hours": [{ "day_of_week": "MONDAY", "open_time": "0800", "close_time": "1200" }] });
    for (calling, name) in [
        (json!({ "call_hours": hours }), "calling.call_hours"),
        (json!({ "voicemail": { "status": "ENABLED", "triggers": ["TIMEOUT"] } }), "calling.voicemail"),
        (json!({ "sip": { "status": "ENABLED" } }), "calling.sip"),
        (json!({ "sip": { "status": "DISABLED", "servers": [{ "hostname": "sbc.acme.example" }] } }), "calling.sip"),
        (json!({ "srtp_key_exchange_protocol": "SDES" }), "calling.srtp_key_exchange_protocol SDES"),
        (json!({ "video": { "status": "ENABLED" } }), "calling.video"),
    ] {
        let seen = world.post(PATH, MANAGE, &json!({ "calling": calling })).await;
        assert_eq!((seen.code(400), seen.details()), (100, format!("The setting {name} is not served by this platform yet.")));
    }
    let off_hours = json!({ "status": "DISABLED", "timezone_id": "Asia/Jakarta", "weekly_operating_hours": [] });
    let off = json!({ "calling": { "call_hours": off_hours, "voicemail": { "status": "DISABLED" }, "sip": { "status": "DISABLED", "servers": [] },
        "srtp_key_exchange_protocol": "DTLS", "video": { "status": "DISABLED" } } });
    world.post(PATH, MANAGE, &off).await.ok();
    assert_eq!(world.post(PATH, MANAGE, &json!({ "payload_encryption": { "status": "ENABLED" } })).await.code(400), 100);
}

#[tokio::test]
async fn bad_values_change_nothing() {
    let world = World::new().await;
    for (update, details) in [
        (json!({}), "One feature setting must be specified"),
        (json!({ "calling": { "status": "ON" } }), "The parameter calling.status must be one of ENABLED, DISABLED."),
        (
            json!({ "calling": { "status": "ENABLED", "audio": { "additional_codecs": ["G722"] } } }),
            "The parameter calling.audio.additional_codecs must be one of PCMA, PCMU.",
        ),
    ] {
        let seen = world.post(PATH, MANAGE, &update).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, details));
    }
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["status"], Value::from("NOT_SET"));
}

#[tokio::test]
async fn needs_management_of_that_number() {
    let world = World::new().await;
    for (token, code) in [(MESSAGE, 10), (FOREIGN, 200), (crate::testing::APP, 200)] {
        assert_eq!(world.get(PATH, token).await.code(403), code);
        assert_eq!(world.post(PATH, token, &json!({ "calling": { "status": "ENABLED" } })).await.code(403), code);
    }
}

#[tokio::test]
async fn pauses_are_shown_while_they_last() {
    let world = World::new().await;
    let (day, week) = (NOW + Duration::from_secs(86_400), NOW + Duration::from_secs(604_800));
    let id = PhoneNumberId::parse("4001").unwrap();
    world.engine.restrict(&id, Direction::BusinessInitiated, Some(week)).await.unwrap();
    world.engine.restrict(&id, Direction::UserInitiated, Some(day)).await.unwrap();
    let outgoing = concat!(
        r#"{"type":"RESTRICTED_BUSINESS_INITIATED_CALLING","#,
        r#""reason":"Outgoing calls from this number are paused because users gave too much negative feedback","expiration":1795946400}"#,
    );
    let incoming = concat!(
        r#"{"type":"RESTRICTED_USER_INITIATED_CALLING","#,
        r#""reason":"Incoming calls to this number are paused because users gave too much negative feedback","expiration":1795428000}"#,
    );
    let shown = |list: &str| format!(r#","restrictions":{{"restrictions_list":[{list}]}}}},"storage"#);
    let seen = world.get(PATH, MANAGE).await.text;
    assert!(seen.contains(&shown(&format!("{outgoing},{incoming}"))), "{seen}");
    world.clock.set(day);
    let seen = world.get(PATH, MANAGE).await.text;
    assert!(seen.contains(&shown(outgoing)), "{seen}");
    world.clock.set(week);
    assert!(!world.get(PATH, MANAGE).await.text.contains("restrictions"));
}

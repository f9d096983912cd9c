use crate::testing::{FOREIGN, MANAGE, MESSAGE, NOW, World, acme};
use callport_core::call_id::Direction;
use callport_core::ids::WabaId;
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
    let number = world.number_record().await;
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
    let week = NOW + Duration::from_secs(604_800);
    world.engine.restrict(&world.number, Direction::UserInitiated, Some(week)).await.unwrap();
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
    assert_eq!(told.pointer("/restrictions/restrictions_list/0/type").unwrap(), "RESTRICTED_USER_INITIATED_CALLING");
    assert_eq!(told.to_string(), world.get(PATH, MANAGE).await.ok()["calling"].to_string(), "what is told is what GET shows");
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name_and_off_is_taken() {
    let world = World::new().await;
    for (calling, name) in [
        (json!({ "voicemail": { "status": "ENABLED", "triggers": ["TIMEOUT"] } }), "calling.voicemail"),
        (json!({ "video": { "status": "ENABLED" } }), "calling.video"),
    ] {
        let seen = world.post(PATH, MANAGE, &json!({ "calling": calling })).await;
        assert_eq!((seen.code(400), seen.details()), (100, format!("The setting {name} is not served by this platform yet.")));
    }
    let off = json!({ "calling": { "voicemail": { "status": "DISABLED" }, "sip": { "status": "DISABLED", "servers": [] },
        "srtp_key_exchange_protocol": "DTLS", "video": { "status": "DISABLED" } } });
    world.post(PATH, MANAGE, &off).await.ok();
    assert_eq!(world.post(PATH, MANAGE, &json!({ "payload_encryption": { "status": "ENABLED" } })).await.code(400), 100);
}

/// A SIP server belongs to the app whose token names it, and its password is shown to that app alone (SIP Configuration Guide, 2026-06-26).
#[tokio::test]
async fn a_sip_server_is_named_shown_and_taken_away() {
    let world = World::new().await;
    let on = json!({ "calling": { "status": "ENABLED", "sip": { "status": "ENABLED", "webhook_delivery": "ENABLED",
        "servers": [{ "hostname": "PBX.acme.example", "port": "5081", "request_uri_user_params": { "tgrp": "wacall", "trunk-context": "byoc.acme.example" } }] },
        "srtp_key_exchange_protocol": "SDES", "audio": { "additional_codecs": ["PCMA", "PCMU"] } } });
    world.delete("/v25.0/2001/subscribed_apps", MANAGE).await.ok();
    world.post(PATH, MANAGE, &on).await.ok(); // nobody is subscribed to `calls`, and nobody need be
    world.post("/v25.0/2001/subscribed_apps", MANAGE, &json!({})).await.ok();
    let shown = world.get(PATH, MANAGE).await.ok()["calling"].clone();
    let server = json!({ "app_id": 1001, "hostname": "pbx.acme.example", "port": 5081,
        "request_uri_user_params": { "tgrp": "wacall", "trunk-context": "byoc.acme.example" } });
    assert_eq!(shown["sip"], json!({ "status": "ENABLED", "webhook_delivery": "ENABLED", "servers": [server] }));
    assert_eq!((&shown["srtp_key_exchange_protocol"], &shown["audio"]["additional_codecs"]), (&json!("SDES"), &json!(["PCMA", "PCMU"])));
    let password = async || {
        let shown = world.get("/v25.0/4001/settings?include_sip_credentials=true", MANAGE).await.ok();
        shown.pointer("/calling/sip/servers/0/sip_user_password").and_then(Value::as_str).map(str::to_owned)
    };
    let first = password().await.unwrap();
    assert!(first.len() == 32 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");

    let last = world.post(PATH, MANAGE, &json!({ "calling": { "sip": { "servers": [] } } })).await;
    assert_eq!(last.code(400), 100);
    assert!(last.details().starts_with("sip.status is ENABLED, and no app has a SIP server"), "{}", last.details());
    world.post(PATH, MANAGE, &json!({ "calling": { "sip": { "status": "DISABLED" } } })).await.ok();
    assert_eq!(password().await.as_ref(), Some(&first), "SIP that is off keeps its servers");
    world.post(PATH, MANAGE, &json!({ "calling": { "status": "DISABLED", "sip": { "status": "DISABLED", "servers": [] } } })).await.ok();
    assert_eq!(password().await, None);
    world.post(PATH, MANAGE, &on).await.ok();
    assert_ne!(password().await.unwrap(), first, "a new server has a new password");
}

#[tokio::test]
async fn a_number_on_sip_takes_no_calls_by_graph_and_says_so_in_its_health() {
    let world = World::new().await;
    let health = async || {
        let node = world.get("/v25.0/4001?fields=health_status", MANAGE).await.ok();
        let entities = node.pointer("/health_status/entities").unwrap().as_array().unwrap().clone();
        let sip = |kind: &str| {
            let entity = entities.iter().find(|entity| entity["entity_type"] == kind).unwrap();
            (entity["can_receive_call_sip"].clone(), entity.pointer("/errors/0/error_code").cloned())
        };
        [sip("PHONE_NUMBER"), sip("APP")]
    };
    assert_eq!(health().await, [(json!("BLOCKED"), Some(json!(138024))), (json!("BLOCKED"), Some(json!(138025)))]);
    let on = json!({ "calling": { "status": "ENABLED", "sip": { "status": "ENABLED", "servers": [{ "hostname": "pbx.acme.example" }] } } });
    world.post(PATH, MANAGE, &on).await.ok();
    assert_eq!(health().await, [(json!("AVAILABLE"), None), (json!("AVAILABLE"), None)]);
    for action in ["connect", "pre_accept", "accept", "reject", "terminate"] {
        let asked = world
            .post("/v25.0/4001/calls", MESSAGE, &json!({ "messaging_product": "whatsapp", "action": action, "call_id": "wacid.A" }))
            .await;
        assert_eq!(asked.code(400), 131055, "{action}");
    }
}

#[tokio::test]
async fn bad_values_change_nothing() {
    let world = World::new().await;
    for server in [
        json!({ "hostname": "sip:pbx.acme.example" }),
        json!({ "hostname": "pbx.acme.example", "port": 0 }),
        json!({ "hostname": "pbx.acme.example", "port": 65536 }),
        json!({ "hostname": "pbx.acme.example", "request_uri_user_params": { "a": 1 } }),
        json!({ "hostname": "pbx.acme.example", "request_uri_user_params": { "a": "x".repeat(129) } }),
        json!({}),
    ] {
        let asked = world.post(PATH, MANAGE, &json!({ "calling": { "sip": { "servers": [server] } } })).await;
        assert_eq!(asked.code(400), 100, "{server}");
    }
    let two = json!([{ "hostname": "a.example" }, { "hostname": "b.example" }]);
    assert_eq!(world.post(PATH, MANAGE, &json!({ "calling": { "sip": { "servers": two } } })).await.code(400), 100);
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

fn hours(week: Value) -> Value {
    json!({ "status": "ENABLED", "timezone_id": "Asia/Jakarta", "weekly_operating_hours": week })
}

#[tokio::test]
async fn call_hours_are_shown_in_one_way_and_replaced_whole() {
    let world = World::new().await;
    let week = json!([
        { "day_of_week": "monday", "open_time": "08:00", "close_time": 1200 },
        { "day_of_week": "MONDAY", "open_time": "1300", "close_time": "1730" },
    ]);
    let mut given = hours(week);
    given["holiday_schedule"] = json!([{ "date": "2027-01-01", "open_time": "1000", "close_time": "1400" }]);
    given["timezone_id"] = "asia/jakarta".into();
    world.post(PATH, MANAGE, &json!({ "calling": { "call_hours": given } })).await.ok();
    let shown = json!({
        "status": "ENABLED", "timezone_id": "Asia/Jakarta",
        "weekly_operating_hours": [
            { "day_of_week": "MONDAY", "open_time": "0800", "close_time": "1200" },
            { "day_of_week": "MONDAY", "open_time": "1300", "close_time": "1730" } ],
        "holiday_schedule": [{ "date": "2027-01-01", "start_time": "1000", "end_time": "1400" }],
    });
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["call_hours"], shown);
    world.post(PATH, MANAGE, &json!({ "calling": { "callback_permission_status": "ENABLED" } })).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["call_hours"], shown, "who says nothing of hours leaves them");
    let friday = json!([{ "day_of_week": "FRIDAY", "open_time": "0900", "close_time": "1500" }]);
    world.post(PATH, MANAGE, &json!({ "calling": { "call_hours": hours(friday.clone()) } })).await.ok();
    let mut shown = hours(friday);
    shown["holiday_schedule"] = json!([]);
    assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["call_hours"], shown, "a schedule that is left out is deleted");
}

#[tokio::test]
async fn hours_that_are_off_are_taken_with_and_without_a_week() {
    let world = World::new().await;
    for off in [
        json!({ "status": "DISABLED", "timezone_id": "Asia/Jakarta", "weekly_operating_hours": [], "holiday_schedule": [] }),
        json!({ "status": "DISABLED" }),
    ] {
        world.post(PATH, MANAGE, &json!({ "calling": { "call_hours": off } })).await.ok();
        assert_eq!(world.get(PATH, MANAGE).await.ok()["calling"]["call_hours"]["status"], "DISABLED");
    }
}

#[tokio::test]
async fn wrong_hours_are_refused_with_the_reason_and_nothing_else_of_the_request_is_done() {
    let world = World::new().await;
    let open = |from: &str, until: &str| json!({ "day_of_week": "MONDAY", "open_time": from, "close_time": until });
    let mut past = hours(json!([open("0800", "1200")]));
    past["holiday_schedule"] = json!([{ "date": "2025-01-01", "start_time": "1000", "end_time": "1400" }]);
    let mut undated = past.clone();
    undated["holiday_schedule"][0]["date"] = "01-01-2027".into();
    let mut nowhere = hours(json!([open("0800", "1200")]));
    nowhere["timezone_id"] = "Mars/Base".into();
    for (hours, details) in [
        (hours(json!([])), "weekly_operating_hours must not be empty."),
        (
            hours(json!([open("1200", "0800")])),
            "weekly_operating_hours of MONDAY opens at 1200 and closes at 0800: open_time must be before close_time.",
        ),
        (hours(json!([open("0800", "1200"), open("1100", "1300")])), "weekly_operating_hours has entries for MONDAY that overlap."),
        (
            hours(json!([open("0800", "0900"), open("1000", "1100"), open("1200", "1300")])),
            "weekly_operating_hours has more than 2 entries for MONDAY.",
        ),
        (
            hours(json!([open("0800", "24:00")])),
            "The parameter calling.call_hours.weekly_operating_hours[0].close_time must be a time of day from 0000 to 2359, as HHMM.",
        ),
        (past, "holiday_schedule has the date 2025-01-01, which is in the past."),
        (undated, "The parameter calling.call_hours.holiday_schedule[0].date must be a date as YYYY-MM-DD."),
        (nowhere, "The parameter calling.call_hours.timezone_id must be the IANA name of a time zone, as in Asia/Jakarta."),
    ] {
        let seen = world.post(PATH, MANAGE, &json!({ "calling": { "status": "ENABLED", "call_hours": hours } })).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, details));
        let calling = world.get(PATH, MANAGE).await.ok()["calling"].clone();
        assert_eq!((&calling["status"], calling.get("call_hours")), (&json!("NOT_SET"), None), "{details}");
    }
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
    let id = acme();
    world.engine.restrict(&id, Direction::BusinessInitiated, Some(week)).await.unwrap();
    world.engine.restrict(&id, Direction::UserInitiated, Some(day)).await.unwrap();
    let outgoing = concat!(
        r#"{"type":"RESTRICTED_BUSINESS_INITIATED_CALLING","#,
        r#""reason":"Outgoing calls from this number are paused because users gave too much negative feedback","expiration":1795946400}"#,
    );
    let both = concat!(
        r#"{"type":"RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING","#,
        r#""reason":"Calls from and to this number are paused because users gave too much negative feedback","expiration":1795428000}"#,
    );
    let shown = |list: &str| format!(r#","restrictions":{{"restrictions_list":[{list}]}}}},"storage"#);
    let seen = world.get(PATH, MANAGE).await.text;
    assert!(seen.contains(&shown(both)), "{seen}");
    world.clock.set(day);
    let seen = world.get(PATH, MANAGE).await.text;
    assert!(seen.contains(&shown(outgoing)), "{seen}");
    world.clock.set(week);
    assert!(!world.get(PATH, MANAGE).await.text.contains("restrictions"));
}

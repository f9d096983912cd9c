//! What a number must be for an app to have to do with it, what of it is told in `health_status`, and fields that no node has.

use callport_core::eligibility::InUseWith;
use callport_core::settings::AccountMode;
use callport_core::template::TemplateStatus;
use callport_engine::records::Waba;
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_number_that_lives_in_the_business_app_is_not_known_to_cloud_api() {
    let world = World::new().await;
    world.enable_calling().await;
    world.change_number(|number| number.in_use_with = InUseWith::BusinessApp).await;
    for (method, path) in [("POST", "/4001/calls"), ("POST", "/4001/messages"), ("GET", "/4001/call_permissions?user_wa_id=5511955501234")]
    {
        let seen = world.send(bearer(method, path, MESSAGE).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.code(400), 133_010, "{method} {path}");
    }
    let node = world.get("/4001?fields=platform_type,is_on_biz_app", MANAGE).await.ok();
    assert_eq!(node, json!({ "platform_type": "NOT_APPLICABLE", "is_on_biz_app": true, "id": "4001" }));
}

#[tokio::test]
async fn calling_is_off_on_a_coexistence_number_and_cannot_be_switched_on() {
    let world = World::new().await;
    world.enable_calling().await;
    world.change_number(|number| number.in_use_with = InUseWith::Coexistence).await;
    assert_eq!(world.get("/4001/settings", MANAGE).await.ok()["calling"]["status"], "DISABLED");
    let refused = world.post("/4001/settings", MANAGE, &json!({ "calling": { "status": "ENABLED" } })).await;
    assert_eq!(refused.code(400), 100);
    assert!(refused.details().contains("WhatsApp Business app"), "{}", refused.text);
    let node = world.get("/4001?fields=platform_type,is_on_biz_app", MANAGE).await.ok();
    assert_eq!(node, json!({ "platform_type": "CLOUD_API", "is_on_biz_app": true, "id": "4001" }));
}

/// A public test number, which has the limits of the sandbox, is for everybody.
#[tokio::test]
async fn sandbox_accounts_are_for_apps_of_tech_partners() {
    let world = World::new().await;
    let desk = world.engine.store().app(&AppId::parse("1001").unwrap()).await.unwrap().unwrap();
    world.engine.put_app(App { tech_partner: false, ..desk }).await.unwrap();
    world.get("/4001", MANAGE).await.ok();
    world.change_number(|number| number.account_mode = AccountMode::Sandbox).await;
    for path in ["/4001", "/4001/settings"] {
        let refused = world.get(path, MANAGE).await;
        assert_eq!((refused.code(403), refused.details()), (200, "Sandbox accounts are for apps of Tech Partners.".to_owned()), "{path}");
    }
    world.change_number(|number| number.allowed_recipients = Some(vec![])).await;
    world.get("/4001", MANAGE).await.ok();
}

fn standing(health: &Value) -> Vec<(String, String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entities = health["health_status"]["entities"].as_array().unwrap();
    let entity = |entity: &Value| {
        (text(&entity["entity_type"]).unwrap(), text(&entity["can_send_message"]).unwrap(), text(&entity["can_receive_call_sip"]))
    };
    entities.iter().map(entity).collect()
}

fn row(kind: &str, health: &str, sip: bool) -> (String, String, Option<String>) {
    (kind.to_owned(), health.to_owned(), sip.then(|| "BLOCKED".to_owned()))
}

#[tokio::test]
async fn the_health_of_a_number_its_account_and_a_template_is_told_entity_by_entity() {
    let world = World::new().await;
    let whole = |node: &str| format!("/v25.0/{node}?fields=health_status");
    let number = world.get(&whole("4001"), MANAGE).await.ok();
    assert_eq!(number["health_status"]["can_send_message"], "AVAILABLE", "SIP has no part in it");
    let rest = [row("WABA", "AVAILABLE", false), row("BUSINESS", "AVAILABLE", false), row("APP", "AVAILABLE", true)];
    assert_eq!(standing(&number), [vec![row("PHONE_NUMBER", "AVAILABLE", true)], rest.to_vec()].concat());
    let entities = &number["health_status"]["entities"];
    let ids: Vec<_> = entities.as_array().unwrap().iter().map(|entity| entity["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["4001", "2001", "3001", "1001"]);
    let code = |at: usize| entities[at]["errors"][0]["error_code"].clone();
    assert_eq!((code(0), code(3)), (json!(138_024), json!(138_025)));
    assert_eq!(number["id"], "4001");
    assert_eq!(standing(&world.get(&whole("2001"), MANAGE).await.ok()), rest);
    let listed = world.get("/2001/phone_numbers?fields=health_status", MANAGE).await.ok();
    assert_eq!(standing(&listed["data"][0]), standing(&number));

    let waba = world.engine.store().waba(&WabaId::parse("2001").unwrap()).await.unwrap().unwrap();
    world.engine.put_waba(Waba { payment_method: false, ..waba }).await.unwrap();
    let limited = world.get(&whole("2001"), MANAGE).await.ok();
    assert_eq!(limited["health_status"]["can_send_message"], "LIMITED");
    assert!(limited["health_status"]["entities"][0]["additional_info"][0].as_str().unwrap().contains("payment method"));

    let body =
        json!({ "name": "late", "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": "We are late." }] });
    let made = world.post("/2001/message_templates", MANAGE, &body).await.ok();
    let template = made["id"].as_str().unwrap();
    let healthy = world.get(&whole(template), MANAGE).await.ok();
    assert_eq!(standing(&healthy)[0], row("MESSAGE_TEMPLATE", "AVAILABLE", false));
    let id = callport_core::ids::TemplateId::parse(template).unwrap();
    world.engine.review_template(&id, TemplateStatus::Paused).await.unwrap();
    let paused = world.get(&whole(template), MANAGE).await.ok();
    assert_eq!((&paused["health_status"]["can_send_message"], standing(&paused).len()), (&json!("BLOCKED"), 4));
    assert_eq!(paused["health_status"]["entities"][0]["errors"][0]["error_code"], 141_002);
}

#[tokio::test]
async fn a_test_number_is_limited_and_an_app_without_messaging_blocked() {
    let world = World::new().await;
    world.change_number(|number| number.allowed_recipients = Some(vec![nadia().number])).await;
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    let grant = callport_engine::records::AppGrant { app, waba, scopes: [Scope::Management].into() };
    world.engine.grant(grant).await.unwrap();
    let health = world.get("/4001?fields=health_status", MANAGE).await.ok();
    assert_eq!(standing(&health)[0], row("PHONE_NUMBER", "LIMITED", true));
    assert_eq!(standing(&health)[3], row("APP", "BLOCKED", true));
    let codes: Vec<_> = health.pointer("/health_status/entities/3/errors").unwrap().as_array().unwrap().clone();
    assert_eq!(codes.iter().map(|error| error["error_code"].as_u64().unwrap()).collect::<Vec<_>>(), [10, 138_025]);
    assert_eq!(health["health_status"]["can_send_message"], "BLOCKED");
}

#[tokio::test]
async fn a_field_that_no_such_node_has_is_refused_by_its_name() {
    let world = World::new().await;
    let body =
        json!({ "name": "late", "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": "We are late." }] });
    let made = world.post("/2001/message_templates", MANAGE, &body).await.ok();
    let template = format!("/{}", made["id"].as_str().unwrap());
    for (path, node, known) in [
        ("/4001", "WhatsAppBusinessPhoneNumber", "is_pin_enabled"),
        ("/2001", "WhatsAppBusinessAccount", "timezone_id"),
        ("/2001/phone_numbers", "WhatsAppBusinessPhoneNumber", "last_onboarded_time"),
        ("/2001/message_templates", "WhatsAppBusinessMessageTemplate", "quality_score"),
        (&template, "WhatsAppBusinessMessageTemplate", "rejected_reason"),
        ("/4001/settings", "WhatsAppBusinessPhoneNumber", "payload_encryption"),
    ] {
        world.get(&format!("{path}?fields=id,{known}"), MANAGE).await.ok();
        let refused = world.get(&format!("{path}?fields=id,healthstatus"), MANAGE).await;
        assert_eq!(refused.code(400), 100, "{path}");
        let says = format!("(#100) Tried accessing nonexisting field (healthstatus) on node type ({node})");
        assert_eq!(refused.json()["error"]["message"], says, "{path}");
    }
}

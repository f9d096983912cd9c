//! The whole way of a number: added, verified, registered, taken off.

use callport_core::ids::PhoneNumberId;
use serde_json::json;
use std::time::Duration;

use crate::testing::{FOREIGN, MANAGE, MESSAGE, World};

async fn added(world: &World) -> String {
    let new = json!({ "cc": "62", "phone_number": "81255508888", "verified_name": "Acme Two" });
    world.post("/v25.0/2001/phone_numbers", MANAGE, &new).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn code(world: &World, id: &str) -> String {
    let kept = world.engine.registration(&PhoneNumberId::parse(id).unwrap()).await.unwrap().unwrap();
    kept.code.unwrap().code
}

const HOUR: Duration = Duration::from_secs(3600);
const ASK: &str = r#"{"code_method":"SMS","language":"en_US"}"#;

fn register() -> serde_json::Value {
    json!({ "messaging_product": "whatsapp", "pin": "123456", "data_localization_region": "ID" })
}

#[tokio::test]
async fn a_number_is_added_verified_registered_and_taken_off() {
    let world = World::new().await;
    let id = added(&world).await;
    let path = |edge: &str| format!("/v25.0/{id}{edge}");
    let fields = "?fields=code_verification_status,status,name_status,platform_type,verified_name";
    let shown = world.get(&path(fields), MANAGE).await.ok();
    assert_eq!(
        shown,
        json!({ "verified_name": "Acme Two", "code_verification_status": "NOT_VERIFIED", "platform_type": "NOT_APPLICABLE",
            "name_status": "AVAILABLE_WITHOUT_REVIEW", "status": "PENDING", "id": id })
    );
    let text = json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text", "text": { "body": "Hi" } });
    assert_eq!(world.post(&path("/messages"), MANAGE, &text).await.code(400), 133_010);
    assert_eq!(world.post(&path("/calls"), MANAGE, &json!({})).await.code(400), 133_010);
    let on = json!({ "calling": { "status": "ENABLED" } });
    assert_eq!(world.post(&path("/settings"), MANAGE, &on).await.code(400), 133_010);

    assert_eq!(world.post(&path("/register"), MANAGE, &register()).await.code(400), 133_006);
    assert_eq!(world.post(&path("/verify_code"), MANAGE, &json!({ "code": "123456" })).await.code(400), 100);
    assert_eq!(world.post_text(&path("/request_code"), MANAGE, ASK).await.ok(), json!({ "success": true }));
    let code = code(&world, &id).await;
    assert_eq!(world.post(&path("/verify_code"), MANAGE, &json!({ "code": code })).await.ok(), json!({ "success": true, "id": id }));
    assert_eq!(world.post_text(&path("/request_code"), MANAGE, ASK).await.code(400), 136_024);
    world.post(&path("/register"), MANAGE, &register()).await.ok();
    let shown = world.get(&path("?fields=code_verification_status,status,platform_type"), MANAGE).await.ok();
    assert_eq!(
        (&shown["code_verification_status"], &shown["status"], &shown["platform_type"]),
        (&json!("VERIFIED"), &json!("CONNECTED"), &json!("CLOUD_API"))
    );
    world.post(&path("/settings"), MANAGE, &on).await.ok();
    world.post(&path(""), MANAGE, &json!({ "pin": "654321" })).await.ok();

    world.post(&path("/deregister"), MANAGE, &json!({})).await.ok();
    assert_eq!(world.get(&path("?fields=status"), MANAGE).await.ok()["status"], "DISCONNECTED");
    assert_eq!(world.post(&path("/deregister"), MANAGE, &json!({})).await.code(400), 133_010);
    assert_eq!(world.post(&path(""), MANAGE, &json!({ "pin": "654321" })).await.code(400), 133_010);
    assert_eq!(world.post(&path("/register"), MANAGE, &register()).await.code(400), 133_015);
    world.clock.advance(HOUR);
    assert_eq!(world.post(&path("/register"), MANAGE, &register()).await.code(400), 133_005);
    assert_eq!(world.post(&path("/register"), MANAGE, &register()).await.code(400), 133_009);
}

#[tokio::test]
async fn eleven_registrations_are_one_too_many() {
    let world = World::new().await;
    for _ in 0..10 {
        world.post("/v25.0/4001/register", MANAGE, &register()).await.ok();
    }
    let seen = world.post("/v25.0/4001/register", MANAGE, &register()).await;
    assert_eq!(seen.code(400), 133_016);
    world.clock.advance(HOUR * 72);
    world.post("/v25.0/4001/register", MANAGE, &register()).await.ok();
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let world = World::new().await;
    let id = added(&world).await;
    for (path, body, named) in [
        ("/2001/phone_numbers".to_owned(), json!({ "phone_number": "81255508887", "verified_name": "A" }), "cc"),
        ("/2001/phone_numbers".to_owned(), json!({ "cc": "62a", "phone_number": "81255508887", "verified_name": "A" }), "cc"),
        ("/2001/phone_numbers".to_owned(), json!({ "cc": "62", "phone_number": "x", "verified_name": "A" }), "phone_number"),
        ("/2001/phone_numbers".to_owned(), json!({ "cc": "62", "phone_number": "81255508887" }), "verified_name"),
        ("/2001/phone_numbers".to_owned(), json!({ "cc": "62", "phone_number": "81255508888", "verified_name": "A" }), "in use"),
        (format!("/{id}/request_code"), json!({ "language": "en" }), "code_method"),
        (format!("/{id}/request_code"), json!({ "code_method": "PIGEON", "language": "en" }), "code_method"),
        (format!("/{id}/request_code"), json!({ "code_method": "VOICE", "language": "english" }), "language"),
        (format!("/{id}/verify_code"), json!({}), "code"),
        (format!("/{id}/register"), json!({ "messaging_product": "whatsapp", "pin": "12345" }), "pin"),
        (format!("/{id}/register"), json!({ "messaging_product": "whatsapp" }), "pin"),
        (format!("/{id}/register"), json!({ "pin": "123456" }), "messaging_product"),
        (
            format!("/{id}/register"),
            json!({ "messaging_product": "whatsapp", "pin": "123456", "data_localization_region": "US" }),
            "data_localization_region",
        ),
    ] {
        let seen = world.post(&path, MANAGE, &body).await;
        assert_eq!(seen.code(400), 100, "{path} {body}");
        assert!(seen.details().contains(named), "{path} {body}: {}", seen.details());
    }
}

#[tokio::test]
async fn registration_needs_management_of_the_account() {
    let world = World::new().await;
    for edge in ["request_code", "verify_code", "register", "deregister"] {
        for (token, code) in [(MESSAGE, 10), (FOREIGN, 200)] {
            assert_eq!(world.post(&format!("/4001/{edge}"), token, &json!({})).await.code(403), code, "{edge} {token}");
        }
        assert_eq!(world.post(&format!("/4999/{edge}"), MANAGE, &json!({})).await.code(400), 100);
    }
}

/// A wrong code is counted, and its request is in the journal as what it was: refused.
#[tokio::test]
async fn a_try_that_counts_is_a_refusal_in_the_journal() {
    let world = World::new().await;
    let id = added(&world).await;
    world.post_text(&format!("/{id}/request_code"), MANAGE, ASK).await.ok();
    for left in [4, 3] {
        let seen = world.post(&format!("/{id}/verify_code"), MANAGE, &json!({ "code": "wrong" })).await;
        assert!(seen.code(400) == 100 && seen.details().contains(&format!("{left} more tries")), "{}", seen.details());
    }
    let page = callport_engine::ports::JournalPage { number: PhoneNumberId::parse(&id).ok(), limit: 100, ..Default::default() };
    let entries = world.engine.store().journal(page).await.unwrap();
    let statuses: Vec<_> = entries.iter().filter_map(|recorded| recorded.entry.status()).collect();
    assert_eq!(statuses, [200, 200, 400, 400], "added, code sent, two wrong codes");
}

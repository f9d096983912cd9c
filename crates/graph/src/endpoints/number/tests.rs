use crate::testing::{APP, FOREIGN, MANAGE, MESSAGE, World};
use serde_json::json;

const PATH: &str = "/v25.0/4001";

#[tokio::test]
async fn shows_the_default_fields() {
    let world = World::new().await;
    for token in [MANAGE, MESSAGE] {
        assert_eq!(
            world.get(PATH, token).await.text,
            r#"{"id":"4001","display_phone_number":"+62 812-5550-9999","verified_name":"Acme Repairs","quality_rating":"GREEN","code_verification_status":"VERIFIED"}"#
        );
    }
}

#[tokio::test]
async fn shows_every_published_field() {
    let world = World::new().await;
    let fields = concat!(
        "id,display_phone_number,verified_name,quality_rating,code_verification_status,platform_type,throughput,name_status,",
        "status,account_mode,country_dial_code,whatsapp_business_manager_messaging_limit,webhook_configuration,is_official_business_account"
    );
    assert_eq!(
        world.get(&format!("/4001?fields={fields}"), MANAGE).await.ok(),
        json!({ "id": "4001", "display_phone_number": "+62 812-5550-9999", "verified_name": "Acme Repairs",
            "quality_rating": "GREEN", "code_verification_status": "VERIFIED", "platform_type": "CLOUD_API",
            "throughput": { "level": "STANDARD" }, "name_status": "APPROVED", "status": "CONNECTED", "account_mode": "LIVE",
            "country_dial_code": "62", "whatsapp_business_manager_messaging_limit": "TIER_2K",
            "webhook_configuration": { "application": "https://1001.example/hook" } })
    );
}

#[tokio::test]
async fn the_override_is_verified_shown_and_removed() {
    let world = World::new().await;
    let set = json!({ "webhook_configuration": { "override_callback_uri": "https://eu.good.example/wa", "verify_token": "t0k3n" } });
    assert_eq!(world.post(PATH, MANAGE, &set).await.text, r#"{"success":true}"#);
    assert_eq!(*world.carrier.verified.lock(), [("https://eu.good.example/wa".to_owned(), "t0k3n".to_owned())]);
    let account = json!({ "override_callback_uri": "https://good.example/wa", "verify_token": "s3cr3t" });
    world.post("/2001/subscribed_apps", MANAGE, &account).await.ok();
    assert_eq!(
        world.get("/v25.0/4001?fields=webhook_configuration", MANAGE).await.text,
        concat!(
            r#"{"webhook_configuration":{"phone_number":"https://eu.good.example/wa","#,
            r#""whatsapp_business_account":"https://good.example/wa","application":"https://1001.example/hook"},"id":"4001"}"#
        )
    );
    world.post(PATH, MANAGE, &json!({ "webhook_configuration": { "override_callback_uri": "" } })).await.ok();
    let left = world.get("/4001?fields=webhook_configuration", MANAGE).await.ok();
    assert_eq!(left["webhook_configuration"].get("phone_number"), None);
}

#[tokio::test]
async fn an_override_that_fails_its_challenge_is_not_stored() {
    let world = World::new().await;
    let set = json!({ "webhook_configuration": { "override_callback_uri": "https://bad.example/wa", "verify_token": "wrong" } });
    let seen = world.post(PATH, MANAGE, &set).await;
    let details = "Callback verification failed: the callback URL answered the challenge with status 403 instead of 200.";
    assert_eq!((seen.code(400), seen.details().as_str()), (2200, details));
    assert!(seen.text.contains("HTTP Status Code = 403; HTTP Message = Forbidden"), "{}", seen.text);
    let shown = world.get("/4001?fields=webhook_configuration", MANAGE).await.ok();
    assert_eq!(shown["webhook_configuration"].get("phone_number"), None);
}

#[tokio::test]
async fn an_override_needs_the_apps_subscription_first() {
    let world = World::new().await;
    world.delete("/2001/subscribed_apps", MANAGE).await.ok();
    let set = json!({ "webhook_configuration": { "override_callback_uri": "https://good.example/wa", "verify_token": "t" } });
    assert_eq!(world.post(PATH, MANAGE, &set).await.code(400), 100);
}

#[tokio::test]
async fn a_pin_is_taken_and_an_empty_body_is_not() {
    let world = World::new().await;
    world.post(PATH, MANAGE, &json!({ "pin": "482913" })).await.ok();
    assert_eq!(world.post(PATH, MANAGE, &json!({})).await.code(400), 100);
}

#[tokio::test]
async fn ids_that_are_unknown_or_of_another_kind_are_the_same_refusal() {
    let world = World::new().await;
    for id in ["4099", "1001", "3001", "me", "%F0%9F%93%9E", &"9".repeat(200)] {
        let seen = world.get(&format!("/v25.0/{id}"), MANAGE).await;
        assert_eq!(seen.code(400), 100, "{id}");
        assert_eq!((&seen.json()["error"]["error_subcode"], &seen.json()["error"]["type"]), (&json!(33), &json!("GraphMethodException")));
    }
    assert_eq!(
        world.get("/v25.0/4099", MANAGE).await.json()["error"]["message"],
        "Unsupported get request. Object with ID '4099' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    );
    assert!(world.post("/2001", MANAGE, &json!({})).await.text.contains("Unsupported post request"), "an account takes no POST");
}

#[tokio::test]
async fn foreign_tokens_see_nothing() {
    let world = World::new().await;
    for token in [FOREIGN, APP] {
        assert_eq!(world.get(PATH, token).await.code(403), 200);
    }
    assert_eq!(world.post(PATH, MESSAGE, &json!({ "pin": "1" })).await.code(403), 10);
}

use crate::testing::{APP, BRIEF, FOREIGN, MANAGE, World};
use serde_json::{Value, json};
use std::time::Duration;

async fn debug(world: &World, token: &str, input: &str) -> Value {
    world.get(&format!("/v25.0/debug_token?input_token={}", input.replace('|', "%7C")), token).await.ok()["data"].clone()
}

#[tokio::test]
async fn describes_a_token_in_the_published_order() {
    let world = World::new().await;
    let seen = world.get(&format!("/debug_token?input_token={MANAGE}"), APP).await;
    assert_eq!(
        seen.text,
        concat!(
            r#"{"data":{"app_id":"1001","type":"SYSTEM_USER","application":"Acme Desk","data_access_expires_at":0,"expires_at":0,"is_valid":true,"#,
            r#""issued_at":1795341600,"scopes":["whatsapp_business_management","whatsapp_business_messaging"],"#,
            r#""granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["2001"]},"#,
            r#"{"scope":"whatsapp_business_messaging","target_ids":["2001"]}]}}"#
        )
    );
    assert_eq!(debug(&world, MANAGE, MANAGE).await["is_valid"], true);
    assert_eq!(
        debug(&world, APP, APP).await,
        json!({ "app_id": "1001", "type": "APP", "application": "Acme Desk", "is_valid": true, "scopes": [] })
    );
}

#[tokio::test]
async fn says_why_a_token_is_not_valid() {
    let world = World::new().await;
    let unknown = debug(&world, APP, "EAAnobody").await;
    assert_eq!((&unknown["is_valid"], &unknown["error"]["code"]), (&json!(false), &json!(190)));
    assert_eq!(debug(&world, APP, BRIEF).await["expires_at"], 1_795_345_200);
    world.clock.advance(Duration::from_secs(3600));
    let expired = debug(&world, APP, BRIEF).await;
    assert_eq!((&expired["is_valid"], &expired["error"]["subcode"], &expired["app_id"]), (&json!(false), &json!(463), &json!("1001")));
}

#[tokio::test]
async fn says_nothing_of_tokens_of_other_apps() {
    let world = World::new().await;
    for (token, input) in [(APP, FOREIGN), (FOREIGN, MANAGE), (FOREIGN, BRIEF)] {
        assert_eq!(world.get(&format!("/v25.0/debug_token?input_token={input}"), token).await.code(400), 100);
    }
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.get(&format!("/v25.0/debug_token?input_token={BRIEF}"), FOREIGN).await.code(400), 100, "expired or not");
    assert_eq!(world.get("/v25.0/debug_token", APP).await.code(400), 100);
    assert_eq!(world.get("/v25.0/debug_token?input_token=", APP).await.code(400), 100);
}

use crate::testing::{APP, FOREIGN, MANAGE, MESSAGE, World};
use serde_json::json;

const PATH: &str = "/v25.0/2001/subscribed_apps";
const PLAIN: &str =
    r#"{"data":[{"whatsapp_business_api_data":{"id":"1001","link":"https://www.facebook.com/games/?app_id=1001","name":"Acme Desk"}}]}"#;

#[tokio::test]
async fn subscribes_lists_and_unsubscribes() {
    let world = World::new().await;
    assert_eq!(world.get(PATH, MANAGE).await.text, PLAIN);
    assert_eq!(world.delete("/2001/subscribed_apps", MANAGE).await.text, r#"{"success":true}"#);
    assert_eq!(world.get(PATH, MANAGE).await.text, r#"{"data":[]}"#);
    world.delete(PATH, MANAGE).await.ok();
    let seen = world.form(PATH, &format!("access_token={MANAGE}")).await;
    assert_eq!(seen.text, r#"{"success":true}"#);
    assert_eq!(world.get(PATH, MANAGE).await.text, PLAIN);
}

#[tokio::test]
async fn a_post_without_an_override_removes_it() {
    let world = World::new().await;
    let set = json!({ "override_callback_uri": "https://good.example/wa", "verify_token": "s3cr3t", "subscribed_fields": ["calls"] });
    world.post(PATH, MANAGE, &set).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.ok()["data"][0]["override_callback_uri"], "https://good.example/wa");
    world.post(PATH, MANAGE, &json!({})).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.text, PLAIN);
}

#[tokio::test]
async fn an_override_needs_the_subscription_first() {
    let world = World::new().await;
    world.delete(PATH, MANAGE).await.ok();
    let set = json!({ "override_callback_uri": "https://good.example/wa", "verify_token": "s3cr3t" });
    let form = format!("access_token={MANAGE}&override_callback_uri=https%3A%2F%2Fgood.example%2Fwa&verify_token=s3cr3t");
    for seen in [world.post(PATH, MANAGE, &set).await, world.form(PATH, &form).await] {
        assert_eq!(seen.code(400), 100);
        assert!(seen.text.contains("must be subscribed") && seen.details().contains("subscribed first"), "{}", seen.text);
    }
    assert!(world.carrier.verified.lock().is_empty(), "nobody is asked");
    assert_eq!(world.get(PATH, MANAGE).await.text, r#"{"data":[]}"#);
    world.post(PATH, MANAGE, &json!({})).await.ok();
    world.form(PATH, &form).await.ok();
    assert_eq!(world.get(PATH, MANAGE).await.ok()["data"][0]["override_callback_uri"], "https://good.example/wa");
}

#[tokio::test]
async fn an_override_that_fails_its_challenge_is_not_stored() {
    let world = World::new().await;
    let set = json!({ "override_callback_uri": "https://bad.example/wa", "verify_token": "wrong" });
    assert_eq!(world.post(PATH, MANAGE, &set).await.code(400), 2200);
    assert_eq!(world.post(PATH, MANAGE, &json!({ "override_callback_uri": "https://good.example" })).await.code(400), 100);
    assert_eq!(world.get(PATH, MANAGE).await.text, PLAIN);
}

#[tokio::test]
async fn needs_management_of_that_account() {
    let world = World::new().await;
    for (token, code) in [(MESSAGE, 10), (FOREIGN, 200), (APP, 200)] {
        assert_eq!(world.get(PATH, token).await.code(403), code);
        assert_eq!(world.post(PATH, token, &json!({})).await.code(403), code);
        assert_eq!(world.delete(PATH, token).await.code(403), code);
    }
}

#[tokio::test]
async fn an_account_that_is_not_there_is_803_on_this_path() {
    let world = World::new().await;
    for seen in [
        world.get("/2999/subscribed_apps", MANAGE).await,
        world.post("/2999/subscribed_apps", MANAGE, &json!({})).await,
        world.delete("/nobody/subscribed_apps", MANAGE).await,
    ] {
        assert_eq!((seen.status, seen.json()["error"]["code"].clone()), (404, json!(803)), "{}", seen.text);
    }
    let foreign = world.get("/2002/subscribed_apps", MANAGE).await;
    assert_eq!((foreign.status, foreign.json()["error"]["code"].clone()), (403, json!(200)));
}

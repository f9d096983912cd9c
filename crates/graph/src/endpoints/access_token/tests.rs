use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use callport_core::ids::{AppId, WabaId};
use callport_core::scope::Scope;
use callport_engine::OneOrNew;
use callport_engine::SignUpDeed;
use callport_engine::door::{FloodLimits, Floods};
use callport_engine::records::{SignUpClient, SignUpOpener, SignUpWishes};
use callport_testkit::{TestClock, objects};
use serde_json::json;

use crate::GraphConfig;
use crate::testing::{APP, World};

/// The code that a sign-up for app 1001 ends with, and the account that it is for.
async fn code(world: &World, scopes: &[Scope], opener: SignUpOpener) -> (String, WabaId) {
    let app = AppId::parse("1001").unwrap();
    let client = SignUpClient { app: app.clone(), origins: BTreeSet::new(), configurations: BTreeSet::new(), token_lifetime_s: Some(3600) };
    let engine = &world.engine;
    engine.put_sign_up_client(client, Some(objects::portfolio().id)).await.unwrap();
    let (_, owner) = engine.enter_owner(None, "Mara".into()).await.unwrap();
    let walk = engine.begin_sign_up(&owner.id, &app, opener, SignUpWishes::default()).await.unwrap();
    for deed in [
        SignUpDeed::Portfolio(OneOrNew::New("Kopi".into())),
        SignUpDeed::Account(OneOrNew::New(("Kopi ID".into(), "IDR".into(), "Asia/Jakarta".into()))),
        SignUpDeed::NoNumber,
    ] {
        engine.walk_on(&walk.id, &owner.id, deed).await.unwrap();
    }
    let (walk, code) = engine.consent(&walk.id, &owner.id, scopes.iter().copied().collect()).await.unwrap();
    (code, walk.waba.unwrap())
}

fn window() -> SignUpOpener {
    SignUpOpener::Window { origin: "https://isv.example".into(), channel: "c".into() }
}

fn path(secret: &str, code: &str) -> String {
    format!("/v25.0/oauth/access_token?client_id=1001&client_secret={secret}&code={code}")
}

#[tokio::test]
async fn a_code_becomes_a_token_once_that_reaches_what_was_granted() {
    let world = World::new().await;
    let (code, waba) = code(&world, &[Scope::Management], window()).await;
    let got = world.bare(&path("test_app_secret", &code)).await.ok();
    assert_eq!((&got["token_type"], &got["expires_in"]), (&json!("bearer"), &json!(3600)));
    let token = got["access_token"].as_str().unwrap();
    world.get(&format!("/{waba}"), token).await.ok();
    assert_eq!(world.get("/2001", token).await.code(403), 200, "another account of the same app");
    let told = world.get(&format!("/debug_token?input_token={token}"), APP).await.ok();
    let granular = json!([{ "scope": "whatsapp_business_management", "target_ids": [waba.as_str()] }]);
    assert_eq!((&told["data"]["granular_scopes"], &told["data"]["is_valid"]), (&granular, &json!(true)));

    let again = world.bare(&path("test_app_secret", &code)).await;
    assert_eq!((again.code(400), &again.json()["error"]["error_subcode"]), (100, &json!(36_009)));
    assert_eq!(again.json()["error"]["message"], "This authorization code has been used.");
}

#[tokio::test]
async fn the_form_works_too_and_what_is_wrong_is_told() {
    let world = World::new().await;
    let (code, _) = code(&world, &[Scope::Messaging, Scope::Management], window()).await;
    let wrong = world.bare(&path("guess", &code)).await;
    assert_eq!((wrong.code(400), &wrong.json()["error"]["message"]), (1, &json!("Error validating client secret.")));
    assert_eq!(world.bare("/oauth/access_token?client_id=1999&client_secret=x&code=y").await.code(400), 1);
    assert_eq!(world.bare("/oauth/access_token?client_id=1001&client_secret=x").await.code(400), 100);
    let foreign = format!("/oauth/access_token?client_id=1002&client_secret=test_app_secret&code={code}");
    assert_eq!(world.bare(&foreign).await.code(400), 100, "another app's code");
    assert_eq!(world.bare(&path("test_app_secret", "AQnone")).await.code(400), 100);
    let form = format!("client_id=1001&client_secret=test_app_secret&code={code}");
    assert!(world.form("/v25.0/oauth/access_token", &form).await.ok()["access_token"].as_str().unwrap().starts_with("EAA"));
    assert_eq!(world.delete("/oauth/access_token", "EAAnone").await.code(405), 100);
}

#[tokio::test]
async fn a_code_is_worth_nothing_after_thirty_seconds_or_at_another_address() {
    let world = World::new().await;
    let uri = "https://isv.example/done";
    let opener = SignUpOpener::Redirect { uri: uri.into(), state: None };
    let (code, _) = code(&world, &[Scope::Management], opener).await;
    let other = world.bare(&path("test_app_secret", &code)).await;
    assert_eq!(other.json()["error"]["error_subcode"], 36_008);
    world.clock.advance(Duration::from_secs(30));
    let late = world.bare(&format!("{}&redirect_uri={uri}", path("test_app_secret", &code))).await;
    assert_eq!((late.code(400), &late.json()["error"]["error_subcode"]), (100, &json!(36_007)));
}

#[tokio::test]
async fn secrets_are_not_guessed() {
    let limits = FloodLimits { wrong_credentials: 100, wrong_app_secrets: 2, sign_ups: 1, loopback_signs_up_freely: true, calls: 1 };
    let floods = Floods::new(limits, Arc::new(TestClock::default()));
    let world = World::with(GraphConfig { floods, ..GraphConfig::default() }).await;
    for _ in 0..2 {
        assert_eq!(world.bare(&path("guess", "AQ")).await.code(400), 1);
    }
    assert_eq!(world.bare(&path("test_app_secret", "AQ")).await.code(429), 4);
}

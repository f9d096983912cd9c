//! Applying fixtures.

use axum::http::Method;
use callport_core::ids::{AppId, WabaId};
use callport_engine::ports::{Page, Store};
use callport_engine::records::Callback;
use callport_store::MemoryStore;
use serde_json::json;

use super::desk::{ACME, Desk, T0};
use crate::fixture::{Applied, Fixture};

/// Everything that a fixture can touch, as text.
async fn contents(store: &MemoryStore) -> String {
    let (apps, wabas, numbers) = (
        store.apps(Page::first(99)).await.unwrap(),
        store.wabas(Page::first(99)).await.unwrap(),
        store.numbers(None, Page::first(99)).await.unwrap(),
    );
    let mut rest = Vec::new();
    for waba in &wabas {
        rest.push(format!("{:?} {:?}", store.subscriptions(&waba.id).await.unwrap(), store.grants(&waba.id).await.unwrap()));
    }
    for app in &apps {
        rest.push(format!("{} {:?} {:?}", app.name, app.callback.as_ref().map(|callback| &callback.verify_token), app.secret));
        rest.push(format!("{:?}", store.tokens(&app.id).await.unwrap()));
        for number in &numbers {
            rest.push(format!("{:?}", store.phone_override(&app.id, &number.id).await.unwrap()));
        }
    }
    let (portfolios, users) = (store.portfolios(Page::first(99)).await.unwrap(), store.users(Page::first(99)).await.unwrap());
    let outbox = store.recent_deliveries(1).await.unwrap().first().map(|delivery| delivery.id);
    format!("{portfolios:?} {wabas:?} {numbers:?} {apps:?} {users:?} {rest:?} {outbox:?}")
}

async fn apply(desk: &Desk, text: &str) -> Result<Applied, String> {
    Fixture::parse(text).unwrap().apply(&desk.engine, Some(desk.people.as_ref())).await.map_err(|fault| fault.to_string())
}

#[tokio::test]
async fn a_fixture_furnishes_a_platform_that_takes_calls() {
    let mut desk = Desk::new().await;
    assert_eq!(apply(&desk, ACME).await, Ok(Applied { changed: 5, unchanged: 0 }));
    assert!(desk.carrier.verified.lock().is_empty(), "verify = false");
    assert_eq!(desk.engine.authenticate("EAAtest").await.unwrap().app.id.as_str(), "1001");
    assert_eq!(desk.get("/admin/v1/portfolios/3001").await["name"], "Acme");
    assert_eq!(desk.get("/admin/v1/numbers/4001").await["calling"]["status"], "ENABLED");
    desk.dial().await;
    let connect = desk.webhook().await;
    assert_eq!((connect.url.as_str(), connect.event.as_str()), ("http://127.0.0.1:9000/hook", "connect"));
}

#[tokio::test]
async fn applying_twice_changes_nothing_also_later() {
    let desk = Desk::new().await;
    let text = ACME.replace("verify = false", "verify = true").replace("fields = [", "fields = [\"account_settings_update\", ");
    apply(&desk, &text).await.unwrap();
    let before = contents(&desk.store).await;
    desk.clock.set(T0 + std::time::Duration::from_secs(3600));
    assert_eq!(apply(&desk, &text).await, Ok(Applied { changed: 0, unchanged: 5 }));
    assert_eq!(contents(&desk.store).await, before);
    assert_eq!(desk.carrier.verified.lock().len(), 1, "a callback that is there is not verified again");
}

#[tokio::test]
async fn what_a_fixture_says_is_made_so_and_what_it_does_not_say_stays() {
    let desk = Desk::new().await;
    let bare = ACME.lines().filter(|line| !["callback_url", "verify_token", "fields", "calling"].iter().any(|key| line.starts_with(key)));
    let bare = bare.collect::<Vec<_>>().join("\n");
    apply(&desk, &bare).await.unwrap();
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    // The backend registers itself, takes an override and switches calling on.
    let callback = Callback { url: "http://backend".into(), verify_token: "s3cr3t".into() };
    let known = desk.store.app(&app).await.unwrap().unwrap();
    desk.engine.subscribe_fields(&known, callback.clone(), vec!["messages".into()]).await.unwrap();
    desk.engine.subscribe_app(&app, &waba, Some(callback)).await.unwrap();
    let change = json!({ "calling": { "status": "ENABLED", "audio": { "additional_codecs": ["PCMA"] } } });
    assert_eq!(desk.ask(Method::PATCH, "/admin/v1/numbers/4001", change).await.0, 200);
    let before = contents(&desk.store).await;
    assert_eq!(apply(&desk, &bare).await, Ok(Applied { changed: 0, unchanged: 5 }));
    assert_eq!(contents(&desk.store).await, before);
    // A fixture that says otherwise has its way, and leaves the codecs.
    let said = ACME.replace("ENABLED", "DISABLED").replace("Acme Repairs", "Acme").replace("Nadia", "Nadia S.");
    assert_eq!(apply(&desk, &said).await, Ok(Applied { changed: 3, unchanged: 2 }));
    let number = desk.number_record().await;
    assert!(!number.settings.enabled() && number.settings.codecs().len() == 1 && number.name == "Acme");
    assert_eq!(desk.store.app(&app).await.unwrap().unwrap().callback.unwrap().url, "http://127.0.0.1:9000/hook");
}

#[tokio::test]
async fn what_a_rule_refuses_is_told_with_its_row() {
    let cases = [
        (ACME.replace("apps = [\"1001\"]", "apps = []"), "[[number]] 1: no app that is subscribed"),
        (ACME.replace("TIER_2K", "TIER_250"), "[[number]] 1: the messaging limit"),
        (ACME.replace("s3cr3t", "wrong").replace("verify = false", ""), "[[app]] 1: callback verification failed"),
    ];
    for (text, expected) in cases {
        let why = apply(&Desk::new().await, &text).await.unwrap_err();
        assert!(why.starts_with(expected), "{why} should begin with {expected}");
    }
    let desk = Desk::furnished().await;
    let other = ACME.replace("\"4001\"", "\"4002\"");
    assert_eq!(apply(&desk, &other).await.unwrap_err(), "[[number]] 1: this phone number belongs to another business number");
}

#[tokio::test]
async fn users_may_have_ids_and_names_of_their_own() {
    let desk = Desk::furnished().await;
    let text = "[[user]]\nid = \"9001\"\nnumber = \"+5511955507777\"\nname = \"Rui\"\nusername = \"rui\"\n";
    assert_eq!(apply(&desk, text).await, Ok(Applied { changed: 1, unchanged: 0 }));
    assert_eq!(desk.get("/admin/v1/users/9001").await["username"], "rui");
    assert_eq!(apply(&desk, text).await, Ok(Applied { changed: 0, unchanged: 1 }));
    let without = "[[user]]\nnumber = \"+5511955508888\"\nname = \"Eva\"\nusername = \"eva\"\n";
    assert_eq!(apply(&desk, without).await, Ok(Applied { changed: 1, unchanged: 0 }));
    assert_eq!(apply(&desk, without).await, Ok(Applied { changed: 0, unchanged: 1 }));
}

#[tokio::test]
async fn a_fixture_brings_a_test_number_an_old_phone_a_behaviour_and_a_permission() {
    let desk = Desk::new().await;
    let text = ACME
        .replace("calling = \"ENABLED\"", "calling = \"ENABLED\"\nallowed_recipients = [\"+5511955501234\"]")
        .replace("account_mode = \"LIVE\"\n", "");
    let text = format!(
        "{text}\noutdated_app = true\n[user.behaviour]\ncalls = {{ kind = \"decline\", after_ms = 500 }}\n\
         [[permission]]\nnumber = \"4001\"\nuser = \"+5511955501234\"\nkind = \"temporary\"\n"
    );
    assert_eq!(apply(&desk, &text).await, Ok(Applied { changed: 6, unchanged: 0 }));
    let number = desk.get("/admin/v1/numbers/4001").await;
    assert_eq!((&number["allowed_recipients"], &number["account_mode"]), (&json!(["+5511955501234"]), &json!("SANDBOX")));
    let user = "/admin/v1/users/+5511955501234";
    assert_eq!(desk.get(user).await["outdated_app"], true);
    assert_eq!(desk.get(&format!("{user}/behaviour")).await["calls"], json!({ "kind": "decline", "after_ms": 500 }));
    assert_eq!(desk.get("/admin/v1/pairs/4001/+5511955501234").await["permission"]["status"], "temporary");
    let before = contents(&desk.store).await;
    desk.clock.set(T0 + std::time::Duration::from_secs(3600));
    assert_eq!(apply(&desk, &text).await, Ok(Applied { changed: 0, unchanged: 6 }));
    assert_eq!(contents(&desk.store).await, before);

    // What another fixture does not say stays.
    assert_eq!(apply(&desk, &ACME.replace("account_mode = \"LIVE\"", "account_mode = \"SANDBOX\"")).await.unwrap().changed, 0);
    assert_eq!(desk.get(user).await["outdated_app"], true);
    let fault = Fixture::parse(&text.replace("500", "600")).unwrap().apply(&desk.engine, None).await.unwrap_err();
    assert_eq!(fault.to_string(), "[[user]] 1: behaviour: there are no scripted users in live mode");
}

/// Tokens come before subscriptions: an app that only manages an account is not granted more by being subscribed to it. A grant has the last word.
#[tokio::test]
async fn grants_come_from_tokens_and_are_said_outright() {
    let granted = async |text: &str| {
        let desk = Desk::new().await;
        apply(&desk, text).await.unwrap();
        let before = contents(&desk.store).await;
        assert_eq!(apply(&desk, text).await.unwrap().changed, 0);
        assert_eq!(contents(&desk.store).await, before);
        desk.get("/admin/v1/wabas/2001/grants").await["data"][0]["scopes"].clone()
    };
    let (messaging, management) = ("whatsapp_business_messaging", "whatsapp_business_management");
    let off = ACME.replace("calling = \"ENABLED\"\n", "");
    assert_eq!(granted(&off).await, json!([messaging, management]));
    let token = off.replace(&format!("\"{messaging}\", "), "");
    assert_eq!(granted(&token).await, json!([management]));
    let grant = format!("{token}\n[[grant]]\napp = \"1001\"\nwaba = \"2001\"\nscopes = [\"{messaging}\"]\n");
    assert_eq!(granted(&grant).await, json!([messaging]));
    let mistakes = Fixture::parse(&format!("{grant}\n[[grant]]\napp = \"1009\"\nwaba = \"2001\"\nscopes = []\n")).unwrap_err().to_string();
    assert!(mistakes.contains("scopes: name one at least"), "{mistakes}");
}

#[tokio::test]
async fn prerequisites_and_hours_are_said_by_a_fixture() {
    let desk = Desk::new().await;
    let hours = "call_hours = { status = \"ENABLED\", timezone_id = \"Asia/Jakarta\", weekly_operating_hours = [{ day_of_week = \"MONDAY\", open_time = \"0800\", close_time = \"1200\" }] }";
    let text =
        ACME.replace("verify = false\n", "verify = false\ntech_partner = false\n").replace("calling = ", &format!("{hours}\ncalling = "));
    assert_eq!(apply(&desk, &text).await.unwrap().changed, 5);
    assert_eq!(apply(&desk, &text).await.unwrap().changed, 0);
    let calling = &desk.get("/admin/v1/numbers/4001").await["calling"];
    assert_eq!(calling["call_hours"]["weekly_operating_hours"][0]["open_time"], "0800");
    assert_eq!(desk.get("/admin/v1/apps/1001").await["tech_partner"], false);
    let away = text.replace("calling = \"ENABLED\"", "in_use_with = \"COEXISTENCE\"");
    apply(&desk, &away).await.unwrap();
    let number = desk.get("/admin/v1/numbers/4001").await;
    assert_eq!((&number["in_use_with"], &number["calling"]["status"]), (&json!("COEXISTENCE"), &json!("DISABLED")));
    let refused = apply(&desk, &away.replace("in_use_with", "calling = \"ENABLED\"\nin_use_with")).await.unwrap_err();
    assert!(refused.contains("[[number]] 1") && refused.contains("WhatsApp Business app"), "{refused}");
}

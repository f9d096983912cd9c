//! Making and changing what a platform is made of.

use std::sync::Arc;

use axum::http::Method;
use callport_core::ids::{AppId, WabaId};
use callport_core::settings::{CallingSettings, Switch};
use callport_engine::journal::Fact;
use callport_engine::ports::{Page, Store};
use callport_flow::{Row, Write};
use parking_lot::Mutex;
use serde_json::json;

use super::desk::{Desk, NONE, acme_number, ids};

#[tokio::test]
async fn a_platform_is_provisioned_from_nothing() {
    let mut desk = Desk::new().await;
    let portfolio = desk.make("/admin/v1/portfolios", json!({ "name": "Acme" })).await;
    let portfolio_id = portfolio["id"].as_str().unwrap();
    assert_eq!(portfolio_id.len(), 15, "ids of the published length");
    let waba = desk.make("/admin/v1/wabas", json!({ "portfolio_id": portfolio_id, "name": "Acme ID" })).await;
    assert_eq!((&waba["currency"], &waba["timezone"], &waba["payment_method"]), (&json!("USD"), &json!("UTC"), &json!(true)));
    let waba_id = waba["id"].as_str().unwrap();
    let app = json!({ "name": "Desk", "callback_url": "http://127.0.0.1:9000/hook", "verify_token": "s3cr3t", "fields": ["calls", "account_settings_update"] });
    let app = desk.make("/admin/v1/apps", app).await;
    assert_eq!(app["secret"].as_str().unwrap().len(), 32);
    let app_id = app["id"].as_str().unwrap();
    assert!(desk.get(&format!("/admin/v1/apps/{app_id}")).await.get("secret").is_none(), "a secret is told once");
    assert!(!desk.get("/admin/v1/apps").await.to_string().contains(app["secret"].as_str().unwrap()));

    let number = json!({ "waba_id": waba_id, "number": "+62 812-5550-9999", "name": "Acme Repairs", "calling": { "status": "ENABLED" } });
    let refused = desk.refused(Method::POST, "/admin/v1/numbers", number.clone()).await;
    assert_eq!((refused.0, refused.1.as_str()), (422, "refused"), "no app is subscribed yet");
    assert_eq!(desk.get("/admin/v1/numbers").await["data"], json!([]), "a refused number is not made");
    let (status, _) = desk.ask(Method::PUT, &format!("/admin/v1/wabas/{waba_id}/subscriptions/{app_id}"), NONE).await;
    assert_eq!(status, 200);
    let number = desk.make("/admin/v1/numbers", number).await;
    assert_eq!(number["calling"], json!({ "status": "ENABLED" }));
    assert_eq!((&number["number"], &number["display_phone_number"]), (&json!("+6281255509999"), &json!("+62 812-5550-9999")));
    assert_eq!(desk.webhook().await.event, "settings", "switching on is announced");

    let token = desk.make("/admin/v1/tokens", json!({ "app_id": app_id, "waba_ids": [waba_id], "lifetime_seconds": 60 })).await;
    let value = token["value"].as_str().unwrap();
    assert_eq!(desk.engine.authenticate(value).await.unwrap().app.id.as_str(), app_id);
    let listed = desk.get(&format!("/admin/v1/tokens?app_id={app_id}")).await;
    assert_eq!(listed["data"][0]["expires_at"], "2026-11-22T10:01:00.000Z");
    assert!(!listed.to_string().contains(value));
    let (status, _) = desk.ask(Method::DELETE, &format!("/admin/v1/tokens/{}", token["id"].as_str().unwrap()), NONE).await;
    assert_eq!(status, 204);
    assert!(desk.engine.authenticate(value).await.is_err());
}

#[tokio::test]
async fn what_an_app_may_do_with_an_account_is_shown_changed_and_taken_back() {
    let desk = Desk::furnished().await;
    let path = "/admin/v1/wabas/2001/grants";
    let both = json!(["whatsapp_business_messaging", "whatsapp_business_management"]);
    assert_eq!(desk.get(path).await["data"], json!([{ "app_id": "1001", "waba_id": "2001", "scopes": both }]));
    let one = format!("{path}/1001");
    let (status, shown) = desk.ask(Method::PUT, &one, json!({ "scopes": ["whatsapp_business_management"] })).await;
    assert_eq!((status.as_u16(), &shown["scopes"]), (200, &json!(["whatsapp_business_management"])));
    assert_eq!(desk.refused(Method::PUT, &one, json!({ "scopes": [] })).await.0, 400);
    assert_eq!(desk.refused(Method::PUT, &format!("{path}/1009"), json!({})).await.0, 404);
    assert_eq!(desk.ask(Method::PUT, &one, json!({})).await.1["scopes"], both);
    assert_eq!(desk.ask(Method::DELETE, &one, NONE).await.0, 204);
    assert_eq!(desk.get(path).await["data"], json!([]));
    assert_eq!(desk.get("/admin/v1/wabas/2001/subscriptions").await["data"], json!([]));
}

#[tokio::test]
async fn settings_are_taken_and_shown_in_the_published_shape() {
    let desk = Desk::furnished().await;
    let calling = json!({
        "status": "DISABLED", "call_icon_visibility": "DISABLE_ALL", "callback_permission_status": "ENABLED",
        "call_icons": { "restrict_to_user_countries": ["ID", "BR"] }, "audio": { "additional_codecs": ["PCMU", "PCMA"] }
    });
    let (status, number) =
        desk.ask(Method::PATCH, "/admin/v1/numbers/4001", json!({ "calling": calling, "messaging_limit": "TIER_250" })).await;
    assert_eq!((status.as_u16(), &number["calling"], &number["messaging_limit"]), (200, &calling, &json!("TIER_250")));
    let refused = desk.refused(Method::PATCH, "/admin/v1/numbers/4001", json!({ "name": "New", "calling": { "status": "ENABLED" } })).await;
    assert!(refused.2.contains("2,000"), "{refused:?}");
    assert_eq!(desk.get("/admin/v1/numbers/4001").await["name"], "Acme Repairs", "a refused change changes nothing");
    let sandbox = json!({ "account_mode": "SANDBOX", "calling": { "status": "ENABLED" } });
    assert_eq!(desk.ask(Method::PATCH, "/admin/v1/numbers/4001", sandbox).await.1["calling"]["status"], "ENABLED");
}

/// A process that dies in the middle leaves all of it or nothing.
#[tokio::test]
async fn a_number_and_its_calling_settings_are_one_commit() {
    let mut desk = Desk::furnished().await;
    let fields = json!({ "fields": ["calls", "account_settings_update"] });
    assert_eq!(desk.ask(Method::PATCH, "/admin/v1/apps/1001", fields).await.0, 200);
    let commits = Arc::new(Mutex::new(Vec::new()));
    let seen = commits.clone();
    desk.store.on_commit(Box::new(move |commit, _| {
        for write in &commit.writes {
            let Write::Put(Row::Number(number)) = write else { continue };
            let facts: Vec<_> = commit.entries.iter().map(|entry| entry.fact.clone()).collect();
            seen.lock().push(((number.name.clone(), number.settings.clone()), facts, commit.webhooks.len()));
        }
    }));
    let off = json!({ "status": "DISABLED" });
    let (status, number) = desk.ask(Method::PATCH, "/admin/v1/numbers/4001", json!({ "name": "New", "calling": off })).await;
    assert_eq!((status.as_u16(), &number["name"], &number["calling"]["status"]), (200, &json!("New"), &json!("DISABLED")));
    let other = json!({ "id": "4002", "waba_id": "2001", "number": "+6281255508888", "name": "Sales", "calling": { "status": "ENABLED" } });
    desk.make("/admin/v1/numbers", other).await;
    let put = |id: &str| Fact::ObjectPut { object: "number".into(), id: Some(id.into()) };
    let settings = |status| CallingSettings { status: Some(status), ..CallingSettings::default() };
    assert_eq!(
        *commits.lock(),
        [
            (("New".to_owned(), settings(Switch::Disabled)), vec![put("4001"), Fact::SettingsChanged], 1),
            (("Sales".to_owned(), settings(Switch::Enabled)), vec![put("4002"), Fact::SettingsChanged], 1),
        ]
    );
    for _ in 0..2 {
        assert_eq!(desk.webhook().await.event, "settings");
    }
}

#[tokio::test]
async fn lists_are_by_id_and_filters_hold() {
    let desk = Desk::furnished().await;
    desk.make("/admin/v1/wabas", json!({ "id": "2002", "portfolio_id": "3001", "name": "Other", "payment_method": false })).await;
    desk.make("/admin/v1/numbers", acme_number()).await;
    assert_eq!(ids(&desk.get("/admin/v1/wabas").await), ["2001", "2002"]);
    assert_eq!(ids(&desk.get("/admin/v1/numbers").await), ["4001", "4002"]);
    assert_eq!(ids(&desk.get("/admin/v1/numbers?waba_id=2002").await), Vec::<&str>::new());
    assert_eq!(desk.refused(Method::GET, "/admin/v1/numbers?waba=2002", NONE).await.1, "malformed");
    let changed = desk.ask(Method::PATCH, "/admin/v1/wabas/2002", json!({ "payment_method": true, "currency": "IDR" })).await.1;
    assert_eq!((&changed["payment_method"], &changed["currency"], &changed["name"]), (&json!(true), &json!("IDR"), &json!("Other")));
}

#[tokio::test]
async fn what_is_there_or_missing_already_is_told() {
    let desk = Desk::furnished().await;
    let cases = [
        ("/admin/v1/portfolios", json!({ "id": "3001", "name": "A" }), 409),
        ("/admin/v1/wabas", json!({ "id": "2001", "portfolio_id": "3001", "name": "A" }), 409),
        ("/admin/v1/wabas", json!({ "portfolio_id": "3009", "name": "A" }), 422),
        ("/admin/v1/apps", json!({ "id": "1001", "name": "A" }), 409),
        ("/admin/v1/numbers", json!({ "id": "4001", "waba_id": "2001", "number": "+6281255508888", "name": "A" }), 409),
        ("/admin/v1/numbers", json!({ "waba_id": "2001", "number": "+6281255509999", "name": "A" }), 409),
        ("/admin/v1/numbers", json!({ "waba_id": "2009", "number": "+6281255508888", "name": "A" }), 422),
        ("/admin/v1/tokens", json!({ "app_id": "1009" }), 422),
        ("/admin/v1/tokens", json!({ "app_id": "1001", "waba_ids": ["2009"] }), 422),
        ("/admin/v1/tokens", json!({ "app_id": "1001", "waba_ids": [] }), 400),
        ("/admin/v1/users", json!({ "number": "+5511955501234", "name": "A" }), 409),
        ("/admin/v1/invitations", json!({ "any_number": true, "lifetime_seconds": 0 }), 400),
        ("/admin/v1/invitations", json!({ "any_number": true, "lifetime_seconds": 31_536_001 }), 400),
        ("/admin/v1/invitations", json!({}), 400),
        ("/admin/v1/invitations", json!({ "any_number": false }), 400),
        ("/admin/v1/invitations", json!({ "number": "+5511955507777", "user_id": "9001" }), 400),
        ("/admin/v1/invitations", json!({ "number": "+6281255509999" }), 409),
        ("/admin/v1/invitations", json!({ "user_id": "9009" }), 422),
    ];
    for (path, body, expected) in cases {
        let (code, _, why) = desk.refused(Method::POST, path, body.clone()).await;
        assert_eq!(code, expected, "{path} {body}: {why}");
    }
    for path in [
        "portfolios/1",
        "wabas/1",
        "apps/1",
        "numbers/1",
        "users/1",
        "wabas/1/subscriptions",
        "numbers/1/overrides",
        "webhooks/1",
        "calls/wacid.x",
    ] {
        let (code, word, why) = desk.refused(Method::GET, &format!("/admin/v1/{path}"), NONE).await;
        assert_eq!((code, word.as_str()), (404, "not_found"), "{path}: {why}");
    }
    for path in ["portfolios/x", "wabas/-1", "apps/%20", "numbers/4001a", "users/x", "webhooks/x", "calls/call1"] {
        assert_eq!(desk.refused(Method::GET, &format!("/admin/v1/{path}"), NONE).await.0, 400, "{path}");
    }
    assert_eq!(desk.refused(Method::DELETE, "/admin/v1/tokens/EAAtest", NONE).await.0, 400);
    assert_eq!(desk.refused(Method::DELETE, &format!("/admin/v1/tokens/{}", "0".repeat(64)), NONE).await.0, 404);
}

#[tokio::test]
async fn a_live_platform_makes_no_token_that_reaches_everybody() {
    let live = Desk::with(false).await;
    live.make("/admin/v1/portfolios", json!({ "id": "3001", "name": "A" })).await;
    live.make("/admin/v1/wabas", json!({ "id": "2001", "portfolio_id": "3001", "name": "A" })).await;
    live.make("/admin/v1/apps", json!({ "id": "1001", "name": "A" })).await;
    for reach in [json!({}), json!({ "waba_ids": null })] {
        let mut body = reach;
        body["app_id"] = "1001".into();
        let (status, _, why) = live.refused(Method::POST, "/admin/v1/tokens", body).await;
        assert!(status == 422 && why.starts_with("waba_ids: "), "{why}");
    }
    let made = live.make("/admin/v1/tokens", json!({ "app_id": "1001", "waba_ids": ["2001"] })).await;
    assert_eq!(made["waba_ids"], json!(["2001"]));
    let test = Desk::furnished().await;
    assert_eq!(test.make("/admin/v1/tokens", json!({ "app_id": "1001" })).await["waba_ids"], json!(null), "for fixtures that say less");
}

#[tokio::test]
async fn callbacks_are_verified_unless_the_operator_answers_for_them() {
    let desk = Desk::new().await;
    let app = |id: &str, token: &str, verify: bool| json!({ "id": id, "name": "A", "callback_url": "http://app", "verify_token": token, "verify": verify });
    let refused = desk.refused(Method::POST, "/admin/v1/apps", app("1", "wrong", true)).await;
    assert_eq!((refused.0, refused.1.as_str()), (422, "callback_unverified"));
    assert!(desk.store.apps(Page::first(9)).await.unwrap().is_empty());
    desk.make("/admin/v1/apps", app("1", "wrong", false)).await;
    let made = desk.make("/admin/v1/apps", json!({ "id": "2", "name": "B", "secret": "test_app_secret" })).await;
    assert_eq!((&made["secret"], &made["callback_url"], &made["fields"]), (&json!("test_app_secret"), &json!(null), &json!(["calls"])));
    for wrong in [
        json!({ "name": "A", "callback_url": "http://app" }),
        json!({ "name": "A", "callback_url": "app", "verify_token": "s3cr3t" }),
        json!({ "name": "A", "verify_token": "s3cr3t" }),
        json!({ "name": "A", "secret": "a|b" }),
        json!({ "name": "A", "fields": ["Calls"] }),
    ] {
        assert_eq!(desk.refused(Method::POST, "/admin/v1/apps", wrong.clone()).await.0, 400, "{wrong}");
    }
    let change = json!({ "callback_url": "http://new", "verify_token": "s3cr3t", "fields": ["messages"] });
    let changed = desk.ask(Method::PATCH, "/admin/v1/apps/2", change).await.1;
    assert_eq!((&changed["callback_url"], &changed["fields"], &changed["name"]), (&json!("http://new"), &json!(["messages"]), &json!("B")));
    assert_eq!(
        desk.refused(Method::PATCH, "/admin/v1/apps/2", json!({ "callback_url": "http://x", "verify_token": "wrong" })).await.0,
        422
    );
    assert_eq!(desk.get("/admin/v1/apps/2").await["callback_url"], "http://new");
    let app = desk.store.app(&AppId::parse("2").unwrap()).await.unwrap().unwrap();
    assert_eq!(app.secret, "test_app_secret", "a change keeps the secret");
    let verified: Vec<_> = desk.carrier.verified.lock().iter().map(|(url, _)| url.clone()).collect();
    assert_eq!(verified, ["http://app", "http://new", "http://x"]);
}

#[tokio::test]
async fn subscriptions_and_overrides_come_and_go() {
    let desk = Desk::furnished().await;
    let (subscription, phone) = ("/admin/v1/wabas/2001/subscriptions/1001", "/admin/v1/numbers/4001/overrides/1001");
    let to = |url: &str| json!({ "callback_url": url, "verify_token": "s3cr3t" });
    let with = json!({ "override_callback_url": "http://tenant", "verify_token": "s3cr3t" });
    assert_eq!(desk.ask(Method::PUT, subscription, with).await.1["override_callback_url"], "http://tenant");
    assert_eq!(desk.get("/admin/v1/wabas/2001/subscriptions").await["data"][0]["override_callback_url"], "http://tenant");
    assert_eq!(desk.ask(Method::PUT, subscription, json!({})).await.1["override_callback_url"], json!(null), "none removes it");
    assert_eq!(desk.ask(Method::PUT, phone, to("http://eu")).await.0, 200);
    assert_eq!(desk.get("/admin/v1/numbers/4001/overrides").await["data"][0]["callback_url"], "http://eu");
    assert_eq!(
        desk.refused(Method::PUT, phone, json!({ "callback_url": "http://eu", "verify_token": "wrong" })).await.1,
        "callback_unverified"
    );
    assert_eq!(desk.ask(Method::DELETE, phone, NONE).await.0, 204);
    assert_eq!(desk.get("/admin/v1/numbers/4001/overrides").await["data"], json!([]));
    assert_eq!(desk.ask(Method::DELETE, subscription, NONE).await.0, 204);
    assert!(desk.store.subscriptions(&WabaId::parse("2001").unwrap()).await.unwrap().is_empty());
    assert_eq!(desk.refused(Method::PUT, phone, to("http://eu")).await.1, "refused", "not subscribed");
    assert_eq!(desk.refused(Method::PUT, "/admin/v1/wabas/2001/subscriptions/1009", NONE).await.0, 404);
}

#[tokio::test]
async fn people_are_made_and_found() {
    let desk = Desk::furnished().await;
    let rui = desk.make("/admin/v1/users", json!({ "number": "55 11 95550 7777", "name": "Rui", "username": "rui" })).await;
    assert_eq!((&rui["number"], &rui["username"]), (&json!("+5511955507777"), &json!("rui")));
    assert_eq!(desk.get(&format!("/admin/v1/users/{}", rui["id"].as_str().unwrap())).await, rui);
    assert_eq!(desk.get("/admin/v1/users").await["data"].as_array().unwrap().len(), 2);
    for query in ["%2B5511955507777", "5511955507777", "+5511955507777"] {
        assert_eq!(desk.get(&format!("/admin/v1/users?number={query}")).await["data"], json!([rui]), "{query}");
    }
    assert_eq!(desk.get("/admin/v1/users?number=+5511955500000").await["data"], json!([]));
}

#[tokio::test]
async fn a_public_test_number_reaches_at_most_five_users() {
    let desk = Desk::furnished().await;
    let listed = |count: u32| (0..count).map(|at| format!("+551195550{at:04}")).collect::<Vec<_>>();
    let mut number = acme_number();
    number["allowed_recipients"] = json!(["+5511955501234", "55 11 95550-1234"]);
    let made = desk.make("/admin/v1/numbers", number.clone()).await;
    assert_eq!((&made["allowed_recipients"], &made["account_mode"]), (&json!(["+5511955501234"]), &json!("SANDBOX")), "each once");
    let path = "/admin/v1/numbers/4002";
    assert_eq!(desk.refused(Method::PATCH, path, json!({ "allowed_recipients": listed(6) })).await.0, 400);
    assert_eq!(desk.ask(Method::PATCH, path, json!({ "allowed_recipients": listed(5) })).await.1["allowed_recipients"], json!(listed(5)));
    assert_eq!(
        desk.ask(Method::PATCH, path, json!({ "name": "Acme" })).await.1["allowed_recipients"],
        json!(listed(5)),
        "not said, not changed"
    );
    assert_eq!(desk.ask(Method::PATCH, path, json!({ "allowed_recipients": null })).await.1["allowed_recipients"], json!(null));
    assert_eq!(desk.get("/admin/v1/numbers/+6281255508888").await["id"], "4002", "by the number itself");
    for wrong in ["+6281255500000", "4009"] {
        assert_eq!(desk.refused(Method::GET, &format!("/admin/v1/numbers/{wrong}"), NONE).await.0, 404, "{wrong}");
    }
}

#[tokio::test]
async fn a_number_is_paused_for_a_week_or_until_a_moment_and_lifted() {
    let mut desk = Desk::furnished().await;
    let app = desk.store.app(&AppId::parse("1001").unwrap()).await.unwrap().unwrap();
    let fields = ["account_update".to_owned()].into();
    desk.engine.put_app(callport_engine::records::App { fields, ..app }).await.unwrap();
    let (business, user) = ("/admin/v1/numbers/4001/restrictions/BUSINESS_INITIATED", "/admin/v1/numbers/4001/restrictions/USER_INITIATED");
    let (status, number) = desk.ask(Method::PUT, business, NONE).await;
    assert_eq!(status, 200);
    let week = json!({ "direction": "BUSINESS_INITIATED", "until": "2026-11-29T10:00:00.000Z" });
    assert_eq!(number["restrictions"], json!([week]));
    assert_eq!(desk.webhook().await.event, "restriction");
    let (_, number) = desk.ask(Method::PUT, user, json!({ "until": "2026-11-22T11:00:00Z" })).await;
    assert_eq!(number["restrictions"].as_array().unwrap().len(), 2);
    desk.clock.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(desk.get("/admin/v1/numbers/4001").await["restrictions"], json!([week]), "one has ended by itself");
    assert_eq!(desk.ask(Method::DELETE, business, NONE).await.1["restrictions"], json!([]));
    for (path, body) in [(business, json!({ "until": "2026-11-22T11:00:00Z" })), ("/admin/v1/numbers/4001/restrictions/BOTH", json!({}))] {
        assert_eq!(desk.refused(Method::PUT, path, body).await.0, 400, "{path}");
    }
    assert_eq!(desk.refused(Method::PUT, "/admin/v1/numbers/4009/restrictions/USER_INITIATED", NONE).await.0, 404);
}

#[tokio::test]
async fn a_user_is_changed() {
    let desk = Desk::furnished().await;
    let path = "/admin/v1/users/+5511955501234";
    assert_eq!(desk.get(path).await["outdated_app"], false);
    let changed = desk.ask(Method::PATCH, path, json!({ "outdated_app": true, "username": "nadia" })).await.1;
    assert_eq!((&changed["outdated_app"], &changed["username"], &changed["name"]), (&json!(true), &json!("nadia"), &json!("Nadia")));
    assert_eq!(desk.ask(Method::PATCH, path, json!({ "name": "Nadia S." })).await.1["outdated_app"], true);
    assert_eq!(desk.refused(Method::PATCH, path, json!({ "name": " " })).await.0, 400);
    assert_eq!(desk.refused(Method::GET, "/admin/v1/users/+12", NONE).await.0, 400);

    desk.make("/admin/v1/users", json!({ "number": "+5511955507777", "name": "Rui" })).await;
    assert_eq!(desk.refused(Method::PATCH, path, json!({ "number": "+5511955507777" })).await.1, "conflict");
    let renumbered = desk.ask(Method::PATCH, path, json!({ "number": "+62 812-5550-1234" })).await.1;
    assert_eq!((&renumbered["number"], &renumbered["id"]), (&json!("+6281255501234"), &changed["id"]));
    assert_eq!(desk.refused(Method::GET, path, NONE).await.0, 404, "the number is free again");
}

#[tokio::test]
async fn templates_are_listed_and_reviewed() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.get("/admin/v1/templates").await["data"], json!([]));
    let new = callport_engine::NewTemplate {
        waba: WabaId::parse("2001").unwrap(),
        name: "repair_call_consent".into(),
        language: "en".into(),
        category: callport_core::template::Category::Utility,
        named_parameters: false,
        components: r#"[{"type":"BODY","text":"May we call?"},{"type":"call_permission_request"}]"#.into(),
    };
    let id = desk.engine.create_template(new).await.unwrap().id;
    let template = &desk.get("/admin/v1/templates?waba_id=2001").await["data"][0];
    assert_eq!((&template["status"], &template["components"][0]["text"]), (&json!("APPROVED"), &json!("May we call?")));
    let path = format!("/admin/v1/templates/{id}");
    assert_eq!(desk.ask(Method::PATCH, &path, json!({ "status": "PAUSED" })).await.1["status"], "PAUSED");
    assert_eq!(desk.get(&path).await["status"], "PAUSED");
    assert_eq!(desk.refused(Method::PATCH, &path, json!({ "status": "GOOD" })).await.0, 400);
    assert_eq!(desk.refused(Method::PATCH, "/admin/v1/templates/1", json!({ "status": "PAUSED" })).await.0, 404);
    assert_eq!(desk.get("/admin/v1/templates?waba_id=2002").await["data"], json!([]));
}

/// Each prerequisite is broken as an operator would break it, named with its code, and mended by the very command or request that is named.
#[tokio::test]
async fn what_a_number_lacks_is_explained_with_what_mends_it() {
    let desk = Desk::furnished().await;
    let explain = async || desk.get("/admin/v1/numbers/4001/eligibility").await;
    let unmet = |answer: &serde_json::Value| {
        let all = answer["prerequisites"].as_array().unwrap();
        let of =
            |one: &serde_json::Value| (one["prerequisite"].as_str().unwrap().to_owned(), one["code"].clone(), one["fix"]["admin"].clone());
        all.iter().filter(|one| one["met"] == false).map(of).collect::<Vec<_>>()
    };
    let fine = explain().await;
    assert_eq!((unmet(&fine), &fine["user_initiated"], &fine["business_initiated"]), (vec![], &json!(true), &json!(true)));
    assert!(fine["prerequisites"].as_array().unwrap().iter().all(|one| one["fix"].is_null() && one["says"].is_string()));

    let app = "/admin/v1/apps/1001";
    let number = "/admin/v1/numbers/4001";
    let grant = "/admin/v1/wabas/2001/grants/1001";
    let pause = "/admin/v1/numbers/4001/restrictions/USER_INITIATED";
    type Step<'a> = (Method, &'a str, serde_json::Value);
    // What breaks it, its name and code, what is advised, which directions work without it, what mends it.
    type Broken<'a> = (Step<'a>, &'a str, serde_json::Value, &'a str, [bool; 2], Step<'a>);
    let steps: [Broken<'_>; 8] = [
        (
            (Method::PATCH, app, json!({ "fields": ["messages"] })),
            "CALLS_FIELD",
            json!(138_018),
            "app change 1001 --fields messages,calls",
            [false, false],
            (Method::PATCH, app, json!({ "fields": ["messages", "calls"] })),
        ),
        (
            (Method::DELETE, "/admin/v1/wabas/2001/subscriptions/1001", NONE),
            "SUBSCRIPTION",
            json!(138_018),
            "subscription create --waba 2001 --app 1001",
            [false, false],
            (Method::PUT, "/admin/v1/wabas/2001/subscriptions/1001", NONE),
        ),
        (
            (Method::PUT, grant, json!({ "scopes": ["whatsapp_business_management"] })),
            "MESSAGING_SCOPE",
            json!(10),
            "grant create --waba 2001 --app 1001 --scopes whatsapp_business_management,whatsapp_business_messaging",
            [false, false],
            (Method::PUT, grant, json!({})),
        ),
        (
            (Method::PATCH, "/admin/v1/wabas/2001", json!({ "payment_method": false })),
            "PAYMENT_METHOD",
            json!(131_044),
            "waba change 2001 --payment-method true",
            [false, true],
            (Method::PATCH, "/admin/v1/wabas/2001", json!({ "payment_method": true })),
        ),
        (
            (Method::PATCH, number, json!({ "messaging_limit": "TIER_250" })),
            "MESSAGING_LIMIT",
            json!(138_015),
            "number change 4001 --messaging-limit TIER_2K",
            [false, false],
            (Method::PATCH, number, json!({ "messaging_limit": "TIER_2K" })),
        ),
        (
            (Method::PATCH, number, json!({ "calling": { "status": "DISABLED" } })),
            "CALLING_ENABLED",
            json!(138_000),
            "settings 4001 --status ENABLED",
            [false, false],
            (Method::PATCH, number, json!({ "calling": { "status": "ENABLED" } })),
        ),
        (
            (Method::PUT, pause, NONE),
            "NOT_PAUSED",
            json!(null),
            "number restrict 4001 user_initiated --lift",
            [false, true],
            (Method::DELETE, pause, NONE),
        ),
        (
            (Method::PATCH, number, json!({ "allowed_recipients": [] })),
            "ALLOWED_RECIPIENTS",
            json!(131_030),
            "number change 4001 --allowed-recipients NUMBER",
            [true, false],
            (Method::PATCH, number, json!({ "allowed_recipients": null })),
        ),
    ];
    for ((method, path, body), name, code, command, [users, business], (mends, at, with)) in steps {
        assert!(desk.ask(method, path, body).await.0.is_success(), "{name}");
        let answer = explain().await;
        assert_eq!(unmet(&answer), [(name.to_owned(), code, json!(format!("callport admin {command}")))]);
        assert_eq!((&answer["user_initiated"], &answer["business_initiated"]), (&json!(users), &json!(business)), "{name}");
        assert!(desk.ask(mends, at, with).await.0.is_success(), "{name}");
        assert_eq!(unmet(&explain().await), [], "{name}");
    }

    desk.ask(Method::PATCH, number, json!({ "in_use_with": "COEXISTENCE" })).await;
    let away = unmet(&explain().await);
    assert_eq!(away.iter().map(|(name, _, _)| name.as_str()).collect::<Vec<_>>(), ["CLOUD_API", "CALLING_ENABLED"]);
    desk.ask(Method::PATCH, number, json!({ "in_use_with": "CLOUD_API" })).await;
    let off = explain().await;
    let of = |name: &str| off["prerequisites"].as_array().unwrap().iter().find(|one| one["prerequisite"] == name).unwrap().clone();
    let graph = &of("CALLING_ENABLED")["fix"]["graph"];
    assert_eq!((&graph["path"], &graph["body"]), (&json!("/4001/settings"), &json!({ "calling": { "status": "ENABLED" } })));
    assert_eq!(desk.ask(Method::GET, "/admin/v1/numbers/4009/eligibility", NONE).await.0, 404);
}

#[tokio::test]
async fn a_business_is_warned_and_its_call_button_is_hidden_until_its_settings_show_it() {
    let desk = Desk::furnished().await;
    let (number, quality) = ("/admin/v1/numbers/4001", "/admin/v1/numbers/4001/quality");
    let (status, warned) = desk.ask(Method::POST, quality, json!({ "notice": "USER_INITIATED_CALLS_LOW_PICKUP_RATE" })).await;
    assert_eq!((status.as_u16(), &warned["calling"]["call_icon_visibility"]), (200, &json!(null)), "{warned}");
    let hidden = json!({ "notice": "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN" });
    assert_eq!(desk.ask(Method::POST, quality, hidden).await.1["calling"]["call_icon_visibility"], "DISABLE_ALL");
    let shown = json!({ "calling": { "call_icon_visibility": "DEFAULT" } });
    assert_eq!(desk.ask(Method::PATCH, number, shown).await.1["calling"]["call_icon_visibility"], "DEFAULT");
    assert_eq!(desk.refused(Method::POST, quality, json!({ "notice": "BAD" })).await.0, 400);
    assert_eq!(
        desk.refused(Method::POST, "/admin/v1/numbers/4009/quality", json!({ "notice": "LOW_BUSINESS_INITIATED_CALLING_QUALITY" })).await.0,
        404
    );
}

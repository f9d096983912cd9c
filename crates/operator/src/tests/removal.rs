//! Objects are removed, what hangs on them is named, and what happened stays.

use axum::http::Method;
use callport_core::ids::{PhoneNumberId, WabaId};
use callport_core::template::Category;
use callport_engine::UserEvent;
use callport_engine::ports::Store;
use serde_json::json;

use super::desk::{Desk, NONE, acme_number, encoded, ids};

async fn remove(desk: &Desk, path: &str) -> u16 {
    desk.ask(Method::DELETE, &format!("/admin/v1/{path}"), NONE).await.0.as_u16()
}

/// What is said when something is in the way.
async fn kept(desk: &Desk, path: &str) -> String {
    let (status, code, why) = desk.refused(Method::DELETE, &format!("/admin/v1/{path}"), NONE).await;
    assert_eq!((status, code.as_str()), (409, "conflict"), "{path}: {why}");
    why.strip_prefix("these must be removed first: ").unwrap().to_owned()
}

#[tokio::test]
async fn a_platform_is_taken_down_from_its_numbers_to_its_portfolio() {
    let desk = Desk::furnished().await;
    desk.make("/admin/v1/portfolios", json!({ "id": "3101", "name": "BSP" })).await;
    desk.make("/admin/v1/wabas", json!({ "id": "2002", "portfolio_id": "3001", "name": "For BSP" })).await;
    desk.make("/admin/v1/numbers", acme_number()).await;
    desk.ask(Method::PATCH, "/admin/v1/apps/1001", json!({ "business_id": "3101" })).await;
    let shared = desk.ask(Method::PUT, "/admin/v1/numbers/4001/accounts/2002", json!({ "partner_id": "3101" })).await;
    assert_eq!(shared.0, 200, "{}", shared.1);
    let routing = json!({ "roles": { "calls": "3101" } });
    let routed = desk.ask(Method::PUT, "/admin/v1/numbers/4001/routing", routing).await;
    assert_eq!(routed.0, 200, "{}", routed.1);
    let line = desk.make("/admin/v1/portfolios/3101/credit-lines", json!({ "legal_entity_name": "BSP Ltd." })).await;
    let line = line["id"].as_str().unwrap();
    let robot = desk.make("/admin/v1/portfolios/3101/system-users", json!({ "name": "Robot" })).await;
    let robot = robot["id"].as_str().unwrap();

    assert_eq!(kept(&desk, "portfolios/3001").await, "account 2001, account 2002");
    assert_eq!(kept(&desk, "wabas/2001").await, "number 4001, number 4002");
    assert_eq!(kept(&desk, "wabas/2002").await, "account 2002 of number 4001, which is another account's");
    let of_bsp =
        format!("app 1001, credit line {line}, account 2002 of number 4001, which is another account's, the routing of number 4001");
    assert_eq!(kept(&desk, "portfolios/3101").await, of_bsp);

    assert_eq!(remove(&desk, &format!("portfolios/3001/credit-lines/{line}")).await, 404, "it is another portfolio's");
    assert_eq!(remove(&desk, &format!("portfolios/3101/credit-lines/{line}")).await, 204);
    assert_eq!(remove(&desk, &format!("portfolios/3101/system-users/{robot}")).await, 204);
    assert_eq!(remove(&desk, &format!("portfolios/3101/system-users/{robot}")).await, 404);
    assert_eq!(remove(&desk, "numbers/+6281255509999").await, 204, "its further account and its routing go along");
    assert_eq!(remove(&desk, "apps/1001").await, 204);
    for (path, expected) in [
        ("portfolios/3101", 204),
        ("portfolios/3101", 404),
        ("wabas/2002", 204),
        ("numbers/4002", 204),
        ("wabas/2001", 204),
        ("portfolios/3001", 204),
        ("portfolios/3001", 404),
    ] {
        assert_eq!(remove(&desk, path).await, expected, "{path}");
    }
    for list in ["portfolios", "wabas", "numbers", "apps", "tokens", "routing"] {
        assert_eq!(desk.get(&format!("/admin/v1/{list}")).await["data"], json!([]), "{list}");
    }
    // The same ids again know nothing of what was.
    desk.make("/admin/v1/portfolios", json!({ "id": "3001", "name": "Acme" })).await;
    desk.make("/admin/v1/wabas", json!({ "id": "2001", "portfolio_id": "3001", "name": "Acme" })).await;
    assert_eq!(desk.get("/admin/v1/wabas/2001/grants").await["data"], json!([]));
    assert_eq!(desk.get("/admin/v1/wabas/2001/subscriptions").await["data"], json!([]));
}

#[tokio::test]
async fn a_number_leaves_its_calls_behind_and_nothing_else() {
    let desk = Desk::furnished().await;
    let nadia = desk.nadia().await;
    desk.make("/admin/v1/pairs/4001/+5511955501234/messages", json!({ "text": "Is it ready?" })).await;
    let call = desk.dial().await;
    let mut windows = desk.engine.listen(&nadia.id);
    assert_eq!(remove(&desk, "numbers/4001").await, 204);
    let mut shown = Vec::new();
    while shown.last() != Some(&"BusinessGone") {
        shown.push(match windows.recv().await.unwrap() {
            UserEvent::BusinessGone => "BusinessGone",
            UserEvent::BusinessesChanged => "BusinessesChanged",
            _ => "other",
        });
    }
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    assert_eq!((&story["call"]["reason"], &story["call"]["phone_number_id"]), (&json!("operator_hung_up"), &json!("4001")));
    assert_eq!(desk.get("/admin/v1/calls").await["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.get("/admin/v1/calls?phone_number_id=4001").await["data"].as_array().unwrap().len(), 1);
    assert!(!desk.get("/admin/v1/webhooks").await["data"].as_array().unwrap().is_empty());
    assert_eq!(desk.store.pairs_of(&nadia.id).await.unwrap(), []);
    assert_eq!(desk.refused(Method::GET, "/admin/v1/pairs/4001/+5511955501234", NONE).await.0, 404);
    let number = json!({ "id": "4001", "waba_id": "2001", "number": "+6281255509999", "name": "Acme" });
    desk.make("/admin/v1/numbers", number).await;
    assert_eq!(desk.get("/admin/v1/pairs/4001/+5511955501234/messages").await["data"], json!([]));
    assert_eq!(desk.engine.store().live_calls().await.unwrap(), []);
    assert!(desk.engine.store().number(&PhoneNumberId::parse("4001").unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn people_of_the_sign_up_page_and_templates_are_removed() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.ask(Method::PUT, "/admin/v1/sign-up/clients/1001", json!({})).await.0, 200);
    let (_, owner) = desk.ask(Method::POST, "/admin/v1/sign-up/owners", json!({ "name": "Mara", "portfolio_ids": ["3001"] })).await;
    let owner = owner["id"].as_str().unwrap();
    for path in ["sign-up/clients/1001", &format!("sign-up/owners/{owner}")] {
        assert_eq!((remove(&desk, path).await, remove(&desk, path).await), (204, 404), "{path}");
    }
    assert!(ids(&desk.get("/admin/v1/sign-up/owners").await).is_empty());
    assert_eq!(remove(&desk, "templates/7001").await, 404);
    let new = callport_engine::NewTemplate {
        waba: WabaId::parse("2001").unwrap(),
        name: "late".into(),
        language: "en".into(),
        category: Category::Utility,
        named_parameters: false,
        components: "[]".into(),
    };
    let template = desk.engine.create_template(new).await.unwrap().id;
    assert_eq!(remove(&desk, &format!("templates/{template}")).await, 204);
    assert!(ids(&desk.get("/admin/v1/templates").await).is_empty());
}

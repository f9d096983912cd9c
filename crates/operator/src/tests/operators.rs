//! Several operators on one number: accounts and routing, by the API and by a fixture.

use axum::http::Method;
use callport_engine::ports::Store as _;
use callport_testkit::acme;
use serde_json::json;

use super::desk::{Desk, NONE};
use crate::fixture::Fixture;

#[tokio::test]
async fn a_number_is_shared_with_accounts_and_taken_back() {
    let desk = Desk::furnished().await;
    let path = "/admin/v1/numbers/4001/accounts";
    desk.make("/admin/v1/wabas", json!({ "id": "2002", "portfolio_id": "3001", "name": "Acme for Chat" })).await;
    desk.make("/admin/v1/portfolios", json!({ "id": "3102", "name": "Chat" })).await;
    let own = json!({ "waba_id": "2001", "owns": true, "partner_id": null });
    assert_eq!(desk.get(path).await["data"], json!([own]));
    let (status, shared) = desk.ask(Method::PUT, &format!("{path}/2002"), json!({ "partner_id": "3102" })).await;
    let second = json!({ "waba_id": "2002", "owns": false, "partner_id": "3102" });
    assert_eq!((status.as_u16(), &shared), (200, &second));
    assert_eq!(desk.get(path).await["data"], json!([own, second]));
    assert_eq!(desk.get("/admin/v1/numbers?waba_id=2002").await["data"][0]["id"], "4001");
    for (account, body, status, says) in [
        ("2001", json!({}), 409, "owns the number already"),
        ("2009", json!({}), 404, ""),
        ("2002", json!({ "partner_id": "3999" }), 422, "no portfolio"),
    ] {
        let refused = desk.refused(Method::PUT, &format!("{path}/{account}"), body).await;
        assert_eq!(refused.0, status, "{account} {refused:?}");
        assert!(refused.2.contains(says), "{refused:?}");
    }
    assert_eq!(desk.refused(Method::DELETE, &format!("{path}/2001"), NONE).await.0, 409, "the owning account stays");
    assert_eq!(desk.ask(Method::DELETE, &format!("{path}/2002"), NONE).await.0, 204);
    assert_eq!(desk.get(path).await["data"], json!([own]));
}

#[tokio::test]
async fn who_answers_is_said_of_a_portfolio_and_of_a_number() {
    let desk = Desk::furnished().await;
    desk.make("/admin/v1/portfolios", json!({ "id": "3101", "name": "Voice" })).await;
    let (of_all, of_one) = ("/admin/v1/portfolios/3001/routing", "/admin/v1/numbers/4001/routing");
    assert_eq!(desk.refused(Method::GET, of_all, NONE).await.0, 404);
    let (status, set) = desk.ask(Method::PUT, of_all, json!({ "roles": { "calls": "3101" }, "standby": ["3101"] })).await;
    let first = json!({ "portfolio_id": "3001", "phone_number_id": null, "roles": { "calls": "3101" }, "standby": ["3101"], "terms_accepted": true });
    assert_eq!((status.as_u16(), &set), (200, &first));
    assert_eq!(desk.get(of_all).await, first);
    assert_eq!(desk.ask(Method::PUT, of_one, json!({ "roles": {}, "terms_accepted": false })).await.0, 200);
    let second = json!({ "portfolio_id": null, "phone_number_id": "4001", "roles": {}, "standby": [], "terms_accepted": false });
    assert_eq!(desk.get("/admin/v1/routing").await["data"], json!([first, second]));
    let refused = desk.refused(Method::PUT, of_one, json!({ "roles": { "call": "3101" } })).await;
    assert_eq!(refused.0, 400);
    assert!(refused.2.contains("is no role; there are calls, ai_agent"), "{refused:?}");
    let refused = desk.refused(Method::PUT, of_one, json!({ "roles": { "calls": "3999" } })).await;
    assert_eq!((refused.0, refused.2.contains("no portfolio")), (422, true));
    let many: Vec<_> = (1..=17).map(|id| id.to_string()).collect();
    assert_eq!(desk.refused(Method::PUT, of_one, json!({ "roles": {}, "standby": many })).await.0, 400);
    for path in [of_one, of_all] {
        assert_eq!(desk.ask(Method::DELETE, path, NONE).await.0, 204);
    }
    assert_eq!(desk.get("/admin/v1/routing").await["data"], json!([]));
}

#[tokio::test]
async fn an_app_has_a_business_that_exists() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.get("/admin/v1/apps/1001").await["business_id"], json!(null));
    assert_eq!(desk.refused(Method::PATCH, "/admin/v1/apps/1001", json!({ "business_id": "3101" })).await.0, 422);
    let (status, app) = desk.ask(Method::PATCH, "/admin/v1/apps/1001", json!({ "business_id": "3001" })).await;
    assert_eq!((status.as_u16(), &app["business_id"]), (200, &json!("3001")));
}

const OPERATORS: &str = r#"
[[app]]
id = "1001"
secret = "test_app_secret"
business = "3101"

[[app]]
id = "1002"
secret = "test_app_secret"
business = "3102"

[[waba]]
id = "2001"
portfolio = "3001"
name = "Acme"
apps = ["1001"]

[[waba]]
id = "2002"
portfolio = "3001"
name = "Acme for Chat"
apps = ["1002"]

[[number]]
id = "4001"
waba = "2001"
number = "+6281255509999"
name = "Acme Repairs"

[[share]]
number = "4001"
waba = "2002"
partner = "3102"

[[routing]]
portfolio = "3001"
calls = "3101"
customer_service = "3102"
standby = ["3101"]
"#;

#[tokio::test]
async fn a_fixture_shares_numbers_and_says_who_answers() {
    let desk = Desk::new().await;
    let fixture = Fixture::parse(OPERATORS).unwrap();
    assert_eq!(fixture.apply(&desk.engine, None).await.unwrap().unchanged, 0);
    assert_eq!(fixture.apply(&desk.engine, None).await.unwrap().changed, 0, "a second time changes nothing");
    let number = desk.store.number(&acme()).await.unwrap().unwrap();
    assert_eq!(desk.store.accounts_of(&number).await.unwrap().len(), 2);
    let routing = desk.engine.routing_of(&number).await.unwrap().unwrap();
    assert_eq!((routing.call_primary().unwrap().as_str(), routing.standby.len(), routing.terms), ("3101", 1, true));
    assert_eq!(desk.get("/admin/v1/portfolios/3102").await["name"], "App 1002", "made with the app");
}

#[test]
fn what_is_wrong_with_shares_and_routing_is_told_at_once() {
    let wrong = OPERATORS.replace("calls = \"3101\"", "calls = \"3109\"").replace("waba = \"2002\"\npartner", "waba = \"2009\"\npartner");
    let mistakes = Fixture::parse(&wrong).unwrap_err().to_string();
    assert!(mistakes.contains("[[share]] 1: waba: there is no [[waba]] 2009 in this file"), "{mistakes}");
    assert!(
        mistakes.contains("[[routing]] 1: roles: there is no [[portfolio of a waba or business of an app]] 3109 in this file"),
        "{mistakes}"
    );
    let both = OPERATORS.replace("portfolio = \"3001\"\ncalls", "portfolio = \"3001\"\nnumber = \"4001\"\ncalls");
    assert!(Fixture::parse(&both).unwrap_err().to_string().contains("say either number or portfolio"));
    let twice = format!("{OPERATORS}\n[[share]]\nnumber = \"4001\"\nwaba = \"2002\"\n");
    assert!(Fixture::parse(&twice).unwrap_err().to_string().contains("in an earlier one already"));
    let misspelt = OPERATORS.replace("customer_service =", "customer_services =");
    assert!(Fixture::parse(&misspelt).is_err());
}

#[tokio::test]
async fn eligibility_is_explained_as_an_app_meets_it_by_its_account() {
    let desk = Desk::furnished().await;
    desk.make("/admin/v1/wabas", json!({ "id": "2002", "portfolio_id": "3001", "name": "Poor", "payment_method": false })).await;
    desk.make("/admin/v1/apps", json!({ "id": "1002", "name": "Second", "fields": ["calls"] })).await;
    assert_eq!(desk.ask(Method::PUT, "/admin/v1/wabas/2002/subscriptions/1002", json!({})).await.0, 200);
    assert_eq!(desk.ask(Method::PUT, "/admin/v1/numbers/4001/accounts/2002", json!({})).await.0, 200);
    let lacks = async |query: &str| {
        let told = desk.get(&format!("/admin/v1/numbers/4001/eligibility{query}")).await;
        let all = told["prerequisites"].as_array().unwrap();
        let unmet = all.iter().filter(|one| one["met"] == false);
        unmet.map(|one| (one["prerequisite"].clone(), one["fix"]["admin"].clone())).collect::<Vec<_>>()
    };
    assert!(!lacks("").await.iter().any(|(what, _)| what == "PAYMENT_METHOD"), "any account can pay");
    let by_second = lacks("?app_id=1002").await;
    assert!(
        by_second.contains(&(json!("PAYMENT_METHOD"), json!("callport admin waba change 2002 --payment-method true"))),
        "{by_second:?}"
    );
    assert_eq!(desk.refused(Method::GET, "/admin/v1/numbers/4001/eligibility?app_id=1009", NONE).await.0, 404);
}

#[tokio::test]
async fn a_pair_tells_whose_its_thread_is() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.ask(Method::PUT, "/admin/v1/numbers/4001/routing", json!({ "roles": { "ai_agent": "3001" } })).await.0, 200);
    let pair = "/admin/v1/pairs/4001/+5511955501234";
    assert_eq!(desk.get(pair).await["thread"], json!(null));
    desk.make(&format!("{pair}/messages"), json!({ "text": "hello" })).await;
    let thread = desk.get(pair).await["thread"].clone();
    assert_eq!((&thread["business_id"], &thread["role"]), (&json!("3001"), &json!("ai_agent")));
    assert!(thread["until"].as_str().unwrap().ends_with('Z'));
}

//! What users do by themselves, and the calls that they met.

use std::time::Duration;

use axum::http::Method;
use callport_people::OnCall;
use serde_json::json;

use super::desk::{Desk, NONE};
use crate::people::PlaceRefusal;

const BEHAVIOUR: &str = "/admin/v1/users/+5511955501234/behaviour";

#[tokio::test]
async fn a_behaviour_is_set_shown_replaced_and_taken_back() {
    let desk = Desk::furnished().await;
    assert_eq!(desk.refused(Method::GET, BEHAVIOUR, NONE).await.0, 404, "nothing by itself");
    let (status, set) = desk.ask(Method::PUT, BEHAVIOUR, json!({ "calls": { "kind": "decline", "after_ms": 1500 } })).await;
    assert_eq!(status, 200);
    let whole = json!({
        "device": "phone", "calls": { "kind": "decline", "after_ms": 1500 }, "permission_requests": { "kind": "ignore" },
        "receipts": "read", "call_buttons": { "kind": "ignore" }
    });
    assert_eq!((&set, &desk.get(BEHAVIOUR).await), (&whole, &whole), "what was not said is shown too");
    let held = desk.people.behaving.lock().values().next().cloned().unwrap();
    assert_eq!(held.calls, OnCall::Decline { after: Duration::from_millis(1500) });
    desk.ask(Method::PUT, BEHAVIOUR, json!({ "receipts": "none" })).await;
    assert_eq!(desk.get(BEHAVIOUR).await["calls"]["kind"], "answer", "a behaviour is set whole");
    for _ in 0..2 {
        assert_eq!(desk.ask(Method::DELETE, BEHAVIOUR, NONE).await.0, 204);
    }
    assert_eq!(desk.refused(Method::GET, BEHAVIOUR, NONE).await.0, 404);
}

#[tokio::test]
async fn a_behaviour_that_cannot_be_is_told() {
    let desk = Desk::furnished().await;
    for body in [json!({ "calls": { "kind": "sing" } }), json!({ "calls": { "kind": "answer", "script": { "patience_ms": 1 } } })] {
        assert_eq!(desk.refused(Method::PUT, BEHAVIOUR, body.clone()).await.0, 400, "{body}");
    }
    assert_eq!(desk.refused(Method::PUT, "/admin/v1/users/1/behaviour", json!({})).await.0, 404);
    for (refusal, expected) in [
        (PlaceRefusal::BadScript("a tone is 50 to 7000 Hz".into()), 400),
        (PlaceRefusal::TooMany("1024 users have a standing behaviour already".into()), 503),
        (PlaceRefusal::NotKept("the disk is full".into()), 503),
    ] {
        *desk.people.refuse.lock() = Some(refusal);
        assert_eq!(desk.refused(Method::PUT, BEHAVIOUR, json!({})).await.0, expected);
    }
}

#[tokio::test]
async fn calls_that_were_met_are_listed_and_found_by_user_and_call() {
    let desk = Desk::furnished().await;
    desk.make("/admin/v1/users", json!({ "id": "9001", "number": "+5511955507777", "name": "Rui" })).await;
    for (query, expected) in
        [("", 1), ("?user_id=9001", 1), ("?user_id=%2B5511955501234", 0), ("?call_id=wacid.x", 1), ("?call_id=wacid.y", 0)]
    {
        let found = desk.get(&format!("/admin/v1/scripted{query}")).await;
        assert_eq!(found["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let met = &desk.get("/admin/v1/scripted").await["data"][0];
    assert_eq!((&met["handle"], &met["user_id"], &met["phone_number_id"]), (&json!("7"), &json!("9001"), &json!("4001")));
    assert_eq!((&met["direction"], &met["call_id"]), (&json!("BUSINESS_INITIATED"), &json!("wacid.x")));
    assert_eq!(desk.refused(Method::GET, "/admin/v1/scripted?user_id=1", NONE).await.0, 404);
}

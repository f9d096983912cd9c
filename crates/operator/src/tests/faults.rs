//! Faults on demand, from the operator's side.

use axum::http::Method;
use serde_json::json;

use super::desk::{Desk, NONE};
use crate::fixture::Fixture;

const FAULTS: &str = "/admin/v1/faults";

#[tokio::test]
async fn a_fault_is_injected_used_listed_and_removed() {
    let mut desk = Desk::furnished().await;
    let asked = json!({ "webhook": { "fault": "double", "app_id": "1001", "event": "connect" } });
    let (status, made) = desk.ask(Method::POST, FAULTS, asked).await;
    let expected = json!({ "id": 1, "webhook": { "fault": "double", "app_id": "1001", "event": "connect" }, "times_left": 1, "used": 0 });
    assert_eq!((status.as_u16(), made), (201, expected));
    desk.dial().await;
    let first = desk.webhooks.recv().await.unwrap();
    assert_eq!(desk.webhooks.recv().await.unwrap(), first, "it came twice");
    let listed = desk.get(FAULTS).await;
    assert_eq!((&listed["data"][0]["times_left"], &listed["data"][0]["used"]), (&json!(0), &json!(1)));
    assert_eq!(desk.ask(Method::DELETE, "/admin/v1/faults/1", NONE).await.0, 204);
    assert_eq!(desk.refused(Method::DELETE, "/admin/v1/faults/1", NONE).await.0, 404);

    let reply = json!({ "reply": { "status": 429, "endpoint": "calls", "carried_out": true }, "until_removed": true });
    let (_, made) = desk.ask(Method::POST, FAULTS, reply).await;
    let expected =
        json!({ "id": 2, "reply": { "status": 429, "code": 4, "carried_out": true, "endpoint": "calls" }, "times_left": null, "used": 0 });
    assert_eq!(made, expected, "the code goes with the status");
    assert_eq!(desk.ask(Method::DELETE, FAULTS, NONE).await.0, 204);
    assert_eq!(desk.get(FAULTS).await, json!({ "data": [] }));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_reason() {
    let desk = Desk::furnished().await;
    for (asked, words) in [
        (json!({}), "say webhook or reply"),
        (json!({ "webhook": { "fault": "drop" }, "reply": { "status": 500 } }), "say webhook or reply"),
        (json!({ "webhook": { "fault": "delay" } }), "webhook.delay_ms: 1 to 86400000"),
        (json!({ "webhook": { "fault": "delay", "delay_ms": 0 } }), "webhook.delay_ms: 1 to 86400000"),
        (json!({ "webhook": { "fault": "drop", "delay_ms": 5 } }), "webhook.delay_ms: belongs to the fault delay"),
        (json!({ "webhook": { "fault": "explode" } }), "explode"),
        (json!({ "webhook": { "fault": "drop", "field": "Calls" } }), "webhook.field"),
        (json!({ "webhook": { "fault": "drop", "event": "" } }), "webhook.event: 1 to 64 bytes"),
        (json!({ "reply": { "status": 200 } }), "reply.status: an error has 400 to 599"),
        (json!({ "reply": { "status": 500, "code": 138010 } }), "reply.code: 138010 is none of the published codes"),
        (json!({ "reply": { "status": 500 }, "times": 0 }), "times: 1 to 1000000"),
        (json!({ "reply": { "status": 500 }, "times": 2, "until_removed": true }), "say times or until_removed"),
    ] {
        let (status, answer) = desk.ask(Method::POST, FAULTS, asked.clone()).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(status == 400 && message.contains(words), "{asked}: {status} {message}");
    }
    let unknown = json!({ "webhook": { "fault": "drop", "app_id": "1999" } });
    assert_eq!(desk.refused(Method::POST, FAULTS, unknown).await.0, 404);
    assert_eq!(desk.get(FAULTS).await, json!({ "data": [] }));
}

#[tokio::test]
async fn a_fixture_asks_for_faults_once() {
    let desk = Desk::furnished().await;
    let fault = "[[fault]]\nwebhook = { fault = \"delay\", delay_ms = 5000, event = \"connect\" }\ntimes = 3\n";
    let fixture = Fixture::parse(fault).unwrap();
    for (changed, unchanged) in [(1, 0), (0, 1)] {
        let applied = fixture.apply(&desk.engine, Some(&*desk.people)).await.unwrap();
        assert_eq!((applied.changed, applied.unchanged), (changed, unchanged));
    }
    assert_eq!(desk.get(FAULTS).await["data"][0]["times_left"], 3);
    assert!(fixture.apply(&desk.engine, None).await.unwrap_err().to_string().contains("live mode"));
    let stranger = "[[fault]]\nreply = { status = 503, app_id = \"1001\" }\n";
    let mistakes = Fixture::parse(stranger).unwrap_err().to_string();
    assert_eq!(mistakes, "[[fault]] 1: app_id: there is no [[app]] 1001 in this file");
    let mistakes = Fixture::parse("[[fault]]\nreply = { status = 200 }\n").unwrap_err().to_string();
    assert_eq!(mistakes, "[[fault]] 1: reply.status: an error has 400 to 599");
}

//! Webhooks with their attempts and bodies, and sending one again.

use axum::http::Method;
use serde_json::json;

use super::desk::{Desk, NONE};

#[tokio::test]
async fn a_webhook_is_shown_with_its_body_and_sent_again() {
    let mut desk = Desk::furnished().await;
    desk.dial().await;
    let sent = desk.webhooks.recv().await.unwrap();
    let recent = loop {
        let recent = desk.get("/admin/v1/webhooks?limit=1").await;
        if recent["data"][0]["state"] == "delivered" {
            break recent;
        }
        tokio::task::yield_now().await;
    };
    let newest = &recent["data"][0];
    assert_eq!((&newest["event"], &newest["field"], &newest["attempts_made"]), (&json!("connect"), &json!("calls"), &json!(1)));
    assert_eq!((&newest["app_id"], &newest["phone_number_id"]), (&json!("1001"), &json!("4001")));
    let path = format!("/admin/v1/webhooks/{}", newest["id"]);
    let whole = desk.get(&path).await;
    assert_eq!(whole["body"], sent.1);
    assert_eq!((&whole["attempts"][0]["url"], &whole["attempts"][0]["took_ms"]), (&json!("http://127.0.0.1:9000/hook"), &json!(3)));

    let (status, replayed) = desk.ask(Method::POST, &format!("{path}/replay"), NONE).await;
    assert_eq!((status.as_u16(), &replayed["state"]), (202, &json!("pending")));
    assert_eq!(desk.refused(Method::POST, &format!("{path}/replay"), NONE).await.1, "conflict");
    assert_eq!(desk.webhooks.recv().await.unwrap(), sent, "the same bytes to the same place");
    assert_eq!(desk.refused(Method::POST, "/admin/v1/webhooks/999/replay", NONE).await.0, 404);
    assert_eq!(desk.refused(Method::GET, "/admin/v1/webhooks?limit=501", NONE).await.0, 400);
}

//! The journal as it grows.

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, StatusCode};
use callport_core::ids::AppId;
use callport_engine::door::ClientNetwork;
use callport_engine::journal::ApiRefusal;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::desk::{Desk, NONE, TOKEN};
use crate::JournalReaders;

/// Follows the journal.
async fn follow(desk: &Desk, query: &str, last: Option<u64>) -> BodyDataStream {
    use tower::ServiceExt as _;
    let mut request = Request::get(format!("/admin/v1/events{query}")).header("authorization", format!("Bearer {TOKEN}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last.to_string());
    }
    let response = desk.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((response.status(), response.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "text/event-stream"));
    response.into_body().into_data_stream()
}

/// The next entry; comments are passed over.
async fn next(stream: &mut BodyDataStream) -> Value {
    loop {
        let bytes = stream.next().await.unwrap().unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
            let entry: Value = serde_json::from_str(data).unwrap();
            assert!(text.contains(&format!("id: {}\n", entry["id"])), "{text}");
            return entry;
        }
    }
}

#[tokio::test]
async fn what_happens_is_told_to_those_who_follow() {
    let desk = Desk::furnished().await;
    let mut all = follow(&desk, "", None).await;
    let mut webhooks = follow(&desk, "?kind=webhook", None).await;
    let call = desk.dial().await;
    let placed = next(&mut all).await;
    assert_eq!((placed["kind"].as_str(), placed["text"].as_str()), (Some("user"), Some("the user placed the call")));
    assert_eq!(placed["call_id"].as_str(), Some(call.as_str()));
    assert_eq!(placed["fact"]["fact"], "user_placed_call");
    let told = next(&mut webhooks).await;
    assert_eq!((told["fact"]["event"].as_str(), told["app_id"].as_str()), (Some("connect"), Some("1001")));

    // Who comes back misses nothing, and who asks for the past gets it.
    let last = placed["id"].as_u64().unwrap();
    let resumed = next(&mut follow(&desk, "", Some(last)).await).await;
    assert_eq!(resumed["id"].as_u64(), Some(last + 1));
    let first = next(&mut follow(&desk, "?after=0", None).await).await;
    assert_eq!(first["id"], 1);
    let mut of_call = follow(&desk, &format!("?after=0&call_id={}", super::desk::encoded(call.as_str())), None).await;
    assert_eq!(next(&mut of_call).await["id"].as_u64(), Some(last));

    // Only what was answered so: webhooks, and requests of the Graph API with their fields.
    for status in ["2xx", "200"] {
        let mut answered = follow(&desk, &format!("?after=0&status={status}"), None).await;
        assert_eq!(next(&mut answered).await["fact"]["status"], 200);
    }
    let request = desk.engine.open_request("GET", "/4001/settings", "A1", ClientNetwork::UNKNOWN, |_, _| None);
    request.sent_by(&AppId::parse("1001").unwrap());
    let mut refused = follow(&desk, "?status=4xx", None).await;
    desk.engine.answered(&request, 403, Some(ApiRefusal::new(10, None, "No right.")), None).await;
    let refused = next(&mut refused).await;
    assert_eq!(refused["text"], "GET /4001/settings refused: No right. (HTTP 403, code 10)");
    assert_eq!((refused["app_id"].as_str(), refused["phone_number_id"].as_str()), (Some("1001"), Some("4001")));
    let fields = json!({ "method": "GET", "path": "/4001/settings", "status": 403, "code": 10, "details": "No right.", "duration_ms": 0, "fbtrace_id": "A1" });
    assert_eq!(refused["request"], fields);
}

#[tokio::test]
async fn a_filter_that_is_none_is_refused() {
    let desk = Desk::furnished().await;
    let request = Request::get("/admin/v1/events?kind=noise").header("authorization", format!("Bearer {TOKEN}"));
    let (status, _, body) = desk.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8(body).unwrap().contains("one of user, api, webhook, media, rule and sip"));
    for status in ["teapot", "9xx", "99", "600", "4xxx", "70000xx", "-4xx"] {
        let request = Request::get(format!("/admin/v1/events?status={status}")).header("authorization", format!("Bearer {TOKEN}"));
        let (answered, _, body) = desk.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answered, StatusCode::BAD_REQUEST, "{status}");
        assert!(String::from_utf8(body).unwrap().contains("an HTTP status as in 400, or a class as in 4xx"));
    }
}

#[tokio::test]
async fn one_reader_too_many_is_refused_until_another_leaves() {
    let desk = Desk::furnished().await;
    let mut reading = Vec::new();
    for _ in 0..JournalReaders::MOST {
        reading.push(follow(&desk, "", None).await);
    }
    let refused = async || desk.refused(Method::GET, "/admin/v1/events", NONE).await;
    assert_eq!(refused().await, (503, "unavailable".into(), "32 readers follow the journal already".into()));
    // The platform beside it in this process has places of its own.
    drop(follow(&Desk::furnished().await, "", None).await);
    reading.pop();
    reading.push(follow(&desk, "", None).await);
    assert_eq!(refused().await.0, 503);
    // A request that is refused for its filter takes no place with it.
    reading.pop();
    assert_eq!(desk.refused(Method::GET, "/admin/v1/events?kind=noise", NONE).await.0, 400);
    reading.push(follow(&desk, "", None).await);
}

//! The token, the paths that need none, and errors that are always JSON.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use callport_engine::door::{BodyFault, ClientNetwork};
use tower::ServiceExt as _;

use super::desk::{Desk, LIMITS, NONE, TOKEN};

fn get(path: &str) -> axum::http::request::Builder {
    Request::builder().uri(path)
}

#[tokio::test]
async fn everything_but_health_asks_for_the_token() {
    let desk = Desk::new().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(desk.raw(get(path).body(Body::empty()).unwrap()).await.0, StatusCode::OK, "{path}");
    }
    for path in ["/metrics", "/admin/openapi.json", "/admin/v1/users", "/admin/v1/nothing", "/", "/healthz/x"] {
        for header in [None, Some("Bearer wrong"), Some("Basic op-token"), Some("Bearer ")] {
            let request = header.into_iter().fold(get(path), |request, header| request.header("authorization", header));
            let (status, kind, body) = desk.raw(request.body(Body::empty()).unwrap()).await;
            assert_eq!((status, kind.as_str()), (StatusCode::UNAUTHORIZED, "application/json"), "{path} {header:?}");
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"]["code"], "unauthorized");
        }
    }
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down_and_right_ones_are_not_counted() {
    let desk = Desk::new().await;
    let ask = |token: &str, from: [u8; 4]| {
        let request = get("/admin/v1/users").header("authorization", format!("Bearer {token}")).extension(ClientNetwork::of(from.into()));
        desk.router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let (here, there) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for _ in 0..LIMITS.wrong_credentials {
        assert_eq!(ask(TOKEN, here).await.unwrap().status(), StatusCode::OK);
        assert_eq!(ask("wrong", here).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    for token in ["wrong", TOKEN] {
        let slowed = ask(token, here).await.unwrap();
        assert_eq!((slowed.status(), &slowed.headers()["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &"2".parse().unwrap()));
    }
    assert_eq!(ask(TOKEN, there).await.unwrap().status(), StatusCode::OK, "others are not held up");
    desk.stopwatch.advance(Duration::from_secs(2));
    assert_eq!(ask(TOKEN, here).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn metrics_and_readiness_are_the_processes_own() {
    let desk = Desk::new().await;
    let request = get("/metrics").header("authorization", format!("Bearer {TOKEN}")).body(Body::empty()).unwrap();
    let (status, kind, body) = desk.raw(request).await;
    assert_eq!((status, kind.starts_with("text/plain")), (StatusCode::OK, true));
    assert_eq!(body, b"callport_calls_total 3\n");
    *desk.ready.lock() = Err("the relay is not up".into());
    let (code, word, why) = desk.refused(Method::GET, "/readyz", NONE).await;
    assert_eq!((code, word.as_str(), why.as_str()), (503, "unavailable", "the relay is not up"));
}

#[tokio::test]
async fn paths_methods_and_bodies_that_do_not_fit_are_told() {
    let desk = Desk::new().await;
    assert_eq!(desk.refused(Method::GET, "/admin/v2/users", NONE).await.1, "not_found");
    assert!(desk.refused(Method::GET, "/admin/v1/calls/wacid.a/b", NONE).await.2.contains("%2F"));
    assert_eq!(desk.refused(Method::DELETE, "/admin/v1/users", NONE).await.0, 405);
    for (body, named) in [
        (json!({}), "name: is missing"),
        (json!({ "name": 5 }), "name: a text belongs here"),
        (json!({ "name": "A", "nmae": 1 }), "nmae: there is no such field here; there are id, name"),
        (json!({ "name": "A", "id": "x" }), "id: an object id"),
        (json!({ "name": "  " }), "name: 1 to 256"),
        (json!({ "name": "x".repeat(257) }), "name: 1 to 256"),
        (json!([]), "an object belongs here"),
    ] {
        let (code, word, why) = desk.refused(Method::POST, "/admin/v1/portfolios", body.clone()).await;
        assert_eq!((code, word.as_str()), if why.contains(named) { (code, "malformed") } else { (0, named) }, "{body}: {why}");
        assert!((400..=422).contains(&code), "{body}");
    }
}

#[tokio::test]
async fn a_body_is_json_and_bounded() {
    let desk = Desk::new().await;
    let post = |kind: &str, body: Vec<u8>| {
        let request =
            Request::builder().method(Method::POST).uri("/admin/v1/portfolios").header("authorization", format!("Bearer {TOKEN}"));
        request.header("content-type", kind).body(Body::from(body)).unwrap()
    };
    let cases = [
        ("application/json", b"{".to_vec(), 400),
        ("application/json", b"\xff".to_vec(), 400),
        ("text/plain", b"{}".to_vec(), 415),
        ("application/x-www-form-urlencoded", b"name=A".to_vec(), 415),
        ("application/json", vec![b' '; 70_000], 413),
        ("application/json; charset=utf-8", br#"{"name":"A"}"#.to_vec(), 201),
    ];
    for (kind, body, expected) in cases {
        let (status, answered, _) = desk.raw(post(kind, body)).await;
        assert_eq!((status.as_u16(), answered.as_str()), (expected, "application/json"), "{kind}");
    }
}

#[tokio::test]
async fn answers_are_not_to_be_kept() {
    use tower::ServiceExt;
    let desk = Desk::new().await;
    let response = desk.router.clone().oneshot(get("/admin/v1/users").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_body_that_the_listener_gave_up_is_told_in_our_form() {
    let desk = Desk::new().await;
    for (fault, status, code) in
        [(BodyFault::Late, StatusCode::REQUEST_TIMEOUT, "timeout"), (BodyFault::NoRoom, StatusCode::SERVICE_UNAVAILABLE, "unavailable")]
    {
        let body = Body::from_stream(futures::stream::iter([Err::<Vec<u8>, _>(fault)]));
        let request = Request::post("/admin/v1/portfolios").header("authorization", format!("Bearer {TOKEN}"));
        let (told, _, body) = desk.raw(request.header("content-type", "application/json").body(body).unwrap()).await;
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((told, &body["error"]["code"], &body["error"]["message"]), (status, &json!(code), &json!(fault.to_string())));
    }
}

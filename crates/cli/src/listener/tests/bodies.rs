//! Bodies of requests: in time, and together within their budget.

use axum::extract::Request;
use axum::routing::post;
use callport_engine::door::BodyFault;

use super::*;

/// The length of the body, or why it is not there.
pub(super) async fn swallow(request: Request) -> String {
    match axum::body::to_bytes(request.into_body(), usize::MAX).await {
        Ok(bytes) => bytes.len().to_string(),
        Err(error) => BodyFault::within(&error).map_or_else(|| "broken".to_owned(), |fault| format!("{fault:?}")),
    }
}

fn with_body(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up_and_its_handler_knows_why() {
    let router = Router::new().route("/", post(swallow));
    let (address, _stopper, _) = start(router, Bounds { body_timeout: SOON, ..bounds() }).await;
    for begun in ["", "half"] {
        let reply = exchange(address, format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\n{begun}").as_bytes()).await;
        assert!(reply.ends_with("Late"), "{reply}");
    }
    let reply = exchange(address, b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    assert!(reply.ends_with("Late"), "{reply}");
    assert!(exchange(address, with_body("/", "whole").as_bytes()).await.ends_with("\r\n\r\n5"));
}

#[tokio::test]
async fn all_bodies_in_hand_together_have_a_budget_and_it_is_given_back() {
    let (begun, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let keep = {
        let (begun, finish) = (begun.clone(), finish.clone());
        move |request: Request| async move {
            let kept = swallow(request).await;
            begun.notify_one();
            finish.notified().await;
            kept
        }
    };
    let router = Router::new().route("/", post(swallow)).route("/keep", post(keep));
    let (address, _stopper, _) = start(router, Bounds { bodies_bytes: 1000, ..bounds() }).await;
    let body = "x".repeat(800);
    let kept = tokio::spawn({
        let request = with_body("/keep", &body);
        async move { exchange(address, request.as_bytes()).await }
    });
    begun.notified().await;
    let refused = exchange(address, with_body("/", &body).as_bytes()).await;
    assert!(refused.ends_with("NoRoom"), "{refused}");
    assert!(exchange(address, with_body("/", "small").as_bytes()).await.ends_with("\r\n\r\n5"), "the one refused gave back what it had");
    finish.notify_one();
    assert!(kept.await.unwrap().ends_with("800"));
    // The work gives its share back a moment after its reply.
    while !exchange(address, with_body("/", &body).as_bytes()).await.ends_with("800") {}
}

//! The bare address: a page for people, the API for everything else.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tower::ServiceExt as _;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Asks a front door behind which an API answers everything with 418.
async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let api = Router::new().fallback(async || axum::http::StatusCode::IM_A_TEAPOT);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    callport_phone::front_door(api.clone()).fallback_service(api).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_browser_gets_a_page_that_leads_on() {
    let reply = ask("GET", "/", &[("accept", BROWSER)]).await;
    assert_eq!((reply.status().as_u16(), reply.headers()["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
    assert!(reply.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert_eq!(reply.headers()["vary"], "accept, authorization");
    let tag = reply.headers()["etag"].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    let html = String::from_utf8(body.to_vec()).unwrap();
    for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with("/docs/")) {
        assert_eq!(ask("GET", link, &[]).await.status().as_u16(), 200, "{link}");
    }
    assert!(html.contains("href=\"/phone\"") && html.contains("href=\"/docs/compatibility\""));
    assert_eq!(ask("HEAD", "/", &[("accept", BROWSER)]).await.status().as_u16(), 200);
    assert_eq!(ask("GET", "/", &[("accept", BROWSER), ("if-none-match", &tag)]).await.status().as_u16(), 304);
}

#[tokio::test]
async fn everything_else_at_the_bare_address_is_the_api_s() {
    let token = ("authorization", "Bearer EAAtest");
    for (method, path, headers) in [
        ("GET", "/", vec![]),
        ("GET", "/", vec![("accept", "*/*")]),
        ("GET", "/", vec![("accept", "application/json")]),
        ("GET", "/", vec![("accept", BROWSER), token]),
        ("GET", "/?access_token=EAAtest", vec![("accept", BROWSER)]),
        ("GET", "/?ids=1,2", vec![("accept", BROWSER)]),
        ("POST", "/", vec![("accept", BROWSER)]),
        ("DELETE", "/", vec![("accept", BROWSER)]),
        ("OPTIONS", "/", vec![("accept", BROWSER)]),
        ("GET", "/4001", vec![("accept", BROWSER)]),
    ] {
        let reply = ask(method, path, &headers).await;
        assert_eq!(
            (reply.status().as_u16(), reply.headers().contains_key("content-security-policy")),
            (418, false),
            "{method} {path} {headers:?}"
        );
    }
}

#[tokio::test]
async fn what_browsers_ask_every_server_for_is_there() {
    for (path, kind, begins) in [
        ("/favicon.ico", "image/x-icon", &b"\x00\x00\x01\x00"[..]),
        ("/apple-touch-icon.png", "image/png", b"\x89PNG"),
        ("/robots.txt", "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /\n"),
        ("/docs/readme", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/docs/style.css", "text/css; charset=utf-8", b"/* A document"),
    ] {
        let reply = ask("GET", path, &[]).await;
        assert_eq!((reply.status().as_u16(), reply.headers()["content-type"].to_str().unwrap()), (200, kind), "{path}");
        let body = axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap();
        assert!(body.starts_with(begins), "{path}");
    }
    assert_eq!(ask("GET", "/docs/passwords", &[]).await.status().as_u16(), 404);
}

//! The page and its files.

use crate::world::World;

#[tokio::test]
async fn every_reply_forbids_what_the_page_does_not_need() {
    let world = World::new().await;
    for path in ["/phone", "/phone/", "/phone/assets/none.js", "/phone/api/me", "/phone/link.css", "/call/0", "/call/6281255509999/qr.svg"]
    {
        let reply = world.get(path, None).await;
        let policy = reply.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin")]
        {
            assert_eq!(reply.headers()[name], value, "{path}");
        }
        assert!(reply.headers()["permissions-policy"].to_str().unwrap().contains("microphone=(self)"));
    }
}

#[tokio::test]
async fn the_page_is_html_whether_it_was_built_or_not() {
    let world = World::new().await;
    let reply = world.get("/phone", None).await;
    assert!(reply.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(reply.headers()["cache-control"], "no-cache");
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/phone/dist/index.html");
    let built = dist.exists();
    assert_eq!(reply.status().as_u16(), if built { 200 } else { 503 });
    let body = axum::body::to_bytes(reply.into_body(), 1 << 20).await.unwrap();
    let html = String::from_utf8(body.to_vec()).unwrap();
    assert!(html.contains("<title>Callport phone"));
    if built {
        let script = html.split('"').find(|part| part.ends_with(".js")).unwrap();
        let reply = world.get(script, None).await;
        assert_eq!((reply.status().as_u16(), &reply.headers()["content-type"]), (200, &"text/javascript; charset=utf-8".parse().unwrap()));
        assert!(reply.headers()["cache-control"].to_str().unwrap().contains("immutable"), "its name changes with its content");
    }
}

#[tokio::test]
async fn serves_no_file_outside_the_page() {
    let world = World::new().await;
    for path in
        ["/phone/assets/..%2findex.html", "/phone/assets/..%2f..%2fpackage.json", "/phone/assets/%2e%2e/index.html", "/phone/assets/"]
    {
        assert_eq!(world.get(path, None).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn documents_are_asked_for_each_time_and_answered_by_their_tag() {
    let world = World::new().await;
    for path in ["/phone/offline", "/phone/offline.js", "/phone/link.css"] {
        let first = world.get(path, None).await;
        assert_eq!((first.status().as_u16(), &first.headers()["cache-control"]), (200, &"no-cache".parse().unwrap()), "{path}");
        let tag = first.headers()["etag"].to_str().unwrap();
        let again = world.get_with(path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().unwrap()), (304, tag), "{path}");
        assert_eq!(again.headers()["cache-control"], "no-cache", "{path}");
    }
}

/// What the page's build wrote is there only after `make phone`, which `make test` runs first.
#[tokio::test]
async fn a_built_page_is_packed_and_its_worker_may_answer_for_the_whole_phone() {
    let world = World::new().await;
    if world.get("/phone", None).await.status().as_u16() != 200 {
        return;
    }
    let plain = world.get("/phone", None).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    for (accept, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
        let packed = world.get_with("/phone", &[("accept-encoding", accept)]).await;
        assert_eq!(
            (&packed.headers()["content-encoding"], &packed.headers()["vary"]),
            (&encoding.parse().unwrap(), &"accept-encoding".parse().unwrap())
        );
        assert_ne!(packed.headers()["etag"], plain.headers()["etag"], "other bytes, another tag");
        assert!(packed.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    for (file, kind) in [
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon-512.png", "image/png"),
        ("worker.js", "text/javascript; charset=utf-8"),
    ] {
        let reply = world.get(&format!("/phone/{file}"), None).await;
        assert_eq!((reply.status().as_u16(), reply.headers()["content-type"].to_str().unwrap()), (200, kind), "{file}");
        assert_eq!(reply.headers()["cache-control"], "no-cache", "{file}: its name stays when it changes");
        let works_for = reply.headers().get("service-worker-allowed").map(|value| value.to_str().unwrap());
        assert_eq!(works_for, (file == "worker.js").then_some("/phone"), "{file}");
    }
}

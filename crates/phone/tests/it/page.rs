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
        assert_eq!((reply.status().as_u16(), &reply.headers()["content-type"]), (200, &"text/javascript".parse().unwrap()));
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

//! What holds for every endpoint alike: tokens, versions, headers, limits, and input that nobody should send.

use super::*;
use crate::operation::{Named, Needs};
use crate::{GraphConfig, endpoints};
use serde_json::json;

const CALLS: &str = "/v25.0/4001/calls";

/// Every operation but the batch, once for each kind of object that it is about, as method and path.
pub(super) fn endpoints() -> Vec<(&'static str, &'static str)> {
    let operations =
        endpoints::routes().into_iter().flat_map(|route| route.operations.into_iter().map(move |it| (route.path, route.id, it)));
    let mut found = Vec::new();
    for (path, id, operation) in operations.filter(|(path, ..)| *path != "/") {
        let ids: &[&str] = match (id, operation.needs) {
            ("app_id", _) | (_, Needs::Managing | Needs::Partner) => &["1001"],
            (_, Needs::Scopes([(Named::Account, _)])) => &["2001"],
            (_, Needs::Scopes([(Named::Number, _)])) => &["4001"],
            (_, Needs::Scopes(_)) => &["4001", "2001"],
            _ => &[""],
        };
        let method = ["GET", "POST", "DELETE"].into_iter().find(|known| *known == operation.method.as_str()).unwrap();
        found.extend(ids.iter().map(|id| (method, &*path.replace("{id}", id).leak())));
    }
    assert!(found.len() > 18, "{found:?}");
    found
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let world = World::new().await;
    world.clock.advance(Duration::from_secs(3600));
    for (method, path) in endpoints() {
        let seen = world.send(request(method, path).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.code(401), 104, "{method} {path}");
        assert_eq!(
            seen.headers["www-authenticate"],
            "OAuth \"Facebook Platform\" \"invalid_token\" \"An access token is required to request this resource.\""
        );
        let seen = world.send(bearer(method, path, "EAAnobody").body(Body::empty()).unwrap()).await;
        assert_eq!(seen.code(401), 190, "{method} {path}");
        let seen = world.send(bearer(method, path, BRIEF).body(Body::empty()).unwrap()).await;
        assert_eq!((seen.code(401), &seen.json()["error"]["error_subcode"]), (190, &json!(463)), "{method} {path}");
    }
}

#[tokio::test]
async fn every_path_is_served_with_and_without_a_version() {
    let world = World::new().await;
    for (method, path) in endpoints() {
        for version in ["", "/v1.0", "/v2.12", "/v3.3", "/v13.0", "/v25.0", "/v26.0", "//v25.0/"] {
            let seen = world.send(bearer(method, &format!("{version}{path}"), MANAGE).body(Body::empty()).unwrap()).await;
            assert_ne!(seen.status, 404, "{method} {version}{path}");
            assert!(!seen.text.contains("Unknown path"), "{method} {version}{path}: {}", seen.text);
        }
        for version in ["/v2.13", "/v25.3", "/v27.0"] {
            let seen = world.send(bearer(method, &format!("{version}{path}"), MANAGE).body(Body::empty()).unwrap()).await;
            assert_eq!(seen.code(400), 2500, "{method} {version}{path}");
            assert_eq!(seen.json()["error"]["message"], format!("Unknown path components: {path}"));
        }
    }
}

#[tokio::test]
async fn the_version_that_serves_is_told() {
    let world = World::new().await;
    for (path, version) in
        [("/4001", "v21.0"), ("/v18.0/4001", "v21.0"), ("/v25.0/4001", "v25.0"), ("/v13.0/4001", "v21.0"), ("/v26.0/4001", "v26.0")]
    {
        assert_eq!(world.get(path, MANAGE).await.headers["facebook-api-version"], version, "{path}");
    }
}

#[tokio::test]
async fn a_request_without_a_version_is_served_by_that_of_its_app() {
    let world = World::new().await;
    let app = world.engine.store().app(&AppId::parse("1001").unwrap()).await.unwrap().unwrap();
    for (own, served) in [("v24.0", "v24.0"), ("v18.0", "v21.0"), ("v99.0", "v21.0")] {
        world.engine.put_app(App { graph_version: Some(own.into()), ..app.clone() }).await.unwrap();
        let version = |seen: Seen| seen.headers["facebook-api-version"].to_str().unwrap().to_owned();
        assert_eq!(version(world.get("/4001", MANAGE).await), served);
        assert_eq!(version(world.get("/nobody", MANAGE).await), served, "of a refusal");
        assert_eq!(version(world.get("/v25.0/4001", MANAGE).await), "v25.0", "who names one gets it");
        assert_eq!(version(world.get("/4002", FOREIGN).await), "v21.0", "another app");
        assert_eq!(version(world.get("/4001", "EAAnobody").await), "v21.0", "nobody's app");
    }
}

#[tokio::test]
async fn replies_carry_the_platforms_headers() {
    let world = World::new().await;
    let seen = world.get("/v25.0/4001", MANAGE).await;
    for (name, value) in [
        ("content-type", "application/json; charset=UTF-8"),
        ("facebook-api-version", "v25.0"),
        ("x-app-usage", r#"{"call_count":0,"total_cputime":0,"total_time":0}"#),
        (
            "x-business-use-case-usage",
            r#"{"2001":[{"type":"whatsapp","call_count":0,"total_cputime":0,"total_time":0,"estimated_time_to_regain_access":0}]}"#,
        ),
        ("cache-control", "private, no-cache, no-store, must-revalidate"),
        ("pragma", "no-cache"),
        ("expires", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(seen.headers[name], value, "{name}");
    }
    for name in ["x-fb-request-id", "x-fb-trace-id", "x-fb-rev", "x-fb-debug", "strict-transport-security"] {
        assert!(seen.headers.contains_key(name), "{name}");
    }
    let other = world.get("/v25.0/4001", MANAGE).await;
    assert_ne!(seen.headers["x-fb-trace-id"], other.headers["x-fb-trace-id"]);
}

#[tokio::test]
async fn the_token_may_stand_in_header_query_or_form() {
    let world = World::new().await;
    let plain = |method: &str, path: &str| request(method, path).body(Body::empty()).unwrap();
    world.send(plain("GET", &format!("/4001?access_token={MANAGE}"))).await.ok();
    world.send(plain("POST", &format!("/2001/subscribed_apps?access_token={MANAGE}"))).await.ok();
    world.form("/2001/subscribed_apps", &format!("access_token={MANAGE}")).await.ok();
    for scheme in ["bearer", "BEARER", "OAuth"] {
        let request = request("GET", "/4001").header("authorization", format!("{scheme} {MANAGE}"));
        world.send(request.body(Body::empty()).unwrap()).await.ok();
    }
    let basic = request("GET", "/4001").header("authorization", "Basic dXNlcjp3b3Jk").body(Body::empty()).unwrap();
    assert_eq!(world.send(basic).await.code(401), 104);
}

#[tokio::test]
async fn a_proof_is_checked_when_it_is_sent() {
    use hmac::{Hmac, KeyInit, Mac};
    let world = World::new().await;
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(b"test_app_secret").unwrap();
    mac.update(MANAGE.as_bytes());
    let proof = hex::encode(mac.finalize().into_bytes());
    world.get(&format!("/4001?appsecret_proof={proof}"), MANAGE).await.ok();
    let seen = world.get(&format!("/4001?appsecret_proof={proof}"), MESSAGE).await;
    assert_eq!((seen.code(400), seen.details().as_str()), (100, "Invalid appsecret_proof provided in the API argument"));
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist() {
    let world = World::new().await;
    for path in ["/", "/v25.0", "/v25.0/4001/calls/7", "/v25.0/4001/coffee", "/v25/4001/calls"] {
        assert_eq!(world.get(path, MANAGE).await.code(400), 2500, "{path}");
    }
    for (method, path, allow) in [
        ("GET", CALLS, "POST"),
        ("PUT", CALLS, "POST"),
        ("PUT", "/4001", "GET,HEAD,POST,DELETE"),
        ("PATCH", "/2001/phone_numbers", "GET,HEAD,POST"),
    ] {
        let seen = world.send(bearer(method, path, MANAGE).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.code(405), 100, "{method} {path}");
        assert_eq!(seen.headers["allow"], allow, "{method} {path}");
    }
}

#[tokio::test]
async fn head_and_options_are_sane() {
    let world = World::new().await;
    let head = world.send(bearer("HEAD", "/v25.0/4001", MANAGE).body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let head = world.send(request("HEAD", "/v25.0/4001").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.text.as_str()), (401, ""));
    let options = world.send(request("OPTIONS", CALLS).body(Body::empty()).unwrap()).await;
    assert_eq!((options.status, options.text.as_str()), (200, ""));
    assert_eq!(options.headers["access-control-allow-origin"], "*");
    assert!(options.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
}

/// Every one of them is answered with JSON and a published code, and the platform goes on.
#[tokio::test]
async fn bodies_that_nobody_should_send() {
    let world = World::with(GraphConfig { body_max_bytes: 64 * 1024, ..GraphConfig::default() }).await;
    let long = |length: usize| json!({ "messaging_product": "whatsapp", "sdp": "a".repeat(length) }).to_string().into_bytes();
    let json_type = "application/json";
    for (content_type, body, status) in [
        (json_type, b"".to_vec(), 400),
        (json_type, b"{".to_vec(), 400),
        (json_type, b"{\"messaging_product\":\"whatsapp\",}".to_vec(), 400),
        (json_type, b"null".to_vec(), 400),
        (json_type, b"[1,2]".to_vec(), 400),
        (json_type, b"\"text\"".to_vec(), 400),
        (json_type, b"{\"messaging_product\":\"\xff\xfe\"}".to_vec(), 400),
        (json_type, b"\xff\xfe{\x00}\x00".to_vec(), 400),
        (json_type, b"{\"messaging_product\":\"\\ud800\"}".to_vec(), 400),
        (json_type, b"{\"a\":1e999}".to_vec(), 400),
        (json_type, b"[".repeat(50_000), 400),
        (json_type, long(60_000), 400),
        (json_type, long(64 * 1024), 413),
        (json_type, long(1024 * 1024), 413),
        ("application/xml", b"<a/>".to_vec(), 415),
        ("multipart/form-data", b"--x--".to_vec(), 415),
        ("multipart/form-data; boundary=x", b"--x--".to_vec(), 400),
        ("multipart/form-data; boundary=x", b"--y--".to_vec(), 400),
        ("multipart/form-data; boundary=x", b"--x\r\n".repeat(5_000), 400),
        ("application/x-www-form-urlencoded", b"a[b]=1&a[0]=2".to_vec(), 400),
        ("application/x-www-form-urlencoded", [b"a".to_vec(), b"[]".repeat(20_000)].concat(), 400),
        ("application/x-www-form-urlencoded", b"%%%=%zz&&=&a".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"a=1&".repeat(1000), 400),
        ("", b"\x00\x01\x02".to_vec(), 400),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let request = bearer("POST", CALLS, MANAGE).header("content-type", content_type).body(Body::from(body)).unwrap();
        let seen = world.send(request).await;
        assert_eq!(seen.code(status), 100, "{shown}");
        assert!(!seen.details().is_empty(), "{shown}");
    }
    world.get("/4001", MANAGE).await.ok();
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_read() {
    let world = World::new().await;
    let endless = Body::from_stream(futures_stream());
    let request = bearer("POST", CALLS, MANAGE).header("content-length", "999999999").body(endless).unwrap();
    assert_eq!(world.send(request).await.code(413), 100);
    let endless = Body::from_stream(futures_stream());
    let request = bearer("POST", CALLS, MANAGE).header("content-type", "application/json").body(endless).unwrap();
    assert_eq!(world.send(request).await.code(413), 100, "nor one that never ends");
}

#[tokio::test]
async fn a_client_that_asks_first_need_not_send_too_much() {
    let world = World::new().await;
    let silent = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = bearer("POST", CALLS, MANAGE).header("content-length", "1000000").header("expect", "100-continue");
    assert_eq!(world.send(request.body(silent).unwrap()).await.code(413), 100);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let world = World::new().await;
    let broken = futures::stream::iter([Ok(b"{".to_vec()), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
    let request = bearer("POST", CALLS, MANAGE).header("content-type", "application/json").body(Body::from_stream(broken)).unwrap();
    assert_eq!(world.send(request).await.details(), "The request body broke off.");
}

/// Over a real connection: the sender of a large body reads its refusal, and the connection serves on.
#[tokio::test]
async fn a_large_body_is_heard_out_and_refused_on_its_connection() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = crate::router(world.engine.clone(), GraphConfig::default());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!("POST {CALLS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {MANAGE}\r\ncontent-type: application/json\r\n");
    let large = format!("{head}content-length: 1000000\r\n\r\n{}", "x".repeat(1_000_000));
    let last = format!("GET /4001 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {MANAGE}\r\nconnection: close\r\n\r\n");
    socket.write_all(large.as_bytes()).await.unwrap();
    socket.write_all(last.as_bytes()).await.unwrap();
    let mut heard = String::new();
    socket.read_to_string(&mut heard).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 413 ") && heard.contains("HTTP/1.1 200 OK"), "{heard}");
    assert_eq!(heard.matches("fbtrace_id").count(), 1);
    serving.abort();
}

fn futures_stream() -> impl futures::Stream<Item = Result<Vec<u8>, std::io::Error>> + Send {
    futures::stream::repeat_with(|| Ok(vec![b' '; 4096]))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_ends_with_its_time() {
    let world = World::new().await;
    let silent = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = bearer("POST", CALLS, MANAGE).header("content-type", "application/json").body(silent).unwrap();
    assert_eq!(world.send(request).await.code(408), 100);
}

#[tokio::test]
async fn tokens_and_numbers_have_their_hour() {
    let world = World::with(GraphConfig { token_requests_per_hour: 2, ..GraphConfig::default() }).await;
    assert_eq!(world.get("/4001", MANAGE).await.headers["x-app-usage"], r#"{"call_count":50,"total_cputime":0,"total_time":0}"#);
    world.get("/2001", MANAGE).await.ok();
    let refused = world.get("/4001", MANAGE).await;
    assert_eq!(refused.headers["x-app-usage"], r#"{"call_count":150,"total_cputime":0,"total_time":0}"#, "a refusal tells it too");
    assert_eq!(refused.code(429), 4);
    world.get("/4001", MESSAGE).await.ok();
    let world = World::with(GraphConfig { number_requests_per_hour: 1, ..GraphConfig::default() }).await;
    world.get("/4001", MANAGE).await.ok();
    assert_eq!(world.get("/4001", MESSAGE).await.code(400), 80007);
    assert_eq!(world.get("/4001/call_permissions", MESSAGE).await.code(400), 80007);
    assert_eq!(world.post("/4001/messages", MESSAGE, &json!({})).await.code(400), 80007);
    world.get("/4002", FOREIGN).await.ok();
    world.clock.advance(Duration::from_secs(3600));
    world.get("/4001", MANAGE).await.ok();
}

/// 200 while an account has no number, 5,000 once it has one (platform docs, Rate limits); reads and messages of a number are not counted.
#[tokio::test]
async fn management_of_an_account_has_its_hour_for_each_app() {
    let world = World::with(GraphConfig { management_requests_per_hour: 2, ..GraphConfig::default() }).await;
    let used = |seen: &Seen| {
        let usage: Value = serde_json::from_str(seen.headers["x-business-use-case-usage"].to_str().unwrap()).unwrap();
        (usage["2001"][0]["call_count"].clone(), usage["2001"][0]["estimated_time_to_regain_access"].clone())
    };
    assert_eq!(used(&world.get("/2001/message_templates", MANAGE).await), (json!(50), json!(0)));
    assert_eq!(used(&world.get("/4001/settings", MANAGE).await), (json!(100), json!(0)));
    let refused = world.get("/2001/phone_numbers", MANAGE).await;
    let minutes = 60 - NOW.unix_seconds().div_euclid(60).rem_euclid(60);
    assert_eq!(used(&refused), (json!(150), json!(minutes)));
    assert_eq!(refused.code(400), 80007);
    assert_eq!(used(&world.get("/4001", MESSAGE).await).0, json!(0));
    world.clock.advance(Duration::from_secs(3600));
    world.get("/2001/phone_numbers", MANAGE).await.ok();
}

/// Whatever mix of paths and parameters comes, the answer is JSON with the status it says.
#[tokio::test]
async fn noise_is_answered_like_everything_else() {
    let world = World::new().await;
    for path in ["/%00", "/%ff", "/4001%2fcalls", "/v25.0/%2e%2e/4001", "/4001/settings?fields=%00,%ff&&&=", "/4001?fields=((((", "/4001?%"]
    {
        for method in ["GET", "POST", "DELETE"] {
            let seen = world.send(bearer(method, path, MANAGE).body(Body::empty()).unwrap()).await;
            assert!(seen.status < 500, "{method} {path}: {seen:?}");
            if seen.status >= 400 {
                seen.code(seen.status);
            }
        }
    }
}

/// A request that breaks off anywhere is refused, whole it is served.
#[tokio::test]
async fn every_beginning_of_a_good_body_is_refused() {
    let world = World::new().await;
    let call = world.ring().await;
    let body = json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": "accept",
        "session": { "sdp_type": "answer", "sdp": "v=0\r\n" } })
    .to_string();
    for end in 0..body.len() {
        assert_eq!(world.post_text(CALLS, MANAGE, &body[..end]).await.code(400), 100, "{}", &body[..end]);
    }
    world.post_text(CALLS, MANAGE, &body).await.ok();
}

/// Tokens reach what their app was granted, and webhooks of an account are not all that hangs on it.
#[tokio::test]
async fn a_token_allows_no_more_than_its_app_was_granted() {
    let world = World::new().await;
    let (app, waba) = (AppId::parse("1001").unwrap(), WabaId::parse("2001").unwrap());
    let grant = |scope| callport_engine::records::AppGrant { app: app.clone(), waba: waba.clone(), scopes: [scope].into() };
    world.engine.grant(grant(Scope::Messaging)).await.unwrap();
    let seen = world.get("/v25.0/4001/settings", MANAGE).await;
    assert_eq!(seen.code(403), 10);
    let details = "The app was not granted the permission whatsapp_business_management for this WhatsApp Business Account.";
    assert_eq!(seen.details(), details);
    assert_eq!(
        world.get("/v25.0/4001/settings", MESSAGE).await.details(),
        "The access token lacks the permission whatsapp_business_management."
    );
    world.get("/v25.0/4001", MANAGE).await.ok();
    world.engine.grant(grant(Scope::Management)).await.unwrap();
    world.get("/v25.0/4001/settings", MANAGE).await.ok();
    world.engine.end_grant(&app, &waba).await.unwrap();
    for (method, path) in endpoints().into_iter().filter(|(_, path)| path.starts_with("/2001") || path.starts_with("/4001")) {
        let seen = world.send(bearer(method, path, MANAGE).body(Body::empty()).unwrap()).await;
        assert_eq!(seen.code(403), 200, "{method} {path}");
    }
}

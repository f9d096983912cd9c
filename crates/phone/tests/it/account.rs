//! The forms: becoming a user, coming back, leaving.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use callport_engine::door::{ClientNetwork, FloodLimits, Floods};
use callport_engine::records::Guest;
use callport_phone::SignUpPolicy;
use callport_testkit::TestClock;
use serde_json::json;

use crate::world::{ACME, NADIA, World, cookie_of, json, nadia};

const NEW: &str = "+55 11 95550-7777";

#[tokio::test]
async fn anybody_signs_up_where_it_is_open_and_is_known_by_the_cookie() {
    let world = World::new().await;
    let reply = world.post("/phone/api/sign-up", None, json!({"number": NEW, "name": "  Bia "})).await;
    assert_eq!(reply.status(), StatusCode::OK);
    let cookie = cookie_of(&reply);
    let expected = json!({"user": {"number": "5511955507777", "display": "+55 11 95550-7777", "name": "Bia"}, "sign_up": "open"});
    assert_eq!(json(reply).await, expected);
    assert_eq!(json(world.get("/phone/api/me", Some(&cookie)).await).await, expected);
    assert_eq!(json(world.get("/phone/api/me", None).await).await, json!({"sign_up": "open"}));
    assert_eq!(json(world.get("/phone/api/me", Some("callport_session=guess")).await).await, json!({"sign_up": "open"}));
}

#[tokio::test]
async fn signing_out_ends_the_session_itself() {
    let world = World::new().await;
    let cookie = world.sign_in().await;
    let reply = world.post("/phone/api/sign-out", Some(&cookie), json!({})).await;
    assert!(reply.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(json(world.get("/phone/api/me", Some(&cookie)).await).await, json!({"sign_up": "open"}));
}

#[tokio::test]
async fn forms_are_refused_with_the_input_they_are_about() {
    let world = World::new().await;
    let long = "n".repeat(61);
    let cases = [
        ("sign-up", json!({"number": "12", "name": "Bia"}), 400, "bad_number", Some("number")),
        ("sign-up", json!({"number": NEW, "name": "  "}), 400, "bad_name", Some("name")),
        ("sign-up", json!({"number": NEW, "name": long}), 400, "bad_name", Some("name")),
        ("sign-up", json!({"number": NEW, "name": "a\u{0}b"}), 400, "bad_name", Some("name")),
        ("sign-up", json!({"number": NADIA, "name": "Bia"}), 409, "number_taken", Some("number")),
        ("sign-up", json!({"number": ACME, "name": "Bia"}), 409, "number_taken", Some("number")),
        ("sign-up", json!({"name": "Bia"}), 422, "unreadable", None),
        ("sign-up", json!({"number": NEW, "name": "Bia", "device": "fax"}), 400, "bad_device", Some("device")),
        ("sign-in", json!({"number": NADIA, "device": "Phone"}), 400, "bad_device", Some("device")),
        ("sign-in", json!({"number": NEW}), 404, "unknown_number", Some("number")),
        ("sign-in", json!([]), 422, "unreadable", None),
    ];
    for (path, body, status, reason, field) in cases {
        let reply = world.post(&format!("/phone/api/{path}"), None, body.clone()).await;
        assert_eq!(reply.status().as_u16(), status, "{body}");
        assert!(reply.headers().get("set-cookie").is_none());
        let error = &json(reply).await["error"];
        assert_eq!((error["reason"].as_str(), error["field"].as_str()), (Some(reason), field), "{body}");
        assert!(error["text"].as_str().unwrap().ends_with('.'), "{body}");
    }
}

#[tokio::test]
async fn an_invitation_lets_one_person_in_again_and_again_and_nobody_else() {
    let world = World::signing_up(SignUpPolicy::Invitation).await;
    let sign_up = |number: &str, code: serde_json::Value| json!({"number": number, "name": "Bia", "invitation": code});
    let hour = Duration::from_secs(3600);
    let code = world.engine.invite(Guest::Anyone, hour).await.unwrap().0;
    for (wrong, status) in [(json!(null), 400), (json!(""), 400), (json!("guess"), 403), (json!("x".repeat(65)), 400)] {
        let reply = world.post("/phone/api/sign-up", None, sign_up(NEW, wrong.clone())).await;
        assert_eq!(reply.status().as_u16(), status, "{wrong}");
    }
    assert_eq!(world.post("/phone/api/sign-up", None, sign_up(NEW, json!(code))).await.status(), StatusCode::OK);
    assert_eq!(world.post("/phone/api/sign-up", None, sign_up("+5511955508888", json!(code))).await.status(), StatusCode::FORBIDDEN);
    let sign_in = |number: &str, code: &str| json!({"number": number, "invitation": code});
    assert_eq!(world.post("/phone/api/sign-in", None, sign_in(NEW, &code)).await.status(), StatusCode::OK);
    let (unknown, other) = (sign_in("+5511955509999", &code), sign_in(NADIA, &code));
    let unknown = world.post("/phone/api/sign-in", None, unknown).await;
    let other = world.post("/phone/api/sign-in", None, other).await;
    assert_eq!((unknown.status(), other.status()), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(json(unknown).await, json(other).await, "a number of a user is not told from any other");

    // Nadia was made by the operator, and her first code ends: a new one lets her in with the number that she has.
    for guest in [Guest::User(nadia().id), Guest::Number(nadia().number)] {
        let code = world.engine.invite(guest, hour).await.unwrap().0;
        assert_eq!(world.post("/phone/api/sign-in", None, sign_in(NADIA, &code)).await.status(), StatusCode::OK);
        world.clock.advance(hour);
        assert_eq!(world.post("/phone/api/sign-in", None, sign_in(NADIA, &code)).await.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn each_refusal_of_a_code_says_what_to_do() {
    let world = World::signing_up(SignUpPolicy::Invitation).await;
    let hour = Duration::from_secs(3600);
    let code = async |guest: Guest, life: Duration| world.engine.invite(guest, life).await.unwrap().0;
    let (any, hers) = (code(Guest::Anyone, hour).await, code(Guest::User(nadia().id), hour).await);
    let over = code(Guest::Anyone, Duration::ZERO).await;
    for (way, number, code, status, reason, field) in [
        ("sign-up", NEW, "guess", 403, "bad_invitation", "invitation"),
        ("sign-up", NEW, &over, 403, "invitation_over", "invitation"),
        ("sign-up", NEW, &hers, 403, "invitation_of_another", "number"),
        ("sign-up", NADIA, &any, 409, "number_taken", "number"),
        ("sign-in", NADIA, &any, 404, "unknown_number", "number"),
        ("sign-in", NEW, &any, 404, "unknown_number", "number"),
    ] {
        let body = json!({ "number": number, "name": "Bia", "invitation": code });
        let reply = world.post(&format!("/phone/api/{way}"), None, body).await;
        assert_eq!(reply.status().as_u16(), status, "{reason}");
        let error = &json(reply).await["error"];
        assert_eq!((error["reason"].as_str(), error["field"].as_str()), (Some(reason), Some(field)));
        let text = error["text"].as_str().unwrap();
        assert!(["sk the operator", "Sign up first"].iter().any(|advice| text.contains(advice)), "{text}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_and_a_huge_one_are_refused() {
    let world = World::new().await;
    let form = |kind: &str, body: String| Request::post("/phone/api/sign-in").header("content-type", kind).body(Body::from(body)).unwrap();
    let plain = world.request(form("text/plain", json!({"number": NADIA}).to_string())).await;
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "what a page can send across sites without asking");
    let huge = world.request(form("application/json", json!({"number": "1".repeat(5000)}).to_string())).await;
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn sign_ups_and_wrong_codes_of_one_source_are_slowed_down() {
    let limits = FloodLimits { wrong_credentials: 3, wrong_app_secrets: 9, sign_ups: 6, loopback_signs_up_freely: true, calls: 9 };
    let clock = Arc::new(TestClock::default());
    let floods = Floods::new(limits, clock.clone());
    let world = World::configured(callport_phone::PhoneConfig {
        floods,
        ..callport_phone::PhoneConfig::new(SignUpPolicy::Invitation, "http://phone.example")
    })
    .await;
    let guess = |from: [u8; 4]| {
        let form = json!({"number": NEW, "name": "Bia", "invitation": "guess"}).to_string();
        let request =
            Request::post("/phone/api/sign-up").header("content-type", "application/json").extension(ClientNetwork::of(from.into()));
        world.request(request.body(Body::from(form)).unwrap())
    };
    let (here, there, at_home) = ([192, 0, 2, 1], [192, 0, 2, 2], [127, 0, 0, 1]);
    for from in [here, at_home] {
        for _ in 0..3 {
            assert_eq!(guess(from).await.status(), StatusCode::FORBIDDEN);
        }
        let slowed = guess(from).await;
        assert_eq!((slowed.status(), &slowed.headers()["retry-after"]), (StatusCode::TOO_MANY_REQUESTS, &"20".parse().unwrap()));
        let error = json(slowed).await["error"].clone();
        let text = "There were too many tries from your network. Try again in 20 seconds.";
        assert_eq!((error["reason"].as_str(), error["text"].as_str()), (Some("too_fast"), Some(text)));
    }
    assert_eq!(guess(there).await.status(), StatusCode::FORBIDDEN, "others are not held up");
}

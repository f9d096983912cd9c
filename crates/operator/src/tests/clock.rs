//! Moving the calendar, where there is one.

use axum::http::Method;
use serde_json::json;

use super::desk::{Desk, NONE};

const PATHS: [(&str, &str); 5] =
    [("GET", "clock"), ("POST", "clock/freeze"), ("POST", "clock/thaw"), ("POST", "clock/set"), ("POST", "clock/advance")];

#[tokio::test]
async fn the_calendar_is_frozen_set_and_advanced() {
    let desk = Desk::new().await;
    let post = async |path: &str, body| desk.ask(Method::POST, &format!("/admin/v1/clock/{path}"), body).await.1;
    assert_eq!(desk.get("/admin/v1/clock").await, json!({ "now": "2026-11-22T10:00:00.000Z", "frozen": false }));
    assert_eq!(post("freeze", NONE).await["frozen"], true);
    assert_eq!(post("advance", json!({ "by_ms": 604_800_000 })).await["now"], "2026-11-29T10:00:00.000Z");
    assert_eq!(post("set", json!({ "to": "2026-11-22T17:00:00+07:00" })).await["now"], "2026-11-22T10:00:00.000Z");
    assert_eq!(post("thaw", NONE).await["frozen"], false);
    for (path, body) in [
        ("set", json!({ "to": "tomorrow" })),
        ("set", NONE),
        ("advance", json!({ "by_ms": 0 })),
        ("advance", json!({ "by_ms": -1 })),
        ("advance", json!({ "by_ms": u64::MAX })),
        ("advance", json!({ "seconds": 5 })),
    ] {
        let refused = desk.refused(Method::POST, &format!("/admin/v1/clock/{path}"), body.clone()).await;
        assert!((400..=422).contains(&refused.0), "{path} {body} {refused:?}");
    }
    assert_eq!(desk.get("/admin/v1/clock").await["now"], "2026-11-22T10:00:00.000Z");
}

#[tokio::test]
async fn in_live_mode_there_is_no_such_thing() {
    let desk = Desk::with(false).await;
    for (method, path) in PATHS {
        let body = match path {
            "clock/set" => json!({ "to": "2026-11-22T10:00:00Z" }),
            "clock/advance" => json!({ "by_ms": 1 }),
            _ => NONE,
        };
        let (code, word, _) = desk.refused(method.parse().unwrap(), &format!("/admin/v1/{path}"), body).await;
        assert_eq!((code, word.as_str()), (404, "not_found"), "{path}");
    }
    for (method, path) in
        [("POST", "users/1/dial"), ("GET", "scripted/7"), ("GET", "scripted/7/recording.wav"), ("POST", "scripted/7/hang_up")]
    {
        let body = if path.ends_with("dial") { json!({ "number": "4001" }) } else { NONE };
        assert_eq!(desk.refused(method.parse().unwrap(), &format!("/admin/v1/{path}"), body).await.0, 404, "{path}");
    }
}

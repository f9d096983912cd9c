//! Placing calls as a user.

use axum::body::Body;
use axum::http::{Method, Request};
use callport_people::ScriptedSay;
use serde_json::json;

use super::desk::{Desk, NONE, TOKEN};
use crate::people::{Handle, PlaceRefusal};

#[tokio::test]
async fn a_scripted_call_is_placed_followed_and_heard() {
    let desk = Desk::furnished().await;
    let user = desk.get("/admin/v1/users").await["data"][0]["id"].as_str().unwrap().to_owned();
    let script = json!({ "say": { "kind": "wav", "base64": "UklGRg==" }, "press": [{ "after_ms": 100, "digits": "12" }] });
    for number in ["4001", "+6281255509999"] {
        let path = format!("/admin/v1/pairs/{number}/{user}/calls");
        let (status, placed) = desk.ask(Method::POST, &path, json!({ "script": script })).await;
        assert_eq!((status.as_u16(), placed), (202, json!({ "handle": "7" })), "{number}");
    }
    let placed = desk.people.placed.lock().clone();
    assert_eq!((placed[1].0.as_str(), placed[1].1.as_str()), ("Nadia", "4001"));
    assert_eq!(placed[0].2.say, ScriptedSay::Wav { file: b"RIFF".to_vec(), looped: false });

    let status = desk.get("/admin/v1/scripted/7").await;
    assert_eq!((&status["state"], &status["call_id"], &status["keys_pressed"]), (&json!("connected"), &json!("wacid.x"), &json!(2)));
    assert_eq!((&status["times"]["dialled_ms"], &status["figures"]["packets_in"]), (&json!(3), &json!(50)));
    assert_eq!((&status["heard"]["business"]["found"], &status["heard"]["anything"]["level_dbfs"]), (&json!(false), &json!(-100.0)));
    let request = Request::builder().uri("/admin/v1/scripted/7/recording.wav").header("authorization", format!("Bearer {TOKEN}"));
    let (status, kind, wav) = desk.raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), kind.as_str(), wav.as_slice()), (200, "audio/wav", &b"RIFF"[..]));
    assert_eq!(desk.ask(Method::POST, "/admin/v1/scripted/7/hang_up", NONE).await.0, 202);
    assert!(desk.people.hung_up.lock().contains(&Handle("7".into())));
    *desk.people.deaf.lock() = true;
    let (status, _, why) = desk.refused(Method::GET, "/admin/v1/scripted/7/recording.wav", NONE).await;
    assert!(status == 404 && why.contains("its user heard nothing"), "{why}");
    for (method, path) in [("GET", "8"), ("GET", "8/recording.wav"), ("POST", "8/hang_up")] {
        assert_eq!(desk.refused(method.parse().unwrap(), &format!("/admin/v1/scripted/{path}"), NONE).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_sound_file_may_be_large_but_not_endless() {
    let desk = Desk::furnished().await;
    let user = desk.get("/admin/v1/users").await["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/pairs/4001/{user}/calls");
    let with = |bytes: usize| json!({ "script": { "say": { "kind": "wav", "base64": "A".repeat(bytes) } } });
    assert_eq!(desk.ask(Method::POST, &path, with(8_000_000)).await.0, 202);
    assert_eq!(desk.refused(Method::POST, &path, with(17_000_000)).await.0, 413);
}

#[tokio::test]
async fn what_cannot_be_dialled_is_told() {
    let desk = Desk::furnished().await;
    let user = desk.get("/admin/v1/users").await["data"][0]["id"].as_str().unwrap().to_owned();
    let calls = |number: &str, user: &str| format!("/admin/v1/pairs/{number}/{user}/calls");
    for (path, body, expected) in [
        (calls("Acme", &user), json!({}), 400),
        (calls("4009", &user), json!({}), 404),
        (calls("+6281255500000", &user), json!({}), 404),
        (calls("4001", "1"), json!({}), 404),
        (calls("4001", &user), json!({ "script": { "say": { "kind": "wav", "base64": "%" } } }), 400),
        (calls("4001", &user), json!({ "number": "4001" }), 400),
    ] {
        let (code, _, why) = desk.refused(Method::POST, &path, body.clone()).await;
        assert_eq!(code, expected, "{path} {body}: {why}");
    }
    let path = calls("4001", &user);
    assert_eq!(desk.ask(Method::POST, &path, NONE).await.0, 202, "a script may be left out");
    for (refusal, expected) in [
        (PlaceRefusal::BadScript("a tone is 50 to 7000 Hz".into()), (400, "malformed")),
        (PlaceRefusal::TooMany("64 scripted calls are live already".into()), (503, "unavailable")),
    ] {
        *desk.people.refuse.lock() = Some(refusal);
        let (code, word, _) = desk.refused(Method::POST, &path, NONE).await;
        assert_eq!((code, word.as_str()), expected);
    }
}

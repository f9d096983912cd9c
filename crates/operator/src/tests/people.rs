//! Who gets in, stays in, and is thrown out: invitations, sessions, users; and calls that the operator ends.

use axum::http::Method;
use callport_core::gate::DeviceKind;
use callport_core::number::PhoneNumber;
use serde_json::{Value, json};

use super::desk::{Desk, NONE, encoded, ids};

const INVITATIONS: &str = "/admin/v1/invitations";
const NADIA: &str = "/admin/v1/users/+5511955501234";

async fn nadia(desk: &Desk) -> Value {
    desk.get(NADIA).await["id"].clone()
}

#[tokio::test]
async fn invitations_are_made_for_somebody_listed_and_revoked() {
    let desk = Desk::furnished().await;
    let nadia = nadia(&desk).await;
    let number = desk.make(INVITATIONS, json!({ "number": "55 11 95550-7777" })).await;
    assert_eq!((&number["number"], &number["state"]), (&json!("+5511955507777"), &json!("open")));
    assert_eq!(number["expires_at"], "2026-11-29T10:00:00.000Z");
    let user = desk.make(INVITATIONS, json!({ "user_id": nadia, "lifetime_seconds": 60 })).await;
    let any = desk.make(INVITATIONS, json!({ "any_number": true, "lifetime_seconds": 120, "number": null })).await;
    assert_eq!((&any["any_number"], &any["number"], &any["user_id"]), (&json!(true), &NONE, &NONE));

    let listed = desk.get(INVITATIONS).await;
    assert_eq!(ids(&listed), [&user, &any, &number].map(|made| made["id"].as_str().unwrap()), "the first to end first");
    assert!(listed["data"].as_array().unwrap().iter().all(|row| row.get("code").is_none()));
    let eva = PhoneNumber::parse("+5511955507777").unwrap();
    let eva = desk.engine.enter_invited(number["code"].as_str().unwrap(), eva, Some("Eva".into())).await.unwrap();
    desk.clock.advance(std::time::Duration::from_secs(60));
    let listed = desk.get(INVITATIONS).await;
    let state = |at: usize| (listed["data"][at]["state"].as_str().unwrap(), listed["data"][at]["used_by"].as_str());
    assert_eq!([state(0), state(1), state(2)], [("ended", None), ("open", None), ("used", Some(eva.id.as_str()))]);

    let path = format!("{INVITATIONS}/{}", any["id"].as_str().unwrap());
    assert_eq!(desk.ask(Method::DELETE, &path, NONE).await.0, 204);
    assert_eq!(desk.refused(Method::DELETE, &path, NONE).await.0, 404);
    let code = any["code"].as_str().unwrap();
    let (status, _, why) = desk.refused(Method::DELETE, &format!("{INVITATIONS}/{code}"), NONE).await;
    assert!(status == 400 && !why.contains(code), "{why}");
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_one_by_one_or_all() {
    let desk = Desk::furnished().await;
    let user = desk.nadia().await;
    let mut secrets = Vec::new();
    for device in [DeviceKind::Phone, DeviceKind::Companion, DeviceKind::Web] {
        secrets.push(desk.engine.open_session(&user.id, device).await.unwrap());
        desk.clock.advance(std::time::Duration::from_secs(1));
    }
    let listed = desk.get("/admin/v1/sessions?user_id=%2B5511955501234").await;
    assert_eq!(listed, desk.get("/admin/v1/sessions").await);
    let first = &listed["data"][0];
    assert_eq!((&first["device"], &first["opened_at"]), (&json!("phone"), &json!("2026-11-22T10:00:00.000Z")));
    assert_eq!(first["user_id"], user.id.as_str());
    let path = format!("/admin/v1/sessions/{}", first["id"].as_str().unwrap());
    assert_eq!(desk.ask(Method::DELETE, &path, NONE).await.0, 204);
    assert_eq!(desk.refused(Method::DELETE, &path, NONE).await.0, 404);
    assert_eq!(desk.refused(Method::DELETE, &format!("/admin/v1/sessions/{}", secrets[1]), NONE).await.0, 400);
    let left = async || desk.get("/admin/v1/sessions").await["data"].as_array().unwrap().len();
    assert_eq!((left().await, desk.engine.session_user(&secrets[0]).await.unwrap()), (2, None));
    assert_eq!(desk.ask(Method::DELETE, &format!("{NADIA}/sessions"), NONE).await.0, 204);
    assert_eq!(left().await, 0);
    desk.engine.open_session(&user.id, DeviceKind::Phone).await.unwrap();
    desk.clock.advance(std::time::Duration::from_secs(30 * 86_400));
    assert_eq!(left().await, 0, "one that ran out is no session");
    assert_eq!(desk.refused(Method::GET, "/admin/v1/sessions?user_id=9009", NONE).await.0, 404);
}

#[tokio::test]
async fn a_user_is_removed_with_everything_but_history() {
    let desk = Desk::furnished().await;
    let id = nadia(&desk).await;
    desk.ask(Method::PUT, &format!("{NADIA}/behaviour"), json!({})).await;
    let call = desk.dial().await;
    assert_eq!(desk.ask(Method::DELETE, NADIA, NONE).await.0, 204);
    assert_eq!(desk.refused(Method::DELETE, NADIA, NONE).await.0, 404);
    assert!(desk.people.behaving.lock().is_empty());
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    assert_eq!((&story["call"]["user_id"], &story["call"]["user_number"]), (&id, &NONE));
    assert_eq!(story["call"]["reason"], "operator_hung_up");
    desk.make("/admin/v1/users", json!({ "number": "+5511955501234", "name": "Somebody else" })).await;
}

#[tokio::test]
async fn a_call_that_hangs_is_ended_once() {
    let desk = Desk::furnished().await;
    let path = format!("/admin/v1/calls/{}/hang_up", encoded(desk.dial().await.as_str()));
    let (status, call) = desk.ask(Method::POST, &path, NONE).await;
    assert_eq!((status.as_u16(), &call["stage"], &call["reason"]), (200, &json!("ended"), &json!("operator_hung_up")));
    assert_eq!((&call["side"], &call["outcome"]), (&NONE, &json!("missed")));
    assert_eq!(desk.refused(Method::POST, &path, NONE).await.1, "conflict");
    assert_eq!(desk.refused(Method::POST, "/admin/v1/calls/wacid.x/hang_up", NONE).await.0, 404);
    desk.dial().await;
}

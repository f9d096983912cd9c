//! What a user does at the operator's word, what a chat looks like then, and what it means for the pair.

use std::time::Duration;

use axum::http::Method;
use callport_core::call_id::Direction;
use callport_core::template::{Arguments, Category, Template, TemplateButton};
use callport_engine::MessageDraft;
use serde_json::{Value, json};

use super::desk::{Desk, NONE, encoded};

const CHAT: &str = "/admin/v1/pairs/4001/+5511955501234/messages";
const PAIR: &str = "/admin/v1/pairs/4001/+5511955501234";

fn request() -> MessageDraft {
    MessageDraft::PermissionRequest { body: Some("May we call?".into()) }
}

fn button() -> MessageDraft {
    let life = Some(Duration::from_secs(60));
    MessageDraft::CallButton { header: None, body: "Talk?".into(), footer: None, text: None, life, payload: Some("red".into()) }
}

async fn news(desk: &Desk) -> MessageDraft {
    let url = TemplateButton::Url { text: "Open".into(), url: "https://example.org".into() };
    let buttons = vec![url, TemplateButton::Reply { text: "Stop".into() }];
    let arguments = Arguments { reply_payloads: [(1, "stop-it".to_owned())].into(), ..Arguments::default() };
    let template = Template { body: "News".into(), buttons, ..Template::default() };
    desk.news(Category::Utility, template, arguments).await
}

/// A desk whose user has written, so that the business may write freely.
async fn greeted() -> Desk {
    let desk = Desk::furnished().await;
    let said = desk.make("/admin/v1/pairs/+6281255509999/+5511955501234/messages", json!({ "text": "Is it ready?" })).await;
    assert_eq!((&said["from"], &said["kind"], &said["body"]), (&json!("user"), &json!("text"), &json!("Is it ready?")));
    desk
}

/// Something that the user does now: a decision is put in place, all else is one more.
async fn act(desk: &Desk, path: &str, body: Value) -> (u16, Value) {
    let method = if path == "permission" { Method::PUT } else { Method::POST };
    let (status, value) = desk.ask(method, &format!("{PAIR}/{path}"), body).await;
    (status.as_u16(), value)
}

#[tokio::test]
async fn a_request_is_answered_and_answered_anew_and_the_pair_knows() {
    let desk = greeted().await;
    let sent = desk.send(request()).await;
    let chat = desk.get(CHAT).await;
    assert_eq!((&chat["data"][1]["kind"], &chat["data"][1]["status"]), (&json!("permission_request"), &json!("sent")));
    let (status, permission) = act(&desk, "cards", json!({ "choice": "allow_temporarily" })).await;
    assert_eq!((status, permission), (200, json!({ "status": "temporary", "until": "2026-11-29T10:00:00.000Z" })));

    let pair = desk.get(PAIR).await;
    assert_eq!(pair["permission"]["status"], "temporary");
    assert_eq!(pair["requests_in_day"], json!({ "used": 1, "allowed": 1, "frees_at": "2026-11-23T10:00:00.000Z" }));
    assert_eq!(pair["requests_in_week"], json!({ "used": 1, "allowed": 2, "frees_at": null }));
    assert_eq!(pair["connected_in_day"], json!({ "used": 0, "allowed": 100, "frees_at": null }));
    assert_eq!(pair["unanswered"], json!({ "in_a_row": 0, "asks_user_after": 2, "revokes_after": 4 }));
    assert_eq!(pair["service_window"], json!({ "open": true, "until": "2026-11-23T10:00:00.000Z" }));
    let card =
        json!({ "message_id": sent.as_str(), "open": true, "answer": "allow_temporarily", "answerable_until": "2026-11-29T10:00:00.000Z" });
    assert_eq!(pair["card"], card);

    let chat = desk.get(CHAT).await;
    assert_eq!((&chat["data"][1]["status"], &chat["data"][1]["card"]), (&json!("read"), &card), "who answers has read");
    let reply = &chat["data"][2];
    assert_eq!((&reply["kind"], &reply["context_id"]), (&json!("permission_reply"), &json!(sent.as_str())));
    assert_eq!(reply["permission"], json!({ "status": "temporary", "until": "2026-11-29T10:00:00.000Z", "source": "user_action" }));

    let (_, permission) = act(&desk, "cards", json!({ "message": sent.as_str(), "choice": "deny" })).await;
    assert_eq!(permission, json!({ "status": "no_permission", "until": null }));
    let (_, permission) = act(&desk, "permission", json!({ "choice": "allow" })).await;
    assert_eq!(permission["status"], "permanent");
    desk.clock.advance(Duration::from_secs(8 * 86_400));
    let (status, why) = act(&desk, "cards", json!({ "choice": "deny" })).await;
    assert_eq!(status, 422, "{why}");
    assert_eq!(desk.get(PAIR).await["card"]["open"], false);
    assert_eq!(desk.get(PAIR).await["service_window"]["open"], false);
}

#[tokio::test]
async fn a_tap_calls_or_answers() {
    let desk = greeted().await;
    let called = desk.send(button()).await;
    let asked = json!({ "script": { "say": { "kind": "silence" }, "patience_ms": 5 } });
    assert_eq!(act(&desk, "taps", asked).await, (202, json!({ "handle": "7", "message_id": null })));
    let (_, _, script, button) = desk.people.placed.lock()[0].clone();
    assert_eq!((button, script.patience), (Some(called.clone()), Some(Duration::from_millis(5))));
    let chat = desk.get(CHAT).await;
    let shown =
        json!([{ "kind": "call", "text": "Call Now", "payload": "red", "expires_at": "2026-11-22T10:01:00.000Z", "expired": false }]);
    assert_eq!((&chat["data"][1]["buttons"], &chat["data"][1]["status"]), (&shown, &json!("read")));

    desk.send(news(&desk).await).await;
    let (status, tapped) = act(&desk, "taps", json!({})).await;
    assert_eq!(status, 202, "the newest message with something to tap: its quick reply");
    let chat = desk.get(CHAT).await;
    let reply = chat["data"].as_array().unwrap().last().unwrap();
    assert_eq!((&reply["id"], &reply["kind"], &reply["payload"]), (&tapped["message_id"], &json!("button"), &json!("stop-it")));
    for (body, expected) in [
        (json!({ "index": 0 }), 422),
        (json!({ "index": 2 }), 422),
        (json!({ "message": "wamid.none" }), 422),
        (json!({ "message": "red" }), 400),
        (json!({ "number": "4001" }), 400),
        (json!({ "script": { "cta_payload": "blue" } }), 400),
    ] {
        let (status, why) = act(&desk, "taps", body.clone()).await;
        assert_eq!(status, expected, "{body}: {why}");
    }
}

#[tokio::test]
async fn what_a_user_cannot_do_is_told() {
    let desk = Desk::furnished().await;
    for (path, body, expected) in [
        ("messages", json!({ "text": " " }), 400),
        ("messages", json!({ "text": "a".repeat(4_097) }), 400),
        ("messages", json!({ "number": "4001", "text": "hello" }), 400),
        ("cards", json!({ "choice": "allow" }), 422),
        ("cards", json!({ "choice": "perhaps" }), 400),
        ("cards", json!({}), 400),
        ("permission", json!({}), 400),
        ("taps", json!({}), 422),
        ("taps", NONE, 422),
    ] {
        let (status, why) = act(&desk, path, body.clone()).await;
        assert_eq!(status, expected, "{path} {body}: {why}");
    }
    assert_eq!(desk.get(CHAT).await["data"], json!([]));
    assert_eq!(desk.refused(Method::GET, &format!("{CHAT}?before=x"), NONE).await.0, 400);
    for (number, user) in [("4009", "+5511955501234"), ("4001", "+5511955500000"), ("+6281255500000", "1")] {
        for (method, below) in [
            (Method::GET, ""),
            (Method::GET, "/messages"),
            (Method::POST, "/messages"),
            (Method::PUT, "/permission"),
            (Method::POST, "/cards"),
            (Method::POST, "/taps"),
            (Method::POST, "/calls"),
            (Method::PUT, "/block"),
            (Method::DELETE, "/block"),
        ] {
            let body = match below {
                "/messages" if method == Method::POST => json!({ "text": "hello" }),
                "/permission" | "/cards" => json!({ "choice": "allow" }),
                _ => NONE,
            };
            let path = format!("/admin/v1/pairs/{number}/{user}{below}");
            assert_eq!(desk.refused(method.clone(), &path, body).await.0, 404, "{method} {path}");
        }
    }
    let elsewhere = desk.make("/admin/v1/numbers", super::desk::acme_number()).await;
    assert_eq!(act(&desk, "messages", json!({ "text": "hello" })).await.0, 201);
    let sent = desk.send(button()).await;
    let path = format!("/admin/v1/pairs/{}/+5511955501234/taps", elsewhere["id"].as_str().unwrap());
    let (status, _, why) = desk.refused(Method::POST, &path, json!({ "message": sent.as_str() })).await;
    assert_eq!((status, why.as_str()), (422, "there is no such message of the business to this user"), "another number's message");
}

#[tokio::test]
async fn in_live_mode_nobody_acts_for_users_or_reads_what_they_write() {
    let desk = Desk::with(false).await;
    let user = "/admin/v1/users/+5511955501234/behaviour";
    for (method, path, body) in [
        (Method::GET, format!("{PAIR}/messages"), NONE),
        (Method::POST, format!("{PAIR}/messages"), json!({ "text": "hello" })),
        (Method::POST, format!("{PAIR}/taps"), json!({})),
        (Method::POST, format!("{PAIR}/calls"), json!({})),
        (Method::PUT, format!("{PAIR}/permission"), json!({ "choice": "allow" })),
        (Method::POST, format!("{PAIR}/cards"), json!({ "choice": "allow" })),
        (Method::PUT, format!("{PAIR}/block"), NONE),
        (Method::DELETE, format!("{PAIR}/block"), NONE),
        (Method::GET, user.to_owned(), NONE),
        (Method::PUT, user.to_owned(), json!({})),
        (Method::DELETE, user.to_owned(), NONE),
    ] {
        let (status, _, why) = desk.refused(method, &path, body).await;
        assert_eq!((status, why.as_str()), (404, "this exists in test mode only"), "{path}");
    }
    assert_eq!(desk.refused(Method::GET, "/admin/v1/scripted", NONE).await.0, 404);
}

#[tokio::test]
async fn a_call_of_a_business_is_told_with_its_direction_device_and_statuses() {
    let desk = greeted().await;
    act(&desk, "permission", json!({ "choice": "allow" })).await;
    let user = desk.nadia().await;
    let call = desk.engine.place_business_call(desk.outgoing_call().await).await.unwrap();
    desk.engine.device_rings(&user.id, &call).await;
    desk.engine.decline(&user.id, &call).await.unwrap();
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    let (record, verdict) = (&story["call"], &story["verdict"]);
    assert_eq!((&record["direction"], &record["device"]), (&json!("BUSINESS_INITIATED"), &json!(null)));
    assert_eq!((&record["reason"], &record["biz_opaque_callback_data"]), (&json!("declined"), &json!("case-7")));
    assert_eq!((&verdict["outcome"], &verdict["says"]), (&json!("declined"), &json!("Declined: the user declined the call.")));
    let statuses: Vec<_> = story["statuses"].as_array().unwrap().iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["RINGING", "REJECTED"]);
    assert_eq!(desk.get(PAIR).await["unanswered"]["in_a_row"], 1);
    assert_eq!(desk.engine.store().call(&call).await.unwrap().unwrap().direction, Direction::BusinessInitiated);
}

#[tokio::test]
async fn a_business_is_blocked_and_unblocked_and_the_pair_knows() {
    let desk = greeted().await;
    act(&desk, "permission", json!({ "choice": "allow" })).await;
    let block = format!("{PAIR}/block");
    for _ in 0..2 {
        let (status, pair) = desk.ask(Method::PUT, &block, json!({})).await;
        assert_eq!(status, 200, "{pair}");
        assert_eq!((&pair["blocked_since"], &pair["permission"]["status"]), (&json!("2026-11-22T10:00:00.000Z"), &json!("no_permission")));
    }
    let (status, why) = act(&desk, "messages", json!({ "text": "Hello?" })).await;
    assert_eq!((status, &why["error"]["message"]), (422, &json!("the user blocks this business")));
    let (status, why) = act(&desk, "permission", json!({ "choice": "allow" })).await;
    assert_eq!((status, &why["error"]["message"]), (422, &json!("the user blocks this business")));
    let (status, pair) = desk.ask(Method::DELETE, &block, NONE).await;
    assert_eq!((status.as_u16(), &pair["blocked_since"], &pair["permission"]["status"]), (200, &Value::Null, &json!("no_permission")));
    for path in ["/admin/v1/pairs/4009/+5511955501234/block", "/admin/v1/pairs/4001/+5511955500000/block"] {
        assert_eq!(desk.ask(Method::PUT, path, json!({})).await.0, 404, "{path}");
    }
}

//! The call log and the story of one call.

use std::time::Duration;

use axum::http::Method;
use callport_core::call::Answer;
use callport_engine::{CallCommand, UserEvent};
use callport_testkit::{Mishap, acme};
use serde_json::{Value, json};

use super::desk::{Desk, NONE, encoded, ids};

/// A call that ends in `how`, and its id.
async fn ended(desk: &Desk, how: CallCommand) -> String {
    let call = desk.dial().await;
    desk.settled().await;
    desk.engine.command(&acme(), &call, how).await.unwrap();
    until_over(desk, call.as_str()).await;
    call.as_str().to_owned()
}

/// The record of a call that ended is complete once its last media report is in it.
async fn until_over(desk: &Desk, call: &str) {
    loop {
        let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call))).await;
        if story["call"]["stage"] == "ended" && story["media"] != Value::Null && desk.engine.live_call_count() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_that_connects_to_silence_names_the_failing_step_in_words() {
    let desk = Desk::furnished().await;
    let user = desk.get("/admin/v1/users").await["data"][0]["id"].as_str().unwrap().to_owned();
    let mut phone = desk.engine.listen(&callport_core::ids::UserId::parse(&user).unwrap());
    let call = desk.dial().await;
    desk.settled().await;
    desk.clock.advance(Duration::from_millis(250));
    let accept = CallCommand::Accept { answer: Some(Answer::new("v=0")), opaque: Some("agent-12".into()) };
    desk.engine.command(&acme(), &call, accept).await.unwrap();
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    assert_eq!((&story["call"]["stage"], &story["call"]["outcome"]), (&json!("active"), &json!("in_progress")));
    assert_eq!(story["call"]["accepted_at"], "2026-11-22T10:00:00.250Z");
    assert!(story["verdict"]["says"].as_str().unwrap().contains("is UDP blocked?"), "{story}");
    desk.clock.advance(Duration::from_secs(20));
    while !matches!(phone.recv().await.unwrap(), UserEvent::Ended { .. }) {}
    desk.settled().await;
    until_over(&desk, call.as_str()).await;
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    let (record, verdict) = (&story["call"], &story["verdict"]);
    assert_eq!(
        (&record["outcome"], &record["reason"], &record["side"]),
        (&json!("failed"), &json!("user_never_connected"), &json!("user"))
    );
    assert_eq!((&record["duration_seconds"], &record["biz_opaque_callback_data"]), (&json!(20), &json!("agent-12")));
    assert_eq!((&record["business_number"], &record["user_number"]), (&json!("+6281255509999"), &json!("+5511955501234")));
    assert_eq!((&verdict["outcome"], &verdict["code"]), (&json!("failed"), &json!(138_020)));
    let failing = &verdict["first_failing"];
    assert_eq!((&failing[0]["leg"], &failing[0]["step"], &failing[0]["outcome"]), (&json!("business"), &json!("stun"), &json!("failed")));
    assert_eq!(failing.as_array().unwrap().len(), 1, "the user's leg is well");
    assert_eq!(story["media"]["business"]["checks"][1]["step"], "stun");
    assert_eq!(story["media"]["user"]["figures"]["packets_in"], 0);
}

#[tokio::test]
async fn the_timeline_joins_the_call_and_its_webhooks_in_order() {
    let desk = Desk::furnished().await;
    let call = ended(&desk, CallCommand::Reject).await;
    desk.settled().await;
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(&call))).await;
    let timeline = story["timeline"].as_array().unwrap();
    let texts: Vec<_> = timeline.iter().map(|line| line["text"].as_str().unwrap()).collect();
    let place = |text: &str| texts.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text} in {texts:#?}"));
    assert_eq!(place("the user placed the call"), 0);
    assert!(place("webhook connect for app 1001 queued") < place("webhook connect: delivered, HTTP 200 after 3 ms"));
    assert!(place("webhook connect for app 1001 queued") < place("webhook terminate for app 1001 queued"));
    assert_eq!(
        (&timeline[0]["at"], &timeline[0]["after_ms"], &timeline[0]["kind"]),
        (&json!("2026-11-22T10:00:00.000Z"), &json!(0), &json!("user"))
    );
    let moments: Vec<_> = timeline.iter().map(|line| line["after_ms"].as_i64().unwrap()).collect();
    assert!(moments.is_sorted());
    let webhooks = story["webhooks"].as_array().unwrap();
    assert_eq!(webhooks.iter().map(|webhook| webhook["event"].as_str().unwrap()).collect::<Vec<_>>(), ["connect", "terminate"]);
    assert_eq!((&webhooks[0]["state"], &webhooks[0]["attempts"][0]["status"]), (&json!("delivered"), &json!(200)));
    assert_eq!(webhooks[0]["call_id"], call);
    assert!(webhooks[0].get("body").is_none(), "bodies hold SDP: they are asked for one by one");
}

#[tokio::test]
async fn a_call_nobody_heard_of_says_so() {
    let desk = Desk::furnished().await;
    desk.carrier.mishap("connect", Mishap::Fails);
    desk.carrier.mishap("terminate", Mishap::Fails);
    let call = desk.dial().await;
    desk.settled().await;
    let user = desk.get("/admin/v1/users").await["data"][0]["id"].as_str().unwrap().to_owned();
    desk.engine.hang_up(&callport_core::ids::UserId::parse(&user).unwrap(), &call).await.unwrap();
    desk.settled().await;
    until_over(&desk, call.as_str()).await;
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    assert_eq!(story["verdict"]["outcome"], "missed");
    assert!(story["verdict"]["says"].as_str().unwrap().contains("the receiver answered 500"), "{}", story["verdict"]);
    assert_eq!(
        (&story["webhooks"][0]["state"], &story["webhooks"][0]["state_at"]),
        (&json!("pending"), &json!("2026-11-22T10:00:05.000Z"))
    );
}

#[tokio::test]
async fn the_log_is_newest_first_in_pages_and_by_outcome() {
    let desk = Desk::furnished().await;
    let mut made = Vec::new();
    for how in [CallCommand::Reject, CallCommand::Terminate, CallCommand::Reject] {
        made.push(ended(&desk, how).await);
        desk.clock.advance(Duration::from_secs(1));
    }
    made.reverse();
    assert_eq!(ids(&desk.get("/admin/v1/calls").await), made);
    assert_eq!(desk.get("/admin/v1/calls").await["next"], json!(null));
    let first = desk.get("/admin/v1/calls?limit=2").await;
    assert_eq!(ids(&first), made[..2]);
    let second = desk.get(&format!("/admin/v1/calls?limit=2&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&second), &second["next"]), (vec![made[2].as_str()], &json!(null)));
    assert_eq!(ids(&desk.get("/admin/v1/calls?outcome=missed&phone_number_id=4001").await), made[1..2]);
    assert_eq!(ids(&desk.get("/admin/v1/calls?outcome=declined").await).len(), 2);
    assert_eq!(ids(&desk.get("/admin/v1/calls?phone_number_id=4009").await).len(), 0);
    for query in ["limit=0", "limit=501", "limit=x", "outcome=lost", "cursor=x", "user_id=x", "before=1"] {
        assert_eq!(desk.refused(Method::GET, &format!("/admin/v1/calls?{query}"), NONE).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_call_that_was_answered_to_silence_and_hung_up_still_names_the_step() {
    let desk = Desk::furnished().await;
    let call = desk.dial().await;
    desk.settled().await;
    let accept = CallCommand::Accept { answer: Some(Answer::new("v=0")), opaque: None };
    desk.engine.command(&acme(), &call, accept).await.unwrap();
    desk.engine.command(&acme(), &call, CallCommand::Terminate).await.unwrap();
    until_over(&desk, call.as_str()).await;
    let story = desk.get(&format!("/admin/v1/calls/{}", encoded(call.as_str()))).await;
    assert_eq!((&story["verdict"]["outcome"], &story["verdict"]["code"]), (&json!("answered"), &json!(null)));
    assert!(story["verdict"]["says"].as_str().unwrap().contains("is UDP blocked?"), "{}", story["verdict"]);
}

use super::*;
use crate::testing::{FOREIGN, MANAGE, MESSAGE, World};
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/v25.0/4001/calls";
const SUCCESS: &str = r#"{"messaging_product":"whatsapp","success":true}"#;

fn body(action: &str, call: &CallId) -> Value {
    json!({ "messaging_product": "whatsapp", "call_id": call.as_str(), "action": action })
}

fn with_answer(action: &str, call: &CallId, sdp: &str) -> Value {
    let mut body = body(action, call);
    body["session"] = json!({ "sdp_type": "answer", "sdp": sdp });
    body
}

#[tokio::test]
async fn a_call_is_pre_accepted_accepted_and_ended() {
    let world = World::new().await;
    let call = world.ring().await;
    for body in [with_answer("pre_accept", &call, "v=0\r\n"), with_answer("accept", &call, "v=0\n"), body("terminate", &call)] {
        let seen = world.post(PATH, MESSAGE, &body).await;
        assert_eq!((seen.status, seen.text.as_str()), (200, SUCCESS), "{body}");
    }
    let record = world.engine.store().call(&call).await.unwrap().unwrap();
    assert!(!record.live());
}

#[tokio::test]
async fn accept_needs_no_pre_accept_and_takes_what_clients_send_along() {
    let world = World::new().await;
    let call = world.ring().await;
    let mut accept = with_answer("accept", &call, "v=0\r\n");
    accept["to"] = json!("5511955501234");
    accept["biz_opaque_callback_data"] = json!("agent-12");
    assert_eq!(world.post("/4001/calls", MESSAGE, &accept).await.text, SUCCESS);
    let record = world.engine.store().call(&call).await.unwrap().unwrap();
    assert_eq!(record.opaque.as_deref(), Some("agent-12"));
}

#[tokio::test]
async fn accept_without_a_session_uses_the_answer_of_pre_accept() {
    let world = World::new().await;
    let call = world.ring().await;
    let missing = world.post(PATH, MESSAGE, &body("accept", &call)).await;
    assert_eq!(
        (missing.code(400), missing.details().as_str()),
        (100, "Accept needs a session with an SDP answer, because this call was not pre-accepted.")
    );
    world.post(PATH, MESSAGE, &with_answer("pre_accept", &call, "v=0\r\n")).await.ok();
    world.post(PATH, MESSAGE, &body("accept", &call)).await.ok();
}

#[tokio::test]
async fn a_form_serves_as_well_as_json() {
    let world = World::new().await;
    let call = world.ring().await;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("access_token", MESSAGE)
        .append_pair("messaging_product", "whatsapp")
        .append_pair("call_id", call.as_str())
        .append_pair("action", "pre_accept")
        .append_pair("session", r#"{"sdp_type":"answer","sdp":"v=0\r\n"}"#)
        .finish();
    assert_eq!(world.form(PATH, &form).await.text, SUCCESS);
}

#[tokio::test]
async fn reject_declines() {
    let world = World::new().await;
    let call = world.ring().await;
    assert_eq!(world.post(PATH, MESSAGE, &body("reject", &call)).await.text, SUCCESS);
}

/// The steps that lead there, the command that is refused, and the words.
#[tokio::test]
async fn commands_that_come_twice_or_late_are_refused_in_words() {
    let answer = |action: &'static str| move |call: &CallId| with_answer(action, call, "v=0\r\n");
    let other = |call: &CallId| with_answer("accept", call, "v=0\r\ns=other\r\n");
    let (pre_accept, accept) = (answer("pre_accept"), answer("accept"));
    let (reject, terminate) = (|call: &CallId| body("reject", call), |call: &CallId| body("terminate", call));
    type Step<'a> = &'a dyn Fn(&CallId) -> Value;
    let table: [(&[Step], Step, &str); 9] = [
        (&[&pre_accept], &pre_accept, "This call is already pre-accepted; accept it with the same SDP answer."),
        (&[&pre_accept], &other, "The SDP answer of accept differs from the SDP answer of pre_accept; send the same answer in both."),
        (&[&accept], &accept, "Accept, pre_accept or reject of a call that is already in progress."),
        (&[&accept], &pre_accept, "Accept, pre_accept or reject of a call that is already in progress."),
        (&[&accept], &reject, "Accept, pre_accept or reject of a call that is already in progress."),
        (&[&reject], &accept, "This call is already completed: the business declined the call."),
        (&[&reject], &terminate, "This call is already completed: the business declined the call."),
        (&[&terminate], &reject, "This call is already completed: the business ended the call."),
        (&[&accept, &terminate], &terminate, "This call is already completed: the business ended the call."),
    ];
    for (steps, refused, details) in table {
        let world = World::new().await;
        let call = world.ring().await;
        for step in steps {
            world.post(PATH, MESSAGE, &step(&call)).await.ok();
        }
        let seen = world.post(PATH, MESSAGE, &refused(&call)).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, details));
    }
}

#[tokio::test]
async fn accept_after_the_window_is_138007() {
    for action in ["accept", "pre_accept"] {
        let world = World::new().await;
        let call = world.ring().await;
        world.clock.advance(Duration::from_secs(61));
        let seen = world.post(PATH, MESSAGE, &with_answer(action, &call, "v=0\r\n")).await;
        assert_eq!((seen.code(500), seen.details().as_str()), (138007, "This call was not accepted in time."));
    }
}

#[tokio::test]
async fn calls_of_others_do_not_exist() {
    let world = World::new().await;
    let call = world.ring().await;
    for (path, token, id) in
        [("/v25.0/4002/calls", FOREIGN, call.as_str()), (PATH, MESSAGE, "wacid.HBgLMTU1NTcwMTAwNDI="), (PATH, MESSAGE, "no call id at all")]
    {
        let body = json!({ "messaging_product": "whatsapp", "call_id": id, "action": "terminate" });
        let seen = world.post(path, token, &body).await;
        assert_eq!((seen.code(400), seen.details().as_str()), (100, "Invalid call id: there is no such call on this phone number."));
    }
    assert!(world.engine.store().call(&call).await.unwrap().unwrap().live(), "and nobody was harmed");
}

#[tokio::test]
async fn a_bad_answer_is_refused_with_its_reason_and_can_be_mended() {
    let world = World::new().await;
    let call = world.ring().await;
    let seen = world.post(PATH, MESSAGE, &with_answer("accept", &call, "v=0\r\nm=video 9 RTP/AVP 96\r\n")).await;
    assert_eq!((seen.code(400), seen.details().as_str()), (100, "Video is not supported."));
    assert_eq!(seen.json()["error"]["error_subcode"], 2494010);
    world.post(PATH, MESSAGE, &with_answer("accept", &call, "v=0\r\n")).await.ok();
}

#[tokio::test]
async fn with_calling_off_calls_can_only_be_ended() {
    let world = World::new().await;
    let call = world.ring().await;
    world.post("/4001/settings", MANAGE, &json!({ "calling": { "status": "DISABLED" } })).await.ok();
    assert_eq!(world.post(PATH, MESSAGE, &with_answer("pre_accept", &call, "v=0\r\n")).await.code(401), 138000);
    assert_eq!(world.post(PATH, MESSAGE, &with_answer("accept", &call, "v=0\r\n")).await.code(401), 138000);
    world.post(PATH, MESSAGE, &body("terminate", &call)).await.ok();
}

#[tokio::test]
async fn recording_is_not_served_and_says_so() {
    let world = World::new().await;
    let call = world.ring().await;
    let mut accept = with_answer("accept", &call, "v=0\r\n");
    accept["recording"] = json!({ "status": "ENABLED", "purpose": "Training", "announcement_language": "en" });
    assert_eq!(world.post(PATH, MESSAGE, &accept).await.code(400), 100);
    accept["recording"] = json!({ "status": "DISABLED" });
    world.post(PATH, MESSAGE, &accept).await.ok();
}

#[tokio::test]
async fn the_shape_is_judged_before_the_settings_and_the_token_before_both() {
    let world = World::new().await;
    let wrong = json!({ "messaging_product": "whatsapp", "action": "hold", "call_id": "wacid.X" });
    assert_eq!(world.post(PATH, MESSAGE, &wrong).await.code(400), 100);
    assert_eq!(world.post(PATH, "nobody", &wrong).await.code(401), 190);
    assert_eq!(world.post(PATH, FOREIGN, &wrong).await.code(403), 200);
    assert_eq!(world.post("/v25.0/4099/calls", MESSAGE, &wrong).await.json()["error"]["error_subcode"], 33);
}

//! Messages from request to phone and webhook.

use super::*;
use crate::testing::{FOREIGN, MANAGE, MESSAGE, NOW, World, acme, nadia, nadias_id};
use callport_core::message::Button;
use callport_core::number::PhoneNumber;
use callport_core::pair::{Decision, Pair};
use callport_engine::Receipt;
use callport_engine::records::{MessageBody, User};
use serde_json::{Value, json};
use std::time::Duration;

mod refusals;

const PATH: &str = "/v25.0/4001/messages";
const NADIA: &str = "5511955501234";

/// Calling is on, and Nadia wrote.
async fn spoken() -> World {
    let world = World::new().await;
    world.enable_calling().await;
    world.engine.say(&nadia(), &acme(), "Can you call me?", None).await.unwrap();
    world
}

fn to(kind: &str, content: Value) -> Value {
    json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": NADIA, "type": kind, kind: content })
}

fn text() -> Value {
    to("text", json!({ "body": "Hello", "preview_url": false }))
}

fn call_button() -> Value {
    to(
        "interactive",
        json!({ "type": "voice_call", "body": { "text": "Prefer to talk?" }, "action": { "name": "voice_call",
            "parameters": { "display_text": "Call Acme", "ttl_minutes": 240, "payload": "src=chat;ticket=7781" } } }),
    )
}

fn permission_request() -> Value {
    to(
        "interactive",
        json!({ "type": "call_permission_request", "action": { "name": "call_permission_request" },
            "body": { "text": "May we phone you?" } }),
    )
}

fn template(name: &str, components: Value) -> Value {
    to("template", json!({ "name": name, "language": { "code": "en" }, "components": components }))
}

/// Templates of each kind: with a call button and more, asking for permission, and with names for placeholders.
async fn make_templates(world: &World) {
    let body = |text: &str| json!({ "type": "BODY", "text": text });
    for (name, format, components) in [
        (
            "call_me_maybe",
            "positional",
            json!([{ "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" }, body("Your order {{1}} is {{2}}. Questions?"),
                { "type": "FOOTER", "text": "Acme" },
                { "type": "BUTTONS", "buttons": [{ "type": "VOICE_CALL", "text": "Call now", "ttl_minutes": 4320 },
                    { "type": "URL", "text": "Track", "url": "https://acme.example/{{1}}" }, { "type": "QUICK_REPLY", "text": "Later" }] }]),
        ),
        ("repair_call_consent", "positional", json!([body("Hello {{1}}, may we phone you?"), { "type": "call_permission_request" }])),
        ("named", "named", json!([body("Hello {{first_name}}")])),
    ] {
        let new = json!({ "name": name, "language": "en", "category": "UTILITY", "parameter_format": format, "components": components });
        world.post("/2001/message_templates", MANAGE, &new).await.ok();
    }
}

#[tokio::test]
async fn both_spellings_of_a_number_reach_the_one_user() {
    for (registered, written) in [
        ("+556155501234", "5561955501234"),
        ("+556155501234", "+55 61 95550-1234"),
        ("+5511955504321", "551155504321"),
        ("+5215550123456", "525550123456"),
        ("+525550123456", "+52 1 555 012 3456"),
        ("+5491155501234", "541155501234"),
        ("+541155501234", "+54 9 11 5550-1234"),
    ] {
        let world = World::new().await;
        world.enable_calling().await;
        let user = world.engine.sign_up(PhoneNumber::parse(registered).unwrap(), "Rui".into()).await.unwrap();
        world.engine.say(&user, &acme(), "Can you call me?", None).await.unwrap();
        world.engine.set_permission(&user, &acme(), Decision::Allow).await.unwrap();
        let message = json!({ "messaging_product": "whatsapp", "to": written, "type": "text", "text": { "body": "Olá" } });
        let contact = world.post(PATH, MESSAGE, &message).await.ok()["contacts"][0].clone();
        assert_eq!((&contact["input"], &contact["wa_id"]), (&json!(written), &json!(registered[1..])));
        let query = url::form_urlencoded::byte_serialize(written.as_bytes()).collect::<String>();
        let state = world.get(&format!("/4001/call_permissions?user_wa_id={query}"), MESSAGE).await.ok();
        assert_eq!(state["permission"]["status"], "permanent", "{written}");
        let call = json!({ "messaging_product": "whatsapp", "to": written, "action": "connect",
            "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } });
        world.post("/4001/calls", MESSAGE, &call).await.ok();
        let called = world.engine.store().live_calls().await.unwrap().pop().unwrap();
        assert_eq!(called.user, user.id, "{written}");
        let again = world.engine.sign_up(PhoneNumber::parse(written).unwrap(), "Rui".into()).await.unwrap();
        assert_eq!(again.id, user.id, "{written} signs up as nobody else");
    }
}

/// Header and body, by place and by name, and in a request for permission, of which none is counted.
#[tokio::test]
async fn parameters_that_would_break_the_layout_are_refused() {
    let world = spoken().await;
    make_templates(&world).await;
    let part = |kind: &str, texts: &[&str]| {
        let parameters: Vec<_> = texts.iter().map(|text| json!({ "type": "text", "text": text })).collect();
        json!({ "type": kind, "parameters": parameters })
    };
    for text in ["a\nb", "a\rb", "a\r\nb", "a\tb", "a     b", "     a", "a      ", "\n"] {
        let named = json!([{ "type": "body", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": text }] }]);
        for message in [
            template("call_me_maybe", json!([part("header", &[text]), part("body", &["A-100", "ready"]), track()])),
            template("call_me_maybe", json!([part("header", &["A-100"]), part("body", &["A-100", text]), track()])),
            template("repair_call_consent", json!([part("body", &[text])])),
            template("named", named),
        ] {
            let seen = world.post(PATH, MESSAGE, &message).await;
            assert_eq!(seen.code(400), 132018, "{text:?}");
            assert!(seen.details().contains("new-line or tab characters") && seen.details().contains("more than four blanks in a row"));
        }
    }
    for text in ["a    b", "a b    c", "á"] {
        world.post(PATH, MESSAGE, &template("repair_call_consent", json!([part("body", &[text])]))).await.ok();
        world.clock.advance(Duration::from_secs(8 * 24 * 3600));
    }
}

/// What the address of the button of `call_me_maybe` needs.
fn track() -> Value {
    json!({ "type": "button", "sub_type": "url", "index": 1, "parameters": [{ "type": "text", "text": "A-100" }] })
}

/// The message that a reply names, as the chat has it.
async fn kept(world: &World, reply: &Value) -> callport_engine::records::Message {
    let id = MessageId::parse(reply["messages"][0]["id"].as_str().unwrap()).unwrap();
    world.engine.store().message(&id).await.unwrap().unwrap()
}

async fn content(world: &World, reply: &Value) -> callport_core::message::Content {
    match kept(world, reply).await.body {
        MessageBody::Business(sent) => sent.content,
        other => panic!("{other:?}"),
    }
}

fn status(told: &Value) -> &Value {
    &told["entry"][0]["changes"][0]["value"]["statuses"][0]
}

#[tokio::test]
async fn a_text_is_taken_and_told_as_sent() {
    let world = spoken().await;
    let mut body = text();
    (body["to"], body["biz_opaque_callback_data"]) = (json!("+55 (11) 95550-1234"), json!("order=7781"));
    body["context"] = json!({ "message_id": "wamid.HBgN" });
    let seen = world.post(PATH, MESSAGE, &body).await;
    let reply = seen.ok();
    let id = reply["messages"][0]["id"].as_str().unwrap();
    let bsuid = nadias_id();
    assert_eq!(
        seen.text,
        format!(
            r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"+55 (11) 95550-1234","wa_id":"{NADIA}","user_id":"{bsuid}"}}],"messages":[{{"id":"{id}"}}]}}"#
        )
    );
    let message = kept(&world, &reply).await;
    assert_eq!((message.context.as_deref(), message.user), (Some("wamid.HBgN"), nadia().id));
    assert_eq!(
        status(&world.told("sent").await),
        &json!({ "id": id, "status": "sent", "timestamp": "1795341600", "recipient_id": NADIA, "recipient_user_id": bsuid,
            "biz_opaque_callback_data": "order=7781",
            "pricing": { "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" } })
    );
}

#[tokio::test]
async fn users_are_named_by_number_or_id() {
    let world = spoken().await;
    for (to, recipient, input) in [
        (json!("5511955501234"), Value::Null, NADIA.to_owned()),
        (json!(5_511_955_501_234_u64), json!("BR.1"), NADIA.to_owned()),
        (Value::Null, json!(nadias_id()), nadias_id()),
        (json!(" "), json!(nadias_id()), nadias_id()),
    ] {
        let mut body = text();
        (body["to"], body["recipient"]) = (to, recipient);
        let contact = json!({ "input": input, "wa_id": NADIA, "user_id": nadias_id() });
        assert_eq!(world.post(PATH, MESSAGE, &body).await.ok()["contacts"], json!([contact]));
    }
}

#[tokio::test]
async fn a_call_button_shows_what_was_asked_and_has_defaults() {
    let world = spoken().await;
    let reply = world.post(PATH, MESSAGE, &call_button()).await.ok();
    assert_eq!(reply["messages"][0].get("message_status"), None, "only templates have one");
    let shown = content(&world, &reply).await;
    assert_eq!(shown.body.as_deref(), Some("Prefer to talk?"));
    assert_eq!(shown.call_button(), Some(("Call Acme", NOW + Duration::from_secs(240 * 60), Some("src=chat;ticket=7781"))));
    let mut plain = call_button();
    plain["interactive"]["action"] = json!({ "name": "voice_call" });
    let reply = world.post(PATH, MESSAGE, &plain).await.ok();
    assert_eq!(content(&world, &reply).await.call_button(), Some(("Call Now", NOW + Duration::from_secs(10_080 * 60), None)));
}

#[tokio::test]
async fn a_template_is_filled_and_needs_no_window() {
    let world = World::new().await;
    world.enable_calling().await;
    make_templates(&world).await;
    let components = json!([
        { "type": "header", "parameters": [{ "type": "text", "text": "A-100" }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "A-100" }, { "type": "text", "text": "ready" }] },
        { "type": "button", "sub_type": "voice_call", "index": 0,
          "parameters": [{ "type": "ttl_minutes", "ttl_minutes": 100 }, { "type": "payload", "payload": "src=tpl" }] },
        { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "A-100" }] },
        { "type": "button", "sub_type": "quick_reply", "index": 2, "parameters": [{ "type": "payload", "payload": "later=1" }] } ]);
    let reply = world.post(PATH, MESSAGE, &template("call_me_maybe", components)).await.ok();
    assert_eq!(reply["messages"][0]["message_status"], "accepted");
    let shown = content(&world, &reply).await;
    assert_eq!(
        (shown.header.as_deref(), shown.body.as_deref(), shown.footer.as_deref()),
        (Some("Order A-100"), Some("Your order A-100 is ready. Questions?"), Some("Acme"))
    );
    let expires_at = NOW + Duration::from_secs(100 * 60);
    assert_eq!(
        shown.buttons,
        [
            Button::Call { text: "Call now".into(), expires_at, payload: Some("src=tpl".into()) },
            Button::Url { text: "Track".into(), url: "https://acme.example/A-100".into() },
            Button::Reply { text: "Later".into(), payload: "later=1".into() },
        ]
    );
    assert_eq!(
        status(&world.told("sent").await)["pricing"],
        json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility" })
    );
    let named = json!([{ "type": "body", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": "Nadia" }] }]);
    let reply = world.post(PATH, MESSAGE, &template("named", named)).await.ok();
    assert_eq!(content(&world, &reply).await.body.as_deref(), Some("Hello Nadia"));
}

/// Asked by a message, answered on the card, told by webhook, and seen by whoever looks.
#[tokio::test]
async fn a_permission_is_requested_granted_and_used() {
    let world = spoken().await;
    let reply = world.post(PATH, MESSAGE, &permission_request()).await.ok();
    let request = kept(&world, &reply).await;
    world.engine.received(&nadia(), &request.id, Receipt::Delivered).await.unwrap();
    let again = world.post(PATH, MESSAGE, &permission_request()).await;
    assert_eq!(again.code(400), 138009);
    assert!(again.details().contains("1795428000"), "a day later: {}", again.details());

    world.engine.answer_request(&nadia(), &request.id, Decision::AllowTemporarily).await.unwrap();
    let told = world.told("call_permission_reply").await;
    let message = &told["entry"][0]["changes"][0]["value"]["messages"][0];
    assert_eq!(message["context"], json!({ "from": "6281255509999", "id": request.id.as_str() }));
    assert_eq!(
        message["interactive"]["call_permission_reply"],
        json!({ "response": "accept", "is_permanent": false, "expiration_timestamp": "1795946400", "response_source": "user_action" })
    );
    let state = world.get(&format!("/4001/call_permissions?user_wa_id={NADIA}"), MESSAGE).await.ok();
    assert_eq!((&state["permission"]["status"], &state["actions"][0]["can_perform_action"]), (&json!("temporary"), &json!(false)));
    let connect = json!({ "messaging_product": "whatsapp", "to": NADIA, "action": "connect",
        "session": { "sdp_type": "offer", "sdp": "v=0\r\n" } });
    world.post("/4001/calls", MESSAGE, &connect).await.ok();
}

#[tokio::test]
async fn a_template_may_ask_where_a_free_request_may_not() {
    let world = World::new().await;
    world.enable_calling().await;
    make_templates(&world).await;
    assert_eq!(world.post(PATH, MESSAGE, &permission_request()).await.code(400), 131047);
    let components = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Nadia" }] }]);
    let reply = world.post(PATH, MESSAGE, &template("repair_call_consent", components.clone())).await.ok();
    assert!(content(&world, &reply).await.asks_permission);
    let again = world.post(PATH, MESSAGE, &template("repair_call_consent", components)).await;
    assert_eq!(again.code(400), 138009, "both kinds are counted together");
}

#[tokio::test]
async fn the_window_closes_exactly_a_day_after_the_last_word() {
    let world = spoken().await;
    world.clock.advance(Duration::from_secs(86_399));
    world.post(PATH, MESSAGE, &text()).await.ok();
    world.clock.advance(Duration::from_secs(1));
    let seen = world.post(PATH, MESSAGE, &text()).await;
    assert_eq!(seen.code(400), 131047);
    assert_eq!(seen.json()["error"]["message"], "(#131047) Re-engagement message");
}

#[tokio::test]
async fn nobodys_number_is_taken_and_nobodys_id_is_not() {
    let world = spoken().await;
    make_templates(&world).await;
    let named = json!([{ "type": "body", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": "Nadia" }] }]);
    let mut body = template("named", named);
    body["to"] = json!("+6281200000001");
    let reply = world.post(PATH, MESSAGE, &body).await.ok();
    assert_eq!(reply["contacts"], json!([{ "input": "+6281200000001", "wa_id": "6281200000001" }]));
    let told = world.told("failed").await;
    assert_eq!((&status(&told)["recipient_id"], &status(&told)["errors"][0]["code"]), (&json!("6281200000001"), &json!(131026)));
    (body["to"], body["recipient"]) = (Value::Null, json!("BR.10000000000000000001"));
    let seen = world.post(PATH, MESSAGE, &body).await;
    let details = "There is no user with this business-scoped user id.";
    assert_eq!((seen.code(400), seen.details().as_str()), (131026, details));
}

#[tokio::test]
async fn an_old_app_gets_texts_and_nothing_about_calling() {
    let world = spoken().await;
    world.engine.put_user(User { outdated_app: true, ..nadia() }).await.unwrap();
    for body in [call_button(), permission_request()] {
        let reply = world.post(PATH, MESSAGE, &body).await.ok();
        let told = world.told("failed").await;
        assert_eq!((&status(&told)["id"], &status(&told)["errors"][0]["code"]), (&reply["messages"][0]["id"], &json!(131026)));
        assert_eq!(status(&told).get("pricing"), None);
    }
    let reply = world.post(PATH, MESSAGE, &text()).await.ok();
    assert_eq!(status(&world.told("sent").await)["id"], reply["messages"][0]["id"]);
}

#[tokio::test]
async fn what_a_user_wrote_is_marked_as_read() {
    let world = World::new().await;
    let said = world.engine.say(&nadia(), &acme(), "Hi", None).await.unwrap();
    let read = |id: &str| json!({ "messaging_product": "whatsapp", "status": "read", "message_id": id });
    for _ in 0..2 {
        assert_eq!(world.post(PATH, MESSAGE, &read(said.id.as_str())).await.text, r#"{"success":true}"#);
    }
    let sent = world.post(PATH, MESSAGE, &text()).await.ok();
    let own = sent["messages"][0]["id"].as_str().unwrap();
    for (path, token, id) in
        [(PATH, MESSAGE, own), (PATH, MESSAGE, "wamid.HBgN"), (PATH, MESSAGE, "wacid.X"), ("/4002/messages", FOREIGN, said.id.as_str())]
    {
        let seen = world.post(path, token, &read(id)).await;
        let details = "There is no message of a user with this id on this phone number.";
        assert_eq!((seen.code(400), seen.details().as_str()), (100, details), "{id}");
    }
}

#[tokio::test]
async fn a_form_serves_as_well_as_json() {
    let world = spoken().await;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("access_token", MESSAGE)
        .append_pair("messaging_product", "whatsapp")
        .append_pair("to", NADIA)
        .append_pair("text", r#"{"body":"Hello"}"#)
        .finish();
    let reply = world.form(PATH, &form).await.ok();
    assert_eq!(content(&world, &reply).await.body.as_deref(), Some("Hello"));
}

#[tokio::test]
async fn needs_messaging_on_that_number() {
    let world = spoken().await;
    assert_eq!(world.post(PATH, FOREIGN, &text()).await.code(403), 200);
    assert_eq!(world.post(PATH, crate::testing::APP, &text()).await.code(403), 200);
    assert_eq!(world.post("/4099/messages", MESSAGE, &text()).await.json()["error"]["error_subcode"], 33);
}

//! Every endpoint that takes a body takes it as JSON, as a form and as multipart, with brackets as several languages write them.

use super::*;
use serde_json::json;
use url::form_urlencoded;

/// A good request to each of them.
fn requests() -> Vec<(&'static str, Value)> {
    let session = json!({ "sdp_type": "offer", "sdp": "v=0\r\ns=ä & b\r\n" });
    let parameter = |text: &str| json!({ "type": "text", "text": text });
    vec![
        ("/4001/calls", json!({ "messaging_product": "whatsapp", "to": "5511955501234", "action": "connect", "session": session })),
        (
            "/4001/messages",
            json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "text",
            "text": { "body": "[Olá] {\"a\":1} 100%", "preview_url": false } }),
        ),
        (
            "/4001/messages",
            json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "interactive", "interactive": {
            "type": "voice_call", "body": { "text": "Prefer to talk?" }, "action": { "name": "voice_call",
            "parameters": { "display_text": "Call Acme", "ttl_minutes": 240, "payload": "[1]" } } } }),
        ),
        (
            "/4001/messages",
            json!({ "messaging_product": "whatsapp", "to": "5511955501234", "type": "template", "template": {
            "name": "visit", "language": { "code": "en_US" }, "components": [
                { "type": "header", "parameters": [parameter("Acme")] },
                { "type": "body", "parameters": [parameter("Nadia"), parameter("at ten")] }] } }),
        ),
        (
            "/2001/message_templates",
            json!({ "name": "other", "language": "en_US", "category": "UTILITY", "components": [
            { "type": "BODY", "text": "Hello {{1}}." }, { "type": "BUTTONS", "buttons": [
                { "type": "VOICE_CALL", "text": "Call", "ttl_minutes": 1440 }, { "type": "QUICK_REPLY", "text": "Later" }] }] }),
        ),
        (
            "/4001/settings",
            json!({ "calling": { "status": "ENABLED", "call_icons": { "restrict_to_user_countries": ["ID", "BR"] },
            "audio": { "additional_codecs": ["PCMA"] } } }),
        ),
        ("/4001", json!({ "webhook_configuration": { "override_callback_uri": "https://good.example/n", "verify_token": "a b" } })),
        (
            "/2001/subscribed_apps",
            json!({ "override_callback_uri": "https://good.example/w", "verify_token": "{\"a\":1}",
            "subscribed_fields": ["calls"] }),
        ),
        (
            "/1001/subscriptions",
            json!({ "object": "whatsapp_business_account", "callback_url": "https://good.example/a",
            "verify_token": "s3cr3t", "fields": ["calls", "flows"] }),
        ),
    ]
}

/// Nadia wrote and may be called; there is a template.
async fn ready() -> World {
    let world = World::new().await;
    world.enable_calling().await;
    world.engine.say(&nadia(), &acme(), "Hi", None).await.unwrap();
    world.engine.set_permission(&nadia(), &acme(), callport_core::pair::Decision::Allow).await.unwrap();
    let visit = json!({ "name": "visit", "language": "en_US", "category": "UTILITY", "components": [
        { "type": "HEADER", "format": "TEXT", "text": "{{1}}" }, { "type": "BODY", "text": "Hello {{1}}, we come {{2}}." }] });
    world.post("/2001/message_templates", MANAGE, &visit).await.ok();
    world
}

/// How a list's element is named: `[0]` as PHP and Node do, `[]` as Ruby does.
#[derive(Clone, Copy)]
enum Lists {
    Indexed,
    Bare,
}

fn flat(name: &str, value: &Value, lists: Lists, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}[{key}]") };
                flat(&name, value, lists, into);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                let name = match lists {
                    Lists::Indexed => format!("{name}[{at}]"),
                    Lists::Bare => format!("{name}[]"),
                };
                flat(&name, value, lists, into);
            }
        }
        Value::String(text) => into.push((name.to_owned(), text.clone())),
        other => into.push((name.to_owned(), other.to_string())),
    }
}

fn url_encoded(pairs: &[(String, String)]) -> (&'static str, String) {
    ("application/x-www-form-urlencoded", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

fn multipart(pairs: &[(String, String)]) -> (&'static str, String) {
    let part = |(name, value): &(String, String)| format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    ("multipart/form-data; boundary=xYz", format!("{}--xYz--\r\n", pairs.iter().map(part).collect::<String>()))
}

#[tokio::test]
async fn every_body_is_taken_in_every_encoding() {
    for (path, body) in requests() {
        let token = if path == "/1001/subscriptions" { APP } else { MANAGE }; // an app is changed with its own
        let expected = ready().await.post(path, token, &body).await;
        expected.ok();
        let members = body.as_object().unwrap();
        let as_json = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut forms = vec![members.iter().map(|(name, value)| (name.clone(), as_json(value))).collect::<Vec<_>>()];
        for lists in [Lists::Indexed, Lists::Bare] {
            let mut pairs = Vec::new();
            flat("", &body, lists, &mut pairs);
            forms.push(pairs);
        }
        for pairs in &mut forms {
            for token_in_form in [false, true] {
                if token_in_form {
                    pairs.push(("access_token".into(), token.into()));
                }
                for (content_type, text) in [url_encoded(pairs), multipart(pairs)] {
                    let request = Request::builder().method("POST").uri(path).header("content-type", content_type);
                    let request = if token_in_form { request } else { request.header("authorization", format!("Bearer {token}")) };
                    let world = ready().await;
                    let seen = world.send(request.body(Body::from(text.clone())).unwrap()).await;
                    assert_eq!((seen.status, seen.text), (200, expected.text.clone()), "{path} {text}");
                }
            }
        }
    }
}

/// What was kept is the same, too: replies alone would not show a member that was passed over.
#[tokio::test]
async fn what_a_form_said_is_what_is_kept() {
    let world = ready().await;
    let form = |body: &str| format!("access_token={MANAGE}&{body}");
    let settings = "calling[call_icons][restrict_to_user_countries]=ID,BR&calling[audio][additional_codecs]=%5B%22PCMU%22%5D";
    world.form("/4001/settings", &form(settings)).await.ok();
    let calling = world.get("/4001/settings", MANAGE).await.ok()["calling"].clone();
    assert_eq!(
        (&calling["call_icons"]["restrict_to_user_countries"], &calling["audio"]["additional_codecs"]),
        (&json!(["ID", "BR"]), &json!(["PCMU"]))
    );
    world.form("/4001/settings", &form("calling[call_icons][restrict_to_user_countries]=")).await.ok();
    assert_eq!(world.get("/4001/settings", MANAGE).await.ok()["calling"]["call_icons"]["restrict_to_user_countries"], json!([]));
    for fields in ["fields=id,status", "fields=%5B%22id%22,%22status%22%5D", "fields[]=id&fields[]=status", "fields[0]=id&fields[1]=status"]
    {
        let shown = world.get(&format!("/4001?{fields}"), MANAGE).await.ok();
        assert_eq!(shown, json!({ "id": "4001", "status": "CONNECTED" }), "{fields}");
    }
}

//! Every published request, and every way in which one can be wrong.

use super::*;
use crate::codes::Code;
use crate::golden::compact;
use crate::messages::{ButtonInput, CallButton, Parameter, PermissionRequest, TemplateMessage, Text};
use serde_json::json;

const SARI: &str = "6281255501234";

fn read(body: &Value) -> Result<MessageRequest, BadMessage> {
    MessageRequest::read(body.as_object().unwrap())
}

fn check(sample: &str, expected: &MessageRequest) {
    assert_eq!(&read(&serde_json::from_str(sample).unwrap()).unwrap(), expected);
    assert_eq!(serde_json::to_string(expected).unwrap(), compact(sample));
}

/// A body that sends `members` to Sari.
fn to_sari(members: Value) -> Value {
    let Value::Object(mut body) = json!({ "messaging_product": "whatsapp", "to": SARI }) else { unreachable!() };
    let Value::Object(members) = members else { panic!("not an object") };
    body.extend(members);
    Value::Object(body)
}

fn content(members: Value) -> Result<Content, BadMessage> {
    match read(&to_sari(members))? {
        MessageRequest::Send(message) => Ok(message.content),
        MessageRequest::MarkRead { .. } => panic!("not sent"),
    }
}

fn interactive(interactive: Value) -> Result<Content, BadMessage> {
    content(json!({ "type": "interactive", "interactive": interactive }))
}

fn template(components: Value) -> Result<TemplateMessage, BadMessage> {
    let template = json!({ "name": "t", "language": { "code": "en" }, "components": components });
    match content(json!({ "type": "template", "template": template }))? {
        Content::Template(template) => Ok(template),
        other => panic!("{other:?}"),
    }
}

#[test]
fn text_as_published() {
    let message = SendMessage {
        to: Some("+6281255501234".into()),
        recipient: None,
        context: None,
        biz_opaque_callback_data: Some("order=7781".into()),
        content: Content::text("Hello"),
    };
    check(include_str!("../../../samples/message_text.json"), &MessageRequest::Send(Box::new(message)));
}

#[test]
fn mark_read_as_published() {
    let message_id = "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABIYFDNBNzg5MEFCQ0RFRjEyMzQ1Njc4AA==".into();
    check(include_str!("../../../samples/message_mark_read.json"), &MessageRequest::MarkRead { message_id });
}

#[test]
fn call_button_as_published() {
    let button = CallButton {
        body: "Prefer to talk? We are available now.".into(),
        display_text: Some("Call Acme".into()),
        ttl_minutes: Some(240),
        payload: Some("src=chat;ticket=7781".into()),
        ..CallButton::default()
    };
    check(include_str!("../../../samples/message_call_button.json"), &MessageRequest::to(SARI, Content::CallButton(button)));
}

/// Differs from the page's sample in nothing but the order of body and action, which varies between its samples.
#[test]
fn permission_request_as_published() {
    let sample: Value = serde_json::from_str(include_str!("../../../samples/message_permission_request.json")).unwrap();
    let request = PermissionRequest { body: Some("May we phone you about repair ticket R-7781?".into()) };
    let request = MessageRequest::to(SARI, Content::PermissionRequest(request));
    assert_eq!(read(&sample).unwrap(), request);
    assert_eq!(serde_json::to_value(&request).unwrap(), sample);
}

#[test]
fn template_with_a_call_button_as_published() {
    let template = TemplateMessage {
        name: "call_me_maybe".into(),
        language: "en".into(),
        body: vec![Parameter::positional("A-100")],
        buttons: vec![ButtonInput::VoiceCall { index: Some(0), ttl_minutes: Some(100), payload: Some("src=tpl;order=A-100".into()) }],
        ..TemplateMessage::default()
    };
    check(include_str!("../../../samples/message_template_call_button.json"), &MessageRequest::to(SARI, Content::Template(template)));
}

#[test]
fn template_with_a_permission_request_as_published() {
    let template = TemplateMessage {
        name: "repair_call_consent".into(),
        language: "en".into(),
        header: vec![Parameter::positional("R-7781")],
        body: vec![Parameter::positional("Sari"), Parameter::positional("washing machine")],
        ..TemplateMessage::default()
    };
    let sample = include_str!("../../../samples/message_template_permission_request.json");
    check(sample, &MessageRequest::to(SARI, Content::Template(template)));
}

#[test]
fn the_smallest_requests_are_taken() {
    assert_eq!(content(json!({ "text": { "body": "Hi" } })), Ok(Content::text("Hi")));
    let button = json!({ "type": "voice_call", "body": { "text": "Call us" }, "action": { "name": "voice_call" } });
    let expected = CallButton { body: "Call us".into(), ..CallButton::default() };
    assert_eq!(interactive(button), Ok(Content::CallButton(expected)));
    let request = json!({ "type": "call_permission_request", "action": { "name": "call_permission_request" } });
    assert_eq!(interactive(request), Ok(Content::PermissionRequest(PermissionRequest::default())));
    assert_eq!(template(json!([])).unwrap().name, "t");
    let mark =
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X", "typing_indicator": { "type": "text" } });
    assert_eq!(read(&mark), Ok(MessageRequest::MarkRead { message_id: "wamid.X".into() }));
}

#[test]
fn takes_what_client_libraries_send() {
    let button = json!({ "type": "voice_call", "header": { "type": "text", "text": "Acme" }, "body": { "text": "b" }, "footer": { "text": "f" },
        "action": { "name": "voice_call", "parameters": { "ttl_minutes": "1" } } });
    let expected = CallButton {
        header: Some("Acme".into()),
        body: "b".into(),
        footer: Some("f".into()),
        ttl_minutes: Some(1),
        ..CallButton::default()
    };
    assert_eq!(interactive(button), Ok(Content::CallButton(expected)));
    let filled = template(json!([
        { "type": "BODY", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": "Sari" }] },
        { "type": "button", "sub_type": "voice_call", "parameters": [{ "type": "payload", "payload": "p" }] },
        { "type": "button", "sub_type": "QUICK_REPLY", "index": "1", "parameters": [{ "type": "payload", "payload": "yes" }] },
        { "type": "button", "sub_type": "url", "index": 2, "parameters": [{ "type": "text", "text": "A-100" }] },
    ]))
    .unwrap();
    assert_eq!(filled.body, [Parameter::named("first_name", "Sari")]);
    assert_eq!(
        filled.buttons,
        [
            ButtonInput::VoiceCall { index: None, ttl_minutes: None, payload: Some("p".into()) },
            ButtonInput::QuickReply { index: 1, payload: "yes".into() },
            ButtonInput::Url { index: 2, text: "A-100".into() },
        ]
    );
    let quoted = read(&to_sari(json!({ "recipient": "ID.1", "context": { "message_id": "wamid.Q" }, "to": 6281255501234_u64,
        "recipient_identity_key_hash": "x", "text": { "body": "b", "preview_url": true } })));
    let MessageRequest::Send(quoted) = quoted.unwrap() else { panic!("not sent") };
    assert_eq!((quoted.to.as_deref(), quoted.recipient.as_deref(), quoted.context.as_deref()), (Some(SARI), Some("ID.1"), Some("wamid.Q")));
    assert_eq!(quoted.content, Content::Text(Text { body: "b".into(), preview_url: true }));
}

#[test]
fn limits_count_characters_and_include_their_ends() {
    let text = |length| content(json!({ "text": { "body": "ä".repeat(length) } }));
    let button = |parameters: Value| {
        interactive(json!({ "type": "voice_call", "body": { "text": "b" }, "action": { "name": "voice_call", "parameters": parameters } }))
    };
    let body = |length| {
        interactive(json!({ "type": "call_permission_request", "body": { "text": "ä".repeat(length) },
            "action": { "name": "call_permission_request" } }))
    };
    let opaque = |length| content(json!({ "text": { "body": "b" }, "biz_opaque_callback_data": "ä".repeat(length) }));
    for (inside, outside) in [
        (text(4_096), text(4_097)),
        (body(1_024), body(1_025)),
        (button(json!({ "display_text": "ä".repeat(20) })), button(json!({ "display_text": "ä".repeat(21) }))),
        (button(json!({ "payload": "ä".repeat(512) })), button(json!({ "payload": "ä".repeat(513) }))),
        (button(json!({ "ttl_minutes": 1 })), button(json!({ "ttl_minutes": 0 }))),
        (button(json!({ "ttl_minutes": 43_200 })), button(json!({ "ttl_minutes": 43_201 }))),
        (opaque(512), opaque(513)),
    ] {
        assert!(inside.is_ok(), "{inside:?}");
        assert_eq!(outside.unwrap_err().code, Code::ParameterValue);
    }
}

#[test]
fn refuses_and_says_why() {
    const MISSING: Code = Code::ParameterMissing;
    const VALUE: Code = Code::ParameterValue;
    const SHAPE: Code = Code::InvalidParameter;
    let hello = json!({ "body": "Hello" });
    for (body, code, details) in [
        (json!({}), MISSING, "messaging_product is required."),
        (json!({ "messaging_product": "sms" }), VALUE, "messaging_product must be \"whatsapp\"."),
        (json!({ "messaging_product": "whatsapp", "text": hello }), MISSING, "to is required."),
        (json!({ "messaging_product": "whatsapp", "to": " ", "text": hello }), MISSING, "to is required."),
        (json!({ "messaging_product": "whatsapp", "to": [], "text": hello }), SHAPE, "to must be a string."),
        (json!({ "messaging_product": "whatsapp", "status": "read" }), MISSING, "message_id is required."),
        (json!({ "messaging_product": "whatsapp", "status": "delivered" }), VALUE, "status must be \"read\"."),
        (to_sari(json!({ "recipient_type": "group", "text": hello })), VALUE, "recipient_type must be \"individual\"."),
        (to_sari(json!({})), MISSING, "text is required."),
        (to_sari(json!({ "text": "Hello" })), SHAPE, "text must be an object."),
        (to_sari(json!({ "text": {} })), MISSING, "text.body is required."),
        (to_sari(json!({ "text": { "body": 5 } })), SHAPE, "text.body must be a string."),
        (to_sari(json!({ "text": { "body": "b", "preview_url": "no" } })), SHAPE, "text.preview_url must be true or false."),
        (to_sari(json!({ "text": hello, "context": {} })), MISSING, "context.message_id is required."),
        (to_sari(json!({ "type": "template", "text": hello })), MISSING, "template is required."),
        (
            to_sari(json!({ "type": "image", "image": { "id": "1" } })),
            Code::UnsupportedMessage,
            "type must be one of text, interactive, template.",
        ),
    ] {
        let expected = BadMessage { code, details: format!("The parameter {details}") };
        assert_eq!(read(&body).unwrap_err(), expected, "{body}");
    }
}

#[test]
fn refuses_interactive_messages_that_are_not_whole() {
    for (object, code, details) in [
        (json!({}), Code::ParameterMissing, "interactive.type is required."),
        (
            json!({ "type": "button" }),
            Code::ParameterValue,
            "interactive.type is not supported, supported types are voice_call, call_permission_request.",
        ),
        (json!({ "type": "voice_call" }), Code::ParameterMissing, "interactive.body is required."),
        (json!({ "type": "voice_call", "body": { "text": "" } }), Code::ParameterMissing, "interactive.body.text is required."),
        (json!({ "type": "voice_call", "body": { "text": "b" } }), Code::ParameterMissing, "interactive.action is required."),
        (
            json!({ "type": "voice_call", "body": { "text": "b" }, "action": {} }),
            Code::ParameterMissing,
            "interactive.action.name is required.",
        ),
        (
            json!({ "type": "voice_call", "body": { "text": "b" }, "action": { "name": "call" } }),
            Code::ParameterValue,
            "interactive.action.name must be \"voice_call\".",
        ),
        (
            json!({ "type": "voice_call", "body": { "text": "b" }, "action": { "name": "voice_call", "parameters": [] } }),
            Code::InvalidParameter,
            "interactive.action.parameters must be an object.",
        ),
        (
            json!({ "type": "voice_call", "body": { "text": "b" }, "header": { "type": "image" }, "action": { "name": "voice_call" } }),
            Code::ParameterValue,
            "interactive.header.type must be \"text\".",
        ),
        (json!({ "type": "call_permission_request" }), Code::ParameterMissing, "interactive.action is required."),
        (
            json!({ "type": "call_permission_request", "header": { "type": "text", "text": "h" } }),
            Code::ParameterValue,
            "interactive.header is not supported in a call permission request.",
        ),
        (
            json!({ "type": "call_permission_request", "footer": { "text": "f" } }),
            Code::ParameterValue,
            "interactive.footer is not supported in a call permission request.",
        ),
    ] {
        let expected = BadMessage { code, details: format!("The parameter {details}") };
        assert_eq!(interactive(object.clone()).unwrap_err(), expected, "{object}");
    }
}

#[test]
fn refuses_templates_that_are_not_whole() {
    let call = json!({ "type": "button", "sub_type": "voice_call" });
    for (components, code, details) in [
        (json!({}), Code::InvalidParameter, "template.components must be a list."),
        (json!([7]), Code::InvalidParameter, "template.components[0] must be an object."),
        (json!([{}]), Code::ParameterMissing, "template.components[0].type is required."),
        (json!([{ "type": "footer" }]), Code::ParameterValue, "template.components[0].type must be one of header, body, button."),
        (
            json!([{ "type": "body", "parameters": [{ "type": "image", "image": {} }] }]),
            Code::ParameterValue,
            "template.components[0].parameters[0].type must be \"text\".",
        ),
        (
            json!([{ "type": "body", "parameters": [{ "type": "text", "text": "a" }, { "type": "text" }] }]),
            Code::ParameterMissing,
            "template.components[0].parameters[1].text is required.",
        ),
        (
            json!([{ "type": "body", "parameters": [{ "type": "text", "text": "a" }] }, { "type": "body" }]),
            Code::ParameterValue,
            "template.components[1] repeats a component.",
        ),
        (json!([{ "type": "button" }]), Code::ParameterMissing, "template.components[0].sub_type is required."),
        (
            json!([{ "type": "button", "sub_type": "flow" }]),
            Code::ParameterValue,
            "template.components[0].sub_type must be one of voice_call, quick_reply, url.",
        ),
        (json!([call, call]), Code::ParameterValue, "template.components[1] is a second voice_call button."),
        (
            json!([{ "type": "button", "sub_type": "voice_call", "parameters": [{ "type": "ttl_minutes", "ttl_minutes": 43_201 }] }]),
            Code::ParameterValue,
            "template.components[0].parameters[0].ttl_minutes must be from 1 to 43200.",
        ),
        (
            json!([{ "type": "button", "sub_type": "voice_call", "parameters": [{ "type": "text", "text": "x" }] }]),
            Code::ParameterValue,
            "template.components[0].parameters[0].type must be one of ttl_minutes, payload.",
        ),
        (
            json!([{ "type": "button", "sub_type": "quick_reply", "parameters": [{ "type": "payload", "payload": "p" }] }]),
            Code::ParameterMissing,
            "template.components[0].index is required.",
        ),
        (
            json!([{ "type": "button", "sub_type": "url", "index": 10 }]),
            Code::ParameterValue,
            "template.components[0].index must be from 0 to 9.",
        ),
        (
            json!([{ "type": "button", "sub_type": "url", "index": 0 }]),
            Code::ParameterMissing,
            "template.components[0].parameters is required.",
        ),
    ] {
        let expected = BadMessage { code, details: format!("The parameter {details}") };
        assert_eq!(template(components.clone()).unwrap_err(), expected, "{components}");
    }
}

#[test]
fn what_people_write_is_not_in_debug_output() {
    let template = TemplateMessage { body: vec![Parameter::positional("secret")], ..TemplateMessage::default() };
    for content in [
        Content::text("secret"),
        Content::CallButton(CallButton { body: "secret".into(), payload: Some("secret".into()), ..CallButton::default() }),
        Content::PermissionRequest(PermissionRequest { body: Some("secret".into()) }),
        Content::Template(template),
    ] {
        let shown = format!("{:?}", MessageRequest::to(SARI, content));
        assert!(!shown.contains("secret") && !shown.contains(SARI), "{shown}");
    }
}

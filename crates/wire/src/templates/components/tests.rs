use super::*;
use serde_json::json;

fn read(components: Value) -> Result<Components, Malformed> {
    Components::read(components.as_array().unwrap(), ParameterFormat::Positional)
}

/// A body and `buttons`.
fn buttons(buttons: Value) -> Result<Components, Malformed> {
    read(json!([{ "type": "BODY", "text": "b" }, { "type": "BUTTONS", "buttons": buttons }]))
}

#[test]
fn the_smallest_templates_about_calling() {
    let asks = read(json!([{ "type": "body", "text": "b" }, { "type": "CALL_PERMISSION_REQUEST" }])).unwrap();
    assert!(asks.call_permission_request);
    let calls = buttons(json!([{ "type": "voice_call", "text": "Call" }])).unwrap();
    assert_eq!(calls.call_button(), Some(("Call", None)));
    assert!(!read(json!([{ "type": "body", "text": "b" }])).unwrap().is_about_calling());
}

/// The permission page's sample has no format, and its example stands under another name.
#[test]
fn a_header_needs_no_format() {
    let header = json!({ "type": "HEADER", "text": "Ticket {{1}}", "example": { "body_text": [["R-7781"]] } });
    let read = read(json!([header, { "type": "BODY", "text": "b" }])).unwrap();
    assert_eq!(read.header.unwrap().placeholders(), ["1"]);
}

#[test]
fn an_address_may_end_in_a_placeholder() {
    let read = buttons(json!([{ "type": "URL", "text": "Track", "url": "https://acme.example/{{1}}" }])).unwrap();
    let TemplateButton::Url { url, .. } = &read.buttons[0] else { panic!("no address") };
    assert_eq!((url.as_str(), url.placeholders()), ("https://acme.example/{{1}}", &["1".to_owned()][..]));
}

#[test]
fn quick_replies_stand_side_by_side() {
    let order = |kinds: &[&str]| {
        let list: Vec<_> = kinds.iter().map(|kind| json!({ "type": kind, "text": "t", "url": "https://acme.example" })).collect();
        buttons(list.into())
    };
    assert!(order(&["QUICK_REPLY", "QUICK_REPLY", "URL", "VOICE_CALL"]).is_ok());
    assert!(order(&["URL", "VOICE_CALL", "QUICK_REPLY", "QUICK_REPLY"]).is_ok());
    let apart = order(&["QUICK_REPLY", "VOICE_CALL", "QUICK_REPLY"]).unwrap_err();
    assert_eq!(apart.details, "The parameter components[1].buttons must group its QUICK_REPLY buttons together.");
}

#[test]
fn limits_include_their_ends() {
    let text = |kind: &str, length| {
        let mut components = vec![json!({ "type": kind, "text": "ä".repeat(length) })];
        if kind != "BODY" {
            components.push(json!({ "type": "BODY", "text": "b" }));
        }
        read(components.into())
    };
    let call = |text: usize, minutes: u32| buttons(json!([{ "type": "VOICE_CALL", "text": "ä".repeat(text), "ttl_minutes": minutes }]));
    let many = |count| buttons(vec![json!({ "type": "QUICK_REPLY", "text": "t" }); count].into());
    for (inside, outside) in [
        (text("HEADER", 60), text("HEADER", 61)),
        (text("FOOTER", 60), text("FOOTER", 61)),
        (text("BODY", 1_024), text("BODY", 1_025)),
        (call(25, 1_440), call(26, 1_440)),
        (call(1, 1_440), call(1, 1_439)),
        (call(1, 43_200), call(1, 43_201)),
        (many(10), many(11)),
    ] {
        assert!(inside.is_ok(), "{inside:?}");
        assert!(outside.is_err());
    }
}

#[test]
fn refuses_and_says_why() {
    let body = json!({ "type": "BODY", "text": "b" });
    let call = json!({ "type": "VOICE_CALL", "text": "Call" });
    for (components, details) in [
        (json!([]), "components must have a BODY."),
        (json!([{ "type": "call_permission_request" }]), "components must have a BODY."),
        (json!([7]), "components[0] must be an object."),
        (json!([{ "text": "b" }]), "components[0].type is required."),
        (json!([{ "type": "CAROUSEL" }]), "components[0].type must be one of HEADER, BODY, FOOTER, BUTTONS, CALL_PERMISSION_REQUEST."),
        (json!([{ "type": "BODY" }]), "components[0].text is required."),
        (json!([body, body]), "components[1] repeats a component."),
        (json!([{ "type": "BODY", "text": "{{2}}" }]), "components[0].text must number its placeholders {{1}}, {{2}} and so on."),
        (json!([{ "type": "HEADER", "format": "IMAGE" }, body]), "components[0].format must be TEXT."),
        (json!([{ "type": "HEADER", "text": "{{1}} {{2}}" }, body]), "components[0].text may have one placeholder."),
        (json!([body, { "type": "BUTTONS" }]), "components[1].buttons is required."),
        (json!([body, { "type": "BUTTONS", "buttons": {} }]), "components[1].buttons must be a list."),
        (json!([body, { "type": "BUTTONS", "buttons": [call, call] }]), "components[1].buttons must have at most one VOICE_CALL button."),
        (
            json!([body, { "type": "BUTTONS", "buttons": [{ "type": "PHONE_NUMBER", "text": "t", "phone_number": "1" }] }]),
            "components[1].buttons[0].type must be one of VOICE_CALL, URL, QUICK_REPLY.",
        ),
        (json!([body, { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "t" }] }]), "components[1].buttons[0].url is required."),
        (
            json!([body, { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "t", "url": "javascript:alert(1)" }] }]),
            "components[1].buttons[0].url must begin with https:// or http://.",
        ),
        (
            json!([body, { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "t", "url": "https://{{1}}/" }] }]),
            "components[1].buttons[0].url may have one placeholder, at its end.",
        ),
        (
            json!([body, { "type": "call_permission_request" }, { "type": "BUTTONS", "buttons": [call] }]),
            "components must not have CALL_PERMISSION_REQUEST beside BUTTONS.",
        ),
    ] {
        assert_eq!(read(components.clone()).unwrap_err().details, format!("The parameter {details}"), "{components}");
    }
}

use super::*;
use crate::golden::compact;
use crate::templates::TemplateButton;
use serde_json::json;

fn read(body: &Value) -> Result<NewTemplate, Malformed> {
    NewTemplate::read(body.as_object().unwrap())
}

/// A template of `members` beside name, language, category and a body.
fn with(members: Value) -> Value {
    let Value::Object(mut body) =
        json!({ "name": "n", "language": "en", "category": "UTILITY", "components": [{ "type": "BODY", "text": "b" }] })
    else {
        unreachable!()
    };
    body.extend(members.as_object().unwrap().clone());
    Value::Object(body)
}

#[test]
fn call_button_as_published() {
    let sample = include_str!("../../../samples/template_call_button.json");
    let template = read(&serde_json::from_str(sample).unwrap()).unwrap();
    assert_eq!((template.name.as_str(), template.language.as_str(), template.category), ("call_me_maybe", "en", Category::Utility));
    assert_eq!(template.components.body.placeholders(), ["1"]);
    assert_eq!(template.components.call_button(), Some(("Call now", Some(4_320))));
    let TemplateButton::Url { text, url } = &template.components.buttons[1] else { panic!("no address") };
    assert_eq!((text.as_str(), url.as_str()), ("Track order", "https://acme.example/track"));
    assert!(template.components.is_about_calling() && !template.components.call_permission_request);
    assert_eq!(serde_json::to_string(&template).unwrap(), compact(sample), "components stay as they were sent");
}

#[test]
fn permission_request_as_published() {
    let sample = include_str!("../../../samples/template_permission_request.json");
    let template = read(&serde_json::from_str(sample).unwrap()).unwrap();
    let components = &template.components;
    assert_eq!(components.header.as_ref().unwrap().placeholders(), ["1"]);
    assert_eq!(components.body.placeholders(), ["1", "2"]);
    assert_eq!(components.footer.as_deref(), Some("Acme Repairs"));
    assert!(components.call_permission_request && components.is_about_calling());
    assert_eq!(serde_json::to_string(&template).unwrap(), compact(sample), "components stay as they were sent");
    assert_eq!(Components::read(&template.as_sent, template.parameter_format).as_ref(), Ok(components), "and are read again");
}

#[test]
fn names_instead_of_numbers() {
    let body = with(json!({ "parameter_format": "named", "category": "marketing",
        "components": [{ "type": "body", "text": "Hello {{first_name}}" }] }));
    let template = read(&body).unwrap();
    assert_eq!((template.parameter_format, template.category), (ParameterFormat::Named, Category::Marketing));
    assert_eq!(template.components.body.placeholders(), ["first_name"]);
    assert_eq!(read(&serde_json::to_value(&template).unwrap()), Ok(template));
}

#[test]
fn refuses_and_says_why() {
    for (body, details) in [
        (json!({}), "name is required."),
        (with(json!({ "name": "n".repeat(513) })), "name must have at most 512 characters."),
        (with(json!({ "name": "Call-Me" })), "name must be of lower-case letters, digits and underscores."),
        (with(json!({ "language": null })), "language is required."),
        (with(json!({ "language": "en-US" })), "language must be a language code such as en or pt_BR."),
        (with(json!({ "category": null })), "category is required."),
        (with(json!({ "category": "SERVICE" })), "category must be one of MARKETING, UTILITY, AUTHENTICATION."),
        (with(json!({ "parameter_format": "both" })), "parameter_format must be one of POSITIONAL, NAMED."),
        (with(json!({ "components": null })), "components is required."),
        (with(json!({ "components": {} })), "components must be a list."),
        (
            with(
                json!({ "category": "AUTHENTICATION", "components": [{ "type": "BODY", "text": "b" }, { "type": "call_permission_request" }] }),
            ),
            "category must be MARKETING or UTILITY for a template about calling.",
        ),
    ] {
        assert_eq!(read(&body).unwrap_err().details, format!("The parameter {details}"), "{body}");
    }
    assert!(read(&with(json!({ "name": "n".repeat(512), "category": "AUTHENTICATION" }))).is_ok());
}

#[test]
fn deletion_by_name_and_id() {
    let read = |query: Value| TemplateDeletion::read(query.as_object().unwrap());
    assert_eq!(read(json!({ "name": "n" })), Ok(TemplateDeletion { name: "n".into(), hsm_id: None }));
    assert_eq!(read(json!({ "name": "n", "hsm_id": "12" })), Ok(TemplateDeletion { name: "n".into(), hsm_id: Some("12".into()) }));
    assert_eq!(read(json!({ "hsm_id": "12" })), Err(Malformed::missing("name")));
}

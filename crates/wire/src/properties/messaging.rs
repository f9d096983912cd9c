//! Messages, templates and their webhooks: whole ones read back, and ones with a damaged member are judged.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::any_json;
use crate::messages::{
    ButtonInput, CallButton, Content, MessageRequest, Parameter, PermissionRequest, SendMessage, TTL_MINUTES, TemplateMessage, Text,
};
use crate::seconds::TextSeconds;
use crate::templates::{Components, NewTemplate, ParameterFormat};
use crate::webhooks::{InboundContent, InboundMessage, MessageContext, PermissionReply, ReplySource};

fn parameters() -> impl Strategy<Value = Vec<Parameter>> {
    vec((option::of("[a-z_]{1,8}"), ".{1,20}").prop_map(|(name, text)| Parameter { name, text }), 0..4)
}

fn button_inputs() -> impl Strategy<Value = Vec<ButtonInput>> {
    let call = (option::of(0..10_u32), option::of(TTL_MINUTES), option::of(".{1,512}"))
        .prop_map(|(index, ttl_minutes, payload)| ButtonInput::VoiceCall { index, ttl_minutes, payload });
    let other = prop_oneof![
        (0..10_u32, ".{1,40}").prop_map(|(index, payload)| ButtonInput::QuickReply { index, payload }),
        (0..10_u32, ".{1,40}").prop_map(|(index, text)| ButtonInput::Url { index, text }),
    ];
    (option::of(call), vec(other, 0..4)).prop_map(|(call, others)| call.into_iter().chain(others).collect())
}

fn content() -> impl Strategy<Value = Content> {
    let call_button =
        (option::of(".{1,60}"), ".{1,1024}", option::of(".{1,60}"), option::of(".{1,20}"), option::of(TTL_MINUTES), option::of(".{0,512}"))
            .prop_map(|(header, body, footer, display_text, ttl_minutes, payload)| CallButton {
                header,
                body,
                footer,
                display_text,
                ttl_minutes,
                payload,
            });
    let template = ("[a-z0-9_]{1,30}", "[a-z]{2}", parameters(), parameters(), button_inputs())
        .prop_map(|(name, language, header, body, buttons)| TemplateMessage { name, language, header, body, buttons });
    prop_oneof![
        (".{1,4096}", any::<bool>()).prop_map(|(body, preview_url)| Content::Text(Text { body, preview_url })),
        call_button.prop_map(Content::CallButton),
        option::of(".{1,1024}").prop_map(|body| Content::PermissionRequest(PermissionRequest { body })),
        template.prop_map(Content::Template),
    ]
}

fn message() -> impl Strategy<Value = MessageRequest> {
    let send = ("[0-9]{6,15}", option::of("US.[0-9]{20}"), option::of("wamid.[A-Za-z]{8}"), option::of(".{0,512}"), content());
    prop_oneof![
        1 => "wamid.[A-Za-z]{8}".prop_map(|message_id| MessageRequest::MarkRead { message_id }),
        8 => send.prop_map(|(to, recipient, context, biz_opaque_callback_data, content)| {
            MessageRequest::Send(Box::new(SendMessage { to: Some(to), recipient, context, biz_opaque_callback_data, content }))
        }),
    ]
}

fn template() -> impl Strategy<Value = Value> {
    let button = prop_oneof![
        (".{1,30}", 1_000..50_000_u32).prop_map(|(text, minutes)| json!({ "type": "VOICE_CALL", "text": text, "ttl_minutes": minutes })),
        ".{1,20}".prop_map(|text| json!({ "type": "QUICK_REPLY", "text": text })),
        ".{0,20}".prop_map(|rest| json!({ "type": "URL", "text": "Track", "url": format!("https://{rest}{{{{1}}}}") })),
    ];
    let part = prop_oneof![
        "([a-z ]{0,4}(\\{\\{[1-3]\\}\\})?){0,4}".prop_map(|text| json!({ "type": "HEADER", "text": text })),
        ".{1,80}".prop_map(|text| json!({ "type": "FOOTER", "text": text })),
        vec(button, 0..5).prop_map(|buttons| json!({ "type": "BUTTONS", "buttons": buttons })),
        Just(json!({ "type": "call_permission_request" })),
    ];
    ("([a-z ]{0,4}(\\{\\{[1-3]\\}\\})?){1,4}", vec(part, 0..3)).prop_map(|(text, mut components)| {
        components.push(json!({ "type": "BODY", "text": text }));
        json!({ "name": "n", "language": "en", "category": "UTILITY", "components": components })
    })
}

fn inbound() -> impl Strategy<Value = InboundMessage> {
    let text = || ".{0,30}";
    let source = prop_oneof![Just(ReplySource::UserAction), Just(ReplySource::Automatic)];
    let reply = (any::<Option<i64>>(), source, any::<bool>()).prop_map(|(until, source, permanent)| match until {
        Some(until) => PermissionReply::temporary(TextSeconds(until), source),
        None if permanent => PermissionReply::permanent(),
        None => PermissionReply::reject(source),
    });
    let content = prop_oneof![
        text().prop_map(|body| InboundContent::Text { body }),
        (text(), text()).prop_map(|(text, payload)| InboundContent::Button { text, payload }),
        (text(), text()).prop_map(|(id, title)| InboundContent::ButtonReply { id, title }),
        (text(), text(), option::of(text())).prop_map(|(id, title, description)| InboundContent::ListReply { id, title, description }),
        reply.prop_map(InboundContent::PermissionReply),
        "[A-Z]{1,8}".prop_map(InboundContent::Other),
    ];
    let context = (option::of(text()), option::of(text())).prop_map(|(from, id)| MessageContext { from, id });
    (option::of(text()), text(), any::<i64>(), option::of(context), content).prop_map(|(from, id, at, context, content)| InboundMessage {
        from,
        context,
        ..InboundMessage::new(id, TextSeconds(at), content)
    })
}

/// `body` with the member at a place of its own replaced by `value`.
fn damage(body: &mut Value, place: prop::sample::Index, value: Value) {
    let mut places = 0;
    visit(body, &mut |_| places += 1);
    let mut left = place.index(places);
    let mut value = Some(value);
    visit(body, &mut |member| {
        if left == 0
            && let Some(value) = value.take()
        {
            *member = value;
        }
        left = left.saturating_sub(1);
    });
}

/// Every member, inner ones before those that hold them.
fn visit(value: &mut Value, each: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|member| visit_one(member, each)),
        Value::Array(items) => items.iter_mut().for_each(|item| visit_one(item, each)),
        _ => {}
    }
}

fn visit_one(value: &mut Value, each: &mut impl FnMut(&mut Value)) {
    visit(value, each);
    each(value);
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("not an object") };
    members
}

proptest! {
    #[test]
    fn every_message_reads_back(request in message()) {
        let written = object(serde_json::to_value(&request).unwrap());
        prop_assert_eq!(MessageRequest::read(&written), Ok(request));
    }

    /// What is taken in spite of the damage is taken again as we write it.
    #[test]
    fn a_damaged_message_is_judged(request in message(), place: prop::sample::Index, value in any_json()) {
        let mut body = serde_json::to_value(&request).unwrap();
        damage(&mut body, place, value);
        match MessageRequest::read(&object(body)) {
            Ok(taken) => prop_assert_eq!(MessageRequest::read(&object(serde_json::to_value(&taken).unwrap())), Ok(taken)),
            Err(bad) => prop_assert!(bad.details.starts_with("The parameter "), "{}", bad.details),
        }
    }

    /// Templates are kept as they were sent, so what was taken once must be read again.
    #[test]
    fn a_template_that_is_taken_reads_again(body in template(), damaged: bool, place: prop::sample::Index, value in any_json()) {
        let mut body = body;
        if damaged {
            damage(&mut body, place, value);
        }
        if let Ok(template) = NewTemplate::read(&object(body)) {
            let written = object(serde_json::to_value(&template).unwrap());
            prop_assert_eq!(NewTemplate::read(&written), Ok(template.clone()));
            let again = Components::read(&template.as_sent, template.parameter_format);
            prop_assert_eq!(again.as_ref(), Ok(&template.components));
            let body = &template.components.body;
            let in_place = body.placeholders().iter().all(|name| body.as_str().contains(&format!("{{{{{name}}}}}")));
            prop_assert!(in_place, "{}", body.as_str());
        }
    }

    #[test]
    fn the_placeholders_of_a_text_are_those_that_stand_in_it(text in "([a-c]{0,3}|\\{\\{|\\}\\}|\\{\\{[1-3]\\}\\}|ä){0,12}") {
        let components = [json!({ "type": "BODY", "text": text })];
        if let Ok(Components { body, .. }) = Components::read(&components, ParameterFormat::Positional) {
            let standing: Vec<_> = ["1", "2", "3"].into_iter().filter(|name| text.contains(&format!("{{{{{name}}}}}"))).collect();
            prop_assert_eq!(body.placeholders(), standing);
        }
    }

    #[test]
    fn every_inbound_message_reads_back(message in inbound()) {
        let written = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(serde_json::from_str::<InboundMessage>(&written).unwrap(), message);
    }
}

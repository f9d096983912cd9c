//! Every published messages webhook, and the members of each kind of permission reply.

use super::*;
use crate::codes::Code;
use crate::golden;
use crate::seconds::TextSeconds;
use crate::webhooks::errors::ErrorDetails;
use crate::webhooks::{Change, Envelope, Profile};
use serde_json::{Value, json};

const SARI: &str = "6281255501234";
const BSUID: &str = "ID.40418822017365529013";
const REQUEST: &str = "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABEYEjA4RjQ1MkY3QTE5QzM2RDg5AA==";
const REPLY: &str = "wamid.HBgNNjI4MTI1NTUwMTIzNBUCABIYFDNBNzg5MEFCQ0RFRjEyMzQ1Njc4AA==";

fn metadata() -> Metadata {
    Metadata { display_phone_number: "15559020077".into(), phone_number_id: "881200345671203".into() }
}

fn sari() -> Contact {
    Contact {
        profile: Profile { name: "Sari".into(), username: None },
        wa_id: Some(SARI.into()),
        user_id: Some(BSUID.into()),
        parent_user_id: None,
    }
}

fn from_sari(timestamp: i64, content: InboundContent) -> InboundMessage {
    InboundMessage {
        from: Some(SARI.into()),
        from_user_id: Some(BSUID.into()),
        ..InboundMessage::new(REPLY, TextSeconds(timestamp), content)
    }
}

fn envelope(value: MessagesValue) -> Envelope {
    Envelope::of("660017722334455", Change::Messages(Box::new(value)))
}

/// The samples are read as they are; what we write has the contact too.
fn check_status(status: MessageStatusEvent, sample: &str) {
    let envelope: Envelope = serde_json::from_str(sample).unwrap();
    let Change::Messages(read) = &envelope.entry[0].changes[0] else { panic!("not messages") };
    assert!(read.contacts.is_empty() && read.messages.is_empty());
    let written = MessagesValue::of_status(metadata(), sari(), status);
    assert_eq!(**read, MessagesValue { contacts: vec![], ..written.clone() });
    assert_eq!(written.contacts, [sari()]);
    let members: Value = serde_json::from_str(sample).unwrap();
    let element = members.pointer("/entry/0/changes/0/value/statuses/0").unwrap();
    assert_eq!(&serde_json::to_value(&written.statuses[0]).unwrap(), element);
}

#[test]
fn text_as_published() {
    let contact = Contact { profile: Profile { name: "Sari".into(), username: Some("sari.w".into()) }, ..sari() };
    let message = from_sari(1794995100, InboundContent::Text { body: "Can you call me?".into() });
    let value = MessagesValue::of_message(metadata(), contact, message);
    golden::check_members(&envelope(value), include_str!("../../../samples/webhook_message_text.json"));
}

#[test]
fn permission_reply_as_published() {
    let reply = PermissionReply::temporary(TextSeconds(1795600000), ReplySource::UserAction);
    let message = InboundMessage {
        context: Some(MessageContext { from: Some("15559020077".into()), id: Some(REQUEST.into()) }),
        ..from_sari(1794995200, InboundContent::PermissionReply(reply))
    };
    let value = MessagesValue::of_message(metadata(), sari(), message);
    golden::check_members(&envelope(value), include_str!("../../../samples/webhook_permission_reply.json"));
}

#[test]
fn sent_status_as_published_but_with_contacts() {
    let status = MessageStatusEvent {
        recipient_id: Some(SARI.into()),
        recipient_user_id: Some(BSUID.into()),
        biz_opaque_callback_data: Some("order=7781".into()),
        pricing: Some(Pricing::per_message(PricingType::FreeCustomerService, PricingCategory::Service)),
        ..MessageStatusEvent::new(REQUEST, MessageStatus::Sent, TextSeconds(1794995202))
    };
    check_status(status, include_str!("../../../samples/webhook_message_sent.json"));
}

#[test]
fn failed_status_as_published_but_with_contacts() {
    let details = "Recipient's app version cannot show this message.";
    let status = MessageStatusEvent {
        recipient_id: Some(SARI.into()),
        errors: vec![ErrorObject::new(Code::Undeliverable, details)],
        ..MessageStatusEvent::new(REQUEST, MessageStatus::Failed, TextSeconds(1794995203))
    };
    check_status(status, include_str!("../../../samples/webhook_message_failed.json"));
}

/// The published table of scenarios, members and their order; boundaries between them are the sender's.
#[test]
fn every_permission_reply_has_exactly_its_members() {
    let until = TextSeconds(1795600000);
    for (reply, members) in [
        (
            PermissionReply::temporary(until, ReplySource::UserAction),
            r#"{"response":"accept","is_permanent":false,"expiration_timestamp":"1795600000","response_source":"user_action"}"#,
        ),
        (
            PermissionReply::temporary(until, ReplySource::Automatic),
            r#"{"response":"accept","is_permanent":false,"expiration_timestamp":"1795600000","response_source":"automatic"}"#,
        ),
        (PermissionReply::permanent(), r#"{"response":"accept","is_permanent":true,"response_source":"user_action"}"#),
        (PermissionReply::reject(ReplySource::UserAction), r#"{"response":"reject","response_source":"user_action"}"#),
        (PermissionReply::reject(ReplySource::Automatic), r#"{"response":"reject","response_source":"automatic"}"#),
    ] {
        golden::check(&reply, members);
    }
}

#[test]
fn permission_replies_are_read_as_others_send_them() {
    let json = r#"{"response":"accept","expiration_timestamp":1795600000,"response_source":"user_action","new":1}"#;
    let reply: PermissionReply = serde_json::from_str(json).unwrap();
    assert_eq!((reply.is_permanent, reply.expiration_timestamp), (None, Some(TextSeconds(1795600000))));
}

#[test]
fn every_kind_of_content_has_its_member() {
    let reply = |id: &str, title: &str| (id.to_owned(), title.to_owned());
    let (id, title) = reply("yes", "Yes, please");
    for (content, written) in [
        (InboundContent::Text { body: "Hi".into() }, r#""type":"text","text":{"body":"Hi"}"#),
        (
            InboundContent::Button { text: "Call me".into(), payload: "src=tpl".into() },
            r#""type":"button","button":{"text":"Call me","payload":"src=tpl"}"#,
        ),
        (
            InboundContent::ButtonReply { id: id.clone(), title: title.clone() },
            r#""type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"yes","title":"Yes, please"}}"#,
        ),
        (
            InboundContent::ListReply { id, title, description: Some("Today".into()) },
            r#""type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"yes","title":"Yes, please","description":"Today"}}"#,
        ),
        (
            InboundContent::PermissionReply(PermissionReply::permanent()),
            r#""type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept","is_permanent":true,"response_source":"user_action"}}"#,
        ),
    ] {
        let json = format!(r#"{{"id":"wamid.X","timestamp":"5",{written}}}"#);
        golden::check(&InboundMessage::new("wamid.X", TextSeconds(5), content), &json);
    }
}

#[test]
fn context_stands_before_the_content() {
    let context = MessageContext { from: Some(SARI.into()), id: Some("wacid.C".into()) };
    let message = InboundMessage { context: Some(context), ..from_sari(5, InboundContent::Text { body: "Hi".into() }) };
    let Value::Object(written) = serde_json::to_value(&message).unwrap() else { panic!("not an object") };
    let keys: Vec<_> = written.keys().map(String::as_str).collect();
    assert_eq!(keys, ["from", "from_user_id", "id", "timestamp", "type", "context", "text"]);
}

#[test]
fn messages_that_are_not_for_calling_are_named() {
    for (message, kind) in [
        (json!({ "type": "audio", "audio": { "id": "904411220035", "mime_type": "audio/ogg; codecs=opus" } }), "audio"),
        (json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {} } }), "interactive"),
        (json!({ "type": "text" }), "text"),
        (json!({ "type": "unsupported", "errors": [{ "code": 131051 }] }), "unsupported"),
    ] {
        let Value::Object(mut members) = message else { unreachable!() };
        members.extend([("id".to_owned(), "wamid.X".into()), ("timestamp".to_owned(), 5.into())]);
        let read: InboundMessage = serde_json::from_value(members.into()).unwrap();
        assert_eq!(read.content, InboundContent::Other(kind.into()));
        assert_eq!(read.from, None);
    }
}

#[test]
fn statuses_from_the_future_are_read() {
    let json = json!({ "id": "wamid.X", "status": "translated", "timestamp": 5, "conversation": { "id": "c" },
        "pricing": { "billable": true, "category": "authentication-international" } });
    let event: MessageStatusEvent = serde_json::from_value(json).unwrap();
    assert_eq!(event.status, MessageStatus::Other("translated".into()));
    assert_eq!(
        event.pricing.map(|pricing| (pricing.billable, pricing.category)),
        Some((true, PricingCategory::AuthenticationInternational))
    );
}

#[test]
fn only_the_regular_rule_charges() {
    for (kind, billable) in [(PricingType::Regular, true), (PricingType::FreeCustomerService, false), (PricingType::FreeEntryPoint, false)]
    {
        let pricing = Pricing::per_message(kind, PricingCategory::Utility);
        assert_eq!((pricing.billable, pricing.pricing_model.as_str()), (billable, "PMP"));
    }
}

#[test]
fn errors_of_the_account_come_alone() {
    let error = ErrorObject::new(Code::Throughput, "Too many messages.");
    let value = serde_json::to_value(MessagesValue::of_error(metadata(), error.clone())).unwrap();
    assert!(value.get("messages").is_none() && value.get("statuses").is_none() && value.get("contacts").is_none());
    assert_eq!(error.error_data, Some(ErrorDetails { details: "Too many messages.".into() }));
}

#[test]
fn what_people_write_is_not_in_debug_output() {
    let message = from_sari(5, InboundContent::Text { body: "secret".into() });
    let shown = format!("{:?}", envelope(MessagesValue::of_message(metadata(), sari(), message)));
    assert!(!shown.contains("secret") && !shown.contains(SARI), "{shown}");
}

//! What holds for every input: readers never panic, and what is written reads back.

mod messaging;

use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::ErrorEnvelope;
use crate::calls::{Accept, Announcement, CallRequest, Capture, Connect, Language, SdpType, Session};
use crate::escape::to_escaped_bytes;
use crate::messages::MessageRequest;
use crate::nodes::subscriptions::{SubscriptionRequest, Unsubscription};
use crate::nodes::webhook_configuration::OverrideUpdate;
use crate::permissions::PermissionsQuery;
use crate::settings::SettingsRequest;
use crate::templates::{NewTemplate, TemplateDeletion};
use crate::webhooks::Envelope;

/// Names and words that lead readers into their depths.
const KNOWN: &[&str] = &[
    "messaging_product",
    "whatsapp",
    "action",
    "connect",
    "pre_accept",
    "accept",
    "reject",
    "terminate",
    "to",
    "recipient",
    "call_id",
    "session",
    "sdp",
    "sdp_type",
    "offer",
    "answer",
    "connection",
    "webrtc",
    "biz_opaque_callback_data",
    "recording",
    "transcription",
    "status",
    "ENABLED",
    "DISABLED",
    "purpose",
    "announcement_language",
    "en",
    "calling",
    "call_icons",
    "restrict_to_user_countries",
    "audio",
    "additional_codecs",
    "PCMA",
    "sip",
    "servers",
    "hostname",
    "port",
    "object",
    "entry",
    "changes",
    "value",
    "field",
    "calls",
    "error",
    "messages",
    "statuses",
    "type",
    "text",
    "body",
    "interactive",
    "template",
    "components",
    "parameters",
    "buttons",
    "name",
    "language",
    "code",
    "message_template_status_update",
    "account_update",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((word(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// An object that passes the first checks of a call request.
fn nearly_a_call() -> impl Strategy<Value = Map<String, Value>> {
    let action = proptest::sample::select(&["connect", "pre_accept", "accept", "reject", "terminate"][..]);
    (action, proptest::collection::vec((word(), any_json()), 0..8)).prop_map(|(action, members)| {
        let mut body: Map<String, Value> = members.into_iter().collect();
        body.insert("messaging_product".into(), "whatsapp".into());
        body.insert("action".into(), action.into());
        body
    })
}

fn session(sdp_type: SdpType) -> impl Strategy<Value = Session> {
    ".{1,40}".prop_map(move |sdp| Session { sdp_type, sdp })
}

fn capture() -> impl Strategy<Value = Capture> {
    (any::<bool>(), any::<bool>(), ".{1,250}").prop_map(|(recording, transcription, purpose)| Capture {
        recording,
        transcription,
        announcement: (recording || transcription)
            .then(|| Announcement { purpose, language: Language::parse("es_ES").unwrap_or_else(|| unreachable!()) }),
    })
}

fn call() -> impl Strategy<Value = CallRequest> {
    let id = || ".{1,40}";
    prop_oneof![
        (id(), ".{1,40}").prop_map(|(id, sdp)| CallRequest::pre_accept(id, sdp)),
        id().prop_map(CallRequest::reject),
        id().prop_map(CallRequest::terminate),
        (id(), proptest::option::of(session(SdpType::Answer)), proptest::option::of(".{0,512}"), capture()).prop_map(
            |(call_id, session, biz_opaque_callback_data, capture)| {
                CallRequest::Accept(Accept { call_id, session, biz_opaque_callback_data, capture })
            }
        ),
        ("[0-9]{6,15}", proptest::option::of("US.[0-9]{20}"), session(SdpType::Offer), proptest::option::of(".{0,512}"), capture())
            .prop_map(|(to, recipient, session, biz_opaque_callback_data, capture)| {
                CallRequest::Connect(Connect { to: Some(to), recipient, session, biz_opaque_callback_data, capture })
            }),
    ]
}

proptest! {
    #[test]
    fn readers_never_panic(value in any_json()) {
        let text = value.to_string();
        let _ = serde_json::from_str::<Envelope>(&text);
        let _ = serde_json::from_str::<ErrorEnvelope>(&text);
        if let Value::Object(body) = &value {
            let _ = CallRequest::read(body);
            let _ = MessageRequest::read(body);
            let _ = PermissionsQuery::read(body);
            let _ = NewTemplate::read(body);
            let _ = TemplateDeletion::read(body);
            let _ = SettingsRequest::read(body);
            let _ = SubscriptionRequest::read(body);
            let _ = Unsubscription::read(body);
            let _ = OverrideUpdate::of_account(body);
            let _ = OverrideUpdate::of_phone_number(body);
        }
    }

    /// Also: what is taken once is taken again as we write it.
    #[test]
    fn a_call_request_that_is_taken_reads_back(body in nearly_a_call()) {
        if let Ok(request) = CallRequest::read(&body) {
            let Value::Object(written) = serde_json::to_value(&request).unwrap() else { panic!("not an object") };
            prop_assert_eq!(CallRequest::read(&written), Ok(request));
        }
    }

    #[test]
    fn every_call_request_reads_back(request in call()) {
        let Value::Object(written) = serde_json::to_value(&request).unwrap() else { panic!("not an object") };
        prop_assert_eq!(CallRequest::read(&written), Ok(request));
    }

    #[test]
    fn settings_of_any_shape_are_judged(calling in any_json()) {
        let body = Map::from_iter([("calling".to_owned(), calling)]);
        let _ = SettingsRequest::read(&body);
    }

    #[test]
    fn escaped_bodies_are_ascii_and_the_same_json(value in any_json()) {
        let bytes = to_escaped_bytes(&value).unwrap();
        prop_assert!(bytes.is_ascii());
        let plain: Value = serde_json::from_str(&value.to_string()).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), plain);
    }
}

//! Request bodies as JSON Schema (OpenAPI 3.1), with the bounds that their readers hold.
//!
//! Readers take more than stands here: numbers as strings, forms, words in any case. What stands here is what the published pages say and
//! what a client should send. Schemas of replies are derived from their types.

use serde_json::{Map, Value, json};

use crate::calls::announcement::PURPOSE_MAX_CHARS;
use crate::calls::{MESSAGING_PRODUCT, OPAQUE_DATA_MAX_CHARS};
use crate::messages::thread_control::METADATA_MAX_CHARS;
use crate::messages::{
    DISPLAY_TEXT_MAX_CHARS, HEADER_AND_FOOTER_MAX_CHARS, INTERACTIVE_BODY_MAX_CHARS, PAYLOAD_MAX_CHARS, TEXT_MAX_CHARS, TTL_MINUTES,
};
use crate::nodes::subscriptions;
use crate::nodes::webhook_configuration::OVERRIDE_MAX_CHARS;
use crate::settings::request::COUNTRIES_MAX;
use crate::settings::{Day, ExtraCodec, IconVisibility, KeyExchange, Switch};
use crate::templates::{self, Category, ParameterFormat};
use crate::webhooks::envelope::OBJECT;

/// Every phone number and id of a user: country code first, digits, `+` allowed.
const NUMBER: &str = r"^\+?[0-9]{7,15}$";

/// `HHMM`.
const TIME: &str = "^([01][0-9]|2[0-3])[0-5][0-9]$";

fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn text(max: usize) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": max })
}

fn words(of: &[&str]) -> Value {
    json!({ "type": "string", "enum": of })
}

fn constant(word: &str) -> Value {
    json!({ "type": "string", "const": word })
}

fn list(items: Value, max: usize) -> Value {
    json!({ "type": "array", "items": items, "maxItems": max })
}

fn with(mut properties: Value, more: Value) -> Value {
    if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
        properties.extend(more);
    }
    properties
}

/// To whom; both may be left out in the schema, one of them in no request.
fn addressee() -> Value {
    json!({
        "to": { "type": "string", "pattern": NUMBER, "description": "The user's number, country code first." },
        "recipient": { "type": "string", "description": "The user's business-scoped id. `to` wins over it." },
    })
}

/// `POST /{phone-number-id}/calls`.
pub fn call() -> Value {
    let session = |kind: &str| {
        object(
            json!({ "sdp_type": constant(kind), "sdp": { "type": "string", "minLength": 1, "description": "RFC 8866." } }),
            &["sdp_type", "sdp"],
        )
    };
    let base = |action: &str| json!({ "messaging_product": constant(MESSAGING_PRODUCT), "action": constant(action) });
    let call_id = json!({ "call_id": { "type": "string", "minLength": 1, "description": "`wacid.…`" } });
    let capture = || {
        object(
            json!({ "status": words(Switch::SPELLINGS), "purpose": text(PURPOSE_MAX_CHARS), "language": { "type": "string" } }),
            &["status"],
        )
    };
    let extras = json!({ "biz_opaque_callback_data": { "type": "string", "maxLength": OPAQUE_DATA_MAX_CHARS },
        "recording": capture(), "transcription": capture() });
    let connect = with(with(base("connect"), addressee()), json!({ "session": session("offer") }));
    let answered = |action| with(with(base(action), call_id.clone()), json!({ "session": session("answer") }));
    let ended = |action| object(with(base(action), call_id.clone()), &["messaging_product", "action", "call_id"]);
    json!({ "oneOf": [
        object(with(connect, extras.clone()), &["messaging_product", "action", "session"]),
        object(answered("pre_accept"), &["messaging_product", "action", "call_id", "session"]),
        object(with(answered("accept"), extras), &["messaging_product", "action", "call_id"]),
        ended("reject"),
        ended("terminate"),
    ] })
}

/// `POST /{phone-number-id}/thread_control`.
pub fn thread_control() -> Value {
    let base = |action: &str| {
        with(
            with(json!({ "messaging_product": constant(MESSAGING_PRODUCT), "action": constant(action) }), addressee()),
            json!({ "metadata": { "type": "string", "maxLength": METADATA_MAX_CHARS, "description": "Told to whoever is told." } }),
        )
    };
    let target = object(
        json!({ "target_role": { "type": "string", "description": "The role of the business that gets the thread." } }),
        &["target_role"],
    );
    let pass = with(base("pass"), json!({ "control_pass": target }));
    json!({ "oneOf": [
        object(pass, &["messaging_product", "action", "control_pass"]),
        object(base("take"), &["messaging_product", "action"]),
        object(base("release"), &["messaging_product", "action"]),
    ] })
}

/// `POST /{phone-number-id}/messages`.
pub fn message() -> Value {
    let base = |kind: &str| {
        with(
            with(json!({ "messaging_product": constant(MESSAGING_PRODUCT), "recipient_type": constant("individual") }), addressee()),
            json!({ "type": constant(kind), "context": object(json!({ "message_id": { "type": "string", "minLength": 1 } }), &["message_id"]),
                "biz_opaque_callback_data": { "type": "string", "maxLength": OPAQUE_DATA_MAX_CHARS } }),
        )
    };
    let shown = |max| object(json!({ "text": text(max) }), &["text"]);
    let header = object(json!({ "type": constant("text"), "text": text(HEADER_AND_FOOTER_MAX_CHARS) }), &["type", "text"]);
    let button = object(
        json!({
            "type": constant("voice_call"), "header": header, "body": shown(INTERACTIVE_BODY_MAX_CHARS), "footer": shown(HEADER_AND_FOOTER_MAX_CHARS),
            "action": object(json!({ "name": constant("voice_call"), "parameters": object(json!({
                "display_text": text(DISPLAY_TEXT_MAX_CHARS),
                "ttl_minutes": { "type": "integer", "minimum": TTL_MINUTES.start(), "maximum": TTL_MINUTES.end() },
                "payload": { "type": "string", "maxLength": PAYLOAD_MAX_CHARS } }), &[]) }), &["name"]),
        }),
        &["type", "body", "action"],
    );
    let request = object(
        json!({ "type": constant("call_permission_request"), "body": shown(INTERACTIVE_BODY_MAX_CHARS),
            "action": object(json!({ "name": constant("call_permission_request") }), &["name"]) }),
        &["type", "action"],
    );
    let component = object(
        json!({ "type": { "type": "string" }, "sub_type": { "type": "string" }, "index": {}, "parameters": { "type": "array", "items": {} } }),
        &["type"],
    );
    let template = object(
        json!({ "name": text(templates::NAME_MAX_CHARS), "language": object(json!({ "code": { "type": "string", "minLength": 1 } }), &["code"]),
            "components": { "type": "array", "items": component } }),
        &["name", "language"],
    );
    let said = object(json!({ "body": text(TEXT_MAX_CHARS), "preview_url": { "type": "boolean" } }), &["body"]);
    let of = |kind: &str, content: Value| {
        let mut member = Map::new();
        member.insert(kind.to_owned(), content);
        object(with(base(kind), Value::Object(member)), &["messaging_product", "type", kind])
    };
    let read = json!({ "messaging_product": constant(MESSAGING_PRODUCT), "status": constant("read"), "message_id": { "type": "string", "minLength": 1 } });
    json!({ "oneOf": [
        of("text", said),
        of("interactive", json!({ "oneOf": [button, request] })),
        of("template", template),
        object(read, &["messaging_product", "status", "message_id"]),
    ] })
}

/// `POST /{phone-number-id}/settings`.
pub fn settings() -> Value {
    let time = || json!({ "type": "string", "pattern": TIME });
    let open = object(
        json!({ "day_of_week": words(Day::SPELLINGS), "open_time": time(), "close_time": time() }),
        &["day_of_week", "open_time", "close_time"],
    );
    let holiday = object(
        json!({ "date": { "type": "string", "format": "date" }, "start_time": time(), "end_time": time() }),
        &["date", "start_time", "end_time"],
    );
    let hours = object(
        json!({ "status": words(Switch::SPELLINGS), "timezone_id": { "type": "string", "description": "IANA name." },
            "weekly_operating_hours": list(open, 14), "holiday_schedule": list(holiday, 20) }),
        &["status", "timezone_id", "weekly_operating_hours"],
    );
    let country = json!({ "type": "string", "pattern": "^[A-Z]{2}$" });
    let calling = object(
        json!({
            "status": words(Switch::SPELLINGS),
            "call_icon_visibility": words(IconVisibility::SPELLINGS),
            "callback_permission_status": words(Switch::SPELLINGS),
            "call_icons": object(json!({ "restrict_to_user_countries": list(country, COUNTRIES_MAX) }), &["restrict_to_user_countries"]),
            "call_hours": hours,
            "audio": object(json!({ "additional_codecs": list(words(ExtraCodec::SPELLINGS), ExtraCodec::SPELLINGS.len()) }), &["additional_codecs"]),
            "srtp_key_exchange_protocol": words(KeyExchange::SPELLINGS),
            "sip": object(json!({ "status": words(Switch::SPELLINGS) }), &[]),
            "video": object(json!({ "status": words(Switch::SPELLINGS) }), &[]),
        }),
        &[],
    );
    object(json!({ "calling": calling }), &["calling"])
}

fn callback() -> Value {
    json!({
        "override_callback_uri": { "type": "string", "format": "uri", "maxLength": OVERRIDE_MAX_CHARS },
        "verify_token": { "type": "string", "minLength": 1, "description": "Carried by the challenge that the address must answer." },
    })
}

/// `POST /{phone-number-id}`.
pub fn phone_number() -> Value {
    let pin = json!({ "type": "string", "pattern": "^[0-9]{6}$" });
    json!({ "oneOf": [
        object(json!({ "webhook_configuration": object(callback(), &["override_callback_uri"]) }), &["webhook_configuration"]),
        object(json!({ "pin": pin }), &["pin"]),
    ] })
}

/// `POST /{waba-id}/subscribed_apps`: nothing, or an override.
pub fn subscribed_app() -> Value {
    object(callback(), &[])
}

/// `POST /{app-id}/subscriptions`.
pub fn subscription() -> Value {
    object(
        json!({
            "object": constant(OBJECT),
            "callback_url": { "type": "string", "format": "uri" },
            "verify_token": { "type": "string" },
            "include_values": { "type": "boolean" },
            "fields": { "type": "array", "items": words(&subscriptions::FIELDS), "minItems": 1 },
        }),
        &["object", "callback_url", "fields"],
    )
}

/// `POST /{waba-id}/message_templates`.
pub fn template() -> Value {
    let component = object(
        json!({ "type": words(&["HEADER", "BODY", "FOOTER", "BUTTONS", "CALL_PERMISSION_REQUEST"]), "format": constant("TEXT"),
            "text": { "type": "string" }, "example": {}, "buttons": { "type": "array", "items": { "type": "object" } } }),
        &["type"],
    );
    object(
        json!({
            "name": { "type": "string", "pattern": "^[a-z0-9_]+$", "maxLength": templates::NAME_MAX_CHARS },
            "language": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$", "maxLength": templates::LANGUAGE_MAX_CHARS },
            "category": words(Category::SPELLINGS),
            "parameter_format": words(ParameterFormat::SPELLINGS),
            "components": { "type": "array", "items": component, "minItems": 1 },
        }),
        &["name", "language", "category", "components"],
    )
}

/// `POST /` with several requests.
pub fn batch(parts_max: usize) -> Value {
    let part = object(
        json!({ "method": words(&["GET", "POST", "DELETE"]), "relative_url": { "type": "string", "minLength": 1 },
            "body": { "type": "string" }, "name": { "type": "string" }, "depends_on": { "type": "string" },
            "omit_response_on_success": { "type": "boolean" } }),
        &["method", "relative_url"],
    );
    let parts = json!({ "type": "array", "items": part, "minItems": 1, "maxItems": parts_max });
    object(json!({ "batch": parts, "include_headers": { "type": "boolean" } }), &["batch"])
}

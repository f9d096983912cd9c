//! `/{app-id}/subscriptions`: an app's callback URL and the webhook fields it wants.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::params::{Malformed, Params};
use crate::quiet::quiet_debug;
use crate::webhooks::envelope::OBJECT;

/// Every webhook field of the account object (platform docs, Webhooks, 2026-10-12).
pub const FIELDS: [&str; 31] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_username_updates",
    "calls",
    "consumer_profile",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_echoes",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messages",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "user_preferences",
];

/// One subscription as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// `whatsapp_business_account`.
    pub object: String,
    /// Where webhooks go.
    pub callback_url: String,
    /// True.
    pub active: bool,
    /// What is delivered.
    pub fields: Vec<SubscribedField>,
}

/// One field of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubscribedField {
    /// Its name.
    pub name: String,
    /// Version it is delivered in, `v25.0`.
    pub version: String,
}

/// The body of POST, from JSON or form parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscriptionRequest {
    /// Where webhooks shall go.
    pub callback_url: String,
    /// Carried by the challenge; may be empty.
    pub verify_token: String,
    /// What shall be delivered, each once, at least one; added to what there is.
    pub fields: Vec<String>,
}

quiet_debug! { SubscriptionRequest { callback_url, fields } }

impl SubscriptionRequest {
    /// Reads a request body.
    ///
    /// # Errors
    /// Another object, a missing URL, no field, or one that nobody knows.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        read_object(params)?;
        Ok(Self {
            callback_url: params.required_text("callback_url")?.to_owned(),
            verify_token: params.text("verify_token")?.unwrap_or_default().to_owned(),
            fields: read_fields(params)?.ok_or_else(|| Malformed::missing("fields"))?,
        })
    }
}

/// What DELETE removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscription {
    /// Only these fields; `None` means the whole subscription.
    pub fields: Option<Vec<String>>,
}

impl Unsubscription {
    /// Reads query or body.
    ///
    /// # Errors
    /// Another object, or a field nobody knows.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Malformed> {
        let params = Params::new(body);
        if params.value("object").is_some() {
            read_object(params)?;
        }
        Ok(Self { fields: read_fields(params)? })
    }
}

fn read_object(params: Params<'_>) -> Result<(), Malformed> {
    match params.required_text("object")? {
        OBJECT => Ok(()),
        _ => Err(Malformed::wrong("object", format_args!("must be {OBJECT}"))),
    }
}

/// `fields` as a list of names in every form, or as the list of objects with a name that GET shows.
fn read_fields(params: Params<'_>) -> Result<Option<Vec<String>>, Malformed> {
    let names = match params.value("fields") {
        Some(Value::Array(items)) if items.iter().any(Value::is_object) => {
            let names = items.iter().map(|item| item.get("name")?.as_str().map(str::to_owned)).collect::<Option<_>>();
            Some(names.ok_or_else(|| Malformed::wrong("fields", "must hold names of webhook fields"))?)
        }
        _ => params.words("fields")?,
    };
    let Some(names): Option<Vec<String>> = names else { return Ok(None) };
    let mut fields: Vec<String> = Vec::new();
    for name in names {
        if !FIELDS.contains(&name.as_str()) {
            return Err(Malformed::wrong("fields", "names a webhook field that does not exist"));
        }
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    if fields.is_empty() {
        return Err(Malformed::wrong("fields", "names no webhook field"));
    }
    Ok(Some(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::nodes::page::Page;
    use serde_json::json;

    fn read(value: Value) -> Result<SubscriptionRequest, Malformed> {
        let Value::Object(body) = value else { panic!("not an object") };
        SubscriptionRequest::read(&body)
    }

    #[test]
    fn writes_the_published_sample() {
        let field = |name: &str| SubscribedField { name: name.into(), version: "v25.0".into() };
        let subscription = Subscription {
            object: OBJECT.into(),
            callback_url: "https://hooks.acme.example/wa".into(),
            active: true,
            fields: vec![field("calls"), field("messages")],
        };
        golden::check(&Page::whole(vec![subscription]), include_str!("../../samples/subscriptions.json"));
    }

    #[test]
    fn reads_fields_in_every_form() {
        for fields in [
            json!("calls, messages,calls"),
            json!(["calls", "messages"]),
            json!("[\"calls\",\"messages\"]"),
            json!([{ "name": "calls", "version": "v25.0" }, { "name": "messages" }]),
        ] {
            let request = read(json!({ "object": OBJECT, "callback_url": "https://h.example", "fields": fields,
                "verify_token": "s3cr3t", "include_values": "true" }))
            .unwrap();
            assert_eq!(request.fields, ["calls", "messages"]);
            assert_eq!(request.verify_token, "s3cr3t");
        }
    }

    #[test]
    fn refuses_other_objects_and_unknown_fields() {
        for (body, details) in [
            (json!({}), "The parameter object is required."),
            (json!({ "object": "page" }), "The parameter object must be whatsapp_business_account."),
            (json!({ "object": OBJECT }), "The parameter callback_url is required."),
            (
                json!({ "object": OBJECT, "callback_url": "https://h.example", "fields": "calls,feed" }),
                "The parameter fields names a webhook field that does not exist.",
            ),
            (json!({ "object": OBJECT, "callback_url": "https://h.example", "fields": [1] }), "The parameter fields must hold texts."),
            (json!({ "object": OBJECT, "callback_url": "https://h.example" }), "The parameter fields is required."),
            (
                json!({ "object": OBJECT, "callback_url": "https://h.example", "fields": "" }),
                "The parameter fields names no webhook field.",
            ),
            (
                json!({ "object": OBJECT, "callback_url": "https://h.example", "fields": [{ "name": "calls" }, "messages"] }),
                "The parameter fields must hold names of webhook fields.",
            ),
        ] {
            assert_eq!(read(body).unwrap_err().details, details);
        }
    }
}

//! Where webhooks go, as three levels: number, account, app. The nearest wins.
//!
//! Platform docs, Webhooks, Overrides (2026-09-11). The same request members set an override on a number
//! (inside `webhook_configuration`) and on an account (at the top of `subscribed_apps`).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::params::{Malformed, Params};

/// Most characters of `override_callback_uri`.
pub const OVERRIDE_MAX_CHARS: usize = 200;

/// The node's field `webhook_configuration`: each level only where it is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct WebhookConfiguration {
    /// Override of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Override of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp_business_account: Option<String>,
    /// The app's own URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
}

/// What a request does to an override.
#[derive(Clone, PartialEq, Eq)]
pub enum OverrideUpdate {
    /// Point it there, after the URL answered the challenge.
    Set {
        /// Where to deliver.
        callback_uri: String,
        /// What the challenge carries.
        verify_token: String,
    },
    /// An empty URL removes it.
    Remove,
}

/// A verify token is a secret.
impl fmt::Debug for OverrideUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { callback_uri, .. } => write!(f, "set to {callback_uri}"),
            Self::Remove => f.write_str("remove"),
        }
    }
}

impl OverrideUpdate {
    /// The override in the body of `POST /{phone-number-id}`; absent when the body speaks of something else.
    ///
    /// # Errors
    /// A member is missing, of the wrong type or too long.
    pub fn of_phone_number(body: &Map<String, Value>) -> Result<Option<Self>, Malformed> {
        let Some(value) = body.get("webhook_configuration").filter(|value| !value.is_null()) else { return Ok(None) };
        let params = Params::nested(value, "webhook_configuration")?;
        match Self::read(params)? {
            Some(update) => Ok(Some(update)),
            None => Err(Malformed::missing("webhook_configuration.override_callback_uri")),
        }
    }

    /// The override in the body of `POST /{waba-id}/subscribed_apps`; absent on a plain subscription.
    ///
    /// # Errors
    /// A member is missing, of the wrong type or too long.
    pub fn of_account(body: &Map<String, Value>) -> Result<Option<Self>, Malformed> {
        Self::read(Params::new(body))
    }

    fn read(params: Params<'_>) -> Result<Option<Self>, Malformed> {
        const URI: &str = "override_callback_uri";
        const TOKEN: &str = "verify_token";
        let token = params.text(TOKEN)?;
        match params.text(URI)? {
            None if token.is_some() => Err(Malformed::missing(&params.name(URI))),
            None => Ok(None),
            Some("") => Ok(Some(Self::Remove)),
            Some(uri) if uri.chars().count() > OVERRIDE_MAX_CHARS => {
                Err(Malformed::wrong(&params.name(URI), "must have at most 200 characters"))
            }
            Some(uri) => Ok(Some(Self::Set { callback_uri: uri.to_owned(), verify_token: params.required_text(TOKEN)?.to_owned() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { panic!("not an object") };
        object
    }

    #[test]
    fn writes_the_published_sample() {
        let shown = WebhookConfiguration {
            phone_number: Some("https://eu.tenant.example/wa".into()),
            whatsapp_business_account: Some("https://tenant.example/wa".into()),
            application: Some("https://hooks.acme.example/wa".into()),
        };
        golden::check(&shown, include_str!("../../samples/webhook_configuration.json"));
    }

    #[test]
    fn reads_both_published_requests() {
        let phone = object(json!({ "webhook_configuration":
            { "override_callback_uri": "https://eu.tenant.example/wa", "verify_token": "t0k3n" } }));
        let expected = OverrideUpdate::Set { callback_uri: "https://eu.tenant.example/wa".into(), verify_token: "t0k3n".into() };
        assert_eq!(OverrideUpdate::of_phone_number(&phone), Ok(Some(expected)));
        let account = object(json!({ "override_callback_uri": "https://tenant.example/wa", "verify_token": "s3cr3t" }));
        assert!(matches!(OverrideUpdate::of_account(&account), Ok(Some(OverrideUpdate::Set { .. }))));
    }

    #[test]
    fn an_empty_url_removes_and_an_empty_body_says_nothing() {
        let body = object(json!({ "webhook_configuration": { "override_callback_uri": "" } }));
        assert_eq!(OverrideUpdate::of_phone_number(&body), Ok(Some(OverrideUpdate::Remove)));
        assert_eq!(OverrideUpdate::of_account(&object(json!({ "subscribed_fields": ["calls"] }))), Ok(None));
        assert_eq!(OverrideUpdate::of_phone_number(&object(json!({ "pin": "482913" }))), Ok(None));
    }

    #[test]
    fn refuses_halves_and_long_urls() {
        let long = format!("https://x.example/{}", "a".repeat(200));
        for (body, details) in [
            (json!({ "override_callback_uri": "https://x.example" }), "The parameter verify_token is required."),
            (json!({ "verify_token": "t" }), "The parameter override_callback_uri is required."),
            (
                json!({ "override_callback_uri": long, "verify_token": "t" }),
                "The parameter override_callback_uri must have at most 200 characters.",
            ),
        ] {
            assert_eq!(OverrideUpdate::of_account(&object(body)).unwrap_err().details, details);
        }
        let body = object(json!({ "webhook_configuration": {} }));
        assert!(OverrideUpdate::of_phone_number(&body).is_err());
    }
}

//! The phone-number node.
//!
//! Platform docs, Cloud API, Phone numbers (2026); key order of the published sample.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::health::HealthStatus;
use super::webhook_configuration::WebhookConfiguration;
use crate::quiet::quiet_debug;

/// What GET shows when `fields` is absent; older clients expect the last one without asking.
pub const DEFAULT_FIELDS: [&str; 5] = ["id", "display_phone_number", "verified_name", "quality_rating", "code_verification_status"];

/// What it is called in refusals.
pub const NODE: &str = "WhatsAppBusinessPhoneNumber";

/// Every field that we serve, beside the id.
pub const SERVED: &[&str] = &[
    "account_mode",
    "code_verification_status",
    "country_dial_code",
    "display_phone_number",
    "health_status",
    "is_on_biz_app",
    "name_status",
    "platform_type",
    "quality_rating",
    "status",
    "throughput",
    "verified_name",
    "webhook_configuration",
    "whatsapp_business_manager_messaging_limit",
];

/// Fields and edges of the node that we do not serve, or that numbers here never have: asked for, they are left out of the reply.
pub const WITHOUT_VALUE: &[&str] = &[
    "certificate",
    "conversational_automation",
    "eligibility_for_api_business_global_search",
    "host_platform",
    "is_official_business_account",
    "is_pin_enabled",
    "is_preverified_number",
    "last_onboarded_time",
    "messaging_limit_tier",
    "new_certificate",
    "new_display_name",
    "new_name_status",
    "official_business_account",
    "quality_score",
    "search_visibility",
    "settings",
    "unified_cert_status",
    "username",
    "verification_expiry_time",
    "whatsapp_business_profile",
];

/// Every field of the node that we serve.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PhoneNumber {
    /// PNID.
    pub id: String,
    /// Formatted for people: `+1 555-902-0077`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_phone_number: Option<String>,
    /// Name shown to users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`, `NA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_rating: Option<String>,
    /// `VERIFIED`, `NOT_VERIFIED`, `EXPIRED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_verification_status: Option<String>,
    /// `CLOUD_API`, `NOT_APPLICABLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_type: Option<String>,
    /// `false` unless the number is in use with the WhatsApp Business app as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_on_biz_app: Option<bool>,
    /// Messages per second, as a level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<Throughput>,
    /// `APPROVED` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_status: Option<String>,
    /// `CONNECTED` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `LIVE` or `SANDBOX`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_mode: Option<String>,
    /// Country calling code, digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_dial_code: Option<String>,
    /// `TIER_2K` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp_business_manager_messaging_limit: Option<String>,
    /// Where webhooks of this number go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_configuration: Option<WebhookConfiguration>,
    /// Whether messages can be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_status: Option<HealthStatus>,
}

quiet_debug! { PhoneNumber { id } }

/// `throughput`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Throughput {
    /// `STANDARD`, `HIGH`, `NOT_APPLICABLE`.
    pub level: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn writes_the_published_sample() {
        let node = PhoneNumber {
            id: "881200345671203".into(),
            display_phone_number: Some("+1 555-902-0077".into()),
            verified_name: Some("Acme Repairs".into()),
            quality_rating: Some("GREEN".into()),
            code_verification_status: Some("VERIFIED".into()),
            platform_type: Some("CLOUD_API".into()),
            is_on_biz_app: None,
            throughput: Some(Throughput { level: "STANDARD".into() }),
            name_status: Some("APPROVED".into()),
            status: Some("CONNECTED".into()),
            account_mode: Some("LIVE".into()),
            country_dial_code: Some("1".into()),
            whatsapp_business_manager_messaging_limit: Some("TIER_2K".into()),
            webhook_configuration: Some(WebhookConfiguration {
                application: Some("https://hooks.acme.example/wa".into()),
                ..WebhookConfiguration::default()
            }),
            health_status: None,
        };
        golden::check(&node, include_str!("../../samples/phone_number.json"));
    }
}

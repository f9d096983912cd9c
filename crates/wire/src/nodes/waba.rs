//! The WhatsApp Business Account node.

use super::health::HealthStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What GET shows when `fields` is absent.
pub const DEFAULT_FIELDS: [&str; 5] = ["id", "name", "timezone_id", "currency", "message_template_namespace"];

/// What it is called in refusals.
pub const NODE: &str = "WhatsAppBusinessAccount";

/// Every field and list that we serve, beside the id.
pub const SERVED: &[&str] = &[
    "account_review_status",
    "business_verification_status",
    "country",
    "currency",
    "health_status",
    "message_template_namespace",
    "message_templates",
    "name",
    "owner_business_info",
    "ownership_type",
    "phone_numbers",
    "primary_funding_id",
    "subscribed_apps",
    "timezone_id",
];

/// Fields and edges of the node that we do not serve, or that accounts here never have: asked for, they are left out of the reply.
pub const WITHOUT_VALUE: &[&str] = &[
    "analytics",
    "assigned_users",
    "auth_international_rate_eligibility",
    "call_analytics",
    "conversation_analytics",
    "creation_time",
    "disable_marketing_messages_on_cloud_api",
    "is_enabled_for_insights",
    "is_shared_with_partners",
    "linked_commerce_account",
    "marketing_messages_lite_api_status",
    "marketing_messages_onboarding_status",
    "on_behalf_of_business_info",
    "owner_business",
    "pricing_analytics",
    "primary_business_location",
    "purchase_order_number",
    "solutions",
    "status",
    "template_analytics",
    "volume_tier_info",
    "whatsapp_business_manager_messaging_limit",
];

/// Every field of the node that we serve, in the key order of the published sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waba {
    /// WABA id.
    pub id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Number of a time zone in the platform's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone_id: Option<String>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `APPROVED` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_review_status: Option<String>,
    /// `verified`, `not_verified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_verification_status: Option<String>,
    /// `SELF` and others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership_type: Option<String>,
    /// Names templates of this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_template_namespace: Option<String>,
    /// Whether messages can be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_status: Option<HealthStatus>,
    /// The credit line that pays for it, by the credential of its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_funding_id: Option<String>,
    /// The portfolio that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_business_info: Option<OwnerBusiness>,
}

/// `owner_business_info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnerBusiness {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn writes_the_published_sample() {
        let node = Waba {
            id: "660017722334455".into(),
            name: Some("Acme ID".into()),
            timezone_id: Some("1".into()),
            currency: Some("USD".into()),
            country: Some("ID".into()),
            account_review_status: Some("APPROVED".into()),
            business_verification_status: Some("not_verified".into()),
            ownership_type: Some("SELF".into()),
            health_status: None,
            primary_funding_id: None,
            owner_business_info: None,
            message_template_namespace: Some("c1d2e3f4_0a1b_4c2d_8e3f_112233445566".into()),
        };
        golden::check(&node, include_str!("../../samples/waba.json"));
    }
}

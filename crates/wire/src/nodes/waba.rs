//! The WhatsApp Business Account node.

use serde::{Deserialize, Serialize};

/// What GET shows when `fields` is absent.
pub const DEFAULT_FIELDS: [&str; 5] = ["id", "name", "timezone_id", "currency", "message_template_namespace"];

/// Every field of the node that we serve, in the key order of the published sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
            message_template_namespace: Some("c1d2e3f4_0a1b_4c2d_8e3f_112233445566".into()),
        };
        golden::check(&node, include_str!("../../samples/waba.json"));
    }
}

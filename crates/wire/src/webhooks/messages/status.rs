//! `statuses[]`: what became of a message of the business.

use serde::{Deserialize, Serialize};

use crate::quiet::quiet_debug;
use crate::seconds::TextSeconds;
use crate::webhooks::ErrorObject;

/// The element of `statuses`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatusEvent {
    /// `wamid.…`
    pub id: String,
    /// What.
    pub status: MessageStatus,
    /// When.
    pub timestamp: TextSeconds,
    /// The user's digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<String>,
    /// The user's business-scoped id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_user_id: Option<String>,
    /// The portfolio parent's id for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_parent_user_id: Option<String>,
    /// As given with the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub biz_opaque_callback_data: Option<String>,
    /// With `sent`, and with one of `delivered` and `read`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// With `failed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorObject>,
}

/// How far a message came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// On its way.
    Sent,
    /// On the user's device. Skipped when the message was shown at once.
    Delivered,
    /// Shown.
    Read,
    /// A voice message was heard.
    Played,
    /// It will not arrive; the errors say why.
    Failed,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

/// What the message costs, not how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pricing {
    /// Whether it is charged for.
    pub billable: bool,
    /// `PMP`, per message, since 2025-07-01.
    #[serde(default)]
    pub pricing_model: String,
    /// Under which rule.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PricingType>,
    /// As what.
    pub category: PricingCategory,
}

/// Under which rule a message is priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingType {
    /// At the rate of its category.
    Regular,
    /// Free in an open customer service window.
    FreeCustomerService,
    /// Free after the user came by an advertisement.
    FreeEntryPoint,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

/// As what a message is priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingCategory {
    /// Free-form.
    Service,
    /// A utility template.
    Utility,
    /// A marketing template.
    Marketing,
    /// A marketing template sent through the API of that name.
    MarketingLite,
    /// An authentication template.
    Authentication,
    /// The same, across a border.
    #[serde(rename = "authentication-international")]
    AuthenticationInternational,
    /// In a free entry point window.
    ReferralConversion,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

quiet_debug! { MessageStatusEvent { status, timestamp, pricing, errors } }

impl MessageStatusEvent {
    /// A status with its three constant members; the rest is absent.
    pub fn new(id: impl Into<String>, status: MessageStatus, timestamp: TextSeconds) -> Self {
        Self {
            id: id.into(),
            status,
            timestamp,
            recipient_id: None,
            recipient_user_id: None,
            recipient_parent_user_id: None,
            biz_opaque_callback_data: None,
            pricing: None,
            errors: vec![],
        }
    }
}

impl Pricing {
    /// Per message, charged for under the regular rule only.
    pub fn per_message(kind: PricingType, category: PricingCategory) -> Self {
        Self { billable: kind == PricingType::Regular, pricing_model: "PMP".to_owned(), kind: Some(kind), category }
    }
}

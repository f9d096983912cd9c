//! What partners are told: `account_update` about a business that let their app in, and `partner_solutions`.
//!
//! Platform docs, Embedded Signup, Webhooks (2026-08), account_update webhook reference (2025-12-05) and Multi-partner solutions (2025-12-12). The id of
//! the entry is that of the partner's portfolio.

use serde::{Deserialize, Serialize};

use super::Change;

/// `value` of `account_update` about a partner's access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerUpdateValue {
    /// What happened.
    pub event: PartnerUpdateEvent,
    /// About which account. Not in `PARTNER_APP_UNINSTALLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waba_info: Option<WabaInfo>,
    /// With `PARTNER_REMOVED`, where the reason is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnection_info: Option<DisconnectionInfo>,
}

/// What became of a partner's access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartnerUpdateEvent {
    /// The account was shared with the partner.
    PartnerAdded,
    /// It is shared no more.
    PartnerRemoved,
    /// The partner's app was let in.
    PartnerAppInstalled,
    /// It was put out.
    PartnerAppUninstalled,
}

/// `waba_info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WabaInfo {
    /// The account.
    pub waba_id: String,
    /// The portfolio that owns it.
    pub owner_business_id: String,
    /// With `PARTNER_APP_INSTALLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_app_id: Option<String>,
    /// Of an account that was signed up with a multi-partner solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution_id: Option<String>,
    /// The portfolios of that solution's partners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub solution_partner_business_ids: Vec<String>,
}

/// `disconnection_info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisconnectionInfo {
    /// `ACCOUNT_DISCONNECTED` and others.
    pub reason: String,
    /// `USER` or `SYSTEM`.
    pub initiated_by: String,
}

/// `value` of `partner_solutions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerSolutionValue {
    /// `SOLUTION_CREATED` or `SOLUTION_UPDATED`.
    pub event: String,
    /// The solution.
    pub solution_id: String,
    /// `ACTIVE` and others.
    pub solution_status: String,
}

impl PartnerUpdateValue {
    /// As a change of `account_update`.
    pub fn change(&self) -> Change {
        other("account_update", self)
    }
}

impl PartnerSolutionValue {
    /// As a change of `partner_solutions`.
    pub fn change(&self) -> Change {
        other("partner_solutions", self)
    }
}

fn other(field: &str, value: &impl Serialize) -> Change {
    // Shapes with text for keys: nothing can fail.
    Change::Other { field: field.to_owned(), value: serde_json::to_value(value).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn an_installed_app_as_published() {
        let value = PartnerUpdateValue {
            event: PartnerUpdateEvent::PartnerAppInstalled,
            waba_info: Some(WabaInfo {
                waba_id: "660017722334455".into(),
                owner_business_id: "330044005500660".into(),
                partner_app_id: Some("5566778899001".into()),
                solution_id: None,
                solution_partner_business_ids: vec![],
            }),
            disconnection_info: None,
        };
        golden::check(
            &value,
            r#"{"event":"PARTNER_APP_INSTALLED","waba_info":{"waba_id":"660017722334455","owner_business_id":"330044005500660","partner_app_id":"5566778899001"}}"#,
        );
        let gone = PartnerUpdateValue { event: PartnerUpdateEvent::PartnerAppUninstalled, waba_info: None, ..value };
        golden::check(&gone, r#"{"event":"PARTNER_APP_UNINSTALLED"}"#);
    }

    #[test]
    fn a_solution_as_published() {
        let value = PartnerSolutionValue {
            event: "SOLUTION_CREATED".into(),
            solution_id: "190055006600770".into(),
            solution_status: "INITIATED".into(),
        };
        golden::check(&value, r#"{"event":"SOLUTION_CREATED","solution_id":"190055006600770","solution_status":"INITIATED"}"#);
    }
}

//! `health_status` of a number, an account or a template.
//!
//! Platform docs, Cloud API, Messaging health status (2026-06-17); SIP members since 2025-09-08.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A template is not approved.
pub const TEMPLATE_NOT_APPROVED: u32 = 141_002;
/// SIP is not switched on for the number.
pub const SIP_OFF: u32 = 138_024;
/// The app has no SIP server for the number.
pub const NO_SIP_SERVER: u32 = 138_025;

/// `health_status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthStatus {
    /// `AVAILABLE`, `LIMITED` or `BLOCKED`: the worst of the entities.
    pub can_send_message: String,
    /// What takes part in sending a message.
    pub entities: Vec<HealthEntity>,
}

/// One that takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthEntity {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP` or `MESSAGE_TEMPLATE`.
    pub entity_type: String,
    /// Its id.
    pub id: String,
    /// `AVAILABLE`, `LIMITED` or `BLOCKED`.
    pub can_send_message: String,
    /// `AVAILABLE` or `BLOCKED`, of numbers and apps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_receive_call_sip: Option<String>,
    /// What limits it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_info: Vec<String>,
    /// What blocks it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<HealthError>,
}

/// What blocks an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthError {
    /// Published code.
    pub error_code: u32,
    /// In words.
    pub error_description: String,
    /// In words.
    pub possible_solution: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn writes_the_published_sample() {
        let entity = |kind: &str, id: &str, sip: Option<(u32, &str, &str)>| HealthEntity {
            entity_type: kind.into(),
            id: id.into(),
            can_send_message: "AVAILABLE".into(),
            can_receive_call_sip: sip.map(|_| "BLOCKED".into()),
            additional_info: vec![],
            errors: sip
                .map(|(error_code, says, solution)| HealthError {
                    error_code,
                    error_description: says.into(),
                    possible_solution: solution.into(),
                })
                .into_iter()
                .collect(),
        };
        let off = (SIP_OFF, "SIP is not switched on for this number", "Configure SIP in the settings endpoint");
        let health = HealthStatus {
            can_send_message: "BLOCKED".into(),
            entities: vec![
                entity("PHONE_NUMBER", "881200345671203", Some(off)),
                entity("WABA", "660017722334455", None),
                entity("BUSINESS", "330044005500660", None),
                entity("APP", "5566778899001", Some((NO_SIP_SERVER, "…", "…"))),
            ],
        };
        golden::check(&health, include_str!("../../samples/health_status.json"));
    }
}

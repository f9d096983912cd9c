//! Field `account_update`: warnings and restrictions that a number earned by the quality of its calls.
//!
//! Platform docs, Calling, API and Webhook Reference, and account_update webhook reference (2025-12-05). The entry tells
//! the time, and its id is `0` in every sample about calling. Other events of the field are read by name alone.

use serde::{Deserialize, Serialize};

use crate::quiet::quiet_debug;

/// The id of the entry that carries updates about calling.
pub const CALLING_ENTRY: &str = "0";

/// `value` of the change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountUpdateValue {
    /// Digits of the business number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// What happened.
    pub event: AccountEvent,
    /// With a violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub violation_info: Option<ViolationInfo>,
    /// With a restriction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restriction_info: Vec<RestrictionInfo>,
}

/// What an account update tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountEvent {
    /// A warning; nothing is restricted yet.
    AccountViolation,
    /// Something is restricted now.
    AccountRestriction,
    /// Something that is not about the quality of calls.
    #[serde(untagged)]
    Other(String),
}

/// What the warning is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViolationInfo {
    /// Which rule.
    pub violation_type: ViolationType,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
}

/// Which rule was violated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ViolationType {
    /// Users block or report the business for its calls.
    LowBusinessInitiatedCallingQuality,
    /// Users block or report the business for how it takes calls.
    LowUserInitiatedCallingQuality,
    /// Both; an older name.
    LowCallingQuality,
    /// Too few of the users' calls are taken.
    UserInitiatedCallsLowPickupRate,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

/// What is restricted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictionInfo {
    /// Which calls.
    pub restriction_type: RestrictionType,
    /// Until when, Unix seconds; a hidden button has no end of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<i64>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
}

/// Which calls are restricted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RestrictionType {
    /// No business-initiated calls.
    #[serde(rename = "RESTRICTED_BUSINESS_INITIATED_CALLING")]
    BusinessInitiated,
    /// No user-initiated calls.
    #[serde(rename = "RESTRICTED_USER_INITIATED_CALLING")]
    UserInitiated,
    /// Neither.
    #[serde(rename = "RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING")]
    Both,
    /// Users no longer see the call icon, until the business shows it again.
    #[serde(rename = "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN")]
    CallButtonHidden,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

quiet_debug! { AccountUpdateValue { event, violation_info, restriction_info } }

impl AccountUpdateValue {
    /// `phone_number` (digits) is warned.
    pub fn violation(phone_number: impl Into<String>, info: ViolationInfo) -> Self {
        Self { violation_info: Some(info), ..Self::new(phone_number, AccountEvent::AccountViolation) }
    }

    /// `phone_number` (digits) is restricted.
    pub fn restriction(phone_number: impl Into<String>, info: RestrictionInfo) -> Self {
        Self { restriction_info: vec![info], ..Self::new(phone_number, AccountEvent::AccountRestriction) }
    }

    fn new(phone_number: impl Into<String>, event: AccountEvent) -> Self {
        Self { phone_number: Some(phone_number.into()), event, violation_info: None, restriction_info: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::webhooks::{Change, Envelope};

    fn check(time: i64, value: AccountUpdateValue, sample: &str) {
        golden::check_members(&Envelope::timed(CALLING_ENTRY, time, Change::AccountUpdate(Box::new(value))), sample);
    }

    #[test]
    fn restriction_as_published() {
        let restriction_type = RestrictionType::BusinessInitiated;
        let info = RestrictionInfo { restriction_type, expiration: Some(1795948800), remediation: None };
        let value = AccountUpdateValue::restriction("15559020077", info);
        check(1795344000, value, include_str!("../../samples/webhook_account_restriction.json"));
    }

    #[test]
    fn violation_as_published() {
        let remediation = Some("Answer more incoming calls or hide the call buttons.".into());
        let info = ViolationInfo { violation_type: ViolationType::UserInitiatedCallsLowPickupRate, remediation };
        let value = AccountUpdateValue::violation("15559020077", info);
        check(1795344100, value, include_str!("../../samples/webhook_account_violation.json"));
    }

    #[test]
    fn every_published_word_is_known() {
        for text in ["LOW_BUSINESS_INITIATED_CALLING_QUALITY", "LOW_USER_INITIATED_CALLING_QUALITY", "LOW_CALLING_QUALITY"] {
            let json = format!("\"{text}\"");
            let read: ViolationType = serde_json::from_str(&json).unwrap();
            assert!(!matches!(read, ViolationType::Other(_)), "{text}");
            golden::check(&read, &json);
        }
        for text in [
            "RESTRICTED_BUSINESS_INITIATED_CALLING",
            "RESTRICTED_USER_INITIATED_CALLING",
            "RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING",
            "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN",
        ] {
            let json = format!("\"{text}\"");
            let read: RestrictionType = serde_json::from_str(&json).unwrap();
            assert!(!matches!(read, RestrictionType::Other(_)), "{text}");
            golden::check(&read, &json);
        }
    }

    #[test]
    fn other_events_are_read_by_name() {
        let json = r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}"#;
        let read: AccountUpdateValue = serde_json::from_str(json).unwrap();
        assert_eq!((read.event, read.phone_number), (AccountEvent::Other("DISABLED_UPDATE".into()), None));
    }
}

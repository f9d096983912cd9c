//! Field `message_template_status_update`: a template was approved, refused, paused or switched off.
//!
//! Platform docs, Webhooks, message_template_status_update reference (2026-04-13). The entry tells the time.

use serde::{Deserialize, Deserializer, Serialize};

/// What `reason` says when there is none.
pub const NO_REASON: &str = "NONE";

/// `value` of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateStatusValue {
    /// What happened.
    pub event: TemplateEvent,
    /// The template; a number here, a string everywhere else.
    #[serde(deserialize_with = "number_or_text")]
    pub message_template_id: u64,
    /// Its name.
    pub message_template_name: String,
    /// Its language code.
    pub message_template_language: String,
    /// Why; `NONE` on approval.
    #[serde(default)]
    pub reason: Option<String>,
    /// Its category, `UTILITY` for instance; absent in older deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_template_category: Option<String>,
}

/// What happened to a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TemplateEvent {
    /// It may be sent.
    Approved,
    /// It waits for review.
    Pending,
    /// It may never be sent.
    Rejected,
    /// It may not be sent for a while.
    Paused,
    /// It may no longer be sent.
    Disabled,
    /// It will be deleted.
    PendingDeletion,
    /// Something newer than this reader.
    #[serde(untagged)]
    Other(String),
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::webhooks::{Change, Envelope};

    #[test]
    fn approval_as_published() {
        let value = TemplateStatusValue {
            event: TemplateEvent::Approved,
            message_template_id: 1184400337712210,
            message_template_name: "repair_call_consent".into(),
            message_template_language: "en".into(),
            reason: Some(NO_REASON.into()),
            message_template_category: Some("UTILITY".into()),
        };
        let envelope = Envelope::timed("660017722334455", 1794995150, Change::TemplateStatus(Box::new(value)));
        golden::check_members(&envelope, include_str!("../../samples/webhook_template_status.json"));
    }

    #[test]
    fn reads_ids_as_text_and_reasons_that_are_null() {
        let json = r#"{"event":"IN_APPEAL","message_template_id":"12","message_template_name":"n","message_template_language":"en","reason":null}"#;
        let read: TemplateStatusValue = serde_json::from_str(json).unwrap();
        assert_eq!((read.message_template_id, read.reason), (12, None));
        assert_eq!(read.event, TemplateEvent::Other("IN_APPEAL".into()));
    }
}

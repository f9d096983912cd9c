//! `{"object":"whatsapp_business_account","entry":[{"id":…,"changes":[{"value":…,"field":…}]}]}`

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{AccountUpdateValue, CallsValue, HandoverValue, MessagesValue, SettingsUpdateValue, StandbyValue, TemplateStatusValue};

/// `object` of every delivery.
pub const OBJECT: &str = "whatsapp_business_account";

/// A delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// `whatsapp_business_account`.
    pub object: String,
    /// Written with one element.
    pub entry: Vec<Entry>,
}

/// What happened in one WABA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// WABA id; `0` on account updates about calling.
    pub id: String,
    /// Unix seconds; absent on calls, messages and settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    /// Written with one element.
    pub changes: Vec<Change>,
}

/// One change, told apart by its webhook field.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Field `calls`.
    Calls(Box<CallsValue>),
    /// Field `messages`.
    Messages(Box<MessagesValue>),
    /// Field `account_settings_update`.
    SettingsUpdate(Box<SettingsUpdateValue>),
    /// Field `message_template_status_update`.
    TemplateStatus(Box<TemplateStatusValue>),
    /// Field `account_update`.
    AccountUpdate(Box<AccountUpdateValue>),
    /// Field `messaging_handovers`.
    Handover(Box<HandoverValue>),
    /// Field `standby`.
    Standby(Box<StandbyValue>),
    /// Any other field, or a known one in a shape we do not know.
    Other {
        /// The field's name.
        field: String,
        /// Its value as it came.
        value: Value,
    },
}

impl Envelope {
    /// A delivery of one change of calls, messages or settings.
    pub fn of(waba_id: impl Into<String>, change: Change) -> Self {
        let entry = Entry { id: waba_id.into(), time: None, changes: vec![change] };
        Self { object: OBJECT.to_owned(), entry: vec![entry] }
    }

    /// A delivery of one change of templates or of the account, which tell their time (Unix seconds) in the entry.
    pub fn timed(waba_id: impl Into<String>, time: i64, change: Change) -> Self {
        let entry = Entry { id: waba_id.into(), time: Some(time), changes: vec![change] };
        Self { object: OBJECT.to_owned(), entry: vec![entry] }
    }

    /// The same, of another account.
    #[must_use]
    pub fn in_account(mut self, waba_id: &str) -> Self {
        self.entry.iter_mut().for_each(|entry| waba_id.clone_into(&mut entry.id));
        self
    }

    /// Every change of every entry, however they were batched.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.entry.iter().flat_map(|entry| &entry.changes)
    }
}

impl Change {
    /// The webhook field.
    pub fn field(&self) -> &str {
        match self {
            Self::Calls(_) => "calls",
            Self::Messages(_) => "messages",
            Self::SettingsUpdate(_) => "account_settings_update",
            Self::TemplateStatus(_) => "message_template_status_update",
            Self::AccountUpdate(_) => "account_update",
            Self::Handover(_) => "messaging_handovers",
            Self::Standby(_) => "standby",
            Self::Other { field, .. } => field,
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("Change", 2)?;
        match self {
            Self::Calls(value) => change.serialize_field("value", value)?,
            Self::Messages(value) => change.serialize_field("value", value)?,
            Self::SettingsUpdate(value) => change.serialize_field("value", value)?,
            Self::TemplateStatus(value) => change.serialize_field("value", value)?,
            Self::AccountUpdate(value) => change.serialize_field("value", value)?,
            Self::Handover(value) => change.serialize_field("value", value)?,
            Self::Standby(value) => change.serialize_field("value", value)?,
            Self::Other { value, .. } => change.serialize_field("value", value)?,
        }
        change.serialize_field("field", self.field())?;
        change.end()
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            field: String,
            #[serde(default)]
            value: Value,
        }
        let Raw { field, value } = Raw::deserialize(deserializer)?;
        let known = match field.as_str() {
            "calls" => read(&value).map(Self::Calls),
            "messages" => read(&value).map(Self::Messages),
            "account_settings_update" => read(&value).map(Self::SettingsUpdate),
            "message_template_status_update" => read(&value).map(Self::TemplateStatus),
            "account_update" => read(&value).map(Self::AccountUpdate),
            "messaging_handovers" => read(&value).map(Self::Handover),
            "standby" => read(&value).map(Self::Standby),
            _ => None,
        };
        Ok(known.unwrap_or(Self::Other { field, value }))
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: &Value) -> Option<Box<T>> {
    T::deserialize(value).map(Box::new).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keeps_fields_and_shapes_it_does_not_know() {
        let body = json!({ "object": OBJECT, "entry": [
            { "id": "1", "changes": [{ "value": { "messages": [] }, "field": "messages" }, { "field": "calls", "value": 7 }] },
            { "id": "2", "time": 5, "changes": [{ "field": "account_alerts", "value": { "entity_type": "BUSINESS" } }] } ] });
        let envelope: Envelope = serde_json::from_value(body).unwrap();
        let fields: Vec<_> = envelope.changes().map(Change::field).collect();
        assert_eq!(fields, ["messages", "calls", "account_alerts"]);
        assert!(envelope.changes().all(|change| matches!(change, Change::Other { .. })));
        assert_eq!(envelope.entry[1].time, Some(5));
    }
}

//! Field `account_settings_update`: a setting of a number changed, own changes included.
//!
//! The published sample writes the type in lower case and the table in upper case; sent in lower case.

use serde::{Deserialize, Serialize};

use crate::calls::MESSAGING_PRODUCT;
use crate::seconds::TextSeconds;
use crate::settings::Calling;

/// `value.type`.
pub const PHONE_NUMBER_SETTINGS: &str = "phone_number_settings";

/// `value` of the change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsUpdateValue {
    /// `whatsapp`.
    pub messaging_product: String,
    /// When.
    pub timestamp: TextSeconds,
    /// `phone_number_settings`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What.
    pub phone_number_settings: NumberSettings,
}

/// The settings of one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberSettings {
    /// The number.
    pub phone_number_id: String,
    /// As GET shows it; null when nothing under it changed.
    pub calling: Option<Calling>,
}

impl SettingsUpdateValue {
    /// The calling settings of `phone_number_id` changed at `timestamp`.
    pub fn calling(phone_number_id: impl Into<String>, timestamp: TextSeconds, calling: Calling) -> Self {
        Self {
            messaging_product: MESSAGING_PRODUCT.to_owned(),
            timestamp,
            kind: PHONE_NUMBER_SETTINGS.to_owned(),
            phone_number_settings: NumberSettings { phone_number_id: phone_number_id.into(), calling: Some(calling) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::settings::{CallHours, IconVisibility, Shown, Sip, Switch};
    use crate::webhooks::{Change, Envelope};

    #[test]
    fn writes_the_published_sample() {
        let calling = Calling {
            status: Shown::Set(Switch::Enabled),
            call_icon_visibility: Shown::Set(IconVisibility::DisableAll),
            callback_permission_status: Shown::Set(Switch::Enabled),
            call_hours: Some(CallHours {
                status: Switch::Disabled,
                timezone_id: "Asia/Jakarta".into(),
                weekly_operating_hours: vec![],
                holiday_schedule: vec![],
            }),
            sip: Some(Sip { status: Switch::Disabled, webhook_delivery: None, servers: vec![] }),
            ..Calling::not_set()
        };
        let value = SettingsUpdateValue::calling("881200345671203", TextSeconds(1795343000), calling);
        let envelope = Envelope::of("660017722334455", Change::SettingsUpdate(Box::new(value)));
        golden::check(&envelope, include_str!("../../samples/webhook_account_settings_update.json"));
    }
}

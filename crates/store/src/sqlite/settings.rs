//! Calling settings as JSON text in one column: published words, and nothing for what was never set.

use callport_core::call_hours::{CallHours, Date, Day, Holiday, OpenHours, TimeOfDay, Window, Zone};
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::key_exchange::KeyExchange;
use callport_core::settings::{CallingSettings, IconVisibility, Switch};
use callport_core::words::Word;
use serde::{Deserialize, Serialize};

/// The mirror of [`CallingSettings`], which is not serializable on purpose: rules and stored rows change for different reasons.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StoredSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_icon_visibility: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_permission_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restrict_to_user_countries: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_hours: Option<StoredHours>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_codecs: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_exchange: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_webhook_delivery: Option<String>,
}

/// Windows as day or date, first minute, last minute.
#[derive(Debug, Serialize, Deserialize)]
struct StoredHours {
    status: String,
    zone: String,
    week: Vec<[String; 3]>,
    holidays: Vec<[String; 3]>,
}

impl From<&CallingSettings> for StoredSettings {
    fn from(settings: &CallingSettings) -> Self {
        // Named one by one, so that a new setting does not compile until it is stored.
        let CallingSettings {
            status,
            call_icon_visibility,
            callback_permission_status,
            restrict_to_user_countries,
            call_hours,
            additional_codecs,
            key_exchange,
            sip_status,
            sip_webhook_delivery,
        } = settings;
        Self {
            status: status.as_ref().map(text),
            call_icon_visibility: call_icon_visibility.as_ref().map(text),
            callback_permission_status: callback_permission_status.as_ref().map(text),
            restrict_to_user_countries: restrict_to_user_countries.as_ref().map(|all| all.iter().map(Country::to_string).collect()),
            call_hours: call_hours.as_ref().map(StoredHours::of),
            additional_codecs: additional_codecs.as_ref().map(|all| all.iter().map(text).collect()),
            key_exchange: key_exchange.as_ref().map(text),
            sip_status: sip_status.as_ref().map(text),
            sip_webhook_delivery: sip_webhook_delivery.as_ref().map(text),
        }
    }
}

impl StoredSettings {
    /// `None` when a word is unknown.
    pub(super) fn read(&self) -> Option<CallingSettings> {
        Some(CallingSettings {
            status: maybe(self.status.as_ref(), |word| Switch::read(word))?,
            call_icon_visibility: maybe(self.call_icon_visibility.as_ref(), |word| IconVisibility::read(word))?,
            callback_permission_status: maybe(self.callback_permission_status.as_ref(), |word| Switch::read(word))?,
            restrict_to_user_countries: maybe(self.restrict_to_user_countries.as_ref(), |all| each(all, |code| Country::parse(code).ok()))?,
            call_hours: maybe(self.call_hours.as_ref(), StoredHours::read)?,
            additional_codecs: maybe(self.additional_codecs.as_ref(), |all| each(all, AdditionalCodec::read))?,
            key_exchange: maybe(self.key_exchange.as_ref(), |word| KeyExchange::read(word))?,
            sip_status: maybe(self.sip_status.as_ref(), |word| Switch::read(word))?,
            sip_webhook_delivery: maybe(self.sip_webhook_delivery.as_ref(), |word| Switch::read(word))?,
        })
    }
}

impl StoredHours {
    fn of(hours: &CallHours) -> Self {
        let CallHours { status, zone, week, holidays } = hours;
        let row = |first: String, window: Window| [first, window.from.to_string(), window.until.to_string()];
        Self {
            status: text(status),
            zone: zone.name().to_owned(),
            week: week.iter().map(|hours| row(text(&hours.day), hours.window)).collect(),
            holidays: holidays.iter().map(|holiday| row(holiday.date.to_string(), holiday.window)).collect(),
        }
    }

    fn read(&self) -> Option<CallHours> {
        let window = |from: &str, until: &str| Some(Window { from: TimeOfDay::parse(from)?, until: TimeOfDay::parse(until)? });
        let open = |[day, from, until]: &[String; 3]| Some(OpenHours { day: Day::read(day)?, window: window(from, until)? });
        let holiday = |[date, from, until]: &[String; 3]| Some(Holiday { date: Date::parse(date)?, window: window(from, until)? });
        Some(CallHours {
            status: Switch::read(&self.status)?,
            zone: Zone::parse(&self.zone).ok()?,
            week: self.week.iter().map(open).collect::<Option<_>>()?,
            holidays: self.holidays.iter().map(holiday).collect::<Option<_>>()?,
        })
    }
}

fn text(value: &impl Word) -> String {
    value.word().to_owned()
}

/// Outer `None`: unreadable. Inner `None`: never set.
fn maybe<S, T>(stored: Option<&S>, read: impl FnOnce(&S) -> Option<T>) -> Option<Option<T>> {
    match stored {
        Some(stored) => read(stored).map(Some),
        None => Some(None),
    }
}

fn each<T>(stored: &[String], read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    stored.iter().map(|text| read(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of earlier versions hold these very texts: whoever changes one adds a migration.
    #[test]
    fn is_kept_in_these_words() {
        let full = CallingSettings {
            status: Some(Switch::Enabled),
            call_icon_visibility: Some(IconVisibility::DisableAll),
            callback_permission_status: Some(Switch::Disabled),
            restrict_to_user_countries: Some(vec![Country::parse("ID").unwrap(), Country::parse("BR").unwrap()]),
            call_hours: Some(CallHours {
                status: Switch::Enabled,
                zone: Zone::parse("Asia/Jakarta").unwrap(),
                week: vec![OpenHours { day: Day::Monday, window: window("0800", "1200") }],
                holidays: vec![Holiday { date: Date::parse("2027-01-01").unwrap(), window: window("1000", "1400") }],
            }),
            additional_codecs: Some(vec![AdditionalCodec::Pcmu, AdditionalCodec::Pcma]),
            key_exchange: Some(KeyExchange::Sdes),
            sip_status: Some(Switch::Enabled),
            sip_webhook_delivery: Some(Switch::Disabled),
        };
        let cases = [
            (CallingSettings::default(), "{}"),
            (
                CallingSettings { restrict_to_user_countries: Some(vec![]), ..CallingSettings::default() },
                r#"{"restrict_to_user_countries":[]}"#,
            ),
            (
                full,
                r#"{"status":"ENABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"DISABLED","restrict_to_user_countries":["ID","BR"],"call_hours":{"status":"ENABLED","zone":"Asia/Jakarta","week":[["MONDAY","0800","1200"]],"holidays":[["2027-01-01","1000","1400"]]},"additional_codecs":["PCMU","PCMA"],"key_exchange":"SDES","sip_status":"ENABLED","sip_webhook_delivery":"DISABLED"}"#,
            ),
        ];
        for (settings, json) in cases {
            assert_eq!(serde_json::to_string(&StoredSettings::from(&settings)).unwrap(), json);
            assert_eq!(serde_json::from_str::<StoredSettings>(json).unwrap().read(), Some(settings));
        }
    }

    fn window(from: &str, until: &str) -> Window {
        Window { from: TimeOfDay::parse(from).unwrap(), until: TimeOfDay::parse(until).unwrap() }
    }

    #[test]
    fn refuses_words_that_it_does_not_know() {
        let mars = r#"{"call_hours":{"status":"ENABLED","zone":"Mars/Base","week":[],"holidays":[]}}"#;
        for json in [mars, r#"{"status":"ON"}"#, r#"{"restrict_to_user_countries":["Indonesia"]}"#, r#"{"additional_codecs":["OPUS"]}"#] {
            assert_eq!(serde_json::from_str::<StoredSettings>(json).unwrap().read(), None, "{json}");
        }
    }
}

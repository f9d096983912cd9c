//! Calling settings as JSON text in one column: published words, and nothing for what was never set.

use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::settings::{CallingSettings, IconVisibility, Switch};
use serde::{Deserialize, Serialize};

use super::words::Word;

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
    additional_codecs: Option<Vec<String>>,
}

impl From<&CallingSettings> for StoredSettings {
    fn from(settings: &CallingSettings) -> Self {
        // Named one by one, so that a new setting does not compile until it is stored.
        let CallingSettings { status, call_icon_visibility, callback_permission_status, restrict_to_user_countries, additional_codecs } =
            settings;
        Self {
            status: status.as_ref().map(text),
            call_icon_visibility: call_icon_visibility.as_ref().map(text),
            callback_permission_status: callback_permission_status.as_ref().map(text),
            restrict_to_user_countries: restrict_to_user_countries.as_ref().map(|all| all.iter().map(Country::to_string).collect()),
            additional_codecs: additional_codecs.as_ref().map(|all| all.iter().map(text).collect()),
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
            additional_codecs: maybe(self.additional_codecs.as_ref(), |all| each(all, AdditionalCodec::read))?,
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
            additional_codecs: Some(vec![AdditionalCodec::Pcmu, AdditionalCodec::Pcma]),
        };
        let cases = [
            (CallingSettings::default(), "{}"),
            (
                CallingSettings { restrict_to_user_countries: Some(vec![]), ..CallingSettings::default() },
                r#"{"restrict_to_user_countries":[]}"#,
            ),
            (
                full,
                r#"{"status":"ENABLED","call_icon_visibility":"DISABLE_ALL","callback_permission_status":"DISABLED","restrict_to_user_countries":["ID","BR"],"additional_codecs":["PCMU","PCMA"]}"#,
            ),
        ];
        for (settings, json) in cases {
            assert_eq!(serde_json::to_string(&StoredSettings::from(&settings)).unwrap(), json);
            assert_eq!(serde_json::from_str::<StoredSettings>(json).unwrap().read(), Some(settings));
        }
    }

    #[test]
    fn refuses_words_that_it_does_not_know() {
        for json in [r#"{"status":"ON"}"#, r#"{"restrict_to_user_countries":["Indonesia"]}"#, r#"{"additional_codecs":["OPUS"]}"#] {
            assert_eq!(serde_json::from_str::<StoredSettings>(json).unwrap().read(), None, "{json}");
        }
    }
}

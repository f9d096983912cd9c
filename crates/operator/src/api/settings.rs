//! The `calling` object of a number, in the published shape (platform docs, Configure call settings).

use callport_core::scope::Field;
use callport_core::settings::{CallingSettings, Prerequisites, SettingsChange};
use callport_engine::Engine;
use callport_engine::records::Number;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::words::{CodecWord, CountryWord, IconVisibilityWord, SwitchWord};

/// Calling settings of a number. What is absent was never set, and stays as it is in a change.
#[derive(Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Calling {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<SwitchWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_icon_visibility: Option<IconVisibilityWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_permission_status: Option<SwitchWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_icons: Option<CallIcons>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<Audio>,
}

/// Where the call icon shows.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallIcons {
    /// Only to users of these countries; empty: everywhere.
    restrict_to_user_countries: Vec<CountryWord>,
}

/// How audio is offered to the business.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Audio {
    /// Offered beside Opus.
    additional_codecs: Vec<CodecWord>,
}

impl Calling {
    pub(super) fn of(settings: &CallingSettings) -> Self {
        let countries = |listed: &Vec<_>| CallIcons { restrict_to_user_countries: listed.iter().copied().map(CountryWord).collect() };
        let codecs = |listed: &Vec<_>| Audio { additional_codecs: listed.iter().copied().map(CodecWord).collect() };
        Self {
            status: settings.status.map(SwitchWord),
            call_icon_visibility: settings.call_icon_visibility.map(IconVisibilityWord),
            callback_permission_status: settings.callback_permission_status.map(SwitchWord),
            call_icons: settings.restrict_to_user_countries.as_ref().map(countries),
            audio: settings.additional_codecs.as_ref().map(codecs),
        }
    }

    pub(super) fn change(self) -> SettingsChange {
        SettingsChange {
            status: self.status.map(|word| word.0),
            call_icon_visibility: self.call_icon_visibility.map(|word| word.0),
            callback_permission_status: self.callback_permission_status.map(|word| word.0),
            restrict_to_user_countries: self.call_icons.map(|icons| once(icons.restrict_to_user_countries.into_iter().map(|word| word.0))),
            additional_codecs: self.audio.map(|audio| once(audio.additional_codecs.into_iter().map(|word| word.0))),
        }
    }
}

/// Whether a number that is to be made, or changed, could have these settings.
pub(super) async fn check(engine: &Engine, number: &Number, change: &SettingsChange) -> Result<(), Problem> {
    let has = Prerequisites {
        account_mode: number.account_mode,
        messaging_limit: number.messaging_limit,
        calls_subscriber: !engine.receivers(&number.waba, Field::Calls).await?.is_empty(),
    };
    number.settings.apply(change.clone(), &has).map(|_| ()).map_err(Problem::refused)
}

/// Each value once, in the order of its first appearance.
fn once<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

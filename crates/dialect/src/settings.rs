//! Calling settings: as GET shows them and `account_settings_update` repeats them, and as POST changes them.

use callport_core::call_id::Direction;
use callport_core::country::Country;
use callport_core::settings::{CallingSettings, SettingsChange};
use callport_core::time::WallTime;
use callport_wire::Malformed;
use callport_wire::settings::view::{Audio, CallIcons, Restriction, Restrictions};
use callport_wire::settings::{Calling, CallingUpdate, Shown};

use crate::Twin;
use crate::calls::restriction_kind;

/// The `calling` object.
pub fn calling(settings: &CallingSettings) -> Calling {
    Calling {
        status: shown(settings.status),
        call_icon_visibility: shown(settings.call_icon_visibility),
        callback_permission_status: shown(settings.callback_permission_status),
        call_icons: settings.restrict_to_user_countries.as_ref().map(|countries| CallIcons {
            restrict_to_user_countries: countries.iter().map(|country| country.as_str().to_owned()).collect(),
        }),
        audio: settings
            .additional_codecs
            .as_ref()
            .map(|codecs| Audio { additional_codecs: codecs.iter().map(|codec| codec.published()).collect() }),
        ..Calling::not_set()
    }
}

fn shown<T: Twin>(value: Option<T>) -> Shown<T::Published> {
    value.map_or(Shown::NotSet, |value| Shown::Set(value.published()))
}

/// Pauses that hold at this moment, one for each direction; nothing when there are none.
pub fn restrictions(pauses: impl IntoIterator<Item = (Direction, WallTime)>, now: WallTime) -> Option<Restrictions> {
    let shown = |(direction, until): (Direction, WallTime)| {
        let whose = match direction {
            Direction::BusinessInitiated => "Outgoing calls from",
            Direction::UserInitiated => "Incoming calls to",
        };
        let reason = format!("{whose} this number are paused because users gave too much negative feedback");
        Restriction { kind: restriction_kind(direction), reason, expiration: Some(until.unix_seconds()) }
    };
    let restrictions_list: Vec<_> = pauses.into_iter().filter(|(_, until)| now < *until).map(shown).collect();
    (!restrictions_list.is_empty()).then_some(Restrictions { restrictions_list })
}

/// The change that a request asks for, as far as the rules know its settings.
///
/// # Errors
/// A country that there is not.
pub fn change(update: CallingUpdate) -> Result<SettingsChange, Malformed> {
    let country = |text: &String| {
        Country::parse(text)
            .map_err(|error| Malformed::wrong("calling.call_icons.restrict_to_user_countries", format_args!("is wrong: {error}")))
    };
    let countries = update.call_icons.map(|icons| icons.restrict_to_user_countries.iter().map(country).collect::<Result<Vec<_>, _>>());
    Ok(SettingsChange {
        status: update.status.map(Twin::of),
        call_icon_visibility: update.call_icon_visibility.map(Twin::of),
        callback_permission_status: update.callback_permission_status.map(Twin::of),
        restrict_to_user_countries: countries.transpose()?,
        additional_codecs: update.audio.map(|audio| audio.additional_codecs.into_iter().map(Twin::of).collect()),
    })
}

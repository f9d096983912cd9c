//! Between the rules' settings and the published ones.
//!
//! `webhook` has the same mapping for `account_settings_update`. Adapters know nothing of each other, so it stands twice;
//! a test beside this endpoint holds the two together.

use callport_core::call_id::Direction;
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::settings::{self, CallingSettings, SettingsChange};
use callport_core::time::WallTime;
use callport_engine::records;
use callport_wire::Malformed;
use callport_wire::settings::view::{Audio, CallIcons, Restriction, Restrictions};
use callport_wire::settings::{Calling, CallingUpdate, ExtraCodec, IconVisibility, RestrictionKind, Shown, Switch};

/// The `calling` object as GET shows it.
pub(super) fn shown(settings: &CallingSettings) -> Calling {
    Calling {
        status: or_not_set(settings.status, switch),
        call_icon_visibility: or_not_set(settings.call_icon_visibility, visibility),
        callback_permission_status: or_not_set(settings.callback_permission_status, switch),
        call_icons: settings.restrict_to_user_countries.as_ref().map(|countries| CallIcons {
            restrict_to_user_countries: countries.iter().map(|country| country.as_str().to_owned()).collect(),
        }),
        audio: settings.additional_codecs.as_ref().map(|codecs| Audio { additional_codecs: codecs.iter().copied().map(codec).collect() }),
        ..Calling::not_set()
    }
}

/// Pauses that hold at this moment, one for each direction; nothing when there are none.
pub(super) fn restrictions(pauses: &[records::Restriction], now: WallTime) -> Option<Restrictions> {
    let shown = |pause: &records::Restriction| {
        let (kind, whose) = match pause.direction {
            Direction::BusinessInitiated => (RestrictionKind::BusinessInitiated, "Outgoing calls from"),
            Direction::UserInitiated => (RestrictionKind::UserInitiated, "Incoming calls to"),
        };
        let reason = format!("{whose} this number are paused because users gave too much negative feedback");
        Restriction { kind, reason, expiration: Some(pause.until.unix_seconds()) }
    };
    let restrictions_list: Vec<_> = pauses.iter().filter(|pause| now < pause.until).map(shown).collect();
    (!restrictions_list.is_empty()).then_some(Restrictions { restrictions_list })
}

/// The change that a request asks for.
pub(super) fn change(update: CallingUpdate) -> Result<SettingsChange, Malformed> {
    let countries = update.call_icons.map(|icons| {
        let parse = |text: &String| {
            Country::parse(text)
                .map_err(|error| Malformed::wrong("calling.call_icons.restrict_to_user_countries", format_args!("is wrong: {error}")))
        };
        icons.restrict_to_user_countries.iter().map(parse).collect::<Result<Vec<_>, _>>()
    });
    Ok(SettingsChange {
        status: update.status.map(|value| match value {
            Switch::Enabled => settings::Switch::Enabled,
            Switch::Disabled => settings::Switch::Disabled,
        }),
        call_icon_visibility: update.call_icon_visibility.map(|value| match value {
            IconVisibility::Default => settings::IconVisibility::Default,
            IconVisibility::DisableAll => settings::IconVisibility::DisableAll,
        }),
        callback_permission_status: update.callback_permission_status.map(|value| match value {
            Switch::Enabled => settings::Switch::Enabled,
            Switch::Disabled => settings::Switch::Disabled,
        }),
        restrict_to_user_countries: countries.transpose()?,
        additional_codecs: update.audio.map(|audio| {
            let codec = |codec| match codec {
                ExtraCodec::Pcma => AdditionalCodec::Pcma,
                ExtraCodec::Pcmu => AdditionalCodec::Pcmu,
            };
            audio.additional_codecs.into_iter().map(codec).collect()
        }),
    })
}

fn or_not_set<T, U>(value: Option<T>, spell: impl Fn(T) -> U) -> Shown<U> {
    value.map_or(Shown::NotSet, |value| Shown::Set(spell(value)))
}

fn switch(value: settings::Switch) -> Switch {
    match value {
        settings::Switch::Enabled => Switch::Enabled,
        settings::Switch::Disabled => Switch::Disabled,
    }
}

fn visibility(value: settings::IconVisibility) -> IconVisibility {
    match value {
        settings::IconVisibility::Default => IconVisibility::Default,
        settings::IconVisibility::DisableAll => IconVisibility::DisableAll,
    }
}

fn codec(value: AdditionalCodec) -> ExtraCodec {
    match value {
        AdditionalCodec::Pcma => ExtraCodec::Pcma,
        AdditionalCodec::Pcmu => ExtraCodec::Pcmu,
    }
}

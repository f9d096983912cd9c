//! Calling settings as `account_settings_update` carries them: what GET of the settings endpoint shows.
//!
//! `graph` has the same mapping for its own reply. Adapters know nothing of each other, so it stands twice; a test of `graph` holds the
//! two together.

use callport_core::codec::AdditionalCodec;
use callport_core::settings::{self, CallingSettings};
use callport_wire::settings::view::{Audio, CallIcons};
use callport_wire::settings::{Calling, ExtraCodec, IconVisibility, Shown, Switch};

/// The `calling` object.
pub(super) fn calling(settings: &CallingSettings) -> Calling {
    Calling {
        status: shown(settings.status, switch),
        call_icon_visibility: shown(settings.call_icon_visibility, visibility),
        callback_permission_status: shown(settings.callback_permission_status, switch),
        call_icons: settings.restrict_to_user_countries.as_ref().map(|countries| CallIcons {
            restrict_to_user_countries: countries.iter().map(|country| country.as_str().to_owned()).collect(),
        }),
        audio: settings.additional_codecs.as_ref().map(|codecs| Audio { additional_codecs: codecs.iter().copied().map(codec).collect() }),
        ..Calling::not_set()
    }
}

fn shown<T, U>(value: Option<T>, spell: impl Fn(T) -> U) -> Shown<U> {
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

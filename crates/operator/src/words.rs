//! Published words and ids as they stand in JSON. Each is read with its reason where it does not fit, and described in OpenAPI.

use std::borrow::Cow;

use callport_core::call_id::Direction;
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::pair::Decision;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, IconVisibility, MessagingLimit, Switch};
use callport_core::template::TemplateStatus;
use callport_core::time::WallTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::moment;

/// A text of JSON that stands for a value: how it is read, written and described.
macro_rules! text {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ty), $example:literal, $read:expr, $write:expr $(, one of $words:expr)? $(, format $format:literal)?) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(from)?;
                $read(&text).map(Self).map_err(serde::de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&$write(&self.0))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).description(Some(concat!($($doc),+).trim())).examples([$example]);
                $(let text = text.enum_values(Some($words));)?
                $(let text = text.format(Some(SchemaFormat::Custom($format.to_owned())));)?
                RefOr::T(Schema::Object(text.build()))
            }
        }

        impl ToSchema for $name {}
    };
}

macro_rules! id {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ty), $example:literal) => {
        text! { $(#[doc = $doc])+ $name($inner), $example, <$inner>::parse, |id: &$inner| id.to_string() }
    };
}

id! {
    /// Id of a business portfolio: 1 to 32 decimal digits.
    PortfolioRef(PortfolioId), "3001"
}
id! {
    /// Id of a WhatsApp Business Account: 1 to 32 decimal digits.
    WabaRef(WabaId), "2001"
}
id! {
    /// Id of a business phone number (PNID): 1 to 32 decimal digits.
    NumberRef(PhoneNumberId), "4001"
}
id! {
    /// Id of an app: 1 to 32 decimal digits.
    AppRef(AppId), "1001"
}
id! {
    /// Id of a user: 1 to 32 decimal digits.
    UserRef(UserId), "9001"
}
id! {
    /// Id of a message template: 1 to 32 decimal digits.
    TemplateRef(TemplateId), "7001"
}

text! {
    /// A phone number in international form. Read with or without `+`, written with it.
    Phone(PhoneNumber), "+6281255509999", PhoneNumber::parse, plus
}
text! {
    /// A moment by RFC 3339; written in UTC with milliseconds.
    Moment(WallTime), "2026-11-22T10:00:00.000Z", moment::read, |at: &WallTime| moment::write(*at), format "date-time"
}
text! {
    /// `account_mode` of a number: which set of limits applies.
    AccountModeWord(AccountMode), "LIVE",
    |text: &str| pick(text, &ACCOUNT_MODES), |mode: &AccountMode| word(mode, &ACCOUNT_MODES),
    one of names(&ACCOUNT_MODES)
}
text! {
    /// Messaging limit of a number. Calling can be switched on from `TIER_2K`; in the sandbox always.
    MessagingLimitWord(MessagingLimit), "TIER_2K",
    |text: &str| pick(text, &MessagingLimit::ALL.map(|tier| (tier.name(), tier))), |tier: &MessagingLimit| tier.name().to_owned(),
    one of MessagingLimit::ALL.map(MessagingLimit::name)
}
text! {
    /// A permission carried by a token.
    ScopeWord(Scope), "whatsapp_business_messaging",
    |text: &str| pick(text, &Scope::ALL.map(|scope| (scope.name(), scope))), |scope: &Scope| scope.name().to_owned(),
    one of Scope::ALL.map(Scope::name)
}
text! {
    /// Who places the call.
    DirectionWord(Direction), "BUSINESS_INITIATED",
    direction, |direction: &Direction| word(direction, &DIRECTIONS),
    one of names(&DIRECTIONS)
}
text! {
    /// What a user chooses about a business number that wants to call: permanently, for 7 days, or not (any more).
    ChoiceWord(Decision), "allow",
    choice, |choice: &Decision| choice.name().to_owned(),
    one of Decision::ALL.map(Decision::name)
}
text! {
    /// Review status of a template.
    TemplateStatusWord(TemplateStatus), "APPROVED",
    |text: &str| pick(text, &TemplateStatus::ALL.map(|status| (status.name(), status))), |status: &TemplateStatus| status.name().to_owned(),
    one of TemplateStatus::ALL.map(TemplateStatus::name)
}
text! {
    /// On or off.
    SwitchWord(Switch), "ENABLED",
    |text: &str| pick(text, &SWITCHES), |switch: &Switch| word(switch, &SWITCHES),
    one of names(&SWITCHES)
}
text! {
    /// Whether users see the call icon.
    IconVisibilityWord(IconVisibility), "DEFAULT",
    |text: &str| pick(text, &VISIBILITIES), |visibility: &IconVisibility| word(visibility, &VISIBILITIES),
    one of names(&VISIBILITIES)
}
text! {
    /// A codec that is offered beside Opus.
    CodecWord(AdditionalCodec), "PCMA",
    |text: &str| pick(text, &CODECS), |codec: &AdditionalCodec| word(codec, &CODECS),
    one of names(&CODECS)
}
text! {
    /// A country: ISO 3166 alpha-2.
    CountryWord(Country), "ID", Country::parse, |country: &Country| country.to_string()
}

const ACCOUNT_MODES: [(&str, AccountMode); 2] = [("LIVE", AccountMode::Live), ("SANDBOX", AccountMode::Sandbox)];
const DIRECTIONS: [(&str, Direction); 2] =
    [("USER_INITIATED", Direction::UserInitiated), ("BUSINESS_INITIATED", Direction::BusinessInitiated)];
const SWITCHES: [(&str, Switch); 2] = [("ENABLED", Switch::Enabled), ("DISABLED", Switch::Disabled)];
const VISIBILITIES: [(&str, IconVisibility); 2] = [("DEFAULT", IconVisibility::Default), ("DISABLE_ALL", IconVisibility::DisableAll)];
const CODECS: [(&str, AdditionalCodec); 2] = [("PCMA", AdditionalCodec::Pcma), ("PCMU", AdditionalCodec::Pcmu)];

/// The international form that people and scripts write: with `+`.
pub(crate) fn plus(number: &PhoneNumber) -> String {
    format!("+{}", number.digits())
}

/// The value of a word; otherwise which words there are.
pub(crate) fn pick<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

/// Reads a direction.
pub(crate) fn direction(text: &str) -> Result<Direction, String> {
    pick(text, &DIRECTIONS)
}

/// Reads a user's choice.
pub(crate) fn choice(text: &str) -> Result<Decision, String> {
    pick(text, &Decision::ALL.map(|choice| (choice.name(), choice)))
}

/// Reads an account mode.
pub(crate) fn account_mode(text: &str) -> Result<AccountMode, String> {
    pick(text, &ACCOUNT_MODES)
}

/// Reads `ENABLED` or `DISABLED`.
pub(crate) fn switch(text: &str) -> Result<Switch, String> {
    pick(text, &SWITCHES)
}

/// Reads a tier.
pub(crate) fn messaging_limit(text: &str) -> Result<MessagingLimit, String> {
    pick(text, &MessagingLimit::ALL.map(|tier| (tier.name(), tier)))
}

/// Reads a scope.
pub(crate) fn scope(text: &str) -> Result<Scope, String> {
    pick(text, &Scope::ALL.map(|scope| (scope.name(), scope)))
}

fn word<T: PartialEq>(value: &T, words: &[(&'static str, T)]) -> String {
    words.iter().find(|(_, known)| known == value).map(|(name, _)| (*name).to_owned()).unwrap_or_default()
}

fn names<T, const N: usize>(words: &[(&'static str, T); N]) -> [&'static str; N] {
    std::array::from_fn(|at| words[at].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_what_they_write() {
        for text in ["LIVE", "SANDBOX"] {
            let read: AccountModeWord = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), text);
        }
        for tier in MessagingLimit::ALL {
            let written = serde_json::to_value(MessagingLimitWord(tier)).unwrap();
            assert_eq!(serde_json::from_value::<MessagingLimitWord>(written).unwrap().0, tier);
        }
        let phone: Phone = serde_json::from_value("62 812-5550-9999".into()).unwrap();
        assert_eq!(serde_json::to_value(phone).unwrap(), "+6281255509999");
    }

    #[test]
    fn a_wrong_word_is_told_with_the_right_ones() {
        let error = serde_json::from_value::<SwitchWord>("on".into()).unwrap_err();
        assert_eq!(error.to_string(), "one of ENABLED, DISABLED");
        assert!(serde_json::from_value::<SwitchWord>(true.into()).is_err());
        assert!(serde_json::from_value::<AppRef>("x1".into()).is_err());
    }
}

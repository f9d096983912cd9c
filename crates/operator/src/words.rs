//! Published words and ids as they stand in JSON. Each is read with its reason where it does not fit, and described in OpenAPI.

use std::borrow::Cow;

use callport_core::call_hours::{Date, Day, TimeOfDay, Zone};
use callport_core::call_id::Direction;
use callport_core::codec::AdditionalCodec;
use callport_core::country::Country;
use callport_core::eligibility::{InUseWith, Prerequisite};
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, TemplateId, UserId, WabaId};
use callport_core::key_exchange::KeyExchange;
use callport_core::number::PhoneNumber;
use callport_core::pair::Decision;
use callport_core::quality::QualityNotice;
use callport_core::scope::Scope;
use callport_core::settings::{AccountMode, IconVisibility, MessagingLimit, Switch};
use callport_core::template::TemplateStatus;
use callport_core::time::WallTime;
use callport_core::words::Word;
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

macro_rules! word {
    ($(#[doc = $doc:literal])+ $name:ident($inner:ty), $example:literal) => {
        text! { $(#[doc = $doc])+ $name($inner), $example, read::<$inner>, |value: &$inner| value.word().to_owned(), one of words::<$inner>() }
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
word! {
    /// `account_mode` of a number: which set of limits applies.
    AccountModeWord(AccountMode), "LIVE"
}
word! {
    /// Where a number lives. Calls go through Cloud API alone: with another word, calling is off and stays off.
    InUseWithWord(InUseWith), "CLOUD_API"
}
word! {
    /// Something that must hold before a number calls and is called.
    PrerequisiteWord(Prerequisite), "CALLS_FIELD"
}
word! {
    /// Messaging limit of a number. Calling can be switched on from `TIER_2K`; in the sandbox always.
    MessagingLimitWord(MessagingLimit), "TIER_2K"
}
word! {
    /// A permission carried by a token.
    ScopeWord(Scope), "whatsapp_business_messaging"
}
word! {
    /// Who places the call.
    DirectionWord(Direction), "BUSINESS_INITIATED"
}
word! {
    /// What a business is told of the quality of its calls: a warning for calls of the business, for calls of users, for too few calls of users
    /// that are picked up, or that its call button is hidden.
    QualityWord(QualityNotice), "USER_INITIATED_CALLS_LOW_PICKUP_RATE"
}
word! {
    /// What a user chooses about a business number that wants to call: permanently, for 7 days, or not (any more).
    ChoiceWord(Decision), "allow"
}
word! {
    /// Review status of a template.
    TemplateStatusWord(TemplateStatus), "APPROVED"
}
word! {
    /// On or off.
    SwitchWord(Switch), "ENABLED"
}
word! {
    /// Whether users see the call icon.
    IconVisibilityWord(IconVisibility), "DEFAULT"
}
word! {
    /// A codec that is offered beside Opus.
    CodecWord(AdditionalCodec), "PCMA"
}
word! {
    /// Where the keys of the business's media come from.
    KeyExchangeWord(KeyExchange), "DTLS"
}
text! {
    /// A country: ISO 3166 alpha-2.
    CountryWord(Country), "ID", Country::parse, |country: &Country| country.to_string()
}

word! {
    /// A day of the week.
    DayWord(Day), "MONDAY"
}
text! {
    /// A time of day from `0000` to `2359`: `HHMM`.
    TimeOfDayText(TimeOfDay), "0930", time_of_day, |time: &TimeOfDay| time.to_string()
}
text! {
    /// A date: `YYYY-MM-DD`.
    DateText(Date), "2027-01-01", date, |date: &Date| date.to_string(), format "date"
}
text! {
    /// A time zone by its IANA name.
    ZoneName(Zone), "Asia/Jakarta", zone, |zone: &Zone| zone.name().to_owned()
}

fn time_of_day(text: &str) -> Result<TimeOfDay, &'static str> {
    TimeOfDay::parse(text).ok_or("a time of day from 0000 to 2359, as HHMM")
}

fn date(text: &str) -> Result<Date, &'static str> {
    Date::parse(text).ok_or("a date, as YYYY-MM-DD")
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).map_err(|bad| format!("{text} {bad}"))
}

/// The international form that people and scripts write: with `+`.
pub(crate) fn plus(number: &PhoneNumber) -> String {
    format!("+{}", number.digits())
}

/// The value of a word; otherwise which words there are.
pub(crate) fn read<T: Word>(text: &str) -> Result<T, String> {
    T::read(text).ok_or_else(|| format!("one of {}", words::<T>().collect::<Vec<_>>().join(", ")))
}

/// The same among words that belong to no one type.
pub(crate) fn pick<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn words<T: Word>() -> impl Iterator<Item = &'static str> {
    T::ALL.iter().map(|value| value.word())
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

//! `GET` and `POST /{version}/{phone-number-id}/settings`.
//!
//! Platform docs, Calling, Configure call settings (2026-07-06). One feature group per request; every field is
//! optional on its own; a nested object that is present replaces the stored one.

mod call_hours;
pub mod request;
pub mod view;

pub use request::{CallingUpdate, FeatureGroup, SettingsRequest, SipServerUpdate, SipUpdate};
pub use view::{CallHours, Calling, Holiday, OpenHours, Restriction, Restrictions, Settings, Sip, SipServer, Storage};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::words;

words! {
    /// On or off.
    Switch {
        /// On.
        Enabled = "ENABLED",
        /// Off.
        Disabled = "DISABLED",
    }
}

words! {
    /// Whether users see the call icon.
    IconVisibility {
        /// Shown where calls are possible.
        Default = "DEFAULT",
        /// Hidden in chat and profile; other ways to call remain.
        DisableAll = "DISABLE_ALL",
    }
}

words! {
    /// A codec that may be offered beside Opus.
    ExtraCodec {
        /// G.711 A-law.
        Pcma = "PCMA",
        /// G.711 mu-law.
        Pcmu = "PCMU",
    }
}

words! {
    /// How SRTP keys travel.
    KeyExchange {
        /// DTLS-SRTP, the default.
        Dtls = "DTLS",
        /// Keys in the SDP.
        Sdes = "SDES",
    }
}

words! {
    /// Day of a weekly schedule.
    Day {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
}

words! {
    /// Why calling is restricted.
    RestrictionKind {
        /// No business-initiated calls.
        BusinessInitiated = "RESTRICTED_BUSINESS_INITIATED_CALLING",
        /// No user-initiated calls.
        UserInitiated = "RESTRICTED_USER_INITIATED_CALLING",
        /// Neither.
        Both = "RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING",
    }
}

/// A setting as GET shows it: its value, or `NOT_SET` on a number nobody configured. `NOT_SET` cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<T> {
    /// The value in force.
    Set(T),
    /// Never configured.
    NotSet,
}

const NOT_SET: &str = "NOT_SET";

impl<T: Serialize> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(serializer),
            Self::NotSet => serializer.serialize_str(NOT_SET),
        }
    }
}

impl<'de, T> Deserialize<'de> for Shown<T>
where
    T: std::str::FromStr<Err = crate::words::NotAWord>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.eq_ignore_ascii_case(NOT_SET) {
            return Ok(Self::NotSet);
        }
        text.parse().map(Self::Set).map_err(serde::de::Error::custom)
    }
}

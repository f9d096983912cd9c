//! How values of `core` stand in an entry: by the words that they have everywhere else.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

macro_rules! word {
    ($($name:ident: $type:ty, $all:expr, $word:expr;)*) => {
        $(pub(super) mod $name {
            use super::*;

            pub(in crate::journal) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str($word(value))
            }

            pub(in crate::journal) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                let known = $all.into_iter().find(|value| $word(value) == text);
                known.ok_or_else(|| D::Error::custom(concat!("an unknown ", stringify!($name))))
            }
        })*
    };
}

use callport_core::call::{EndReason, Side};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::pair::{Decision, Permission, ReplySource};
use callport_core::time::WallTime;

word! {
    device: DeviceKind, DeviceKind::ALL, |value: &DeviceKind| value.name();
    reason: EndReason, EndReason::ALL, |value: &EndReason| value.name();
    decision: Decision, Decision::ALL, |value: &Decision| value.name();
    side: Side, [Side::User, Side::Business], |value: &Side| match value { Side::User => "user", Side::Business => "business" };
    direction: Direction, [Direction::UserInitiated, Direction::BusinessInitiated], |value: &Direction| match value {
        Direction::UserInitiated => "USER_INITIATED",
        Direction::BusinessInitiated => "BUSINESS_INITIATED",
    };
    source: ReplySource, [ReplySource::UserAction, ReplySource::Automatic], |value: &ReplySource| match value {
        ReplySource::UserAction => "user_action",
        ReplySource::Automatic => "automatic",
    };
}

/// `none`, `permanent`, or the Unix milliseconds at which a temporary one ends.
pub(super) mod permission {
    use super::*;

    pub(in crate::journal) fn serialize<S: Serializer>(value: &Permission, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Permission::None => to.serialize_str("none"),
            Permission::Permanent => to.serialize_str("permanent"),
            Permission::Temporary { until } => to.serialize_str(&format!("temporary until {}", until.unix_millis())),
        }
    }

    pub(in crate::journal) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Permission, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let until = |text: &str| text.strip_prefix("temporary until ")?.parse().ok();
        match &*text {
            "none" => Ok(Permission::None),
            "permanent" => Ok(Permission::Permanent),
            text => {
                let until = until(text).ok_or_else(|| D::Error::custom("an unknown permission"))?;
                Ok(Permission::Temporary { until: WallTime::from_unix_millis(until) })
            }
        }
    }
}

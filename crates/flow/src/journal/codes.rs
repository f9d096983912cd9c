//! How values of `core` stand in an entry: by the words that they have everywhere else.

use std::borrow::Cow;

use callport_core::pair::Permission;
use callport_core::time::WallTime;
use callport_core::words::Word;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// Any value that is one word.
pub(super) mod word {
    use super::*;

    pub(in crate::journal) fn serialize<T: Word, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(value.word())
    }

    pub(in crate::journal) fn deserialize<'de, T: Word, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        T::read(&text).ok_or_else(|| D::Error::custom("an unknown word"))
    }
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
        let text = Cow::<'de, str>::deserialize(from)?;
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

//! How ids, words, moments and hashes stand in a record that is kept as JSON: as one text each.

use std::borrow::Cow;

use callport_core::ids::{
    AllocationId, AppId, CreditLineId, OwnerId, PhoneNumberId, PortfolioId, SignUpId, SolutionId, SystemUserId, WabaId,
};
use callport_core::number::PhoneNumber;
use callport_core::registration::CodeMethod;
use callport_core::scope::Scope;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use serde::de::Error as _;
use serde::ser::SerializeSeq as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// A value that is one text.
pub(super) trait Text: Sized {
    /// The text.
    fn text(&self) -> Cow<'_, str>;

    /// The value of exactly this text.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! ids {
    ($($Id:ident)+) => {$(
        impl Text for $Id {
            fn text(&self) -> Cow<'_, str> {
                self.as_str().into()
            }

            fn read(text: &str) -> Option<Self> {
                Self::parse(text).ok()
            }
        }
    )+};
}

ids! { AppId WabaId PhoneNumberId PortfolioId SolutionId CreditLineId AllocationId SystemUserId OwnerId SignUpId }

macro_rules! words {
    ($($Word:ident)+) => {$(
        impl Text for $Word {
            fn text(&self) -> Cow<'_, str> {
                self.name().into()
            }

            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    )+};
}

words! { Scope CodeMethod }

impl Text for PhoneNumber {
    fn text(&self) -> Cow<'_, str> {
        self.digits().into()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// Unix milliseconds.
impl Text for WallTime {
    fn text(&self) -> Cow<'_, str> {
        self.unix_millis().to_string().into()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(WallTime::from_unix_millis)
    }
}

/// Hexadecimal.
impl Text for SecretHash {
    fn text(&self) -> Cow<'_, str> {
        hash_text(self).into()
    }

    fn read(text: &str) -> Option<Self> {
        let digit = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        let bytes: Option<Vec<u8>> = (0..32).map(|byte| digit(2 * byte)).collect();
        (text.len() == 64).then_some(())?;
        Some(Self::from_bytes(bytes?.try_into().ok()?))
    }
}

/// A hash as 64 hexadecimal digits.
pub(super) fn hash_text(hash: &SecretHash) -> String {
    hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One value.
pub(super) mod one {
    use super::*;

    pub(in crate::records) fn serialize<T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.text())
    }

    pub(in crate::records) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        T::read(&text).ok_or_else(|| D::Error::custom("not such a value"))
    }
}

/// One value or none.
pub(super) mod maybe {
    use super::*;

    pub(in crate::records) fn serialize<T: Text, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&*value.text()),
            None => to.serialize_none(),
        }
    }

    pub(in crate::records) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| T::read(&text).ok_or_else(|| D::Error::custom("not such a value"))).transpose()
    }
}

/// Several values.
pub(super) mod many {
    use super::*;

    pub(in crate::records) fn serialize<'a, T, C, S>(values: &'a C, to: S) -> Result<S::Ok, S::Error>
    where
        T: Text + 'a,
        &'a C: IntoIterator<Item = &'a T>,
        S: Serializer,
    {
        let mut list = to.serialize_seq(None)?;
        for value in values {
            list.serialize_element(&*value.text())?;
        }
        list.end()
    }

    pub(in crate::records) fn deserialize<'de, T, C, D>(from: D) -> Result<C, D::Error>
    where
        T: Text,
        C: FromIterator<T>,
        D: Deserializer<'de>,
    {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| T::read(text).ok_or_else(|| D::Error::custom("not such a value"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_and_nothing_else_is_one() {
        let hash = SecretHash::of("secret");
        assert_eq!(SecretHash::read(&hash_text(&hash)), Some(hash));
        for bad in ["", "00", &"g".repeat(64), &"0".repeat(65), &"0".repeat(63)] {
            assert_eq!(SecretHash::read(bad), None, "{bad}");
        }
    }
}

//! Enumerations as the platform spells them: upper case out, any case in.
//!
//! One reference page prints lower-case values where every other page and every known client uses upper case, so
//! readers take both (platform docs, Configure call settings, and the machine-readable reference).

/// The text is none of the values that the enumeration has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", .expected.join(", "))]
pub struct NotAWord {
    /// The published values, in the order of the documentation.
    pub expected: &'static [&'static str],
}

/// Declares an enumeration with its published spellings.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every spelling, in the same order.
            pub const SPELLINGS: &'static [&'static str] = &[$($text,)+];

            /// The published spelling.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::NotAWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .ok_or($crate::words::NotAWord { expected: Self::SPELLINGS })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::SPELLINGS.iter().copied()))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro makes public types, and this one is for the tests")]
mod tests {
    words! {
        /// For the tests.
        Fruit {
            /// One.
            Apple = "APPLE",
            /// Two.
            BlackBerry = "BLACK_BERRY",
        }
    }

    #[test]
    fn reads_any_case_and_writes_the_published_one() {
        for text in ["BLACK_BERRY", "black_berry", "Black_Berry"] {
            assert_eq!(text.parse::<Fruit>().unwrap(), Fruit::BlackBerry);
        }
        assert_eq!(serde_json::to_string(&Fruit::Apple).unwrap(), "\"APPLE\"");
    }

    #[test]
    fn refuses_other_words_and_names_the_choices() {
        let refused = "PEAR".parse::<Fruit>().unwrap_err();
        assert_eq!(refused.to_string(), "must be one of APPLE, BLACK_BERRY");
        assert!(serde_json::from_str::<Fruit>("\"pear\"").is_err());
    }
}

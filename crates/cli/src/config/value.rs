//! How one key is written: the same text forms in the file, in the environment and in a flag.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use callport_admin::{UNITS, span};
use callport_core::call_hours::HolidayMeaning;
use callport_core::country::Country;
use callport_core::gate::HiddenIcon;
use callport_core::settings::MessagingLimit;
use url::Url;

/// What was written for a key, before anyone knows its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// A TOML string, number or boolean, an environment variable, a flag.
    One(String),
    /// A TOML array.
    Many(Vec<String>),
}

/// A type that a key can have.
pub trait Setting: Sized {
    /// What a fitting text looks like, for the mistake that says it was not.
    fn expected() -> String;

    /// Reads one text.
    fn parse(text: &str) -> Option<Self>;

    /// The value as it would stand in the file.
    fn show(&self) -> String;

    /// Reads what was written; only lists take an array.
    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::One(text) => Self::parse(text),
            Raw::Many(_) => None,
        }
    }
}

/// A text that no log, listing or debug print shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What every listing shows instead.
    pub fn hidden() -> String {
        quote("(hidden)")
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Settings whose text form is their `FromStr` and `Display`.
macro_rules! by_text {
    ($($Type:ty: $expected:literal, $quoted:literal;)+) => { $(
        impl Setting for $Type {
            fn expected() -> String { $expected.to_owned() }
            fn parse(text: &str) -> Option<Self> { text.parse().ok() }
            fn show(&self) -> String { if $quoted { quote(&self.to_string()) } else { self.to_string() } }
        }
    )+ };
}

by_text! {
    bool: "true or false", false;
    u16: "a whole number from 0 to 65535", false;
    u32: "a whole number from 0 to 4294967295", false;
    usize: "a whole number", false;
    SocketAddr: "an address with a port, such as 127.0.0.1:8080 or [::1]:0", true;
    IpAddr: "an IP address, such as 192.0.2.7 or 2001:db8::7", true;
    String: "a text", true;
}

impl Setting for Url {
    fn expected() -> String {
        "an http or https address, such as https://calls.example.org".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    }

    fn show(&self) -> String {
        quote(self.as_str().trim_end_matches('/'))
    }
}

impl Setting for Country {
    fn expected() -> String {
        "a country, as the two letters of ISO 3166".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        Country::parse(text).ok()
    }

    fn show(&self) -> String {
        quote(self.as_str())
    }
}

/// Settings whose values are words of the rules.
macro_rules! word {
    ($($name:ident),*) => {$(
        impl Setting for $name {
            fn expected() -> String {
                format!("one of {}", Self::ALL.map(Self::name).join(", "))
            }

            fn parse(text: &str) -> Option<Self> {
                $name::parse(text)
            }

            fn show(&self) -> String {
                quote(self.name())
            }
        }
    )*};
}

word!(HiddenIcon, HolidayMeaning, MessagingLimit);

impl Setting for PathBuf {
    fn expected() -> String {
        "a path".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }

    fn show(&self) -> String {
        quote(&self.to_string_lossy())
    }
}

impl Setting for Secret {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Secret::new(text))
    }

    fn show(&self) -> String {
        Secret::hidden()
    }
}

impl Setting for Duration {
    fn expected() -> String {
        "a length of time with its unit: 500ms, 20s, 5m, 1h or 30d".to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        span(text).ok()
    }

    fn show(&self) -> String {
        let millis = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        let fits = UNITS.iter().find(|(_, unit)| millis >= *unit && millis.is_multiple_of(*unit));
        quote(&fits.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", millis / unit)))
    }
}

/// Absent is written as an empty text.
impl<T: Setting> Setting for Option<T> {
    fn expected() -> String {
        format!("{}, or \"\" for none", T::expected())
    }

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| quote(""), T::show)
    }
}

/// An array in the file; in the environment and in flags, parts with commas between them.
impl<T: Setting> Setting for Vec<T> {
    fn expected() -> String {
        format!("a list, each of it {}: as [\"…\", \"…\"], or in a flag or a variable also with commas between", T::expected())
    }

    fn parse(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(T::parse).collect()
    }

    fn read(raw: &Raw) -> Option<Self> {
        match raw {
            Raw::One(text) => Self::parse(text),
            Raw::Many(parts) => parts.iter().map(|part| T::parse(part)).collect(),
        }
    }

    fn show(&self) -> String {
        format!("[{}]", self.iter().map(T::show).collect::<Vec<_>>().join(", "))
    }
}

/// Defines an enum whose variants are written as one word each.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $Name:ident { $($(#[$variant_doc:meta])* $Variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $Name { $($(#[$variant_doc])* $Variant,)+ }

        impl $Name {
            /// The word that stands for it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$Variant => $word,)+ }
            }
        }

        impl $crate::config::value::Setting for $Name {
            fn expected() -> String { format!("one of {}", [$($word),+].join(", ")) }
            fn parse(text: &str) -> Option<Self> { match text { $($word => Some(Self::$Variant),)+ _ => None } }
            fn show(&self) -> String { $crate::config::value::quote(self.word()) }
        }
    };
}
pub(crate) use words;

/// A TOML string.
pub fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown<T: Setting>(text: &str) -> Option<String> {
        T::parse(text).map(|value| value.show())
    }

    #[test]
    fn durations_need_a_unit_and_come_back_in_the_longest_that_fits() {
        for (text, expected) in [
            ("90s", Some("\"90s\"")),
            ("60s", Some("\"1m\"")),
            ("1500ms", Some("\"1500ms\"")),
            ("2d", Some("\"2d\"")),
            ("0s", Some("\"0s\"")),
            ("20", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(shown::<Duration>(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_split_at_commas_and_fail_whole() {
        assert_eq!(Vec::<IpAddr>::parse("127.0.0.1, ::1").map(|list| list.len()), Some(2));
        assert_eq!(Vec::<IpAddr>::parse("127.0.0.1,nonsense"), None);
        assert_eq!(Vec::<IpAddr>::parse(""), Some(vec![]));
        assert_eq!(Vec::<u16>::read(&Raw::Many(vec!["1".into(), "2".into()])), Some(vec![1, 2]));
    }

    #[test]
    fn only_lists_take_an_array() {
        assert_eq!(u16::read(&Raw::Many(vec!["1".into()])), None);
    }

    #[test]
    fn an_empty_text_is_none() {
        assert_eq!(Option::<IpAddr>::parse(""), Some(None));
        assert_eq!(Option::<IpAddr>::parse("nonsense"), None);
    }

    #[test]
    fn addresses_need_http_and_a_host() {
        assert_eq!(shown::<Url>("https://calls.example.org/"), Some("\"https://calls.example.org\"".to_owned()));
        for bad in ["calls.example.org", "ftp://calls.example.org", "file:///etc/passwd", ""] {
            assert_eq!(shown::<Url>(bad), None, "{bad}");
        }
    }

    #[test]
    fn secrets_show_nowhere() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret:?}{}", secret.show()).contains("hunter2"));
    }
}

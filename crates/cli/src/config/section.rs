//! What a section of the configuration is, and the macro that makes one from a documented struct: the struct, its defaults, its sample and
//! its reader come from the same lines and cannot drift apart.

use super::value::Raw;

/// One key of a section, as the sample shows it.
pub struct SectionKey {
    /// Its name within the section.
    pub name: &'static str,
    /// The lines that explain it.
    pub doc: &'static [&'static str],
    /// Its present value as TOML.
    pub value: String,
}

/// Why a key was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unset {
    /// The section has no such key.
    Unknown,
    /// The text does not fit; this would.
    Unfit(String),
}

/// A section: one file here, one table in `callport.toml`.
pub trait ConfigSection {
    /// Its table; empty for keys above all tables.
    fn name(&self) -> &'static str;
    /// The lines that explain it.
    fn doc(&self) -> &'static [&'static str];
    /// Its keys with their present values, in order.
    fn keys(&self) -> Vec<SectionKey>;
    /// Sets one key.
    fn set(&mut self, key: &str, raw: &Raw) -> Result<(), Unset>;

    /// The full name of a key: `section.key`.
    fn path(&self, key: &str) -> String {
        if self.name().is_empty() { key.to_owned() } else { format!("{}.{key}", self.name()) }
    }
}

/// Makes a section from a struct whose fields carry a doc comment and a default.
macro_rules! section {
    (
        $(#[doc = $section_doc:literal])+
        pub struct $ConfigSection:ident = $name:literal {
            $( $(#[doc = $doc:literal])+ pub $field:ident: $Type:ty = $default:expr, )+
        }
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Debug, Clone)]
        pub struct $ConfigSection {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`.")]
                pub $field: $Type,
            )+
        }

        impl Default for $ConfigSection {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::config::section::ConfigSection for $ConfigSection {
            fn name(&self) -> &'static str {
                $name
            }

            fn doc(&self) -> &'static [&'static str] {
                &[$($section_doc),+]
            }

            fn keys(&self) -> Vec<$crate::config::section::SectionKey> {
                vec![$($crate::config::section::SectionKey {
                    name: stringify!($field),
                    doc: &[$($doc),+],
                    value: $crate::config::value::Setting::show(&self.$field),
                }),+]
            }

            fn set(&mut self, key: &str, raw: &$crate::config::value::Raw) -> Result<(), $crate::config::section::Unset> {
                use $crate::config::value::Setting;
                match key {
                    $(stringify!($field) => {
                        self.$field = <$Type as Setting>::read(raw)
                            .ok_or_else(|| $crate::config::section::Unset::Unfit(<$Type as Setting>::expected()))?;
                        Ok(())
                    })+
                    _ => Err($crate::config::section::Unset::Unknown),
                }
            }
        }
    };
}
pub(crate) use section;

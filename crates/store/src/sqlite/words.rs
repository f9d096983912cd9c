//! Words in columns: the published ones where there are any.

use callport_core::call::EndReason;
use callport_core::call_hours::Day;
use callport_core::call_id::Direction;
use callport_core::codec::AdditionalCodec;
use callport_core::gate::DeviceKind;
use callport_core::message::Author;
use callport_core::pair::{Decision, Permission, ReplySource};
use callport_core::scope::{Field, Scope};
use callport_core::settings::{AccountMode, IconVisibility, MessagingLimit, Switch};
use callport_core::template::{Category, TemplateStatus};
use callport_core::time::WallTime;
use callport_engine::records::TariffCategory;

/// A value that a column holds as one word.
pub(super) trait Word: Sized {
    fn word(&self) -> &'static str;
    fn read(word: &str) -> Option<Self>;
}

/// One table for both directions; a variant without a word does not compile.
macro_rules! words {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl Word for $type {
            fn word(&self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            fn read(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// Types that bring their words along.
macro_rules! named {
    ($($type:ty),+) => {$(
        impl Word for $type {
            fn word(&self) -> &'static str {
                self.name()
            }

            fn read(word: &str) -> Option<Self> {
                Self::parse(word)
            }
        }
    )+};
}

words!(TariffCategory { Service = "service", Utility = "utility", Marketing = "marketing", Authentication = "authentication" });
named!(Day, Switch, IconVisibility, AdditionalCodec, AccountMode, MessagingLimit, Scope, Field);
named!(Direction, EndReason, DeviceKind, Author, Decision, ReplySource, Category, TemplateStatus);

/// A permission as a word and, where it is temporary, its end.
pub(super) trait PermissionColumns: Sized {
    fn columns(self) -> (&'static str, Option<WallTime>);
    fn of_columns(word: &str, until: Option<WallTime>) -> Option<Self>;
}

impl PermissionColumns for Permission {
    fn columns(self) -> (&'static str, Option<WallTime>) {
        match self {
            Permission::None => ("no_permission", None),
            Permission::Temporary { until } => ("temporary", Some(until)),
            Permission::Permanent => ("permanent", None),
        }
    }

    fn of_columns(word: &str, until: Option<WallTime>) -> Option<Self> {
        match (word, until) {
            ("no_permission", None) => Some(Permission::None),
            ("temporary", Some(until)) => Some(Permission::Temporary { until }),
            ("permanent", None) => Some(Permission::Permanent),
            _ => None,
        }
    }
}

//! Values that take more than one column. What is one word stands by it: [`callport_core::words`].

use callport_core::pair::Permission;
use callport_core::time::WallTime;

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

//! Short `Debug` forms for shapes that carry phone numbers, call ids, SDP or secrets: what they are, never what they hold.

/// Implements `Debug` with the type's name and the named members only.
macro_rules! quiet_debug {
    ($($name:ident { $($member:ident),* })+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($member), &self.$member))*.finish_non_exhaustive()
            }
        })+
    };
}
pub(crate) use quiet_debug;

//! Whether a business number may call a user, and what the business is told when that changes.

use crate::time::WallTime;
use crate::words::words;

/// Whether the number may call the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permission {
    /// `no_permission`.
    #[default]
    None,
    /// `temporary`.
    Temporary {
        /// Ends here, silently.
        until: WallTime,
    },
    /// `permanent`, until it is taken back.
    Permanent,
}

/// What the user may choose, on a card as in the business profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// "Allow calls": permanent.
    Allow,
    /// "Temporarily allow".
    AllowTemporarily,
    /// "Don't allow", or taking a permission back.
    Deny,
}

words!(Decision { Allow = "allow", AllowTemporarily = "allow_temporarily", Deny = "deny" });

/// Who brought a change about: `response_source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplySource {
    /// `user_action`.
    UserAction,
    /// `automatic`.
    Automatic,
}

words!(ReplySource { UserAction = "user_action", Automatic = "automatic" });

/// A change that the business is told (`call_permission_reply`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionReply {
    /// As it is now: `accept` with its members, or `reject`.
    pub permission: Permission,
    /// `response_source`.
    pub source: ReplySource,
}

//! Whether a business number may call a user, and what the business is told when that changes.

use crate::time::WallTime;

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

impl Decision {
    /// Every choice.
    pub const ALL: [Decision; 3] = [Decision::Allow, Decision::AllowTemporarily, Decision::Deny];

    /// A word for pages, the operator API and records.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::AllowTemporarily => "allow_temporarily",
            Decision::Deny => "deny",
        }
    }

    /// Reads [`Decision::name`] back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.name() == name)
    }
}

/// Who brought a change about: `response_source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplySource {
    /// `user_action`.
    UserAction,
    /// `automatic`.
    Automatic,
}

/// A change that the business is told (`call_permission_reply`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionReply {
    /// As it is now: `accept` with its members, or `reject`.
    pub permission: Permission,
    /// `response_source`.
    pub source: ReplySource,
}

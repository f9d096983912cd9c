//! `contacts[0]`: always the user, whichever side called.

use serde::{Deserialize, Serialize};

use crate::quiet::quiet_debug;

/// The user of the event.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contact {
    /// What the user calls themselves.
    #[serde(default)]
    pub profile: Profile,
    /// Digits; hidden for users with a username whom the business has not met lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The portfolio parent's id for the user, where parents are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
}

/// `contacts[0].profile`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Profile name; the number where unknown.
    #[serde(default)]
    pub name: String,
    /// Only for users who adopted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

quiet_debug! {
    Contact {}
    Profile {}
}

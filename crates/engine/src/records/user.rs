//! People with phones.

use callport_core::gate::DeviceKind;
use callport_core::ids::UserId;
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;

/// A person: a number and a profile name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Internal id.
    pub id: UserId,
    /// `wa_id`.
    pub number: PhoneNumber,
    /// `profile.name`.
    pub name: String,
    /// `profile.username`, when the user adopted one.
    pub username: Option<String>,
    /// The app is too old for call buttons, permission requests and calls of businesses (platform docs: before 2.24.14).
    pub outdated_app: bool,
}

/// A browser that is signed in as a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie.
    pub hash: SecretHash,
    /// Whose phone it is.
    pub user: UserId,
    /// What kind of device the browser stands for.
    pub device: DeviceKind,
    /// When it ends.
    pub expires_at: WallTime,
}

/// Lets one person sign up where sign-up is not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub hash: SecretHash,
    /// When it ends.
    pub expires_at: WallTime,
    /// Set once used.
    pub used_by: Option<UserId>,
}

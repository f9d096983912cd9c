//! People with phones.

use callport_core::bsuid::Bsuid;
use callport_core::gate::DeviceKind;
use callport_core::ids::{PortfolioId, UserId};
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
    /// How many numbers the user had before this one. Each makes the user another id to every portfolio; steps count them, whatever is put.
    pub numbers_before: u32,
}

impl User {
    /// The id that a portfolio knows the user by.
    pub fn bsuid(&self, portfolio: &PortfolioId) -> Bsuid {
        Bsuid::derive(portfolio, &self.id, &self.number, self.numbers_before)
    }
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
    /// When somebody signed in with it.
    pub opened_at: WallTime,
    /// When it ends.
    pub expires_at: WallTime,
}

/// Lets one person sign in where sign-up is not open, as often as it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub hash: SecretHash,
    /// Whom it lets in.
    pub guest: Guest,
    /// When it ends.
    pub expires_at: WallTime,
    /// Who came in with it. From then on it is for this user only.
    pub used_by: Option<UserId>,
}

/// Whom an invitation lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guest {
    /// Whoever brings the code first, with a number that no user has.
    Anyone,
    /// The person with this number: its user, or a new one.
    Number(PhoneNumber),
    /// This user.
    User(UserId),
}

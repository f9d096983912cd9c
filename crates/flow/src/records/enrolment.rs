//! What is kept of how businesses come onto the platform: registration of numbers, sign-up, solutions, credit lines
//! (platform docs, Registration; Embedded Signup; Multi-partner solutions; Credit lines).
//!
//! Small rows of many kinds, seldom read and never on a call's way, so they share one table. The form on record is the JSON that is derived here,
//! sealed as a whole by the store: codes, PINs and addresses are in it. A member that is added must have a default, and one that goes a migration.

use std::fmt;

use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use serde::{Deserialize, Serialize};

use super::written::hash_text;

mod partners;
mod registration;
mod sign_up;

pub use partners::{
    AccountFunding, Allocation, Assignment, ClientAccount, CreditLine, PreVerifiedNumber, Solution, SolutionAccount, SolutionSeat,
    SolutionStatus, SystemUser,
};
pub use registration::{NumberRegistration, SentCode};
pub use sign_up::{
    BusinessOwner, LoginCode, OwnerInvitation, OwnerSession, SignUpClient, SignUpOpener, SignUpStep, SignUpWalk, SignUpWishes,
};

macro_rules! enrolments {
    ($($(#[$doc:meta])* $Kind:ident($Record:ty) = $word:literal;)+) => {
        /// A kind of enrolment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EnrolmentKind {
            $($(#[$doc])* $Kind,)+
        }

        impl EnrolmentKind {
            /// Every kind.
            pub const ALL: &'static [EnrolmentKind] = &[$(Self::$Kind),+];

            /// Its word on record.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Kind => $word),+ }
            }
        }

        /// Something that is kept of how businesses come onto the platform.
        #[derive(Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Enrolment {
            $($(#[$doc])* $Kind($Record),)+
        }

        impl Enrolment {
            /// Which kind it is.
            pub fn kind(&self) -> EnrolmentKind {
                match self { $(Self::$Kind(_) => EnrolmentKind::$Kind),+ }
            }
        }

        $(impl From<$Record> for Enrolment {
            fn from(record: $Record) -> Self {
                Self::$Kind(record)
            }
        }

        /// As [`Enrolment`] does.
        impl fmt::Debug for $Record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&Enrolment::from(self.clone()), f)
            }
        }

        impl EnrolmentRecord for $Record {
            const KIND: EnrolmentKind = EnrolmentKind::$Kind;

            fn of(enrolment: &Enrolment) -> Option<&Self> {
                if let Enrolment::$Kind(record) = enrolment { Some(record) } else { None }
            }
        })+
    };
}

/// A record that is kept as an enrolment.
pub trait EnrolmentRecord: Clone + Into<Enrolment> + Send + Sync + 'static {
    /// Which kind.
    const KIND: EnrolmentKind;

    /// The record, if the enrolment is of this kind.
    fn of(enrolment: &Enrolment) -> Option<&Self>;
}

enrolments! {
    /// Codes, PIN and counts of a number.
    Registration(NumberRegistration) = "registration";
    /// An app that opens the sign-up page.
    Client(SignUpClient) = "client";
    /// A person who signs businesses up.
    Owner(BusinessOwner) = "owner";
    /// A browser that is signed in as an owner.
    Session(OwnerSession) = "session";
    /// A way in for an owner, where not everybody may come.
    Invitation(OwnerInvitation) = "invitation";
    /// One walk through the sign-up page.
    SignUp(SignUpWalk) = "sign_up";
    /// A code that is exchanged for a token.
    Code(LoginCode) = "code";
    /// A number that a partner verified for a customer to come.
    PreVerified(PreVerifiedNumber) = "pre_verified";
    /// A multi-partner solution, kept under the app that owns it.
    Solution(Solution) = "solution";
    /// A solution as the other partner finds it.
    SolutionSeat(SolutionSeat) = "solution_seat";
    /// The solution that an account was signed up with.
    SolutionAccount(SolutionAccount) = "solution_account";
    /// A credit line of a partner.
    CreditLine(CreditLine) = "credit_line";
    /// A share of a credit line.
    Allocation(Allocation) = "allocation";
    /// The share that pays for an account.
    Funding(AccountFunding) = "funding";
    /// A system user of a portfolio.
    SystemUser(SystemUser) = "system_user";
    /// What a system user does with an account.
    Assignment(Assignment) = "assignment";
    /// An account that was shared with a partner's portfolio.
    ClientAccount(ClientAccount) = "client_account";
}

/// Several ids make the key of some: a point stands between, which no id has.
fn joined(one: &str, two: &str) -> String {
    format!("{one}.{two}")
}

impl Enrolment {
    /// What names it within its kind.
    pub fn id(&self) -> String {
        match self {
            Self::Registration(row) => row.number.as_str().to_owned(),
            Self::Client(row) => row.app.as_str().to_owned(),
            Self::Owner(row) => row.id.as_str().to_owned(),
            Self::Session(row) => hash_text(&row.hash),
            Self::Invitation(row) => hash_text(&row.hash),
            Self::SignUp(row) => row.id.as_str().to_owned(),
            Self::Code(row) => hash_text(&row.hash),
            Self::PreVerified(row) => row.id.as_str().to_owned(),
            Self::Solution(row) => row.id.as_str().to_owned(),
            Self::SolutionSeat(row) => joined(row.app.as_str(), row.solution.as_str()),
            Self::SolutionAccount(row) => row.waba.as_str().to_owned(),
            Self::CreditLine(row) => row.id.as_str().to_owned(),
            Self::Allocation(row) => row.id.as_str().to_owned(),
            Self::Funding(row) => row.waba.as_str().to_owned(),
            Self::SystemUser(row) => row.id.as_str().to_owned(),
            Self::Assignment(row) => joined(row.waba.as_str(), row.user.as_str()),
            Self::ClientAccount(row) => ClientAccount::id_of(&row.partner, &row.waba),
        }
    }

    /// The id of something that is known by the hash of a secret.
    pub fn hashed(hash: &SecretHash) -> String {
        hash_text(hash)
    }

    /// Under whom it is listed; empty: with all others of its kind.
    pub fn owner(&self) -> String {
        match self {
            Self::Registration(_) | Self::Client(_) | Self::Owner(_) | Self::Invitation(_) => String::new(),
            Self::Session(row) => row.owner.as_str().to_owned(),
            Self::SignUp(row) => row.owner.as_str().to_owned(),
            Self::Code(row) => row.app.as_str().to_owned(),
            Self::PreVerified(row) => row.portfolio.as_str().to_owned(),
            Self::Solution(row) => row.owner_app.as_str().to_owned(),
            Self::SolutionSeat(row) => row.app.as_str().to_owned(),
            Self::SolutionAccount(row) => row.solution.as_str().to_owned(),
            Self::CreditLine(row) => row.portfolio.as_str().to_owned(),
            Self::Allocation(row) => row.credit_line.as_str().to_owned(),
            Self::Funding(row) => row.allocation.as_str().to_owned(),
            Self::SystemUser(row) => row.portfolio.as_str().to_owned(),
            Self::Assignment(row) => row.waba.as_str().to_owned(),
            Self::ClientAccount(row) => row.partner.as_str().to_owned(),
        }
    }

    /// From when on it is of no more use, and may be removed; `None`: it stays.
    pub fn ends_at(&self) -> Option<WallTime> {
        match self {
            Self::Session(row) => Some(row.expires_at),
            Self::Invitation(row) => Some(row.expires_at),
            Self::SignUp(row) => Some(row.expires_at),
            Self::Code(row) => Some(row.expires_at),
            _ => None,
        }
    }
}

/// Its kind and, of those whose id is no secret, its id.
impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(_) | Self::Invitation(_) | Self::Code(_) => f.write_str(self.kind().name()),
            _ => write!(f, "{} {}", self.kind().name(), self.id()),
        }
    }
}

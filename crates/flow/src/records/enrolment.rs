//! What is kept of how businesses come onto the platform: registration of numbers, sign-up, solutions, credit lines
//! (platform docs, Registration; Embedded Signup; Multi-partner solutions; Credit lines).
//!
//! Small rows of many kinds, seldom read and never on a call's way, so they share one table. The form on record is the JSON that is derived here,
//! sealed as a whole by the store: codes, PINs and addresses are in it. A member that is added must have a default, and one that goes a migration.

use std::collections::BTreeSet;
use std::fmt;

use callport_core::ids::{
    AllocationId, AppId, CreditLineId, OwnerId, PhoneNumberId, PortfolioId, SignUpId, SolutionId, SystemUserId, WabaId,
};
use callport_core::number::PhoneNumber;
use callport_core::registration::CodeMethod;
use callport_core::scope::Scope;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use serde::{Deserialize, Serialize};

use super::written::{hash_text, many, maybe, one};

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
            Self::ClientAccount(row) => joined(row.partner.as_str(), row.waba.as_str()),
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

/// What is kept of a number's way onto Cloud API: codes and PIN, and how often both were tried.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRegistration {
    /// Whose: a business number, or one that a partner verifies for a customer to come.
    #[serde(with = "one")]
    pub number: PhoneNumberId,
    /// The code that was sent last, until it was used.
    pub code: Option<SentCode>,
    /// When codes were sent, of late.
    #[serde(with = "many")]
    pub sent_at: Vec<WallTime>,
    /// The two-step verification PIN: six digits.
    pub pin: Option<String>,
    /// When a wrong PIN was sent, of late.
    #[serde(with = "many")]
    pub wrong_pins: Vec<WallTime>,
    /// `register` requests, of late.
    #[serde(with = "many")]
    pub registers: Vec<WallTime>,
    /// `deregister` requests, of late.
    #[serde(with = "many")]
    pub deregisters: Vec<WallTime>,
    /// `register` is refused until then.
    #[serde(with = "maybe")]
    pub register_blocked_until: Option<WallTime>,
    /// `deregister` is refused until then.
    #[serde(with = "maybe")]
    pub deregister_blocked_until: Option<WallTime>,
}

impl NumberRegistration {
    /// Of a number with which nothing happened yet.
    pub fn of_number(number: &PhoneNumberId) -> Self {
        Self {
            number: number.clone(),
            code: None,
            sent_at: Vec::new(),
            pin: None,
            wrong_pins: Vec::new(),
            registers: Vec::new(),
            deregisters: Vec::new(),
            register_blocked_until: None,
            deregister_blocked_until: None,
        }
    }
}

/// A verification code on its way. Nothing sends it: the operator sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCode {
    /// Six digits.
    pub code: String,
    /// `code_method`.
    #[serde(with = "one")]
    pub method: CodeMethod,
    /// `language`, as it was asked for.
    pub language: String,
    /// It is worth nothing from then on.
    #[serde(with = "one")]
    pub expires_at: WallTime,
    /// Wrong ones that were entered in its place.
    pub wrong: u32,
}

/// An app as the sign-up page knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpClient {
    /// The app.
    #[serde(with = "one")]
    pub app: AppId,
    /// Origins that may open the page and get its codes, as in `https://isv.example`.
    pub origins: BTreeSet<String>,
    /// Login configurations (`config_id`). Empty: any is taken.
    pub configurations: BTreeSet<String>,
    /// How long tokens live that a code is exchanged for, in seconds; `None`: for ever.
    #[serde(default)]
    pub token_lifetime_s: Option<u64>,
}

/// A person who signs businesses up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessOwner {
    /// Our id for them.
    #[serde(with = "one")]
    pub id: OwnerId,
    /// What they call themselves.
    pub name: String,
    /// Portfolios that are theirs.
    #[serde(with = "many")]
    pub portfolios: Vec<PortfolioId>,
}

/// A browser that is signed in as an owner.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerSession {
    /// SHA-256 of its cookie.
    #[serde(with = "one")]
    pub hash: SecretHash,
    /// Whose.
    #[serde(with = "one")]
    pub owner: OwnerId,
    /// When it ends.
    #[serde(with = "one")]
    pub expires_at: WallTime,
}

/// A way in for one owner.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerInvitation {
    /// SHA-256 of its code.
    #[serde(with = "one")]
    pub hash: SecretHash,
    /// Portfolios that become theirs by it.
    #[serde(with = "many")]
    pub portfolios: Vec<PortfolioId>,
    /// When it ends.
    #[serde(with = "one")]
    pub expires_at: WallTime,
    /// Who came in with it: nobody else does.
    #[serde(with = "maybe")]
    pub used_by: Option<OwnerId>,
}

/// How far a walk through the sign-up page has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpStep {
    /// Which portfolio.
    Portfolio,
    /// Which account.
    Account,
    /// Which number.
    Number,
    /// The code that was sent to a new number.
    Code,
    /// What the app may do.
    Consent,
    /// It is over: the code was given.
    Finished,
    /// It is over: it was left.
    Cancelled,
}

/// What the app asked for with `extras`, as far as it is used.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignUpWishes {
    /// `setup.business.id`.
    #[serde(with = "maybe")]
    pub portfolio: Option<PortfolioId>,
    /// `setup.business.name`.
    pub business_name: Option<String>,
    /// `setup.business.address.country` is kept for the portfolio's account.
    pub country: Option<String>,
    /// `setup.business.phone`, as one number.
    pub phone: Option<String>,
    /// `setup.phone.displayName`.
    pub display_name: Option<String>,
    /// `setup.preVerifiedPhone.ids`.
    #[serde(with = "many")]
    pub pre_verified: Vec<PhoneNumberId>,
    /// `setup.whatsAppBusinessAccount.ids`.
    #[serde(with = "many")]
    pub accounts: Vec<WabaId>,
    /// `setup.solutionID`.
    #[serde(with = "maybe")]
    pub solution: Option<SolutionId>,
    /// `features` has `app_only_install`.
    pub app_only: bool,
}

/// Where the outcome of a sign-up goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpOpener {
    /// To the page that opened the window, by a message to this origin.
    Window {
        /// `https://isv.example`.
        origin: String,
        /// What the opener tells its windows apart by.
        channel: String,
    },
    /// To this address, with `code` and `state`.
    Redirect {
        /// `redirect_uri`.
        uri: String,
        /// `state`, as given.
        state: Option<String>,
    },
}

/// One walk through the sign-up page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpWalk {
    /// Our id for it.
    #[serde(with = "one")]
    pub id: SignUpId,
    /// Who walks.
    #[serde(with = "one")]
    pub owner: OwnerId,
    /// For which app.
    #[serde(with = "one")]
    pub app: AppId,
    /// Where its outcome goes.
    pub opener: SignUpOpener,
    /// What the app asked for.
    pub wishes: SignUpWishes,
    /// Stands in its forms, so that no other page can send them.
    pub form_key: String,
    /// Where it stands.
    pub step: SignUpStep,
    /// What was chosen.
    #[serde(with = "maybe")]
    pub portfolio: Option<PortfolioId>,
    /// What was chosen.
    #[serde(with = "maybe")]
    pub waba: Option<WabaId>,
    /// What was chosen.
    #[serde(with = "maybe")]
    pub number: Option<PhoneNumberId>,
    /// It is thrown away then.
    #[serde(with = "one")]
    pub expires_at: WallTime,
}

/// A code that is exchanged for a token, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginCode {
    /// SHA-256 of it.
    #[serde(with = "one")]
    pub hash: SecretHash,
    /// For whom it is.
    #[serde(with = "one")]
    pub app: AppId,
    /// What its token allows.
    #[serde(with = "many")]
    pub scopes: BTreeSet<Scope>,
    /// On which accounts.
    #[serde(with = "many")]
    pub wabas: BTreeSet<WabaId>,
    /// The address that it was sent to, if it was: to be told again.
    pub redirect_uri: Option<String>,
    /// It is worth nothing from then on.
    #[serde(with = "one")]
    pub expires_at: WallTime,
    /// It was exchanged.
    pub used: bool,
}

/// A number that a partner verified for a customer to come.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreVerifiedNumber {
    /// Its id, which stays when a customer claims it.
    #[serde(with = "one")]
    pub id: PhoneNumberId,
    /// The partner's portfolio.
    #[serde(with = "one")]
    pub portfolio: PortfolioId,
    /// The number.
    #[serde(with = "one")]
    pub number: PhoneNumber,
    /// Until when its verification holds; `None`: it is not verified yet.
    #[serde(with = "maybe")]
    pub verified_until: Option<WallTime>,
    /// The account that claimed it.
    #[serde(with = "maybe")]
    pub claimed_by: Option<WabaId>,
}

/// `status` of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SolutionStatus {
    /// Asked of the other partner.
    Initiated,
    /// Both want it.
    Active,
    /// One wants to end it.
    PendingDeactivation,
    /// Over.
    Deactivated,
    /// The other partner said no.
    Rejected,
}

impl SolutionStatus {
    /// As published.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::Active => "ACTIVE",
            Self::PendingDeactivation => "PENDING_DEACTIVATION",
            Self::Deactivated => "DEACTIVATED",
            Self::Rejected => "REJECTED",
        }
    }

    /// `status_for_pending_request`.
    pub fn pending(self) -> &'static str {
        match self {
            Self::Initiated => "PENDING_ACTIVATION",
            Self::PendingDeactivation => "PENDING_DEACTIVATION",
            _ => "NONE",
        }
    }
}

/// Two apps that serve the same businesses, one of them with messages and calls.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// Its id.
    #[serde(with = "one")]
    pub id: SolutionId,
    /// `solution_name`.
    pub name: String,
    /// Who made it.
    #[serde(with = "one")]
    pub owner_app: AppId,
    /// `owner_permissions`.
    pub owner_permissions: BTreeSet<String>,
    /// The other partner.
    #[serde(with = "one")]
    pub partner_app: AppId,
    /// `partner_permissions`.
    pub partner_permissions: BTreeSet<String>,
    /// Where it stands.
    pub status: SolutionStatus,
    /// Who asked to end it, while that is open.
    #[serde(with = "maybe")]
    pub ending_asked_by: Option<AppId>,
}

impl Solution {
    /// What an app may do in it; `None`: it has no part in it.
    pub fn permissions(&self, app: &AppId) -> Option<&BTreeSet<String>> {
        if *app == self.owner_app { Some(&self.owner_permissions) } else { (*app == self.partner_app).then_some(&self.partner_permissions) }
    }

    /// The app that sends and calls.
    pub fn sender(&self) -> &AppId {
        if self.owner_permissions.contains("MESSAGING") { &self.owner_app } else { &self.partner_app }
    }
}

/// A solution as the other partner finds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolutionSeat {
    /// The partner's app.
    #[serde(with = "one")]
    pub app: AppId,
    /// The solution.
    #[serde(with = "one")]
    pub solution: SolutionId,
}

/// The solution that an account was signed up with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SolutionAccount {
    /// The account.
    #[serde(with = "one")]
    pub waba: WabaId,
    /// The solution.
    #[serde(with = "one")]
    pub solution: SolutionId,
    /// The client's portfolio.
    #[serde(with = "one")]
    pub portfolio: PortfolioId,
}

/// A credit line (`extendedcredits`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    /// Its id.
    #[serde(with = "one")]
    pub id: CreditLineId,
    /// Whose.
    #[serde(with = "one")]
    pub portfolio: PortfolioId,
    /// `legal_entity_name`.
    pub legal_entity_name: String,
}

/// A share of a credit line for one business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// `allocation_config_id`.
    #[serde(with = "one")]
    pub id: AllocationId,
    /// Of which line.
    #[serde(with = "one")]
    pub credit_line: CreditLineId,
    /// `receiving_business`.
    #[serde(with = "one")]
    pub receiving: PortfolioId,
    /// `receiving_credential`: what an account that it pays for shows as `primary_funding_id`.
    #[serde(with = "one")]
    pub credential: AllocationId,
    /// It was taken back: `request_status` `DELETED`.
    pub deleted: bool,
}

/// The share that pays for an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFunding {
    /// The account.
    #[serde(with = "one")]
    pub waba: WabaId,
    /// The share.
    #[serde(with = "one")]
    pub allocation: AllocationId,
    /// `waba_currency`.
    pub currency: String,
    /// The account could pay before.
    pub paid_before: bool,
}

/// A system user of a portfolio.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemUser {
    /// Its id.
    #[serde(with = "one")]
    pub id: SystemUserId,
    /// Whose.
    #[serde(with = "one")]
    pub portfolio: PortfolioId,
    /// What people call it.
    pub name: String,
}

/// What a system user does with an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The account.
    #[serde(with = "one")]
    pub waba: WabaId,
    /// The system user.
    #[serde(with = "one")]
    pub user: SystemUserId,
    /// `tasks`.
    pub tasks: BTreeSet<String>,
}

/// An account that was shared with a partner's portfolio.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAccount {
    /// The partner's portfolio.
    #[serde(with = "one")]
    pub partner: PortfolioId,
    /// The account.
    #[serde(with = "one")]
    pub waba: WabaId,
    /// The app that it was shared with.
    #[serde(with = "one")]
    pub app: AppId,
    /// The client's portfolio.
    #[serde(with = "one")]
    pub client: PortfolioId,
}

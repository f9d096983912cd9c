//! What is kept of the sign-up page: who comes, who opens it, how far a walk is, and the code at its end (platform docs, Embedded Signup).

use std::collections::BTreeSet;

use callport_core::ids::{AppId, OwnerId, PhoneNumberId, PortfolioId, SignUpId, SolutionId, WabaId};
use callport_core::scope::Scope;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use serde::{Deserialize, Serialize};

use crate::records::written::{many, maybe, one};

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

//! What partners share: pre-verified numbers, multi-partner solutions, credit lines, system users (platform docs, Multi-partner solutions; Credit lines).

use std::collections::BTreeSet;

use callport_core::ids::{AllocationId, AppId, CreditLineId, PhoneNumberId, PortfolioId, SolutionId, SystemUserId, WabaId};
use callport_core::number::PhoneNumber;
use callport_core::time::WallTime;
use serde::{Deserialize, Serialize};

use crate::records::written::{maybe, one};

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

impl ClientAccount {
    /// Its id among enrolments.
    pub fn id_of(partner: &PortfolioId, waba: &WabaId) -> String {
        super::joined(partner.as_str(), waba.as_str())
    }
}

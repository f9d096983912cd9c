//! Several operators on one number: its further accounts, who does what for it, and whose its threads are
//! (platform docs, Account model, 2026-06-24; Multi-Solution Conversations, 2025-12-04; Conversation routing, 2026-10-12).

use std::collections::BTreeSet;

use callport_core::ids::{PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::routing::{Roles, RoutingRole};
use callport_core::time::WallTime;

/// A further account of a number, beside the one that owns it ([`Number::waba`](super::Number)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberAccount {
    /// The number.
    pub number: PhoneNumberId,
    /// The account.
    pub waba: WabaId,
    /// The partner that the account was made for, if it is known: a number is not shared with one partner twice.
    pub partner: Option<PortfolioId>,
}

/// What a routing configuration holds for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RoutingReach {
    /// All numbers of the accounts of a portfolio.
    Portfolio(PortfolioId),
    /// One number; what its portfolio has does not count for it.
    Number(PhoneNumberId),
}

/// Who does what for a number. Partners are named by the portfolio that owns their apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// For which numbers.
    pub reach: RoutingReach,
    /// The roles.
    pub roles: Roles,
    /// Businesses that read along in threads of others.
    pub standby: BTreeSet<PortfolioId>,
    /// The business accepted the terms that thread control, standby and escalation need.
    pub terms: bool,
}

impl Routing {
    /// The business that alone calls and is called.
    pub fn call_primary(&self) -> Option<&PortfolioId> {
        self.roles.get(&RoutingRole::Calls)
    }

    /// A business has a part in it. That it is the business's own is none.
    pub fn names(&self, business: &PortfolioId) -> bool {
        let own = matches!(&self.reach, RoutingReach::Portfolio(portfolio) if portfolio == business);
        !own && (self.standby.contains(business) || self.roles.values().any(|one| one == business))
    }

    /// Whom `escalation` names, once the terms are accepted.
    pub fn escalates_to(&self) -> Option<&PortfolioId> {
        self.roles.get(&RoutingRole::Escalation).filter(|_| self.terms)
    }

    /// Who reads along, once the terms are accepted.
    pub fn on_standby(&self, business: &PortfolioId) -> bool {
        self.terms && self.standby.contains(business)
    }
}

/// Whose a chat of a number and a user is. A row only while it is, or was, somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadRecord {
    /// The business number.
    pub number: PhoneNumberId,
    /// The user.
    pub user: UserId,
    /// The business that answers.
    pub owner: PortfolioId,
    /// By which role.
    pub role: RoutingRole,
    /// From this moment on it is nobody's, unless the user writes before.
    pub until: WallTime,
}

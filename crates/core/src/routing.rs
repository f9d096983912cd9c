//! Conversation routing: which of several partners of one number answers (platform docs, Conversation routing: overview, 2026-10-12;
//! messaging_handovers, 2026-09-22; changelog to 2026-10-12).
//!
//! A role belongs to a business: the one that owns the app. The published pages name the roles and five entry points, and say of the entry points
//! only which one calls use; that a user's message enters by the role of the template that it answers, else at the first of
//! [`RoutingRole::AiAgent`] and [`RoutingRole::CustomerService`], is our choice (docs/decisions/0047-threads.md).

use std::collections::BTreeMap;

use crate::ids::PortfolioId;
use crate::words::words;

/// What a business does for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoutingRole {
    /// `calls`, the entry point "Call": its business is the Call primary, which handles calls in both directions.
    Calls,
    /// `ai_agent`.
    AiAgent,
    /// `ctwa`: conversations that begin at an advertisement.
    Ctwa,
    /// `customer_service`.
    CustomerService,
    /// `escalation`: its message into a thread of another takes the thread over.
    Escalation,
    /// `marketing`.
    Marketing,
    /// `utility`.
    Utility,
}

words!(RoutingRole {
    Calls = "calls",
    AiAgent = "ai_agent",
    Ctwa = "ctwa",
    CustomerService = "customer_service",
    Escalation = "escalation",
    Marketing = "marketing",
    Utility = "utility",
});

impl RoutingRole {
    /// A thread can belong to whoever has it: every role but `calls`.
    pub fn has_threads(self) -> bool {
        self != Self::Calls
    }
}

/// Who has which role. A role has one business; a business may have several.
pub type Roles = BTreeMap<RoutingRole, PortfolioId>;

/// Who gets a thread of nobody with the next message of the user. `answers`: the role of the template that the message answers. `None`: nobody,
/// so that all are told as without routing.
pub fn entered(roles: &Roles, answers: Option<RoutingRole>) -> Option<(RoutingRole, &PortfolioId)> {
    let doors = answers.into_iter().chain([RoutingRole::AiAgent, RoutingRole::CustomerService]);
    doors.into_iter().find_map(|role| Some((role, roles.get(&role)?)))
}

/// The role by which a business has a thread: the first of those that it has.
pub fn thread_role(roles: &Roles, business: &PortfolioId) -> Option<RoutingRole> {
    roles.iter().find(|(role, holder)| role.has_threads() && *holder == business).map(|(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(given: &[(RoutingRole, &str)]) -> Roles {
        given.iter().map(|(role, business)| (*role, PortfolioId::parse(business).unwrap())).collect()
    }

    #[test]
    fn a_message_enters_by_what_it_answers_else_at_the_desk() {
        use RoutingRole::{AiAgent, Calls, CustomerService, Escalation, Marketing, Utility};
        let desk = roles(&[(Calls, "1"), (CustomerService, "2"), (Marketing, "3")]);
        let robot = roles(&[(CustomerService, "2"), (AiAgent, "4")]);
        for (roles, answers, expected) in [
            (&desk, None, Some(CustomerService)),
            (&desk, Some(Marketing), Some(Marketing)),
            (&desk, Some(Utility), Some(CustomerService)),
            (&robot, None, Some(AiAgent)),
            (&roles(&[(Calls, "1"), (Escalation, "2")]), None, None),
        ] {
            assert_eq!(entered(roles, answers).map(|(role, _)| role), expected, "{roles:?} {answers:?}");
        }
    }

    #[test]
    fn the_call_primary_has_no_thread() {
        let roles = roles(&[(RoutingRole::Calls, "1"), (RoutingRole::Utility, "2"), (RoutingRole::CustomerService, "2")]);
        assert_eq!(thread_role(&roles, &PortfolioId::parse("1").unwrap()), None);
        assert_eq!(thread_role(&roles, &PortfolioId::parse("2").unwrap()), Some(RoutingRole::CustomerService));
    }
}

//! Several operators on one number (platform docs, Account model, 2026-06-24; Conversation routing, 2026-10-12).

use std::time::Duration;

use callport_core::limits::DAY;
use callport_engine::RoutingRules;

use super::section::section;

section! {
    /// Several operators on one number: accounts, and conversation routing. Who answers is data, not configuration: `callport admin routing`.
    pub struct RoutingSection = "routing" {
        /// Accounts of one number, the owning one included: one for each partner.
        pub accounts_per_number: u32 = 5,
        /// A chat belongs to no partner again so long after the last message of its user.
        pub thread_idle: Duration = DAY,
        /// Whether partners on standby are told of `terminate` of business-initiated calls, as an edition of September 2026 said.
        pub standby_hears_terminate: bool = false,
    }
}

impl RoutingSection {
    /// As the rules take them.
    pub fn rules(&self) -> RoutingRules {
        let Self { accounts_per_number, thread_idle, standby_hears_terminate } = *self;
        RoutingRules { accounts: accounts_per_number as usize, thread_idle, standby_hears_terminate }
    }
}

//! Call permissions and their limits, in the two columns of the published table (platform docs, Obtain user call permissions; Sandbox).

use std::time::Duration;

use callport_core::limits::{PairLimits, WEEK};

use super::section::section;

section! {
    /// Call permissions of numbers in the account mode LIVE: limits for each business number and user, in rolling windows.
    pub struct PermissionsSection = "permissions" {
        /// Requests for permission in any 24 hours (138009).
        pub requests_per_day: u32 = PairLimits::PRODUCTION.requests_per_day,
        /// Requests for permission in any 7 days (138009).
        pub requests_per_week: u32 = PairLimits::PRODUCTION.requests_per_week,
        /// Unanswered calls in a row after which the user is asked to reconsider.
        pub nudge_after: u32 = PairLimits::PRODUCTION.nudge_after,
        /// Unanswered calls in a row after which the permission is taken away.
        pub revoke_after: u32 = PairLimits::PRODUCTION.revoke_after,
        /// Connected business-initiated calls in any 24 hours (138012). Older pages say 5 and 10.
        pub connected_per_day: u32 = PairLimits::PRODUCTION.connected_per_day,
        /// How long a temporary permission lasts.
        pub temporary: Duration = WEEK,
        /// Whether a call that the business cancels while the phone rings counts as unanswered.
        pub cancelled_counts: bool = true,
    }
}

section! {
    /// The same for numbers in the account mode SANDBOX and for public test numbers.
    pub struct SandboxPermissionsSection = "sandbox_permissions" {
        /// Requests for permission in any 24 hours (138009).
        pub requests_per_day: u32 = PairLimits::SANDBOX.requests_per_day,
        /// Requests for permission in any 7 days (138009).
        pub requests_per_week: u32 = PairLimits::SANDBOX.requests_per_week,
        /// Unanswered calls in a row after which the user is asked to reconsider.
        pub nudge_after: u32 = PairLimits::SANDBOX.nudge_after,
        /// Unanswered calls in a row after which the permission is taken away.
        pub revoke_after: u32 = PairLimits::SANDBOX.revoke_after,
        /// Connected business-initiated calls in any 24 hours (138012).
        pub connected_per_day: u32 = PairLimits::SANDBOX.connected_per_day,
        /// How long a temporary permission lasts.
        pub temporary: Duration = WEEK,
        /// Whether a call that the business cancels while the phone rings counts as unanswered.
        pub cancelled_counts: bool = true,
    }
}

macro_rules! limits {
    ($ConfigSection:ident) => {
        impl $ConfigSection {
            /// As the rules take them.
            pub fn limits(&self) -> PairLimits {
                let Self { requests_per_day, requests_per_week, nudge_after, revoke_after, connected_per_day, temporary, cancelled_counts } =
                    *self;
                PairLimits { requests_per_day, requests_per_week, nudge_after, revoke_after, connected_per_day, temporary, cancelled_counts }
            }
        }
    };
}

limits!(PermissionsSection);
limits!(SandboxPermissionsSection);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_published_columns() {
        assert_eq!(PermissionsSection::default().limits(), PairLimits::PRODUCTION);
        assert_eq!(SandboxPermissionsSection::default().limits(), PairLimits::SANDBOX);
    }
}

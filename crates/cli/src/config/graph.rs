//! The Graph API's limits.

use super::section::section;

section! {
    /// The Graph API. Beyond its rates, requests are answered with the published codes.
    pub struct GraphSection = "graph" {
        /// Requests of one token in an hour (code 4).
        pub token_requests_per_hour: u32 = 5_000_000,
        /// Requests about one number in an hour (code 80007).
        pub number_requests_per_hour: u32 = 5_000_000,
        /// Management requests of one app about one account in an hour, once the account has a number (code 80007).
        pub management_requests_per_hour: u32 = 5_000,
        /// The same while the account has no number.
        pub management_requests_without_number: u32 = 200,
        /// Look-ups of call permissions of one number in a second (code 613).
        pub permission_lookups_per_second: u32 = 100,
    }
}

//! Prices of messages, as far as their statuses tell them (platform docs, Pricing; Message status).

use super::section::section;

section! {
    /// Messages: what they cost.
    pub struct MessagesSection = "messages" {
        /// Service messages (all but templates) of one number that are free in a calendar month of its account's time zone. Those after them are
        /// charged, and fail where the account has no payment method (131042).
        pub free_service_per_month: u32 = 1000,
    }
}

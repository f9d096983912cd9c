//! How numbers come onto Cloud API (platform docs, Cloud API, Registration and Two-step verification, 2026-06).

use std::time::Duration;

use callport_core::registration::RegistrationRules;
use callport_core::settings::MessagingLimit;

use super::section::section;

const HOUR: Duration = Duration::from_secs(3_600);

section! {
    /// Registration of numbers that businesses add. Numbers that the operator makes are verified and registered, and wait for nothing.
    pub struct RegistrationSection = "registration" {
        /// How long a verification code lives. Published: about 10 minutes.
        pub code_lifetime: Duration = Duration::from_secs(600),
        /// Wrong codes until the code is worth nothing (ours).
        pub code_tries: u32 = 5,
        /// Codes that one number is sent in an hour (ours); beyond it, 80007.
        pub codes_per_hour: u32 = 10,
        /// register requests of one number, and as many deregister ones, in changes_span. One more: 133016, and all are refused for as long.
        pub changes: u32 = 10,
        /// See changes. Published: 72 hours.
        pub changes_span: Duration = HOUR * 72,
        /// How long register answers 133015 after deregister. Published: 5 minutes.
        pub wait_after_deregister: Duration = Duration::from_secs(300),
        /// Wrong PINs until register answers 133008 (ours).
        pub pin_tries: u32 = 5,
        /// For how long it does then (ours).
        pub pin_block: Duration = HOUR,
        /// A PIN that comes so soon after a wrong one is not looked at: 133009 (ours).
        pub pin_pause: Duration = Duration::from_secs(3),
        /// Numbers of one portfolio that businesses may add to. Published: 2 at first, 20 later.
        pub numbers_per_portfolio: u32 = 20,
        /// Messaging limit of a number that a business adds. Calling can be switched on from TIER_2K.
        pub messaging_limit: MessagingLimit = MessagingLimit::Tier2K,
        /// How long a number that a partner verified waits for a customer, and once it is claimed for its registration. Published: 90 days each.
        pub preverified_lifetime: Duration = HOUR * 24 * 90,
    }
}

impl RegistrationSection {
    /// As the rules have it.
    pub fn rules(&self) -> RegistrationRules {
        RegistrationRules {
            code_lifetime: self.code_lifetime,
            code_tries: self.code_tries,
            codes: self.codes_per_hour,
            code_span: HOUR,
            changes: self.changes,
            change_span: self.changes_span,
            wait: self.wait_after_deregister,
            pin_tries: self.pin_tries,
            pin_block: self.pin_block,
            pin_pause: self.pin_pause,
            numbers_per_portfolio: self.numbers_per_portfolio,
            messaging_limit: self.messaging_limit,
            preverified_lifetime: self.preverified_lifetime,
        }
    }
}

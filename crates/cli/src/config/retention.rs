//! How long what is over is kept.

use std::time::Duration;

use super::section::section;

const DAY: Duration = Duration::from_secs(86_400);

section! {
    /// Retention: what is over is removed after this time, a little every hour. 0s: never.
    pub struct RetentionSection = "retention" {
        /// Calls, after their end.
        pub calls: Duration = DAY * 400,
        /// Messages, after they were written.
        pub messages: Duration = DAY * 365,
        /// Webhooks with their bodies, after they were delivered or given up.
        pub webhooks: Duration = DAY * 30,
        /// The journal: timelines of calls, attempts to deliver webhooks, refused requests.
        pub journal: Duration = DAY * 90,
        /// Sessions and invitations, and what the sign-up page keeps of a sign-up, after they expired.
        pub sign_ins: Duration = DAY * 30,
    }
}

//! How webhooks are delivered (platform docs, Webhooks: create endpoint; the schedule for calls is unpublished and is ours).

use std::path::PathBuf;
use std::time::Duration;

use super::section::section;

section! {
    /// Webhooks: how they are delivered, and how often they are tried again.
    pub struct WebhooksSection = "webhooks" {
        /// Longest wait for a receiver's reply.
        pub timeout: Duration = Duration::from_secs(20),
        /// Waits before the first tries after the first failure.
        pub retry: Vec<Duration> = vec![Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(60)],
        /// Wait before each try after those.
        pub retry_every: Duration = Duration::from_secs(300),
        /// How long after the event the last try may be; then the webhook is given up.
        pub give_up_after: Duration = Duration::from_secs(3600),
        /// The same for webhooks of the field `messages`.
        pub give_up_messages_after: Duration = Duration::from_secs(7 * 86_400),
        /// Most deliveries at a time.
        pub parallel: usize = 64,
        /// Whether callback addresses may be plain http. Empty: only in test mode.
        pub allow_http: Option<bool> = None,
        /// Whether callback addresses may point into private networks and at this machine. Empty: only in test mode.
        pub allow_private: Option<bool> = None,
        /// A PEM file with certificate authorities to trust beside the system's.
        pub ca_file: Option<PathBuf> = None,
    }
}

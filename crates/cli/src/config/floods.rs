//! How fast somebody may be wrong, or ask for much.

use super::section::section;

section! {
    /// Floods. Each bound allows so many at once and as many again in every minute; beyond it, whoever asks is told how long to wait. A source
    /// is an IPv4 address or an IPv6 /64 network; right credentials are never counted.
    pub struct FloodsSection = "floods" {
        /// Wrong tokens, app secrets and invitation codes from one source, on all listeners together.
        pub wrong_credentials: u32 = 60,
        /// Wrong secrets of one app, from all sources together.
        pub wrong_app_secrets: u32 = 600,
        /// Sign-ups and sign-ins on the phone page from one source. In test mode those from this machine are not counted.
        pub sign_ups: u32 = 60,
        /// Calls that one user may place on the phone page.
        pub calls: u32 = 30,
    }
}

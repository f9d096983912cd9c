//! Timers and limits of calls (platform docs, User-initiated calls; FAQ).

use std::time::Duration;

use super::section::section;

section! {
    /// Calls: timers and limits.
    pub struct Calls = "calls" {
        /// How long a user-initiated call rings. Published as about 30 to 60 s.
        pub accept_window: Duration = Duration::from_secs(60),
        /// From accept to the first media packet of the business; then the call ends (138021).
        pub first_media: Duration = Duration::from_secs(20),
        /// Silence of one side, without RTP and RTCP, after which a call ends (138021, 138022).
        pub silence: Duration = Duration::from_secs(30),
        /// Calls at the same time on one number. The published error table says 1000, the FAQ 5000.
        pub concurrent: u32 = 1000,
    }
}

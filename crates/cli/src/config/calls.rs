//! Timers and limits of calls (platform docs, User-initiated calls; Business-initiated calls; FAQ).

use std::time::Duration;

use callport_core::call_hours::HolidayMeaning;
use callport_core::country::Country;
use callport_core::gate::HiddenIcon;
use callport_core::outreach::NO_BUSINESS_CALLS;

use super::section::section;

section! {
    /// Calls: timers and limits.
    pub struct CallsSection = "calls" {
        /// How long a user-initiated call rings. Published as about 30 to 60 s.
        pub accept_window: Duration = Duration::from_secs(60),
        /// How long a business-initiated call rings. Not published.
        pub ring_window: Duration = Duration::from_secs(60),
        /// How long the business has to bring its media up after its connect (138007). Not published.
        pub connect_window: Duration = Duration::from_secs(20),
        /// From accept or pick-up to the first media packet of the business; then the call ends (138021).
        pub first_media: Duration = Duration::from_secs(20),
        /// Silence of one side, without RTP and RTCP, after which a call ends (138021, 138022).
        pub silence: Duration = Duration::from_secs(30),
        /// Calls at the same time on one number. The published error table says 1000, the FAQ 5000.
        pub concurrent: u32 = 1000,
        /// Business-initiated calls that one number may start in any 24 hours (138005).
        pub starts_per_day: u32 = 10_000,
        /// Countries whose business numbers may not call users (138013). Users may be anywhere.
        pub no_business_calls: Vec<Country> = blocked(),
        /// What an entry of a holiday_schedule is: the hours of its date, in place of those of its week (open), or hours of its date in which
        /// no calls are taken (closed). The documentation says both.
        pub holidays: HolidayMeaning = HolidayMeaning::Open,
        /// What call_icon_visibility DISABLE_ALL means for users: the icon goes, and contacts and the call log still call (callable), or they
        /// place no calls that the business did not ask for (not_callable). The documentation says both.
        pub hidden_icon: HiddenIcon = HiddenIcon::Callable,
    }
}

fn blocked() -> Vec<Country> {
    NO_BUSINESS_CALLS.iter().filter_map(|code| Country::parse(code).ok()).collect()
}

//! When complaints and missed calls have consequences (platform docs, Calling, Quality restrictions). The platform publishes none of these figures.

use std::time::Duration;

use callport_core::quality::QualityRules;

use super::section::section;

/// The figures where nobody says otherwise.
const USUAL: QualityRules = QualityRules::USUAL;

section! {
    /// Quality of calls: what users' complaints and a business's missed calls lead to. Consequences are also injected: `callport admin number quality` and `restrict`.
    pub struct QualitySection = "quality" {
        /// How long a complaint and a call count.
        pub window: Duration = USUAL.window,
        /// Users who complain of calls in one direction until the business is warned (ACCOUNT_VIOLATION); 0: it never is.
        pub complaints_until_warning: u32 = USUAL.complaints_until_warning,
        /// The same until calls in that direction are paused (ACCOUNT_RESTRICTION); 0: they never are.
        pub complaints_until_pause: u32 = USUAL.complaints_until_pause,
        /// How long such a pause lasts.
        pub pause: Duration = USUAL.pause,
        /// Users' calls before the share of those that are picked up says anything; 0: it is not looked at.
        pub calls_until_judged: u32 = USUAL.calls_until_judged,
        /// Fewer picked up of a hundred: the business is warned.
        pub warning_below_percent: u32 = USUAL.warning_below_percent,
        /// Fewer picked up of a hundred: its call button is hidden, until it shows it again.
        pub hidden_below_percent: u32 = USUAL.hidden_below_percent,
    }
}

impl QualitySection {
    /// The same as the rules have it.
    pub fn rules(&self) -> QualityRules {
        QualityRules {
            window: self.window,
            complaints_until_warning: self.complaints_until_warning,
            complaints_until_pause: self.complaints_until_pause,
            pause: self.pause,
            calls_until_judged: self.calls_until_judged,
            warning_below_percent: self.warning_below_percent,
            hidden_below_percent: self.hidden_below_percent,
        }
    }
}

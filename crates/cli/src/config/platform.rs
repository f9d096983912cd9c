//! What kind of platform this is: the keys above all tables.

use std::time::Duration;

use super::section::section;
use super::value::words;

words! {
    /// Whether tests are run here or people are served.
    pub enum PlatformMode {
        /// The clock can be moved, sign-up is open, fixtures and plain-http callbacks are taken.
        Test = "test",
        /// None of that exists.
        Live = "live",
    }
}

section! {
    /// Callport's configuration. Every key stands here with its default; uncomment what you change.
    ///
    /// Each key can also be set by the environment, as CALLPORT_SECTION_KEY (CALLPORT_PUBLIC_LISTEN), and by a flag, as
    /// `--set section.key=value`. Flags win over the environment, which wins over this file. Lengths of time carry their unit:
    /// 500ms, 20s, 5m, 1h, 30d. Port 0 takes a free port, which the line printed at start names.
    pub struct PlatformSection = "" {
        /// "test": the clock can be moved, sign-up is open, fixtures and plain-http callbacks are taken. "live": none of that exists.
        /// Must be said as soon as a listener can be reached from other machines.
        pub mode: PlatformMode = PlatformMode::Test,
        /// How long calls and requests may go on after the process was asked to stop. A second request to stop cuts them at once.
        pub drain: Duration = Duration::from_secs(30),
    }
}

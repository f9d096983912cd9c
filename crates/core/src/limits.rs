//! How much and how long: published limits and timers, column by column, each one configurable by the operator.

use std::time::Duration;

use crate::settings::AccountMode;

/// Timers of one call (platform docs, User-initiated calls and FAQ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTimers {
    /// How long a user-initiated call rings until it counts as not answered. Published as "about 30 to 60 s".
    pub accept_window: Duration,
    /// How long a business-initiated call may ring unanswered. Not published; 60 s is our choice.
    pub ring_window: Duration,
    /// How long the business has to bring its media up after its `connect` (138007). Not published; 20 s is our choice.
    pub connect_window: Duration,
    /// From the start of a call to the first media packet of the business; then the user's app gives up (138021).
    pub first_media: Duration,
    /// Silence of one side, without RTP and RTCP, after which a call is dropped (138021 and 138022).
    pub silence: Duration,
}

impl Default for CallTimers {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            accept_window: seconds(60),
            ring_window: seconds(60),
            connect_window: seconds(20),
            first_media: seconds(20),
            silence: seconds(30),
        }
    }
}

/// Limits that hold for a business number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberLimits {
    /// Calls at the same time on one number, both directions (138002). The error table says 1,000, the FAQ 5,000.
    pub concurrent_calls: u32,
    /// Business-initiated calls that a number may start in any 24 h (138005).
    pub business_calls_per_day: u32,
    /// Service messages of a number that are free in a calendar month of its account's time zone (platform docs, Pricing, since 2026-10-01).
    pub free_service_messages: u32,
}

impl Default for NumberLimits {
    fn default() -> Self {
        Self { concurrent_calls: 1_000, business_calls_per_day: 10_000, free_service_messages: 1_000 }
    }
}

/// Limits that hold for a pair: one business number and one user (platform docs, Obtain user call permissions; Sandbox).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairLimits {
    /// Call permission requests in any 24 h (138009).
    pub requests_per_day: u32,
    /// Call permission requests in any 7 days (138009).
    pub requests_per_week: u32,
    /// After so many unanswered calls in a row the user is asked to reconsider.
    pub nudge_after: u32,
    /// After so many unanswered calls in a row the permission is taken away.
    pub revoke_after: u32,
    /// Connected business-initiated calls in any 24 h (138012). Stale pages say 5 and 10.
    pub connected_per_day: u32,
    /// How long a temporary permission lasts.
    pub temporary: Duration,
    /// Whether a call that the business cancels while the phone rings counts as unanswered. Not published.
    pub cancelled_counts: bool,
}

/// How long a permission request can be answered: after its delivery, and after each answer (platform docs, Obtain user call permissions).
pub const REQUEST_LIFE: Duration = WEEK;
/// Contact counts as recent for so long: until then a business sees the number of a user who adopted a username (platform docs, Business-scoped user IDs).
pub const RECENT_CONTACT: Duration = Duration::from_secs(30 * 86_400);
/// Customer service window after the user's last word.
pub const SERVICE_WINDOW: Duration = DAY;
/// A published `PT24H`.
pub const DAY: Duration = Duration::from_secs(86_400);
/// A published `P7D`.
pub const WEEK: Duration = Duration::from_secs(7 * 86_400);

impl PairLimits {
    /// Of a `LIVE` number.
    pub const PRODUCTION: PairLimits = PairLimits {
        requests_per_day: 1,
        requests_per_week: 2,
        nudge_after: 2,
        revoke_after: 4,
        connected_per_day: 100,
        temporary: WEEK,
        cancelled_counts: true,
    };
    /// Of a `SANDBOX` or public test number.
    pub const SANDBOX: PairLimits =
        PairLimits { requests_per_day: 25, requests_per_week: 100, nudge_after: 5, revoke_after: 10, ..PairLimits::PRODUCTION };
}

/// Both columns of the published table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairLimitSets {
    /// Of `LIVE` numbers.
    pub production: PairLimits,
    /// Of `SANDBOX` and public test numbers.
    pub sandbox: PairLimits,
}

impl PairLimitSets {
    /// The column that holds for a number.
    pub fn of(&self, mode: AccountMode) -> &PairLimits {
        match mode {
            AccountMode::Live => &self.production,
            AccountMode::Sandbox => &self.sandbox,
        }
    }
}

impl Default for PairLimitSets {
    fn default() -> Self {
        Self { production: PairLimits::PRODUCTION, sandbox: PairLimits::SANDBOX }
    }
}

/// Longest `biz_opaque_callback_data`, `cta_payload` and `deeplink_payload`, in characters.
pub const MAX_PAYLOAD: usize = 512;

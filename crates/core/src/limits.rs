//! How much and how long: published limits and timers, column by column, each one configurable by the operator.

use std::time::Duration;

/// Timers of one call (platform docs, User-initiated calls and FAQ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTimers {
    /// How long a user-initiated call rings until it counts as not answered. Published as "about 30 to 60 s".
    pub accept_window: Duration,
    /// From the start of a call to the first media packet of the business; then the user's app gives up (138021).
    pub first_media: Duration,
    /// Silence of one side, without RTP and RTCP, after which a call is dropped (138021 and 138022).
    pub silence: Duration,
}

impl Default for CallTimers {
    fn default() -> Self {
        Self { accept_window: Duration::from_secs(60), first_media: Duration::from_secs(20), silence: Duration::from_secs(30) }
    }
}

/// Limits that hold for a business number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberLimits {
    /// Calls at the same time on one number, both directions (138002). The error table says 1,000, the FAQ 5,000.
    pub concurrent_calls: u32,
}

impl Default for NumberLimits {
    fn default() -> Self {
        Self { concurrent_calls: 1_000 }
    }
}

/// Longest `biz_opaque_callback_data`, `cta_payload` and `deeplink_payload`, in characters.
pub const MAX_PAYLOAD: usize = 512;

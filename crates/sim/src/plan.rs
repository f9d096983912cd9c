//! What is simulated.

use std::time::Duration;

use callport_core::limits::{NumberLimits, PairLimitSets, PairLimits};
use callport_engine::{DeliveryPolicy, EngineConfig, Retention, Rules};

use crate::bug::Bug;

/// One run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides everything else.
    pub seed: u64,
    /// Processes that share the store.
    pub nodes: usize,
    /// No crashes, cuts and faults: then work must be prompt as well.
    pub calm: bool,
    /// How long people act; what they began may end after it.
    pub time: Duration,
    /// A bug that is put in on purpose.
    pub bug: Option<Bug>,
}

/// Virtual time that people act in one run: long enough for the slowest schedules, short enough to read.
pub const TIME: Duration = Duration::from_secs(300);
/// What is under way when people stop has so long to settle: the longest ring, a lease, and every retry of a webhook.
pub(crate) const SETTLES: Duration = Duration::from_secs(240);

/// Calls that a number may have at the same time. All limits are small, so that they are reached.
pub(crate) const CONCURRENT: u32 = 4;
/// Calls that a number may start in 24 h of the calendar, which is moved by days.
pub(crate) const STARTS: u32 = 5;

const DAY: Duration = Duration::from_secs(86_400);
/// How long what is over is kept. The calendar is moved by days, so that all of it gets old within a run.
pub(crate) const RETENTION: Retention = Retention {
    calls: Some(DAY.saturating_mul(3)),
    messages: Some(DAY.saturating_mul(5)),
    webhooks: Some(DAY.saturating_mul(2)),
    journal: Some(DAY.saturating_mul(4)),
    sign_ins: Some(DAY),
};

impl Plan {
    /// A seed of its own weather: every second one is calm.
    pub fn of(seed: u64) -> Self {
        Self { seed, nodes: 3, calm: seed.is_multiple_of(2), time: TIME, bug: None }
    }

    pub(crate) fn config() -> EngineConfig {
        let seconds = Duration::from_secs;
        EngineConfig {
            rules: Rules {
                limits: NumberLimits { concurrent_calls: CONCURRENT, business_calls_per_day: STARTS, ..NumberLimits::default() },
                pairs: PairLimitSets { production: pair_limits(), sandbox: pair_limits() },
                ..Rules::default()
            },
            deliveries: DeliveryPolicy {
                schedule: vec![seconds(1), seconds(2)],
                then_every: seconds(5),
                // The calendar is moved by days, and nothing shall be given up for that.
                give_up_after: seconds(365 * 86_400),
                give_up_messages_after: seconds(365 * 86_400),
                ..DeliveryPolicy::default()
            },
            retention: RETENTION,
        }
    }
}

pub(crate) fn pair_limits() -> PairLimits {
    PairLimits { requests_per_day: 2, requests_per_week: 5, connected_per_day: 3, ..PairLimits::PRODUCTION }
}

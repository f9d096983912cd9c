//! How many requests one token and one number may make in an hour of the clock.
//!
//! The platform counts per hour and publishes no figures for calling (platform docs, Graph API, Rate limits), so the limits are
//! configuration. Counters begin anew with each hour, and with them the tables, which bounds both. They live in this process only.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_wire::Code;

use crate::answer::Refusal;

/// Most keys counted in one hour; those beyond are served uncounted, rather than refused for the crowd's sake.
const KEYS_MAX: usize = 100_000;

const MINUTES_PER_HOUR: i64 = 60;
const MILLIS_PER_MINUTE: i64 = 60_000;

/// The counters.
pub(crate) struct Rates {
    tokens: Mutex<Hour<SecretHash>>,
    numbers: Mutex<Hour<PhoneNumberId>>,
    token_limit: u32,
    number_limit: u32,
}

struct Hour<K> {
    hour: i64,
    counts: HashMap<K, u32>,
}

impl Rates {
    pub(crate) fn new(token_limit: u32, number_limit: u32) -> Self {
        Self { tokens: Hour::new(), numbers: Hour::new(), token_limit, number_limit }
    }

    /// Counts a request of `token`: percent of its hour, or error 4.
    pub(crate) fn of_token(&self, token: SecretHash, now: WallTime) -> Result<u32, Refusal> {
        take(&self.tokens, token, self.token_limit, now, Code::AppRateLimit)
    }

    /// Counts a request about `number`: percent of its hour, or error 80007.
    pub(crate) fn of_number(&self, number: &PhoneNumberId, now: WallTime) -> Result<u32, Refusal> {
        take(&self.numbers, number.clone(), self.number_limit, now, Code::AccountRateLimit)
    }
}

fn take<K: Eq + Hash>(table: &Mutex<Hour<K>>, key: K, limit: u32, now: WallTime, code: Code) -> Result<u32, Refusal> {
    let count = table.lock().unwrap_or_else(PoisonError::into_inner).count(key, now);
    if count > limit {
        let minutes = MINUTES_PER_HOUR - now.unix_millis().div_euclid(MILLIS_PER_MINUTE).rem_euclid(MINUTES_PER_HOUR);
        return Err(Refusal::because(code, format!("More than {limit} requests in one hour. Try again in {minutes} minutes.")));
    }
    let percent = u64::from(count) * 100 / u64::from(limit.max(1));
    Ok(u32::try_from(percent).unwrap_or(100))
}

impl<K: Eq + Hash> Hour<K> {
    fn new() -> Mutex<Self> {
        Mutex::new(Self { hour: i64::MIN, counts: HashMap::new() })
    }

    fn count(&mut self, key: K, now: WallTime) -> u32 {
        let hour = now.unix_millis().div_euclid(MILLIS_PER_MINUTE * MINUTES_PER_HOUR);
        if hour != self.hour {
            self.hour = hour;
            self.counts.clear();
        }
        if self.counts.len() >= KEYS_MAX && !self.counts.contains_key(&key) {
            return 1;
        }
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOON: WallTime = WallTime::from_unix_seconds(43_200);

    #[test]
    fn counts_each_token_by_itself_until_the_hour_ends() {
        let rates = Rates::new(2, 1);
        let (one, two) = (SecretHash::of("one"), SecretHash::of("two"));
        let later = NOON + Duration::from_secs(59 * 60);
        assert_eq!(rates.of_token(one, NOON).unwrap(), 50);
        assert_eq!(rates.of_token(one, NOON).unwrap(), 100);
        let refusal = rates.of_token(one, later).unwrap_err().0;
        assert_eq!((refusal.code(), refusal.http_status()), (Code::AppRateLimit, 429));
        assert_eq!(refusal.body("A").error.details(), Some("More than 2 requests in one hour. Try again in 1 minutes."));
        assert!(rates.of_token(two, later).is_ok());
        assert!(rates.of_token(one, NOON + Duration::from_secs(3600)).is_ok());
    }

    #[test]
    fn numbers_have_their_own_count_and_code() {
        let rates = Rates::new(9, 1);
        let number = PhoneNumberId::parse("4001").unwrap();
        assert!(rates.of_number(&number, NOON).is_ok());
        assert_eq!(rates.of_number(&number, NOON).unwrap_err().0.code(), Code::AccountRateLimit);
    }

    #[test]
    fn a_crowd_does_not_grow_the_table() {
        let mut hour = Hour { hour: 0, counts: HashMap::new() };
        for key in 0..KEYS_MAX + 5 {
            assert_eq!(hour.count(key, WallTime::from_unix_seconds(1)), 1);
        }
        assert_eq!(hour.counts.len(), KEYS_MAX);
        assert_eq!(hour.count(0, WallTime::from_unix_seconds(1)), 2, "those inside still count");
    }
}

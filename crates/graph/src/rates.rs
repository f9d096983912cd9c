//! How many requests one token and one number may make in an hour of the clock, and how many look-ups of call permissions in a second.
//!
//! The platform counts per hour and publishes no figures for calling (platform docs, Graph API, Rate limits), so the limits are
//! configuration. Of look-ups it publishes two: 5 per second (API reference, 2026-06-26) and 100 (Obtain user call permissions, mid-2026).
//! Counters begin anew with each hour or second, and with them the tables, which bounds both. They live in this process only.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_wire::Code;

use crate::GraphConfig;
use crate::answer::Refusal;
use crate::usage::Share;

/// Most keys counted in one period; those beyond are served uncounted, rather than refused for the crowd's sake.
const KEYS_MAX: usize = 100_000;

const MILLIS_PER_SECOND: i64 = 1_000;
const MILLIS_PER_MINUTE: i64 = 60_000;
const MINUTES_PER_HOUR: i64 = 60;
const MILLIS_PER_HOUR: i64 = MILLIS_PER_MINUTE * MINUTES_PER_HOUR;

/// The counters.
pub(crate) struct Rates {
    tokens: Mutex<Period<SecretHash>>,
    numbers: Mutex<Period<PhoneNumberId>>,
    managed: Mutex<Period<(AppId, WabaId)>>,
    lookups: Mutex<Period<PhoneNumberId>>,
    token_limit: u32,
    number_limit: u32,
    managed_limit: u32,
    managed_limit_without_number: u32,
    lookup_limit: u32,
}

/// Counts of the present hour or second of the clock.
struct Period<K> {
    millis: i64,
    present: i64,
    counts: HashMap<K, u32>,
}

impl Rates {
    pub(crate) fn new(config: &GraphConfig) -> Self {
        Self {
            tokens: Period::of(MILLIS_PER_HOUR),
            numbers: Period::of(MILLIS_PER_HOUR),
            managed: Period::of(MILLIS_PER_HOUR),
            lookups: Period::of(MILLIS_PER_SECOND),
            token_limit: config.token_requests_per_hour,
            number_limit: config.number_requests_per_hour,
            managed_limit: config.management_requests_per_hour,
            managed_limit_without_number: config.management_requests_without_number,
            lookup_limit: config.permission_lookups_per_second,
        }
    }

    /// Counts a request of `token`: what it used of its hour, and error 4 beyond it.
    pub(crate) fn of_token(&self, token: SecretHash, now: WallTime) -> (Share, Result<(), Refusal>) {
        in_hour(&self.tokens, token, self.token_limit, now, Code::AppRateLimit)
    }

    /// Counts a request about `number`: what it used of its hour, and error 80007 beyond it.
    pub(crate) fn of_number(&self, number: &PhoneNumberId, now: WallTime) -> (Share, Result<(), Refusal>) {
        in_hour(&self.numbers, number.clone(), self.number_limit, now, Code::AccountRateLimit)
    }

    /// Counts a management request of an app about an account, in the same way.
    pub(crate) fn of_management(&self, app: &AppId, waba: &WabaId, has_number: bool, now: WallTime) -> (Share, Result<(), Refusal>) {
        let limit = if has_number { self.managed_limit } else { self.managed_limit_without_number };
        in_hour(&self.managed, (app.clone(), waba.clone()), limit, now, Code::AccountRateLimit)
    }

    /// Counts a look-up of call permissions of `number`, or error 613.
    pub(crate) fn of_lookup(&self, number: &PhoneNumberId, now: WallTime) -> Result<(), Refusal> {
        let limit = self.lookup_limit;
        if count(&self.lookups, number.clone(), now) > limit {
            let details = format!("More than {limit} look-ups of call permissions in one second. Try again in the next.");
            return Err(Refusal::because(Code::PermissionLookupLimit, details));
        }
        Ok(())
    }
}

fn in_hour<K: Eq + Hash>(table: &Mutex<Period<K>>, key: K, limit: u32, now: WallTime, code: Code) -> (Share, Result<(), Refusal>) {
    let count = count(table, key, now);
    let minutes = MINUTES_PER_HOUR - now.unix_millis().div_euclid(MILLIS_PER_MINUTE).rem_euclid(MINUTES_PER_HOUR);
    let percent = u64::from(count) * 100 / u64::from(limit.max(1));
    let share = |percent: u64| Share {
        percent: u32::try_from(percent).unwrap_or(u32::MAX),
        minutes_left: u32::try_from(minutes).unwrap_or_default(),
    };
    if count > limit {
        let details = format!("More than {limit} requests in one hour. Try again in {minutes} minutes.");
        // Of a large limit, the first that is too many is still a hundred percent, and is refused all the same.
        return (share(percent.max(101)), Err(Refusal::because(code, details)));
    }
    (share(percent), Ok(()))
}

fn count<K: Eq + Hash>(table: &Mutex<Period<K>>, key: K, now: WallTime) -> u32 {
    table.lock().unwrap_or_else(PoisonError::into_inner).count(key, now)
}

impl<K: Eq + Hash> Period<K> {
    fn of(millis: i64) -> Mutex<Self> {
        Mutex::new(Self { millis, present: i64::MIN, counts: HashMap::new() })
    }

    fn count(&mut self, key: K, now: WallTime) -> u32 {
        let present = now.unix_millis().div_euclid(self.millis);
        if present != self.present {
            self.present = present;
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

    fn rates(token_requests_per_hour: u32, number_requests_per_hour: u32, permission_lookups_per_second: u32) -> Rates {
        Rates::new(&GraphConfig {
            token_requests_per_hour,
            number_requests_per_hour,
            permission_lookups_per_second,
            ..GraphConfig::default()
        })
    }

    #[test]
    fn counts_each_token_by_itself_until_the_hour_ends() {
        let rates = rates(2, 1, 9);
        let (one, two) = (SecretHash::of("one"), SecretHash::of("two"));
        let later = NOON + Duration::from_secs(59 * 60);
        let percent = |(share, within): (Share, Result<(), Refusal>)| within.map(|()| share.percent).unwrap();
        assert_eq!(percent(rates.of_token(one, NOON)), 50);
        assert_eq!(percent(rates.of_token(one, NOON)), 100);
        let (share, refused) = rates.of_token(one, later);
        let refusal = refused.unwrap_err().0;
        assert_eq!((share.percent, share.regains_in()), (150, 1));
        assert_eq!((refusal.code(), refusal.http_status()), (Code::AppRateLimit, 429));
        assert_eq!(refusal.body("A").error.details(), Some("More than 2 requests in one hour. Try again in 1 minutes."));
        assert!(rates.of_token(two, later).1.is_ok());
        assert!(rates.of_token(one, NOON + Duration::from_secs(3600)).1.is_ok());
    }

    #[test]
    fn numbers_have_their_own_count_and_code() {
        let rates = rates(9, 1, 9);
        let number = PhoneNumberId::parse("4001").unwrap();
        assert!(rates.of_number(&number, NOON).1.is_ok());
        assert_eq!(rates.of_number(&number, NOON).1.unwrap_err().0.code(), Code::AccountRateLimit);
    }

    #[test]
    fn an_app_manages_an_account_less_often_while_that_has_no_number() {
        let limits = GraphConfig { management_requests_per_hour: 3, management_requests_without_number: 1, ..GraphConfig::default() };
        let rates = Rates::new(&limits);
        let (one, two) = (AppId::parse("1001").unwrap(), AppId::parse("1002").unwrap());
        let waba = WabaId::parse("2001").unwrap();
        let within = |app, has_number| rates.of_management(app, &waba, has_number, NOON).1.is_ok();
        assert_eq!([within(&one, false), within(&one, false), within(&one, true), within(&one, true)], [true, false, true, false]);
        assert!(within(&two, false), "another app has its own count");
    }

    #[test]
    fn look_ups_are_counted_by_the_second() {
        let rates = rates(9, 9, 2);
        let (one, two) = (PhoneNumberId::parse("4001").unwrap(), PhoneNumberId::parse("4002").unwrap());
        assert!(rates.of_lookup(&one, NOON).is_ok());
        assert!(rates.of_lookup(&one, NOON + Duration::from_millis(998)).is_ok());
        let refusal = rates.of_lookup(&one, NOON + Duration::from_millis(999)).unwrap_err().0;
        assert_eq!((refusal.code(), refusal.http_status()), (Code::PermissionLookupLimit, 429));
        assert!(rates.of_lookup(&two, NOON + Duration::from_millis(999)).is_ok());
        assert!(rates.of_lookup(&one, NOON + Duration::from_millis(1000)).is_ok());
    }

    #[test]
    fn a_crowd_does_not_grow_the_table() {
        let mut hour = Period { millis: MILLIS_PER_HOUR, present: 0, counts: HashMap::new() };
        for key in 0..KEYS_MAX + 5 {
            assert_eq!(hour.count(key, WallTime::from_unix_seconds(1)), 1);
        }
        assert_eq!(hour.counts.len(), KEYS_MAX);
        assert_eq!(hour.count(0, WallTime::from_unix_seconds(1)), 2, "those inside still count");
    }
}

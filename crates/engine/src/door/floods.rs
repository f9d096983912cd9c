//! How often a source may present wrong credentials or sign up, and how often a user may place calls.
//!
//! Right requests are not counted, however many they are. A source that was wrong too often is not even looked at until a while has
//! passed: otherwise its guesses would go on at full speed. Counts are of this process and of its monotonic clock, which no test moves.

use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use callport_core::ids::{AppId, UserId};

use super::buckets::{Buckets, Wait};
use super::source::ClientNetwork;
use crate::ports::Monotonic;

/// Keys of one kind that are counted at least; twice as many at most.
const MOST_KEYS: usize = 50_000;

/// Each is allowed so often at once, and as often again in each minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FloodLimits {
    /// Wrong credentials of any kind from one source.
    pub wrong_credentials: u32,
    /// Wrong secrets of one app, from everywhere.
    pub wrong_app_secrets: u32,
    /// Sign-ups and sign-ins from one source.
    pub sign_ups: u32,
    /// Sign-ups from this machine are not counted: test suites make users by the hundred.
    pub loopback_signs_up_freely: bool,
    /// Calls that one user places.
    pub calls: u32,
}

/// The counters, shared by all adapters. The default counts nothing.
#[derive(Clone, Default)]
pub struct Floods(Option<Arc<Counters>>);

struct Counters {
    clock: Arc<dyn Monotonic>,
    wrong_by_source: Mutex<Buckets<ClientNetwork>>,
    wrong_by_app: Mutex<Buckets<AppId>>,
    sign_ups: Mutex<Buckets<ClientNetwork>>,
    loopback_signs_up_freely: bool,
    calls: Mutex<Buckets<UserId>>,
}

/// Credentials that are being looked at.
#[must_use = "say whether they were wrong"]
pub struct CredentialAttempt<'a> {
    floods: &'a Floods,
    source: ClientNetwork,
    app: Option<AppId>,
}

impl Floods {
    /// Counters with these limits.
    pub fn new(limits: FloodLimits, clock: Arc<dyn Monotonic>) -> Self {
        Self(Some(Arc::new(Counters {
            clock,
            wrong_by_source: table(limits.wrong_credentials),
            wrong_by_app: table(limits.wrong_app_secrets),
            sign_ups: table(limits.sign_ups),
            loopback_signs_up_freely: limits.loopback_signs_up_freely,
            calls: table(limits.calls),
        })))
    }

    /// Whether credentials from there, of that app if they are an app's, are looked at now.
    pub fn attempt(&self, source: ClientNetwork, app: Option<AppId>) -> Result<CredentialAttempt<'_>, Wait> {
        if let Some(counters) = &self.0 {
            let now = counters.clock.since_start();
            lock(&counters.wrong_by_source).look(&source, now)?;
            app.as_ref().map_or(Ok(()), |app| lock(&counters.wrong_by_app).look(app, now))?;
        }
        Ok(CredentialAttempt { floods: self, source, app })
    }

    /// A sign-up or sign-in from there.
    pub fn sign_up(&self, source: ClientNetwork) -> Result<(), Wait> {
        match &self.0 {
            Some(counters) if !(counters.loopback_signs_up_freely && source.is_loopback()) => {
                lock(&counters.sign_ups).take(source, counters.clock.since_start())
            }
            _ => Ok(()),
        }
    }

    /// A call that this user places.
    pub fn call(&self, user: &UserId) -> Result<(), Wait> {
        self.0.as_ref().map_or(Ok(()), |counters| lock(&counters.calls).take(user.clone(), counters.clock.since_start()))
    }
}

impl CredentialAttempt<'_> {
    /// They were wrong.
    pub fn was_wrong(self) {
        if let Some(counters) = &self.floods.0 {
            let now = counters.clock.since_start();
            // Requests that were let in together may be wrong together; those beyond the bound have nothing left to take.
            let _ = lock(&counters.wrong_by_source).take(self.source, now);
            if let Some(app) = self.app {
                let _ = lock(&counters.wrong_by_app).take(app, now);
            }
        }
    }

    /// They were right, or nobody could tell.
    pub fn was_not_wrong(self) {}
}

impl fmt::Debug for Floods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Floods" } else { "Floods (uncounted)" })
    }
}

fn table<K: Eq + Hash>(per_minute: u32) -> Mutex<Buckets<K>> {
    Mutex::new(Buckets::new(per_minute, MOST_KEYS))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Stopped;

    impl Monotonic for Stopped {
        fn since_start(&self) -> Duration {
            Duration::from_secs(5)
        }
    }

    const LIMITS: FloodLimits =
        FloodLimits { wrong_credentials: 2, wrong_app_secrets: 3, sign_ups: 1, loopback_signs_up_freely: true, calls: 1 };

    fn source(text: &str) -> ClientNetwork {
        ClientNetwork::of(text.parse().unwrap())
    }

    fn app(id: &str) -> Option<AppId> {
        AppId::parse(id).ok()
    }

    #[test]
    fn only_wrong_credentials_are_counted_by_source_and_by_app() {
        let floods = Floods::new(LIMITS, Arc::new(Stopped));
        let (here, there, elsewhere) = (source("192.0.2.1"), source("192.0.2.2"), source("192.0.2.3"));
        (0..100).for_each(|_| floods.attempt(here, app("1001")).unwrap().was_not_wrong());
        (0..2).for_each(|_| floods.attempt(here, app("1001")).unwrap().was_wrong());
        assert_eq!(floods.attempt(here, None).err().unwrap().seconds(), 30);
        floods.attempt(there, app("1001")).unwrap().was_wrong();
        assert!(floods.attempt(elsewhere, app("1001")).is_err(), "three wrong secrets of the app, from wherever");
        assert!(floods.attempt(elsewhere, app("1002")).is_ok());
        assert!(floods.attempt(elsewhere, None).is_ok(), "a token is another matter");
    }

    #[test]
    fn sign_ups_are_counted_by_source_and_calls_by_user() {
        let floods = Floods::new(LIMITS, Arc::new(Stopped));
        assert!(floods.sign_up(source("192.0.2.1")).is_ok() && floods.sign_up(source("192.0.2.1")).is_err());
        assert!((0..100).all(|_| floods.sign_up(source("127.0.0.1")).is_ok()));
        let strict = Floods::new(FloodLimits { loopback_signs_up_freely: false, ..LIMITS }, Arc::new(Stopped));
        assert!(strict.sign_up(source("127.0.0.1")).is_ok() && strict.sign_up(source("127.0.0.1")).is_err());
        let (nadia, bia) = (UserId::parse("9001").unwrap(), UserId::parse("9002").unwrap());
        assert!(floods.call(&nadia).is_ok() && floods.call(&nadia).is_err() && floods.call(&bia).is_ok());
    }

    #[test]
    fn who_counts_nothing_refuses_nothing() {
        let floods = Floods::default();
        (0..1000).for_each(|_| floods.attempt(ClientNetwork::UNKNOWN, None).unwrap().was_wrong());
        assert!(floods.attempt(ClientNetwork::UNKNOWN, None).is_ok());
    }
}

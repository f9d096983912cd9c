//! Who challenges and checks.
//!
//! **Nonces** carry the second of their making and a seal, so that nothing is kept for a challenge that nobody answers. Kept is what was *used*,
//! by who knew the password: a count that does not go up for its nonce, or a response without count that came before, is a repeat and is challenged
//! again as stale. That table is bounded; what it forgets takes all older nonces with it, so that forgetting never lets a repeat in.
//!
//! A count may begin anywhere and leap (peers reuse a nonce for their next call: `nc=00000002` in a fresh dialog). A nonce is good for its lifetime,
//! for any number of calls. A nonce that is not ours, or was another process's, with the right response is stale, not wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::algorithm::DigestAlgorithm;
use super::challenge::DigestChallenge;
use super::credentials::DigestCredentials;
use crate::chance::{Chance, hex};
use crate::message::SipMessage;
use crate::method::HeaderName;
use crate::uri::same_address;

/// How a guard challenges.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// The realm; credentials for another are not looked at.
    pub realm: String,
    /// One challenge for each, in this order: SHA-256, then MD5 as the platform does, or MD5 alone for peers that look at the first only.
    pub algorithms: Vec<DigestAlgorithm>,
    /// How long a nonce is good.
    pub nonce_lifetime: Duration,
    /// How many used nonces are kept.
    pub kept_nonces: usize,
}

impl GuardConfig {
    /// The platform's challenges for a realm: SHA-256, then MD5; an hour; 4096 nonces.
    pub fn of_realm(realm: &str) -> GuardConfig {
        GuardConfig {
            realm: realm.to_owned(),
            algorithms: vec![DigestAlgorithm::Sha256, DigestAlgorithm::Md5],
            nonce_lifetime: Duration::from_secs(3600),
            kept_nonces: 4096,
        }
    }
}

/// What a check came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DigestOutcome {
    /// The password is known.
    Accepted,
    /// No credentials stand there: challenge.
    NoCredentials,
    /// Those that stand there are for other realms: challenge.
    UnknownRealm,
    /// Their algorithm or quality of protection is not one that was asked for: challenge.
    UnknownAlgorithm,
    /// The response is right, but the nonce is too old, not ours, or was used so before: challenge with `stale`.
    Stale,
    /// The user or the password is wrong.
    WrongDigest,
    /// Right in itself, but made for another `uri` than To.
    WrongUri,
}

/// Challenges, and checks answers.
#[derive(Debug)]
pub struct DigestGuard {
    config: GuardConfig,
    chance: Chance,
    origin: Instant,
    used: BTreeMap<[u8; 8], Used>,
    /// By the second of their making.
    by_age: BTreeSet<(u64, [u8; 8])>,
    /// Nonces made before this second are stale.
    floor: u64,
}

#[derive(Debug, Default)]
struct Used {
    count: Option<u32>,
    responses: BTreeSet<String>,
}

/// Most responses without a count that one nonce may have.
const MAX_UNCOUNTED: usize = 8;
/// Seconds are kept in three bytes, and go round after 194 days.
const ROUND: u64 = 1 << 24;

impl DigestGuard {
    /// Its nonces are sealed with what comes of `seed`, which nobody else may know. `now` is the moment that their age counts from.
    pub fn new(config: GuardConfig, seed: [u8; 32], now: Instant) -> DigestGuard {
        DigestGuard { config, chance: Chance::from_seed(seed), origin: now, used: BTreeMap::new(), by_age: BTreeSet::new(), floor: 0 }
    }

    /// Fresh challenges, strongest as configured first. `is_stale` tells the peer that its password is right and only its nonce was not.
    pub fn challenges(&mut self, now: Instant, is_stale: bool) -> Vec<DigestChallenge> {
        let second = self.second(now);
        let algorithms = self.config.algorithms.clone();
        let challenge = |algorithm| DigestChallenge {
            realm: self.config.realm.clone(),
            nonce: hex(&self.new_nonce(second)),
            opaque: Some(self.chance.hex::<8>()),
            is_stale,
            algorithm: Some(algorithm),
            offers_auth: Some(true),
        };
        algorithms.into_iter().map(challenge).collect()
    }

    /// The credentials for our realm, from either header.
    ///
    /// # Errors
    /// [`DigestOutcome::NoCredentials`] or [`DigestOutcome::UnknownRealm`].
    pub fn find(&self, request: &SipMessage) -> Result<DigestCredentials, DigestOutcome> {
        let lines = [HeaderName::ProxyAuthorization, HeaderName::Authorization].into_iter().flat_map(|name| request.all(name));
        let all: Vec<_> = lines.filter_map(|line| DigestCredentials::parse(&line.text())).collect();
        let is_none = all.is_empty();
        all.into_iter().find(|one| one.realm == self.config.realm).ok_or(match is_none {
            true => DigestOutcome::NoCredentials,
            false => DigestOutcome::UnknownRealm,
        })
    }

    /// Whether the nonce of credentials is one of ours and not too old: what can be said without a password. One that is not is challenged again
    /// with `stale`, which RFC 7616 §3.3 allows for any nonce that is not valid.
    pub fn is_fresh(&self, now: Instant, credentials: &DigestCredentials) -> bool {
        let now = self.second(now);
        self.fresh_nonce(now, credentials).is_some()
    }

    /// The nonce and the second of its making.
    fn fresh_nonce(&self, now: u64, credentials: &DigestCredentials) -> Option<([u8; 8], u64)> {
        let nonce = from_hex(&credentials.nonce)?;
        let made = self.made_at(nonce, now)?;
        (made >= self.floor && now - made <= self.config.nonce_lifetime.as_secs()).then_some((nonce, made))
    }

    /// Checks a request's credentials against an account. The time that it takes does not depend on where the response differs.
    pub fn check(&mut self, now: Instant, request: &SipMessage, username: &str, password: &str) -> DigestOutcome {
        let credentials = match self.find(request) {
            Ok(credentials) => credentials,
            Err(outcome) => return outcome,
        };
        let is_asked_for = credentials.effective_algorithm().is_some_and(|algorithm| self.config.algorithms.contains(&algorithm));
        let method = request.method().map(|method| method.as_str()).unwrap_or_default();
        let Some(expected) = credentials.expected(method, password).filter(|_| is_asked_for) else {
            return DigestOutcome::UnknownAlgorithm;
        };
        let given = credentials.response.to_ascii_lowercase();
        let is_right = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        if !is_right || !credentials.is_user(username) {
            return DigestOutcome::WrongDigest;
        }
        if !request.to().is_ok_and(|to| same_address(&credentials.uri, &to.uri)) {
            return DigestOutcome::WrongUri;
        }
        if self.use_nonce(now, &credentials) { DigestOutcome::Accepted } else { DigestOutcome::Stale }
    }

    /// How many used nonces are kept.
    pub fn kept(&self) -> usize {
        self.used.len()
    }

    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.origin).as_secs()
    }

    /// Three bytes of time, two of chance, three of seal.
    fn new_nonce(&mut self, second: u64) -> [u8; 8] {
        let [_, _, _, _, _, a, b, c] = second.to_be_bytes();
        let [d, e] = self.chance.bytes::<2>();
        let [f, g, h] = self.seal([a, b, c, d, e]);
        [a, b, c, d, e, f, g, h]
    }

    fn seal(&self, inside: [u8; 5]) -> [u8; 3] {
        let block = Sha256::new().chain_update(self.chance.seal_key()).chain_update(inside).finalize();
        [block[0], block[1], block[2]]
    }

    /// The second of its making; `None` for what is not ours.
    fn made_at(&self, nonce: [u8; 8], now: u64) -> Option<u64> {
        let [a, b, c, d, e, seal @ ..] = nonce;
        if !bool::from(self.seal([a, b, c, d, e]).ct_eq(&seal)) {
            return None;
        }
        let made = u64::from(u32::from_be_bytes([0, a, b, c]));
        now.checked_sub(now.wrapping_sub(made) % ROUND)
    }

    /// Whether the nonce is fresh and this use of it new; notes it.
    fn use_nonce(&mut self, now: Instant, credentials: &DigestCredentials) -> bool {
        let now = self.second(now);
        let Some((nonce, made)) = self.fresh_nonce(now, credentials) else { return false };
        let count = credentials.count.as_deref().and_then(|count| u32::from_str_radix(count, 16).ok());
        if credentials.qop.is_some() && count.is_none() {
            return false;
        }
        let used = self.used.entry(nonce).or_default();
        let is_new = match count {
            Some(count) => used.count.is_none_or(|before| count > before),
            None => used.responses.len() < MAX_UNCOUNTED && used.responses.insert(credentials.response.clone()),
        };
        if is_new && count.is_some() {
            used.count = count;
        }
        self.by_age.insert((made, nonce));
        self.forget(now);
        is_new
    }

    /// Takes out what is too old, and beyond the bound the oldest.
    fn forget(&mut self, now: u64) {
        let oldest_good = now.saturating_sub(self.config.nonce_lifetime.as_secs());
        while let Some((made, nonce)) = self.by_age.first().copied() {
            if made >= oldest_good && self.used.len() <= self.config.kept_nonces.max(1) {
                return;
            }
            if made >= oldest_good {
                self.floor = self.floor.max(made + 1);
            }
            self.by_age.pop_first();
            self.used.remove(&nonce);
        }
    }
}

fn from_hex(text: &str) -> Option<[u8; 8]> {
    let is_ours = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(u64::to_be_bytes)
}

#[cfg(test)]
mod tests;

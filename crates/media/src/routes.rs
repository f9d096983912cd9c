//! Which leg a pair of addresses (one of our ports, one remote address) belongs to: the look-up of every media packet.
//!
//! Only pairs that have passed an authenticated check are in the table, and it is keyed with a secret, so that nobody can choose addresses
//! that collide. It grows with the pairs, and so lies close together: at its full size each look-up waited for two far lines of memory,
//! one packet in fifty's worth of time. Growing moves some thousand pairs once, when more calls are there than ever before.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use callport_relay::CallLeg;

use crate::ports::PortIndex;
use crate::tag::SlotId;

/// Addresses that one leg may hold at a time; as many as the relay remembers.
pub(crate) const MAX_ADDRESSES: usize = 8;

/// One of a thread's ports and who talks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AddressPair {
    /// Ours.
    pub port: PortIndex,
    /// Theirs.
    pub remote: SocketAddr,
}

/// The leg behind a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Its call.
    pub id: SlotId,
    /// Its side.
    pub side: CallLeg,
}

/// The table.
pub(crate) struct Routes {
    table: HashMap<Key, Route, Secret>,
    bound: usize,
}

impl Routes {
    /// For up to `bound` pairs.
    pub(crate) fn new(bound: usize, secret: [u64; 2]) -> Routes {
        Routes { table: HashMap::with_hasher(Secret(secret)), bound }
    }

    /// The leg that `pair` belongs to.
    pub(crate) fn find(&self, pair: AddressPair) -> Option<Route> {
        self.table.get(&Key::from(pair)).copied()
    }

    /// Gives `pair` to a leg, whoever had it. False when the table is full.
    pub(crate) fn bind(&mut self, pair: AddressPair, route: Route) -> bool {
        let key = Key::from(pair);
        if self.table.len() >= self.bound && !self.table.contains_key(&key) {
            return false;
        }
        self.table.insert(key, route);
        true
    }

    /// Takes `pair` from a leg, if it has it.
    pub(crate) fn release(&mut self, pair: AddressPair, route: Route) {
        let key = Key::from(pair);
        if self.table.get(&key) == Some(&route) {
            self.table.remove(&key);
        }
    }

    /// Forgets all pairs.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
    }

    /// How many pairs are known.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

/// A pair with an address of either family as three numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    high: u64,
    low: u64,
    /// The remote's scope, our port, the remote's port and family.
    rest: u64,
}

impl From<AddressPair> for Key {
    fn from(AddressPair { port, remote }: AddressPair) -> Key {
        let (bits, scope, family) = match (remote.ip(), remote) {
            (IpAddr::V4(ip), _) => (u128::from(u32::from(ip)), 0, 4),
            (IpAddr::V6(ip), SocketAddr::V6(v6)) => (u128::from(ip), v6.scope_id(), 6),
            (IpAddr::V6(ip), SocketAddr::V4(_)) => (u128::from(ip), 0, 6),
        };
        let rest = u64::from(scope) << 32 | u64::from(port) << 24 | u64::from(remote.port()) << 8 | family;
        Key { high: (bits >> 64) as u64, low: bits as u64, rest }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.high);
        state.write_u64(self.low);
        state.write_u64(self.rest);
    }
}

/// Multiply-and-fold under two secret words: far cheaper than the standard hash, and only addresses that were
/// authenticated are ever put in, which leaves an attacker nothing to learn from.
#[derive(Clone, Copy)]
struct Secret([u64; 2]);

struct Fold {
    state: u64,
    secret: u64,
}

impl BuildHasher for Secret {
    type Hasher = Fold;
    fn build_hasher(&self) -> Fold {
        Fold { state: self.0[0], secret: self.0[1] | 1 }
    }
}

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.secret);
        self.state = (product as u64) ^ (product >> 64) as u64 ^ self.state.rotate_left(23);
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(slot: u32) -> Route {
        Route { id: SlotId { slot, generation: 0 }, side: CallLeg::User }
    }

    fn pair(number: u32) -> AddressPair {
        let ip = std::net::Ipv4Addr::from(0x0a00_0000 + number / 800);
        AddressPair { port: (number % 8) as PortIndex, remote: SocketAddr::from((ip, (number / 8 % 100) as u16)) }
    }

    #[test]
    fn finds_what_was_bound_and_nothing_else() {
        let mut routes = Routes::new(10, [1, 2]);
        let addresses = ["192.0.2.1:5", "192.0.2.1:6", "192.0.2.2:5", "[::192.0.2.1]:5", "[fe80::1%1]:5", "[fe80::1%2]:5"];
        let on = |port: PortIndex, text: &str| AddressPair { port, remote: text.parse().unwrap() };
        for (slot, text) in addresses.iter().enumerate() {
            assert!(routes.bind(on(0, text), route(slot as u32)));
        }
        assert!(routes.bind(on(1, addresses[0]), route(6)), "the same address on another port of ours");
        for (slot, text) in addresses.iter().enumerate() {
            assert_eq!(routes.find(on(0, text)), Some(route(slot as u32)), "{text}");
        }
        assert_eq!(routes.find(on(1, addresses[0])), Some(route(6)));
        assert_eq!((routes.find(on(0, "[fe80::1%3]:5")), routes.find(on(1, addresses[1]))), (None, None));
    }

    #[test]
    fn an_address_is_released_only_by_who_holds_it() {
        let mut routes = Routes::new(10, [1, 2]);
        routes.bind(pair(1), route(1));
        routes.bind(pair(1), route(2));
        routes.release(pair(1), route(1));
        assert_eq!(routes.find(pair(1)), Some(route(2)));
        routes.release(pair(1), route(2));
        assert_eq!(routes.len(), 0);
    }

    #[test]
    fn a_full_table_refuses_newcomers_and_lets_holders_change() {
        let mut routes = Routes::new(100, [3, 4]);
        assert!((0..100).all(|number| routes.bind(pair(number), route(number))));
        assert!(!routes.bind(pair(100), route(100)));
        assert!(routes.bind(pair(7), route(100)));
        assert_eq!((routes.len(), routes.find(pair(100))), (100, None));
    }

    #[test]
    fn memory_follows_the_pairs_that_are_there_at_once_not_those_that_ever_were() {
        let mut routes = Routes::new(100_000, [5, 6]);
        for number in 0..100_000 {
            assert!(routes.bind(pair(number), route(number)));
            if number >= 499 {
                routes.release(pair(number - 499), route(number - 499));
            }
        }
        assert_eq!(routes.len(), 499);
        assert!(routes.table.capacity() < 4 * 500, "{}", routes.table.capacity());
    }

    /// Not a proof of quality, but a hash that drops half of an address would fail it.
    #[test]
    fn neighbouring_addresses_fall_far_apart() {
        let secret = Secret([0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03]);
        for shift in [0, 48] {
            let buckets: std::collections::HashSet<u64> =
                (0..10_000).map(|number| secret.hash_one(Key::from(pair(number))) >> shift & 0xffff).collect();
            assert!(buckets.len() > 8_500, "{} of 10000 addresses in buckets of their own", buckets.len());
        }
    }
}

//! A network between named addresses: loses, doubles, delays and so reorders, all from one seed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use callport_relay::demux::{DatagramKind, classify};
use callport_relay::outgoing::Datagram;

/// What the network does to each datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub loss_percent: u64,
    pub twice_percent: u64,
    pub delay_ms: u64,
    /// Added at random, which is what reorders.
    pub spread_ms: u64,
}

/// Which DTLS datagrams of each direction are lost, counted from 0. Handshakes give up after a few
/// repetitions and draw their own randomness, so their losses are by rule and not by chance.
pub(crate) type DtlsLoss = fn(u64) -> bool;

pub(crate) const FINE: Weather = Weather { loss_percent: 0, twice_percent: 0, delay_ms: 5, spread_ms: 0 };

pub(crate) struct Network {
    pub weather: Weather,
    pub dtls_loss: DtlsLoss,
    /// Far ends whose address translation changed: where they are, and where they are seen. What is
    /// sent to the old place is lost.
    pub moved: Vec<(SocketAddr, SocketAddr)>,
    dtls_sent: BTreeMap<SocketAddr, u64>,
    random: u64,
    under_way: BTreeMap<(Instant, u64), Datagram>,
    sent: u64,
}

impl Network {
    pub(crate) fn new(weather: Weather, seed: u64) -> Network {
        Network {
            weather,
            dtls_loss: |_| false,
            moved: vec![],
            dtls_sent: BTreeMap::new(),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            under_way: BTreeMap::new(),
            sent: 0,
        }
    }

    pub(crate) fn send(&mut self, now: Instant, mut datagram: Datagram) {
        for (is, seen) in &self.moved {
            if datagram.path.remote == *is {
                return;
            }
            if datagram.path.remote == *seen {
                datagram.path.remote = *is;
            }
            if datagram.path.local == *is {
                datagram.path.local = *seen;
            }
        }
        if classify(&datagram.bytes) == DatagramKind::Dtls {
            let sent = self.dtls_sent.entry(datagram.path.local).or_default();
            *sent += 1;
            if (self.dtls_loss)(*sent - 1) {
                return;
            }
        } else if self.below(100) < self.weather.loss_percent {
            return;
        }
        let copies = if self.below(100) < self.weather.twice_percent { 2 } else { 1 };
        for _ in 0..copies {
            let delay = self.weather.delay_ms + self.below(self.weather.spread_ms + 1);
            self.sent += 1;
            self.under_way.insert((now + Duration::from_millis(delay), self.sent), datagram.clone());
        }
    }

    pub(crate) fn next_arrival(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn arrived(&mut self, now: Instant) -> Option<Datagram> {
        self.next_arrival().filter(|at| *at <= now)?;
        self.under_way.pop_first().map(|(_, datagram)| datagram)
    }

    /// xorshift64*, good enough for weather.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound.max(1)
    }
}

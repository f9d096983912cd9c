//! UDP ports that belong to one leg alone: those of legs whose keys come by SDES.
//!
//! Such a leg has no checks whose user name would lead to it, so the port has to. Ports are counted in pairs, an even one for RTP and the one
//! above it for RTCP (RFC 3550 §11), which is opened where the business does not, or may not, multiplex it. Opened when a call begins, never
//! for a packet; given back with the call. Of a range the pair that was given back longest ago is used next, so that stragglers of a call do
//! not meet the next one.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::config::{MediaConfig, MediaStartFault};
use crate::sockets::{Family, Plan};
use crate::udp::{self, SocketOptions};

/// Kernel buffers of one such socket, in bytes: some seconds of speech that comes at once. A leg takes room only for what waits.
const BUFFER: usize = 256 << 10;

/// Pairs tried before it is said that there is none: other programs may have opened some of them.
const MAX_TRIES: usize = 32;

/// The pairs of ports, shared by all media threads.
pub(crate) struct LegPorts {
    v4: Option<Family>,
    v6: Option<Family>,
    pool: Arc<Pool>,
}

struct Pool {
    /// Any free ports will do; else those of a range.
    any: bool,
    most: usize,
    state: Mutex<Pairs>,
}

struct Pairs {
    taken: usize,
    /// Of a range: the lower ports of free pairs, the one that rested longest first.
    free: VecDeque<u16>,
}

/// The right to one pair, given back when this is dropped.
struct HeldPair {
    pool: Arc<Pool>,
    /// The lower port, of a range.
    port: Option<u16>,
}

/// The sockets of one leg.
pub(crate) struct LegSockets {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: Option<UdpSocket>,
    /// Where the far end finds `rtp`; the port above it is that of `rtcp`.
    pub(crate) advertised: SocketAddr,
    _held: HeldPair,
}

/// Why a leg gets no port.
#[derive(Debug)]
pub(crate) enum NoLegPort {
    /// As many legs have one as may.
    AllTaken,
    /// The system gives none.
    System(io::Error),
}

impl LegPorts {
    pub(crate) fn new(config: &MediaConfig, plan: &Plan) -> Result<LegPorts, MediaStartFault> {
        let (first, count) = (config.sdes_first_port, config.sdes_ports);
        let shared = config.threads * config.ports_per_thread;
        if first % 2 == 1 {
            return Err(MediaStartFault::OddSdesPort(first));
        }
        if first != 0 && usize::from(first) + usize::from(count) > 1 << 16 {
            return Err(MediaStartFault::PortsRunOut(first, count.into()));
        }
        let (low, high) = (usize::from(config.first_port), usize::from(config.first_port) + shared);
        if first != 0 && config.first_port != 0 && usize::from(first) < high && low < usize::from(first) + usize::from(count) {
            return Err(MediaStartFault::SdesPortsShared(first));
        }
        let most = usize::from(count) / 2;
        let free = if first == 0 { VecDeque::new() } else { (0..count / 2).map(|pair| first + 2 * pair).collect() };
        let pool = Arc::new(Pool { any: first == 0, most, state: Mutex::new(Pairs { taken: 0, free }) });
        let (v4, v6) = plan.families();
        Ok(LegPorts { v4, v6, pool })
    }

    /// Opens the sockets of a leg, of the far end's family if we have it.
    pub(crate) fn open(&self, is_v6: bool, with_rtcp: bool) -> Result<LegSockets, NoLegPort> {
        let (wanted, other) = if is_v6 { (self.v6, self.v4) } else { (self.v4, self.v6) };
        let Some(family) = wanted.or(other) else { return Err(NoLegPort::AllTaken) };
        let mut failed = None;
        for _ in 0..MAX_TRIES {
            let held = self.pool.take().ok_or(NoLegPort::AllTaken)?;
            match open_pair(family, held, with_rtcp) {
                Ok(sockets) => return Ok(sockets),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => failed = Some(error),
                Err(error) => return Err(NoLegPort::System(error)),
            }
        }
        Err(failed.map_or(NoLegPort::AllTaken, NoLegPort::System))
    }

    /// Pairs in use.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> usize {
        self.pool.state.lock().taken
    }
}

impl Pool {
    fn take(self: &Arc<Self>) -> Option<HeldPair> {
        let mut state = self.state.lock();
        if state.taken >= self.most {
            return None;
        }
        let port = if self.any { None } else { Some(state.free.pop_front()?) };
        state.taken += 1;
        Some(HeldPair { pool: self.clone(), port })
    }
}

impl Drop for HeldPair {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        state.taken -= 1;
        state.free.extend(self.port);
    }
}

/// Which of our own programs or others' may have taken is `AddrInUse`.
fn open_pair(Family { bind, named }: Family, held: HeldPair, with_rtcp: bool) -> io::Result<LegSockets> {
    let options = SocketOptions { buffer_bytes: BUFFER };
    let rtp = udp::bind(SocketAddr::new(bind, held.port.unwrap_or(0)), options)?;
    let port = rtp.local_addr()?.port();
    if port % 2 == 1 {
        return Err(io::ErrorKind::AddrInUse.into()); // the system chose the upper half of a pair
    }
    let rtcp = if with_rtcp { Some(udp::bind(SocketAddr::new(bind, port + 1), options)?) } else { None };
    Ok(LegSockets { rtp, rtcp, advertised: SocketAddr::new(named, port), _held: held })
}

impl LegSockets {
    /// Where the far end finds `rtcp`, if that is open.
    pub(crate) fn advertised_rtcp(&self) -> Option<SocketAddr> {
        self.rtcp.as_ref().map(|_| SocketAddr::new(self.advertised.ip(), self.advertised.port() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(first: u16, count: u16) -> Result<LegPorts, MediaStartFault> {
        let config = MediaConfig {
            bind: vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
            external: vec!["203.0.113.40".parse().unwrap()],
            sdes_first_port: first,
            sdes_ports: count,
            ..MediaConfig::default()
        };
        LegPorts::new(&config, &Plan::new(&config)?)
    }

    #[test]
    fn a_leg_has_a_pair_of_its_own_family_and_names_what_the_far_end_can_reach() {
        let ports = ports(0, 8).unwrap();
        for (is_v6, named) in [(false, "203.0.113.40"), (true, "::1")] {
            let leg = ports.open(is_v6, true).unwrap();
            let (rtp, rtcp) = (leg.rtp.local_addr().unwrap(), leg.rtcp.as_ref().unwrap().local_addr().unwrap());
            assert_eq!((rtp.port() % 2, rtcp.port()), (0, rtp.port() + 1));
            assert_eq!(leg.advertised, SocketAddr::new(named.parse().unwrap(), rtp.port()));
            assert_eq!(leg.advertised_rtcp().map(|address| address.port()), Some(rtcp.port()));
        }
        let alone = ports.open(false, false).unwrap();
        assert!(alone.rtcp.is_none() && alone.advertised_rtcp().is_none());
    }

    #[test]
    fn there_are_no_more_than_it_says_and_what_is_dropped_is_free_again() {
        let ports = ports(0, 5).unwrap();
        let mut legs = vec![ports.open(false, true).unwrap(), ports.open(false, false).unwrap()];
        assert!(matches!(ports.open(false, true), Err(NoLegPort::AllTaken)));
        legs.pop();
        assert_eq!(ports.taken(), 1);
        assert!(ports.open(true, true).is_ok());
    }

    #[test]
    fn of_a_range_the_pair_that_rested_longest_comes_next_and_one_that_others_have_is_passed_over() {
        // A range of six ports that nobody has, found by trying.
        let first = (0..64).find_map(|_| {
            let one = ports(0, 2).unwrap().open(false, true).ok()?.advertised.port();
            let free = one < 65_500 && (one..one + 6).all(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok());
            free.then_some(one)
        });
        let first = first.unwrap();
        let ports = ports(first, 6).unwrap();
        let port = |leg: &LegSockets| leg.advertised.port() - first;
        let one = ports.open(false, true).unwrap();
        let two = ports.open(false, true).unwrap();
        assert_eq!((port(&one), port(&two)), (0, 2));
        drop(one);
        let three = ports.open(false, true).unwrap();
        assert_eq!(port(&three), 4, "not the one that was just given back");
        drop((two, three));
        let _other = UdpSocket::bind(("127.0.0.1", first)).unwrap();
        let next = ports.open(false, true).unwrap();
        assert_ne!(port(&next), 0, "another program has it");
        assert_eq!(ports.taken(), 1);
    }

    #[test]
    fn refuses_ranges_that_cannot_be() {
        for (first, count, words) in [(20_001, 10, "even"), (65_530, 8, "leaves no room"), (3_478, 10, "")] {
            match ports(first, count) {
                Err(fault) => assert!(fault.to_string().contains(words), "{fault}"),
                Ok(_) => assert!(words.is_empty()),
            }
        }
        let config = MediaConfig { first_port: 20_004, sdes_first_port: 20_000, sdes_ports: 6, ..MediaConfig::default() };
        let fault = LegPorts::new(&config, &Plan::new(&config).unwrap()).err().unwrap();
        assert!(matches!(fault, MediaStartFault::SdesPortsShared(20_000)), "{fault}");
    }
}

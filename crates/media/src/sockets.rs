//! The sockets of one media thread: one of each family on each of its ports, and the addresses that session descriptions name.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::config::{MAX_THREADS, MediaConfig, MediaStartFault};
use crate::ports::{MAX_PORTS, PortIndex};
use crate::transcode::MAX_TRANSCODERS;
use crate::udp::{self, Outlet, SocketOptions};

/// Ports tried when the kernel chooses: the IPv4 port may be taken on IPv6.
const MAX_PORT_TRIES: usize = 16;

/// Sockets by family: one for each port, or none of that family.
#[derive(Default)]
pub(crate) struct Sockets {
    v4: Vec<UdpSocket>,
    v6: Vec<UdpSocket>,
}

impl Sockets {
    /// Each socket once. Its place in this order is its number.
    pub(crate) fn all(&self) -> impl Iterator<Item = &UdpSocket> {
        self.v4.iter().chain(&self.v6)
    }

    /// The socket of a number, and the port it is on.
    pub(crate) fn numbered(&self, number: usize) -> Option<(PortIndex, &UdpSocket)> {
        let port = number.checked_sub(self.v4.len()).unwrap_or(number);
        let socket = self.v4.get(number).or_else(|| self.v6.get(port))?;
        Some((port as PortIndex, socket)) // below MAX_PORTS
    }

    pub(crate) fn outlet(&self, Outlet { port, is_v4 }: Outlet) -> Option<&UdpSocket> {
        if is_v4 { &self.v4 } else { &self.v6 }.get(port as usize)
    }
}

/// Where the far ends find one port of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advertised {
    /// IPv4 candidate.
    pub v4: Option<SocketAddr>,
    /// IPv6 candidate.
    pub v6: Option<SocketAddr>,
}

impl Advertised {
    /// One address alone.
    pub(crate) fn only(address: SocketAddr) -> Advertised {
        let (v4, v6) = if address.is_ipv4() { (Some(address), None) } else { (None, Some(address)) };
        Advertised { v4, v6 }
    }

    /// Those that exist, IPv4 first.
    pub fn all(&self) -> Vec<SocketAddr> {
        self.v4.into_iter().chain(self.v6).collect()
    }

    /// The port, the same for both; 0 if there is neither.
    pub fn port(&self) -> u16 {
        self.v4.or(self.v6).map_or(0, |address| address.port())
    }

    /// The one of the same family as `remote`.
    pub fn towards(&self, remote: SocketAddr) -> Option<SocketAddr> {
        if remote.is_ipv4() { self.v4 } else { self.v6 }
    }
}

/// What one family listens on and says.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub(crate) bind: IpAddr,
    /// Written into session descriptions.
    pub(crate) named: IpAddr,
}

/// The sockets of one port by family, and where it is found.
type OpenedPort = (Option<UdpSocket>, Option<UdpSocket>, Advertised);

/// Both families, once for all threads.
pub(crate) struct Plan {
    v4: Option<Family>,
    v6: Option<Family>,
    first_port: u16,
    /// Of each thread.
    ports: usize,
    options: SocketOptions,
}

impl Plan {
    /// Checks the configuration and finds the addresses to name.
    pub(crate) fn new(config: &MediaConfig) -> Result<Plan, MediaStartFault> {
        if !(1..=MAX_THREADS).contains(&config.threads) {
            return Err(MediaStartFault::Threads(config.threads));
        }
        if config.transcoders > MAX_TRANSCODERS {
            return Err(MediaStartFault::Transcoders(config.transcoders));
        }
        if config.calls_per_thread == 0 {
            return Err(MediaStartFault::NoCalls);
        }
        if !(1..=MAX_PORTS).contains(&config.ports_per_thread) {
            return Err(MediaStartFault::Ports(config.ports_per_thread));
        }
        let ports = config.threads * config.ports_per_thread;
        if config.first_port != 0 && usize::from(config.first_port) + ports > 1 << 16 {
            return Err(MediaStartFault::PortsRunOut(config.first_port, ports));
        }
        let (bind4, bind6) = one_of_each(&config.bind)?;
        let (external4, external6) = one_of_each(&config.external)?;
        for (bind, external) in [(bind4, external4), (bind6, external6)] {
            if let (None, Some(external)) = (bind, external) {
                return Err(MediaStartFault::ExternalWithoutBind(external));
            }
        }
        let v4 = bind4.and_then(|bind| Family::new(bind, external4));
        let v6 = bind6.and_then(|bind| Family::new(bind, external6));
        if v4.is_none() && v6.is_none() {
            return Err(MediaStartFault::NoAddress);
        }
        Ok(Plan { v4, v6, first_port: config.first_port, ports: config.ports_per_thread, options: config.socket })
    }

    /// What there is to listen on, IPv4 first.
    pub(crate) fn families(&self) -> (Option<Family>, Option<Family>) {
        (self.v4, self.v6)
    }

    /// Opens the sockets of thread `index`; where each of its ports is found.
    pub(crate) fn open(&self, index: usize) -> Result<(Sockets, Vec<Advertised>), MediaStartFault> {
        let mut sockets = Sockets::default();
        let mut all = Vec::with_capacity(self.ports);
        for port in 0..self.ports {
            let port = match self.first_port {
                0 => 0,
                first => first + (index * self.ports + port) as u16, // checked in `new`
            };
            let (v4, v6, advertised) = self.open_port(port)?;
            sockets.v4.extend(v4);
            sockets.v6.extend(v6);
            all.push(advertised);
        }
        Ok((sockets, all))
    }

    fn open_port(&self, port: u16) -> Result<OpenedPort, MediaStartFault> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.open_on(port) {
                Err(MediaStartFault::Bind { source, .. })
                    if port == 0 && source.kind() == io::ErrorKind::AddrInUse && tries < MAX_PORT_TRIES => {}
                outcome => return outcome,
            }
        }
    }

    fn open_on(&self, mut port: u16) -> Result<OpenedPort, MediaStartFault> {
        let mut open = |family: Option<Family>| -> Result<(Option<UdpSocket>, Option<SocketAddr>), MediaStartFault> {
            let Some(Family { bind, named }) = family else { return Ok((None, None)) };
            let address = SocketAddr::new(bind, port);
            let socket = udp::bind(address, self.options).map_err(|source| MediaStartFault::Bind { address, source })?;
            port = socket.local_addr()?.port();
            Ok((Some(socket), Some(SocketAddr::new(named, port))))
        };
        let (v4, advertised4) = open(self.v4)?;
        let (v6, advertised6) = open(self.v6)?;
        Ok((v4, v6, Advertised { v4: advertised4, v6: advertised6 }))
    }
}

impl Family {
    /// `None` when it listens on every IPv6 address and the machine has none that leads anywhere.
    fn new(bind: IpAddr, external: Option<IpAddr>) -> Option<Family> {
        let named = match external {
            Some(named) => named,
            None if !bind.is_unspecified() => bind,
            None => match address_towards_the_world(bind) {
                Some(found) => found,
                None if bind.is_ipv4() => {
                    tracing::warn!("this machine has no IPv4 route outwards: media can be reached from this machine only");
                    Ipv4Addr::LOCALHOST.into()
                }
                None => {
                    tracing::warn!("this machine has no IPv6 route outwards: media runs on IPv4 only");
                    return None;
                }
            },
        };
        Some(Family { bind, named })
    }
}

fn one_of_each(addresses: &[IpAddr]) -> Result<(Option<IpAddr>, Option<IpAddr>), MediaStartFault> {
    let (mut v4, mut v6) = (None, None);
    for &address in addresses {
        let place = if address.is_ipv4() { &mut v4 } else { &mut v6 };
        if place.replace(address).is_some() {
            return Err(MediaStartFault::SecondOfFamily(address));
        }
    }
    Ok((v4, v6))
}

/// The address that packets to the outside leave from. Connecting a UDP socket asks the routing table and sends nothing; the
/// addresses are reserved for documentation (RFC 5737, RFC 3849).
fn address_towards_the_world(wildcard: IpAddr) -> Option<IpAddr> {
    let far: SocketAddr = match wildcard {
        IpAddr::V4(_) => (Ipv4Addr::new(203, 0, 113, 1), 9).into(),
        IpAddr::V6(_) => (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
    };
    let socket = UdpSocket::bind((wildcard, 0)).ok()?;
    socket.connect(far).ok()?;
    let found = socket.local_addr().ok()?.ip();
    (!found.is_unspecified()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(bind: &[&str], external: &[&str]) -> MediaConfig {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        MediaConfig { bind: parse(bind), external: parse(external), ..MediaConfig::default() }
    }

    #[test]
    fn both_families_share_one_port_and_name_the_external_addresses() {
        let plan = Plan::new(&config(&["::1", "127.0.0.1"], &["203.0.113.20"])).unwrap();
        let (sockets, advertised) = plan.open(0).unwrap();
        assert_eq!((sockets.all().count(), advertised.len()), (16, 8));
        for (index, advertised) in (0..).zip(advertised) {
            let socket = |is_v4| sockets.outlet(Outlet { port: index, is_v4 }).unwrap().local_addr().unwrap();
            let port = socket(true).port();
            assert_eq!(socket(false).port(), port);
            assert_eq!(advertised.v4.unwrap(), SocketAddr::new("203.0.113.20".parse().unwrap(), port));
            assert_eq!(advertised.v6.unwrap(), SocketAddr::new("::1".parse().unwrap(), port));
            assert_eq!(advertised.towards("192.0.2.9:1".parse().unwrap()), advertised.v4);
        }
        for (number, socket) in sockets.all().enumerate() {
            let (port, numbered) = sockets.numbered(number).unwrap();
            assert_eq!((numbered.local_addr().unwrap(), usize::from(port)), (socket.local_addr().unwrap(), number % 8));
        }
        assert!(sockets.numbered(16).is_none() && sockets.outlet(Outlet { port: 8, is_v4: true }).is_none());
    }

    #[test]
    fn a_wildcard_names_an_address_that_others_can_use() {
        let (_, advertised) = Plan::new(&config(&["0.0.0.0"], &[])).unwrap().open(0).unwrap();
        assert!(!advertised[0].v4.unwrap().ip().is_unspecified());
    }

    #[test]
    fn ports_follow_each_other_from_thread_to_thread() {
        // Four free ports in a row, found by trying.
        let opened = (0..64).find_map(|_| {
            let first = Plan::new(&config(&["127.0.0.1"], &[])).unwrap().open(0).unwrap().1[0].v4.unwrap().port();
            let config = MediaConfig { first_port: first, threads: 2, ports_per_thread: 2, ..config(&["127.0.0.1"], &[]) };
            let plan = Plan::new(&config).ok()?;
            let both = (plan.open(0).ok()?, plan.open(1).ok()?);
            let ports = both.0.1.iter().chain(&both.1.1).map(|advertised| advertised.v4.unwrap().port());
            Some((first, ports.collect::<Vec<_>>()))
        });
        let (first, ports) = opened.unwrap();
        assert_eq!(ports, [first, first + 1, first + 2, first + 3]);
    }

    #[test]
    fn a_port_in_use_is_named() {
        let (_held, advertised) = Plan::new(&config(&["127.0.0.1"], &[])).unwrap().open(0).unwrap();
        let taken = advertised[0].v4.unwrap();
        let fault = Plan::new(&MediaConfig { first_port: taken.port(), ..config(&["127.0.0.1"], &[]) }).unwrap().open(0).err().unwrap();
        assert!(fault.to_string().starts_with(&format!("media socket {taken}: ")), "{fault}");
    }

    #[test]
    fn refuses_configurations_that_cannot_work() {
        let base = || config(&["127.0.0.1"], &[]);
        for (config, words) in [
            (MediaConfig { threads: 0, ..base() }, "0 media threads"),
            (MediaConfig { threads: 65, ..base() }, "65 media threads"),
            (MediaConfig { calls_per_thread: 0, ..base() }, "at least one call"),
            (MediaConfig { transcoders: 65, ..base() }, "65 transcoding threads"),
            (MediaConfig { ports_per_thread: 0, ..base() }, "0 ports"),
            (MediaConfig { ports_per_thread: 65, ..base() }, "65 ports"),
            (MediaConfig { first_port: 65_529, threads: 1, ..base() }, "port 65529 leaves no room for 8 ports"),
            (config(&[], &[]), "needs an IPv4 or an IPv6 address"),
            (config(&["127.0.0.1", "127.0.0.2"], &[]), "127.0.0.2 is the second"),
            (config(&["127.0.0.1"], &["::1"]), "external address ::1"),
        ] {
            let fault = Plan::new(&config).err().unwrap().to_string();
            assert!(fault.contains(words), "{fault}");
        }
    }
}

//! Where a request comes from, as far as bounds are concerned.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 address, or the /64 network of an IPv6 address: one host has all addresses of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// Where nobody knows better: in process, without a listener.
    pub const UNKNOWN: ClientNetwork = ClientNetwork(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// The source that this address belongs to.
    pub fn of(address: IpAddr) -> ClientNetwork {
        match address.to_canonical() {
            IpAddr::V4(address) => ClientNetwork(address.into()),
            IpAddr::V6(address) if address.is_loopback() => ClientNetwork(address.into()),
            IpAddr::V6(address) => ClientNetwork(Ipv6Addr::from_bits(address.to_bits() & NETWORK).into()),
        }
    }

    /// Whether it is this machine.
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }
}

/// The upper 64 bits.
const NETWORK: u128 = (u64::MAX as u128) << 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> ClientNetwork {
        ClientNetwork::of(text.parse().unwrap())
    }

    #[test]
    fn a_network_of_ipv6_is_one_source_and_an_address_of_ipv4_is_one() {
        assert_eq!(source("2001:db8:1:2::3"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::3"), source("2001:db8:1:3::3"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert!(source("::1").is_loopback() && source("127.0.0.1").is_loopback() && !source("::2").is_loopback());
    }
}

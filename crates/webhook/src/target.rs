//! Where webhooks may go.
//!
//! A callback URL is chosen by a customer, and we are the ones who send requests to it. In live mode it must be https and must not
//! lead to an address inside the operator's network. Names are judged by the addresses that are connected to, at the moment of
//! connecting: a name that resolves to something harmless first and to 127.0.0.1 later gains nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What a callback URL may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// Plain http is refused.
    pub https_only: bool,
    /// Addresses that are not reachable from the open internet are refused: loopback, private, link-local, shared, multicast, reserved.
    pub public_only: bool,
}

impl Targets {
    /// For live mode.
    pub const LIVE: Self = Self { https_only: true, public_only: true };
    /// For test mode: receivers run on the same machine.
    pub const ANYWHERE: Self = Self { https_only: false, public_only: false };

    /// The URL, if it is one that may be called. Names are judged later, by address.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(self, url: &str) -> Result<Url, BadTarget> {
        let url = Url::parse(url).map_err(|_| BadTarget::NoUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if !self.https_only => {}
            "http" => return Err(BadTarget::NotHttps),
            _ => return Err(BadTarget::NotHttp),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::Credentials);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(BadTarget::NoHost),
        };
        if literal.is_some_and(|address| !self.may_reach(address)) {
            return Err(BadTarget::NotPublic);
        }
        Ok(url)
    }

    /// Whether a connection to this address is allowed.
    pub(crate) fn may_reach(self, address: IpAddr) -> bool {
        !self.public_only || is_public(address)
    }
}

/// Why a callback URL is never called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    #[error("the callback URL is not a URL")]
    NoUrl,
    #[error("the callback URL must be https")]
    NotHttps,
    #[error("the callback URL must be https or http")]
    NotHttp,
    #[error("the callback URL must not carry a user name or password")]
    Credentials,
    #[error("the callback URL has no host")]
    NoHost,
    #[error("the callback URL leads to an address that is not public")]
    NotPublic,
}

/// Looks names up and forgets the addresses that may not be reached. A literal address never comes here: [`Targets::check`] sees it.
pub(crate) struct GuardedResolver {
    pub(crate) targets: Targets,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.targets;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(allowed(targets, found)?.into_iter()) as Addrs)
        })
    }
}

fn allowed(targets: Targets, found: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    let allowed: Vec<_> = found.filter(|address| targets.may_reach(address.ip())).collect();
    if allowed.is_empty() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, BadTarget::NotPublic));
    }
    Ok(allowed)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but the special blocks of RFC 6890 and multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0 // "this network"
        || (a == 100 && (64..128).contains(&b)) // shared by carriers, RFC 6598
        || (a, b, c) == (192, 0, 0) // protocol assignments
        || (a, b, c) == (192, 88, 99) // 6to4 relays
        || (a == 198 && (b == 18 || b == 19)) // benchmarks, RFC 2544
        || a >= 240; // reserved and broadcast
    !special
}

/// Global unicast (2000::/3) without documentation and without forms that hold an IPv4 address of ours.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(address) {
        return is_public_v4(inner);
    }
    let segments = address.segments();
    let global = segments[0] & 0xe000 == 0x2000;
    let documentation = (segments[0], segments[1]) == (0x2001, 0x0db8) || segments[0] & 0xfff0 == 0x3ff0;
    let protocol = segments[0] == 0x2001 && segments[1] < 0x0200; // RFC 2928, Teredo among them
    global && !documentation && !protocol
}

/// The IPv4 address that a mapped, translated (RFC 6052) or 6to4 (RFC 3056) address stands for.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_public_addresses_from_the_rest() {
        for (address, public) in [
            ("93.184.216.34", true),
            ("8.8.8.8", true),
            ("100.63.0.1", true),
            ("172.32.0.1", true),
            ("198.20.0.1", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.255.0.9", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("64:ff9b::808:808", true),
            ("2002:808:808::", true),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn live_mode_takes_public_https_only() {
        for (url, refused) in [
            ("https://hooks.acme.example/wa?tenant=1", None),
            ("https://93.184.216.34:8443/wa", None),
            ("http://hooks.acme.example/wa", Some(BadTarget::NotHttps)),
            ("ftp://hooks.acme.example/wa", Some(BadTarget::NotHttp)),
            ("https://user:word@hooks.acme.example/", Some(BadTarget::Credentials)),
            ("hooks.acme.example", Some(BadTarget::NoUrl)),
            ("https://127.0.0.1/wa", Some(BadTarget::NotPublic)),
            ("https://0x7f.1/wa", Some(BadTarget::NotPublic)),
            ("https://2130706433/wa", Some(BadTarget::NotPublic)),
            ("https://[::ffff:10.0.0.1]/wa", Some(BadTarget::NotPublic)),
        ] {
            assert_eq!(Targets::LIVE.check(url).err(), refused, "{url}");
        }
    }

    #[test]
    fn test_mode_takes_the_same_machine() {
        assert!(Targets::ANYWHERE.check("http://127.0.0.1:9000/hook").is_ok());
    }

    #[test]
    fn a_name_keeps_its_public_addresses_only() {
        let found = ["10.0.0.1:0", "93.184.216.34:0", "[::1]:0"].map(|address| address.parse().unwrap());
        assert_eq!(allowed(Targets::LIVE, found.into_iter()).unwrap(), [found[1]]);
        assert!(allowed(Targets::LIVE, found[..1].iter().copied()).is_err());
        assert_eq!(allowed(Targets::ANYWHERE, found.into_iter()).unwrap(), found);
    }
}

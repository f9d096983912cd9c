//! Where webhooks may go.
//!
//! A callback URL is chosen by a customer, and we are the ones who send requests to it. In live mode it must be https and must not
//! lead to an address inside the operator's network. Names are judged by the addresses that are connected to, at the moment of
//! connecting: a name that resolves to something harmless first and to 127.0.0.1 later gains nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};

use callport_core::address::is_public;
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

#[cfg(test)]
mod tests {
    use super::*;

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

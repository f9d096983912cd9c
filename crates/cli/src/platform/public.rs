//! The public side: its certificate, its bounds, and the address by which others know it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use tokio_rustls::TlsAcceptor;

use crate::config::{Config, PublicSection, TlsMode};
use crate::home::Home;
use crate::listener::Bounds;
use crate::listener::tls::{self, TlsFault};

/// The certificate that the configuration asks for, if it asks for one.
pub fn certificate(config: &Config, home: &Home) -> Result<Option<TlsAcceptor>, TlsFault> {
    match mode(config) {
        TlsMode::Off | TlsMode::Auto => Ok(None),
        TlsMode::SelfMade => tls::self_made(home, &names(config)).map(Some),
        TlsMode::Files => match (&config.tls.chain_file, &config.tls.key_file) {
            (Some(chain), Some(key)) => tls::from_files(chain, key).map(Some),
            _ => Ok(None), // the configuration was checked: files come with their mode
        },
    }
}

/// What the public listener allows.
pub fn bounds(public: &PublicSection) -> Bounds {
    Bounds {
        connections: public.connections,
        per_source: public.connections_per_source,
        sockets: public.sockets.unwrap_or((public.connections * 3).div_ceil(4)),
        proxies: public.proxies.clone(),
        head_timeout: public.head_timeout,
        body_timeout: public.body_timeout,
        reply_timeout: public.reply_timeout,
        idle_timeout: public.idle_timeout,
        head_bytes: public.head_bytes,
        bodies_bytes: public.bodies_bytes,
    }
}

/// Bytes of request bodies on the operator's listener, which asks for its token before it reads any: a few recordings at a time.
const OPERATOR_BODIES: usize = 64 * 1024 * 1024;

/// The operator's listener has seats and memory of its own: what happens to the public one never closes it.
pub fn operator_bounds(config: &Config) -> Bounds {
    let connections = config.operator.connections;
    Bounds { connections, per_source: connections, sockets: connections, bodies_bytes: OPERATOR_BODIES, ..bounds(&config.public) }
}

/// Where the public listener is reached: as configured, or as it is bound.
pub fn url(config: &Config, bound: SocketAddr) -> String {
    if let Some(url) = &config.public.url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let scheme = if mode(config) == TlsMode::Off { "http" } else { "https" };
    format!("{scheme}://{}", SocketAddr::new(reachable(bound.ip()), bound.port()))
}

/// The certificate's origin with "auto" decided.
pub fn mode(config: &Config) -> TlsMode {
    match config.tls.certificate {
        TlsMode::Auto if config.public.listen.ip().is_loopback() => TlsMode::Off,
        TlsMode::Auto => TlsMode::SelfMade,
        said => said,
    }
}

/// An address to write where the wildcard would say nothing.
pub fn reachable(bound: IpAddr) -> IpAddr {
    if bound.is_unspecified() { own_address(bound).unwrap_or(loopback(bound)) } else { bound }
}

fn loopback(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

/// The address from which this machine would talk to the world. Connecting a UDP socket asks the routing table and sends nothing.
fn own_address(family: IpAddr) -> Option<IpAddr> {
    let elsewhere: IpAddr =
        if family.is_ipv4() { Ipv4Addr::new(192, 0, 2, 1).into() } else { Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into() };
    let socket = UdpSocket::bind(SocketAddr::new(family, 0)).ok()?;
    socket.connect(SocketAddr::new(elsewhere, 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// What a self-made certificate vouches for.
fn names(config: &Config) -> Vec<String> {
    let listen = reachable(config.public.listen.ip()).to_string();
    let host = config.public.url.as_ref().and_then(|url| url.host_str()).map(|host| host.trim_matches(['[', ']']).to_owned());
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    for name in [listen].into_iter().chain(host).chain(config.tls.names.iter().cloned()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    fn config(flags: &[&str]) -> Config {
        Layers { flags: flags.iter().map(ToString::to_string).collect(), ..Layers::default() }.load().unwrap()
    }

    #[test]
    fn the_address_is_as_configured_or_as_bound() {
        for (flags, bound, url_expected) in [
            (vec![], "127.0.0.1:4711", "http://127.0.0.1:4711"),
            (vec!["public.listen=[::1]:0"], "[::1]:4711", "http://[::1]:4711"),
            (vec!["tls.certificate=self-made"], "127.0.0.1:4711", "https://127.0.0.1:4711"),
            (vec!["mode=test", "public.listen=192.0.2.1:0"], "192.0.2.1:443", "https://192.0.2.1:443"),
            (vec!["mode=test", "public.listen=192.0.2.1:0", "tls.certificate=off"], "192.0.2.1:80", "http://192.0.2.1:80"),
            (vec!["public.url=https://calls.example.org/"], "127.0.0.1:1", "https://calls.example.org"),
        ] {
            assert_eq!(url(&config(&flags), bound.parse().unwrap()), url_expected, "{flags:?}");
        }
    }

    #[test]
    fn a_self_made_certificate_names_the_host_of_the_public_address() {
        let names = names(&config(&["public.url=https://calls.example.org", "tls.names=calls.example.net,localhost"]));
        assert_eq!(names, ["localhost", "127.0.0.1", "::1", "calls.example.org", "calls.example.net"]);
    }
}

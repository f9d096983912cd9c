//! Where a connection and a request come from, with proxies in between.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use callport_engine::door::ClientNetwork;

/// The source whose connections are counted together; none for proxies, which bring everybody's.
pub(super) fn counted(peer: IpAddr, proxies: &[IpAddr]) -> Option<ClientNetwork> {
    (!is_proxy(peer, proxies)).then(|| ClientNetwork::of(peer))
}

/// The source of a request: who connected, or, behind proxies that are known as such, whom the nearest of them names. What stands further
/// left in `X-Forwarded-For` was written by whoever asked, who may write anything.
pub(super) fn of(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> ClientNetwork {
    if !is_proxy(peer, proxies) {
        return ClientNetwork::of(peer);
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let named: Vec<_> = lines.flat_map(|line| line.split(',')).map(address).collect();
    let nearest = named.into_iter().rev().find(|named| named.is_none_or(|named| !is_proxy(named, proxies)));
    ClientNetwork::of(nearest.flatten().unwrap_or(peer))
}

fn is_proxy(address: IpAddr, proxies: &[IpAddr]) -> bool {
    proxies.contains(&address.to_canonical())
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let plain = text.trim_matches(['[', ']']).parse().ok();
    plain.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(peer: &str, forwarded: &[&'static str], expected: &str) {
        let proxies = ["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        assert_eq!(of(peer.parse().unwrap(), &headers, &proxies), ClientNetwork::of(expected.parse().unwrap()), "{peer} {forwarded:?}");
    }

    #[test]
    fn a_proxy_s_word_counts_and_nobody_else_s() {
        check("192.0.2.1", &[], "192.0.2.1");
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("::ffff:127.0.0.1", &["198.51.100.7:4711"], "198.51.100.7");
        check("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("127.0.0.1", &["203.0.113.1, 198.51.100.7"], "198.51.100.7");
        check("127.0.0.1", &["203.0.113.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7");
        check("127.0.0.1", &["203.0.113.1, unknown"], "127.0.0.1");
    }

    #[test]
    fn connections_of_a_proxy_are_nobody_s() {
        let proxies = ["127.0.0.1".parse().unwrap()];
        assert_eq!(counted("127.0.0.1".parse().unwrap(), &proxies), None);
        assert_eq!(counted("192.0.2.1".parse().unwrap(), &proxies), Some(ClientNetwork::of("192.0.2.1".parse().unwrap())));
    }
}

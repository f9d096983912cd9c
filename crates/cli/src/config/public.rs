//! The listener that the internet sees.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::section::section;

section! {
    /// The public listener: Graph API, call links, the phone page and its socket.
    pub struct PublicSection = "public" {
        /// Address and port.
        pub listen: SocketAddr = (Ipv4Addr::LOCALHOST, 8080).into(),
        /// How others reach it, when a proxy or a name stands in front. Empty: made from the address and the tls section.
        pub url: Option<Url> = None,
        /// Names beside localhost, addresses, the host of `url` and `tls.names` under which the phone page, its socket, call links and the
        /// operator's listener are served. Under any other name, a page of somebody else's could speak for whoever visits it. The Graph API
        /// is served under every name.
        pub hosts: Vec<String> = vec![],
        /// Addresses of proxies in front. Their connections are counted for no source, and the source of a request is whom the nearest proxy
        /// names in X-Forwarded-For.
        pub proxies: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        /// Most connections at a time. For one more, the connection that has been idle longest is closed; while none is idle, newcomers wait.
        /// Each takes a file descriptor: the log says at the start when this process may not have so many.
        pub connections: usize = 16_384,
        /// Most connections at a time from one source: an IPv4 address or an IPv6 /64 network. For one more, its own longest idle one is
        /// closed; while none is idle, the newcomer is.
        pub connections_per_source: usize = 512,
        /// Most WebSockets among the connections, one for each window of the phone page; one more is answered 503. Empty: three quarters of
        /// them.
        pub sockets: Option<usize> = None,
        /// Longest time from the beginning of a connection to the end of its first request head, the TLS handshake included; later, from
        /// the first byte of a head to its last.
        pub head_timeout: Duration = Duration::from_secs(30),
        /// Longest time that the body of a request may take to arrive.
        pub body_timeout: Duration = Duration::from_secs(30),
        /// Longest time that a client may take to read a reply.
        pub reply_timeout: Duration = Duration::from_secs(60),
        /// How long a connection may be without a request, HTTP/2 too. WebSockets: see phone.silent_for.
        pub idle_timeout: Duration = Duration::from_secs(60),
        /// Most bytes of request bodies that are held at a time, of all requests together; beyond it, requests are answered 503.
        pub bodies_bytes: usize = 64 * 1024 * 1024,
        /// Largest request head, in bytes.
        pub head_bytes: usize = 32 * 1024,
        /// Largest request body, in bytes. A long session description has some ten thousand.
        pub body_bytes: usize = 256 * 1024,
    }
}

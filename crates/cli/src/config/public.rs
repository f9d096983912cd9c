//! The listener that the internet sees.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::section::section;

section! {
    /// The public listener: Graph API, call links, the phone page and its socket.
    pub struct Public = "public" {
        /// Address and port.
        pub listen: SocketAddr = (Ipv4Addr::LOCALHOST, 8080).into(),
        /// How others reach it, when a proxy or a name stands in front. Empty: made from the address and the tls section.
        pub url: Option<Url> = None,
        /// Most connections at a time; more wait to be taken.
        pub connections: usize = 4096,
        /// Longest wait for the TLS handshake, and for the head of the next request on a connection.
        pub head_timeout: Duration = Duration::from_secs(30),
        /// Longest time that the body of a request may take to arrive.
        pub body_timeout: Duration = Duration::from_secs(30),
        /// Largest request head, in bytes.
        pub head_bytes: usize = 32 * 1024,
        /// Largest request body, in bytes. A long session description has some ten thousand.
        pub body_bytes: usize = 256 * 1024,
    }
}

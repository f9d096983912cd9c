//! The listener of those who run the platform.

use std::net::{Ipv4Addr, SocketAddr};

use super::section::section;
use super::value::Secret;

section! {
    /// The operator's listener: admin API, metrics, health. Plain HTTP: keep it on loopback or behind a proxy that speaks TLS.
    pub struct OperatorSection = "operator" {
        /// Address and port.
        pub listen: SocketAddr = (Ipv4Addr::LOCALHOST, 8081).into(),
        /// Most connections at a time, apart from those of the public listener. For one more, the one that has been idle longest is closed. All
        /// other bounds of connections are those of the public section.
        pub connections: usize = 256,
        /// The token that the admin API asks for. Empty: made at the first start and kept beside the store.
        pub token: Option<Secret> = None,
    }
}

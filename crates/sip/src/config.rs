//! What an operator sets of the SIP edge.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use callport_sip_proto::DigestAlgorithm;

/// The SIP edge as configured.
#[derive(Clone)]
pub struct SipConfig {
    /// Where to listen; port 0: a free one.
    pub listen: SocketAddr,
    /// Address and port that businesses see, where that is another one.
    pub external: Option<SocketAddr>,
    /// The platform's SIP domain.
    pub domain: String,
    /// Certificate chain and key of the domain; no certificate is asked of clients, and no protocol of theirs (ALPN) is refused or echoed.
    pub server: Arc<rustls::ServerConfig>,
    /// How certificates of businesses' servers are checked, as chain and name.
    pub client: Arc<rustls::ClientConfig>,
    /// Servers must be at addresses that anybody can reach.
    pub public_only: bool,
    /// Digests that businesses are asked for, in this order.
    pub challenges: Vec<DigestAlgorithm>,
    /// How long a nonce may be used.
    pub nonce_lifetime: Duration,
    /// The user's profile name stands before the address in From, in place of the digits.
    pub profile_names: bool,
    /// The header with a user's name.
    pub username_header: &'static str,
    /// Bounds of connections.
    pub bounds: SipBounds,
}

/// Bounds of the edge's connections.
#[derive(Debug, Clone, Copy)]
pub struct SipBounds {
    /// In all.
    pub connections: usize,
    /// From one address.
    pub per_source: usize,
    /// For a connection to a business's server, TLS included.
    pub connect: Duration,
    /// For the TLS handshake of a client.
    pub handshake: Duration,
    /// A connection over which nothing comes and nothing goes for so long is closed.
    pub idle: Duration,
    /// For a client that does not take what it is sent.
    pub write: Duration,
}

impl Default for SipBounds {
    fn default() -> Self {
        Self {
            connections: 4096,
            per_source: 64,
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(3600),
            write: Duration::from_secs(20),
        }
    }
}

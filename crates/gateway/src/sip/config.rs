//! How the SIP side is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use callport_peer::{Identity, Keying};

use crate::config::{FillRandom, Mode};
use crate::outgoing::Callee;
use crate::talk::Speech;

/// Everything a SIP backend needs. Holds a password and a phone number, so it has no `Debug`.
#[derive(Clone)]
pub struct SipBackendConfig {
    /// Where the platform's connections are taken. Port 0 picks one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The host that the number's settings name for this server, and that stands in our From.
    pub host: String,
    /// The business number, digits only.
    pub number: String,
    /// Its `sip_user_password`: needed to call users, and to ask the platform for it.
    pub password: Option<String>,
    /// Challenge the platform's INVITEs for the password. Default off; without a password it lets nobody in.
    pub asks_password: bool,
    /// Host and port of the platform, to call users by.
    pub platform: Option<(String, u16)>,
    /// The platform's SIP domain: what its certificate covers, and who may call us. Default `wa.meta.vc`.
    pub domain: String,
    /// Our certificate.
    pub server: Arc<rustls::ServerConfig>,
    /// How the platform's certificate is checked.
    pub client: Arc<rustls::ClientConfig>,
    /// How the keys of our own calls are exchanged. The platform's offers say themselves what they want. Default DTLS.
    pub keying: Keying,
    /// What to do with callers.
    pub mode: Mode,
    /// Our DTLS certificate.
    pub identity: Arc<Identity>,
    /// Source of chance.
    pub random: FillRandom,
    /// Where media sockets bind. The wildcard means "the address that leads to the platform". Default `0.0.0.0:0`.
    pub media_bind: SocketAddr,
    /// An answered call whose media is not up after this is given up. Default 30 s.
    pub media_within: Duration,
    /// A call on which neither RTP nor RTCP has come for this long has lost its platform and is ended. Default 60 s.
    pub quiet_within: Duration,
    /// Calls are ended after this. Default 1 h.
    pub longest_call: Duration,
    /// A call of ours that nobody has picked up by then is given up. Default 90 s, longer than phones ring.
    pub answer_within: Duration,
    /// Longest wait for a TLS connection to the platform, or of its to us. Default 10 s.
    pub connect_within: Duration,
    /// Further calls are declined, or not placed. Default 500.
    pub most_calls: usize,
    /// Connections beyond these are closed. Default 64.
    pub most_connections: usize,
    /// Seconds of each call that are recorded and judged. Default 30.
    pub record_seconds: u32,
}

impl SipBackendConfig {
    /// The defaults, around what has none.
    pub fn new(
        host: impl Into<String>,
        number: impl Into<String>,
        (server, client): (Arc<rustls::ServerConfig>, Arc<rustls::ClientConfig>),
        identity: Arc<Identity>,
        random: FillRandom,
    ) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            host: host.into(),
            number: number.into(),
            password: None,
            asks_password: false,
            platform: None,
            domain: "wa.meta.vc".to_owned(),
            server,
            client,
            keying: Keying::Dtls,
            mode: Mode::default(),
            identity,
            random,
            media_bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            media_within: Duration::from_secs(30),
            quiet_within: Duration::from_secs(60),
            longest_call: Duration::from_secs(3600),
            answer_within: Duration::from_secs(90),
            connect_within: Duration::from_secs(10),
            most_calls: 500,
            most_connections: 64,
            record_seconds: 30,
        }
    }
}

/// A call to place by SIP. Holds a phone number, so it has no `Debug`.
#[derive(Clone)]
pub struct SipCallOrder {
    /// Who is called.
    pub user: Callee,
    /// What the user gets to hear once they have picked up.
    pub say: Speech,
    /// Hang up so long after the pick-up; none leaves that to the user, within the backend's longest call.
    pub talk_for: Option<Duration>,
}

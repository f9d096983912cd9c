//! What the media plane is told at its start.

use std::io;
use std::net::{IpAddr, SocketAddr};

use callport_relay::DtlsLibrary;
use callport_sdp::{Dialect, DtlsRole};

use crate::ports::MAX_PORTS;
use crate::transcode::MAX_TRANSCODERS;
use crate::udp::SocketOptions;

/// Most media threads. Each takes a core.
pub const MAX_THREADS: usize = 64;

/// How the media plane is built.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Media threads, 1 to [`MAX_THREADS`]; a core each under full load.
    pub threads: usize,
    /// Keep thread n on core n. For machines that do nothing else.
    pub pin: bool,
    /// Addresses to take packets on: at most one of each family.
    pub bind: Vec<IpAddr>,
    /// The first UDP port; those of the first thread follow it, then those of the next. 0 lets the kernel choose each. Both families
    /// share a port.
    pub first_port: u16,
    /// Ports of each thread, 1 to [`MAX_PORTS`]. So many calls of a backend that has one UDP socket for all its calls can be told apart.
    pub ports_per_thread: usize,
    /// The first UDP port of business legs whose keys come by SDES, an even one; 0 for free ones that the kernel chooses.
    pub sdes_first_port: u16,
    /// How many ports such legs may have at a time, all threads together: two each, one of them for RTCP that is not multiplexed.
    pub sdes_ports: u16,
    /// Addresses written into session descriptions where they differ from those bound to: at most one of each family.
    pub external: Vec<IpAddr>,
    /// Calls that one thread carries at most.
    pub calls_per_thread: usize,
    /// Threads that turn Opus into G.711 and back, up to [`MAX_TRANSCODERS`]; 0 if businesses are not to be offered PCMA and PCMU.
    /// They serve all media threads, and sleep while every business speaks Opus.
    pub transcoders: usize,
    /// Which generation of published session descriptions businesses are sent.
    pub dialect: Dialect,
    /// Our DTLS role where a business's offer leaves it to us (`a=setup:actpass`). Samples of the platform's answer contradict each
    /// other; clients of 2026 expect the server's, `a=setup:passive`.
    pub answer_role: DtlsRole,
    /// Who shakes hands with businesses, whose certificates may be of any kind.
    pub business_engine: DtlsLibrary,
    /// Kernel buffers.
    pub socket: SocketOptions,
}

impl Default for MediaConfig {
    /// One thread on every IPv4 address of this machine, on ports that the kernel chooses.
    fn default() -> Self {
        Self {
            threads: 1,
            pin: false,
            bind: vec![IpAddr::from([0, 0, 0, 0])],
            first_port: 0,
            ports_per_thread: 8,
            sdes_first_port: 0,
            sdes_ports: 2_000,
            external: Vec::new(),
            calls_per_thread: 4096,
            transcoders: 1,
            dialect: Dialect::Current,
            answer_role: DtlsRole::Server,
            business_engine: DtlsLibrary::ANY_PEER,
            socket: SocketOptions::default(),
        }
    }
}

/// Why the media plane cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MediaStartFault {
    /// Not between 1 and [`MAX_THREADS`].
    #[error("{0} media threads: between 1 and {MAX_THREADS} are possible")]
    Threads(usize),
    /// More than [`MAX_TRANSCODERS`].
    #[error("{0} transcoding threads: at most {MAX_TRANSCODERS} are possible")]
    Transcoders(usize),
    /// No call would fit.
    #[error("a media thread must carry at least one call")]
    NoCalls,
    /// Nothing to listen on.
    #[error("the media plane needs an IPv4 or an IPv6 address to listen on")]
    NoAddress,
    /// Two addresses where one of a family is possible.
    #[error("{0} is the second address of its family; session descriptions name one of each")]
    SecondOfFamily(IpAddr),
    /// An external address of a family that nothing listens on.
    #[error("the external address {0} needs an address of its family to listen on")]
    ExternalWithoutBind(IpAddr),
    /// Not between 1 and [`MAX_PORTS`].
    #[error("{0} ports for each media thread: between 1 and {MAX_PORTS} are possible")]
    Ports(usize),
    /// A later port would be above 65535.
    #[error("port {0} leaves no room for {1} ports")]
    PortsRunOut(u16, usize),
    /// Ports of SDES legs come in pairs, the lower one even.
    #[error("{0} cannot be the first port of SDES legs: it has to be even")]
    OddSdesPort(u16),
    /// SDES legs would have ports of the media threads.
    #[error("the ports of SDES legs, from {0} on, are those of the media threads as well")]
    SdesPortsShared(u16),
    /// The socket could not be opened.
    #[error("media socket {address}: {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A system resource could not be had.
    #[error("media thread: {0}")]
    System(#[from] io::Error),
}

//! The handle of an endpoint.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use callport_relay::dtls::{DtlsLibrary, Identity};
use callport_sdp::{Keying, read_platform_offer};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};

use crate::driver::{COMMAND_QUEUE, Command, Driver, Phase};
use crate::ear::Ear;
use crate::error::PeerError;
use crate::event::{EVENT_QUEUE, PeerEvent, Snapshot};
use crate::mouth::Mouth;
use crate::seeds::Seeds;
use crate::session::{Session, Setup};

/// Room for what arrives while this endpoint decodes, in bytes: twenty seconds of speech that came at once, as a synthesizer makes it. The
/// kernel's usual 208 KiB hold three, and what finds no room would be taken for lost on the way. The kernel caps it (`net.core.rmem_max`),
/// and memory is taken only for what waits.
const RECEIVE_BUFFER: usize = 1 << 20;

/// How an endpoint is set up.
#[derive(Clone)]
pub struct PeerConfig {
    /// Our DTLS certificate; one per process is enough.
    pub identity: Arc<Identity>,
    /// Randomness of this endpoint.
    pub seeds: Seeds,
    /// Where to bind. The wildcard address means "the one that leads to the platform". Default `0.0.0.0:0`.
    pub bind: SocketAddr,
    /// Who shakes hands in DTLS. By default the engine that takes any certificate.
    pub engine: DtlsLibrary,
    /// Where the SRTP keys of a call of ours come from. A platform's offer says itself what it wants, and is answered by that.
    pub keying: Keying,
    /// How much the ear records, in seconds, from the first audio packet on. Default 30; each second takes 94 KiB.
    pub record_seconds: u32,
    /// Share of media packets thrown away on purpose, in each direction, in percent. Default none.
    pub lost_percent: f32,
}

impl PeerConfig {
    /// The defaults.
    pub fn new(identity: Arc<Identity>, seeds: Seeds) -> Self {
        Self {
            identity,
            seeds,
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            engine: DtlsLibrary::ANY_PEER,
            keying: Keying::Dtls,
            record_seconds: 30,
            lost_percent: 0.0,
        }
    }
}

/// One voice endpoint: one call, one socket, one task. Dropping it ends the task and frees the port.
pub struct Endpoint {
    bound: SocketAddr,
    mouth: Mouth,
    ear: Ear,
    phase: watch::Receiver<Phase>,
}

impl Endpoint {
    /// Binds the socket and starts the task. The second half tells what happens; it may be dropped.
    pub async fn bind(config: PeerConfig) -> Result<(Self, mpsc::Receiver<PeerEvent>), PeerError> {
        let socket = UdpSocket::bind(config.bind).await?;
        SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER)?;
        let bound = socket.local_addr()?;
        let ear = Ear::new(config.record_seconds);
        let session = Session::new(Setup {
            identity: config.identity,
            engine: config.engine,
            keying: config.keying,
            seeds: config.seeds,
            lost_percent: config.lost_percent,
            ear: ear.clone(),
        })?;
        let (commands, orders) = mpsc::channel(COMMAND_QUEUE);
        let (events, news) = mpsc::channel(EVENT_QUEUE);
        let (phase, phases) = watch::channel(Phase::Connecting);
        tokio::spawn(Driver { socket, session, commands: orders, events, phase }.run());
        Ok((Self { bound, mouth: Mouth { commands }, ear, phase: phases }, news))
    }

    /// Answers a platform's offer and starts to connect. The answer names one host candidate.
    pub async fn answer(&self, offer: &str) -> Result<String, PeerError> {
        let read = read_platform_offer(offer)?;
        let candidates = read.candidates().iter().map(|candidate| candidate.address);
        let towards = candidates.chain(read.sdes().and_then(|sdes| sdes.address)).collect();
        let local = self.local_towards(towards).await?;
        let offer = offer.to_owned();
        self.ask(|reply| Command::Answer { offer, local, reply }).await?
    }

    /// Makes an offer for a call of ours; [`Self::apply_answer`] follows. It names one host candidate, which a platform that is
    /// ICE-lite needs not: our checks tell it where we are.
    pub async fn offer(&self) -> Result<String, PeerError> {
        let local = self.local_towards(Vec::new()).await?;
        self.ask(|reply| Command::Offer { local, reply }).await?
    }

    /// Applies the platform's answer to our offer and starts to connect.
    pub async fn apply_answer(&self, answer: &str) -> Result<(), PeerError> {
        let answer = answer.to_owned();
        self.ask(|reply| Command::ApplyAnswer { answer, reply }).await?
    }

    /// Returns once ICE and DTLS are up, or have failed for good; with SDES, once both descriptions are there. It does not give up by itself: put a time limit around it.
    pub async fn connected(&self) -> Result<(), PeerError> {
        let mut phase = self.phase.clone();
        let reached = phase.wait_for(|phase| *phase != Phase::Connecting).await;
        match reached.map(|phase| *phase) {
            Ok(Phase::Failed(reason)) => Err(PeerError::NotConnected(reason)),
            Ok(_) => Ok(()),
            Err(_) => Err(PeerError::Closed),
        }
    }

    /// What it says.
    pub fn mouth(&self) -> &Mouth {
        &self.mouth
    }

    /// What it hears.
    pub fn ear(&self) -> &Ear {
        &self.ear
    }

    /// Everything measured so far.
    pub async fn snapshot(&self) -> Result<Snapshot, PeerError> {
        self.ask(Command::Snapshot).await
    }

    /// Ends the endpoint, frees its port and says what was measured. [`Ear`]s live on.
    pub async fn close(self) -> Result<Snapshot, PeerError> {
        self.ask(Command::Close).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, PeerError> {
        let (reply, answer) = oneshot::channel();
        self.mouth.commands.send(command(reply)).await.map_err(|_| PeerError::Closed)?;
        answer.await.map_err(|_| PeerError::Closed)
    }

    /// The address that the far end should see: what we are bound to, or, bound to the wildcard, the address from which the
    /// system would send to the first candidate of our family. Nothing is sent to find out.
    async fn local_towards(&self, candidates: Vec<SocketAddr>) -> Result<SocketAddr, PeerError> {
        if !self.bound.ip().is_unspecified() {
            return Ok(self.bound);
        }
        let nowhere = match self.bound {
            // Addresses reserved for documentation: the default route leads there.
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9)),
        };
        let same_family = |candidate: &SocketAddr| candidate.is_ipv4() == self.bound.is_ipv4();
        let towards = candidates.into_iter().find(same_family).unwrap_or(nowhere);
        let probe = UdpSocket::bind(SocketAddr::new(self.bound.ip(), 0)).await?;
        let seen = match probe.connect(towards).await {
            Ok(()) => probe.local_addr()?.ip(),
            // A machine without a default route reaches only itself, and that is all we know of an offer's far end.
            Err(_) if towards == nowhere => match self.bound {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            },
            Err(error) => return Err(error.into()),
        };
        Ok(SocketAddr::new(seen, self.bound.port()))
    }
}

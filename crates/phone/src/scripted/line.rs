//! How a scripted user reaches the platform: its engine, and a UDP socket of its own for each call.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use callport_engine::Engine;
use callport_peer::{Endpoint, Identity, PeerConfig, PeerError, PeerEvent, Seeds};
use callport_people::Script;
use tokio::sync::mpsc;

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) engine: Arc<Engine>,
    /// The DTLS certificate that all scripted users show.
    pub(super) identity: Arc<Identity>,
    pub(super) bind: IpAddr,
}

impl Line {
    /// A new socket with a mouth and an ear.
    pub(super) async fn endpoint(&self, script: &Script) -> Result<(Endpoint, mpsc::Receiver<PeerEvent>), PeerError> {
        let config = PeerConfig {
            bind: SocketAddr::new(self.bind, 0),
            record_seconds: script.record_seconds,
            lost_percent: script.lost_percent,
            ..PeerConfig::new(self.identity.clone(), Seeds::new(self.engine.random()))
        };
        Endpoint::bind(config).await
    }
}

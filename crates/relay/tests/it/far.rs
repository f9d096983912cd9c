//! What the world wants of a far end.

use std::net::SocketAddr;
use std::time::Instant;

use callport_relay::outgoing::{Datagram, Outbox};
use callport_relay::rtp::Header;
use callport_relay::{LegConfig, Remote};

/// One RTP packet as a far end got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub header: Header,
    pub payload: Vec<u8>,
    pub at: Instant,
}

/// A full, controlling ICE end and DTLS client.
pub(crate) trait Far {
    fn address(&self) -> SocketAddr;
    /// Its description, as the relay wants it.
    fn remote(&mut self) -> Remote;
    /// Takes what the relay's leg is made of, as its description tells it, and begins.
    fn join(&mut self, now: Instant, relay: &LegConfig, address: SocketAddr, out: &mut Outbox);
    fn receive(&mut self, now: Instant, datagram: Datagram, out: &mut Outbox);
    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox);
    fn deadline(&mut self) -> Option<Instant>;
    fn is_connected(&self) -> bool;
    fn say(&mut self, now: Instant, header: Header, payload: &[u8], out: &mut Outbox);
    fn heard(&self) -> &[Heard];
}

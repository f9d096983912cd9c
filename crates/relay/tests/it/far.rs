//! What the world wants of a far end.

use std::net::SocketAddr;
use std::time::Instant;

use callport_relay::outgoing::{Datagram, Outbox};
use callport_relay::rtp::Header;
use callport_relay::{LocalTransport, Remote};

/// One RTP packet as a far end got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub header: Header,
    pub payload: Vec<u8>,
    pub at: Instant,
}

/// A full, controlling ICE end and DTLS client.
pub trait Far {
    fn address(&self) -> SocketAddr;
    /// Its description, as the relay wants it.
    fn remote(&mut self) -> Remote;
    /// Takes the relay's description and begins.
    fn join(&mut self, now: Instant, relay: &LocalTransport, address: SocketAddr, out: &mut Outbox);
    fn receive(&mut self, now: Instant, datagram: Datagram, out: &mut Outbox);
    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox);
    fn deadline(&mut self) -> Option<Instant>;
    fn is_connected(&self) -> bool;
    fn say(&mut self, now: Instant, header: Header, payload: &[u8], out: &mut Outbox);
    fn heard(&self) -> &[Heard];
}

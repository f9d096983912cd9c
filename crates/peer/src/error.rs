//! What can go wrong with an endpoint, and whose side it was.

use callport_sdp::SdpRefusal;

/// Why an endpoint could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// No socket could be had.
    #[error("udp socket: {0}")]
    Socket(#[from] std::io::Error),
    /// The far end's description was refused; the reason names the line.
    #[error("their SDP: {0}")]
    Sdp(#[from] SdpRefusal),
    /// It lists no Opus, which is all this endpoint speaks.
    #[error("their SDP has no opus/48000/2")]
    NoOpus,
    /// Our Opus library refused to start.
    #[error(transparent)]
    Codec(#[from] callport_audio::CodecError),
    /// ICE or DTLS failed for good, in words.
    #[error("not connected: {0}")]
    NotConnected(&'static str),
    /// An offer or answer was asked for in the wrong order, or twice.
    #[error("descriptions are already exchanged, or not in this order")]
    OutOfOrder,
    /// The endpoint has been closed.
    #[error("the endpoint is closed")]
    Closed,
}

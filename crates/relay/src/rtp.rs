//! The RTP header (RFC 3550 §5.1), read and written in place.

/// The fixed part of an RTP header. Extensions, CSRCs and padding are tolerated on the way in and
/// never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The marker bit: first packet after a pause, first packet of an event.
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in units of the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

//! What an endpoint tells while it works.

use std::net::SocketAddr;
use std::time::Instant;

use callport_relay::checklist::Checklist;
use callport_relay::srtp::SrtpProfile;
use callport_relay::statistics::LegStatistics;

/// Events that may wait for their reader. When it falls further behind, new ones are dropped: they are news, not state.
pub const EVENT_QUEUE: usize = 256;

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerEvent {
    /// The moment.
    pub at: Instant,
    /// What.
    pub news: News,
}

/// What happened to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// ICE has a pair, or a description or packets have told (SDES): this is where we send to.
    Nominated(SocketAddr),
    /// There are keys, media may flow.
    Connected(SrtpProfile),
    /// ICE or DTLS failed for good, in words.
    Failed(&'static str),
    /// The first audio packet left.
    FirstPacketOut,
    /// The first audio packet arrived.
    FirstPacketIn,
    /// RTP and RTCP have stopped for two seconds.
    Quiet,
    /// RTP is back after [`News::Quiet`].
    HeardAgain,
    /// The other side pressed a key.
    Digit(char),
    /// What the mouth was given to say has ended; it goes on with silence.
    Said,
}

/// When each step of the call was reached; `None` is "not yet".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    /// The far end's description was applied.
    pub remote_known: Option<Instant>,
    /// It is known where to send to.
    pub nominated: Option<Instant>,
    /// There are keys.
    pub connected: Option<Instant>,
    /// The mouth was opened.
    pub opened: Option<Instant>,
    /// The first audio packet left.
    pub first_packet_out: Option<Instant>,
    /// The first audio packet arrived.
    pub first_packet_in: Option<Instant>,
}

/// Everything measured so far.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Packets, loss, jitter, round trip of the transport.
    pub statistics: LegStatistics,
    /// ICE, DTLS and SRTP in detail.
    pub checklist: Checklist,
    /// The steps of the call.
    pub milestones: Milestones,
    /// Media packets thrown away on purpose, both ways (simulated loss).
    pub lost_on_purpose: u64,
}

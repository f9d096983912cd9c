//! How a leg finds its far end and gets its keys, and what each of the two has to know of the other.
//!
//! A leg asks its transport the few things below and does not know which one it has: from the SRTP session upwards all legs are the
//! same code. There are two: WebRTC, and SDES, where keys stand in the descriptions and the address is learned from the first packet that
//! authenticates.

mod sdes;
mod webrtc;

use std::net::SocketAddr;
use std::time::Instant;

use callport_sdp::{DescribedTransport, DtlsRole, Format, RemoteDescription};

use crate::checklist::Checklist;
use crate::demux::DatagramKind;
use crate::outgoing::{Outgoing, Path};
use crate::srtp::{SrtpProfile, SrtpSession};
use crate::statistics::DropReason;
use sdes::Sdes;
pub use sdes::{SdesConfig, SdesRemote};
use webrtc::WebRtc;
pub use webrtc::{Credentials, IceRole, WebRtcConfig, WebRtcRemote};

/// What a leg's transport is made of.
#[derive(Clone)]
pub enum TransportConfig {
    /// ICE, and SRTP keys by DTLS.
    WebRtc(WebRtcConfig),
    /// SRTP keys by `a=crypto`.
    Sdes(SdesConfig),
}

/// What the far end told us about how it is reached and keyed.
#[derive(Clone)]
pub enum RemoteTransport {
    /// ICE, and SRTP keys by DTLS.
    WebRtc(WebRtcRemote),
    /// SRTP keys by `a=crypto`.
    Sdes(SdesRemote),
}

/// What the far end told us about itself.
#[derive(Clone)]
pub struct Remote {
    /// How it is reached and keyed.
    pub transport: RemoteTransport,
    /// What the two ends agreed on.
    pub format: Format,
    /// The SSRC of its `a=ssrc` line, if it has one. Another one heard later is taken, and noted.
    pub ssrc: Option<u32>,
    /// Whether it takes what we send. `a=sendonly` and `a=inactive` say that it does not; then nothing of a call is sent to it.
    pub listens: bool,
}

impl Remote {
    /// What a leg has to know of a far end that described itself, once our own role is settled; `None` if the codec of the
    /// description was changed by hand to one that is not listed. Where keys come by SDES, the role means nothing.
    pub fn of(description: &RemoteDescription, our_role: DtlsRole) -> Option<Remote> {
        Some(Remote {
            transport: match &description.transport {
                DescribedTransport::WebRtc(webrtc) => RemoteTransport::WebRtc(WebRtcRemote::of(webrtc, our_role)),
                DescribedTransport::Sdes(sdes) => RemoteTransport::Sdes(SdesRemote::of(sdes, description.rtcp_mux)),
            },
            format: description.format()?,
            ssrc: description.ssrc,
            listens: description.direction.listens(),
        })
    }
}

/// A leg's way to its far end.
pub(crate) enum Transport {
    WebRtc(Box<WebRtc>),
    Sdes(Box<Sdes>),
}

/// What a transport tells its leg, in order.
pub(crate) enum Sign {
    /// Datagrams from this address belong to the leg. May be told again: the owner may have lost it.
    AddressProven(SocketAddr),
    /// Media leaves this way from now on.
    Way(Path),
    /// Media can be protected.
    Keys(Box<SrtpSession>, SrtpProfile),
    /// There will be no keys; why, in words for an operator.
    Failed(&'static str),
    /// A datagram was of no use.
    Dropped(DropReason),
}

impl Transport {
    pub(crate) fn new(config: TransportConfig) -> Transport {
        match config {
            TransportConfig::WebRtc(config) => Transport::WebRtc(Box::new(WebRtc::new(config))),
            TransportConfig::Sdes(config) => Transport::Sdes(Box::new(Sdes::new(config))),
        }
    }

    /// Whether the way follows the packets that come.
    pub(crate) fn latches(&self) -> bool {
        matches!(self, Transport::Sdes(_))
    }

    /// The far end has described itself; the leg sees to it that this happens once. A description of the other kind is one without keys.
    pub(crate) fn set_remote(&mut self, remote: RemoteTransport, now: Instant, list: &mut Checklist, out: &mut impl Outgoing) {
        match (self, remote) {
            (Transport::WebRtc(webrtc), RemoteTransport::WebRtc(remote)) => webrtc.set_remote(remote, now, list, out),
            (Transport::Sdes(sdes), RemoteTransport::Sdes(remote)) => sdes.set_remote(remote, now, list),
            (Transport::WebRtc(_), RemoteTransport::Sdes(_)) | (Transport::Sdes(_), RemoteTransport::WebRtc(_)) => {}
        }
    }

    /// Takes a datagram that is no media. Milestones go on the list.
    pub(crate) fn receive(
        &mut self,
        (kind, datagram): (DatagramKind, &[u8]),
        now: Instant,
        path: Path,
        list: &mut Checklist,
        out: &mut impl Outgoing,
    ) {
        match self {
            Transport::WebRtc(webrtc) => webrtc.receive(kind, now, path, datagram, list, out),
            Transport::Sdes(sdes) => sdes.receive(kind, now, list),
        }
    }

    /// Does what has become due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, list: &mut Checklist, out: &mut impl Outgoing) {
        match self {
            Transport::WebRtc(webrtc) => webrtc.handle_timeout(now, list, out),
            Transport::Sdes(_) => {}
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub(crate) fn deadline(&mut self) -> Option<Instant> {
        match self {
            Transport::WebRtc(webrtc) => webrtc.deadline(),
            Transport::Sdes(_) => None,
        }
    }

    /// The next piece of news; to be taken after each input.
    pub(crate) fn poll(&mut self) -> Option<Sign> {
        match self {
            Transport::WebRtc(webrtc) => webrtc.poll(),
            Transport::Sdes(sdes) => sdes.poll(),
        }
    }

    /// Whether media from an address other than the one we send to may be looked at.
    pub(crate) fn admits(&mut self, address: SocketAddr) -> bool {
        match self {
            Transport::WebRtc(webrtc) => webrtc.admits(address),
            Transport::Sdes(_) => true, // the port is the leg's own
        }
    }

    /// An authentic packet, ahead of all others, came from an address other than the one we send to; whether the way moves there.
    pub(crate) fn contends(&mut self, address: SocketAddr) -> bool {
        match self {
            Transport::WebRtc(_) => false,
            Transport::Sdes(sdes) => sdes.contends(address),
        }
    }

    /// One came from where we send to.
    pub(crate) fn settle(&mut self) {
        if let Transport::Sdes(sdes) = self {
            sdes.settle();
        }
    }

    /// Authentic RTCP came that way; whether it goes the way of RTP.
    pub(crate) fn heard_rtcp(&mut self, path: Path) -> bool {
        match self {
            Transport::WebRtc(_) => true,
            Transport::Sdes(sdes) => sdes.heard_rtcp(path),
        }
    }

    /// Where RTCP goes, with RTP going that way.
    pub(crate) fn rtcp_path(&self, rtp: Path) -> Path {
        match self {
            Transport::WebRtc(_) => rtp,
            Transport::Sdes(sdes) => sdes.rtcp_path(rtp),
        }
    }
}

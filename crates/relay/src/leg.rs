//! One side of a call: a transport, SRTP and RTCP towards one far end, on one or two local addresses.
//!
//! The platform's relay holds two of these per call (see [`crate::call`]); a voice endpoint holds one,
//! as the full, controlling, DTLS-active end.

mod media;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use callport_sdp::Format;

use crate::checklist::Checklist;
use crate::demux::{DatagramKind, classify};
use crate::dtmf::{Digit, Ear};
use crate::numbering::Numbering;
use crate::outgoing::{Outgoing, Path};
use crate::quality::mean_opinion_score;
pub use crate::reception::QUIET_AFTER;
use crate::reception::{Activity, Reception};
use crate::rtcp::Reporter;
use crate::rtp;
use crate::series::{Series, Totals};
use crate::srtp::{SrtpProfile, SrtpSession};
use crate::statistics::{DropReason, LegStatistics};
use crate::transport::{Remote, Sign, Transport, TransportConfig};

/// All that a leg is made of. Random parts are arguments: the caller owns the random source.
#[derive(Clone)]
pub struct LegConfig {
    /// How the far end is found and keyed.
    pub transport: TransportConfig,
    /// Our one SSRC, as in the SDP.
    pub ssrc: u32,
    /// CNAME for RTCP, as in the SDP: `WhatsAppAudioStream1` on the platform.
    pub cname: String,
    /// First RTP sequence number sent; random, below 2^15 (RFC 3711 §3.3.1).
    pub first_sequence: u16,
    /// First RTP timestamp sent; random.
    pub first_timestamp: u32,
}

/// The protections a leg offers unless told otherwise: cheapest first, then the one all stacks have.
pub const DEFAULT_PROFILES: [SrtpProfile; 2] = [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

/// What a datagram turned out to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// An authenticated RTP packet of an agreed payload type from the leg's one source; it lies
    /// decrypted in the buffer that was passed in.
    Rtp {
        /// Its header.
        header: rtp::Header,
        /// Where in the buffer its payload lies, padding excluded.
        payload: Range<usize>,
    },
    /// An authenticated RTP packet of the leg's one source that cannot be passed on and is counted; its number is used up.
    Unusable {
        /// Its header.
        header: rtp::Header,
    },
    /// Authenticated RTCP, already digested into the statistics.
    Rtcp,
    /// Nothing for the caller: a check, a handshake message, or dropped and counted.
    Nothing,
}

/// News of a leg, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// This remote address has passed an authenticated check, for the first time or once more: datagrams from it belong to this leg.
    AddressProven(SocketAddr),
    /// ICE has a pair: this is where we send from now on.
    Nominated(Path),
    /// An authentic packet of a leg without ICE has fixed, or moved, where we send to.
    Latched(Path),
    /// There are keys: DTLS is done, or both descriptions have brought them. Media may flow both ways, as soon as there is a way.
    Connected(SrtpProfile),
    /// There will be no keys; the reason is in words for an operator.
    Failed(&'static str),
    /// RTP arrived, for the first time or after [`LegEvent::Quiet`].
    Heard,
    /// Neither RTP nor RTCP for two seconds, after there had been RTP.
    Quiet,
    /// Packets come with another SSRC from now on.
    OtherSource {
        /// How long nothing was heard before the first that was taken.
        unheard: Duration,
    },
    /// Packets come from another address from now on.
    OtherAddress {
        /// How long nothing was heard before the first.
        unheard: Duration,
    },
    /// A keypad digit was heard (RFC 4733); reported once, as soon as it begins.
    Digit(Digit),
}

/// How many events wait to be polled; further ones are dropped. A caller that polls after every
/// input never meets it.
const MAX_EVENTS: usize = 64;

/// One side of a call.
///
/// What a media packet needs lies in the struct itself; what only handshakes and operators need is
/// behind one pointer.
pub struct Leg {
    srtp: Option<SrtpSession>,
    path: Option<Path>,
    format: Format,
    listens: bool,
    /// The way follows the packets that come.
    latches: bool,
    /// The newest packet came from elsewhere than we send to.
    moving: bool,
    ssrc: u32,
    source: Option<media::Source>,
    /// Payload type and SSRC of the latest authentic packet.
    noted: Option<(u8, u32)>,
    reception: Reception,
    numbering: Numbering,
    activity: Activity,
    reporter: Reporter,
    counts: LegStatistics,
    /// Why an RTP packet was dropped last, and when.
    last_drop: Option<(DropReason, Instant)>,
    /// A packet of a second source was dropped since the last of the present one.
    contested: bool,
    /// RTP timestamp sent last, and when: the base of sender reports.
    sent: Option<(u32, Instant)>,
    epoch: Instant,
    /// Whether events wait.
    has_news: bool,
    /// Earliest of the transport's and the series' deadlines.
    cold_deadline: Option<Instant>,
    cold: Box<Cold>,
}

struct Cold {
    transport: Transport,
    cname: String,
    ear: Ear,
    series: Series,
    checklist: Checklist,
    events: VecDeque<LegEvent>,
}

impl Leg {
    /// A leg that knows itself only. Nothing is sent before [`set_remote`](Self::set_remote).
    pub fn new(config: LegConfig, now: Instant) -> Leg {
        let transport = Transport::new(config.transport);
        Leg {
            srtp: None,
            path: None,
            format: Format::OPUS,
            listens: true,
            latches: transport.latches(),
            moving: false,
            ssrc: config.ssrc,
            source: None,
            noted: None,
            reception: Reception::default(),
            numbering: Numbering::default(),
            activity: Activity::default(),
            reporter: Reporter::new(config.ssrc, now),
            counts: LegStatistics::default(),
            last_drop: None,
            contested: false,
            sent: None,
            epoch: now,
            has_news: false,
            cold_deadline: None,
            cold: Box::new(Cold {
                transport,
                cname: config.cname,
                ear: Ear::default(),
                series: Series::default(),
                checklist: Checklist::default(),
                events: VecDeque::new(),
            }),
        }
    }

    /// Applies the far end's SDP; once, later ones are ignored. What came too early is answered now.
    pub fn set_remote(&mut self, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        let Cold { transport, checklist, .. } = &mut *self.cold;
        if checklist.remote_known.is_some() {
            return;
        }
        checklist.remote_known = Some(now);
        checklist.ssrc_announced = remote.ssrc;
        self.format = remote.format;
        self.listens = remote.listens;
        transport.set_remote(remote.transport, now, checklist, out);
        self.follow_transport(now);
    }

    /// Takes one datagram. Media is decrypted in place: see [`Received::Rtp`].
    pub fn receive(&mut self, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) -> Received {
        match classify(datagram) {
            DatagramKind::Rtp => return self.receive_rtp(now, path, datagram),
            DatagramKind::Rtcp => return self.receive_rtcp(now, path, datagram),
            kind @ (DatagramKind::Stun | DatagramKind::Dtls) => {
                self.cold.transport.receive((kind, datagram), now, path, &mut self.cold.checklist, out);
                self.follow_transport(now);
            }
            DatagramKind::Garbage => self.count_drop(DropReason::Garbage),
        }
        Received::Nothing
    }

    /// Does whatever has become due: retransmissions, checks, reports, silence.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        if self.cold_deadline.is_some_and(|deadline| deadline <= now) {
            let totals = self.totals();
            self.cold.series.handle_timeout(now, totals);
            self.cold.transport.handle_timeout(now, &mut self.cold.checklist, out);
            self.follow_transport(now);
        }
        if self.activity.handle_timeout(now) {
            self.report(LegEvent::Quiet);
        }
        self.send_report(now, out);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called next; never, if `None`.
    pub fn next_deadline(&self) -> Option<Instant> {
        [self.cold_deadline, self.activity.deadline(), self.reporter.deadline()].into_iter().flatten().min()
    }

    /// The next piece of news.
    pub fn poll_event(&mut self) -> Option<LegEvent> {
        if !self.has_news {
            return None; // after nearly every packet, without a look at cold memory
        }
        let event = self.cold.events.pop_front();
        self.has_news = event.is_some();
        event
    }

    /// Whether media can flow: a nominated pair and keys.
    pub fn is_connected(&self) -> bool {
        self.srtp.is_some() && self.path.is_some()
    }

    /// Where we send to, once nominated.
    pub fn path(&self) -> Option<Path> {
        self.path
    }

    /// The format agreed with the far end; the platform's usual one before it is known.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether the far end takes what we send; true before it is known.
    pub fn listens(&self) -> bool {
        self.listens
    }

    /// A snapshot of the counters.
    pub fn statistics(&self, now: Instant) -> LegStatistics {
        let (Totals { lost, jitter, round_trip, .. }, expected) = (self.totals(), self.reception.expected());
        let loss_ratio_in = if expected > 0 { (lost as f32 / expected as f32).clamp(0.0, 1.0) } else { 0.0 };
        LegStatistics {
            age: now.saturating_duration_since(self.epoch),
            lost_in: lost,
            loss_ratio_in,
            lost_out: self.reporter.lost_out,
            jitter,
            round_trip,
            mos: (self.counts.packets_in > 0).then(|| mean_opinion_score(loss_ratio_in, jitter, round_trip)),
            ..self.counts.clone()
        }
    }

    /// How the leg went over time, up to this moment.
    pub fn series(&self, now: Instant) -> Series {
        self.cold.series.until(now, self.totals())
    }

    fn totals(&self) -> Totals {
        let (lost, jitter) = (self.reception.lost(), self.reception.jitter());
        Totals { packets: self.counts.packets_in, lost, jitter, round_trip: self.reporter.round_trip }
    }

    /// The milestones so far.
    pub fn checklist(&self) -> Checklist {
        Checklist {
            last_packet_in: self.source.map(|source| source.last),
            last_drop: self.last_drop,
            numbering: self.numbering.faults,
            rollover: self.srtp.as_ref().and_then(SrtpSession::rollover),
            ..self.cold.checklist.clone()
        }
    }

    /// See [`CallMedia::touch`](crate::CallMedia::touch).
    pub(crate) fn touch(&self) -> u64 {
        let parts =
            [self.source.is_some(), self.reception.is_counting(), self.activity.deadline().is_some(), self.reporter.deadline().is_some()];
        let near = parts.into_iter().map(u64::from).sum::<u64>() ^ self.counts.packets_in ^ u64::from(self.counts.source_changes);
        near ^ u64::from(self.has_news) ^ self.numbering.touch() ^ self.srtp.as_ref().map_or(0, SrtpSession::touch)
    }

    pub(crate) fn count_drop(&mut self, reason: DropReason) {
        self.counts.drops.count(reason);
    }

    /// Hears what came of the transport's latest step.
    fn follow_transport(&mut self, now: Instant) {
        while let Some(sign) = self.cold.transport.poll() {
            match sign {
                Sign::AddressProven(address) => self.report(LegEvent::AddressProven(address)),
                Sign::Way(path) if self.latches => self.go(now, path),
                Sign::Way(path) => {
                    self.path = Some(path);
                    self.report(LegEvent::Nominated(path));
                }
                Sign::Keys(session, profile) => {
                    self.srtp = Some(*session);
                    self.cold.checklist.keyed = Some(now);
                    if !self.latches {
                        self.reporter.start(now);
                    }
                    self.cold.series.begin(now);
                    self.report(LegEvent::Connected(profile));
                }
                Sign::Failed(words) => self.report(LegEvent::Failed(words)),
                Sign::Dropped(reason) => self.count_drop(reason),
            }
        }
        self.cold_deadline = [self.cold.transport.deadline(), self.cold.series.deadline()].into_iter().flatten().min();
    }

    /// Sends that way from now on: the first one, or another.
    fn go(&mut self, now: Instant, path: Path) {
        if self.path.replace(path).is_none() {
            self.reporter.start(now);
        } else {
            self.cold.checklist.moves += 1;
        }
        self.moving = false;
        self.report(LegEvent::Latched(path));
    }

    /// Skips everything up to "has keys".
    #[cfg(test)]
    pub(crate) fn wire_for_tests(&mut self, session: SrtpSession, path: Path) {
        self.srtp = Some(session);
        self.path = Some(path);
    }

    fn report(&mut self, event: LegEvent) {
        if self.cold.events.len() < MAX_EVENTS {
            self.cold.events.push_back(event);
            self.has_news = true;
        }
    }
}

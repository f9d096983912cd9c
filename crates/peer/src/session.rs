//! An endpoint without its socket: descriptions, one [`Leg`], the listener and the speaker, driven by moments and datagrams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use callport_relay::demux::{DatagramKind, classify};
use callport_relay::dtls::{DtlsLibrary, Identity};
use callport_relay::dtmf::Digit;
use callport_relay::leg::{DEFAULT_PROFILES, Leg, LegConfig, LegEvent, Received};
use callport_relay::outgoing::{Datagram, Outbox, Path};
use callport_relay::rtp::Header;
use callport_relay::transport::{Credentials, IceRole, Remote, SdesConfig, TransportConfig, WebRtcConfig};
use callport_sdp::{
    Codec, CryptoLine, DtlsRole, Format, Keying, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc,
    RemoteDescription, read_platform_answer, read_platform_offer, write_peer_answer, write_peer_offer,
};

use crate::clock::Beat;
use crate::ear::Ear;
use crate::error::PeerError;
use crate::event::{Milestones, News, Snapshot};
use crate::seeds::{Drawn, Seeds};
use crate::voice::{Listener, Speaker};
use crate::weather::Weather;

/// CNAME of our RTCP, as our SDP says it.
const CNAME: &str = "callport-peer";

/// Any number: there is one base address only.
const FOUNDATION: u32 = 1;

/// What a session is made of.
pub(crate) struct Setup {
    pub identity: Arc<Identity>,
    pub engine: DtlsLibrary,
    pub keying: Keying,
    pub seeds: Seeds,
    pub lost_percent: f32,
    pub ear: Ear,
}

/// One call's endpoint.
pub(crate) struct Session {
    identity: Arc<Identity>,
    engine: DtlsLibrary,
    keying: Keying,
    drawn: Drawn,
    ear: Ear,
    leg: Option<Leg>,
    local: Option<SocketAddr>,
    format: Format,
    listener: Listener,
    speaker: Speaker,
    beat: Option<Beat>,
    weather: Weather,
    lost_on_purpose: u64,
    milestones: Milestones,
    outbox: Outbox,
}

impl Session {
    pub(crate) fn new(setup: Setup) -> Result<Self, PeerError> {
        let drawn = setup.seeds.draw();
        Ok(Self {
            listener: Listener::new(setup.ear.clone())?,
            speaker: Speaker::new(drawn.sequence, drawn.timestamp)?,
            weather: Weather::new(setup.lost_percent, drawn.weather),
            identity: setup.identity,
            engine: setup.engine,
            keying: setup.keying,
            drawn,
            ear: setup.ear,
            leg: None,
            local: None,
            format: Format::OPUS,
            beat: None,
            lost_on_purpose: 0,
            milestones: Milestones::default(),
            outbox: Outbox::default(),
        })
    }

    /// Answers a platform's offer, from the address `local`.
    pub(crate) fn answer(&mut self, now: Instant, offer: &str, local: SocketAddr) -> Result<String, PeerError> {
        if self.leg.is_some() {
            return Err(PeerError::OutOfOrder);
        }
        let offer = speak_opus(read_platform_offer(offer)?)?;
        // Tag and suite of the line that we answer.
        let crypto = offer.sdes().map(|sdes| CryptoLine::new(sdes.crypto.tag, sdes.crypto.suite, self.drawn.sdes_key));
        let answer = write_peer_answer(&self.describe(local, crypto.as_ref()), &offer);
        self.create_leg(now, local, crypto);
        self.apply(now, &offer);
        Ok(answer)
    }

    /// Offers a call from the address `local`.
    pub(crate) fn offer(&mut self, now: Instant, local: SocketAddr) -> Result<String, PeerError> {
        if self.leg.is_some() {
            return Err(PeerError::OutOfOrder);
        }
        let crypto = (self.keying == Keying::Sdes)
            .then(|| CryptoLine::new(CryptoLine::PLATFORM_TAG, CryptoLine::PLATFORM_SUITE, self.drawn.sdes_key));
        let offer = write_peer_offer(&self.describe(local, crypto.as_ref()));
        self.create_leg(now, local, crypto);
        Ok(offer)
    }

    /// Applies the platform's answer to our offer.
    pub(crate) fn apply_answer(&mut self, now: Instant, answer: &str) -> Result<(), PeerError> {
        if self.leg.is_none() || self.milestones.remote_known.is_some() {
            return Err(PeerError::OutOfOrder);
        }
        let answer = speak_opus(read_platform_answer(answer)?)?;
        self.apply(now, &answer);
        Ok(())
    }

    fn describe(&self, local: SocketAddr, crypto: Option<&CryptoLine>) -> LocalDescription {
        let transport = match crypto {
            Some(crypto) => LocalTransport::Sdes(LocalSdes { address: local, crypto: crypto.clone(), rtcp_port: None }),
            None => LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: self.drawn.ufrag.clone(),
                ice_pwd: self.drawn.pwd.clone(),
                fingerprint: self.identity.fingerprint(),
                candidates: vec![LocalCandidate { foundation: FOUNDATION, address: local }],
            }),
        };
        LocalDescription { session_id: self.drawn.session_id, stream_id: self.drawn.stream_id.clone(), transport, ssrc: self.drawn.ssrc }
    }

    fn create_leg(&mut self, now: Instant, local: SocketAddr, crypto: Option<CryptoLine>) {
        let config = LegConfig {
            transport: match crypto {
                // The platform waits for our first packet, so we must not wait for its.
                Some(crypto) => TransportConfig::Sdes(SdesConfig { crypto, local, rtcp: None, waits: false }),
                None => TransportConfig::WebRtc(WebRtcConfig {
                    ice: IceRole::Full,
                    credentials: Credentials { ufrag: self.drawn.ufrag.clone(), pwd: self.drawn.pwd.clone() },
                    local: vec![local],
                    identity: self.identity.clone(),
                    engine: self.engine,
                    profiles: DEFAULT_PROFILES.to_vec(),
                    follow_nominations: false,
                }),
            },
            ssrc: self.drawn.ssrc,
            cname: CNAME.to_owned(),
            first_sequence: self.drawn.sequence,
            first_timestamp: self.drawn.timestamp,
        };
        self.local = Some(local);
        self.leg = Some(Leg::new(config, now));
    }

    fn apply(&mut self, now: Instant, theirs: &RemoteDescription) {
        let Some(remote) = Remote::of(theirs, theirs.our_dtls_role(DtlsRole::Client)) else { return };
        self.format = remote.format;
        self.milestones.remote_known = Some(now);
        if let Some(leg) = &mut self.leg {
            leg.set_remote(remote, now, &mut self.outbox);
        }
    }

    /// Takes one datagram.
    pub(crate) fn receive(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8], news: &mut Vec<News>) {
        let (Some(leg), Some(local)) = (&mut self.leg, self.local) else { return };
        if classify(datagram) == DatagramKind::Rtp && self.weather.loses() {
            self.lost_on_purpose += 1;
            return;
        }
        let received = leg.receive(now, Path { local, remote: from }, datagram, &mut self.outbox);
        if let Received::Rtp { header, payload } = received {
            let audio = header.payload_type == self.format.audio;
            if audio && self.milestones.first_packet_in.is_none() {
                self.milestones.first_packet_in = Some(now);
                news.push(News::FirstPacketIn);
            }
            if let Some(payload) = datagram.get(payload) {
                self.listener.receive(now, &header, payload, audio);
            }
        }
        self.collect(now, news);
    }

    /// Does what has become due: ICE, DTLS, reports, and the next frame of sound.
    pub(crate) fn wake(&mut self, now: Instant, news: &mut Vec<News>) {
        if let Some(leg) = &mut self.leg
            && leg.next_deadline().is_some_and(|at| at <= now)
        {
            leg.handle_timeout(now, &mut self.outbox);
        }
        self.collect(now, news);
        self.speak(now, news);
    }

    /// When [`Self::wake`] wants to be called next.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        let leg = self.leg.as_ref().and_then(Leg::next_deadline);
        let voice = self.beat.filter(|_| self.may_speak()).map(|beat| beat.next());
        let keys = self.speaker.key_deadline().filter(|_| self.may_speak());
        leg.into_iter().chain(voice).chain(keys).min()
    }

    fn may_speak(&self) -> bool {
        self.milestones.opened.is_some() && self.leg.as_ref().is_some_and(Leg::is_connected)
    }

    fn speak(&mut self, now: Instant, news: &mut Vec<News>) {
        if !self.may_speak() {
            return;
        }
        while let Some(packets) = self.speaker.next_key_packets(now, self.format.dtmf) {
            for (header, payload) in packets {
                self.send(now, header, &payload);
            }
        }
        let mut beat = self.beat.unwrap_or(Beat::starting(now));
        while let Some(skipped) = beat.due(now) {
            self.speaker.skip(skipped);
            self.speak_once(now, news);
        }
        self.beat = Some(beat);
    }

    fn speak_once(&mut self, now: Instant, news: &mut Vec<News>) {
        // Our own encoder on our own samples: it does not fail. Should it, a frame is missing and nothing else.
        let Ok(spoken) = self.speaker.speak(now, self.format.audio) else { return };
        if spoken.source_ended {
            news.push(News::Said);
        }
        let Some((header, payload)) = spoken.packet else { return };
        if self.send(now, header, &payload) && self.milestones.first_packet_out.is_none() {
            self.milestones.first_packet_out = Some(now);
            news.push(News::FirstPacketOut);
        }
    }

    /// Sends one packet, unless the weather takes it.
    fn send(&mut self, now: Instant, header: Header, payload: &[u8]) -> bool {
        if self.weather.loses() {
            self.lost_on_purpose += 1;
            return false;
        }
        self.leg.as_mut().is_some_and(|leg| leg.send_rtp(now, header, payload, &mut self.outbox))
    }

    /// Translates the leg's events.
    fn collect(&mut self, now: Instant, news: &mut Vec<News>) {
        let Some(leg) = &mut self.leg else { return };
        while let Some(event) = leg.poll_event() {
            match event {
                // The platform's relay keeps to its one address and source; and if not, it sounds the same.
                LegEvent::AddressProven(_) | LegEvent::OtherSource { .. } | LegEvent::OtherAddress { .. } => {}
                LegEvent::Nominated(path) | LegEvent::Latched(path) => {
                    self.milestones.nominated.get_or_insert(now);
                    news.push(News::Nominated(path.remote));
                }
                LegEvent::Connected(profile) => {
                    self.milestones.connected.get_or_insert(now);
                    news.push(News::Connected(profile));
                }
                LegEvent::Failed(reason) => news.push(News::Failed(reason)),
                // The first time is told with the packet itself.
                LegEvent::Heard if self.milestones.first_packet_in == Some(now) => {}
                LegEvent::Heard => news.push(News::HeardAgain),
                LegEvent::Quiet => news.push(News::Quiet),
                LegEvent::Digit(digit) => {
                    self.ear.note_digit(digit.to_char());
                    news.push(News::Digit(digit.to_char()));
                }
            }
        }
    }

    /// Replaces what is being said.
    pub(crate) fn say(&mut self, source: Box<dyn callport_audio::Source>) {
        self.speaker.say(source);
    }

    /// From now on packets are sent every 20 ms, of silence if there is nothing to say.
    pub(crate) fn open(&mut self, now: Instant) {
        self.milestones.opened.get_or_insert(now);
    }

    /// Queues keys; says how many were taken.
    pub(crate) fn press(&mut self, now: Instant, digits: impl IntoIterator<Item = Digit>) -> usize {
        self.speaker.press(now, digits)
    }

    pub(crate) fn source_started_at(&self) -> Option<Instant> {
        self.speaker.source_started_at()
    }

    /// Everything measured; nothing before the descriptions are exchanged.
    pub(crate) fn snapshot(&self, now: Instant) -> Snapshot {
        let leg = self.leg.as_ref();
        Snapshot {
            statistics: leg.map(|leg| leg.statistics(now)).unwrap_or_default(),
            checklist: leg.map(|leg| leg.checklist().clone()).unwrap_or_default(),
            milestones: self.milestones,
            lost_on_purpose: self.lost_on_purpose,
        }
    }

    /// Says goodbye to the far end.
    pub(crate) fn close(&mut self, now: Instant) {
        if let Some(leg) = &mut self.leg {
            leg.close(now, &mut self.outbox);
        }
    }

    /// The next datagram to send.
    pub(crate) fn pop(&mut self) -> Option<Datagram> {
        self.outbox.pop()
    }
}

/// The description with Opus as the call's codec, whatever order the far end prefers.
fn speak_opus(theirs: RemoteDescription) -> Result<RemoteDescription, PeerError> {
    theirs.with_codec(Codec::Opus).ok_or(PeerError::NoOpus)
}

//! A media plane, the engine's ears, and far ends that speak through sockets of their own. One thread drives the far ends: it
//! waits on sockets and never sleeps.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_core::call::{Answer, MediaSign};
use callport_core::call_id::CallId;
use callport_core::codec::AdditionalCodec;
use callport_core::ids::PhoneNumberId;
use callport_core::key_exchange::KeyExchange;
use callport_core::time::WallTime;
use callport_engine::journal::Fact;
use callport_engine::ports::{
    Media as _, MediaEvent, MediaFault, OpenBusinessCall, OpenCall, OpenedBusinessCall, OpenedCall, media_events,
};
use callport_engine::records::{CheckOutcome, LegReport, MediaReport};
use callport_media::udp::{self, wait_readable};
use callport_media::{MediaConfig, MediaParts, MediaPlane, ThreadCounters};
use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::rtp::Header;
use callport_relay::{
    Credentials, Digit, DtlsLibrary, IceRole, Identity, Leg, LegConfig, LegEvent, Outbox, Path, Received, Remote, RemoteTransport,
    SdesConfig, TransportConfig, WebRtcConfig,
};
use callport_sdp::{
    self as sdp, CryptoLine, CryptoSuite, DtlsRole, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc,
    RemoteDescription,
};
use callport_testkit::{Counting, TestClock};
use tokio::sync::mpsc;

/// Longest a test waits for anything before it says that it does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// First octet of an Opus packet with one frame of 20 ms (RFC 6716 §3.1).
const OPUS_20_MS: u8 = 0x78;

pub(crate) struct World {
    pub plane: MediaPlane,
    pub events: mpsc::Receiver<MediaEvent>,
    pub seen: Vec<MediaEvent>,
    /// Where the keys of business legs come from.
    pub keys: KeyExchange,
    runtime: tokio::runtime::Runtime,
    next: u32,
}

/// A plane on the loopback.
pub(crate) fn config() -> MediaConfig {
    MediaConfig { bind: vec!["127.0.0.1".parse().unwrap()], calls_per_thread: 64, ..MediaConfig::default() }
}

/// The number of all calls whose number does not matter.
pub(crate) fn any_number() -> PhoneNumberId {
    PhoneNumberId::parse("106540352242922").unwrap()
}

impl World {
    pub(crate) fn new(config: MediaConfig) -> World {
        World::with_channel(config, 4096)
    }

    pub(crate) fn with_channel(config: MediaConfig, capacity: usize) -> World {
        let (sender, events) = media_events(capacity);
        let identity = Identity::self_signed().unwrap();
        let parts = MediaParts {
            identity: identity.clone(),
            random: Arc::new(Counting::default()),
            clock: Arc::new(TestClock::default()),
            events: sender,
        };
        World {
            plane: MediaPlane::start(config, parts).unwrap(),
            events,
            seen: Vec::new(),
            keys: KeyExchange::Dtls,
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap(),
            next: 0,
        }
    }

    /// The first port of the first thread: the one of the first call.
    pub(crate) fn address(&self) -> SocketAddr {
        self.plane.advertised()[0].v4.unwrap()
    }

    pub(crate) fn call_id(&mut self) -> CallId {
        self.next += 1;
        CallId::parse(&format!("wacid.{}", self.next)).unwrap()
    }

    /// A far end with a certificate of its own.
    pub(crate) fn peer(&mut self) -> Peer {
        self.peer_with("127.0.0.1:0", |_| {})
    }

    pub(crate) fn peer_with(&mut self, bind: &str, change: impl FnOnce(&mut LegConfig)) -> Peer {
        self.peer_on(udp::bind(bind.parse().unwrap(), Default::default()).unwrap(), change)
    }

    /// A far end that writes its key into its description, of that suite and with RTCP on a socket of its own or not.
    pub(crate) fn sdes_peer(&mut self, suite: CryptoSuite, muxes: bool) -> Peer {
        let socket = udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap();
        let rtcp = (!muxes).then(|| udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap());
        self.next += 1;
        let crypto = CryptoLine::new(1, suite, std::array::from_fn(|index| self.next as u8 ^ index as u8 ^ 0x5a));
        let sdes = SdesConfig {
            crypto,
            local: socket.local_addr().unwrap(),
            rtcp: rtcp.as_ref().map(|socket| socket.local_addr().unwrap()),
            waits: false,
        };
        let config = LegConfig {
            transport: TransportConfig::Sdes(sdes),
            ssrc: 1000 + self.next,
            cname: "peer".to_owned(),
            first_sequence: 100,
            first_timestamp: 1000,
        };
        let mut peer = Peer::new(socket, config);
        peer.rtcp = rtcp;
        peer
    }

    /// A far end on a socket that it may share with others.
    pub(crate) fn peer_on(&mut self, socket: UdpSocket, change: impl FnOnce(&mut LegConfig)) -> Peer {
        self.next += 1;
        let mut config = LegConfig {
            transport: TransportConfig::WebRtc(WebRtcConfig {
                ice: IceRole::Full,
                credentials: Credentials { ufrag: format!("peer{}", self.next), pwd: format!("{:0>24}", self.next) },
                local: vec![socket.local_addr().unwrap()],
                identity: Identity::self_signed().unwrap(),
                engine: DtlsLibrary::Dimpl,
                profiles: DEFAULT_PROFILES.to_vec(),
                follow_nominations: true,
            }),
            ssrc: 1000 + self.next,
            cname: "peer".to_owned(),
            first_sequence: 100,
            first_timestamp: 1000,
        };
        change(&mut config);
        Peer::new(socket, config)
    }

    pub(crate) fn open(&mut self, phone: &Peer) -> (CallId, OpenedCall) {
        let call = self.call_id();
        let opened = self.try_open(&call, phone.offer()).unwrap();
        (call, opened)
    }

    pub(crate) fn try_open(&self, call: &CallId, phone_offer: String) -> Result<OpenedCall, MediaFault> {
        self.open_with(call, phone_offer, vec![])
    }

    pub(crate) fn open_with(&self, call: &CallId, phone_offer: String, codecs: Vec<AdditionalCodec>) -> Result<OpenedCall, MediaFault> {
        self.open_at(any_number(), call, phone_offer, codecs)
    }

    /// Opens a call of that number.
    pub(crate) fn open_at(
        &self,
        number: PhoneNumberId,
        call: &CallId,
        phone_offer: String,
        codecs: Vec<AdditionalCodec>,
    ) -> Result<OpenedCall, MediaFault> {
        let now = WallTime::from_unix_millis(1_795_341_600_412);
        self.runtime.block_on(self.plane.open(OpenCall { call: call.clone(), number, phone_offer, codecs, keys: self.keys, now }))
    }

    pub(crate) fn rejoin(&self, call: &CallId, offer: String) -> String {
        self.try_rejoin(call, offer).unwrap()
    }

    pub(crate) fn try_rejoin(&self, call: &CallId, offer: String) -> Result<String, MediaFault> {
        self.runtime.block_on(self.plane.rejoin(call, offer))
    }

    /// Opens the media of a business's call.
    pub(crate) fn ring(
        &self,
        call: &CallId,
        business_offer: String,
        codecs: Vec<AdditionalCodec>,
    ) -> Result<OpenedBusinessCall, MediaFault> {
        let now = WallTime::from_unix_millis(1_795_341_702_118);
        let request = OpenBusinessCall { call: call.clone(), number: any_number(), business_offer, codecs, keys: self.keys, now };
        self.runtime.block_on(self.plane.open_business_call(request))
    }

    /// A call of a business that is answered and waits for a phone; the phone has not heard of it.
    pub(crate) fn ringing(&mut self) -> Party {
        let (phone, mut business) = (self.peer(), self.peer());
        let id = self.call_id();
        let opened = self.ring(&id, business.offer(), vec![]).unwrap();
        business.take_answer(&opened.business_answer);
        Party { id, phone, business }
    }

    pub(crate) fn pick_up(&self, call: &CallId, phone: &mut Peer) {
        let answer = self.try_pick_up(call, phone.offer()).unwrap();
        phone.take_answer(&answer);
    }

    pub(crate) fn try_pick_up(&self, call: &CallId, offer: String) -> Result<String, MediaFault> {
        self.runtime.block_on(self.plane.pick_up(call, offer))
    }

    pub(crate) fn report(&self, call: &CallId) -> Option<MediaReport> {
        self.runtime.block_on(self.plane.report(call))
    }

    /// The first thread's counters.
    pub(crate) fn counters(&self) -> ThreadCounters {
        self.runtime.block_on(self.plane.counters()).remove(0)
    }

    /// A call with both far ends told of each other's descriptions.
    pub(crate) fn call(&mut self) -> Party {
        let (phone, business) = (self.peer(), self.peer());
        self.call_between(phone, business)
    }

    /// A call of a phone to a business with keys by SDES.
    pub(crate) fn sdes_call(&mut self, muxes: bool) -> Party {
        self.keys = KeyExchange::Sdes;
        let (phone, business) = (self.peer(), self.sdes_peer(CryptoLine::PLATFORM_SUITE, muxes));
        self.call_between(phone, business)
    }

    pub(crate) fn call_between(&mut self, phone: Peer, business: Peer) -> Party {
        self.call_with(phone, business, |answer| answer)
    }

    /// A call whose business sends another answer than the one its leg was made for.
    pub(crate) fn call_with(&mut self, mut phone: Peer, mut business: Peer, change: impl FnOnce(String) -> String) -> Party {
        let (id, opened) = self.open(&phone);
        phone.take_answer(&opened.phone_answer);
        let answer = Answer::new(change(business.answer(&opened.business_offer)));
        let read = self.plane.read_answer(&answer, &[], self.keys).unwrap();
        self.plane.apply_answer(&id, &read);
        Party { id, phone, business }
    }

    /// A call over which audio flows both ways.
    pub(crate) fn talking(&mut self) -> Party {
        let party = self.call();
        self.connect(party)
    }

    /// Opens the gate and waits until audio flows both ways.
    pub(crate) fn connect(&mut self, mut party: Party) -> Party {
        self.plane.open_gate(&party.id);
        self.drive(&mut party, "both legs to connect", |party| party.phone.leg.is_connected() && party.business.leg.is_connected());
        self.talk_until(&mut party, "audio both ways", |party| !party.phone.heard.is_empty() && !party.business.heard.is_empty());
        party
    }

    /// Waits until the plane has told so, in whatever order.
    pub(crate) fn drive_until_sign(&mut self, party: &mut Party, sign: MediaSign) {
        let until = Instant::now() + PATIENCE;
        while !self.signs().contains(&sign) {
            assert!(Instant::now() < until, "{sign:?} was not told; {:?}; {}", self.texts(), self.why(&party.id));
            pump(&mut [&mut party.phone, &mut party.business]);
            self.listen();
        }
    }

    /// Lets both far ends work until `done`.
    pub(crate) fn drive(&mut self, party: &mut Party, what: &str, mut done: impl FnMut(&mut Party) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !done(party) {
            assert!(Instant::now() < until, "{what} did not come; {:?}; {}", self.texts(), self.why(&party.id));
            pump(&mut [&mut party.phone, &mut party.business]);
            self.listen();
        }
    }

    /// The same while both send a packet every few milliseconds.
    pub(crate) fn talk_until(&mut self, party: &mut Party, what: &str, mut done: impl FnMut(&mut Party) -> bool) {
        self.drive(party, what, |party| {
            party.phone.say();
            party.business.say();
            done(party)
        });
    }

    /// Takes the events that are there.
    pub(crate) fn listen(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.seen.push(event);
        }
    }

    /// Waits for the end of a call and returns its last report.
    pub(crate) fn closed(&mut self, call: &CallId) -> MediaReport {
        loop {
            let found = self.seen.iter().position(|event| matches!(event, MediaEvent::Closed { call: closed, .. } if closed == call));
            if let Some(MediaEvent::Closed { report, .. }) = found.map(|index| self.seen.remove(index)) {
                return *report;
            }
            let next = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await });
            self.seen.push(next.expect("the end of the call is told").expect("somebody tells"));
        }
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |event: &MediaEvent| match event {
            MediaEvent::Milestone { side, milestone, .. } => Some(Fact::Media { side: *side, milestone: milestone.clone() }.to_string()),
            _ => None,
        };
        self.seen.iter().filter_map(text).collect()
    }

    pub(crate) fn signs(&self) -> Vec<MediaSign> {
        let sign = |event: &MediaEvent| match event {
            MediaEvent::Sign { sign, .. } => Some(*sign),
            _ => None,
        };
        self.seen.iter().filter_map(sign).collect()
    }

    fn why(&self, call: &CallId) -> String {
        self.report(call).map_or_else(|| "no such call".to_owned(), |report| format!("{report:#?}"))
    }
}

/// Both far ends of a call.
pub(crate) struct Party {
    pub id: CallId,
    pub phone: Peer,
    pub business: Peer,
}

/// A far end: a full ICE agent on a socket.
pub(crate) struct Peer {
    pub socket: UdpSocket,
    /// For RTCP, if that does not share the other.
    pub rtcp: Option<UdpSocket>,
    /// Datagrams that came to that.
    pub heard_apart: usize,
    pub leg: Leg,
    /// Audio that arrived.
    pub heard: Vec<(Header, Vec<u8>)>,
    pub events: Vec<LegEvent>,
    pub said: u32,
    /// What left with the last flush.
    pub sent: Vec<Vec<u8>>,
    /// Units by which its timestamps go on; none for what its codec wants.
    pub step: Option<u32>,
    /// The candidate the leg knows itself by, whatever socket it uses.
    local: SocketAddr,
    /// Its key, if that stands in its description.
    pub crypto: Option<CryptoLine>,
    credentials: Credentials,
    pub fingerprint: [u8; 32],
    pub ssrc: u32,
    /// In DTLS, where it may choose.
    pub role: DtlsRole,
    platform_ufrag: String,
    /// Where this far end was told to send to.
    pub platform: Option<SocketAddr>,
    out: Outbox,
}

impl Peer {
    fn new(socket: UdpSocket, config: LegConfig) -> Peer {
        let ssrc = config.ssrc;
        let (local, credentials, fingerprint, crypto) = match &config.transport {
            TransportConfig::WebRtc(ours) => (ours.local[0], ours.credentials.clone(), ours.identity.fingerprint(), None),
            TransportConfig::Sdes(ours) => {
                (ours.local, Credentials { ufrag: String::new(), pwd: String::new() }, [0; 32], Some(ours.crypto.clone()))
            }
        };
        let leg = Leg::new(config, Instant::now());
        Peer {
            socket,
            rtcp: None,
            heard_apart: 0,
            leg,
            heard: vec![],
            events: vec![],
            said: 0,
            sent: vec![],
            step: None,
            local,
            crypto,
            credentials,
            fingerprint,
            ssrc,
            role: DtlsRole::Client,
            platform_ufrag: String::new(),
            platform: None,
            out: Outbox::default(),
        }
    }

    pub(crate) fn description(&self) -> LocalDescription {
        if let Some(crypto) = self.crypto.clone() {
            let rtcp_port = self.rtcp.as_ref().map(|socket| socket.local_addr().unwrap().port());
            let transport = LocalTransport::Sdes(LocalSdes { address: self.local, crypto, rtcp_port });
            return LocalDescription {
                session_id: 4_611_701_293_847_561,
                stream_id: "f132bf2d-e040-415c-a064-a11485f1115b".to_owned(),
                transport,
                ssrc: self.ssrc,
            };
        }
        LocalDescription {
            session_id: 4_611_701_293_847_561,
            stream_id: "f132bf2d-e040-415c-a064-a11485f1115b".to_owned(),
            transport: LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: self.credentials.ufrag.clone(),
                ice_pwd: self.credentials.pwd.clone(),
                fingerprint: self.fingerprint,
                candidates: vec![LocalCandidate { foundation: 1, address: self.local }],
            }),
            ssrc: self.ssrc,
        }
    }

    /// A phone's offer.
    pub(crate) fn offer(&self) -> String {
        sdp::write_peer_offer(&self.description())
    }

    /// Takes the platform's answer to it.
    pub(crate) fn take_answer(&mut self, answer: &str) {
        let description = sdp::read_platform_answer(answer).unwrap();
        self.take(&description);
    }

    /// A business's answer to the platform's offer.
    pub(crate) fn answer(&mut self, offer: &str) -> String {
        let description = sdp::read_platform_offer(offer).unwrap();
        self.take(&description);
        let answer = sdp::write_peer_answer(&self.description(), &description);
        match self.role {
            DtlsRole::Client => answer,
            DtlsRole::Server => answer.replace("a=setup:active", "a=setup:passive"),
        }
    }

    pub(crate) fn take(&mut self, description: &RemoteDescription) {
        let role = description.our_dtls_role(self.role);
        self.platform_ufrag = description.webrtc().map(|webrtc| webrtc.ice_ufrag.clone()).unwrap_or_default();
        let described = description.sdes().and_then(|sdes| sdes.address);
        self.platform = described.or(description.candidates().first().map(|candidate| candidate.address));
        let mut remote = Remote::of(description, role).unwrap();
        if let RemoteTransport::Sdes(sdes) = &mut remote.transport {
            sdes.rtcp_mux &= self.rtcp.is_none(); // both ends have to want it
        }
        self.leg.set_remote(remote, Instant::now(), &mut self.out);
    }

    /// Twenty milliseconds of audio that tells its number.
    pub(crate) fn say(&mut self) {
        self.say_as(111, self.ssrc);
    }

    pub(crate) fn say_as(&mut self, payload_type: u8, ssrc: u32) {
        let mut payload = [0x5a; 120];
        payload[0] = OPUS_20_MS;
        payload[1..5].copy_from_slice(&self.said.to_be_bytes());
        let header = Header {
            marker: self.said == 0,
            payload_type,
            sequence: 100 + self.said as u16,
            timestamp: 1000 + self.step.unwrap_or(960) * self.said,
            ssrc,
        };
        if self.leg.send_rtp(Instant::now(), header, &payload, &mut self.out) {
            self.said += 1;
        }
        self.flush();
    }

    /// Twenty milliseconds of audio in the codec of this end.
    #[cfg(feature = "transcode")]
    pub(crate) fn say_payload(&mut self, payload: &[u8]) {
        let format = self.leg.format();
        let (sequence, timestamp) = (100 + self.said as u16, 1000 + self.step.unwrap_or(format.clock_hz / 50) * self.said);
        let header = Header { marker: self.said == 0, payload_type: format.audio, sequence, timestamp, ssrc: self.ssrc };
        if self.leg.send_rtp(Instant::now(), header, payload, &mut self.out) {
            self.said += 1;
        }
        self.flush();
    }

    /// Number of the last packet that was said by the far end and heard here.
    pub(crate) fn last_heard(&self) -> Option<u32> {
        self.heard.last().map(|(_, payload)| number(payload))
    }

    /// Asserts that of what was said since the first packet heard nothing is missing, and that the relay numbered it without a gap.
    pub(crate) fn assert_unbroken(&self) {
        let numbers: Vec<u32> = self.heard.iter().map(|(_, payload)| number(payload)).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "packets are missing or out of order: {numbers:?}");
        self.assert_numbered_without_gap();
    }

    /// Asserts that the relay numbered what arrived as one stream.
    pub(crate) fn assert_numbered_without_gap(&self) {
        let sequences: Vec<u16> = self.heard.iter().map(|(header, _)| header.sequence).collect();
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "sequence numbers have gaps: {sequences:?}");
    }

    pub(crate) fn digits(&self) -> Vec<char> {
        let digit = |event: &LegEvent| match event {
            LegEvent::Digit(digit) => Some(Digit::to_char(*digit)),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    /// Goes over to another socket, as behind a NAT that has forgotten the old port.
    pub(crate) fn rebind(&mut self) {
        self.socket = udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap();
    }

    /// The platform's user name fragment, as this far end was told.
    pub(crate) fn platform_ufrag(&self) -> &str {
        &self.platform_ufrag
    }

    pub(crate) fn flush(&mut self) {
        self.sent.clear();
        while let Some(datagram) = self.out.pop() {
            let apart = self.rtcp.as_ref().filter(|_| datagram.path.local != self.local);
            apart.unwrap_or(&self.socket).send_to(&datagram.bytes, datagram.path.remote).unwrap();
            self.sent.push(datagram.bytes);
        }
    }

    /// Takes what waits on the socket and does what is due.
    pub(crate) fn step(&mut self) {
        let mut room = [0; 2048];
        while let Ok((length, remote)) = self.socket.recv_from(&mut room) {
            self.hear(remote, &mut room[..length]);
        }
        while let Some((length, remote)) = self.rtcp.as_ref().and_then(|rtcp| rtcp.recv_from(&mut room).ok()) {
            self.heard_apart += 1;
            self.hear(remote, &mut room[..length]);
        }
        self.tend();
    }

    /// Takes a datagram that somebody else has read from the socket.
    pub(crate) fn hear(&mut self, remote: SocketAddr, datagram: &mut [u8]) {
        let path = Path { local: self.local, remote };
        if let Received::Rtp { header, payload } = self.leg.receive(Instant::now(), path, datagram, &mut self.out)
            && header.payload_type == self.leg.format().audio
        {
            self.heard.push((header, datagram[payload].to_vec()));
        }
    }

    /// Does what is due, without a look at the socket.
    pub(crate) fn tend(&mut self) {
        self.tend_at(Instant::now());
    }

    /// The same with a clock of its own.
    pub(crate) fn tend_at(&mut self, now: Instant) {
        if self.leg.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.leg.handle_timeout(now, &mut self.out);
        }
        self.flush();
        while let Some(event) = self.leg.poll_event() {
            self.events.push(event);
        }
    }
}

fn number(payload: &[u8]) -> u32 {
    u32::from_be_bytes(payload[1..5].try_into().unwrap())
}

/// One step of every far end, then a wait for a datagram or two milliseconds, whichever is first.
pub(crate) fn pump(peers: &mut [&mut Peer]) {
    for peer in peers.iter_mut() {
        peer.step();
    }
    let sockets: Vec<_> = peers.iter().take(8).map(|peer| peer.socket.as_fd()).collect();
    wait_readable(&sockets, Some(Duration::from_millis(2)));
}

/// The checks that did not pass, in words. These far ends speak as fast as they can, so that they are said to send bursts is right.
pub(crate) fn unpassed(leg: &LegReport) -> Vec<String> {
    leg.checks
        .iter()
        .filter(|check| check.outcome != CheckOutcome::Passed && !check.says.contains("they come in bursts"))
        .map(|check| format!("{} {:?}: {}", check.step, check.outcome, check.says))
        .collect()
}

impl World {
    /// Gives a business's answer to a call that offers Opus, as the engine does: read first.
    pub(crate) fn answer(&self, id: &CallId, answer: &Answer) {
        let read = self.plane.read_answer(answer, &[], self.keys).unwrap();
        self.plane.apply_answer(id, &read);
    }
}

/// A check of a report.
pub(crate) fn check<'a>(leg: &'a LegReport, step: &str) -> (CheckOutcome, &'a str) {
    let check = leg.checks.iter().find(|check| check.step == step).unwrap();
    (check.outcome, &check.says)
}

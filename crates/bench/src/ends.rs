//! Far ends by the thousand: phones and businesses with real ICE, DTLS and SRTP, all on one UDP socket.
//!
//! Each end has an address of its own out of 127/8, all on the port of the one socket, which listens on every address. So the platform meets as
//! many remote addresses as there are ends, while the load makes one system call for a whole batch of datagrams instead of one for each,
//! and is not the slower side of the benchmark.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_engine::ports::Random;
use callport_media::udp::{self, BATCH, Flushed, Inbox, Outbatch, SocketOptions, wait_readable};
use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::rtp::Header;
use callport_relay::{
    Credentials, DtlsLibrary, IceRole, Identity, Leg, LegConfig, Outgoing, Path, Received, Remote, RemoteTransport, SdesConfig,
    TransportConfig, WebRtcConfig, WebRtcRemote,
};
use callport_sdp::{
    self as sdp, Codec, CryptoKey, CryptoLine, DtlsRole, Format, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc,
    RemoteDescription, SdpRefusal,
};

use crate::PAYLOAD;
use crate::voice::{Learned, SAMPLES, made_voice};

/// Most ends on one socket.
pub(crate) const MAX_ENDS: usize = 60_000;

/// The first end's address; the others follow.
const FIRST: u32 = u32::from_be_bytes([127, 1, 0, 0]);

/// Asked of the kernel for the one socket, as the platform's own may have.
const SOCKET_BYTES: usize = 16 << 20;

/// Batches taken from the socket at a time, so that nothing else waits longer than those take.
const MAX_BATCHES: usize = 16;

/// Ends whose timers one call of [`Ends::tend`] looks at, besides those of ends that are not connected yet: the load has better things to do than to
/// look at thousands of ends that want nothing.
const TENDED: usize = 16;

/// Places that rest before one of them is used again.
const RESTING: usize = 2048;

/// Which end.
pub(crate) type Number = usize;

/// What an end says that is to be turned into another codec.
#[derive(Clone, Copy)]
enum Voice {
    /// The packets of Opus that were learned.
    Learned(usize),
    /// The made voice.
    Made(usize),
}

/// One far end.
struct End {
    leg: Leg,
    /// What it says, if not stamps.
    voice: Option<Voice>,
    local: SocketAddr,
    description: LocalDescription,
    header: Header,
    failed: Option<&'static str>,
}

/// All of them.
pub(crate) struct Ends {
    random: Arc<dyn Random>,
    identity: Arc<Identity>,
    inbox: Inbox,
    way: Way,
    port: u16,
    ends: Vec<Option<Box<End>>>,
    free: VecDeque<Number>,
    /// Ends that are not connected yet.
    young: Vec<Number>,
    /// The end that was tended last.
    next: usize,
    made: Vec<[u8; SAMPLES]>,
    learned: Learned,
    kernel_drops: u32,
}

/// The way out: the socket and the batch that is being filled.
struct Way {
    socket: UdpSocket,
    batch: Outbatch,
    sent: Flushed,
}

/// What an end heard.
pub(crate) struct Heard<'a> {
    /// Which end.
    pub by: Number,
    /// When its batch was taken from the socket.
    pub at: Instant,
    /// What the packet carried.
    pub payload: &'a [u8],
    /// That is speech, and no stamp.
    pub is_voice: bool,
}

impl Ends {
    /// Nobody yet.
    pub(crate) fn bind(random: Arc<dyn Random>) -> Result<Ends, crate::BenchFault> {
        let socket = udp::bind((Ipv4Addr::UNSPECIFIED, 0).into(), SocketOptions { buffer_bytes: SOCKET_BYTES })?;
        Ok(Ends {
            random,
            identity: Identity::self_signed()?,
            inbox: Inbox::default(),
            port: socket.local_addr()?.port(),
            way: Way { socket, batch: Outbatch::default(), sent: Flushed::default() },
            ends: Vec::new(),
            free: VecDeque::new(),
            young: Vec::new(),
            next: 0,
            made: Vec::new(),
            learned: Learned::default(),
            kernel_drops: 0,
        })
    }

    /// A new end that knows nobody: the full, controlling side of ICE, as phones and businesses are.
    pub(crate) fn add(&mut self, now: Instant) -> Option<Number> {
        self.add_as(IceRole::Full, now)
    }

    /// Two ends of ours that talk without a platform between them: what the network and the load itself cost.
    pub(crate) fn add_pair(&mut self, now: Instant) -> Option<(Number, Number)> {
        let (caller, callee) = (self.add_as(IceRole::Full, now)?, self.add_as(IceRole::Lite, now)?);
        for (end, other, role) in [(callee, caller, DtlsRole::Server), (caller, callee, DtlsRole::Client)] {
            let other = self.ends.get(other)?.as_ref()?;
            let LocalTransport::WebRtc(described) = &other.description.transport else { return None };
            let remote = Remote {
                transport: RemoteTransport::WebRtc(WebRtcRemote {
                    credentials: Credentials { ufrag: described.ice_ufrag.clone(), pwd: described.ice_pwd.clone() },
                    fingerprint: described.fingerprint,
                    dtls_role: role,
                    candidates: vec![other.local],
                }),
                format: Format::OPUS,
                ssrc: None,
                listens: true,
            };
            self.ends.get_mut(end)?.as_mut()?.leg.set_remote(remote, now, &mut self.way);
        }
        Some((caller, callee))
    }

    /// A new end that knows nobody, with its key in its description.
    pub(crate) fn add_by_sdes(&mut self, now: Instant) -> Option<Number> {
        self.place(now, End::by_sdes)
    }

    /// The two ends of a call whose audio is turned into another codec: what they say is speech.
    pub(crate) fn let_speak(&mut self, phone: Number, business: Number) {
        if self.made.is_empty() {
            self.made = made_voice();
        }
        // Each begins elsewhere, so that they do not all pause together.
        for (number, voice) in [(phone, Voice::Learned(7 * phone)), (business, Voice::Made(7 * business))] {
            if let Some(end) = self.ends.get_mut(number).and_then(Option::as_mut) {
                end.voice = Some(voice);
            }
        }
    }

    /// Whether it says speech.
    pub(crate) fn speaks(&self, number: Number) -> bool {
        self.end(number).is_some_and(|end| end.voice.is_some())
    }

    /// Says the next packet of its speech; false when it has no way to its far end, or nothing to say yet.
    pub(crate) fn speak(&mut self, number: Number, now: Instant) -> bool {
        let Some(end) = self.ends.get_mut(number).and_then(Option::as_mut) else { return false };
        let (payload, step) = match &mut end.voice {
            Some(Voice::Learned(index)) if self.learned.is_enough() => {
                *index += 1;
                (self.learned.packet(*index), 960)
            }
            Some(Voice::Made(index)) => {
                *index += 1;
                (self.made.get(*index % self.made.len().max(1)).map(<[u8; SAMPLES]>::as_slice), 160)
            }
            Some(Voice::Learned(_)) | None => return false,
        };
        let Some(payload) = payload else { return false };
        end.header.payload_type = end.leg.format().audio;
        end.header.sequence = end.header.sequence.wrapping_add(1);
        end.header.timestamp = end.header.timestamp.wrapping_add(step);
        end.leg.send_rtp(now, end.header, payload, &mut self.way)
    }

    fn add_as(&mut self, ice: IceRole, now: Instant) -> Option<Number> {
        self.place(now, |identity, random, local, now| End::new(identity, random, ice, local, now))
    }

    /// Makes an end for a free place.
    fn place(&mut self, now: Instant, make: impl FnOnce(&Arc<Identity>, &dyn Random, SocketAddr, Instant) -> End) -> Option<Number> {
        // The oldest free place, and not before many others were freed: the platform must have forgotten whom it knew by this address.
        let rested = self.free.len() > RESTING || self.ends.len() >= MAX_ENDS;
        let number = match if rested { self.free.pop_front() } else { None } {
            Some(number) => number,
            None if self.ends.len() < MAX_ENDS => {
                self.ends.push(None);
                self.ends.len() - 1
            }
            None => return None,
        };
        let local = SocketAddr::from((Ipv4Addr::from_bits(FIRST + u32::try_from(number).ok()?), self.port));
        self.ends[number] = Some(Box::new(make(&self.identity, self.random.as_ref(), local, now)));
        self.young.push(number);
        Some(number)
    }

    /// Forgets an end; its place is used again.
    pub(crate) fn remove(&mut self, number: Number) {
        if self.ends.get_mut(number).and_then(Option::take).is_some() {
            self.free.push_back(number);
        }
    }

    /// A phone's offer.
    pub(crate) fn offer(&self, number: Number) -> Option<String> {
        Some(sdp::write_peer_offer(&self.end(number)?.description))
    }

    /// The platform's answer to it.
    pub(crate) fn take_answer(&mut self, number: Number, answer: &str, now: Instant) -> Result<(), SdpRefusal> {
        let answer = sdp::read_platform_answer(answer)?;
        self.take(number, &answer, now);
        Ok(())
    }

    /// A business's answer to the platform's offer.
    pub(crate) fn answer(&mut self, number: Number, offer: &str, now: Instant) -> Result<Option<String>, SdpRefusal> {
        let mut offer = sdp::read_platform_offer(offer)?;
        if self.speaks(number) {
            offer = offer.clone().with_codec(Codec::Pcmu).unwrap_or(offer);
        }
        self.take(number, &offer, now);
        Ok(self.end(number).map(|end| sdp::write_peer_answer(&end.description, &offer)))
    }

    fn take(&mut self, number: Number, theirs: &RemoteDescription, now: Instant) {
        let Some(end) = self.ends.get_mut(number).and_then(Option::as_mut) else { return };
        if let Some(remote) = Remote::of(theirs, theirs.our_dtls_role(DtlsRole::Client)) {
            end.leg.set_remote(remote, now, &mut self.way);
        }
    }

    /// Sends one packet of audio; false when this end has no way to its far end.
    pub(crate) fn say(&mut self, number: Number, payload: &[u8; PAYLOAD], now: Instant) -> bool {
        let Some(end) = self.ends.get_mut(number).and_then(Option::as_mut) else { return false };
        end.header.sequence = end.header.sequence.wrapping_add(1);
        end.header.timestamp = end.header.timestamp.wrapping_add(960);
        end.leg.send_rtp(now, end.header, payload, &mut self.way)
    }

    /// Sends a datagram that is no end's: for whoever echoes without asking what it is.
    pub(crate) fn send_plain(&mut self, number: Number, datagram: &[u8], to: SocketAddr) -> bool {
        let Some(local) = u32::try_from(number).ok().map(|number| Ipv4Addr::from_bits(FIRST + number)) else { return false };
        let Some(room) = self.way.buffer().get_mut(..datagram.len()) else { return false };
        room.copy_from_slice(datagram);
        self.way.commit(datagram.len(), Path { local: SocketAddr::from((local, self.port)), remote: to });
        true
    }

    /// Takes plain datagrams.
    pub(crate) fn receive_plain(&mut self, mut each: impl FnMut(Instant, &[u8])) -> io::Result<usize> {
        let mut taken = 0;
        for _ in 0..MAX_BATCHES {
            let count = self.inbox.receive(&self.way.socket)?;
            let now = Instant::now();
            self.inbox.arrivals().for_each(|arrival| each(now, arrival.bytes));
            taken += count;
            if count < BATCH {
                break;
            }
        }
        Ok(taken)
    }

    /// Takes what waits on the socket; audio goes to `each`. Returns how many datagrams there were.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(Heard<'_>)) -> io::Result<usize> {
        let mut taken = 0;
        for _ in 0..MAX_BATCHES {
            let count = self.inbox.receive(&self.way.socket)?;
            let now = Instant::now();
            for arrival in self.inbox.arrivals() {
                let Some(IpAddr::V4(ours)) = arrival.local else { continue };
                let Some(number) = ours.to_bits().checked_sub(FIRST).map(|number| number as Number) else { continue };
                let Some(end) = self.ends.get_mut(number).and_then(Option::as_mut) else { continue };
                let path = Path { local: end.local, remote: arrival.remote };
                if let Received::Rtp { payload, .. } = end.leg.receive(now, path, arrival.bytes, &mut self.way) {
                    let (payload, is_voice) = (&arrival.bytes[payload], end.voice.is_some());
                    if matches!(end.voice, Some(Voice::Learned(_))) {
                        self.learned.learn(payload);
                    }
                    each(Heard { by: number, at: now, payload, is_voice });
                }
            }
            self.kernel_drops = self.inbox.overflow().unwrap_or(self.kernel_drops);
            taken += count;
            if count < BATCH {
                break;
            }
        }
        Ok(taken)
    }

    /// Serves timers: of young ends all, of the others a few at a time.
    pub(crate) fn tend(&mut self, now: Instant) {
        let mut young = std::mem::take(&mut self.young);
        young.retain(|number| {
            let Some(end) = self.ends.get_mut(*number).and_then(Option::as_mut) else { return false };
            end.tend(now, &mut self.way);
            !end.leg.is_connected() && end.failed.is_none()
        });
        self.young.append(&mut young);
        for _ in 0..TENDED.min(self.ends.len()) {
            self.next = (self.next + 1) % self.ends.len();
            if let Some(end) = &mut self.ends[self.next] {
                end.tend(now, &mut self.way);
            }
        }
    }

    /// Sends what waits to be sent.
    pub(crate) fn flush(&mut self) {
        self.way.flush();
    }

    /// Blocks until something arrives or `at_most` has passed.
    pub(crate) fn wait(&self, at_most: Duration) {
        wait_readable(&[self.way.socket.as_fd()], Some(at_most));
    }

    /// The same, and returns when `waker` wakes.
    pub(crate) fn wait_or(&self, waker: &udp::Waker, at_most: Duration) {
        wait_readable(&[self.way.socket.as_fd(), waker.as_fd()], Some(at_most));
    }

    /// Whether media can flow.
    pub(crate) fn is_connected(&self, number: Number) -> bool {
        self.end(number).is_some_and(|end| end.leg.is_connected())
    }

    /// Why this end will never be connected, in words.
    pub(crate) fn failure(&self, number: Number) -> Option<&'static str> {
        self.end(number)?.failed
    }

    /// Whether some end still shakes hands.
    pub(crate) fn has_young(&self) -> bool {
        !self.young.is_empty()
    }

    /// Datagrams that the kernel dropped before us, since the socket was made; wraps.
    pub(crate) fn kernel_drops(&self) -> u32 {
        self.kernel_drops
    }

    /// Datagrams that the kernel would not take from us.
    pub(crate) fn unsent(&self) -> u64 {
        self.way.sent.no_room + self.way.sent.refused
    }

    fn end(&self, number: Number) -> Option<&End> {
        self.ends.get(number)?.as_deref()
    }
}

impl End {
    /// One whose key stands in its description. The platform waits for its first packet, so it must not wait.
    fn by_sdes(identity: &Arc<Identity>, random: &dyn Random, local: SocketAddr, now: Instant) -> End {
        let mut end = End::new(identity, random, IceRole::Full, local, now);
        let mut key = [0; CryptoKey::MOST];
        random.fill(&mut key);
        let crypto = CryptoLine::new(CryptoLine::PLATFORM_TAG, CryptoLine::PLATFORM_SUITE, key);
        end.description.transport = LocalTransport::Sdes(LocalSdes { address: local, crypto: crypto.clone(), rtcp_port: None });
        let transport = TransportConfig::Sdes(SdesConfig { crypto, local, rtcp: None, waits: false });
        end.leg = Leg::new(config(transport, end.description.ssrc), now);
        end
    }

    fn new(identity: &Arc<Identity>, random: &dyn Random, ice: IceRole, local: SocketAddr, now: Instant) -> End {
        let (session_id, stream, ssrc) = (random_word(random), random_word(random), random_word(random) as u32 | 1);
        let credentials = Credentials {
            ufrag: format!("{:016x}", random_word(random)),
            pwd: format!("{:016x}{:016x}", random_word(random), random_word(random)),
        };
        let description = LocalDescription {
            session_id: session_id >> 1,
            stream_id: format!("{:08x}-0000-4000-8000-{:012x}", ssrc, stream & 0xffff_ffff_ffff),
            transport: LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: credentials.ufrag.clone(),
                ice_pwd: credentials.pwd.clone(),
                fingerprint: identity.fingerprint(),
                candidates: vec![LocalCandidate { foundation: 1, address: local }],
            }),
            ssrc,
        };
        let transport = TransportConfig::WebRtc(WebRtcConfig {
            ice,
            credentials,
            local: vec![local],
            identity: identity.clone(),
            engine: DtlsLibrary::Dimpl,
            profiles: DEFAULT_PROFILES.to_vec(),
            follow_nominations: false,
        });
        let header = Header { marker: false, payload_type: Format::OPUS.audio, sequence: 0, timestamp: 0, ssrc };
        End { leg: Leg::new(config(transport, ssrc), now), voice: None, local, description, header, failed: None }
    }

    fn tend(&mut self, now: Instant, way: &mut Way) {
        if self.leg.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.leg.handle_timeout(now, way);
        }
        while let Some(event) = self.leg.poll_event() {
            if let callport_relay::LegEvent::Failed(why) = event {
                self.failed = Some(why);
            }
        }
    }
}

impl Way {
    fn flush(&mut self) {
        self.sent += self.batch.flush(|_| Some(&self.socket));
    }
}

impl Outgoing for Way {
    fn buffer(&mut self) -> &mut [u8] {
        if self.batch.is_full() {
            self.flush();
        }
        self.batch.room()
    }

    fn commit(&mut self, len: usize, path: Path) {
        self.batch.commit(len, 0, path.remote, Some(path.local.ip()));
    }
}

fn random_word(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn config(transport: TransportConfig, ssrc: u32) -> LegConfig {
    LegConfig { transport, ssrc, cname: "callport-bench".to_owned(), first_sequence: 0, first_timestamp: 0 }
}

#[cfg(test)]
mod tests {
    use callport_testkit::Counting;

    use super::*;

    #[test]
    fn two_ends_find_each_other_and_talk() {
        let mut ends = Ends::bind(Arc::new(Counting::default())).unwrap();
        let (caller, callee) = ends.add_pair(Instant::now()).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        let mut heard = Vec::new();
        while heard.len() < 2 {
            assert!(Instant::now() < until, "{:?} {:?}", ends.failure(caller), ends.failure(callee));
            let now = Instant::now();
            for number in [caller, callee] {
                ends.say(number, &[number as u8; PAYLOAD], now);
            }
            ends.tend(now);
            ends.flush();
            ends.wait(Duration::from_millis(5));
            ends.receive(|it| {
                if !heard.contains(&(it.by, it.payload[0])) {
                    heard.push((it.by, it.payload[0]));
                }
            })
            .unwrap();
        }
        heard.sort_unstable();
        assert_eq!(heard, [(caller, callee as u8), (callee, caller as u8)]);
        assert!(!ends.has_young() || ends.is_connected(caller));
    }

    #[test]
    fn a_place_is_used_again_when_it_has_rested() {
        let mut ends = Ends::bind(Arc::new(Counting::default())).unwrap();
        for number in 0..=RESTING {
            assert_eq!(ends.add(Instant::now()), Some(number));
            ends.remove(number);
            assert!(ends.offer(number).is_none());
        }
        assert_eq!(ends.add(Instant::now()), Some(0));
        assert!(ends.offer(0).is_some());
    }
}

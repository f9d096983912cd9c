//! The promise that a relayed packet allocates nothing, kept by an allocator that counts.
//! Alone in its binary: other tests would allocate beside it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::outgoing::{MAX_DATAGRAM, Outbox, Outgoing, Path};
use callport_relay::rtp::Header;
use callport_relay::{
    CallConfig, CallLeg, CallMedia, Credentials, DtlsLibrary, IceRole, Identity, Leg, LegConfig, Remote, RemoteTransport, SdesConfig,
    SdesRemote, SrtpProfile, TransportConfig, WebRtcConfig, WebRtcRemote,
};
use callport_sdp::{CryptoLine, DtlsRole, Format};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator cannot be written otherwise")]
// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        BYTES.set(BYTES.get() + layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get() - layout.size() as i64);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A batch of one, as the media thread has batches of many.
struct Slot {
    room: Box<[u8; MAX_DATAGRAM]>,
    sent: usize,
}

impl Outgoing for Slot {
    fn buffer(&mut self) -> &mut [u8] {
        &mut self.room[..]
    }

    fn commit(&mut self, _: usize, _: Path) {
        self.sent += 1;
    }
}

/// Whether a leg with this profile has its keys by SDES: those that DTLS does not know.
fn is_sdes(profile: SrtpProfile) -> bool {
    matches!(profile, SrtpProfile::Aes128CmSha1_32 | SrtpProfile::Aes256CmSha1_80)
}

fn transport(ice: IceRole, address: &str, profile: SrtpProfile, identity: &std::sync::Arc<Identity>) -> TransportConfig {
    let local = address.parse().unwrap();
    if is_sdes(profile) {
        let seed = address.as_bytes()[3];
        let crypto = CryptoLine::new(1, profile.suite(), std::array::from_fn(|index| seed ^ index as u8));
        return TransportConfig::Sdes(SdesConfig { crypto, local, rtcp: None, waits: ice == IceRole::Lite });
    }
    TransportConfig::WebRtc(WebRtcConfig {
        ice,
        credentials: Credentials { ufrag: format!("u{}", address.len()), pwd: "abcdefghijklmnopqrstuv".into() },
        local: vec![local],
        identity: identity.clone(),
        engine: DtlsLibrary::ANY_PEER,
        profiles: if profile == DEFAULT_PROFILES[0] { DEFAULT_PROFILES.to_vec() } else { vec![profile] },
        follow_nominations: false,
    })
}

fn leg(ice: IceRole, address: &str, profile: SrtpProfile, identity: &std::sync::Arc<Identity>) -> LegConfig {
    LegConfig { transport: transport(ice, address, profile, identity), ssrc: 7, cname: "c".into(), first_sequence: 1, first_timestamp: 1 }
}

fn remote(far: &LegConfig, dtls_role: DtlsRole, address: &str) -> Remote {
    let address = address.parse().unwrap();
    Remote {
        transport: match &far.transport {
            TransportConfig::WebRtc(theirs) => RemoteTransport::WebRtc(WebRtcRemote {
                credentials: theirs.credentials.clone(),
                fingerprint: theirs.identity.fingerprint(),
                dtls_role,
                candidates: vec![address],
            }),
            TransportConfig::Sdes(theirs) => {
                RemoteTransport::Sdes(SdesRemote { crypto: theirs.crypto.clone(), address: Some(address), rtcp_mux: true, rtcp_port: None })
            }
        },
        format: Format::OPUS,
        ssrc: None,
        listens: true,
    }
}

const RELAY: [&str; 2] = ["10.0.0.1:3480", "10.0.0.1:3482"];
const FAR: [&str; 2] = ["10.1.0.1:5000", "10.2.0.1:6000"];
const SIDES: [CallLeg; 2] = [CallLeg::User, CallLeg::Business];

fn connected(profiles: [SrtpProfile; 2], identity: &std::sync::Arc<Identity>) -> (CallMedia, [Leg; 2], Instant) {
    let mut now = Instant::now();
    let config = CallConfig {
        user: leg(IceRole::Lite, RELAY[0], profiles[0], identity),
        business: leg(IceRole::Lite, RELAY[1], profiles[1], identity),
    };
    let mut call = CallMedia::new(config, now);
    let mut far = [0, 1].map(|i| Leg::new(leg(IceRole::Full, FAR[i], profiles[i], identity), now));
    let mut out = Outbox::default();
    for (i, side) in SIDES.into_iter().enumerate() {
        far[i].set_remote(remote(&leg(IceRole::Lite, RELAY[i], profiles[i], identity), DtlsRole::Client, RELAY[i]), now, &mut out);
        call.set_remote(side, remote(&leg(IceRole::Full, FAR[i], profiles[i], identity), DtlsRole::Server, FAR[i]), now, &mut out);
    }
    call.set_gate(true);
    for _ in 0..200 {
        while let Some(mut datagram) = out.pop() {
            let (from, to) = (datagram.path.local, datagram.path.remote);
            let path = Path { local: to, remote: from };
            if let Some(i) = RELAY.iter().position(|address| to == address.parse().unwrap()) {
                call.receive(SIDES[i], now, path, &mut datagram.bytes, &mut out);
            } else if let Some(i) = FAR.iter().position(|address| to == address.parse().unwrap()) {
                far[i].receive(now, path, &mut datagram.bytes, &mut out);
            }
        }
        now += Duration::from_millis(10);
        call.handle_timeout(now, &mut out);
        far.iter_mut().for_each(|leg| leg.handle_timeout(now, &mut out));
    }
    // A leg with SDES waits for the first packet: here a report of its far end.
    assert!(SIDES.iter().all(|side| call.is_connected(*side)));
    while call.poll_event().is_some() {}
    (call, far, now)
}

#[test]
fn a_relayed_packet_allocates_nothing_and_a_call_stays_small() {
    let identity = Identity::self_signed().unwrap();
    for profiles in [
        [SrtpProfile::AeadAes128Gcm, SrtpProfile::AeadAes128Gcm],
        [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80],
        [SrtpProfile::Aes128CmSha1_80, SrtpProfile::AeadAes128Gcm],
        [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_32],
        [SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes256CmSha1_80],
    ] {
        let before = BYTES.get();
        let (mut call, mut far, mut now) = connected(profiles, &identity);
        let both_ends = BYTES.get() - before;
        let mut out = Outbox::default();
        let mut slot = Slot { room: Box::new([0; MAX_DATAGRAM]), sent: 0 };
        let mut allocations = 0;
        for frame in 0..50u16 {
            now += Duration::from_millis(20);
            for (i, side) in SIDES.into_iter().enumerate() {
                let header = Header { marker: false, payload_type: 111, sequence: frame, timestamp: 960 * u32::from(frame), ssrc: 0 };
                assert!(far[i].send_rtp(now, header, &[0x55; 120], &mut out));
                let mut datagram = out.pop().unwrap();
                let path = Path { local: RELAY[i].parse().unwrap(), remote: FAR[i].parse().unwrap() };
                let start = ALLOCATIONS.get();
                call.receive(side, now, path, &mut datagram.bytes, &mut slot);
                let spent = ALLOCATIONS.get() - start;
                // The first packet of a source is news: an event may grow its queue.
                allocations += if frame == 0 { 0 } else { spent };
            }
        }
        assert_eq!((slot.sent, allocations), (100, 0), "{profiles:?}");
        drop(far);
        let call_bytes = BYTES.get() - before;
        eprintln!("{profiles:?}: {call_bytes} bytes of Rust heap for one call after its handshakes, {both_ends} with both far ends");
        assert!(call_bytes < 40 * 1024, "{call_bytes}");
        drop(call);
    }
}

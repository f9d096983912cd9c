//! A call between two far ends over a network that the input steers: each byte delivers, loses, doubles, damages or delays a
//! datagram, presses a key, works the gate, or makes a far end speak. Nothing panics, and no deadline stands still.
#![no_main]

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::outgoing::Datagram;
use callport_relay::rtp::Header;
use callport_relay::{
    CallConfig, CallLeg, CallMedia, Credentials, Digit, DtlsLibrary, IceRole, Identity, Leg, LegConfig, Outbox, Path, Remote, RemoteTransport,
    TransportConfig, WebRtcConfig, WebRtcRemote,
};
use callport_sdp::{DtlsRole, Format};
use libfuzzer_sys::fuzz_target;

const SIDES: [CallLeg; 2] = [CallLeg::User, CallLeg::Business];
const RELAY: [([u8; 4], u16); 2] = [([10, 0, 0, 1], 3480), ([10, 0, 0, 1], 3482)];
const FAR: [([u8; 4], u16); 2] = [([10, 1, 0, 1], 5000), ([10, 2, 0, 1], 6000)];

fuzz_target!(|steps: &[u8]| {
    let mut world = World::new();
    for step in steps.chunks_exact(2).take(2_000) {
        world.step(step[0], step[1]);
    }
});

struct World {
    now: Instant,
    call: CallMedia,
    far: [Leg; 2],
    wire: VecDeque<Datagram>,
    out: Outbox,
    sequence: u16,
}

impl World {
    fn new() -> World {
        let now = Instant::now();
        let config = CallConfig { user: leg(IceRole::Lite, RELAY[0]), business: leg(IceRole::Lite, RELAY[1]) };
        let mut world = World {
            now,
            call: CallMedia::new(config, now),
            far: [0, 1].map(|i| Leg::new(leg(IceRole::Full, FAR[i]), now)),
            wire: VecDeque::new(),
            out: Outbox::default(),
            sequence: 0,
        };
        for i in 0..2 {
            let answer = remote(&leg(IceRole::Lite, RELAY[i]), DtlsRole::Client, RELAY[i]);
            world.far[i].set_remote(answer, now, &mut world.out);
        }
        world
    }

    fn step(&mut self, what: u8, how: u8) {
        let i = usize::from(how & 1);
        match what % 10 {
            0..=2 => self.deliver(|_| {}),
            3 => drop(self.wire.pop_front()),
            4 => self.wire.rotate_left(usize::from(how).min(self.wire.len())),
            5 => self.deliver(|bytes| {
                let at = usize::from(how) % bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= how | 1;
                }
            }),
            6 => self.pass_time(Duration::from_millis(u64::from(how) * 8)),
            7 => {
                let description = remote(&leg(IceRole::Full, FAR[i]), DtlsRole::Server, FAR[i]);
                self.call.set_remote(SIDES[i], description, self.now, &mut self.out);
            }
            8 => {
                self.call.set_gate(how & 2 == 0);
                let _ = self.call.press(Digit::from_event(how % 12).expect("on the dialpad"), self.now);
            }
            _ => {
                self.sequence = self.sequence.wrapping_add(u16::from(how));
                let header = Header {
                    marker: false,
                    payload_type: [111, 126, 0][usize::from(how % 3)],
                    sequence: self.sequence,
                    timestamp: 960 * u32::from(self.sequence),
                    ssrc: 0,
                };
                self.far[i].send_rtp(self.now, header, &[how; 40], &mut self.out);
            }
        }
        while let Some(datagram) = self.out.pop() {
            if self.wire.len() < 200 {
                self.wire.push_back(datagram);
            }
        }
        while self.call.poll_event().is_some() {}
        self.far.iter_mut().for_each(|leg| while leg.poll_event().is_some() {});
    }

    fn deliver(&mut self, change: impl FnOnce(&mut [u8])) {
        let Some(mut datagram) = self.wire.pop_front() else { return };
        change(&mut datagram.bytes);
        let path = Path { local: datagram.path.remote, remote: datagram.path.local };
        for i in 0..2 {
            if path.local == RELAY[i].into() {
                self.call.receive(SIDES[i], self.now, path, &mut datagram.bytes, &mut self.out);
            } else if path.local == FAR[i].into() {
                self.far[i].receive(self.now, path, &mut datagram.bytes, &mut self.out);
            }
        }
    }

    fn pass_time(&mut self, duration: Duration) {
        self.now += duration;
        self.call.handle_timeout(self.now, &mut self.out);
        for _ in 0..64 {
            if self.call.next_deadline().is_none_or(|next| next > self.now) {
                break;
            }
            self.call.handle_timeout(self.now, &mut self.out);
        }
        assert!(self.call.next_deadline().is_none_or(|next| next > self.now), "a deadline stands still");
        self.far.iter_mut().for_each(|leg| leg.handle_timeout(self.now, &mut self.out));
    }
}

fn leg(ice: IceRole, address: ([u8; 4], u16)) -> LegConfig {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    LegConfig {
        transport: TransportConfig::WebRtc(WebRtcConfig {
            ice,
            credentials: Credentials { ufrag: format!("ufrag{}", address.1), pwd: "abcdefghijklmnopqrstuv".into() },
            local: vec![address.into()],
            identity: IDENTITY.get_or_init(|| Identity::self_signed().expect("a certificate")).clone(),
            engine: DtlsLibrary::ANY_PEER,
            profiles: DEFAULT_PROFILES.to_vec(),
            follow_nominations: false,
        }),
        ssrc: u32::from(address.1),
        cname: "c".into(),
        first_sequence: 1,
        first_timestamp: 1,
    }
}

fn remote(far: &LegConfig, dtls_role: DtlsRole, address: ([u8; 4], u16)) -> Remote {
    let TransportConfig::WebRtc(theirs) = &far.transport else { panic!("no WebRTC") };
    Remote {
        transport: RemoteTransport::WebRtc(WebRtcRemote {
            credentials: theirs.credentials.clone(),
            fingerprint: theirs.identity.fingerprint(),
            dtls_role,
            candidates: vec![address.into()],
        }),
        format: Format::OPUS,
        ssrc: None,
        listens: true,
    }
}

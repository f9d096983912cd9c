//! Who owns an address, with far ends that check, shake hands and talk, and a clock that is moved by hand.

use std::net::UdpSocket;
use std::time::Duration;

use callport_engine::journal::Fact;
use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::rtp::Header;
use callport_relay::{Credentials, IceRole, Leg, LegConfig, Outbox, Remote, TransportConfig, WebRtcConfig};
use callport_sdp::LocalCandidate;

use super::*;
use crate::counters::Stray;
use crate::desk::addresses::LIVES;
use crate::thread::MediaThread;
use crate::udp::{self, Inbox};

/// More steps than any handshake takes.
const STEPS: usize = 400;

/// A phone that sends from an address which is not necessarily its own.
struct Far {
    leg: Leg,
    description: LocalDescription,
    /// Where it says that it is.
    address: SocketAddr,
    out: Outbox,
    said: u16,
}

/// A call and its far end.
struct Line {
    id: SlotId,
    far: Far,
}

impl Far {
    fn new(name: &str, address: SocketAddr, now: Instant) -> Far {
        let identity = Identity::self_signed().unwrap();
        let credentials = Credentials { ufrag: format!("far{name}"), pwd: format!("{name:0>24}") };
        let description = LocalDescription {
            session_id: 1,
            stream_id: "x".to_owned(),
            transport: LocalTransport::WebRtc(LocalWebRtc {
                ice_ufrag: credentials.ufrag.clone(),
                ice_pwd: credentials.pwd.clone(),
                fingerprint: identity.fingerprint(),
                candidates: vec![LocalCandidate { foundation: 1, address }],
            }),
            ssrc: 7,
        };
        let config = LegConfig {
            transport: TransportConfig::WebRtc(WebRtcConfig {
                ice: IceRole::Full,
                credentials,
                local: vec![address],
                identity,
                engine: DtlsLibrary::Dimpl,
                profiles: DEFAULT_PROFILES.to_vec(),
                follow_nominations: true,
            }),
            ssrc: 7,
            cname: "far".to_owned(),
            first_sequence: 0,
            first_timestamp: 0,
        };
        Far { leg: Leg::new(config, now), description, address, out: Outbox::default(), said: 0 }
    }

    fn say(&mut self, now: Instant) {
        let header = Header { marker: false, payload_type: 111, sequence: self.said, timestamp: 960 * u32::from(self.said), ssrc: 7 };
        self.leg.send_rtp(now, header, &[0; 100], &mut self.out);
        self.said += 1;
    }
}

impl Room {
    /// A call whose phone is at that address.
    fn line(&mut self, name: &str, address: SocketAddr) -> Line {
        let mut far = Far::new(name, address, self.now);
        let (id, answer) = self.open_for(name, &far.description.clone());
        let description = sdp::read_platform_answer(&answer).unwrap();
        let remote = Remote::of(&description, description.our_dtls_role(DtlsRole::Client)).unwrap();
        far.leg.set_remote(remote, self.now, &mut far.out);
        Line { id, far }
    }

    /// Lets far ends do what is due and delivers both ways; `socket` is where their address is. What comes there is heard by all of
    /// them if it is STUN, else by the first.
    fn step(&mut self, lines: &mut [&mut Line], socket: &UdpSocket) {
        let now = self.now;
        for Line { far, .. } in lines.iter_mut() {
            far.leg.handle_timeout(now, &mut far.out);
            while let Some(mut datagram) = far.out.pop() {
                self.desk.datagram(now, 0, Arrival { remote: far.address, local: None, bytes: &mut datagram.bytes });
            }
        }
        self.desk.begin_round();
        while self.desk.timer(now) {}
        self.desk.post().flush();
        let mut inbox = Inbox::default();
        while inbox.receive(socket).unwrap() > 0 {
            for arrival in inbox.arrivals() {
                let listeners = if classify(arrival.bytes) == DatagramKind::Stun { lines.len() } else { 1 };
                for Line { far, .. } in lines.iter_mut().take(listeners) {
                    let path = Path { local: far.address, remote: arrival.remote };
                    far.leg.receive(now, path, &mut arrival.bytes.to_vec(), &mut far.out);
                }
            }
        }
    }

    /// Until it has its keys.
    fn connect(&mut self, line: &mut Line, socket: &UdpSocket) {
        for _ in 0..STEPS {
            self.step(&mut [&mut *line], socket);
            if line.far.leg.is_connected() && self.desk.carried(line.id).unwrap().call.is_connected(CallLeg::User) {
                return;
            }
            self.now += Duration::from_millis(10);
        }
        panic!("it did not connect: {:?}", self.desk.carried(line.id).unwrap().call.checklist(CallLeg::User));
    }

    /// So much time with checks of those far ends and nothing else.
    fn pass(&mut self, time: Duration, lines: &mut [&mut Line], socket: &UdpSocket) {
        let until = self.now + time;
        while self.now < until {
            self.now += Duration::from_millis(50);
            self.step(lines, socket);
        }
    }

    fn owner(&self, remote: SocketAddr) -> Option<SlotId> {
        self.desk.routes.find(AddressPair { port: 0, remote }).map(|route| route.id)
    }

    fn heard(&self, line: &Line) -> u64 {
        self.desk.carried(line.id).unwrap().call.statistics(CallLeg::User, self.now).packets_in
    }

    fn texts(&mut self) -> Vec<String> {
        let mut texts = vec![];
        while let Ok(event) = self.events.try_recv() {
            if let MediaEvent::Milestone { side, milestone, .. } = event {
                texts.push(Fact::Media { side, milestone }.to_string());
            }
        }
        texts
    }
}

fn socket() -> (UdpSocket, SocketAddr) {
    let socket = udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Two calls at one address: the first has talked, the second checks there.
fn two_at_one_address() -> (Room, UdpSocket, Line, Line) {
    let mut room = Room::new();
    let (shared, address) = socket();
    let (mut first, mut second) = (room.line("first", address), room.line("second", address));
    room.connect(&mut first, &shared);
    first.far.say(room.now);
    room.step(&mut [&mut first], &shared);
    assert_eq!(room.heard(&first), 1);
    room.pass(Duration::from_secs(1), &mut [&mut second], &shared);
    (room, shared, first, second)
}

#[test]
fn a_check_that_overtakes_the_command_to_open_its_leg_is_not_lost() {
    let mut room = Room::new();
    let socket = udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap();
    let mut far = Far::new("a", socket.local_addr().unwrap(), room.now);
    let (opening, answer) = room.opening("a", &far.description.clone());
    room.enter(&opening);
    let description = sdp::read_platform_answer(&answer).unwrap();
    far.leg.set_remote(Remote::of(&description, description.our_dtls_role(DtlsRole::Client)).unwrap(), room.now, &mut far.out);
    far.leg.handle_timeout(room.now, &mut far.out);
    let check = far.out.pop().unwrap();
    socket.send_to(&check.bytes, check.path.remote).unwrap();

    let Room { desk, shared, now, .. } = room;
    let mut thread = MediaThread::new(desk, shared, now);
    thread.shared.mailbox.post_certainly(Command::Open(Box::new(opening))); // after the round's own look
    thread.take_what_arrived();
    let counters = thread.desk.counters();
    assert_eq!((counters.datagrams_in, counters.strays[Stray::UnknownUfrag as usize]), (1, 0));
}

#[test]
fn an_address_stays_with_the_call_that_talks_and_goes_over_when_that_is_over() {
    let (mut room, shared, first, mut second) = two_at_one_address();
    let address = first.far.address;
    assert_eq!(room.owner(address), Some(first.id));
    let texts = room.texts();
    assert!(texts.iter().any(|text| text.starts_with("another call sends from the address and port of the phone")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("this one hears nothing while the other lasts")), "{texts:?}");
    assert_eq!(room.desk.snapshot().address_conflicts, 1);

    room.desk.close(room.now, first.id);
    assert_eq!(room.owner(address), None);
    room.connect(&mut second, &shared);
    second.far.say(room.now);
    room.step(&mut [&mut second], &shared);
    assert_eq!((room.owner(address), room.heard(&second)), (Some(second.id), 1));
    assert!(room.texts().iter().any(|text| text.ends_with("of the phone carry no other call any more: what it sends reaches this one")));
}

#[test]
fn a_silent_owner_keeps_its_address_while_it_checks_and_loses_it_when_it_does_not() {
    let (mut room, shared, mut first, mut second) = two_at_one_address();
    let address = first.far.address;
    room.pass(LIVES * 5, &mut [&mut first, &mut second], &shared);
    assert_eq!(room.owner(address), Some(first.id), "nobody has talked for long, and both check");

    room.pass(LIVES + Duration::from_secs(3), &mut [&mut second], &shared);
    assert_eq!((room.owner(address), room.desk.snapshot().address_conflicts), (Some(second.id), 1));
    // It comes back, and finds that another call lives at its address.
    room.pass(Duration::from_secs(3), &mut [&mut first, &mut second], &shared);
    assert_eq!((room.owner(address), room.desk.snapshot().address_conflicts), (Some(second.id), 2));
}

#[test]
fn a_call_that_talks_elsewhere_takes_no_address_and_loses_one_to_a_call_that_talks_there() {
    let mut room = Room::new();
    let ((victims, victim_at), (thiefs, thief_at)) = (socket(), socket());
    let mut thief = room.line("thief", thief_at);
    room.connect(&mut thief, &thiefs);
    // It forges the address of a call that has not begun, but does not move there: such checks nominate nothing.
    let route = Route { id: thief.id, side: CallLeg::User };
    room.desk.address_proven(room.now, route, victim_at);
    assert_eq!(room.owner(victim_at), Some(thief.id), "nobody has it");
    let mut victim = room.line("victim", victim_at);
    room.connect(&mut victim, &victims);
    assert_eq!(room.owner(victim_at), Some(victim.id));
    for _ in 0..10 {
        room.desk.address_proven(room.now, route, victim_at);
        victim.far.say(room.now);
        room.step(&mut [&mut victim], &victims);
    }
    assert_eq!((room.owner(victim_at), room.heard(&victim), room.owner(thief_at)), (Some(victim.id), 10, Some(thief.id)));
}

#[test]
fn a_call_that_nominates_anothers_address_does_not_get_it() {
    let mut room = Room::new();
    let ((victims, victim_at), (thiefs, thief_at)) = (socket(), socket());
    let (mut victim, mut thief) = (room.line("victim", victim_at), room.line("thief", thief_at));
    room.connect(&mut victim, &victims);
    room.connect(&mut thief, &thiefs);
    thief.far.address = victim_at; // its source address is forged from now on
    for _ in 0..20 {
        room.pass(Duration::from_secs(1), &mut [&mut thief], &victims);
        victim.far.say(room.now);
        room.step(&mut [&mut victim], &victims);
    }
    let moved = room.desk.carried(thief.id).unwrap().call.remote_address(CallLeg::User);
    assert_eq!((moved, room.owner(victim_at)), (Some(victim_at), Some(victim.id)));
    assert_eq!(room.heard(&victim), 20);
}

#[test]
fn a_nomination_that_leads_to_no_keys_holds_an_address_for_a_while_only() {
    let mut room = Room::new();
    let (shared, address) = socket();
    let (mut idle, mut second) = (room.line("idle", address), room.line("second", address));
    // The first nominates the address; its handshake never gets anywhere.
    idle.far.leg.handle_timeout(room.now, &mut idle.far.out);
    for _ in 0..STEPS {
        room.step_checks_only(&mut idle, &shared);
        room.now += Duration::from_millis(10);
    }
    assert_eq!(room.owner(address), Some(idle.id));
    let until = room.now + LIVES;
    while room.now < until {
        room.step_checks_only(&mut idle, &shared);
        room.now += Duration::from_millis(50);
    }
    room.connect(&mut second, &shared);
    assert_eq!(room.owner(address), Some(second.id));
}

impl Room {
    /// A step of a far end whose DTLS does not reach us.
    fn step_checks_only(&mut self, line: &mut Line, socket: &UdpSocket) {
        let far = &mut line.far;
        far.leg.handle_timeout(self.now, &mut far.out);
        let sent: Vec<_> =
            std::iter::from_fn(|| far.out.pop()).filter(|datagram| classify(&datagram.bytes) == DatagramKind::Stun).collect();
        for mut datagram in sent {
            self.desk.datagram(self.now, 0, Arrival { remote: far.address, local: None, bytes: &mut datagram.bytes });
        }
        self.step(&mut [line], socket);
    }
}

//! Backends that put all their calls on one UDP socket, as LiveKit, Jitsi, mediasoup and Pion's mux do.

use std::collections::HashSet;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use callport_core::ids::PhoneNumberId;
use callport_engine::ports::Media as _;
use callport_engine::records::CheckOutcome::{Blocked, Failed};
use callport_media::MediaConfig;
use callport_media::udp::{self, wait_readable};
use callport_relay::DropReason;
use callport_relay::demux::{DatagramKind, classify};

use crate::world::{Party, World, check, config, pump, unpassed};

/// Longest a test waits for anything before it says that it does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A backend with one socket. It tells its calls apart as those do: by the address of ours that a datagram comes from.
struct Backend {
    socket: UdpSocket,
    calls: Vec<Party>,
}

impl Backend {
    fn new() -> Backend {
        Backend { socket: udp::bind("127.0.0.1:0".parse().unwrap(), Default::default()).unwrap(), calls: vec![] }
    }

    /// One more call, answered by this backend.
    fn call(&mut self, world: &mut World) {
        let (phone, business) = (world.peer(), world.peer_on(self.socket.try_clone().unwrap(), |_| {}));
        let party = world.call_between(phone, business);
        world.plane.open_gate(&party.id);
        self.calls.push(party);
    }

    fn ports(&self) -> HashSet<SocketAddr> {
        self.calls.iter().map(|party| party.business.platform.unwrap()).collect()
    }

    /// One step of every far end. STUN is for whoever asked; of several calls that talk to one port of ours, the first has the rest.
    fn step(&mut self, world: &mut World) {
        let mut room = [0; 2048];
        while let Ok((length, remote)) = self.socket.recv_from(&mut room) {
            let is_check = classify(&room[..length]) == DatagramKind::Stun;
            for party in self.calls.iter_mut().filter(|party| party.business.platform == Some(remote)) {
                let mut copy = room; // it is decrypted in place
                party.business.hear(remote, &mut copy[..length]);
                if !is_check {
                    break;
                }
            }
        }
        for party in &mut self.calls {
            party.business.tend();
            party.phone.step();
        }
        let phones = self.calls.iter().take(7).map(|party| party.phone.socket.as_fd());
        let sockets: Vec<_> = std::iter::once(self.socket.as_fd()).chain(phones).collect();
        wait_readable(&sockets, Some(Duration::from_millis(2)));
        world.listen();
    }

    fn drive(&mut self, world: &mut World, what: &str, mut done: impl FnMut(&World, &mut [Party]) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !done(world, &mut self.calls) {
            assert!(Instant::now() < until, "{what} did not come: {:?}", world.texts());
            self.step(world);
        }
    }

    /// Connects all calls and lets them talk until each side of each has heard five packets.
    fn talk(&mut self, world: &mut World) {
        self.drive(world, "all legs to connect", |_, calls| {
            calls.iter().all(|party| party.business.leg.is_connected() && party.phone.leg.is_connected())
        });
        for party in &mut self.calls {
            party.business.heard.clear();
            party.phone.heard.clear();
        }
        self.drive(world, "audio both ways in every call", |_, calls| {
            calls.iter_mut().for_each(say);
            calls.iter().all(|party| party.business.heard.len() >= 5 && party.phone.heard.len() >= 5)
        });
        for party in &self.calls {
            party.business.assert_unbroken();
            party.phone.assert_unbroken();
        }
    }
}

fn say(party: &mut Party) {
    party.phone.say();
    party.business.say();
}

#[test]
fn as_many_calls_of_one_number_as_there_are_ports_talk_at_the_same_time() {
    let mut world = World::new(config());
    let mut backend = Backend::new();
    (0..8).for_each(|_| backend.call(&mut world));
    assert_eq!(backend.ports().len(), 8);
    backend.talk(&mut world);
    for party in &backend.calls {
        let report = world.report(&party.id).unwrap();
        assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
    }
    let counters = world.counters();
    assert_eq!((counters.address_conflicts, counters.addresses), (0, 16));
}

#[test]
fn a_call_beyond_the_ports_is_told_why_and_begins_when_the_other_is_over() {
    let mut world = World::new(MediaConfig { ports_per_thread: 2, ..config() });
    let mut backend = Backend::new();
    (0..2).for_each(|_| backend.call(&mut world));
    backend.talk(&mut world);
    backend.call(&mut world);
    let [first, _, third] = [0, 1, 2].map(|index| backend.calls[index].id.clone());
    backend.drive(&mut world, "the third call to be told", |world, calls| {
        calls.iter_mut().take(2).for_each(say);
        world.texts().iter().any(|text| text.ends_with("this one hears nothing while the other lasts"))
    });
    let report = world.report(&third).unwrap();
    let (outcome, says) = check(&report.business, "nomination");
    let port = world.address().port();
    assert!(says.starts_with(&format!("another call comes from the same address and port of the business to our port {port}, ")), "{says}");
    assert_eq!((outcome, check(&report.business, "dtls")), (Failed, (Blocked, "waits for nomination")));
    assert_eq!(report.business.first_failing().unwrap().step, "nomination");
    assert_ne!(check(&world.report(&first).unwrap().business, "packets_in").0, Failed);
    assert_eq!(world.counters().address_conflicts, 1, "once, however often it checks");

    world.plane.close(&first);
    world.closed(&first);
    backend.calls.remove(0);
    backend.talk(&mut world);
    assert!(world.texts().iter().any(|text| text.ends_with("what it sends reaches this one")), "{:?}", world.texts());
    let report = world.report(&third).unwrap();
    assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
}

#[test]
fn checks_of_a_call_from_an_address_that_another_call_uses_take_nothing_from_it() {
    let mut world = World::new(MediaConfig { ports_per_thread: 1, ..config() });
    let (mut victim, mut thief) = (world.talking(), world.talking());
    assert_eq!(victim.business.platform, thief.business.platform);
    // What a forged source address looks like to us: authentic checks of the one call from the address of the other.
    thief.business.socket = victim.business.socket.try_clone().unwrap();
    thief.phone.socket = victim.business.socket.try_clone().unwrap();
    let answers = |victim: &Party| victim.business.leg.statistics(Instant::now()).drops.of(DropReason::WrongCredentials);
    let (until, mut ahead) = (Instant::now() + PATIENCE, Duration::ZERO);
    while answers(&victim) < 10 {
        assert!(Instant::now() < until, "{} answers to forged checks", answers(&victim));
        // The thief's own clock runs fast: it checks as often as it likes.
        ahead += Duration::from_millis(50);
        thief.business.tend_at(Instant::now() + ahead);
        thief.phone.tend_at(Instant::now() + ahead);
        say(&mut victim);
        pump(&mut [&mut victim.phone, &mut victim.business]);
    }
    world.talk_until(&mut victim, "the rest of the talk", |party| {
        party.phone.last_heard() > Some(20) && party.business.last_heard() > Some(20)
    });
    victim.phone.assert_unbroken();
    victim.business.assert_unbroken();
    let report = world.report(&victim.id).unwrap();
    assert_ne!(check(&report.business, "packets_in").0, Failed, "{:?}", unpassed(&report.business));
    assert_eq!((report.business.figures.lost_in, report.user.figures.lost_in), (0, 0));
}

#[test]
fn a_check_at_another_port_than_the_description_named_is_nobodys() {
    let mut world = World::new(config());
    let party = world.talking();
    let (named, other) = (world.plane.ports()[0], world.plane.advertised()[1].v4.unwrap());
    assert_eq!(party.business.platform.unwrap().port(), named);
    let relayed = UdpSocket::bind("127.0.0.1:0").unwrap();
    relayed.send_to(&crate::floods::check(party.business.platform_ufrag().as_bytes()), other).unwrap();
    let until = Instant::now() + PATIENCE;
    while world.counters().strays_of(callport_media::Stray::WrongPort) == 0 {
        assert!(Instant::now() < until, "{:?}", world.counters());
    }
    assert!(!world.report(&party.id).unwrap().business.figures.dropped.contains_key("wrong_credentials"));
}

#[test]
fn a_number_goes_to_the_thread_where_its_calls_share_no_port_even_if_that_has_more_calls() {
    let mut world = World::new(MediaConfig { threads: 2, ports_per_thread: 2, ..config() });
    let phone = world.peer();
    let open = |world: &mut World, number: &str| {
        let call = world.call_id();
        let opened = world.open_at(PhoneNumberId::parse(number).unwrap(), &call, phone.offer(), vec![]).unwrap();
        let line = opened.business_offer.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap().to_owned();
        let port: u16 = line.split(' ').next().unwrap().parse().unwrap();
        world.plane.ports().iter().position(|known| *known == port).unwrap()
    };
    let places: Vec<usize> = ["1", "2", "1", "2", "3", "3", "3"].map(|number| open(&mut world, number)).into();
    assert_eq!(places, [0, 2, 1, 3, 0, 2, 1], "the thread with fewer calls, and there a port of its own");
    // Numbers 1 and 3 have a call on each port of the first thread, and the second thread has more and more calls.
    let places: Vec<usize> = ["4", "3", "1"].map(|number| open(&mut world, number)).into();
    assert_eq!(places, [3, 3, 2]);
}

//! Noise on the media port: counted by reason, and no call notices.

use std::net::UdpSocket;

use callport_media::Stray;

use crate::world::{Party, World, config};

/// Datagrams sent before the thread is waited for; few enough to fit every kernel's default buffer.
const BURST: usize = 50;
const BURSTS: usize = 60;

/// Sends `BURSTS` bursts of what `make` makes into a talking call, then waits until everything said has been heard.
fn flood(world: &mut World, party: &mut Party, mut make: impl FnMut(usize) -> Vec<u8>) {
    let noise = UdpSocket::bind("127.0.0.1:0").unwrap();
    let target = world.address();
    for burst in 0..BURSTS {
        for index in 0..BURST {
            noise.send_to(&make(burst * BURST + index), target).unwrap();
        }
        world.counters(); // a round has passed: what waits in the kernel stays bounded
        let mut steps = 0;
        world.talk_until(party, "the talk to go on", |_| {
            steps += 1;
            steps > 1
        });
    }
    settle(world, party);
}

/// Waits until all that was said has been heard.
fn settle(world: &mut World, party: &mut Party) {
    world.drive(party, "everything said to be heard", |party| {
        let heard = |listener: Option<u32>, said: u32| listener == said.checked_sub(1);
        heard(party.phone.last_heard(), party.business.said) && heard(party.business.last_heard(), party.phone.said)
    });
    party.phone.assert_unbroken();
    party.business.assert_unbroken();
}

/// A Binding request for `ufrag` without integrity.
pub(crate) fn check(ufrag: &[u8]) -> Vec<u8> {
    let name = [ufrag, b":x"].concat();
    let padded = name.len().next_multiple_of(4);
    let mut message = vec![0, 1, 0, (4 + padded) as u8, 0x21, 0x12, 0xa4, 0x42];
    message.extend([7; 12]);
    message.extend([0, 6, 0, name.len() as u8]);
    message.extend(&name);
    message.resize(24 + padded, 0);
    message
}

#[test]
fn a_flood_of_every_kind_is_counted_and_no_packet_of_a_call_is_lost() {
    let mut world = World::new(config());
    let mut party = world.talking();
    let before = world.counters();
    let kinds: [(Stray, Vec<u8>); 8] = [
        (Stray::Garbage, vec![]),
        (Stray::Garbage, vec![0xff; 1200]),
        (Stray::Garbage, vec![64; 30]),
        (Stray::StunWithoutUser, vec![0; 20]),
        (Stray::UnknownUfrag, check(b"NennAepWzpFqHYyt")),
        (Stray::UnknownAddress, vec![22; 100]),
        (Stray::UnknownAddress, [vec![0x80, 111], vec![1; 160]].concat()),
        (Stray::TooLong, vec![0x80; 3000]),
    ];
    flood(&mut world, &mut party, |index| kinds[index % kinds.len()].1.clone());

    let after = world.counters();
    for reason in [Stray::Garbage, Stray::StunWithoutUser, Stray::UnknownUfrag, Stray::UnknownAddress, Stray::TooLong] {
        let sent = (0..BURST * BURSTS).filter(|index| kinds[index % kinds.len()].0 == reason).count() as u64;
        assert_eq!(after.strays_of(reason) - before.strays_of(reason), sent, "{}", reason.name());
    }
    assert_eq!((after.kernel_drops, after.sent.refused, after.sent.no_room, after.addresses), (0, 0, 0, 2));
    let report = world.report(&party.id).unwrap();
    assert_eq!((report.user.figures.lost_in, report.business.figures.lost_in), (0, 0));
}

#[test]
fn a_flood_under_a_known_user_name_changes_nothing_and_is_not_answered() {
    let mut world = World::new(config());
    let party = world.call();
    let mut party = world.connect(party);
    let ufrag = party.business.platform_ufrag().to_owned();
    let forged = check(ufrag.as_bytes());
    let before = world.counters();
    flood(&mut world, &mut party, |_| forged.clone());

    let report = world.report(&party.id).unwrap();
    let drops = &report.business.figures.dropped;
    let dropped: u64 = ["wrong_credentials", "malformed_stun"].iter().filter_map(|reason| drops.get(*reason)).sum();
    let after = world.counters();
    let spared = after.strays_of(Stray::TooManyStrangers);
    assert_eq!(dropped + spared, (BURST * BURSTS) as u64, "each was counted, by its leg or before it");
    assert_eq!(after.addresses, 2);
    let relayed = u64::from(party.phone.said + party.business.said);
    assert!(after.sent.datagrams - before.sent.datagrams < relayed + 200, "noise is not echoed");
}

#[test]
fn garbage_from_a_far_end_itself_is_counted_on_its_leg() {
    let mut world = World::new(config());
    let mut party = world.talking();
    let target = world.address();
    for _ in 0..10 {
        party.business.socket.send_to(&[0xff; 40], target).unwrap();
        party
            .business
            .socket
            .send_to(&[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], target)
            .unwrap();
    }
    world.talk_until(&mut party, "a little more talk", |party| party.phone.heard.len() >= 20);
    settle(&mut world, &mut party);
    let dropped = world.report(&party.id).unwrap().business.figures.dropped;
    assert_eq!((dropped.get("garbage"), dropped.get("undecryptable")), (Some(&10), Some(&10)));
}

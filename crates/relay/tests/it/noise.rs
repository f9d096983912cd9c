//! Garbage, floods and liars on the port: nothing panics, nothing is answered, live calls don't notice.

use std::time::{Duration, Instant};

use callport_relay::{CallLeg, DropReason, DtlsLibrary};
use proptest::prelude::*;

use crate::far::Far;
use crate::far_leg::FarLeg;
use crate::network::FINE;
use crate::world::{World, identity};

fn connected() -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    let mut world = World::new(now, user, business, DtlsLibrary::ANY_PEER, FINE, 1);
    world.connect();
    world.call.set_gate(true);
    world
}

#[test]
fn strangers_get_no_answer_and_each_kind_is_counted() {
    let mut world = connected();
    let stranger = "203.0.113.66:6666".parse().unwrap();
    let known = world.business.address();
    for (from, bytes, reason) in [
        (stranger, &[255; 40][..], DropReason::Garbage),
        (stranger, &[], DropReason::Garbage),
        (stranger, &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], DropReason::MalformedStun),
        (stranger, &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], DropReason::UnknownAddress),
        (stranger, &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], DropReason::UnknownAddress),
        (stranger, &[0x80, 201, 0, 1, 0, 0, 0, 1], DropReason::UnknownAddress),
        (
            known,
            &[0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
            DropReason::Undecryptable,
        ),
        (
            known,
            &[0x80, 201, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x80, 0, 0, 1],
            DropReason::Undecryptable,
        ),
        (known, &[0x80, 111, 0, 1], DropReason::MalformedMedia),
        (known, &[23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], DropReason::UnwantedDtls),
    ] {
        let before = world.call.statistics(CallLeg::Business, world.now).drops.of(reason);
        assert!(world.inject(CallLeg::Business, from, bytes).is_empty(), "{reason:?} {bytes:?}");
        assert_eq!(world.call.statistics(CallLeg::Business, world.now).drops.of(reason), before + 1, "{reason:?} {bytes:?}");
    }
    assert!(world.call.checklist(CallLeg::Business).srtp_failed.is_some());
    world.talk(0, 5);
    world.run(Duration::from_millis(50));
    assert_eq!((world.user.heard().len(), world.business.heard().len()), (5, 5));
}

#[test]
fn replayed_media_is_dropped() {
    let mut world = connected();
    // The network doubles everything: each packet must pass once.
    world.network.weather.twice_percent = 100;
    world.talk(0, 20);
    world.run(Duration::from_millis(50));
    assert_eq!((world.user.heard().len(), world.business.heard().len()), (20, 20));
    assert!(world.call.statistics(CallLeg::User, world.now).drops.of(DropReason::Replay) >= 20);
}

#[test]
fn a_flood_of_hello_s_after_the_handshake_is_answered_a_few_times_only() {
    let mut world = connected();
    let known = world.business.address();
    let hello = [22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0];
    let mut answers = 0;
    for _ in 0..1_000 {
        answers += usize::from(!world.inject(CallLeg::Business, known, &hello).is_empty());
        world.run(Duration::from_millis(10));
    }
    assert!((1..=10).contains(&answers), "{answers}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any bytes, before and after the handshake, from strangers and from the far end's own address.
    #[test]
    fn any_datagrams_are_survived(
        datagrams in proptest::collection::vec((any::<bool>(), any::<bool>(), prop_oneof![0..4u8, 20..64u8, 128..192u8, any::<u8>()], proptest::collection::vec(any::<u8>(), 0..90)), 1..40),
        early in any::<bool>(),
    ) {
        let now = Instant::now();
        let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
        let business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
        let mut world = World::new(now, user, business, DtlsLibrary::ANY_PEER, FINE, 1);
        if !early {
            world.connect();
        }
        for (on_user, from_known, first, rest) in datagrams {
            let side = if on_user { CallLeg::User } else { CallLeg::Business };
            let known = if on_user { "10.1.0.1:5000" } else { "10.2.0.1:6000" };
            let from = if from_known { known } else { "203.0.113.66:6666" };
            let bytes = [&[first][..], &rest].concat();
            let answers = world.inject(side, from.parse().unwrap(), &bytes);
            // A server's last flight may be repeated to the address it was made for; nothing else ever answers.
            prop_assert!(answers.is_empty() || from_known && matches!(first, 20 | 22));
        }
        if early {
            world.connect();
        }
        world.call.set_gate(true);
        world.talk(0, 3);
        world.run(Duration::from_millis(50));
        prop_assert_eq!((world.user.heard().len(), world.business.heard().len()), (3, 3));
    }
}

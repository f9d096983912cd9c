//! Business-initiated calls: the business is there from the beginning, the phone joins when it picks up.

use std::time::{Duration, Instant};

use callport_relay::rtp::Header;
use callport_relay::{CallLeg, Digit, DropReason, DtlsLibrary, LegEvent};
use callport_sdp::{DtlsRole, Format};

use crate::far::Far as _;
use crate::far_leg::FarLeg;
use crate::network::FINE;
use crate::world::{BUSINESS_SSRC, FRAME, USER_SSRC, World, identity, payload};

/// A business whose offer was answered; phones may ring.
fn ringing(change: impl FnOnce(&mut FarLeg)) -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let mut business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    change(&mut business);
    let mut world = World::new(now, user, business, DtlsLibrary::ANY_PEER, FINE, 1);
    world.introduce(CallLeg::Business);
    world.run(Duration::from_secs(1));
    world
}

fn speaks(world: &mut World<FarLeg, FarLeg>, frames: std::ops::Range<u16>) {
    for frame in frames {
        world.say(CallLeg::Business, frame);
        world.run(FRAME);
    }
}

#[test]
fn the_business_connects_while_phones_ring_and_nothing_is_told_of_the_leg_that_nobody_has() {
    for role in [DtlsRole::Server, DtlsRole::Client] {
        let mut world = ringing(|business| business.relay_role = role);
        assert!(world.call.is_connected(CallLeg::Business) && world.business.is_connected());
        assert_eq!(world.call.checklist(CallLeg::Business).dtls_role, Some(role));
        world.run(Duration::from_secs(120));
        assert!(world.events.iter().all(|(_, event)| event.side == CallLeg::Business), "{:?}", world.events);
        assert_eq!(world.count(CallLeg::Business, |event| matches!(event, LegEvent::Failed(_) | LegEvent::Quiet)), 0);
        let nothing = world.call.checklist(CallLeg::User);
        assert!(nothing.remote_known.is_none() && nothing.stun_seen.is_none());
        assert_eq!(world.call.statistics(CallLeg::User, world.now).rtcp_out, 0);
    }
}

#[test]
fn what_the_business_says_to_nobody_is_no_loss_to_the_phone_that_picks_up() {
    let mut world = ringing(|_| ());
    speaks(&mut world, 0..1_000);
    assert_eq!(world.call.statistics(CallLeg::Business, world.now).drops.of(DropReason::GateClosed), 1_000);
    world.pick_up();
    speaks(&mut world, 1_000..1_100);
    assert!(world.call.is_connected(CallLeg::User) && world.user.heard().is_empty(), "the gate is closed");
    world.call.set_gate(true);
    world.talk(1_100, 50);
    world.run(FRAME);

    let heard = world.user.heard();
    let payloads: Vec<_> = heard.iter().map(|packet| packet.payload.clone()).collect();
    assert_eq!(payloads, (1_100..1_150).map(|frame| payload(CallLeg::Business, frame)).collect::<Vec<_>>());
    for (index, packet) in (0..).zip(heard) {
        let header = packet.header;
        assert_eq!((header.ssrc, header.sequence, header.timestamp), (USER_SSRC, 7_000 + index, 90_000 + 960 * u32::from(index)));
        assert_eq!(header.marker, index == 0);
    }
    assert_eq!(world.business.heard().len(), 50);
    assert!(world.business.heard().iter().all(|packet| packet.header.ssrc == BUSINESS_SSRC));
    assert_eq!(world.call.statistics(CallLeg::User, world.now).lost_out.unwrap_or(0), 0);
}

#[test]
fn an_open_gate_in_front_of_nobody_passes_nothing_on() {
    let mut world = ringing(|_| ());
    world.call.set_gate(true);
    speaks(&mut world, 0..5);
    assert_eq!(world.call.statistics(CallLeg::Business, world.now).drops.of(DropReason::OtherLegNotReady), 5);
}

#[test]
fn payload_types_of_the_business_are_its_own_and_its_keys_too() {
    for dtmf in [101, 126] {
        let mut world = ringing(|business| business.format = Format { audio: 107, dtmf, clock_hz: 48_000 });
        world.pick_up();
        world.call.set_gate(true);
        world.run(Duration::from_secs(1));
        world.say_as(CallLeg::Business, Header { marker: false, payload_type: 107, sequence: 9, timestamp: 9, ssrc: 0 }, b"opus");
        world.say(CallLeg::User, 1);
        world.run(FRAME);
        assert_eq!(world.user.heard()[0].header.payload_type, 111);
        assert_eq!(world.business.heard()[0].header.payload_type, 107);
        world.call.press(Digit::from_char('7').unwrap(), world.now).unwrap();
        world.run(Duration::from_secs(1));
        assert!(world.business.heard()[1..].iter().all(|packet| packet.header.payload_type == dtmf));
        assert!(world.business.events.contains(&LegEvent::Digit(Digit::from_char('7').unwrap())));
    }
}

#[test]
fn a_call_that_nobody_takes_says_goodbye_to_the_business_alone() {
    let mut world = ringing(|_| ());
    let mut out = callport_relay::Outbox::default();
    world.call.close(world.now, &mut out);
    let sent: Vec<_> = std::iter::from_fn(|| out.pop()).map(|datagram| datagram.path.remote).collect();
    assert_eq!(sent, [world.business.address()]);
}

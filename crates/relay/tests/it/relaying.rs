//! What passes between the legs, and what does not.

use std::time::{Duration, Instant};

use callport_relay::rtp::Header;
use callport_relay::{CallLeg, DropReason, DtlsLibrary, LegEvent, Outbox};

use crate::far::{Far, Heard};
use crate::far_leg::FarLeg;
use crate::far_str0m::FarStr0m;
use crate::network::{FINE, Weather};
use crate::world::{BUSINESS_SSRC, FRAME, USER_SSRC, World, identity, payload};

fn ours(engine: DtlsLibrary, weather: Weather, seed: u64) -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    let mut world = World::new(now, user, business, engine, weather, seed);
    world.connect();
    world
}

fn connected() -> World<FarLeg, FarLeg> {
    ours(DtlsLibrary::Dimpl, FINE, 1)
}

fn assert_stream(heard: &[Heard], ssrc: u32, from: CallLeg, frames: std::ops::Range<u16>) {
    let payloads: Vec<_> = heard.iter().map(|packet| packet.payload.clone()).collect();
    assert_eq!(payloads, frames.map(|frame| payload(from, frame)).collect::<Vec<_>>());
    assert!(heard.iter().all(|packet| packet.header.ssrc == ssrc && packet.header.payload_type == 111));
    for pair in heard.windows(2) {
        assert_eq!(pair[1].header.sequence.wrapping_sub(pair[0].header.sequence), 1);
        assert_eq!(pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp), 960);
    }
}

#[test]
fn a_foreign_stack_on_both_sides_hears_the_other_through_either_engine() {
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        let now = Instant::now();
        let (user, business) = (FarStr0m::new(now, "10.1.0.1:5000"), FarStr0m::new(now, "10.2.0.1:6000"));
        let mut world = World::new(now, user, business, engine, FINE, 1);
        world.connect();
        world.call.set_gate(true);
        world.talk(0, 100);
        world.run(Duration::from_millis(100));
        assert_stream(world.business.heard(), BUSINESS_SSRC, CallLeg::User, 0..100);
        assert_stream(world.user.heard(), USER_SSRC, CallLeg::Business, 0..100);
        for side in [CallLeg::User, CallLeg::Business] {
            let statistics = world.call.statistics(side, world.now);
            assert_eq!((statistics.packets_in, statistics.packets_out, statistics.lost_in), (100, 100, 0), "{engine:?} {side:?}");
            assert_eq!(statistics.drops.iter().filter(|(_, count)| *count > 0).count(), 0, "{:?}", statistics.drops);
        }
    }
}

#[test]
fn a_leg_over_time_has_a_point_for_each_five_seconds_though_nothing_comes_any_more() {
    let mut world = connected();
    let begun = world.call.checklist(CallLeg::User).dtls_done.unwrap();
    world.talk(0, 400);
    world.run(begun + Duration::from_secs(17) - world.now);
    let series = world.call.series(CallLeg::User, world.now);
    let packets: Vec<_> = series.points.iter().map(|point| (point.packets, point.mos.is_some())).collect();
    assert_eq!((series.begins, packets.len(), packets[2..].to_vec()), (Some(begun), 4, vec![(0, false); 2]));
    assert_eq!(packets[0].0 + packets[1].0, 400);
    assert!(packets[0].0 >= 240 && packets[1].1, "{packets:?}");
}

#[test]
fn a_closed_gate_lets_nothing_through_but_tells_that_the_business_speaks() {
    let mut world = connected();
    world.talk(0, 10);
    world.run(FRAME);
    assert!(world.user.heard().is_empty());
    assert_eq!(world.business.heard().len(), 10, "the other way is open");
    assert_eq!(world.count(CallLeg::Business, |event| *event == LegEvent::Heard), 1);
    assert_eq!(world.call.statistics(CallLeg::Business, world.now).drops.of(DropReason::GateClosed), 10);
    world.call.set_gate(true);
    world.talk(10, 10);
    world.run(FRAME);
    assert_stream(world.user.heard(), USER_SSRC, CallLeg::Business, 10..20);
    assert_eq!(world.user.heard()[0].header.sequence, 7_000, "withheld packets are no loss");
    assert!(world.user.heard()[0].header.marker);
}

#[test]
fn payload_types_are_those_of_each_leg() {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let mut business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    business.format.audio = 107;
    business.format.dtmf = 101;
    let mut world = World::new(now, user, business, DtlsLibrary::Dimpl, FINE, 1);
    world.connect();
    world.call.set_gate(true);
    world.say(CallLeg::User, 1);
    world.run(FRAME);
    let event = Header { marker: true, payload_type: 126, sequence: 102, timestamp: 965, ssrc: 0 };
    world.say_as(CallLeg::User, event, &[5, 10, 0, 160]);
    world.say_as(CallLeg::Business, Header { payload_type: 107, ..event }, b"opus");
    world.say_as(CallLeg::Business, Header { payload_type: 101, sequence: 103, ..event }, &[5, 10, 0, 160]);
    world.say_as(CallLeg::Business, Header { payload_type: 111, sequence: 104, ..event }, b"what");
    world.run(FRAME);
    let types = |heard: &[Heard]| heard.iter().map(|packet| packet.header.payload_type).collect::<Vec<_>>();
    assert_eq!(types(world.business.heard()), [107, 101]);
    assert_eq!(types(world.user.heard()), [111]);
    assert_eq!(world.call.statistics(CallLeg::User, world.now).digits_in, 1);
    let business = world.call.statistics(CallLeg::Business, world.now);
    assert_eq!(business.drops.of(DropReason::WrongPayloadType), 1);
    assert_eq!(business.drops.of(DropReason::BusinessDigit), 1);
    assert_eq!(world.call.checklist(CallLeg::Business).payload_types_seen.as_slice(), [107, 101, 111]);
}

#[test]
fn quiet_is_told_after_two_seconds_and_heard_again_after_that() {
    let mut world = connected();
    world.talk(0, 5);
    let spoke_last = world.now - FRAME + Duration::from_millis(5);
    // The far end's own reports keep a leg alive; the user's are cut off here.
    world.network.weather.loss_percent = 100;
    world.run(Duration::from_millis(3_000));
    let quiet: Vec<_> = world.events.iter().filter(|(_, event)| event.event == LegEvent::Quiet).collect();
    assert_eq!(quiet.len(), 2);
    assert!(quiet.iter().all(|(at, _)| *at >= spoke_last + Duration::from_secs(2)), "not before two seconds");
    assert!(quiet.iter().all(|(at, _)| *at <= spoke_last + Duration::from_millis(3_000)));
    world.network.weather.loss_percent = 0;
    world.talk(5, 2);
    assert_eq!(world.count(CallLeg::User, |event| *event == LegEvent::Heard), 2);
}

#[test]
fn reports_tell_each_leg_its_loss_and_round_trip() {
    let mut world = ours(DtlsLibrary::Dimpl, Weather { delay_ms: 50, ..FINE }, 3);
    world.call.set_gate(true);
    world.talk(0, 500);
    world.network.weather.loss_percent = 20;
    world.talk(500, 500);
    world.network.weather.loss_percent = 0;
    world.talk(1000, 500);
    for side in [CallLeg::User, CallLeg::Business] {
        let statistics = world.call.statistics(side, world.now);
        let trip = statistics.round_trip.unwrap().as_millis();
        assert!((99..=102).contains(&trip), "{trip}");
        assert!((60..140).contains(&statistics.lost_in), "{}", statistics.lost_in);
        assert!(statistics.lost_out.unwrap() > 20, "{:?}", statistics.lost_out);
        assert!(statistics.rtcp_in >= 4 && statistics.rtcp_out >= 4);
        assert!(statistics.mos.unwrap() < 4.3);
    }
}

#[test]
fn every_packet_that_arrives_is_passed_on_once_whatever_the_weather() {
    for seed in 0..8 {
        let weather = Weather { loss_percent: 10, twice_percent: 10, delay_ms: 10, spread_ms: 70 };
        let mut world = ours(if seed % 2 == 0 { DtlsLibrary::Dimpl } else { DtlsLibrary::ANY_PEER }, weather, seed);
        world.call.set_gate(true);
        world.talk(0, 200);
        world.run(Duration::from_secs(1));
        for (side, heard) in [(CallLeg::User, world.business.heard()), (CallLeg::Business, world.user.heard())] {
            let mut seen: Vec<_> = heard.iter().map(|packet| packet.payload.clone()).collect();
            let count = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "nothing twice");
            assert!(count > 130, "seed {seed} {side:?}: {count}");
            let first = &heard[0];
            for packet in heard {
                // Payload, sequence and timestamp keep their distance in spite of reordering.
                let frame = |packet: &Heard| String::from_utf8_lossy(&packet.payload[1..6]).parse::<i32>().unwrap();
                let frames = frame(packet) - frame(first);
                assert_eq!(i32::from(packet.header.sequence.wrapping_sub(first.header.sequence) as i16), frames);
                assert_eq!(packet.header.timestamp.wrapping_sub(first.header.timestamp) as i32, 960 * frames);
            }
        }
    }
}

#[test]
fn legs_of_different_codecs_are_not_joined() {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let mut business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    business.format = callport_sdp::Format { audio: 8, dtmf: 126, clock_hz: 8_000 };
    let mut world = World::new(now, user, business, DtlsLibrary::Dimpl, FINE, 1);
    world.connect();
    world.say(CallLeg::User, 1);
    world.run(FRAME);
    assert!(world.business.heard().is_empty());
    assert_eq!(world.call.statistics(CallLeg::User, world.now).drops.of(DropReason::CodecMismatch), 1);
}

#[test]
fn early_audio_waits_for_nobody_and_is_counted() {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    let mut world = World::new(now, user, business, DtlsLibrary::Dimpl, FINE, 1);
    world.introduce(CallLeg::User);
    world.run(Duration::from_secs(1));
    assert!(world.user.is_connected());
    world.say(CallLeg::User, 1);
    world.run(FRAME);
    assert_eq!(world.call.statistics(CallLeg::User, world.now).drops.of(DropReason::OtherLegNotReady), 1);
    world.introduce(CallLeg::Business);
    world.run(Duration::from_secs(1));
    world.say(CallLeg::User, 51);
    world.run(FRAME);
    assert_eq!(world.business.heard().len(), 1);
}

#[test]
fn the_user_may_move_to_another_address_and_the_business_may_not() {
    let mut world = connected();
    world.call.set_gate(true);
    world.talk(0, 3);
    world.network.moved = vec![
        ("10.1.0.1:5000".parse().unwrap(), "10.1.99.99:5999".parse().unwrap()),
        ("10.2.0.1:6000".parse().unwrap(), "10.2.99.99:6999".parse().unwrap()),
    ];
    world.run(Duration::from_secs(30));
    assert_eq!(world.call.remote_address(CallLeg::User), Some("10.1.99.99:5999".parse().unwrap()));
    assert_eq!(world.call.remote_address(CallLeg::Business), Some("10.2.0.1:6000".parse().unwrap()));
    let heard = world.user.heard().len();
    world.talk(1600, 10);
    world.run(Duration::from_millis(100));
    assert_eq!(world.user.heard().len(), heard + 10, "audio from the business's new address is authentic and taken");
}

#[test]
fn a_goodbye_is_counted_and_ends_nothing() {
    let mut world = connected();
    world.talk(0, 3);
    let (now, user) = (world.now, &mut world.user.leg);
    let mut out = Outbox::default();
    user.close(now, &mut out);
    world.network.send(now, out.pop().unwrap());
    world.run(FRAME);
    assert_eq!(world.call.statistics(CallLeg::User, world.now).goodbyes_in, 1);
    assert!(world.call.is_connected(CallLeg::User));
    world.say(CallLeg::User, 4);
    world.run(FRAME);
    assert_eq!(world.business.heard().len(), 4);
}

//! Keypad digits on their way to the business.

use std::time::{Duration, Instant};

use callport_relay::rtp::Header;
use callport_relay::{CallLeg, Digit, DropReason, DtlsLibrary, LegEvent, PressRefused};

use crate::far::{Far, Heard};
use crate::far_leg::FarLeg;
use crate::network::{FINE, Weather};
use crate::world::{BUSINESS_SSRC, World, identity};

fn world(weather: Weather, seed: u64) -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    World::new(now, user, business, DtlsLibrary::Dimpl, weather, seed)
}

fn digit(key: char) -> Digit {
    Digit::from_char(key).unwrap()
}

fn digits(world: &World<FarLeg, FarLeg>) -> String {
    let key = |event: &LegEvent| if let LegEvent::Digit(digit) = event { Some(digit.to_char()) } else { None };
    world.business.events.iter().filter_map(key).collect()
}

#[test]
fn a_digit_takes_the_place_of_audio_in_one_unbroken_stream() {
    let mut world = world(FINE, 1);
    world.connect();
    world.talk(0, 10);
    world.call.press(digit('7'), world.now).unwrap();
    world.talk(10, 20);
    world.run(Duration::from_millis(50));
    let heard = world.business.heard();
    let events: Vec<&Heard> = heard.iter().filter(|packet| packet.header.payload_type == 126).collect();
    assert_eq!(events.len(), 7, "four updates and the end three times");
    let markers: Vec<_> = events.iter().map(|packet| packet.header.marker).collect();
    assert_eq!(markers, [true, false, false, false, false, false, false]);
    let durations: Vec<_> = events.iter().map(|packet| u16::from_be_bytes([packet.payload[2], packet.payload[3]])).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
    let ends: Vec<_> = events.iter().map(|packet| packet.payload[1] >> 7).collect();
    assert_eq!(ends, [0, 0, 0, 0, 1, 1, 1]);
    assert!(events.iter().all(|packet| packet.header.timestamp == events[0].header.timestamp));
    assert!(events.iter().all(|packet| packet.payload[0] == 7 && packet.payload[1] & 0x3f == 10));
    let before = heard.iter().rev().find(|packet| packet.header.payload_type == 111 && packet.at < events[0].at).unwrap();
    assert_eq!(events[0].header.timestamp.wrapping_sub(before.header.timestamp), 720, "15 ms later on the audio's clock");
    assert!(heard.iter().all(|packet| packet.header.ssrc == BUSINESS_SSRC));
    for pair in heard.windows(2) {
        assert_eq!(pair[1].header.sequence.wrapping_sub(pair[0].header.sequence), 1, "no gap");
    }
    let audio_during = heard.iter().filter(|p| p.header.payload_type == 111 && p.at > events[0].at && p.at < events[6].at).count();
    assert_eq!(audio_during, 0);
    assert_eq!(world.call.statistics(CallLeg::User, world.now).drops.of(DropReason::MaskedByDigit), 5);
    assert_eq!(world.call.statistics(CallLeg::Business, world.now).digits_out, 1);
    assert_eq!(digits(&world), "7");
}

#[test]
fn digits_need_no_audio_from_the_user() {
    let mut world = world(FINE, 1);
    assert_eq!(world.call.press(digit('1'), world.now), Err(PressRefused::NotConnected));
    world.connect();
    for key in "*0042#".chars() {
        world.call.press(digit(key), world.now).unwrap();
    }
    world.run(Duration::from_secs(2));
    assert_eq!(digits(&world), "*0042#");
    for _ in 0..32 {
        world.call.press(digit('1'), world.now).unwrap();
    }
    assert_eq!(world.call.press(digit('1'), world.now), Err(PressRefused::QueueFull));
}

#[test]
fn digits_survive_loss_and_reordering() {
    for seed in 0..10 {
        let mut world = world(Weather { loss_percent: 10, twice_percent: 10, delay_ms: 20, spread_ms: 30 }, seed);
        world.connect();
        for key in "123456789".chars() {
            world.call.press(digit(key), world.now).unwrap();
        }
        world.talk(0, 120);
        assert_eq!(digits(&world), "123456789", "seed {seed}");
    }
}

#[test]
fn the_user_s_own_events_pass_and_are_counted_once() {
    let mut world = world(FINE, 1);
    world.connect();
    world.talk(0, 3);
    for (sequence, duration) in (103..).zip([160u16, 320, 480, 480, 480]) {
        let header = Header { marker: sequence == 103, payload_type: 126, sequence, timestamp: 2885, ssrc: 0 };
        let [high, low] = duration.to_be_bytes();
        world.say_as(CallLeg::User, header, &[9, if sequence > 104 { 0x8a } else { 10 }, high, low]);
        world.run(Duration::from_millis(20));
    }
    world.run(Duration::from_millis(20));
    assert_eq!(digits(&world), "9");
    let user = world.call.statistics(CallLeg::User, world.now);
    assert_eq!((user.digits_in, user.packets_in), (1, 8));
    assert_eq!(world.count(CallLeg::User, |event| *event == LegEvent::Digit(digit('9'))), 1);
}

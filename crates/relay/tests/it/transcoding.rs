//! Legs of different codecs whose owner transcodes: what is handed over, and where what comes back goes.

use std::time::{Duration, Instant};

use callport_relay::rtp::Header;
use callport_relay::{CallLeg, Converted, Digit, DropReason, DtlsLibrary, Foreign, PacketContent};
use callport_sdp::Format;

use crate::far::Far as _;
use crate::far::Heard;
use crate::far_leg::FarLeg;
use crate::network::FINE;
use crate::world::{BUSINESS_SSRC, FRAME, USER_SSRC, World, identity, payload};

const PCMA: Format = Format { audio: 8, dtmf: 126, clock_hz: 8_000 };

fn world(transcoding: bool) -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let mut business = FarLeg::new(now, "10.2.0.1:6000", identity(), DtlsLibrary::Dimpl);
    business.format = PCMA;
    let mut world = World::new(now, user, business, DtlsLibrary::Dimpl, FINE, 1);
    world.call.set_transcoding(transcoding);
    world.connect();
    world
}

fn made(sequence: u16, timestamp: u32) -> Converted {
    Converted { ssrc: 9, sequence, timestamp, marker: false, is_audio: true }
}

fn event(sequence: u16, timestamp: u32) -> Converted {
    Converted { is_audio: false, ..made(sequence, timestamp) }
}

/// The business says a packet in its own codec.
fn business_says(world: &mut World<FarLeg, FarLeg>, frame: u16, payload_type: u8) {
    let header = Header { marker: false, payload_type, sequence: 300 + frame, timestamp: 160 * u32::from(frame), ssrc: 0 };
    world.say_as(CallLeg::Business, header, &payload(CallLeg::Business, frame));
    world.run(FRAME);
}

fn places(heard: &[Heard]) -> Vec<(u8, u16, u32)> {
    heard.iter().map(|packet| (packet.header.payload_type, packet.header.sequence, packet.header.timestamp)).collect()
}

fn drops(world: &World<FarLeg, FarLeg>, side: CallLeg, reason: DropReason) -> u32 {
    world.call.statistics(side, world.now).drops.of(reason)
}

#[test]
fn audio_in_the_other_codec_is_handed_over_as_it_came_and_goes_nowhere_else() {
    let mut world = world(true);
    world.call.set_gate(true);
    world.say(CallLeg::User, 7);
    world.run(FRAME);
    business_says(&mut world, 3, 8);
    let handed: Vec<(CallLeg, Header, PacketContent, &[u8])> = world
        .foreign
        .iter()
        .map(|(side, Foreign { header, content, .. }, payload)| (*side, *header, *content, payload.as_slice()))
        .collect();
    let header = |payload_type, sequence, timestamp, ssrc| Header { marker: false, payload_type, sequence, timestamp, ssrc };
    assert_eq!(
        handed,
        [
            (CallLeg::User, header(111, 107, 960 * 7 + 5, 0xfa00_0000 + 5000), PacketContent::Audio, payload(CallLeg::User, 7).as_slice()),
            (CallLeg::Business, header(8, 303, 480, 0xfa00_0000 + 6000), PacketContent::Audio, payload(CallLeg::Business, 3).as_slice()),
        ]
    );
    assert!(world.user.heard().is_empty() && world.business.heard().is_empty());
    for side in [CallLeg::User, CallLeg::Business] {
        assert_eq!(drops(&world, side, DropReason::CodecMismatch), 0);
        assert_eq!(world.call.statistics(side, world.now).packets_in, 1);
    }
}

#[test]
fn without_an_owner_that_transcodes_nothing_is_handed_over() {
    let mut world = world(false);
    world.call.set_gate(true);
    world.say(CallLeg::User, 1);
    world.run(FRAME);
    business_says(&mut world, 1, 8);
    assert!(world.foreign.is_empty());
    for side in [CallLeg::User, CallLeg::Business] {
        assert_eq!(drops(&world, side, DropReason::CodecMismatch), 1);
    }
}

#[test]
fn legs_of_one_codec_are_joined_whether_the_owner_transcodes_or_not() {
    let now = Instant::now();
    let far = |address| FarLeg::new(now, address, identity(), DtlsLibrary::Dimpl);
    let mut world = World::new(now, far("10.1.0.1:5000"), far("10.2.0.1:6000"), DtlsLibrary::Dimpl, FINE, 1);
    world.call.set_transcoding(true);
    world.call.set_gate(true);
    world.connect();
    world.talk(0, 5);
    world.run(FRAME);
    assert!(world.foreign.is_empty());
    assert_eq!((world.user.heard().len(), world.business.heard().len()), (5, 5));
}

#[test]
fn converted_packets_go_on_from_the_streams_own_numbers_on_the_clock_of_the_leg() {
    let mut world = world(true);
    world.call.set_gate(true);
    for (frame, sequence) in (0..4).zip([65_534, 65_535, 0, 1]) {
        world.convert(CallLeg::Business, &made(sequence, 160 * frame), b"a-law");
        world.convert(CallLeg::User, &made(sequence, 960 * frame), b"opus");
        world.run(FRAME);
    }
    let steps =
        |payload_type, units| (0..4u32).map(|frame| (payload_type, 7_000 + frame as u16, 90_000 + units * frame)).collect::<Vec<_>>();
    assert_eq!(places(world.business.heard()), steps(8, 160));
    assert_eq!(places(world.user.heard()), steps(111, 960));
    assert_eq!((world.business.heard()[3].payload.as_slice(), world.user.heard()[3].payload.as_slice()), (&b"a-law"[..], &b"opus"[..]));
    assert_eq!((world.business.heard()[0].header.ssrc, world.user.heard()[0].header.ssrc), (BUSINESS_SSRC, USER_SSRC));
    let markers: Vec<bool> = world.business.heard().iter().map(|packet| packet.header.marker).collect();
    assert_eq!(markers, [true, false, false, false], "the first of a source is marked");
}

#[test]
fn a_pause_and_a_change_of_source_move_the_clock_and_leave_no_gap() {
    let mut world = world(true);
    world.convert(CallLeg::Business, &made(1, 0), b"a");
    world.run(Duration::from_secs(10));
    world.convert(CallLeg::Business, &Converted { marker: true, ..made(2, 80_000) }, b"b");
    world.run(Duration::from_secs(1));
    world.convert(CallLeg::Business, &Converted { ssrc: 10, ..made(3, 80_160) }, b"c");
    world.run(FRAME);
    assert_eq!(places(world.business.heard()), [(8, 7_000, 90_000), (8, 7_001, 170_000), (8, 7_002, 178_000)]);
    assert!(world.business.heard().iter().all(|packet| packet.header.marker));
}

#[test]
fn a_digit_masks_what_is_converted_and_leaves_one_unbroken_stream() {
    let mut world = world(true);
    for frame in 0..20u16 {
        if frame == 5 {
            world.call.press(Digit::from_char('7').unwrap(), world.now).unwrap();
        }
        world.say(CallLeg::User, frame);
        world.convert(CallLeg::Business, &made(frame, 160 * u32::from(frame)), b"a");
        world.run(FRAME);
    }
    assert_eq!(world.foreign.len(), 20, "what is masked is handed over too, so that nobody takes it for lost");
    let heard = world.business.heard();
    assert!(heard.windows(2).all(|pair| pair[1].header.sequence.wrapping_sub(pair[0].header.sequence) == 1), "no gap");
    let keys: Vec<_> = heard.iter().filter(|packet| packet.header.payload_type == 126).collect();
    assert_eq!(keys.len(), 7);
    assert_eq!(keys[6].payload[2..], 800u16.to_be_bytes(), "100 ms in units of 8000 Hz");
    let on_clock = |packet: &&Heard| (packet.header.timestamp - 90_000) / 8 <= (packet.at - heard[0].at).as_millis() as u32 + 20;
    assert!(heard.iter().all(|packet| on_clock(&packet)));
    let masked = drops(&world, CallLeg::User, DropReason::MaskedByDigit);
    assert_eq!(heard.len() - 7, 20 - masked as usize);
    assert!((4..=6).contains(&masked), "{masked}");
}

#[test]
fn events_of_the_phone_are_handed_over_and_keep_their_number() {
    let mut world = world(true);
    world.say_as(CallLeg::User, Header { marker: true, payload_type: 126, sequence: 5, timestamp: 9_600, ssrc: 0 }, &[5, 10, 0, 160]);
    world.run(FRAME);
    assert!(
        matches!(world.foreign.as_slice(), [(CallLeg::User, Foreign { content: PacketContent::Event, .. }, payload)] if *payload == [5, 10, 0, 160])
    );
    world.convert(CallLeg::Business, &made(0, 0), b"a");
    world.convert(CallLeg::Business, &event(1, 160), &[5, 10, 0, 160]);
    world.run(FRAME);
    world.convert(CallLeg::Business, &event(2, 160), &[5, 0x8a, 1, 64]);
    world.convert(CallLeg::Business, &made(3, 480), b"a");
    world.run(FRAME);
    assert_eq!(places(world.business.heard()), [(8, 7_000, 90_000), (126, 7_001, 90_160), (126, 7_002, 90_160), (8, 7_003, 90_480)]);
}

#[test]
fn events_of_the_business_are_handed_over_for_their_number_and_stay_here() {
    let mut world = world(true);
    world.call.set_gate(true);
    business_says(&mut world, 1, 126);
    assert_eq!(world.foreign.len(), 1);
    assert_eq!(drops(&world, CallLeg::Business, DropReason::BusinessDigit), 1);
    world.convert(CallLeg::User, &event(1, 0), &[5, 10, 0, 160]);
    world.run(FRAME);
    assert_eq!(drops(&world, CallLeg::Business, DropReason::BusinessDigit), 2);
    assert!(world.user.heard().is_empty());
}

#[test]
fn what_the_business_sends_beside_its_audio_disturbs_nothing_that_is_converted() {
    let mut world = world(true);
    world.call.set_gate(true);
    for frame in 0..6_u16 {
        world.convert(CallLeg::User, &Converted { ssrc: 0xfa00_0000 + 6000, ..made(frame, 960 * u32::from(frame)) }, b"opus");
        business_says(&mut world, 10 * frame, if frame % 2 == 0 { 126 } else { 96 });
    }
    assert_eq!(places(world.user.heard()), (0..6).map(|n| (111, 7_000 + n, 90_000 + 960 * u32::from(n))).collect::<Vec<_>>());
    let handed: Vec<PacketContent> = world.foreign.iter().map(|(_, foreign, _)| foreign.content).collect();
    assert_eq!(handed, [PacketContent::Event, PacketContent::Nothing].repeat(3), "for their numbers");
}

#[test]
fn the_gate_holds_before_and_behind_the_owner() {
    let mut world = world(true);
    business_says(&mut world, 1, 8);
    assert!(world.foreign.is_empty(), "nothing is transcoded that may not be heard");
    world.convert(CallLeg::User, &made(0, 0), b"opus");
    assert_eq!(drops(&world, CallLeg::Business, DropReason::GateClosed), 2);
    world.call.set_gate(true);
    world.convert(CallLeg::User, &made(1, 960), b"opus");
    world.run(FRAME);
    assert_eq!(places(world.user.heard()), [(111, 7_000, 90_000)]);
}

#[test]
fn what_comes_before_the_leg_or_fits_no_datagram_is_counted_on_the_side_it_came_from() {
    let now = Instant::now();
    let far = |address| FarLeg::new(now, address, identity(), DtlsLibrary::Dimpl);
    let mut world = World::new(now, far("10.1.0.1:5000"), far("10.2.0.1:6000"), DtlsLibrary::Dimpl, FINE, 1);
    world.call.set_transcoding(true);
    world.convert(CallLeg::Business, &made(0, 0), b"a");
    assert_eq!(drops(&world, CallLeg::User, DropReason::OtherLegNotReady), 1);
    world.connect();
    world.convert(CallLeg::Business, &made(1, 160), &[0; 1_475]);
    assert_eq!(drops(&world, CallLeg::User, DropReason::Unsendable), 1);
    world.call.count_drop(CallLeg::User, DropReason::TranscoderBusy);
    assert_eq!(drops(&world, CallLeg::User, DropReason::TranscoderBusy), 1);
}

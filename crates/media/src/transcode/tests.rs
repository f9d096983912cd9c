//! Lanes by themselves, and the way to a worker and back.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use callport_audio::{
    FRAME_SAMPLES, Law, NARROWBAND_FRAME, NARROWBAND_RATE, SAMPLE_RATE, Source, Tone, VoiceDecoder, VoiceEncoder, rms_dbfs, tone_share,
};

use super::lane::Lane;
use super::*;
use crate::udp::wait_readable;

const LAWS: [Law; 2] = [Law::A, Law::Mu];

/// What a lane made.
type Out = Vec<(Converted, Vec<u8>)>;

fn header(sequence: u16, timestamp: u32) -> Header {
    Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: 7 }
}

fn give(lane: &mut Lane, out: &mut Out, header: Header, payload: &[u8]) -> Result<(), DropReason> {
    give_at(lane, out, Instant::now(), header, payload)
}

fn give_at(lane: &mut Lane, out: &mut Out, arrived: Instant, header: Header, payload: &[u8]) -> Result<(), DropReason> {
    lane.convert(arrived, &header, PacketContent::Audio, payload, &mut |place, made| out.push((place, made.to_vec())))
}

fn event(lane: &mut Lane, out: &mut Out, header: Header) {
    lane.convert(Instant::now(), &header, PacketContent::Event, &[5, 10, 0, 160], &mut |place, made| out.push((place, made.to_vec())))
        .unwrap();
}

/// So many packets of a tone, as a phone sends them.
fn opus(hz: f32, packets: usize) -> Vec<Vec<u8>> {
    let (mut encoder, mut tone) = (VoiceEncoder::new().unwrap(), Tone::new(hz, -20.0));
    (0..packets).map(|_| encoder.encode(&tone.next_frame().unwrap()).unwrap()).collect()
}

/// Seconds of a tone, as a business sends it.
fn g711(law: Law, hz: f32, seconds: usize) -> Vec<u8> {
    let mut tone = Tone::new(hz, -20.0);
    let frames = std::iter::repeat_with(|| tone.next_frame().unwrap()).take(50 * seconds);
    frames.flat_map(|frame| (0..NARROWBAND_FRAME).map(move |index| law.encode(frame[6 * index]))).collect()
}

fn from_g711(law: Law, out: &Out) -> Vec<i16> {
    out.iter().flat_map(|(_, payload)| payload.iter().map(|byte| law.decode(*byte))).collect()
}

fn from_opus(out: &Out) -> Vec<i16> {
    let mut decoder = VoiceDecoder::new().unwrap();
    out.iter().flat_map(|(_, payload)| decoder.decode(payload).unwrap().to_vec()).collect()
}

fn places(out: &Out) -> Vec<(u16, u32, bool)> {
    out.iter().map(|(place, _)| (place.sequence, place.timestamp, place.marker)).collect()
}

/// So many packets in an unbroken row, only the first marked.
fn row(packets: u16, units: u32) -> Vec<(u16, u32, bool)> {
    (0..packets).map(|index| (index, units * u32::from(index), index == 0)).collect()
}

#[test]
fn a_phones_tone_is_heard_by_a_business_of_either_law() {
    for law in LAWS {
        let (mut lane, mut out) = (Lane::to_g711(law).unwrap(), Out::new());
        for (index, packet) in opus(440.0, 50).iter().enumerate() {
            give(
                &mut lane,
                &mut out,
                header(65_530_u16.wrapping_add(index as u16), (u32::MAX - 5_000).wrapping_add(960 * index as u32)),
                packet,
            )
            .unwrap();
        }
        assert_eq!(places(&out), row(50, 160));
        assert!(out.iter().all(|(place, payload)| place.ssrc == 7 && place.is_audio && payload.len() == NARROWBAND_FRAME));
        let steady = &from_g711(law, &out)[1_600..];
        assert!((rms_dbfs(steady) + 20.0).abs() < 2.0, "{law:?}: level {}", rms_dbfs(steady));
        assert!(tone_share(steady, 440.0, NARROWBAND_RATE) > 0.9, "{law:?}");
    }
}

#[test]
fn a_businesss_packets_of_any_length_become_opus_of_20_ms() {
    for law in LAWS {
        for ms in [10, 20, 30, 40, 50, 60, 80, 100] {
            let (mut lane, mut out) = (Lane::to_opus(law).unwrap(), Out::new());
            for (index, packet) in g711(law, 800.0, 1).chunks(8 * ms).enumerate() {
                give(&mut lane, &mut out, header(index as u16, (8 * ms * index) as u32), packet).unwrap();
            }
            assert_eq!(places(&out), row(50, 960), "{law:?}, {ms} ms");
            let steady = &from_opus(&out)[10 * FRAME_SAMPLES..];
            assert!((rms_dbfs(steady) + 20.0).abs() < 2.0, "{law:?}, {ms} ms: level {}", rms_dbfs(steady));
            assert!(tone_share(steady, 800.0, SAMPLE_RATE) > 0.9, "{law:?}, {ms} ms");
        }
    }
}

#[test]
fn what_a_phone_lost_is_made_up_for_in_an_unbroken_row() {
    let (mut lane, mut out) = (Lane::to_g711(Law::A).unwrap(), Out::new());
    let lost = |index: &usize| *index == 20 || (30..33).contains(index);
    for (index, packet) in opus(440.0, 50).iter().enumerate().filter(|(index, _)| !lost(index)) {
        give(&mut lane, &mut out, header(index as u16, 960 * index as u32), packet).unwrap();
    }
    assert_eq!(places(&out), row(50, 160));
    let sound = from_g711(Law::A, &out);
    assert!(rms_dbfs(&sound[20 * 160..21 * 160]) > -26.0, "one lost packet is not heard");
    assert!(tone_share(&sound[1_600..], 440.0, NARROWBAND_RATE) > 0.8);
}

#[test]
fn what_a_business_lost_is_made_up_for_in_an_unbroken_row() {
    let (mut lane, mut out) = (Lane::to_opus(Law::Mu).unwrap(), Out::new());
    for (index, packet) in g711(Law::Mu, 800.0, 1).chunks(240).enumerate().filter(|(index, _)| *index != 15) {
        give(&mut lane, &mut out, header(index as u16, 240 * index as u32), packet).unwrap();
    }
    assert_eq!(places(&out), row(50, 960));
    let sound = from_opus(&out);
    assert!(rms_dbfs(&sound[23 * FRAME_SAMPLES..24 * FRAME_SAMPLES]) > -30.0, "30 ms are bridged");
    assert!(tone_share(&sound[10 * FRAME_SAMPLES..], 800.0, SAMPLE_RATE) > 0.8);
}

#[test]
fn a_pause_moves_the_time_and_is_marked() {
    let (start, packets) = (Instant::now(), opus(440.0, 4));
    let (mut lane, mut out) = (Lane::to_g711(Law::A).unwrap(), Out::new());
    for (sequence, timestamp, packet) in [(0, 0, 0), (1, 960, 1), (2, 96_000, 2), (60, 192_000, 3)] {
        let arrived = start + Duration::from_millis(u64::from(timestamp) / 48);
        give_at(&mut lane, &mut out, arrived, header(sequence, timestamp), &packets[packet]).unwrap();
    }
    assert_eq!(places(&out), [(0, 0, true), (1, 160, false), (2, 16_000, true), (3, 32_000, true)]);

    let (mut lane, mut out) = (Lane::to_opus(Law::A).unwrap(), Out::new());
    give(&mut lane, &mut out, header(0, 0), &[0xd5; 240]).unwrap();
    give(&mut lane, &mut out, header(1, 8_000), &[0xd5; 160]).unwrap();
    assert_eq!(places(&out), [(0, 0, true), (1, 960, false), (2, 48_000, true)], "what was begun is finished with silence");
}

#[test]
fn late_packets_and_what_is_no_audio_are_refused_and_named() {
    let packets = opus(440.0, 4);
    let (mut lane, mut out) = (Lane::to_g711(Law::A).unwrap(), Out::new());
    give(&mut lane, &mut out, header(5, 0), &packets[0]).unwrap();
    for (sequence, payload, reason) in [
        (4, &packets[1][..], DropReason::TooLate),
        (6, &[][..], DropReason::Undecodable),
        (6, &[0xff, 0x3f, 0, 0][..], DropReason::Undecodable),
    ] {
        assert_eq!(give(&mut lane, &mut out, header(sequence, 960), payload), Err(reason));
    }
    give(&mut lane, &mut out, header(7, 1_920), &packets[2]).unwrap();
    assert_eq!(places(&out), row(3, 160), "what could not be used is made up for");

    let mut lane = Lane::to_opus(Law::A).unwrap();
    for payload in [&[][..], &[0; 961]] {
        assert_eq!(give(&mut lane, &mut out, header(1, 0), payload), Err(DropReason::Undecodable));
    }
    let long = lane
        .convert(Instant::now(), &header(1, 0), PacketContent::Event, &[0; MAX_NATIVE + 1], &mut |_, _| panic!("nothing is made of it"));
    assert_eq!(long, Err(DropReason::Undecodable));
}

#[test]
fn keys_of_a_phone_pass_in_their_place_and_those_of_a_business_leave_no_gap() {
    let packets = opus(440.0, 3);
    let (mut lane, mut out) = (Lane::to_g711(Law::A).unwrap(), Out::new());
    give(&mut lane, &mut out, header(0, 0), &packets[0]).unwrap();
    (1..4).for_each(|sequence| event(&mut lane, &mut out, header(sequence, 1_920)));
    give(&mut lane, &mut out, header(4, 4_800), &packets[1]).unwrap();
    assert_eq!(places(&out), [(0, 0, true), (1, 320, false), (2, 320, false), (3, 320, false), (4, 800, true)]);
    let kinds: Vec<(bool, usize)> = out.iter().map(|(place, payload)| (place.is_audio, payload.len())).collect();
    assert_eq!(kinds, [(true, 160), (false, 4), (false, 4), (false, 4), (true, 160)]);

    let (mut lane, mut out) = (Lane::to_opus(Law::A).unwrap(), Out::new());
    event(&mut lane, &mut out, header(9, 0));
    give(&mut lane, &mut out, header(10, 0), &[0xd5; 160]).unwrap();
    event(&mut lane, &mut out, header(11, 160));
    give(&mut lane, &mut out, header(12, 160), &[0xd5; 160]).unwrap();
    assert_eq!(places(&out), row(2, 960));
}

#[test]
fn another_source_goes_on_in_the_same_row() {
    let packets = opus(440.0, 2);
    let (mut lane, mut out) = (Lane::to_g711(Law::A).unwrap(), Out::new());
    give(&mut lane, &mut out, header(9, 960), &packets[0]).unwrap();
    give(&mut lane, &mut out, Header { ssrc: 8, ..header(60_000, 77) }, &packets[1]).unwrap();
    assert_eq!(places(&out), [(0, 0, true), (1, 160, true)]);
    assert_eq!(out[1].0.ssrc, 8);
}

#[test]
fn no_sequence_of_packets_makes_more_than_a_second_of_sound_at_once() {
    // SplitMix64, so that a failure comes back.
    let mut state = 1_u64;
    let mut random = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word ^ word >> 31
    };
    for mut lane in [Lane::to_g711(Law::A).unwrap(), Lane::to_opus(Law::Mu).unwrap()] {
        let (mut sequence, mut timestamp) = (0_u16, 0_u32);
        for _ in 0..3_000 {
            let word = random();
            sequence = sequence.wrapping_add(if word & 7 == 0 { random() as u16 } else { (word >> 8) as u16 % 7 });
            timestamp = timestamp.wrapping_add(if word & 56 == 0 { random() as u32 } else { (word >> 24) as u32 % 5_000 });
            let payload: Vec<u8> = (0..random() % 1_000).map(|_| random() as u8).collect();
            let header = Header { ssrc: (word >> 60) as u32 / 8, ..header(sequence, timestamp) };
            let mut made = 0;
            let content =
                [PacketContent::Audio, PacketContent::Audio, PacketContent::Event, PacketContent::Nothing][(word >> 6) as usize & 3];
            let _ = lane.convert(Instant::now(), &header, content, &payload, &mut |_, payload| {
                assert!(payload.len() <= MAX_NATIVE);
                made += 1;
            });
            assert!(made <= 50, "{made} packets");
        }
    }
}

fn shared() -> Arc<Shared> {
    Arc::new(Shared::new(0, 4, vec![], Arc::default()).unwrap())
}

const ID: SlotId = SlotId { slot: 3, generation: 9 };

fn silence(sequence: u16) -> (Foreign, [u8; 160]) {
    (Foreign { header: header(sequence, 160 * u32::from(sequence)), payload: 0..160, content: PacketContent::Audio }, [0xd5; 160])
}

/// The next word of a worker.
fn next(shared: &Shared) -> Native {
    let mut taken = std::collections::VecDeque::new();
    while taken.is_empty() {
        wait_readable(&[std::os::fd::AsFd::as_fd(&shared.natives)], Some(std::time::Duration::from_secs(30)));
        shared.natives.take(&mut taken);
    }
    assert_eq!(taken.len(), 1);
    taken.pop_front().unwrap()
}

#[test]
fn a_worker_answers_the_thread_that_asked_and_forgets_a_call_with_its_ticket() {
    let transcoders = Transcoders::start(1).unwrap();
    let (first, second) = (shared(), shared());
    let mut ticket = transcoders.begin(ID, G711::Pcma, first.clone()).unwrap();
    let (foreign, payload) = silence(0);
    ticket.convert(Instant::now(), CallLeg::Business, &foreign, &payload).unwrap();
    let native = next(&first);
    assert_eq!((native.id, native.to), (ID, CallLeg::User));
    assert!(matches!(native.made, Made::Packet(packet) if packet.place.timestamp == 0 && !packet.payload().is_empty()));
    ticket.convert(Instant::now(), CallLeg::User, &foreign, &[0xff, 0x3f, 0, 0]).unwrap();
    let native = next(&first);
    assert!(matches!((native.to, native.made), (CallLeg::Business, Made::Dropped(DropReason::Undecodable, 1))));
    assert_eq!(ticket.in_flight.load(Ordering::Relaxed), 0);

    drop(ticket);
    let mut ticket = transcoders.begin(ID, G711::Pcmu, second.clone()).unwrap();
    ticket.convert(Instant::now(), CallLeg::Business, &foreign, &payload).unwrap();
    next(&second);
    assert_eq!(Arc::strong_count(&first), 1, "the worker works in order, and holds nothing of the call before any more");
    drop((ticket, transcoders));
    assert_eq!(Arc::strong_count(&second), 1, "nor of any once it has ended");
}

#[test]
fn packets_that_overtake_each_other_on_the_way_are_heard_in_order_and_one_that_never_comes_is_made_up_for() {
    let transcoders = Transcoders::start(1).unwrap();
    let shared = shared();
    let mut ticket = transcoders.begin(ID, G711::Pcma, shared.clone()).unwrap();
    let now = Instant::now();
    let mut say = |sequence: u16, arrived: Instant| {
        let (foreign, payload) = silence(sequence);
        ticket.convert(arrived, CallLeg::Business, &foreign, &payload).unwrap();
    };
    let times = |count: usize| -> Vec<u32> {
        let mut taken = std::collections::VecDeque::new();
        let mut times = vec![];
        while times.len() < count {
            wait_readable(&[std::os::fd::AsFd::as_fd(&shared.natives)], Some(Duration::from_secs(30)));
            shared.natives.take(&mut taken);
            times.extend(taken.drain(..).map(|native| match native.made {
                Made::Packet(packet) => packet.place.timestamp / 960,
                Made::Dropped(reason, _) => panic!("{reason:?}"),
            }));
        }
        times
    };
    // As if they came in an hour, so that nobody's patience ends while this thread is held up.
    let later = now + Duration::from_secs(3_600);
    [0, 2, 1, 3].into_iter().for_each(|sequence| say(sequence, later));
    assert_eq!(times(4), [0, 1, 2, 3]);
    // Number 4 never comes; the one behind it is heard although nothing follows.
    say(5, now);
    assert_eq!(times(2), [4, 5]);
}

#[test]
fn however_fast_the_clock_of_a_business_is_nothing_piles_up() {
    for parts_per_million in [0_i64, 10_000, -10_000] {
        let (mut lane, mut out) = (Lane::to_opus(Law::A).unwrap(), Out::new());
        let start = Instant::now();
        for (index, packet) in (0_u64..).zip(g711(Law::A, 800.0, 20).chunks(160)) {
            let arrived = start + Duration::from_micros((20_000 - parts_per_million / 50) as u64 * index);
            give_at(&mut lane, &mut out, arrived, header(index as u16, 160 * index as u32), packet).unwrap();
            assert_eq!(out.len() as u64, index + 1, "each packet makes one at once");
        }
        assert_eq!(places(&out), row(1_000, 960));
    }
}

#[test]
fn calls_go_to_the_worker_with_the_fewest_and_none_begins_where_there_is_none() {
    let transcoders = Transcoders::start(2).unwrap();
    let shared = shared();
    let tickets: Vec<_> = (0..4).map(|_| transcoders.begin(ID, G711::Pcma, shared.clone()).unwrap()).collect();
    let load = || transcoders.workers.iter().map(|worker| worker.calls.load(Ordering::Relaxed)).collect::<Vec<_>>();
    assert_eq!(load(), [2, 2]);
    drop(tickets);
    assert_eq!(load(), [0, 0]);
    assert!(transcoders.exist() && !Transcoders::start(0).unwrap().exist());
    assert!(Transcoders::default().begin(ID, G711::Pcma, shared).is_none());
}

#[test]
fn one_call_cannot_fill_a_queue_and_a_full_queue_refuses() {
    // A worker that never works.
    let worker = Arc::new(Worker { mailbox: Mailbox::new().unwrap(), calls: AtomicUsize::new(0) });
    let mut transcoders = Transcoders::default();
    transcoders.workers.push(worker);
    let shared = shared();
    let begin = || transcoders.begin(ID, G711::Pcma, shared.clone()).unwrap();
    let (foreign, payload) = silence(0);
    let now = Instant::now();
    let taken = |ticket: &mut Ticket| (0..600).filter(|_| ticket.convert(now, CallLeg::User, &foreign, &payload).is_ok()).count();
    let mut tickets: Vec<Ticket> = (0..64).map(|_| begin()).collect();
    assert_eq!(taken(&mut tickets[0]), MAX_IN_FLIGHT as usize);
    assert_eq!(tickets[0].convert(now, CallLeg::User, &foreign, &payload), Err(DropReason::TooFast));
    let all: usize = tickets[1..].iter_mut().map(taken).sum();
    assert_eq!(all + MAX_IN_FLIGHT as usize + tickets.len(), crate::mailbox::MAX_WAITING, "beginnings wait there too");
    assert_eq!(tickets[63].convert(Instant::now(), CallLeg::User, &foreign, &payload), Err(DropReason::TranscoderBusy));
    assert_eq!(tickets[63].in_flight.load(Ordering::Relaxed), 0, "what was refused is not under way");
    assert_eq!(tickets[0].convert(Instant::now(), CallLeg::User, &foreign, &[0; MAX_FOREIGN + 1]), Err(DropReason::Undecodable));
}

#[test]
fn a_call_may_send_ten_seconds_at_once_and_then_as_much_as_it_speaks() {
    let (start, mut allowance) = (Instant::now(), Allowance::default());
    let mut taken = |ms: u64, packets: usize| (0..packets).filter(|_| allowance.take(start + Duration::from_millis(ms))).count();
    assert_eq!(taken(0, 1_000), 512);
    assert_eq!([1, 4, 5, 9, 10].map(|ms| taken(ms, 5)), [0, 0, 1, 0, 1]);
    assert_eq!(taken(1_010, 1_000), 200);
    assert_eq!(taken(60_000, 1_000), 512, "and all at once again after a while");
}

#[test]
fn speech_that_comes_at_once_is_heard_whole_and_a_clock_that_does_not_fit_as_well() {
    for (step, expected) in [(160, 250), (960, 250), (0, 250), (80, 250)] {
        let (mut lane, mut out) = (Lane::to_opus(Law::A).unwrap(), Out::new());
        for (index, packet) in g711(Law::A, 800.0, 5).chunks(160).enumerate() {
            give(&mut lane, &mut out, header(index as u16, step * index as u32), packet).unwrap();
        }
        let heard = places(&out);
        assert_eq!(heard.len(), expected, "{step}");
        assert!(heard[2..].windows(2).all(|pair| pair[1].1.wrapping_sub(pair[0].1) == 960), "{step}: a row of 20 ms");
        let steady = &from_opus(&out)[10 * FRAME_SAMPLES..];
        assert!(tone_share(steady, 800.0, SAMPLE_RATE) > 0.9, "{step}");
    }
}

#[test]
fn what_finds_no_room_on_the_way_back_is_told_later() {
    let transcoders = Transcoders::start(1).unwrap();
    let (busy, idle) = (shared(), shared());
    let mut ticket = transcoders.begin(ID, G711::Pcma, busy.clone()).unwrap();
    let mut other = transcoders.begin(ID, G711::Pcma, idle.clone()).unwrap();
    let fill = || Native { id: ID, to: CallLeg::User, made: Made::Dropped(DropReason::TooLate, 0) };
    while busy.natives.post(fill()).is_ok() {}
    let mut say = |sequence| {
        let (foreign, payload) = silence(sequence);
        ticket.convert(Instant::now(), CallLeg::Business, &foreign, &payload).unwrap();
        other.convert(Instant::now(), CallLeg::Business, &foreign, &payload).unwrap();
        next(&idle); // and so the one before is done
    };
    (0..2).for_each(&mut say);
    let mut taken = std::collections::VecDeque::new();
    busy.natives.take(&mut taken);
    assert!(taken.iter().all(|native| matches!(native.made, Made::Dropped(DropReason::TooLate, 0))));
    taken.clear();
    say(2);
    busy.natives.take(&mut taken);
    let words: Vec<_> =
        taken.iter().map(|native| if let Made::Dropped(reason, count) = native.made { Some((reason, count)) } else { None }).collect();
    assert_eq!(words, [Some((DropReason::TranscoderBusy, 2)), None]);
}

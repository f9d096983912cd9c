//! Businesses that speak G.711 to a phone that speaks Opus, both with sound in it.

use std::time::{Duration, Instant};

use callport_audio::{
    FRAME_SAMPLES, Law, NARROWBAND_FRAME, NARROWBAND_RATE, SAMPLE_RATE, Source, Tone, VoiceDecoder, VoiceEncoder, rms_dbfs, tone_share,
};
use callport_core::call::{Answer, MediaSign, Side};
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{Media as _, MediaFault};
use callport_engine::records::CheckOutcome::{self, Passed, Warning};
use callport_media::MediaConfig;
use callport_sdp::{self as sdp, Codec};

use crate::world::{Party, Peer, World, check, config, unpassed};

pub(crate) const PHONE_HZ: f32 = 440.0;
pub(crate) const BUSINESS_HZ: f32 = 800.0;

/// Packets that may be on their way before more are said; far fewer than any queue holds.
const AHEAD: usize = 8;

/// A business that finds G.711 in its offer and answers with nothing else.
fn answer_with(business: &mut Peer, offer: &str, codec: Codec) -> String {
    let offered = sdp::read_platform_offer(offer).unwrap().with_codec(codec).unwrap();
    business.take(&offered);
    sdp::write_peer_answer(&business.description(), &offered)
}

fn call(world: &mut World, codec: AdditionalCodec, change: impl FnOnce(String) -> String) -> Party {
    let (mut phone, mut business) = (world.peer(), world.peer());
    let id = world.call_id();
    assert!(world.plane.transcodes(codec), "or the engine would not offer it");
    let opened = world.open_with(&id, phone.offer(), vec![codec]).unwrap();
    phone.take_answer(&opened.phone_answer);
    let spoken = if codec == AdditionalCodec::Pcma { Codec::Pcma } else { Codec::Pcmu };
    let answer = Answer::new(change(answer_with(&mut business, &opened.business_offer, spoken)));
    let read = world.plane.read_answer(&answer, &[codec], world.keys).unwrap();
    assert!(read.warnings.is_empty());
    world.plane.apply_answer(&id, &read);
    world.plane.open_gate(&id);
    connected(world, Party { id, phone, business })
}

/// A business's call whose offer lists these payload types, to a number that takes PCMA; a phone has picked up.
fn business_call(world: &mut World, numbers: &str) -> Party {
    let (mut phone, mut business) = (world.peer(), world.peer());
    let id = world.call_id();
    let opened = world.ring(&id, offer_listing(&business, numbers), vec![AdditionalCodec::Pcma]).unwrap();
    business.take_answer(&opened.business_answer);
    world.pick_up(&id, &mut phone);
    world.plane.open_gate(&id);
    connected(world, Party { id, phone, business })
}

/// G.711 needs no `a=rtpmap` (RFC 3551 §6).
fn offer_listing(business: &Peer, numbers: &str) -> String {
    business.offer().replace("SAVPF 111 126", &format!("SAVPF {numbers}"))
}

fn connected(world: &mut World, mut party: Party) -> Party {
    world.drive(&mut party, "both far ends to connect", |party| party.phone.leg.is_connected() && party.business.leg.is_connected());
    // Nothing that is said from here on is lost for want of a leg.
    let until = Instant::now() + Duration::from_secs(30);
    while [Side::User, Side::Business].iter().any(|side| !world.signs().contains(&MediaSign::Connected(*side))) {
        assert!(Instant::now() < until, "{:?}", world.texts());
        let mut stepped = false;
        world.drive(&mut party, "a step", |_| std::mem::replace(&mut stepped, true));
    }
    party
}

/// What both say, a packet whenever the other has heard enough.
pub(crate) struct Voices {
    phone: (VoiceEncoder, Tone),
    business: (Law, Tone),
}

impl Voices {
    pub(crate) fn new(law: Law) -> Voices {
        let phone = (VoiceEncoder::new().unwrap(), Tone::new(PHONE_HZ, -20.0));
        Voices { phone, business: (law, Tone::new(BUSINESS_HZ, -20.0)) }
    }

    pub(crate) fn speak(&mut self, party: &mut Party) {
        let (phone, business) = (party.phone.said as usize, party.business.said as usize);
        if phone < party.business.heard.len() + AHEAD {
            let (encoder, tone) = &mut self.phone;
            party.phone.say_payload(&encoder.encode(&tone.next_frame().unwrap()).unwrap());
        }
        if business < party.phone.heard.len() + AHEAD {
            let (law, tone) = &mut self.business;
            let frame = tone.next_frame().unwrap();
            let payload: [u8; NARROWBAND_FRAME] = std::array::from_fn(|index| law.encode(frame[6 * index]));
            party.business.say_payload(&payload);
        }
    }
}

pub(crate) fn is_tone(samples: &[i16], hz: f32, rate: u32) {
    let (share, level) = (tone_share(samples, hz, rate), rms_dbfs(samples));
    assert!(share > 0.9, "{share} of the sound is {hz} Hz");
    assert!((level + 20.0).abs() < 3.0, "{level} dBFS");
}

#[test]
fn a_business_of_either_law_and_a_phone_hear_each_other_and_every_check_passes() {
    for (codec, law, number, name) in [(AdditionalCodec::Pcma, Law::A, 8, "PCMA"), (AdditionalCodec::Pcmu, Law::Mu, 0, "PCMU")] {
        let mut world = World::new(config());
        let mut party = call(&mut world, codec, |answer| answer);
        let mut voices = Voices::new(law);
        world.drive(&mut party, "a second and a half each way", |party| {
            voices.speak(party);
            party.phone.heard.len() >= 75 && party.business.heard.len() >= 75
        });

        let heard = &party.business.heard;
        for (header, payload) in heard {
            assert_eq!((header.payload_type, payload.len()), (number, NARROWBAND_FRAME));
        }
        party.business.assert_numbered_without_gap();
        let sound: Vec<i16> = heard.iter().flat_map(|(_, payload)| payload.iter().map(|byte| law.decode(*byte))).collect();
        is_tone(&sound[25 * NARROWBAND_FRAME..][..50 * NARROWBAND_FRAME], PHONE_HZ, NARROWBAND_RATE);

        party.phone.assert_numbered_without_gap();
        assert!(party.phone.heard.iter().all(|(header, _)| header.payload_type == 111));
        let mut decoder = VoiceDecoder::new().unwrap();
        let sound: Vec<i16> = party.phone.heard.iter().flat_map(|(_, payload)| decoder.decode(payload).unwrap().to_vec()).collect();
        is_tone(&sound[25 * FRAME_SAMPLES..][..50 * FRAME_SAMPLES], BUSINESS_HZ, SAMPLE_RATE);

        for digit in ['4', '#'] {
            world.plane.press(&party.id, digit);
        }
        world.drive(&mut party, "two digits", |party| {
            voices.speak(party);
            party.business.digits().len() >= 2
        });
        assert_eq!(party.business.digits(), ['4', '#']);

        let report = world.report(&party.id).unwrap();
        assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
        let described = format!("{name} on payload type {number}, keys on payload type 126");
        assert_eq!(check(&report.business, "sdp"), (Passed, described.as_str()));
        assert_eq!(check(&report.business, "payload_type"), (Passed, format!("{number}, as agreed").as_str()));
        assert_eq!(check(&report.user, "sdp"), (Passed, "Opus on payload type 111, keys on payload type 126"));
        for figures in [&report.user.figures, &report.business.figures] {
            assert!(figures.packets_in >= 75 && figures.packets_out >= 75);
            assert!(["codec_mismatch", "undecodable", "transcoder_busy"].iter().all(|reason| !figures.dropped.contains_key(*reason)));
        }
        assert!(world.counters().transcoded >= 150);
        let told = format!("audio is transcoded: Opus for the phone, {name} for the business");
        assert_eq!(world.texts().iter().filter(|text| **text == told).count(), 1);
        world.plane.close(&party.id);
        world.closed(&party.id);
    }
}

#[test]
fn the_first_codec_of_the_answer_is_the_one_of_the_call() {
    for (numbers, transcoded) in [("8 111", true), ("111 8", false)] {
        let mut world = World::new(config());
        let with_both = |answer: String| {
            let answer = answer.replace("a=rtpmap:8 ", "a=rtpmap:111 opus/48000/2\r\na=rtpmap:8 ");
            answer.replace("SAVPF 8 126", &format!("SAVPF {numbers} 126"))
        };
        let party = call(&mut world, AdditionalCodec::Pcma, with_both);
        world.listen();
        assert_eq!(world.texts().iter().any(|text| text.starts_with("audio is transcoded")), transcoded, "{numbers}");
        let says = if transcoded {
            "PCMA on payload type 8, keys on payload type 126"
        } else {
            "Opus on payload type 111, keys on payload type 126"
        };
        assert_eq!(check(&world.report(&party.id).unwrap().business, "sdp"), (Passed, says));
    }
}

#[test]
fn a_business_that_calls_in_g711_is_transcoded_and_one_that_also_lists_opus_is_not() {
    for (numbers, codec) in [("8 0 126", "PCMA"), ("8 111 126", "Opus")] {
        let mut world = World::new(config());
        let mut party = business_call(&mut world, numbers);
        let report = world.report(&party.id).unwrap();
        assert!(check(&report.business, "sdp").1.starts_with(codec), "{:?}", check(&report.business, "sdp"));
        world.listen();
        assert_eq!(world.texts().iter().any(|text| text.starts_with("audio is transcoded")), codec == "PCMA");
        if codec == "Opus" {
            continue;
        }
        let mut voices = Voices::new(Law::A);
        world.drive(&mut party, "a second and a half each way", |party| {
            voices.speak(party);
            party.phone.heard.len() >= 75 && party.business.heard.len() >= 75
        });
        party.phone.assert_numbered_without_gap();
        party.business.assert_numbered_without_gap();
        assert!(party.business.heard.iter().all(|(header, _)| header.payload_type == 8));
        let sound: Vec<i16> =
            party.business.heard.iter().flat_map(|(_, payload)| payload.iter().map(|byte| Law::A.decode(*byte))).collect();
        is_tone(&sound[25 * NARROWBAND_FRAME..][..50 * NARROWBAND_FRAME], PHONE_HZ, NARROWBAND_RATE);
        let mut decoder = VoiceDecoder::new().unwrap();
        let sound: Vec<i16> = party.phone.heard.iter().flat_map(|(_, payload)| decoder.decode(payload).unwrap().to_vec()).collect();
        is_tone(&sound[25 * FRAME_SAMPLES..][..50 * FRAME_SAMPLES], BUSINESS_HZ, SAMPLE_RATE);
    }
}

#[test]
fn a_plane_without_transcoders_says_so_and_refuses_the_answer() {
    let mut world = World::new(MediaConfig { transcoders: 0, ..config() });
    assert!(!world.plane.transcodes(AdditionalCodec::Pcma) && !world.plane.transcodes(AdditionalCodec::Pcmu));
    let (phone, mut business) = (world.peer(), world.peer());
    let id = world.call_id();
    let opened = world.open_with(&id, phone.offer(), vec![AdditionalCodec::Pcma]).unwrap();
    let answer = Answer::new(answer_with(&mut business, &opened.business_offer, Codec::Pcma));
    let refusal = world.plane.read_answer(&answer, &[AdditionalCodec::Pcma], world.keys).unwrap_err().0;
    assert!(refusal.contains("does not transcode G.711"), "{refusal}");

    let id = world.call_id();
    let offer = offer_listing(&business, "8 126");
    let Err(MediaFault::Refused(refusal)) = world.ring(&id, offer, vec![AdditionalCodec::Pcma]) else { panic!("it was taken") };
    assert!(refusal.contains("does not transcode G.711"), "{refusal}");
    assert!(world.ring(&id, offer_listing(&business, "8 111 126"), vec![AdditionalCodec::Pcma]).is_ok());
}

/// So many packets of 20 ms from the business at once; how many of them the phone heard, once no more come.
fn all_at_once(world: &mut World, party: &mut Party, packets: usize) -> usize {
    let (law, mut tone) = (Law::A, Tone::new(BUSINESS_HZ, -20.0));
    for _ in 0..packets {
        let frame = tone.next_frame().unwrap();
        let payload: [u8; NARROWBAND_FRAME] = std::array::from_fn(|index| law.encode(frame[6 * index]));
        party.business.say_payload(&payload);
    }
    world.drive(party, "every packet to be heard", |party| party.phone.heard.len() >= packets);
    party.phone.heard.len()
}

#[test]
fn five_seconds_of_g711_that_come_at_once_are_heard_whole_and_named() {
    let mut world = World::new(config());
    let mut party = call(&mut world, AdditionalCodec::Pcma, |answer| answer);
    assert_eq!(all_at_once(&mut world, &mut party, 250), 250);
    party.phone.assert_numbered_without_gap();
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "packets_in");
    assert!(outcome == Warning && says.starts_with("250 packets, 0 lost on the way; they come in bursts"), "{says}");
    assert_eq!(report.user.figures.packets_out, 250);
}

#[test]
fn g711_whose_clock_does_not_fit_is_heard_and_named() {
    let mut world = World::new(config());
    let mut party = call(&mut world, AdditionalCodec::Pcma, |answer| answer);
    party.business.step = Some(960);
    let mut voices = Voices::new(Law::A);
    world.drive(&mut party, "a second and a half", |party| {
        voices.speak(party);
        party.phone.heard.len() >= 75
    });
    let mut decoder = VoiceDecoder::new().unwrap();
    let sound: Vec<i16> = party.phone.heard.iter().flat_map(|(_, payload)| decoder.decode(payload).unwrap().to_vec()).collect();
    is_tone(&sound[25 * FRAME_SAMPLES..][..50 * FRAME_SAMPLES], BUSINESS_HZ, SAMPLE_RATE);
    let right = party.phone.heard.windows(2).filter(|pair| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp) == 960).count();
    assert!(right > 50, "the phone gets right times, as long as this machine does not stand still between two packets: {right}");
    let (outcome, says) = check_now(&world, &party);
    assert!(outcome == Warning && says.starts_with("timestamps go on by 960 with each packet instead of 160"), "{says}");
}

fn check_now(world: &World, party: &Party) -> (CheckOutcome, String) {
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "numbering");
    (outcome, says.to_owned())
}

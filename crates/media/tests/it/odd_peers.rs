//! Far ends that do something else than they should: what becomes of the call, and what the checklist says.

use callport_core::call::Answer;
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{AnswerRefusal, Media as _};
use callport_engine::records::CheckOutcome::{Failed, Waiting, Warning};
use callport_media::{MediaConfig, Stray};
use callport_relay::Identity;
use callport_relay::rtp::Header;

use crate::world::{Party, World, check, config, unpassed};

/// A call whose business reads `change`d credentials out of the offer.
fn misread(world: &mut World, change: impl FnOnce(&mut callport_sdp::DescribedWebRtc)) -> Party {
    let (mut phone, mut business) = (world.peer(), world.peer());
    let (id, opened) = world.open(&phone);
    phone.take_answer(&opened.phone_answer);
    let mut description = callport_sdp::read_platform_offer(&opened.business_offer).unwrap();
    let answer = Answer::new(callport_sdp::write_peer_answer(&business.description(), &description));
    let callport_sdp::DescribedTransport::WebRtc(webrtc) = &mut description.transport else { panic!("no WebRTC") };
    change(webrtc);
    business.take(&description);
    world.answer(&id, &answer);
    Party { id, phone, business }
}

#[test]
fn a_wrong_ufrag_finds_nobody() {
    let mut world = World::new(config());
    let mut party = misread(&mut world, |offer| offer.ice_ufrag = "NennAepWzpFqHYyt".to_owned());
    while world.counters().strays_of(Stray::UnknownUfrag) == 0 {
        crate::world::pump(&mut [&mut party.business]);
    }
    let report = world.report(&party.id).unwrap();
    assert_eq!(check(&report.business, "stun").0, Waiting, "nothing that names this leg has come");
    assert!(check(&report.business, "stun").1.contains(&world.address().to_string()));
}

#[test]
fn a_wrong_password_is_named() {
    let mut world = World::new(config());
    let mut party = misread(&mut world, |offer| offer.ice_pwd = "Do/xhGOw5LK6KXA0dPBkrA==".to_owned());
    world_until_text(&mut world, &mut party, "STUN for the business leg that is not authentic");
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "stun");
    assert_eq!(outcome, Failed);
    assert!(says.contains("a=ice-pwd"), "{says}");
    assert_eq!(report.business.first_failing().unwrap().step, "stun");
    assert!(report.business.figures.dropped["wrong_credentials"] > 0);
    world.drive(&mut party, "the phone to connect", |party| party.phone.leg.is_connected());
    assert_eq!(world.counters().addresses, 1, "the phone's: the business has proven none");
}

#[test]
fn a_business_behind_a_nat_that_changes_its_port_is_found_again() {
    let mut world = World::new(config());
    let mut party = world.call();
    // Its first checks leave by one port, and the answers to them never reach it.
    for _ in 0..3 {
        crate::world::pump(&mut [&mut party.phone]);
        party.business.flush();
    }
    party.business.rebind();
    let party = world.connect(party);
    let report = world.report(&party.id).unwrap();
    assert_ne!(check(&report.business, "packets_in").0, Failed);
}

#[test]
fn a_phone_that_moves_during_the_call_is_followed() {
    let mut world = World::new(config());
    let mut party = world.talking();
    party.phone.rebind();
    party.phone.heard.clear();
    world.talk_until(&mut party, "audio at the new address", |party| party.phone.heard.len() >= 5);
    assert!(world.texts().contains(&"the phone has moved to another address".to_owned()), "{:?}", world.texts());
}

#[test]
fn the_wrong_payload_type_is_named() {
    let mut world = World::new(config());
    let mut party = world.talking();
    let ssrc = party.business.ssrc;
    for _ in 0..10 {
        party.business.say_as(0, ssrc);
    }
    world.talk_until(&mut party, "talk to go on", |party| party.phone.heard.len() >= 20);
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "payload_type");
    assert_eq!((outcome, says), (Warning, "10 packet(s) came with payload type 0 and were dropped; 111 is agreed"));
    assert_eq!(report.business.figures.dropped["wrong_payload_type"], 10);
    assert_eq!(report.business.figures.lost_in, 0);
    party.phone.assert_numbered_without_gap();
}

#[test]
fn a_clock_that_does_not_fit_is_named_in_the_report_and_the_story() {
    let mut world = World::new(config());
    let (phone, mut business) = (world.peer(), world.peer());
    business.step = Some(480);
    let party = world.call_between(phone, business);
    let mut party = world.connect(party);
    world.talk_until(&mut party, "fifty packets", |party| party.phone.heard.len() >= 50);
    let report = world.report(&party.id).unwrap();
    let failing = report.business.first_failing().unwrap();
    assert_eq!(failing.step, "numbering");
    assert!(failing.says.starts_with("timestamps go on by 480 with each packet instead of 960"), "{}", failing.says);
    assert!(unpassed(&report.user).is_empty(), "the phone's own are right");
}

#[test]
fn media_from_an_address_without_a_check_is_put_to_the_leg_whose_source_it_names() {
    let mut world = World::new(config());
    let mut party = world.talking();
    let elsewhere = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut packet = [0; 60];
    let header = Header { marker: false, payload_type: 111, sequence: 9, timestamp: 9, ssrc: party.business.ssrc };
    header.write(packet.first_chunk_mut().unwrap());
    for _ in 0..5 {
        elsewhere.send_to(&packet, world.address()).unwrap();
    }
    world.talk_until(&mut party, "talk to go on", |party| party.phone.heard.len() >= 20);
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "stun");
    let port = elsewhere.local_addr().unwrap().port();
    let words = format!("5 packet(s) with the SSRC of the business came from 127.0.0.0/24 port {port}, from where no ICE check has come");
    assert!(outcome == Warning && says.starts_with(&words), "{says}");
    assert_eq!(report.business.figures.dropped["unknown_address"], 5);
    assert!(unpassed(&report.user).is_empty());
}

#[test]
fn only_the_wrong_payload_type_is_a_failure() {
    let mut world = World::new(config());
    let mut party = world.call();
    world.drive(&mut party, "the business to connect", |party| party.business.leg.is_connected());
    let ssrc = party.business.ssrc;
    party.business.say_as(0, ssrc);
    while world.report(&party.id).unwrap().business.figures.dropped.is_empty() {
        crate::world::pump(&mut [&mut party.business]);
    }
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "payload_type");
    let expected =
        "RTP comes with payload type 0 instead of 111 and is dropped (1 packet(s)): send the codec and number of the description";
    assert_eq!((outcome, says), (Failed, expected));
}

#[test]
fn another_certificate_than_announced_is_named() {
    let mut world = World::new(config());
    let (phone, business) = (world.peer(), world.peer());
    let honest = callport_sdp::fingerprint_text(&business.fingerprint);
    let other = callport_sdp::fingerprint_text(&Identity::self_signed().unwrap().fingerprint());
    let mut party = world.call_with(phone, business, |answer| answer.replace(&honest, &other));
    world_until_text(&mut world, &mut party, "DTLS with the business failed");
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "dtls");
    assert_eq!(outcome, Failed);
    assert!(says.contains("a=fingerprint"), "{says}");
    assert_eq!(report.business.first_failing().unwrap().step, "dtls");
}

#[test]
fn an_answer_without_audio_is_a_warning_at_once_and_a_failure_in_the_report() {
    let mut world = World::new(config());
    let (phone, business) = (world.peer(), world.peer());
    let party = world.call_with(phone, business, |answer| answer.replace("a=sendrecv", "a=recvonly"));
    let report = world.report(&party.id).unwrap();
    assert_eq!(check(&report.business, "sdp").0, Warning);
    let (outcome, says) = check(&report.business, "direction");
    assert_eq!(outcome, Failed);
    assert!(says.starts_with("a=recvonly says that the business sends no audio"), "{says}");
}

#[test]
fn answers_that_cannot_be_used_are_refused_with_what_to_change() {
    let mut world = World::new(MediaConfig { transcoders: 0, ..config() });
    let (phone, mut business) = (world.peer(), world.peer());
    let call = world.call_id();
    let both = [AdditionalCodec::Pcma, AdditionalCodec::Pcmu];
    let opened = world.open_with(&call, phone.offer(), both.to_vec()).unwrap();
    let good = business.answer(&opened.business_offer);
    let refusal = |answer: String| world.plane.read_answer(&Answer::new(answer), &both, world.keys).err().map(|AnswerRefusal(text)| text);
    assert_eq!(refusal(good.clone()), None);
    for (answer, words) in [
        (good.replace("a=setup:active", "a=setup:actpass"), "setup"),
        (good.replace("a=fingerprint", "a=nothing"), "fingerprint"),
        (good.replace(" 111 126", " 8 126").replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:8 PCMA/8000"), "does not transcode"),
        ("hello".to_owned(), "SDP"),
    ] {
        let text = refusal(answer).unwrap_or_else(|| panic!("taken: {words}"));
        assert!(text.contains(words), "{text}");
    }
    let prefers_g711 = good.replace(" 111 126", " 8 111 126").replace("a=rtpmap:111", "a=rtpmap:8 PCMA/8000\r\na=rtpmap:111");
    assert_eq!(refusal(prefers_g711), None, "Opus is there too");
}

#[test]
fn a_second_answer_is_ignored() {
    let mut world = World::new(config());
    let mut party = world.call();
    let (phone, mut stranger) = (world.peer(), world.peer());
    let other = world.open(&phone).1.business_offer;
    world.answer(&party.id, &Answer::new(stranger.answer(&other)));
    world.drive(&mut party, "the first to connect", |party| party.business.leg.is_connected());
}

fn world_until_text(world: &mut World, party: &mut Party, start: &str) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !world.texts().iter().any(|text| text.starts_with(start)) {
        assert!(std::time::Instant::now() < deadline, "{start} did not come: {:?}", world.texts());
        crate::world::pump(&mut [&mut party.phone, &mut party.business]);
        world.listen();
    }
}

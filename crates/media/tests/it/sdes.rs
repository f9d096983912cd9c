//! Businesses whose keys stand in their descriptions, through sockets: who hears whom, where packets go, and what is said when they do not.

use callport_core::call::{Answer, MediaSign, Side};
use callport_core::key_exchange::KeyExchange;
use callport_engine::ports::{Media as _, MediaFault};
use callport_engine::records::CheckOutcome::{Blocked, Failed, Passed, Waiting};
use callport_media::MediaConfig;
use callport_media::udp::wait_readable;
use callport_sdp::{self as sdp, CryptoLine, CryptoSuite, Keying};

use crate::world::{Party, World, check, config, pump, unpassed};

/// Opens the gate, and lets both talk until both were heard.
fn talk(world: &mut World, party: &mut Party) {
    world.plane.open_gate(&party.id);
    world.drive(party, "the phone to connect", |party| party.phone.leg.is_connected());
    world.talk_until(party, "audio both ways", |party| !party.phone.heard.is_empty() && !party.business.heard.is_empty());
}

#[test]
fn a_business_and_a_phone_hear_each_other_and_every_check_passes() {
    for muxes in [true, false] {
        let mut world = World::new(config());
        let mut party = world.sdes_call(muxes);
        let platform = party.business.platform.unwrap();
        assert!(!world.plane.ports().contains(&platform.port()) && platform.port().is_multiple_of(2), "a port of its own");
        world.drive_until_sign(&mut party, MediaSign::Connected(Side::Business));
        world.plane.open_gate(&party.id);
        world.drive(&mut party, "the phone to connect", |party| party.phone.leg.is_connected());

        // The user speaks, and nothing of it leaves before the business was heard.
        for _ in 0..20 {
            party.phone.say();
            pump(&mut [&mut party.phone, &mut party.business]);
        }
        while world.report(&party.id).unwrap().user.figures.packets_in < 20 {
            pump(&mut [&mut party.phone, &mut party.business]);
        }
        let report = world.report(&party.id).unwrap();
        assert_eq!((report.business.figures.packets_out, party.business.heard.len()), (0, 0));
        assert_eq!(report.user.figures.dropped["other_leg_not_ready"], 20, "nothing is kept for later");
        assert_eq!(check(&report.business, "keys").0, Passed);
        let (outcome, says) = check(&report.business, "way");
        assert!(outcome == Waiting && says.ends_with(&platform.to_string()), "{says}");
        assert_eq!(check(&report.business, "packets_out").0, Blocked);

        world.talk_until(&mut party, "a while both ways", |party| party.phone.heard.len() >= 50 && party.business.heard.len() >= 50);
        party.phone.assert_unbroken();
        party.business.assert_unbroken();
        world.plane.press(&party.id, '7');
        world.drive(&mut party, "the digit", |party| party.business.digits() == ['7']);
        let report = world.report(&party.id).unwrap();
        assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
        let steps: Vec<&str> = report.business.checks.iter().map(|check| check.step.as_str()).collect();
        let expected = ["sdp", "keys", "srtp", "way", "payload_type", "ssrc", "numbering", "direction", "packets_in", "packets_out"];
        assert_eq!(steps, expected);
        for text in [
            "the keys of both a=crypto lines are in use, AES_CM_128_HMAC_SHA1_80",
            "the first authentic packet of the business tells where it is sent to (IPv4, loopback address)",
        ] {
            world.listen();
            assert_eq!(world.texts().iter().filter(|said| *said == text).count(), 1, "{text}: {:?}", world.texts());
        }
        world.plane.close(&party.id);
        world.closed(&party.id);
        assert_eq!(world.counters().calls, 0);
    }
}

#[test]
fn the_offer_is_the_published_one_and_names_what_the_business_can_reach() {
    let mut world = World::new(MediaConfig { external: vec!["203.0.113.40".parse().unwrap()], ..config() });
    world.keys = KeyExchange::Sdes;
    let phone = world.peer();
    let (_, opened) = world.open(&phone);
    let offer = sdp::read_platform_offer(&opened.business_offer).unwrap();
    assert_eq!((offer.keying(), offer.rtcp_mux), (Keying::Sdes, true));
    let sdes = offer.sdes().unwrap();
    assert_eq!((sdes.crypto.tag, sdes.crypto.suite), (1, CryptoSuite::AesCm128Sha1_80));
    assert_eq!(sdes.address.unwrap().ip().to_string(), "203.0.113.40");
    let names: Vec<&str> = opened.business_offer.lines().filter_map(|line| line.strip_prefix("a=")?.split(':').next()).collect();
    let expected = [
        "group",
        "msid-semantic",
        "rtcp",
        "mid",
        "sendrecv",
        "msid",
        "rtcp-mux",
        "crypto",
        "rtpmap",
        "fmtp",
        "rtpmap",
        "maxptime",
        "ptime",
        "ssrc",
    ];
    assert_eq!(names, expected);
    assert!(opened.phone_answer.contains("a=ice-ufrag") && !opened.phone_answer.contains("a=crypto"), "phones do WebRTC");
    // Each call has a key of its own.
    let (_, other) = world.open(&phone);
    let other = sdp::read_platform_offer(&other.business_offer).unwrap();
    assert!(other.sdes().unwrap().crypto != sdes.crypto);
}

#[test]
fn a_business_calls_with_whichever_suite_it_offers() {
    for suite in CryptoSuite::ALL {
        let mut world = World::new(config());
        world.keys = KeyExchange::Sdes;
        let (mut phone, mut business) = (world.peer(), world.sdes_peer(suite, suite != CryptoSuite::AesCm128Sha1_32));
        let id = world.call_id();
        let opened = world.ring(&id, business.offer(), vec![]).unwrap();
        business.take_answer(&opened.business_answer);
        world.pick_up(&id, &mut phone);
        let mut party = Party { id, phone, business };
        talk(&mut world, &mut party);
        let report = world.report(&party.id).unwrap();
        assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]), "{suite:?}");
    }
}

#[test]
fn a_business_that_goes_on_from_another_port_is_followed() {
    let mut world = World::new(config());
    let mut party = world.sdes_call(true);
    talk(&mut world, &mut party);
    party.business.rebind();
    let heard = party.business.heard.len();
    world.talk_until(&mut party, "audio at the new port", |party| party.business.heard.len() > heard + 20);
    let report = world.report(&party.id).unwrap();
    assert_eq!(check(&report.business, "way"), (Passed, "it is sent to where its packets come from, which has changed 1 time(s)"));
    let moved = "the business is sent to another address from now on: its packets come from there";
    assert!(world.texts().iter().any(|text| text == moved), "{:?}", world.texts());
}

#[test]
fn packets_under_another_key_than_the_description_s_are_named() {
    let mut world = World::new(config());
    world.keys = KeyExchange::Sdes;
    let (phone, mut business) = (world.peer(), world.sdes_peer(CryptoLine::PLATFORM_SUITE, true));
    business.crypto = world.sdes_peer(CryptoLine::PLATFORM_SUITE, true).crypto;
    let mut party = world.call_between(phone, business);
    world.plane.open_gate(&party.id);
    world.talk_until(&mut party, "packets to come", |party| party.business.said > 50);
    while world.report(&party.id).unwrap().business.figures.dropped.get("undecryptable").is_none_or(|count| *count < 50) {
        pump(&mut [&mut party.phone, &mut party.business]);
    }
    let report = world.report(&party.id).unwrap();
    let first = report.business.first_failing().unwrap();
    assert_eq!((first.step.as_str(), first.outcome), ("srtp", Failed));
    assert!(first.says.contains("is the inline key that it uses the one of its own description"), "{}", first.says);
    assert!(party.business.heard.is_empty() && report.business.figures.packets_out == 0);
}

#[test]
fn a_business_that_answers_with_our_own_key_is_told_so() {
    let mut world = World::new(config());
    world.keys = KeyExchange::Sdes;
    let (phone, mut business) = (world.peer(), world.sdes_peer(CryptoLine::PLATFORM_SUITE, true));
    let (id, opened) = world.open(&phone);
    let answer = business.answer(&opened.business_offer);
    let key = |text: &str| text.lines().find(|line| line.starts_with("a=crypto")).unwrap().to_owned();
    world.answer(&id, &Answer::new(answer.replace(&key(&answer), &key(&opened.business_offer))));
    let report = world.report(&id).unwrap();
    let (outcome, says) = check(&report.business, "keys");
    assert!(outcome == Failed && says.contains("the inline key of our own description"), "{says}");
}

#[test]
fn a_packet_that_is_played_again_is_not_heard_again_and_moves_nothing() {
    let mut world = World::new(config());
    let mut party = world.sdes_call(true);
    talk(&mut world, &mut party);
    // A copy of all that the business sends, from elsewhere.
    let thief = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let platform = party.business.platform.unwrap();
    let (heard, way) = (party.phone.heard.len(), party.business.socket.local_addr().unwrap());
    for _ in 0..20 {
        party.business.say();
        for copy in party.business.sent.clone() {
            thief.send_to(&copy, platform).unwrap();
        }
        pump(&mut [&mut party.phone, &mut party.business]);
    }
    while world.report(&party.id).unwrap().business.figures.dropped.get("replay").is_none_or(|count| *count < 20) {
        pump(&mut [&mut party.phone, &mut party.business]);
    }
    let answers = party.business.heard.len();
    world.talk_until(&mut party, "more of the phone", |party| party.business.heard.len() > answers + 10);
    assert!(party.phone.heard.len() > heard);
    party.phone.assert_unbroken();
    assert_eq!(party.business.socket.local_addr().unwrap(), way);
    thief.set_nonblocking(true).unwrap();
    assert!(thief.recv(&mut [0; 2048]).is_err(), "nothing is sent to whoever copies");
}

#[test]
fn rtcp_of_its_own_port_is_heard_and_answered_there() {
    let mut world = World::new(config());
    let mut party = world.sdes_call(false);
    talk(&mut world, &mut party);
    // The platform's first report may go before the business's has come; from then on it goes to where that came from.
    world.talk_until(&mut party, "a report at the socket for reports", |party| party.business.heard_apart > 0);
    assert!(party.business.leg.statistics(std::time::Instant::now()).rtcp_in > 0);
    // One that shares the port after all frees the other.
    let mut muxed = world.sdes_call(true);
    let odd = muxed.business.platform.unwrap().port() + 1;
    talk(&mut world, &mut muxed);
    assert!(std::net::UdpSocket::bind(("127.0.0.1", odd)).is_ok());
    let odd = party.business.platform.unwrap().port() + 1;
    assert!(std::net::UdpSocket::bind(("127.0.0.1", odd)).is_err());
}

#[test]
fn webrtc_on_such_a_leg_is_named() {
    let mut world = World::new(config());
    let mut party = world.sdes_call(true);
    let platform = party.business.platform.unwrap();
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    let dtls = [&[22, 254, 253][..], &[0; 40]].concat();
    for datagram in [stun, dtls] {
        party.business.socket.send_to(&datagram, platform).unwrap();
    }
    let told = "STUN or DTLS comes from the business, whose keys are to come by SDES: it does WebRTC, and nobody answers that here";
    world.drive(&mut party, "a word about it", |_| true);
    while !world.texts().iter().any(|text| text == told) {
        pump(&mut [&mut party.phone, &mut party.business]);
        world.listen();
    }
    while !world.report(&party.id).unwrap().business.figures.dropped.contains_key("dtls_on_sdes") {
        pump(&mut [&mut party.phone, &mut party.business]);
    }
    let report = world.report(&party.id).unwrap();
    let (outcome, says) = check(&report.business, "keys");
    assert!(outcome == Failed && says.contains("1 STUN and 1 DTLS message(s)"), "{says}");
}

#[test]
fn when_every_port_is_taken_calls_are_refused_and_a_call_that_ends_makes_room() {
    let mut world = World::new(MediaConfig { sdes_ports: 4, ..config() });
    let mut first = world.sdes_call(true);
    let second = world.sdes_call(false);
    let third = world.peer();
    let id = world.call_id();
    let Err(MediaFault::Unavailable(why)) = world.try_open(&id, third.offer()) else { panic!("a port too many") };
    assert!(why.contains("media.sdes_ports"), "{why}");
    let offer = world.sdes_peer(CryptoSuite::AeadAes128Gcm, true).offer();
    assert!(matches!(world.ring(&id, offer, vec![]), Err(MediaFault::Unavailable(_))));
    assert_eq!(world.plane.calls(), 2, "no slot is lost");
    // Legs that do WebRTC need none.
    world.keys = KeyExchange::Dtls;
    assert!(world.try_open(&id, third.offer()).is_ok());
    world.keys = KeyExchange::Sdes;
    world.plane.close(&second.id);
    world.closed(&second.id);
    let mut again = world.sdes_call(false);
    talk(&mut world, &mut again);
    talk(&mut world, &mut first);
}

#[test]
fn descriptions_of_the_other_kind_are_refused() {
    let mut world = World::new(config());
    let (phone, mut webrtc) = (world.peer(), world.peer());
    let (_, opened) = world.open(&phone);
    let answer = Answer::new(webrtc.answer(&opened.business_offer));
    let refusal = world.plane.read_answer(&answer, &[], KeyExchange::Sdes).unwrap_err().0;
    assert!(refusal.contains("there is no a=crypto"), "{refusal}");
    let id = world.call_id();
    let offer = world.sdes_peer(CryptoSuite::AesCm128Sha1_80, true).offer();
    let Err(MediaFault::Refused(refusal)) = world.ring(&id, offer, vec![]) else { panic!("it was taken") };
    assert!(refusal.contains("is SDES; keys come by DTLS here"), "{refusal}");
}

#[test]
fn many_calls_at_once_each_reach_their_own_business() {
    let mut world = World::new(config());
    let mut parties: Vec<Party> = (0..24).map(|index| world.sdes_call(index % 2 == 0)).collect();
    for party in &parties {
        world.plane.open_gate(&party.id);
    }
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while parties.iter().any(|party| party.phone.heard.len() < 5 || party.business.heard.len() < 5) {
        assert!(std::time::Instant::now() < until, "some call is silent");
        for party in &mut parties {
            party.phone.say();
            party.business.say();
            party.phone.step();
            party.business.step();
        }
        wait_readable(&[], Some(std::time::Duration::from_millis(5)));
    }
    for party in &parties {
        party.phone.assert_unbroken();
        party.business.assert_unbroken();
        world.plane.close(&party.id);
    }
    for party in &parties {
        world.closed(&party.id);
    }
}

#[cfg(feature = "transcode")]
#[test]
fn a_business_that_speaks_g711_is_transcoded_and_gets_its_digits_on_its_own_clock() {
    use callport_audio::{FRAME_SAMPLES, Law, NARROWBAND_FRAME, NARROWBAND_RATE, SAMPLE_RATE, VoiceDecoder};
    use callport_core::codec::AdditionalCodec;
    use callport_sdp::Codec;

    use crate::transcoding::{BUSINESS_HZ, PHONE_HZ, Voices, is_tone};

    let mut world = World::new(config());
    world.keys = KeyExchange::Sdes;
    let (mut phone, mut business) = (world.peer(), world.sdes_peer(CryptoLine::PLATFORM_SUITE, false));
    let id = world.call_id();
    let opened = world.open_with(&id, phone.offer(), vec![AdditionalCodec::Pcmu]).unwrap();
    phone.take_answer(&opened.phone_answer);
    let offered = sdp::read_platform_offer(&opened.business_offer).unwrap().with_codec(Codec::Pcmu).unwrap();
    business.take(&offered);
    let answer = Answer::new(sdp::write_peer_answer(&business.description(), &offered));
    let read = world.plane.read_answer(&answer, &[AdditionalCodec::Pcmu], KeyExchange::Sdes).unwrap();
    world.plane.apply_answer(&id, &read);
    world.plane.open_gate(&id);
    let mut party = Party { id, phone, business };
    world.drive(&mut party, "the phone to connect", |party| party.phone.leg.is_connected());
    let mut voices = Voices::new(Law::Mu);
    world.drive(&mut party, "a second and a half each way", |party| {
        voices.speak(party);
        party.phone.heard.len() >= 75 && party.business.heard.len() >= 75
    });
    party.business.assert_numbered_without_gap();
    party.phone.assert_numbered_without_gap();
    let heard = &party.business.heard;
    assert!(heard.iter().all(|(header, payload)| (header.payload_type, payload.len()) == (0, NARROWBAND_FRAME)));
    let sound: Vec<i16> = heard.iter().flat_map(|(_, payload)| payload.iter().map(|byte| Law::Mu.decode(*byte))).collect();
    is_tone(&sound[25 * NARROWBAND_FRAME..][..50 * NARROWBAND_FRAME], PHONE_HZ, NARROWBAND_RATE);
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
    assert_eq!(check(&report.business, "sdp"), (Passed, "PCMU on payload type 0, keys on payload type 126"));
}

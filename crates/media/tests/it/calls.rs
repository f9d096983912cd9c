//! Calls as they should go.

use callport_core::call::{Answer, MediaSign, Side};
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{Media as _, MediaFault};
use callport_engine::records::CheckOutcome::{Passed, Waiting};
use callport_media::MediaConfig;
use callport_relay::{DtlsLibrary, Identity, LegEvent};
use callport_sdp::DtlsRole;

use crate::world::{World, check, config, unpassed};

#[test]
fn a_call_goes_through_with_audio_both_ways_and_every_check_passed() {
    let mut world = World::new(config());
    let mut party = world.talking();
    world.talk_until(&mut party, "fifty packets each way", |party| party.phone.heard.len() >= 50 && party.business.heard.len() >= 50);
    party.phone.assert_unbroken();
    party.business.assert_unbroken();

    let report = world.report(&party.id).unwrap();
    assert_eq!(unpassed(&report.user), Vec::<String>::new());
    assert_eq!(unpassed(&report.business), Vec::<String>::new());
    assert!(report.user.figures.packets_in >= 50 && report.business.figures.packets_in >= 50);
    assert!(report.user.figures.packets_out >= 50 && report.business.figures.packets_out >= 50);
    assert_eq!((report.user.figures.lost_in, report.business.figures.lost_in), (0, 0));
    assert!(report.business.figures.remote.as_ref().unwrap().starts_with("127.0.0.0/24 port "));

    world.plane.close(&party.id);
    let last = world.closed(&party.id);
    assert!(last.business.figures.packets_in >= report.business.figures.packets_in);
    for side in [Side::User, Side::Business] {
        assert!(world.signs().contains(&MediaSign::Connected(side)));
        assert!(world.signs().contains(&MediaSign::Flowing(side)));
    }
    assert!(world.report(&party.id).is_none(), "a closed call is gone");
}

#[test]
fn the_timeline_tells_the_call_in_plain_words() {
    let mut world = World::new(config());
    let party = world.talking();
    world.plane.close(&party.id);
    world.closed(&party.id);
    let texts = world.texts();
    for side in ["business", "phone"] {
        let expected = [
            format!("STUN seen from the {side}: its check is authentic"),
            format!("ICE done: the {side} has nominated a pair (IPv4, loopback address)"),
            format!("DTLS done, the {side} is the client, AEAD_AES_"),
            format!("first audio from the {side}, "),
        ];
        let found: Vec<usize> = expected
            .iter()
            .map(|start| texts.iter().position(|text| text.starts_with(start)).unwrap_or_else(|| panic!("{start} in {texts:?}")))
            .collect();
        assert!(found.is_sorted(), "in the order of events: {texts:?}");
    }
    let audio = texts.iter().find(|text| text.starts_with("first audio from the business")).unwrap();
    assert!(audio.ends_with(" ms after its answer"), "{audio}");
}

#[test]
fn the_offer_to_the_business_is_the_published_one_and_names_a_port_of_ours() {
    let mut world = World::new(config());
    let phone = world.peer();
    let call = world.call_id();
    let opened = world.open_with(&call, phone.offer(), vec![AdditionalCodec::Pcmu, AdditionalCodec::Pcma]).unwrap();
    let offer = &opened.business_offer;
    assert!(offer.ends_with("\r\n") && !offer.replace("\r\n", "").contains(['\r', '\n']), "every line ends in CRLF");
    let lines: Vec<&str> = offer.lines().collect();
    let address = world.address();
    let letters = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).unwrap();
    assert_eq!(lines[1], "o=- 1795341600412 2 IN IP4 127.0.0.1");
    assert_eq!(value("m=audio "), format!("{} UDP/TLS/RTP/SAVPF 111 0 8 126", address.port()));
    assert!(value("a=candidate:").contains(&format!(" 1 udp 2122260223 127.0.0.1 {} typ host", address.port())));
    assert!(letters(value("a=ice-ufrag:")));
    assert!(value("a=ice-pwd:").len() == 24 && value("a=ice-pwd:").ends_with("=="));
    assert_eq!(value("a=setup:"), "actpass");
    assert_eq!(value("a=msid-semantic: WMS "), value("a=msid:").split(' ').next().unwrap());
    assert!(lines.last().unwrap().ends_with(" cname:WhatsAppAudioStream1"));

    let answer = &opened.phone_answer;
    assert!(answer.contains("a=ice-lite") && answer.contains("a=setup:passive") && !answer.contains("=="), "{answer}");
}

#[test]
fn keys_reach_the_business_as_events_in_order() {
    let mut world = World::new(config());
    let mut party = world.talking();
    for digit in ['1', '*', '#', '0'] {
        world.plane.press(&party.id, digit);
    }
    world.plane.press(&party.id, 'x');
    world.talk_until(&mut party, "four digits", |party| party.business.digits().len() >= 4);
    assert_eq!(party.business.digits(), ['1', '*', '#', '0']);
    assert_eq!(world.report(&party.id).unwrap().business.figures.digits, 4);
}

#[test]
fn a_key_before_the_business_is_connected_is_refused_in_the_timeline() {
    let mut world = World::new(config());
    let party = world.call();
    world.plane.press(&party.id, '5');
    world.report(&party.id).unwrap(); // commands are carried out in order
    world.listen();
    assert!(world.texts().contains(&"a key of the phone was not sent to the business: the business leg is not connected".to_owned()));
}

#[test]
fn audio_of_the_business_waits_for_the_gate_and_is_announced_before_it() {
    let mut world = World::new(config());
    let mut party = world.call();
    world.drive(&mut party, "both legs to connect", |party| party.phone.leg.is_connected() && party.business.leg.is_connected());
    world.talk_until(&mut party, "audio at the business", |party| party.business.heard.len() >= 5);
    let report = world.report(&party.id).unwrap();
    assert!(party.phone.heard.is_empty(), "the gate is closed");
    assert_eq!(check(&report.user, "packets_out"), (Waiting, "audio of the business is held back until the call is accepted"));
    assert!(world.signs().contains(&MediaSign::Flowing(Side::Business)), "the phone may show that it is connected");

    world.plane.open_gate(&party.id);
    world.plane.open_gate(&party.id);
    world.talk_until(&mut party, "audio at the phone", |party| party.phone.heard.len() >= 5);
    party.phone.assert_unbroken();
}

#[test]
fn an_answer_may_come_long_after_the_checks_of_an_eager_business() {
    let mut world = World::new(config());
    let (mut phone, mut business) = (world.peer(), world.peer());
    let (id, opened) = world.open(&phone);
    phone.take_answer(&opened.phone_answer);
    let answer = Answer::new(business.answer(&opened.business_offer));
    let mut party = crate::world::Party { id, phone, business };
    world.drive(&mut party, "the phone to connect while the business checks in vain", |party| party.phone.leg.is_connected());
    assert!(party.business.leg.path().is_none(), "nobody answers before the far end is known");
    world.answer(&party.id, &answer);
    world.connect(party);
}

#[test]
fn speaks_ipv6_and_answers_from_the_address_that_was_asked() {
    let both = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    let mut world = World::new(MediaConfig { bind: both.to_vec(), ..config() });
    let (phone, business) = (world.peer_with("[::1]:0", |_| {}), world.peer());
    let party = world.call_between(phone, business);
    world.connect(party);

    // On every address of the machine, but known by one that is not the first.
    let config = MediaConfig { bind: vec!["0.0.0.0".parse().unwrap()], external: vec!["127.0.0.7".parse().unwrap()], ..config() };
    let mut world = World::new(config);
    let (phone, business) = (world.peer(), world.peer());
    for peer in [&phone, &business] {
        peer.socket.connect(world.address()).unwrap(); // hears nobody else from now on
    }
    let party = world.call_between(phone, business);
    let party = world.connect(party);
    assert!(party.business.events.iter().any(|event| matches!(event, LegEvent::Nominated(path) if path.remote == world.address())));
}

#[test]
fn either_dtls_engine_serves_a_business_and_a_business_may_be_the_server() {
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        for role in [DtlsRole::Client, DtlsRole::Server] {
            let mut world = World::new(MediaConfig { business_engine: engine, ..config() });
            let (phone, mut business) = (world.peer(), world.peer());
            business.role = role;
            let party = world.call_between(phone, business);
            let party = world.connect(party);
            let theirs = if role == DtlsRole::Client { "client" } else { "server" };
            let expected = format!("DTLS done, the business is the {theirs}, ");
            assert!(world.texts().iter().any(|text| text.starts_with(&expected)), "{:?}", world.texts());
            assert_eq!(check(&world.report(&party.id).unwrap().business, "dtls").0, Passed);
        }
    }
}

#[test]
fn a_phone_that_comes_back_with_a_new_offer_goes_on_talking() {
    let mut world = World::new(config());
    let mut party = world.talking();
    let mut phone = world.peer();
    let answer = world.rejoin(&party.id, phone.offer());
    phone.take_answer(&answer);
    let old = std::mem::replace(&mut party.phone, phone);
    party.business.heard.clear();
    world.drive(&mut party, "the new leg", |party| party.phone.leg.is_connected());
    world.talk_until(&mut party, "audio both ways again", |party| party.phone.heard.len() >= 5 && party.business.heard.len() >= 5);
    party.business.assert_numbered_without_gap();
    assert!(!old.leg.checklist().ssrcs_seen.as_slice().is_empty());
    let report = world.report(&party.id).unwrap();
    assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
}

#[test]
fn calls_go_to_the_thread_with_the_fewest() {
    let mut world = World::new(MediaConfig { threads: 2, ports_per_thread: 1, calls_per_thread: 2, ..config() });
    assert_ne!(world.plane.ports()[0], world.plane.ports()[1]);
    let offers: Vec<String> = (0..4)
        .map(|_| {
            let phone = world.peer();
            world.open(&phone).1.business_offer
        })
        .collect();
    for port in world.plane.ports() {
        let here = offers.iter().filter(|offer| offer.contains(&format!("m=audio {port} "))).count();
        assert_eq!(here, 2);
    }
    let phone = world.peer();
    let call = world.call_id();
    assert!(matches!(world.try_open(&call, phone.offer()), Err(MediaFault::Unavailable(text)) if text == "every media slot is in use"));
}

#[test]
fn five_hundred_calls_leave_no_slot_and_no_address_behind() {
    let mut world = World::new(MediaConfig { calls_per_thread: 10, ..config() });
    let phone = world.peer();
    for _ in 0..50 {
        let calls: Vec<_> = (0..10).map(|_| world.open(&phone).0).collect();
        assert_eq!(world.plane.calls(), 10);
        for call in calls {
            world.plane.close(&call);
            world.plane.close(&call);
            let report = world.closed(&call);
            assert_eq!(check(&report.user, "sdp").0, Passed);
        }
        assert_eq!(world.plane.calls(), 0);
    }
    let party = world.talking();
    assert_eq!((world.counters().calls, world.counters().addresses), (1, 2));
    world.plane.close(&party.id);
    world.closed(&party.id);
    let counters = world.counters();
    assert_eq!((counters.calls, counters.addresses, counters.calls_broken), (0, 0, 0));
    assert!(world.seen.iter().all(|event| !matches!(event, callport_engine::ports::MediaEvent::Closed { .. })), "each end was told once");
}

#[test]
fn the_end_of_every_call_is_told_through_the_narrowest_channel() {
    let mut world = World::with_channel(config(), 1);
    let phone = world.peer();
    let calls: Vec<_> = (0..64).map(|_| world.open(&phone).0).collect();
    calls.iter().for_each(|call| world.plane.close(call));
    calls.iter().for_each(|call| drop(world.closed(call)));
}

#[test]
fn a_plane_whose_events_nobody_takes_opens_no_more_calls() {
    let mut world = World::with_channel(config(), 1);
    let phone = world.peer();
    let (call, _) = world.open(&phone);
    // Each key before the business is connected makes a milestone.
    for _ in 0..12 {
        (0..100).for_each(|_| world.plane.press(&call, '1'));
        world.counters();
    }
    world.counters(); // a whole round has passed
    let second = world.call_id();
    assert!(
        matches!(world.try_open(&second, phone.offer()), Err(MediaFault::Unavailable(text)) if text == "media events are not being taken")
    );
    assert!(world.counters().events_dropped > 0);

    world.plane.close(&call);
    world.closed(&call);
    while world.try_open(&second, phone.offer()).is_err() {
        world.listen();
    }
}

#[test]
fn a_plane_that_ends_closes_its_calls() {
    let mut world = World::new(config());
    let calls: Vec<_> = (0..5).map(|_| world.talking().id).collect();
    let World { plane, mut events, .. } = world;
    drop(plane);
    let mut ended = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let callport_engine::ports::MediaEvent::Closed { call, report } = event {
            assert!(report.business.figures.packets_in > 0);
            ended.push(call);
        }
    }
    assert_eq!(ended.len(), calls.len());
    assert!(calls.iter().all(|call| ended.contains(call)));
}

#[test]
fn one_call_has_media_once_and_an_unknown_one_has_none() {
    let mut world = World::new(config());
    let phone = world.peer();
    let (call, _) = world.open(&phone);
    assert!(matches!(world.try_open(&call, phone.offer()), Err(MediaFault::Unavailable(_))));
    assert_eq!(world.plane.calls(), 1);
    let unknown = world.call_id();
    world.plane.close(&unknown);
    world.plane.open_gate(&unknown);
    world.plane.press(&unknown, '1');
    assert!(world.report(&unknown).is_none());
}

#[test]
fn an_offer_of_the_phone_that_cannot_be_used_is_refused_with_its_reason() {
    let mut world = World::new(config());
    let offer = world.peer().offer().replace("opus/48000/2", "opus/8000/1");
    let call = world.call_id();
    let Err(MediaFault::Refused(text)) = world.try_open(&call, offer) else { panic!("it was taken") };
    assert!(text.to_lowercase().contains("opus"), "{text}");
    assert_eq!(world.plane.calls(), 0);
}

#[test]
fn every_leg_shows_the_same_certificate() {
    // One identity for the process: its fingerprint is what both descriptions carry.
    let identity = Identity::self_signed().unwrap();
    let mut world = World::new(config());
    let phone = world.peer();
    let opened = world.open(&phone).1;
    let line = |sdp: &str| sdp.lines().find(|line| line.starts_with("a=fingerprint:sha-256 ")).unwrap().to_owned();
    assert_eq!(line(&opened.phone_answer), line(&opened.business_offer));
    assert!(!line(&opened.phone_answer).ends_with(&callport_sdp::fingerprint_text(&identity.fingerprint())), "not just any");
}

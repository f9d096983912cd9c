//! Calls that a business places: its offer is answered at once, a phone joins when it picks up.

use callport_core::call::{MediaSign, Side};
use callport_core::codec::AdditionalCodec;
use callport_engine::ports::{Media as _, MediaFault};
use callport_engine::records::CheckOutcome::{Blocked, Passed, Waiting, Warning};
use callport_media::MediaConfig;
use callport_relay::DtlsLibrary;
use callport_sdp::DtlsRole;

use crate::world::{World, check, config, unpassed};

/// As browsers write it: no candidates, codecs that nobody takes, header extensions.
const BROWSER_OFFER: &str = include_str!("../../../sdp/src/samples/browser_offer.sdp");
const PLATFORM_ANSWER: &str = include_str!("../../../sdp/src/samples/platform_answer.sdp");

fn line<'a>(sdp: &'a str, name: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {sdp}"))
}

#[test]
fn both_hear_each_other_once_a_phone_has_picked_up_and_the_gate_is_open() {
    let mut world = World::new(config());
    let mut party = world.ringing();
    world.drive_until_sign(&mut party, MediaSign::Connected(Side::Business));
    world.drive(&mut party, "the business to be connected", |party| party.business.leg.is_connected());
    for _ in 0..25 {
        party.business.say();
    }
    world.drive_until_sign(&mut party, MediaSign::Flowing(Side::Business));
    assert!(world.signs().iter().all(|sign| !matches!(sign, MediaSign::Connected(Side::User) | MediaSign::Flowing(Side::User))));

    world.pick_up(&party.id, &mut party.phone);
    world.drive(&mut party, "the phone to connect", |party| party.phone.leg.is_connected());
    world.talk_until(&mut party, "the phone at the business", |party| party.business.heard.len() >= 5);
    world.report(&party.id).unwrap(); // what the business said so far was dealt with
    assert!(party.phone.heard.is_empty(), "the gate is closed");
    world.plane.open_gate(&party.id);
    world.talk_until(&mut party, "fifty packets each way", |party| party.phone.heard.len() >= 50 && party.business.heard.len() >= 50);
    party.phone.assert_unbroken();
    party.business.assert_unbroken();

    let report = world.report(&party.id).unwrap();
    assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
    let texts = world.texts();
    for (start, end) in
        [("first audio from the business, ", " ms after its offer"), ("first audio from the phone, ", " ms after it picked up")]
    {
        assert!(texts.iter().any(|text| text.starts_with(start) && text.ends_with(end)), "{texts:?}");
    }
    world.plane.close(&party.id);
    let last = world.closed(&party.id);
    assert!(last.user.figures.packets_in >= 50 && last.user.figures.packets_out >= 50);
    assert_eq!(last.user.figures.lost_in, 0);
}

#[test]
fn a_browsers_offer_is_answered_as_published() {
    let external = ["203.0.113.20", "2001:db8:20::77"].map(|ip| ip.parse().unwrap());
    let bind = ["127.0.0.1", "::1"].map(|ip| ip.parse().unwrap());
    let mut world = World::new(MediaConfig { bind: bind.to_vec(), external: external.to_vec(), ..config() });
    let call = world.call_id();
    let opened = world.ring(&call, BROWSER_OFFER.to_owned(), vec![AdditionalCodec::Pcma]).unwrap();
    assert_eq!(opened.warnings, Vec::<String>::new());
    let answer = &opened.business_answer;
    assert!(answer.ends_with("\r\n") && !answer.replace("\r\n", "").contains(['\r', '\n']), "every line ends in CRLF");

    // What is drawn, or this machine's, in the sample's words.
    let mut expected = PLATFORM_ANSWER.to_owned();
    let port = world.plane.ports()[0];
    expected = expected.replace(" 3484 ", &format!(" {port} "));
    for name in ["a=msid-semantic: WMS ", "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:sha-256 "] {
        let (sample, ours) = (line(PLATFORM_ANSWER, name), line(answer, name));
        assert_eq!(sample.len(), ours.len(), "{name}");
        expected = expected.replace(sample, ours);
    }
    let ssrc = line(answer, "a=ssrc:").split(' ').next().unwrap();
    expected = expected.replace("1193046471", ssrc);
    let foundations = answer.lines().filter_map(|line| line.strip_prefix("a=candidate:")?.split(' ').next());
    for (sample, ours) in ["1830427755", "604118293"].into_iter().zip(foundations) {
        expected = expected.replace(sample, ours);
    }
    assert_eq!(answer.lines().collect::<Vec<_>>(), expected.lines().collect::<Vec<_>>());
}

#[test]
fn our_role_in_dtls_is_the_one_that_the_offer_leaves_or_the_configured_one() {
    for (ours, offered, answered) in [
        (DtlsRole::Server, "actpass", "passive"),
        (DtlsRole::Server, "active", "passive"),
        (DtlsRole::Server, "passive", "active"),
        (DtlsRole::Client, "actpass", "active"),
        (DtlsRole::Client, "active", "passive"),
    ] {
        for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
            let mut world = World::new(MediaConfig { answer_role: ours, business_engine: engine, ..config() });
            let (phone, mut business) = (world.peer(), world.peer());
            let id = world.call_id();
            let offer = business.offer().replace("a=setup:actpass", &format!("a=setup:{offered}"));
            let opened = world.ring(&id, offer, vec![]).unwrap();
            assert_eq!(line(&opened.business_answer, "a=setup:"), answered);
            assert_eq!(opened.warnings.len(), usize::from(offered == "passive"), "{:?}", opened.warnings);
            business.take_answer(&opened.business_answer);
            let mut party = crate::world::Party { id, phone, business };
            world.drive(&mut party, "the business to connect", |party| party.business.leg.is_connected());
            world.pick_up(&party.id, &mut party.phone);
            world.connect(party);
        }
    }
}

#[test]
fn payload_types_are_the_offers_and_keys_go_to_the_number_that_it_has_for_them() {
    for (numbers, dtmf) in [("107 101", 101), ("107", 126)] {
        let mut world = World::new(config());
        let (phone, mut business) = (world.peer(), world.peer());
        let id = world.call_id();
        let offer = business.offer().replace("SAVPF 111 126", &format!("SAVPF {numbers}"));
        let offer = offer.replace(":111 ", ":107 ").replace("a=rtpmap:126 ", "a=rtpmap:101 ");
        let opened = world.ring(&id, offer, vec![]).unwrap();
        assert!(line(&opened.business_answer, "m=audio ").ends_with(&format!("SAVPF {numbers}")));
        assert_eq!(opened.warnings.len(), usize::from(dtmf == 126), "{:?}", opened.warnings);
        business.take_answer(&opened.business_answer);
        let mut party = crate::world::Party { id, phone, business };
        world.pick_up(&party.id, &mut party.phone);
        world.drive(&mut party, "both to connect", |party| party.phone.leg.is_connected() && party.business.leg.is_connected());
        world.plane.press(&party.id, '9');
        world.drive(&mut party, "a digit", |party| !party.business.digits().is_empty());
        assert_eq!(party.business.leg.checklist().payload_types_seen.as_slice(), [dtmf]);
        let report = world.report(&party.id).unwrap();
        let (outcome, says) = check(&report.business, "sdp");
        match dtmf {
            101 => assert_eq!((outcome, says), (Passed, "Opus on payload type 107, keys on payload type 101")),
            _ => assert!(outcome == Warning && says.contains("sent on payload type 126 all the same"), "{says}"),
        }
    }
}

#[test]
fn a_key_that_is_pressed_before_a_phone_is_there_is_nobodys() {
    let mut world = World::new(config());
    let mut party = world.ringing();
    world.drive_until_sign(&mut party, MediaSign::Connected(Side::Business));
    world.plane.press(&party.id, '5');
    world.pick_up(&party.id, &mut party.phone);
    world.drive(&mut party, "the phone to connect", |party| party.phone.leg.is_connected());
    world.plane.press(&party.id, '6');
    world.talk_until(&mut party, "the key", |party| !party.business.digits().is_empty());
    assert_eq!(party.business.digits(), ['6']);
    assert!(world.texts().iter().all(|text| !text.contains("key")), "{:?}", world.texts());
}

#[test]
fn the_first_phone_has_the_call_and_may_come_back_to_it() {
    let mut world = World::new(config());
    let mut party = world.ringing();
    let mut other = world.peer();
    let unusable = other.offer().replace("opus/48000/2", "opus/8000/1");
    assert!(matches!(world.try_pick_up(&party.id, unusable), Err(MediaFault::Refused(_))));
    let too_early = world.try_rejoin(&party.id, other.offer());
    assert!(matches!(too_early, Err(MediaFault::Unavailable(text)) if text.starts_with("this call has no phone")));
    world.pick_up(&party.id, &mut party.phone);
    assert!(
        matches!(world.try_pick_up(&party.id, other.offer()), Err(MediaFault::Unavailable(text)) if text == "a phone has this call already")
    );
    let mut party = world.connect(party);

    let answer = world.rejoin(&party.id, other.offer());
    other.take_answer(&answer);
    drop(std::mem::replace(&mut party.phone, other));
    party.business.heard.clear();
    world.drive(&mut party, "the new leg", |party| party.phone.leg.is_connected());
    world.talk_until(&mut party, "audio both ways again", |party| party.phone.heard.len() >= 5 && party.business.heard.len() >= 5);
    party.business.assert_numbered_without_gap();
    let report = world.report(&party.id).unwrap();
    assert_eq!((unpassed(&report.user), unpassed(&report.business)), (vec![], vec![]));
}

#[test]
fn a_call_that_a_user_placed_is_not_picked_up() {
    let mut world = World::new(config());
    let (phone, other) = (world.peer(), world.peer());
    let (call, _) = world.open(&phone);
    assert!(matches!(world.try_pick_up(&call, other.offer()), Err(MediaFault::Unavailable(_))));
    let unknown = world.call_id();
    assert!(matches!(world.try_pick_up(&unknown, other.offer()), Err(MediaFault::Unavailable(text)) if text == "this call has no media"));
}

#[test]
fn a_call_that_ends_while_phones_ring_has_a_last_report_and_leaves_nothing_behind() {
    let mut world = World::new(config());
    let mut party = world.ringing();
    world.drive_until_sign(&mut party, MediaSign::Connected(Side::Business));
    let live = world.report(&party.id).unwrap();
    world.plane.close(&party.id);
    world.plane.close(&party.id);
    assert!(matches!(world.try_pick_up(&party.id, party.phone.offer()), Err(MediaFault::Unavailable(_))), "too late");
    let last = world.closed(&party.id);
    for report in [live, last] {
        assert_eq!(check(&report.user, "sdp"), (Waiting, "no phone has picked up"));
        assert!(report.user.checks[1..].iter().all(|check| check.outcome == Blocked), "{:?}", report.user.checks);
        assert_eq!(report.user.first_failing().unwrap().step, "sdp");
        assert_eq!(check(&report.business, "dtls").0, Passed);
        assert_eq!(check(&report.business, "packets_out"), (Blocked, "nothing to pass on: no phone has picked up"));
    }
    let counters = world.counters();
    assert_eq!((world.plane.calls(), counters.calls, counters.addresses, counters.calls_broken), (0, 0, 0, 0));
}

#[test]
fn what_cannot_be_opened_takes_no_slot() {
    let mut world = World::new(MediaConfig { calls_per_thread: 2, ..config() });
    let business = world.peer();
    let call = world.call_id();
    for (from, to, words) in [
        ("a=fingerprint", "a=print", "No fingerprint found in SDP"),
        ("opus/48000/2", "G722/8000", "no codec in common"),
        ("SAVPF 111", "SAVPF 8", "enable PCMA or PCMU in calling.audio.additional_codecs"),
        ("a=rtcp-mux", "a=rtcp-rsize", "a=rtcp-mux is missing"),
        ("a=setup:actpass", "a=ice-lite\r\na=setup:actpass", "a=ice-lite is not supported"),
        ("m=audio ", "m=video ", "m=video is not supported"),
        ("a=ptime:20", "a=ptime:60", "does not allow packets of 20 ms"),
    ] {
        let offer = business.offer().replacen(from, to, 1);
        let Err(MediaFault::Refused(text)) = world.ring(&call, offer, vec![]) else { panic!("{words}: it was taken") };
        assert!(text.contains(words), "{text}");
        assert_eq!(world.plane.calls(), 0);
    }
    world.ring(&call, business.offer(), vec![]).unwrap();
    let again = world.ring(&call, business.offer(), vec![]).map(|_| ());
    assert!(matches!(again, Err(MediaFault::Unavailable(text)) if text == "this call has media already"));
    assert_eq!(world.plane.calls(), 1);
    let second = world.call_id();
    world.ring(&second, business.offer(), vec![]).unwrap();
    let third = world.call_id();
    let full = world.ring(&third, business.offer(), vec![]).map(|_| ());
    assert!(matches!(full, Err(MediaFault::Unavailable(text)) if text == "every media slot is in use"));
    for call in [call, second] {
        world.plane.close(&call);
        world.closed(&call);
    }
    assert_eq!(world.plane.calls(), 0);
}

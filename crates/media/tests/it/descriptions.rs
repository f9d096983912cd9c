//! What a business's description says besides where it is: who sends, under which profile, and which generation of ours it is answered in.

use callport_engine::ports::{Media as _, OpenedBusinessCall};
use callport_engine::records::CheckOutcome::{Blocked, Failed, Passed};
use callport_engine::records::MediaReport;
use callport_media::MediaConfig;
use callport_sdp::Dialect;

use crate::world::{Party, World, check, config};

fn line<'a>(sdp: &'a str, name: &str) -> &'a str {
    sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} in {sdp}"))
}

/// A business's call with a changed offer, that a phone has picked up.
fn placed(world: &mut World, change: impl FnOnce(String) -> String) -> (Party, OpenedBusinessCall) {
    let (phone, mut business) = (world.peer(), world.peer());
    let id = world.call_id();
    let opened = world.ring(&id, change(business.offer()), vec![]).unwrap();
    business.take_answer(&opened.business_answer);
    let mut party = Party { id, phone, business };
    world.pick_up(&party.id, &mut party.phone);
    (party, opened)
}

/// Opens the gate and lets both sides say twenty packets; what the platform then knows.
fn talk(world: &mut World, party: &mut Party) -> MediaReport {
    world.plane.open_gate(&party.id);
    world.talk_until(party, "both to talk", |party| party.phone.said >= 20 && party.business.said >= 20);
    world.report(&party.id).unwrap() // after all that was said
}

fn both_hear_each_other(world: &mut World, party: &mut Party) {
    talk(world, party);
    world.talk_until(party, "sound both ways", |party| !party.phone.heard.is_empty() && !party.business.heard.is_empty());
}

#[test]
fn a_business_that_only_sends_is_answered_recvonly_and_is_sent_nothing() {
    for offered in ["sendonly", "inactive"] {
        let mut world = World::new(config());
        let (mut party, opened) = placed(&mut world, |offer| offer.replace("a=sendrecv", &format!("a={offered}")));
        let answered = if offered == "sendonly" { "a=recvonly\r\n" } else { "a=inactive\r\n" };
        assert!(opened.business_answer.contains(answered), "{}", opened.business_answer);
        assert_eq!(opened.warnings.len(), 1);
        assert!(opened.warnings[0].starts_with("SDP of the business: line "), "{}", opened.warnings[0]);
        assert!(opened.warnings[0].contains(&format!("a={offered} says")), "{}", opened.warnings[0]);

        talk(&mut world, &mut party);
        world.plane.press(&party.id, '5');
        let report = world.report(&party.id).unwrap();
        assert!(party.business.heard.is_empty() && party.business.digits().is_empty(), "it said that it takes nothing");
        assert!(report.user.figures.dropped["other_leg_does_not_listen"] > 0, "{:?}", report.user.figures);
        assert_eq!((report.business.figures.packets_out, report.business.figures.digits), (0, 0));
        assert_eq!(check(&report.business, "direction").0, Failed);
        assert_eq!(check(&report.business, "packets_out").0, Blocked);
        assert_eq!(report.business.first_failing().unwrap().step, "direction");
        world.listen();
        let texts = world.texts();
        assert!(
            texts.iter().any(|text| text.starts_with("a key of the phone was not sent") && text.contains("takes nothing")),
            "{texts:?}"
        );
    }
}

#[test]
fn a_business_that_only_listens_is_answered_sendonly_and_hears_the_user() {
    let mut world = World::new(config());
    let (mut party, opened) =
        placed(&mut world, |offer| offer.replace("a=sendrecv\r\n", "").replace("t=0 0\r\n", "t=0 0\r\na=recvonly\r\n"));
    assert!(opened.business_answer.contains("a=sendonly\r\n"), "{}", opened.business_answer);
    assert!(opened.warnings[0].contains("line 5: a=recvonly says"), "{:?}", opened.warnings);
    let report = world.report(&party.id).unwrap();
    assert_eq!(report.business.first_failing().unwrap().step, "direction");
    talk(&mut world, &mut party);
    world.talk_until(&mut party, "the user at the business", |party| !party.business.heard.is_empty());
}

#[test]
fn an_answer_with_a_direction_is_let_through_and_kept_to() {
    for (answered, hears) in [("sendonly", false), ("inactive", false), ("recvonly", true)] {
        let mut world = World::new(config());
        let (phone, business) = (world.peer(), world.peer());
        let mut party = world.call_with(phone, business, |answer| answer.replace("a=sendrecv", &format!("a={answered}")));
        let sent = talk(&mut world, &mut party).business.figures.packets_out;
        match hears {
            true => world.talk_until(&mut party, "the user at the business", |party| !party.business.heard.is_empty()),
            false => assert!(sent == 0 && party.business.heard.is_empty(), "{answered}: {sent}"),
        }
    }
}

#[test]
fn a_profile_without_feedback_is_answered_by_itself() {
    for profile in ["UDP/TLS/RTP/SAVP", "RTP/SAVPF", "RTP/AVP"] {
        let mut world = World::new(config());
        let (mut party, opened) = placed(&mut world, |offer| offer.replace("UDP/TLS/RTP/SAVPF", profile));
        assert!(line(&opened.business_answer, "m=audio ").contains(&format!(" {profile} ")), "{}", opened.business_answer);
        both_hear_each_other(&mut world, &mut party);
    }
}

#[test]
fn candidates_of_no_use_are_told_once_and_not_as_a_warning() {
    let mdns =
        "a=candidate:7 1 udp 7 6f1c0a.local 50000 typ host\r\na=candidate:8 1 tcp 7 192.0.2.1 9 typ host tcptype active\r\na=ice-ufrag";
    let mut world = World::new(config());
    let (mut party, opened) = placed(&mut world, |offer| offer.replacen("a=ice-ufrag", mdns, 1));
    assert_eq!(opened.warnings, Vec::<String>::new());
    let report = talk(&mut world, &mut party);
    let (outcome, says) = check(&report.business, "sdp");
    assert_eq!(outcome, Passed);
    assert!(says.ends_with("candidates passed over: 1 with an mDNS name, 1 for TCP"), "{says}");
}

/// Offers and answers alike, and far ends find the platform by them.
#[test]
fn the_older_generation_is_whole_in_both_directions() {
    let mut ids = Vec::new();
    let mut looks_older = |sdp: &str| {
        let (ufrag, pwd) = (line(sdp, "a=ice-ufrag:"), line(sdp, "a=ice-pwd:"));
        assert!((12..=14).contains(&ufrag.len()) && pwd.len() == 32 && !pwd.contains('='), "{ufrag} {pwd}");
        assert!(line(sdp, "a=candidate:").ends_with(&format!("network-cost 50 ufrag {ufrag}")), "{sdp}");
        assert!(!sdp.contains("a=ptime") && !sdp.contains("a=maxptime") && sdp.contains(" mslabel:"), "{sdp}");
        ids.push(line(sdp, "o=- ").split(' ').next().unwrap().to_owned());
    };

    let mut world = World::new(MediaConfig { dialect: Dialect::Older, ..config() });
    let phone = world.peer();
    let (_, opened) = world.open(&phone);
    looks_older(&opened.business_offer);
    assert_eq!(opened.business_offer.matches("a=extmap:").count(), 3);
    assert_eq!(line(&opened.phone_answer, "a=ice-ufrag:").len(), 16, "the phone's leg is the same in either");
    world.talking();

    let (mut party, opened) = placed(&mut world, |offer| {
        offer.replace("a=sendrecv", "a=extmap:6 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=sendrecv")
    });
    looks_older(&opened.business_answer);
    assert_eq!(line(&opened.business_answer, "a=extmap:"), "6 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time");
    both_hear_each_other(&mut world, &mut party);
    // Random, where the current generation has the moment.
    assert!(ids.iter().all(|id| id.len() > 13) && ids[0] != ids[1], "{ids:?}");
}

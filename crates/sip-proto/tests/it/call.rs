//! Whole calls between two agents.

use std::time::Duration;

use callport_sip_proto::agent::{AgentEvent, NoResponse, SipEnding};
use callport_sip_proto::{AskedBy, DigestOutcome, Outline, SipBody};

use crate::pair::*;

fn plain() -> Outline {
    Outline::of_response()
}

#[test]
fn a_user_calls_and_the_business_hangs_up() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, request) = pair.invited(Side::Business);
    assert_eq!(request.header("x-wa-meta-wacid").unwrap(), WACID);
    assert_eq!(request.sdp(), Some(OFFER.as_bytes()));
    pair.business.progress(theirs, 180, "Ringing", &plain(), None, pair.now).unwrap();
    pair.run();
    let codes: Vec<_> = pair
        .events(Side::Platform)
        .into_iter()
        .map(|event| match event {
            AgentEvent::Provisional { session, response } if session == ours => response.status().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(codes, [100, 180]);
    pair.business.answer(theirs, &pbx_ok(), Some(&SipBody::sdp(ANSWER)), None, pair.now).unwrap();
    pair.run();
    match pair.event(Side::Platform) {
        AgentEvent::Answered { session, response } if session == ours => assert_eq!(response.sdp(), Some(ANSWER.as_bytes())),
        other => panic!("{other:?}"),
    }
    assert_eq!(pair.event(Side::Business), AgentEvent::Acknowledged { session: theirs });
    pair.business.bye(theirs, &Outline::of_request().fixed("Reason", "Q.850;cause=16;text=\"NORMAL_CLEARING\""), pair.now).unwrap();
    pair.run();
    match pair.event(Side::Platform) {
        AgentEvent::Ended { session, ending: SipEnding::ByPeer(bye) } if session == ours => assert_eq!(bye.reasons()[0].cause, Some(16)),
        other => panic!("{other:?}"),
    }
    assert_eq!(pair.event(Side::Business), AgentEvent::Ended { session: theirs, ending: SipEnding::ByUs(Some(200)) });
    assert_eq!(pair.ladder(), ["> INVITE", "< 100 INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK", "< BYE", "> 200 BYE"]);
    pair.nothing_is_left();
}

#[test]
fn a_business_calls_with_the_right_password() {
    let mut pair = Pair::new(platform(), business());
    let theirs = pair.call_user();
    let (ours, request) = pair.invited(Side::Platform);
    assert!(request.header("Proxy-Authorization").unwrap().contains("algorithm=SHA-256"));
    assert_eq!(pair.platform.authenticate(ours, BUSINESS, PASSWORD, pair.now), Ok(DigestOutcome::Accepted));
    pair.platform.progress(ours, 180, "Ringing", &plain(), None, pair.now).unwrap();
    pair.platform.answer(ours, &platform_ok(), Some(&SipBody::sdp(ANSWER)), None, pair.now).unwrap();
    pair.run();
    assert_eq!(pair.event(Side::Platform), AgentEvent::Acknowledged { session: ours });
    pair.platform.bye(ours, &Outline::of_request(), pair.now).unwrap();
    pair.run();
    assert_eq!(
        pair.ladder(),
        ["< INVITE", "> 407 INVITE", "< ACK", "< INVITE", "> 100 INVITE", "> 180 INVITE", "> 200 INVITE", "< ACK", "> BYE", "< 200 BYE"]
    );
    let ends = pair.events(Side::Business).into_iter().any(|event| matches!(event, AgentEvent::Ended { session, .. } if session == theirs));
    assert!(ends);
    pair.nothing_is_left();
}

#[test]
fn a_challenge_is_kept_by_nobody() {
    let mut pair = Pair::new(platform(), business());
    pair.is_cut = true;
    pair.call_user();
    let (_, invite) = pair.wire.pop().unwrap();
    pair.platform.received(LINE, invite.as_bytes(), pair.now);
    let challenge = pair.platform.poll_transmit().unwrap();
    assert_eq!(pair.platform.open(), (0, 0, 0));
    pair.platform.received(LINE, invite.as_bytes(), pair.now);
    let again = pair.platform.poll_transmit().unwrap();
    let tag = |bytes: &[u8]| callport_sip_proto::SipMessage::from_datagram(bytes).to().unwrap().tag().unwrap().to_owned();
    assert_eq!(tag(&challenge.bytes), tag(&again.bytes));
    assert_eq!(tag(&challenge.bytes), invite.top_via().unwrap().branch().unwrap());
}

#[test]
fn the_wrong_password_is_refused_in_the_callers_words() {
    let mut pair = Pair::new(platform(), business());
    let theirs = pair.call_user();
    let (ours, _) = pair.invited(Side::Platform);
    assert_eq!(pair.platform.authenticate(ours, BUSINESS, "other", pair.now), Ok(DigestOutcome::WrongDigest));
    let refusal = callport_sip_proto::SipRefusal::new(403, "Forbidden").warning("Forbidden");
    pair.platform.reject(ours, &refusal, &plain(), pair.now).unwrap();
    pair.run();
    match pair.event(Side::Business) {
        AgentEvent::Rejected { session, response } if session == theirs => {
            assert_eq!((response.status(), response.warnings()[0].text.as_str()), (Some(403), "Forbidden"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(pair.ladder()[3..], ["< INVITE", "> 403 INVITE", "< ACK"]);
    pair.nothing_is_left();
}

#[test]
fn the_platform_answers_401_and_407() {
    for asked_by in [AskedBy::Server, AskedBy::Proxy] {
        let mut pair = Pair::new(platform(), asking_business(asked_by));
        pair.call_business();
        let (theirs, request) = pair.invited(Side::Business);
        assert_eq!(pair.business.authenticate(theirs, "+15550109988", PASSWORD, pair.now), Ok(DigestOutcome::Accepted));
        assert_eq!(pair.wire[0].1.cseq().unwrap().number + 1, request.cseq().unwrap().number);
        assert_eq!(pair.wire[0].1.body(), request.body());
        assert_eq!(pair.wire[0].1.from().unwrap().tag(), request.from().unwrap().tag());
        assert_ne!(pair.wire[0].1.top_via().unwrap().branch(), request.top_via().unwrap().branch());
        assert_eq!(pair.ladder()[..3], ["> INVITE".to_owned(), format!("< {} INVITE", asked_by.code()), "> ACK".to_owned()]);
    }
}

#[test]
fn a_business_that_keeps_asking_fails_the_call() {
    let mut pair = Pair::new(platform(), asking_business(AskedBy::Server));
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    let refusal =
        callport_sip_proto::SipRefusal::new(401, "Unauthorized").with("WWW-Authenticate", "Digest realm=\"Acme Telecom\",nonce=\"x\"");
    pair.business.reject(theirs, &refusal, &plain(), pair.now).unwrap();
    pair.run();
    assert!(matches!(pair.event(Side::Platform), AgentEvent::Rejected { session, .. } if session == ours));
    assert_eq!(pair.ladder(), ["> INVITE", "< 401 INVITE", "> ACK", "> INVITE", "< 401 INVITE", "> ACK"]);
    pair.nothing_is_left();
}

#[test]
fn a_stale_nonce_costs_one_more_round() {
    let mut pair = Pair::new(platform(), business());
    pair.call_user();
    let (ours, _) = pair.invited(Side::Platform);
    let later = pair.now + Duration::from_secs(4000);
    assert_eq!(pair.platform.authenticate(ours, BUSINESS, PASSWORD, later), Ok(DigestOutcome::Stale));
    pair.now = later;
    pair.run();
    let (ours, _) = pair.invited(Side::Platform);
    assert_eq!(pair.platform.authenticate(ours, BUSINESS, PASSWORD, pair.now), Ok(DigestOutcome::Accepted));
}

#[test]
fn cancel_while_it_rings() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.platform.cancel(ours, &Outline::of_request().fixed("Reason", "SIP;cause=487"), pair.now).unwrap();
    pair.run();
    match pair.event(Side::Business) {
        AgentEvent::Cancelled { session, request } if session == theirs => assert_eq!(request.reasons()[0].cause, Some(487)),
        other => panic!("{other:?}"),
    }
    let rejected = pair
        .events(Side::Platform)
        .into_iter()
        .any(|event| matches!(event, AgentEvent::Rejected { response, .. } if response.status() == Some(487)));
    assert!(rejected);
    assert_eq!(pair.ladder(), ["> INVITE", "< 100 INVITE", "> CANCEL", "< 200 CANCEL", "< 487 INVITE", "> ACK"]);
    pair.nothing_is_left();
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut pair = Pair::new(platform(), business());
    pair.is_cut = true;
    let ours = pair.call_business();
    pair.platform.cancel(ours, &Outline::of_request(), pair.now).unwrap();
    pair.run();
    assert_eq!(pair.ladder(), ["> INVITE"]);
    pair.settle();
    assert_eq!(pair.event(Side::Platform), AgentEvent::Unanswered { session: ours, why: NoResponse::TimedOut });
    pair.nothing_is_left();
}

#[test]
fn answered_while_the_cancel_was_under_way() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.platform.cancel(ours, &Outline::of_request(), pair.now).unwrap();
    pair.business.answer(theirs, &pbx_ok(), Some(&SipBody::sdp(ANSWER)), None, pair.now).unwrap();
    pair.run();
    let ended = pair.events(Side::Platform).pop().unwrap();
    assert_eq!(ended, AgentEvent::Ended { session: ours, ending: SipEnding::AnsweredTooLate });
    pair.nothing_is_left();
}

#[test]
fn a_final_response_that_never_comes_after_a_cancel() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    pair.events(Side::Platform);
    pair.is_cut = true;
    pair.platform.cancel(ours, &Outline::of_request(), pair.now).unwrap();
    let start = pair.now;
    pair.run();
    while pair.platform.open().0 > 0 {
        assert!(pair.jump());
    }
    assert_eq!(pair.event(Side::Platform), AgentEvent::Unanswered { session: ours, why: NoResponse::TimedOut });
    assert_eq!(pair.now - start, Duration::from_secs(32));
    assert_eq!(pair.platform.open(), (0, 0, 0));
}

#[test]
fn a_refusal() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.reject(theirs, &busy(), &plain(), pair.now).unwrap();
    pair.run();
    let last = pair.events(Side::Platform).pop().unwrap();
    assert!(matches!(last, AgentEvent::Rejected { session, response } if session == ours && response.status() == Some(486)));
    pair.nothing_is_left();
}

#[test]
fn a_200_without_ack_comes_again_and_ends_after_32_seconds() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.is_cut = true;
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    let start = pair.now;
    pair.run();
    pair.wire.clear();
    let mut moments = Vec::new();
    while pair.now - start < Duration::from_secs(32) {
        assert!(pair.jump());
        let ok = pair.wire.iter().filter(|(_, message)| message.status() == Some(200)).count();
        moments.extend((0..ok).map(|_| (pair.now - start).as_millis()));
        assert!(pair.wire.iter().all(|(_, message)| message.status() == Some(200)) || pair.now - start >= Duration::from_secs(32));
        if pair.now - start < Duration::from_secs(32) {
            pair.wire.clear();
        }
    }
    assert_eq!(moments, [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
    assert!(pair.ladder().contains(&"< BYE".to_owned()));
    pair.settle();
    assert_eq!(pair.event(Side::Business), AgentEvent::Ended { session: theirs, ending: SipEnding::NoAck });
}

#[test]
fn a_repeated_200_is_acknowledged_again_also_long_after_its_transaction() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.run();
    let ok = pair.wire.iter().find(|(_, message)| message.status() == Some(200)).unwrap().1.clone();
    let ack =
        pair.wire.iter().find(|(side, message)| *side == Side::Platform && message.method().is_some_and(|method| method.as_str() == "ACK"));
    let ack = ack.unwrap().1.clone();
    for wait in [1, 100] {
        pair.wait(Duration::from_secs(wait));
        pair.platform.received(LINE, ok.as_bytes(), pair.now);
        assert_eq!(pair.platform.poll_transmit().unwrap().bytes, ack.as_bytes(), "after {wait} s");
    }
    assert_eq!(pair.platform.open().0, 1);
}

#[test]
fn the_answer_of_a_second_branch_is_acknowledged_and_ended() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.run();
    let ok = pair.wire.iter().find(|(_, message)| message.status() == Some(200)).unwrap().1.clone();
    let tag = ok.to().unwrap().tag().unwrap().to_owned();
    let fork = String::from_utf8(ok.as_bytes().to_vec()).unwrap().replace(&tag, "another");
    pair.wire.clear();
    pair.platform.received(LINE, fork.as_bytes(), pair.now);
    let sent: Vec<_> = std::iter::from_fn(|| pair.platform.poll_transmit()).map(|one| String::from_utf8(one.bytes).unwrap()).collect();
    assert!(sent[0].starts_with("ACK ") && sent[1].starts_with("BYE ") && sent.len() == 2, "{sent:?}");
    assert!(sent.iter().all(|one| one.contains(";tag=another")));
    assert_eq!(pair.platform.open().0, 1, "the first branch's call goes on");
}

#[test]
fn reinvites_are_refused_and_the_call_goes_on() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.run();
    pair.events(Side::Platform);
    let invite = pair.wire[0].1.clone();
    let ok = pair.wire.iter().find(|(_, message)| message.status() == Some(200)).unwrap().1.clone();
    let text = |name: &str| ok.header(name).unwrap().into_owned();
    let call_id = invite.call_id().unwrap();
    let hold = format!(
        "INVITE sip:+15550142233@wa.meta.vc SIP/2.0\r\nVia: SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bKhold\r\nFrom: {}\r\nTo: {}\r\n\
         Call-ID: {call_id}\r\nCSeq: 77 INVITE\r\nContact: <sip:gw@10.0.0.8>\r\nSession-Expires: 600;refresher=uac\r\nContent-Length: 0\r\n\r\n",
        text("To"),
        text("From")
    );
    pair.platform.received(LINE, hold.as_bytes(), pair.now);
    let refused = String::from_utf8(pair.platform.poll_transmit().unwrap().bytes).unwrap();
    assert!(refused.starts_with("SIP/2.0 500 Internal Server Error\r\n"), "{refused}");
    let lower = hold.replace("z9hG4bKhold", "z9hG4bKlow").replace("CSeq: 77", "CSeq: 76");
    pair.platform.received(LINE, lower.as_bytes(), pair.now);
    assert!(pair.platform.poll_transmit().unwrap().bytes.starts_with(b"SIP/2.0 500 Server Internal Error\r\n"));
    pair.platform.bye(ours, &Outline::of_request(), pair.now).unwrap();
    pair.run();
    assert!(pair.events(Side::Platform).contains(&AgentEvent::Ended { session: ours, ending: SipEnding::ByUs(Some(200)) }));
}

#[test]
fn a_bye_before_the_ack_waits_for_it() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.business.bye(theirs, &Outline::of_request(), pair.now).unwrap();
    pair.run();
    assert_eq!(pair.ladder()[2..], ["< 200 INVITE", "> ACK", "< BYE", "> 200 BYE"]);
    pair.nothing_is_left();
}

#[test]
fn a_lost_connection_ends_what_waits_and_keeps_what_talks() {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.run();
    let waiting = pair.platform.invite(user_call_with("outgoing:other"), pair.now).unwrap();
    pair.events(Side::Platform);
    pair.platform.lost(LINE, pair.now);
    assert_eq!(pair.event(Side::Platform), AgentEvent::Unanswered { session: waiting, why: NoResponse::TransportFailed });
    while pair.platform.poll_transmit().is_some() {}
    pair.platform.bye(ours, &Outline::of_request(), pair.now).unwrap();
    let bye = pair.platform.poll_transmit().unwrap();
    let target = callport_sip_proto::transaction::table::Destination::Target { host: "10.0.0.8".to_owned(), port: Some(5061) };
    assert_eq!(bye.to, target, "to the Contact, as there is no route");
    pair.platform.transport_failed(&bye.client.unwrap(), pair.now);
    assert_eq!(pair.event(Side::Platform), AgentEvent::Ended { session: ours, ending: SipEnding::ByUs(None) });
}

fn user_call_with(call_id: &str) -> callport_sip_proto::agent::OutgoingRequest {
    callport_sip_proto::agent::OutgoingRequest { call_id: call_id.to_owned(), ..user_call() }
}

#[test]
fn an_invite_without_contact_or_with_a_line_end_in_its_call_id_is_not_sent() {
    let mut pair = Pair::new(platform(), business());
    let without = callport_sip_proto::agent::OutgoingRequest { outline: Outline::of_request(), ..user_call() };
    assert!(pair.platform.invite(without, pair.now).is_err());
    assert!(pair.platform.invite(user_call_with("a\r\nX: y"), pair.now).is_err());
    assert_eq!(pair.platform.open(), (0, 0, 0));
}

/// A clock that leaps: what the first deadline begins is past its own deadlines already.
#[test]
fn a_leap_of_the_clock_leaves_no_deadline_behind() {
    for seconds in [33, 40, 64, 70, 3600] {
        let unreliable = |config| callport_sip_proto::agent::AgentConfig { is_reliable: false, ..config };
        let mut pair = Pair::new(unreliable(platform()), unreliable(business()));
        pair.is_cut = true;
        pair.call_business();
        let invite = pair.wire[0].1.clone();
        pair.business.received(LINE, invite.as_bytes(), pair.now);
        let (theirs, _) = pair.invited(Side::Business);
        pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
        pair.now += Duration::from_secs(seconds);
        pair.business.handle_timeout(pair.now);
        assert!(pair.business.next_deadline().is_none_or(|next| next > pair.now), "{seconds} s");
        let is_over = pair.events(Side::Business).contains(&AgentEvent::Ended { session: theirs, ending: SipEnding::NoAck });
        assert_eq!(is_over, seconds >= 64, "{seconds} s: the ACK for 32, then the BYE's answer for 32");
    }
}

//! Requests that are no call, credentials on their way, and what is kept of whom.

use callport_sip_proto::agent::{AgentEvent, SipEnding, SipSession};
use callport_sip_proto::{DigestOutcome, HeaderName, Outline, ResponseParts, SipMessage, SipMethod, SipRefusal, write_response};

use crate::pair::*;

/// A talking pair: the platform's session and the business's.
fn talking() -> (Pair, SipSession, SipSession) {
    let mut pair = Pair::new(platform(), business());
    let ours = pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    pair.business.answer(theirs, &pbx_ok(), None, None, pair.now).unwrap();
    pair.run();
    pair.events(Side::Platform);
    pair.events(Side::Business);
    (pair, ours, theirs)
}

fn replied(pair: &mut Pair, side: Side) -> Vec<Option<u16>> {
    let code = |event| match event {
        AgentEvent::Replied { response, .. } => Some(response.and_then(|response| response.status())),
        _ => None,
    };
    pair.events(side).into_iter().filter_map(code).collect()
}

fn acks(pair: &Pair) -> Vec<SipMessage> {
    pair.wire.iter().map(|(_, message)| message.clone()).filter(|message| message.method() == Some(&SipMethod::Ack)).collect()
}

#[test]
fn questions_inside_of_a_call() {
    use SipMethod::{Info, Invite, Notify, Options, Prack, Refer, Update};
    let (mut pair, _, theirs) = talking();
    let contact = Outline::of_request().fixed("Contact", "<sip:gw@10.0.0.8>");
    for (method, code) in
        [(Invite, 500), (Update, 405), (Info, 405), (Refer, 405), (Prack, 405), (Options, 200), (Notify, 200), (Invite, 500)]
    {
        pair.business.ask_inside(theirs, method.clone(), &contact, None, pair.now).unwrap();
        pair.run();
        assert_eq!(replied(&mut pair, Side::Business), [Some(code)], "{method}");
    }
    pair.business.bye(theirs, &Outline::of_request(), pair.now).unwrap();
    pair.run();
    assert_eq!(pair.ladder().last().unwrap(), "> 200 BYE");
    pair.nothing_is_left();
}

#[test]
fn a_peer_that_takes_a_reinvite_is_acknowledged_each_time_and_told_of_once() {
    let (mut pair, _, theirs) = talking();
    pair.is_cut = true;
    let contact = Outline::of_request().fixed("Contact", "<sip:gw@10.0.0.8>");
    pair.business.ask_inside(theirs, SipMethod::Invite, &contact, None, pair.now).unwrap();
    pair.run();
    let (_, invite) = pair.wire.pop().unwrap();
    let parts = ResponseParts { code: 200, phrase: "OK", tag: None, source: None };
    let ok = write_response(&invite, parts, &Outline::of_response().fixed("Contact", "<sip:new@x>"), None);
    for _ in 0..2 {
        pair.business.received(LINE, &ok, pair.now);
        let ack = String::from_utf8(pair.business.poll_transmit().unwrap().bytes).unwrap();
        assert!(ack.starts_with("ACK sip:new@x SIP/2.0\r\n"), "{ack}");
        assert!(ack.contains(&format!("CSeq: {} ACK", invite.cseq().unwrap().number)));
    }
    assert_eq!(replied(&mut pair, Side::Business), [Some(200)]);
}

#[test]
fn questions_outside_of_any_call() {
    use SipMethod::{Ack, Invite, Options, Register};
    let mut pair = Pair::new(platform(), business());
    for (method, code) in [(Options, 200), (Register, 403)] {
        pair.business.ask(method, &business_call(), pair.now).unwrap();
        pair.run();
        assert_eq!(replied(&mut pair, Side::Business), [Some(code)]);
    }
    assert!(pair.business.ask(Invite, &business_call(), pair.now).is_err() && pair.business.ask(Ack, &business_call(), pair.now).is_err());
    pair.is_cut = true;
    pair.business.ask(Options, &business_call(), pair.now).unwrap();
    pair.run();
    pair.settle();
    assert_eq!(replied(&mut pair, Side::Business), [None]);
    pair.business.ping(LINE);
    let ping = pair.business.poll_transmit().unwrap();
    pair.platform.received(LINE, &ping.bytes, pair.now);
    assert_eq!(pair.platform.poll_transmit().unwrap().bytes, b"\r\n");
    pair.nothing_is_left();
}

#[test]
fn an_ack_has_the_credentials_of_its_invite() {
    let mut pair = Pair::new(platform(), business());
    pair.call_user();
    let (ours, request) = pair.invited(Side::Platform);
    pair.platform.authenticate(ours, BUSINESS, PASSWORD, pair.now).unwrap();
    pair.platform.answer(ours, &platform_ok(), None, None, pair.now).unwrap();
    pair.run();
    let acks = acks(&pair);
    assert_eq!(acks.len(), 2);
    assert_eq!(acks[0].header("Proxy-Authorization"), None, "the challenged INVITE had none");
    assert_eq!(acks[1].header("Proxy-Authorization"), request.header("Proxy-Authorization"));
}

#[test]
fn a_nonce_that_is_not_ours_is_challenged_as_stale_before_anything_is_kept() {
    let mut pair = Pair::new(platform(), business());
    let invite = include_str!("samples/bic_invite.txt").replace('\n', "\r\n");
    pair.platform.received(LINE, invite.as_bytes(), pair.now);
    let challenge = SipMessage::from_datagram(&pair.platform.poll_transmit().unwrap().bytes);
    assert_eq!(challenge.status(), Some(407));
    assert!(challenge.header("Proxy-Authenticate").unwrap().contains(",stale=true,"));
    assert_eq!(pair.platform.open(), (0, 0, 0));
}

#[test]
fn of_a_wrong_password_nothing_is_kept() {
    let mut pair = Pair::new(platform(), business());
    pair.call_user();
    let (ours, _) = pair.invited(Side::Platform);
    assert_eq!(pair.platform.authenticate(ours, BUSINESS, "other", pair.now), Ok(DigestOutcome::WrongDigest));
    assert_eq!(pair.platform.open(), (1, 0, 1));
    pair.platform.reject(ours, &SipRefusal::new(403, "Forbidden"), &Outline::of_response(), pair.now).unwrap();
    assert_eq!((pair.platform.open(), pair.platform.next_deadline()), ((0, 0, 0), None));
}

#[test]
fn asked_again_for_the_same_credentials_the_answer_is_the_same() {
    let mut pair = Pair::new(platform(), business());
    pair.call_user();
    let (ours, _) = pair.invited(Side::Platform);
    for _ in 0..2 {
        assert_eq!(pair.platform.authenticate(ours, BUSINESS, PASSWORD, pair.now), Ok(DigestOutcome::Accepted));
    }
}

#[test]
fn a_bye_that_is_challenged_is_sent_again_once() {
    let (mut pair, ours, _) = talking();
    pair.is_cut = true;
    pair.platform.bye(ours, &Outline::of_request().fixed("x-wa-meta-call-duration", "42"), pair.now).unwrap();
    pair.run();
    let (_, bye) = pair.wire.pop().unwrap();
    let parts = ResponseParts { code: 407, phrase: "x", tag: None, source: None };
    let asked = Outline::of_response().fixed("Proxy-Authenticate", "Digest realm=\"r\",nonce=\"n\",algorithm=SHA-256,qop=\"auth\"");
    pair.platform.received(LINE, &write_response(&bye, parts, &asked, None), pair.now);
    let again = SipMessage::from_datagram(&pair.platform.poll_transmit().unwrap().bytes);
    assert_eq!(again.cseq().unwrap().number, bye.cseq().unwrap().number + 1);
    assert!(again.header("Proxy-Authorization").is_some());
    assert_eq!(again.header("x-wa-meta-call-duration").unwrap(), "42");
    pair.platform.received(LINE, &write_response(&again, parts, &asked, None), pair.now);
    assert_eq!(pair.event(Side::Platform), AgentEvent::Ended { session: ours, ending: SipEnding::ByUs(Some(407)) });
}

#[test]
fn an_unreadable_record_route_does_not_keep_an_ack_from_being_sent() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, _) = pair.invited(Side::Business);
    let outline = pbx_ok().fixed("Record-Route", "<>, <sip:+159.65.1.1:5061;transport=tls;lr;r2=on>, sip:bare.example;lr");
    pair.business.answer(theirs, &outline, None, None, pair.now).unwrap();
    pair.run();
    let ack = acks(&pair).remove(0);
    let routes = ack.route_entries(HeaderName::Route).unwrap();
    assert_eq!(routes, ["sip:bare.example;lr", "<sip:+159.65.1.1:5061;transport=tls;lr;r2=on>"]);
    assert_eq!(ack.request_uri().unwrap(), "sip:gw@10.0.0.8:5061;transport=tls");
}

/// Telephone numbers, passwords and descriptions stay out of logs.
#[test]
fn debug_forms_name_nobody() {
    let mut pair = Pair::new(platform(), asking_business(callport_sip_proto::AskedBy::Server));
    pair.call_business();
    let mut shown = format!("{:?} {:?} {:?}", user_call(), business_call(), platform_ok());
    for side in [Side::Platform, Side::Business] {
        shown += &format!("{:?}", pair.events(side));
    }
    for (_, message) in &pair.wire {
        let dialog = callport_sip_proto::Dialog::of_server(message, "t", 1, &Default::default(), None);
        shown += &format!("{message:?} {:?} {:?} {:?} {dialog:?}", message.from(), message.to(), message.contacts());
        shown += &format!("{:?}", message.request_uri().map(|uri| callport_sip_proto::AnyUri::parse(&uri)));
        shown += &format!("{:?}", message.lines().collect::<Vec<_>>());
        shown += &format!("{:?}", message.header("Authorization").map(|value| callport_sip_proto::DigestCredentials::parse(&value)));
    }
    assert!(shown.contains("INVITE"));
    for secret in ["15550142233", BUSINESS, PASSWORD, "wacid.", "IN IP4"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

//! The published messages of the platform come out byte for byte in their order. What is random in them (branches, tags, numbers, nonces) is put
//! in place of ours before comparing; `Content-Length` is that of the sample's body. The challenge has a `Content-Length`, which its published
//! sample lacks: over a stream it must.

use callport_sip_proto::agent::OutgoingRequest;
use callport_sip_proto::transaction::table::Destination;
use callport_sip_proto::{DigestOutcome, HeaderName, Outline, OwnLine, SipBody, SipMessage, SipRefusal};

use crate::pair::*;

const UIC_INVITE: &str = include_str!("samples/uic_invite.txt");
const BIC_INVITE: &str = include_str!("samples/bic_invite.txt");
const BIC_OK: &str = include_str!("samples/bic_ok.txt");
const BIC_403: &str = include_str!("samples/bic_403.txt");
const BIC_407: &str = include_str!("samples/bic_407.txt");
const BYE: &str = include_str!("samples/bye.txt");

fn sample(text: &str) -> SipMessage {
    SipMessage::from_datagram(text.replace('\n', "\r\n").as_bytes())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn tag_of_to(message: &SipMessage) -> String {
    message.to().unwrap().tag().unwrap().to_owned()
}

fn branches(message: &SipMessage) -> Vec<String> {
    message.vias().unwrap().iter().map(|via| via.branch().unwrap().to_owned()).collect()
}

/// The bytes of `ours` with what is random in it replaced by what stands in its place in `theirs`.
fn with_their_chance(ours: &SipMessage, theirs: &SipMessage) -> String {
    let mut replaced = text(ours.as_bytes());
    for (our, their) in branches(ours).iter().zip(branches(theirs)) {
        replaced = replaced.replace(our, &their);
    }
    for tag in [|message: &SipMessage| message.from(), |message: &SipMessage| message.to()] {
        let tags = [ours, theirs].map(|message| tag(message).unwrap().tag().map(str::to_owned));
        if let [Some(our), Some(their)] = tags {
            replaced = replaced.replace(&our, &their);
        }
    }
    let [our, their] = [ours, theirs].map(|message| message.first(HeaderName::CSeq).unwrap().text().into_owned());
    replaced.replace(&format!("CSeq: {our}"), &format!("CSeq: {their}"))
}

fn same(ours: &SipMessage, theirs: &SipMessage) {
    assert_eq!(with_their_chance(ours, theirs), text(theirs.as_bytes()));
}

#[test]
fn the_invite_of_a_users_call() {
    let theirs = sample(UIC_INVITE);
    let mut pair = Pair::new(platform(), business());
    let call = OutgoingRequest { body: Some(SipBody::sdp(theirs.body())), ..user_call() };
    pair.platform.invite(call, pair.now).unwrap();
    let ours = SipMessage::from_datagram(&pair.platform.poll_transmit().unwrap().bytes);
    same(&ours, &theirs);
    let [top, inner, last] = &branches(&ours)[..] else { panic!("three Vias") };
    assert!(top == inner && top != last && top.len() == "z9hG4bKPj".len() + 32);
    assert_eq!(pair.platform.poll_transmit(), None);
}

/// The platform's agent with the published INVITE at its door, as it stands or with the credentials of a login.
struct Door {
    pair: Pair,
    session: callport_sip_proto::agent::SipSession,
}

/// The published INVITE carries a nonce of the published challenge, which is not ours: the business asks for one of ours first.
fn at_the_door(record_route: &str) -> Door {
    let mut pair = Pair::new(platform(), business());
    let published = text(sample(BIC_INVITE).as_bytes());
    let first = published.lines().filter(|line| !line.starts_with("Proxy-Authorization")).map(|line| format!("{line}\r\n"));
    pair.platform.received(LINE, first.collect::<String>().as_bytes(), pair.now);
    let challenge = SipMessage::from_datagram(&pair.platform.poll_transmit().unwrap().bytes);
    let mut login = callport_sip_proto::DigestLogin::new(BUSINESS, PASSWORD, callport_sip_proto::DigestUri::Whole);
    let mut chance = callport_sip_proto::Chance::from_seed([5; 32]);
    let (lines, _) = login.answer(&challenge, "INVITE", "sip:+15550142233@wa.meta.vc;transport=tls", &mut chance);
    let line = |line: &str| match line.starts_with("Proxy-Authorization") {
        true => format!("Proxy-Authorization: {}\r\n{record_route}", lines[0].1),
        false => format!("{line}\r\n"),
    };
    let second: String = published.lines().map(line).collect();
    pair.platform.received(LINE, second.as_bytes(), pair.now);
    let (session, _) = pair.invited(Side::Platform);
    assert_eq!(pair.platform.authenticate(session, BUSINESS, PASSWORD, pair.now), Ok(DigestOutcome::Accepted));
    let trying = pair.platform.poll_transmit().unwrap();
    assert!(trying.bytes.starts_with(b"SIP/2.0 100 Trying\r\n"));
    Door { pair, session }
}

#[test]
fn the_challenge() {
    let mut pair = Pair::new(platform(), business());
    let published = text(sample(BIC_INVITE).as_bytes());
    let first: String =
        published.lines().filter(|line| !line.starts_with("Proxy-Authorization")).map(|line| format!("{line}\r\n")).collect();
    pair.platform.received(LINE, first.as_bytes(), pair.now);
    let ours = text(&pair.platform.poll_transmit().unwrap().bytes);
    let theirs = text(sample(BIC_407).as_bytes());
    let without_nonces = |text: &str| {
        let hide = |line: &str| match line.starts_with("Proxy-Authenticate") {
            true => line.split('"').map(|part| if part.len() == 16 { "…" } else { part }).collect::<Vec<_>>().join("\""),
            false => line.to_owned(),
        };
        text.lines().map(hide).collect::<Vec<_>>()
    };
    assert_eq!(without_nonces(&ours), without_nonces(&theirs));
}

#[test]
fn the_answer_to_a_businesss_call() {
    let theirs = sample(BIC_OK);
    let mut door = at_the_door("Record-Route: <sip:198.51.100.20:5061;transport=tls;lr>\r\n");
    door.pair.platform.answer(door.session, &platform_ok(), Some(&SipBody::sdp(theirs.body())), None, door.pair.now).unwrap();
    let ours = SipMessage::from_datagram(&door.pair.platform.poll_transmit().unwrap().bytes);
    same(&ours, &theirs);
}

#[test]
fn the_refusal_of_a_businesss_call() {
    let theirs = sample(BIC_403);
    let mut door = at_the_door("");
    let phrase = "No Approved Call Permission Found: No approved call permission from the recipient";
    let outline = Outline::new()
        .own(OwnLine::Via)
        .fixed("Record-Route", PLATFORM_ROUTES[1])
        .fixed("Record-Route", PLATFORM_ROUTES[0])
        .owns(&[OwnLine::CallId, OwnLine::From, OwnLine::To, OwnLine::CSeq])
        .fixed("Allow", ALLOW)
        .fixed("X-FB-External-Domain", "wa.meta.vc");
    door.pair.platform.reject(door.session, &SipRefusal::new(403, phrase).warning(phrase), &outline, door.pair.now).unwrap();
    let ours = SipMessage::from_datagram(&door.pair.platform.poll_transmit().unwrap().bytes);
    same(&ours, &theirs);
}

#[test]
fn the_bye_of_the_platform() {
    let theirs = sample(BYE);
    let mut door = at_the_door("");
    door.pair.platform.answer(door.session, &platform_ok(), None, None, door.pair.now).unwrap();
    let ok = SipMessage::from_datagram(&door.pair.platform.poll_transmit().unwrap().bytes);
    let ack = format!(
        "ACK sip:+15550142233@wa.meta.vc;transport=tls;ob SIP/2.0\r\nVia: SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bKack\r\nMax-Forwards: 70\r\n\
         From: <sip:+15550109988@pbx.acme.example>;tag=Kc9Qm4496maQ\r\nTo: <sip:+15550142233@wa.meta.vc>;tag={}\r\n\
         Call-ID: dc2c5b33-aaaa-bbbb-cccc-afb56f4e56ba\r\nCSeq: 967477 ACK\r\nContent-Length: 0\r\n\r\n",
        tag_of_to(&ok)
    );
    door.pair.platform.received(LINE, ack.as_bytes(), door.pair.now);
    let outline = Outline::new()
        .own(OwnLine::Via)
        .fixed("Record-Route", PLATFORM_ROUTES[0])
        .fixed("Record-Route", PLATFORM_ROUTES[1])
        .owns(&[OwnLine::MaxForwards, OwnLine::From, OwnLine::To, OwnLine::CallId, OwnLine::CSeq])
        .fixed("x-wa-meta-wacid", "wacid.QUJD")
        .fixed("x-wa-meta-call-duration", "42")
        .fixed("x-wa-meta-user-id", "US.1")
        .fixed("X-FB-External-Domain", "wa.meta.vc")
        .fixed("Allow", ALLOW)
        .fixed("User-Agent", "Facebook SipGateway");
    door.pair.platform.bye(door.session, &outline, door.pair.now).unwrap();
    let transmit = door.pair.platform.poll_transmit().unwrap();
    assert_eq!(transmit.to, Destination::Connection(LINE));
    // The sample shows the Via of an inner hop; the one place where it differs from that of the INVITE.
    let ours = text(&transmit.bytes).replace("SIP/2.0/TLS 203.0.113.7:5061;rport", "SIP/2.0/TLS [2001:db8:10::]:56843;rport");
    same(&SipMessage::from_datagram(ours.as_bytes()), &theirs);
}

#[test]
fn the_bye_of_a_business_with_a_spoilt_route_set() {
    let mut door = at_the_door("");
    door.pair.platform.answer(door.session, &platform_ok(), None, None, door.pair.now).unwrap();
    let ok = SipMessage::from_datagram(&door.pair.platform.poll_transmit().unwrap().bytes);
    let bye = format!(
        "BYE sip:203.0.113.7:5061 SIP/2.0\r\nv: SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bKbye\r\nf: <sip:+15550109988@pbx.acme.example>;tag=Kc9Qm4496maQ\r\n\
         t: \"15550142233\" <sip:15550142233@203.0.113.7>;tag={}\r\ni: dc2c5b33-aaaa-bbbb-cccc-afb56f4e56ba\r\nCSeq: 1 BYE\r\n\
         Route: <sip:somewhere.else;lr>\r\nl: 0\r\n\r\n",
        tag_of_to(&ok)
    );
    door.pair.platform.received(LINE, bye.as_bytes(), door.pair.now);
    assert!(door.pair.platform.poll_transmit().unwrap().bytes.starts_with(b"SIP/2.0 200 OK\r\n"));
}

#[test]
fn the_route_set_of_the_published_answer_leads_to_the_business_alone() {
    let mut pair = Pair::new(platform(), business());
    pair.call_business();
    let (theirs, request) = pair.invited(Side::Business);
    assert_eq!(request.route_entries(HeaderName::RecordRoute).unwrap(), PLATFORM_ROUTES);
    let edge = "<sip:edge.acme.example;transport=tls;lr>";
    let outline =
        Outline::new().own(OwnLine::Via).fixed("Record-Route", edge).own(OwnLine::RecordRoute).fixed("Contact", "<sips:gw@10.0.0.8>");
    pair.business.answer(theirs, &outline, None, None, pair.now).unwrap();
    pair.run();
    let (_, ack) = pair.wire.iter().find(|(_, message)| message.method().is_some_and(|method| method.as_str() == "ACK")).unwrap();
    assert_eq!(ack.request_uri().unwrap(), "sips:gw@10.0.0.8");
    assert_eq!(ack.route_entries(HeaderName::Route).unwrap(), [edge]);
}

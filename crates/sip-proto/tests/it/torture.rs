//! The 49 torture messages of RFC 4475: what the judges say, and what a user agent answers, over datagrams and over a stream.

use std::time::Instant;

use callport_sip_proto::agent::{AgentConfig, AgentEvent, UserAgent};
use callport_sip_proto::judge::{Unusable, judge_content, judge_extensions, judge_request, judge_response};
use callport_sip_proto::transaction::table::ConnectionId;
use callport_sip_proto::{HeaderName, SipMessage, ViaText};

const MESSAGES: &str = include_str!("torture/messages.txt");

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Rings.
    Rings,
    /// Answered by this status.
    Answered(u16),
    /// Read, and of no transaction here.
    Stray,
    /// Not used, not answered.
    Dropped,
}
use Fate::{Answered, Dropped, Rings, Stray};

/// In the order of the RFC. Where it lets the receiver choose, the choice is said.
const FATES: [(&str, Fate); 49] = [
    ("wsinv", Answered(481)), // well-formed; its To has a tag of a dialog that is not here
    ("intmeth", Answered(405)),
    ("esc01", Rings),
    ("escnull", Answered(403)), // every REGISTER is
    ("esc02", Answered(405)),   // a method of its own, not REGISTER
    ("lwsdisp", Answered(200)),
    ("longreq", Rings),
    ("dblreq", Answered(403)),
    ("semiuri", Answered(200)),
    ("transports", Answered(200)),
    ("mpart01", Answered(405)),
    ("unreason", Stray),
    ("noreason", Stray),
    ("badinv01", Answered(400)),
    ("clerr", Answered(400)),
    ("ncl", Answered(400)),
    ("scalar02", Answered(400)),
    ("scalarlg", Dropped),
    ("quotbal", Answered(400)),
    ("ltgtruri", Answered(400)),
    ("lwsruri", Answered(400)),
    ("lwsstart", Answered(400)),
    ("trws", Answered(400)),
    ("escruri", Answered(400)),
    ("baddate", Rings),          // Date is not looked at
    ("regbadct", Answered(403)), // nor the Contact of a REGISTER
    ("badaspec", Answered(200)), // the spaces are let pass
    ("baddn", Answered(400)),
    ("badvers", Answered(505)),
    ("mismatch01", Answered(400)),
    ("mismatch02", Answered(400)), // 501 would do as well
    ("bigcode", Dropped),
    ("badbranch", Answered(200)), // its transaction is found as RFC 2543 has it
    ("insuf", Answered(400)),
    ("unkscm", Answered(416)),
    ("novelsc", Answered(416)),
    ("unksm2", Answered(403)),
    ("bext01", Answered(420)),
    ("invut", Answered(415)),
    ("regaut01", Answered(403)),
    ("multi01", Answered(400)),
    ("mcl01", Answered(400)),
    ("bcast", Stray), // two Vias: not ours, as no transaction has its branch
    ("zeromf", Answered(200)),
    ("cparam01", Answered(403)),
    ("cparam02", Answered(403)),
    ("regescrt", Answered(403)),
    ("sdp01", Answered(406)),
    ("inv2543", Rings),
];

fn unmarked(mut text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(at) = text.find(['<', '\n']) {
        bytes.extend_from_slice(&text.as_bytes()[..at]);
        text = &text[at..];
        if let Some(rest) = text.strip_prefix("<hex>") {
            let (digits, rest) = rest.split_once("</hex>").unwrap();
            bytes.extend((0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()));
            text = rest;
        } else if let Some(rest) = text.strip_prefix("<repeat ") {
            let (count, rest) = rest.split_once('>').unwrap();
            let (what, rest) = rest.split_once("</repeat>").unwrap();
            bytes.extend(what.repeat(count.parse().unwrap()).into_bytes());
            text = rest;
        } else {
            let first = if text.starts_with('\n') { &b"\r\n"[..] } else { b"<" };
            bytes.extend_from_slice(first);
            text = &text[1..];
        }
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

pub(crate) fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let split = |section: &'static str| section.split_once('\n').unwrap();
    MESSAGES.split("=== ").skip(1).map(split).map(|(name, text)| (name, unmarked(text))).collect()
}

fn message(name: &str) -> SipMessage {
    SipMessage::from_datagram(&messages().into_iter().find(|(known, _)| *known == name).unwrap().1)
}

fn agent(is_reliable: bool) -> (UserAgent, ConnectionId, Instant) {
    let config = AgentConfig { is_reliable, ..AgentConfig::new(ViaText::new("SIP/2.0/UDP 192.0.2.9", ""), "test") };
    let now = Instant::now();
    let mut agent = UserAgent::new(config, [0; 32], now);
    let line = ConnectionId(1);
    agent.connected(line, None, "192.0.2.1:5060".parse().unwrap());
    (agent, line, now)
}

fn fate(agent: &mut UserAgent) -> Fate {
    let events: Vec<_> = std::iter::from_fn(|| agent.poll_event()).collect();
    let answers: Vec<_> =
        std::iter::from_fn(|| agent.poll_transmit()).filter_map(|one| SipMessage::from_datagram(&one.bytes).status()).collect();
    match (events.iter().any(|event| matches!(event, AgentEvent::Invited { .. })), answers.last()) {
        (true, _) => Rings,
        (false, Some(code)) => Answered(*code),
        (false, None) if events.iter().any(|event| matches!(event, AgentEvent::Noise { .. })) => Dropped,
        (false, None) => Stray,
    }
}

#[test]
fn what_becomes_of_each() {
    let names: Vec<_> = messages().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, FATES.map(|(name, _)| name));
    for ((name, bytes), (_, expected)) in messages().into_iter().zip(FATES) {
        let (mut agent, line, now) = agent(false);
        agent.received(line, &bytes, now);
        assert_eq!(fate(&mut agent), expected, "{name}");
    }
}

/// With a proper length the same messages have the same fate over a stream, and the next message is found behind them.
#[test]
fn what_becomes_of_each_over_a_stream() {
    for ((name, bytes), (_, expected)) in messages().into_iter().zip(FATES) {
        let breaks_the_stream = ["clerr", "ncl", "mcl01", "inv2543", "mpart01", "dblreq"].contains(&name);
        if breaks_the_stream {
            continue;
        }
        let (mut agent, line, now) = agent(true);
        bytes.chunks(11).for_each(|piece| agent.received(line, piece, now));
        assert_eq!(fate(&mut agent), expected, "{name}");
        agent.received(line, &messages()[5].1, now);
        assert_eq!(fate(&mut agent), Answered(200), "behind {name}");
    }
}

/// Without one, or with two that disagree, the sender is told and the stream is over.
#[test]
fn lengths_that_break_a_stream() {
    for name in ["ncl", "mcl01", "inv2543", "mpart01"] {
        let (mut agent, line, now) = agent(true);
        agent.received(line, message(name).as_bytes(), now);
        let answer = SipMessage::from_datagram(&agent.poll_transmit().unwrap().bytes);
        assert_eq!(answer.status(), Some(400), "{name}");
        assert!(std::iter::from_fn(|| agent.poll_event()).any(|event| matches!(event, AgentEvent::Close { .. })), "{name}");
    }
    let (mut agent, line, now) = agent(true);
    agent.received(line, message("clerr").as_bytes(), now);
    assert_eq!((agent.poll_transmit(), agent.poll_event()), (None, None), "a body that is still to come is waited for");
}

#[test]
fn every_byte_is_kept() {
    for (name, bytes) in messages() {
        let read = SipMessage::from_datagram(&bytes);
        assert!(bytes.starts_with(read.as_bytes()), "{name}");
        let _ = (
            judge_request(&read).is_ok(),
            judge_response(&read).is_ok(),
            judge_extensions(&read, &[]).is_ok(),
            judge_content(&read).is_ok(),
        );
    }
}

#[test]
fn a_short_tortuous_invite() {
    let invite = message("wsinv");
    assert_eq!(invite.fault(), None);
    assert_eq!(invite.to().unwrap().tag(), Some("1918181833n"));
    assert_eq!(invite.from().unwrap().display.unwrap(), r#"J Rosenberg \""#);
    assert_eq!(invite.max_forwards().unwrap(), Some(68));
    assert_eq!(invite.cseq().unwrap().number, 9);
    assert_eq!(invite.first(HeaderName::Subject).unwrap().text(), "");
    let vias = invite.vias().unwrap();
    assert_eq!(vias.iter().map(|via| via.host.as_str()).collect::<Vec<_>>(), ["192.0.2.2", "spindle.example.com", "192.168.255.111"]);
    assert_eq!(vias.iter().map(|via| via.branch().unwrap()).collect::<Vec<_>>(), ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    let contact = &invite.contacts().unwrap()[0];
    assert_eq!(
        (contact.params.value("newparam"), contact.params.find("secondparam"), contact.params.value("q")),
        (Some("newvalue"), Some(None), Some("0.33"))
    );
    assert_eq!(invite.header("newfangledheader").unwrap(), "newfangled value continued newfangled value");
    assert_eq!(invite.body().len(), 150);
}

#[test]
fn unusual_characters() {
    let request = message("intmeth");
    assert_eq!(request.method().unwrap().as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(request.to().unwrap().display.unwrap(), "BEL:\u{7} NUL:\0 DEL:\u{7f}");
    assert_eq!(request.from().unwrap().params.value("fromParam''~+*_!.-%"), Some("работающий"));
    assert_eq!(request.call_id().unwrap(), r#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#);
    let uri = callport_sip_proto::SipUri::parse(&request.request_uri().unwrap()).unwrap();
    assert_eq!((uri.host.as_str(), uri.user_name().unwrap().as_str()), ("example.com", "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/"));
    let escaped = callport_sip_proto::SipUri::parse(&message("esc01").request_uri().unwrap()).unwrap();
    assert_eq!((escaped.host.as_str(), escaped.user.as_deref()), ("example.net", Some("sips%3Auser%40example.com")));
    assert_eq!(message("esc02").contacts().unwrap().len(), 2, "a header's name has no escapes");
    assert_eq!(message("semiuri").request_uri().unwrap(), "sip:user;par=u%40example.net@example.com");
    assert!(message("unreason").reason_phrase().unwrap().starts_with("= 2**3 * 5**2 но сто"));
}

#[test]
fn what_the_peer_is_told() {
    let told = |name: &str| {
        let (mut agent, line, now) = agent(false);
        agent.received(line, message(name).as_bytes(), now);
        SipMessage::from_datagram(&agent.poll_transmit().unwrap().bytes)
    };
    assert_eq!(told("quotbal").warnings()[0].text, "To: a quoted string is not closed");
    assert_eq!(told("multi01").warnings()[0].text, "From: it stands there twice");
    assert_eq!(told("insuf").warnings()[0].text, "From: it is missing");
    let extension = told("bext01");
    assert_eq!(extension.tokens(HeaderName::Unsupported).len(), 4);
    assert_eq!(told("sdp01").status(), Some(406));
    assert_eq!(told("invut").header("Accept").unwrap(), "application/sdp");
    assert_eq!(told("zeromf").header("Allow").unwrap(), "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS");
}

#[test]
fn responses_are_never_answered() {
    for name in ["scalarlg", "bigcode"] {
        let response = message(name);
        let judged = if response.status().is_some() { judge_response(&response) } else { judge_request(&response) };
        assert!(matches!(judged, Err(Unusable::Dropped(_))), "{name}");
    }
}

//! What a user agent answers to requests that are no call, and to calls that it does not take.

use std::time::Instant;

use callport_sip_proto::agent::{AgentConfig, AgentEvent, CloseReason, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, TransactionLimits};
use callport_sip_proto::{HeaderName, SipMessage};

use crate::pair::{LINE, business, platform};

struct Peer {
    agent: UserAgent,
    now: Instant,
    branch: u32,
}

impl Peer {
    fn of(config: AgentConfig) -> Peer {
        let now = Instant::now();
        let mut agent = UserAgent::new(config, [1; 32], now);
        agent.connected(LINE, None, "198.51.100.20:40000".parse().unwrap());
        Peer { agent, now, branch: 0 }
    }

    /// Sends a request and gives all answers.
    fn ask(&mut self, method: &str, uri: &str, more: &str) -> Vec<SipMessage> {
        self.branch += 1;
        let (branch, to) = (self.branch, if more.contains("To:") { "" } else { "To: <sip:+15550142233@wa.meta.vc>\r\n" });
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bK{branch};rport\r\n\
             From: <sip:+15550109988@pbx.acme.example>;tag=ft{branch}\r\n{to}Call-ID: c{branch}\r\nCSeq: 1 {method}\r\n\
             {}Content-Length: 0\r\n\r\n",
            more.replace('\n', "\r\n")
        );
        self.tell(text.as_bytes())
    }

    fn tell(&mut self, bytes: &[u8]) -> Vec<SipMessage> {
        self.agent.received(LINE, bytes, self.now);
        std::iter::from_fn(|| self.agent.poll_transmit()).map(|one| SipMessage::from_datagram(&one.bytes)).collect()
    }

    fn code(&mut self, method: &str, uri: &str, more: &str) -> u16 {
        let answers = self.ask(method, uri, more);
        answers.last().and_then(SipMessage::status).unwrap_or_default()
    }
}

const USER: &str = "sip:+15550142233@wa.meta.vc;transport=tls";

#[test]
fn methods() {
    let mut peer = Peer::of(platform());
    for (method, code) in [
        ("OPTIONS", 200),
        ("NOTIFY", 200),
        ("REGISTER", 403),
        ("UPDATE", 405),
        ("PRACK", 405),
        ("REFER", 405),
        ("INFO", 405),
        ("MESSAGE", 405),
        ("SUBSCRIBE", 405),
        ("PUBLISH", 405),
        ("NONSENSE", 405),
        ("BYE", 481),
        ("CANCEL", 481),
        ("ACK", 0),
    ] {
        assert_eq!(peer.code(method, USER, ""), code, "{method}");
    }
    let answers = peer.ask("UPDATE", USER, "");
    assert_eq!(answers[0].header("Allow").unwrap(), "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS");
    let answers = peer.ask("OPTIONS", USER, "");
    assert_eq!(answers[0].tokens(HeaderName::Supported), ["timer"]);
    for method in ["OPTIONS", "NOTIFY", "BYE", "INVITE"] {
        assert_eq!(peer.code(method, USER, "To: <sip:x@wa.meta.vc>;tag=none\n"), 481, "{method} inside of a dialog that is not here");
    }
    assert_eq!(peer.agent.open(), (0, 0, 0), "over a stream nothing of it is kept");
}

#[test]
fn where_a_call_may_go() {
    let mut peer = Peer::of(platform());
    for (uri, code) in [
        ("sip:+15550142233@wa.meta.vc;transport=tls", 407),
        ("sip:+15550142233@WA.meta.vc", 407),
        ("sip:15550142233@wa.meta.vc:5061;transport=tls", 407),
        ("sip:US.12345@wa.meta.vc", 407),
        ("sips:+15550142233@wa.meta.vc", 404),
        ("sip:+15550142233@203.0.113.7", 404),
        ("sip:+15550142233@[2001:db8::1]", 404),
        ("sip:+15550142233@other.example", 404),
    ] {
        assert_eq!(peer.code("INVITE", uri, ""), code, "{uri}");
    }
    assert_eq!(peer.ask("INVITE", "sip:x@203.0.113.7", "")[0].reason_phrase().unwrap(), "Not found");
    assert_eq!(peer.agent.open(), (0, 0, 0));
}

#[test]
fn what_a_call_may_ask_for() {
    let mut peer = Peer::of(business());
    assert_eq!(peer.code("INVITE", USER, "Require: timer\nSession-Expires: 600;refresher=uac\n"), 100);
    assert_eq!(peer.code("INVITE", USER, "Require: 100rel\n"), 420);
    assert_eq!(peer.code("INVITE", USER, "Accept: text/plain\n"), 406);
    assert_eq!(peer.code("INVITE", "tel:+15550142233", ""), 416);
    assert_eq!(peer.code("INVITE", USER, "Content-Encoding: gzip\n"), 415);
}

#[test]
fn a_merged_call_is_a_loop() {
    let mut peer = Peer::of(business());
    let invite = |branch: &str| {
        format!(
            "INVITE {USER} SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK{branch}\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:c@d>\r\nCall-ID: one\r\n\
             CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let code = |answers: Vec<SipMessage>| answers.last().and_then(SipMessage::status).unwrap_or_default();
    assert_eq!(code(peer.tell(invite("a").as_bytes())), 100);
    assert_eq!(code(peer.tell(invite("b").as_bytes())), 482);
    assert_eq!(code(peer.tell(invite("a").as_bytes())), 100, "the first once more");
}

#[test]
fn pings_are_answered() {
    let mut peer = Peer::of(platform());
    peer.agent.received(LINE, b"\r\n\r\n", peer.now);
    assert_eq!(peer.agent.poll_transmit().unwrap().bytes, b"\r\n");
    assert_eq!(peer.agent.poll_transmit(), None);
}

#[test]
fn when_it_is_full() {
    let mut peer = Peer::of(AgentConfig { sessions: 2, ..business() });
    assert_eq!([1, 2, 3].map(|_| peer.code("INVITE", USER, "")), [100, 100, 503]);
    let refused = peer.ask("INVITE", USER, "");
    assert!(refused[0].retry_after().is_some());
    let limits = TransactionLimits { servers: 0, ..TransactionLimits::default() };
    let mut peer = Peer::of(AgentConfig { transaction_limits: limits, ..business() });
    assert_eq!((peer.code("INVITE", USER, ""), peer.code("OPTIONS", USER, "")), (503, 503));
    assert_eq!(peer.agent.open(), (0, 0, 0));
}

#[test]
fn a_thousand_unanswered_challenges_cost_nothing() {
    let mut peer = Peer::of(platform());
    assert!((0..1000).all(|_| peer.code("INVITE", USER, "") == 407));
    assert_eq!((peer.agent.open(), peer.agent.next_deadline()), ((0, 0, 0), None));
}

#[test]
fn too_much_noise_closes_the_connection() {
    let mut peer = Peer::of(AgentConfig { noise: 3, ..platform() });
    let noise = b"SIP/2.0 999 nonsense\r\nContent-Length: 0\r\n\r\n";
    for _ in 0..5 {
        peer.tell(noise);
    }
    let events: Vec<_> = std::iter::from_fn(|| peer.agent.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| matches!(event, AgentEvent::Noise { .. })).count(), 3);
    assert_eq!(events.last(), Some(&AgentEvent::Close { connection: LINE, reason: CloseReason::Noise }));
    assert_eq!(peer.code("OPTIONS", USER, ""), 0, "nothing more is read");
    peer.agent.lost(LINE, peer.now);
    peer.agent.connected(LINE, None, "198.51.100.20:40000".parse().unwrap());
    assert_eq!(peer.code("OPTIONS", USER, ""), 200);
}

#[test]
fn bytes_of_unknown_connections_are_nothing() {
    let mut peer = Peer::of(platform());
    peer.agent.received(ConnectionId(99), b"OPTIONS", peer.now);
    assert_eq!((peer.agent.poll_transmit(), peer.agent.poll_event()), (None, None));
}

/// Over datagrams the source is noted (RFC 3581), and a final response is repeated to who asks again.
#[test]
fn over_datagrams() {
    let mut peer = Peer::of(AgentConfig { is_reliable: false, notes_source: true, ..platform() });
    let first = peer.ask("OPTIONS", USER, "");
    assert_eq!(
        first[0].first(HeaderName::Via).unwrap().text(),
        "SIP/2.0/TLS 198.51.100.20:5061;branch=z9hG4bK1;rport=40000;received=198.51.100.20"
    );
    peer.branch = 0;
    assert_eq!(peer.ask("OPTIONS", USER, ""), first);
    assert_eq!(peer.agent.open(), (0, 0, 1));
    peer.now += std::time::Duration::from_secs(32);
    peer.agent.handle_timeout(peer.now);
    assert_eq!(peer.agent.open(), (0, 0, 0));
}

/// An INVITE that rings, and the To of its 180.
fn ringing(peer: &mut Peer) -> (callport_sip_proto::agent::SipSession, String) {
    let invite = peer.ask("INVITE", USER, "");
    assert_eq!(invite[0].status(), Some(100));
    assert_eq!(invite[0].to().unwrap().tag(), None);
    let session = std::iter::from_fn(|| peer.agent.poll_event()).find_map(|event| match event {
        AgentEvent::Invited { session, .. } => Some(session),
        _ => None,
    });
    let session = session.unwrap();
    peer.agent.progress(session, 180, "Ringing", &callport_sip_proto::Outline::of_response(), None, peer.now).unwrap();
    let ringing = SipMessage::from_datagram(&peer.agent.poll_transmit().unwrap().bytes);
    (session, ringing.header("To").unwrap().into_owned())
}

/// A peer may end an early dialog with BYE instead of CANCEL (RFC 3261 §15.1.1).
#[test]
fn a_bye_before_the_answer_ends_the_invite() {
    let mut peer = Peer::of(business());
    let (session, to) = ringing(&mut peer);
    let bye = format!(
        "BYE {USER} SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKbye\r\nFrom: <sip:+15550109988@pbx.acme.example>;tag=ft1\r\nTo: {to}\r\n\
         Call-ID: c1\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"
    );
    let answers = peer.tell(bye.as_bytes());
    let codes: Vec<_> = answers.iter().map(|one| (one.status().unwrap(), one.cseq().unwrap().method.to_string())).collect();
    assert_eq!(codes, [(200, "BYE".to_owned()), (487, "INVITE".to_owned())]);
    let ended = std::iter::from_fn(|| peer.agent.poll_event())
        .any(|event| matches!(event, AgentEvent::Ended { session: one, .. } if one == session));
    assert!(ended);
    assert_eq!(peer.agent.open().0, 0);
}

/// The 2xx that waits for its ACK goes to the Via when its connection is gone (RFC 3261 §18.2.2), and so does one that is given afterwards.
#[test]
fn answers_find_their_way_without_the_connection() {
    let contact = callport_sip_proto::Outline::of_response().fixed("Contact", "<sip:x@y>");
    let target = callport_sip_proto::transaction::table::Destination::Target { host: "198.51.100.20".to_owned(), port: Some(5061) };
    let mut peer = Peer::of(business());
    let (session, _) = ringing(&mut peer);
    peer.agent.answer(session, &contact, None, None, peer.now).unwrap();
    assert!(peer.agent.poll_transmit().is_some());
    peer.agent.lost(LINE, peer.now);
    peer.now += std::time::Duration::from_millis(500);
    peer.agent.handle_timeout(peer.now);
    assert_eq!(peer.agent.poll_transmit().unwrap().to, target);
    let mut peer = Peer::of(business());
    let (session, _) = ringing(&mut peer);
    peer.agent.lost(LINE, peer.now);
    peer.agent.answer(session, &contact, None, None, peer.now).unwrap();
    assert_eq!(peer.agent.poll_transmit().unwrap().to, target);
}

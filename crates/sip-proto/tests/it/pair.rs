//! Two user agents, the platform and a business, over one connection, on a clock that jumps from deadline to deadline. Bytes arrive in pieces.

use std::time::{Duration, Instant};

use callport_sip_proto::agent::{AgentConfig, AgentEvent, OutgoingRequest, SipSession, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, Destination};
use callport_sip_proto::{
    AskedBy, DigestLogin, DigestUri, GuardConfig, Outline, OwnLine, OwnRoutes, SipBody, SipMessage, SipRefusal, ViaText,
};

pub(crate) const LINE: ConnectionId = ConnectionId(1);
pub(crate) const PASSWORD: &str = "Zk3vQ8mT1xY7pLw2RbN5sHd9cGf4JuAe";
pub(crate) const BUSINESS: &str = "15550109988";
pub(crate) const OFFER: &str = "v=0\r\no=- 1780000000123 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
pub(crate) const ANSWER: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.8\r\ns=-\r\nt=0 0\r\n";

pub(crate) const PLATFORM_ROUTES: [&str; 2] =
    ["<sip:wa.meta.vc;transport=tls;lr>", "<sip:onevc-sip-proxy.fbinfra.net:8191;transport=tls;lr>"];
pub(crate) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, NOTIFY, OPTIONS";

/// The platform, which challenges INVITEs.
pub(crate) fn platform() -> AgentConfig {
    let mut config = AgentConfig::new(ViaText::new("SIP/2.0/TLS 203.0.113.7:5061;rport", ";alias"), "wa.meta.vc");
    config.max_forwards = 69;
    config.own_routes = OwnRoutes { hosts: vec!["wa.meta.vc".to_owned(), "onevc-sip-proxy.fbinfra.net".to_owned()], addresses: Vec::new() };
    config.domain = Some("wa.meta.vc".to_owned());
    config.guard = Some((AskedBy::Proxy, GuardConfig::of_realm("wa.meta.vc")));
    config.notes_source = false;
    config
}

pub(crate) fn business() -> AgentConfig {
    AgentConfig::new(ViaText::new("SIP/2.0/TLS 198.51.100.20:5061", ";rport"), "pbx.acme.example")
}

/// A business that asks the platform who it is.
pub(crate) fn asking_business(asked_by: AskedBy) -> AgentConfig {
    let guard = GuardConfig::of_realm("Acme Telecom");
    AgentConfig { guard: Some((asked_by, guard)), ..business() }
}

/// Both, and everything that passed.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) platform: UserAgent,
    pub(crate) business: UserAgent,
    /// Who said it, and what.
    pub(crate) wire: Vec<(Side, SipMessage)>,
    /// What is lost from now on.
    pub(crate) is_cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Platform,
    Business,
}

impl Pair {
    pub(crate) fn new(platform: AgentConfig, business: AgentConfig) -> Pair {
        let now = Instant::now();
        let mut pair = Pair {
            now,
            platform: UserAgent::new(platform, [1; 32], now),
            business: UserAgent::new(business, [2; 32], now),
            wire: Vec::new(),
            is_cut: false,
        };
        let (here, there) = ("203.0.113.7:5061".parse().unwrap(), "198.51.100.20:40000".parse().unwrap());
        pair.platform.connected(LINE, Some(here), there);
        pair.business.connected(LINE, Some(there), here);
        pair
    }

    pub(crate) fn agent(&mut self, side: Side) -> &mut UserAgent {
        match side {
            Side::Platform => &mut self.platform,
            Side::Business => &mut self.business,
        }
    }

    /// Carries bytes to and fro until nobody says anything, in pieces of seven bytes.
    pub(crate) fn run(&mut self) {
        for _ in 0..200 {
            let mut was_quiet = true;
            for (from, to) in [(Side::Platform, Side::Business), (Side::Business, Side::Platform)] {
                while let Some(transmit) = self.agent(from).poll_transmit() {
                    was_quiet = false;
                    assert_eq!(transmit.to, Destination::Connection(LINE), "there is one connection");
                    self.wire.push((from, SipMessage::from_datagram(&transmit.bytes)));
                    let now = self.now;
                    if !self.is_cut {
                        transmit.bytes.chunks(7).for_each(|piece| self.agent(to).received(LINE, piece, now));
                    }
                }
            }
            if was_quiet {
                return;
            }
        }
        panic!("they never stop talking");
    }

    /// To the next deadline of either.
    pub(crate) fn jump(&mut self) -> bool {
        let next = [self.platform.next_deadline(), self.business.next_deadline()].into_iter().flatten().min();
        let Some(next) = next else { return false };
        self.now = self.now.max(next);
        self.platform.handle_timeout(self.now);
        self.business.handle_timeout(self.now);
        self.run();
        true
    }

    /// Lets all timers run out.
    pub(crate) fn settle(&mut self) {
        for _ in 0..1000 {
            if !self.jump() {
                return;
            }
        }
        panic!("there is always one more deadline");
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while [self.platform.next_deadline(), self.business.next_deadline()].into_iter().flatten().min().is_some_and(|at| at <= until) {
            self.jump();
        }
        self.now = until;
    }

    pub(crate) fn events(&mut self, side: Side) -> Vec<AgentEvent> {
        let agent = self.agent(side);
        std::iter::from_fn(|| agent.poll_event()).collect()
    }

    /// The one event that is of the session's kind; `Served` is passed over.
    pub(crate) fn event(&mut self, side: Side) -> AgentEvent {
        let mut events: Vec<_> = self.events(side).into_iter().filter(|event| !matches!(event, AgentEvent::Served { .. })).collect();
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    pub(crate) fn invited(&mut self, side: Side) -> (SipSession, SipMessage) {
        match self.event(side) {
            AgentEvent::Invited { session, request, .. } => (session, *request),
            other => panic!("{other:?}"),
        }
    }

    /// What was said, as `INVITE`, `BYE`, `200 INVITE`, with the side that said it.
    pub(crate) fn ladder(&mut self) -> Vec<String> {
        let name = |(side, message): (Side, SipMessage)| {
            let arrow = if side == Side::Platform { ">" } else { "<" };
            let cseq = message.cseq().unwrap();
            match message.status() {
                Some(code) => format!("{arrow} {code} {}", cseq.method),
                None => format!("{arrow} {}", cseq.method),
            }
        };
        std::mem::take(&mut self.wire).into_iter().map(name).collect()
    }

    pub(crate) fn nothing_is_left(&mut self) {
        self.settle();
        assert_eq!((self.platform.open(), self.business.open()), ((0, 0, 0), (0, 0, 0)));
    }

    /// The platform calls the business.
    pub(crate) fn call_business(&mut self) -> SipSession {
        let session = self.platform.invite(user_call(), self.now).unwrap();
        self.run();
        session
    }

    /// The business calls a user, answering the challenge.
    pub(crate) fn call_user(&mut self) -> SipSession {
        let session = self.business.invite(business_call(), self.now).unwrap();
        self.run();
        session
    }
}

pub(crate) fn login() -> DigestLogin {
    DigestLogin::new(BUSINESS, PASSWORD, DigestUri::WithoutParameters)
}

pub(crate) const WACID: &str = "wacid.HBgLMTU1NTAxNDIyMzMVAgASGCA0RjFDMEE5RDI3RTg1QjMzMTZEMkFGNzc5MEM0RThCMRwYCzE1NTUwMTA5OTg4FQIAFRoA";

/// The INVITE of a user's call, in the published order.
pub(crate) fn user_call() -> OutgoingRequest {
    let outline = Outline::new()
        .own(OwnLine::Via)
        .fixed("Record-Route", PLATFORM_ROUTES[0])
        .fixed("Record-Route", PLATFORM_ROUTES[1])
        .inner_via(ViaText::new("SIP/2.0/TLS [2001:db8:10::5]:5061", ""), true)
        .inner_via(ViaText::new("SIP/2.0/TLS [2001:db8:10::9]:58279;rport=58279;received=2001:db8:10::9", ";alias"), false)
        .owns(&[OwnLine::MaxForwards, OwnLine::From, OwnLine::To])
        .fixed("Contact", "<sip:+15550142233@wa.meta.vc;transport=tls;ob>;isfocus")
        .owns(&[OwnLine::CallId, OwnLine::CSeq])
        .fixed("X-FB-External-Domain", "wa.meta.vc")
        .fixed("x-wa-meta-wacid", WACID)
        .fixed("x-wa-meta-phone-number-id", "106500000000001")
        .fixed("x-wa-meta-country-code", "US")
        .fixed("Allow", ALLOW)
        .fixed("User-Agent", "Facebook SipGateway");
    OutgoingRequest {
        uri: "sip:+15550109988@pbx.acme.example;transport=tls".to_owned(),
        from: "\"15550142233\" <sip:+15550142233@wa.meta.vc>".to_owned(),
        from_tag: None,
        to: "<sip:+15550109988@pbx.acme.example>".to_owned(),
        call_id: format!("outgoing:{WACID}"),
        outline,
        body: Some(SipBody::sdp(OFFER)),
        login: Some(login()),
        destination: Destination::Connection(LINE),
    }
}

/// The INVITE of a business's call, as a PBX writes it.
pub(crate) fn business_call() -> OutgoingRequest {
    OutgoingRequest {
        uri: "sip:+15550142233@wa.meta.vc;transport=tls".to_owned(),
        from: "<sip:+15550109988@pbx.acme.example>".to_owned(),
        from_tag: Some("Kc9Qm4496maQ".to_owned()),
        to: "<sip:+15550142233@wa.meta.vc>".to_owned(),
        call_id: "dc2c5b33-aaaa-bbbb-cccc-afb56f4e56ba".to_owned(),
        outline: Outline::of_request()
            .fixed("Contact", "<sip:gw@198.51.100.20:5061;transport=tls>")
            .fixed("Supported", "timer")
            .fixed("Min-SE", "120"),
        body: Some(SipBody::sdp(OFFER)),
        login: Some(DigestLogin::new(BUSINESS, PASSWORD, DigestUri::Whole)),
        destination: Destination::Connection(LINE),
    }
}

/// The platform's 200, in the published order.
pub(crate) fn platform_ok() -> Outline {
    Outline::new()
        .own(OwnLine::Via)
        .fixed("Record-Route", PLATFORM_ROUTES[1])
        .fixed("Record-Route", PLATFORM_ROUTES[0])
        .owns(&[OwnLine::RecordRoute, OwnLine::CallId, OwnLine::From, OwnLine::To, OwnLine::CSeq])
        .fixed("Allow", ALLOW)
        .fixed("Supported", "timer")
        .fixed("X-FB-External-Domain", "wa.meta.vc")
        .fixed("x-wa-meta-user-id", "US.1")
        .fixed("Contact", "<sip:+15550142233@wa.meta.vc;transport=tls;ob;X-FB-Sip-Smc-Tier=collaboration.sip_gateway.sip.prod>;isfocus")
}

pub(crate) fn pbx_ok() -> Outline {
    Outline::of_response().fixed("Contact", "<sip:gw@10.0.0.8:5061;transport=tls>")
}

pub(crate) fn busy() -> SipRefusal {
    SipRefusal::new(486, "Busy Here")
}

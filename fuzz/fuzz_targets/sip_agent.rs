//! Two user agents over a network that the input steers: each pair of bytes calls, answers, refuses, cancels, hangs up, delivers, loses, doubles,
//! swaps or damages a message, closes the connection, or lets time pass. Nothing panics, no deadline stands still, and nothing grows beyond its bound.
#![no_main]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use callport_sip_proto::agent::{AgentConfig, OutgoingRequest, SipSession, UserAgent};
use callport_sip_proto::transaction::table::{ConnectionId, Destination, TransactionLimits};
use callport_sip_proto::{AskedBy, DigestLogin, DigestUri, GuardConfig, Outline, SipBody, SipRefusal, ViaText};
use libfuzzer_sys::fuzz_target;

const LINE: ConnectionId = ConnectionId(1);
const MOST: usize = 16;

fuzz_target!(|steps: &[u8]| {
    let Some((first, steps)) = steps.split_first() else { return };
    let mut world = World::new(first & 1 == 0, first & 2 == 0);
    for step in steps.chunks_exact(2).take(2_000) {
        world.step(step[0], step[1]);
    }
});

struct World {
    now: Instant,
    agents: [UserAgent; 2],
    wires: [VecDeque<Vec<u8>>; 2],
    calls: u32,
}

impl World {
    fn new(is_reliable: bool, asks: bool) -> World {
        let now = Instant::now();
        let agent = |seed: u8| {
            let mut config = AgentConfig::new(ViaText::new(&format!("SIP/2.0/TLS 192.0.2.{seed}:5061;rport"), ";alias"), "fuzz");
            config.is_reliable = is_reliable;
            config.guard = asks.then(|| (AskedBy::Proxy, GuardConfig { kept_nonces: MOST, ..GuardConfig::of_realm("r") }));
            config.sessions = MOST;
            config.transaction_limits = TransactionLimits { clients: MOST, servers: MOST };
            config.noise = u32::MAX;
            let mut agent = UserAgent::new(config, [seed; 32], now);
            agent.connected(LINE, None, "192.0.2.9:5061".parse().expect("an address"));
            agent
        };
        World { now, agents: [agent(1), agent(2)], wires: Default::default(), calls: 0 }
    }

    fn step(&mut self, what: u8, how: u8) {
        let at = usize::from(how & 1);
        let session = SipSession::from_number(u64::from(how >> 1) % 24);
        let (now, agent) = (self.now, &mut self.agents[at]);
        let contact = Outline::of_response().fixed("Contact", "<sip:gw@192.0.2.77:5061;transport=tls>");
        let login = || Some(DigestLogin::new("15550109988", "secret", DigestUri::WithoutParameters));
        match what % 16 {
            0 => self.invite(at, login()),
            1 => drop(agent.progress(session, 180, "Ringing", &contact, None, now).is_ok()),
            2 | 3 => drop(agent.answer(session, &contact, Some(&SipBody::sdp("v=0\r\n")), login(), now).is_ok()),
            4 => drop(agent.reject(session, &SipRefusal::new(486, "Busy Here"), &Outline::of_response(), now).is_ok()),
            5 => drop(agent.cancel(session, &Outline::of_request(), now).is_ok()),
            6 => drop(agent.bye(session, &Outline::of_request(), now).is_ok()),
            7 => drop(agent.authenticate(session, "15550109988", if how & 2 == 0 { "secret" } else { "wrong" }, now).is_ok()),
            8 => drop(self.wires[at].pop_front()),
            9 => {
                if let Some(first) = self.wires[at].front().cloned() {
                    self.wires[at].push_back(first);
                }
            }
            10 => self.deliver(at, |bytes| {
                let place = usize::from(how) * 7 % bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= how | 1;
                }
            }),
            11 => {
                agent.lost(LINE, now);
                agent.connected(LINE, None, "192.0.2.9:5061".parse().expect("an address"));
            }
            12 => self.pass_time(Duration::from_millis(u64::from(how) * 40)),
            _ => self.deliver(at, |_| {}),
        }
        self.carry();
    }

    fn invite(&mut self, at: usize, login: Option<DigestLogin>) {
        self.calls += 1;
        let call = OutgoingRequest {
            uri: "sip:+15550109988@pbx.acme.example;transport=tls".to_owned(),
            from: "\"Ana\" <sip:+15550142233@wa.meta.vc>".to_owned(),
            from_tag: None,
            to: "<sip:+15550109988@pbx.acme.example>".to_owned(),
            call_id: format!("outgoing:wacid.{}==", self.calls),
            outline: Outline::of_request().fixed("Contact", "<sip:+15550142233@wa.meta.vc;transport=tls;ob>;isfocus"),
            body: Some(SipBody::sdp("v=0\r\n")),
            login,
            destination: Destination::Connection(LINE),
        };
        let _ = self.agents[at].invite(call, self.now);
    }

    fn deliver(&mut self, from: usize, change: impl FnOnce(&mut [u8])) {
        let Some(mut bytes) = self.wires[from].pop_front() else { return };
        change(&mut bytes);
        self.agents[1 - from].received(LINE, &bytes, self.now);
    }

    fn carry(&mut self) {
        for (agent, wire) in self.agents.iter_mut().zip(&mut self.wires) {
            while let Some(transmit) = agent.poll_transmit() {
                match (transmit.to, transmit.client) {
                    (Destination::Connection(_), _) if wire.len() < 200 => wire.push_back(transmit.bytes),
                    (Destination::Target { .. }, Some(client)) => agent.transport_failed(&client, self.now),
                    _ => {}
                }
            }
            while agent.poll_event().is_some() {}
            let (sessions, clients, servers) = agent.open();
            assert!(sessions <= MOST && clients <= MOST && servers <= MOST);
        }
    }

    fn pass_time(&mut self, duration: Duration) {
        self.now += duration;
        for agent in &mut self.agents {
            agent.handle_timeout(self.now);
            assert!(agent.next_deadline().is_none_or(|next| next > self.now), "a deadline stands still");
        }
    }
}

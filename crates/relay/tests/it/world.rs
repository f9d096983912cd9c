//! One call, two far ends, a network, and a clock that jumps to whatever comes next.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::outgoing::{Datagram, Outbox, Path};
use callport_relay::rtp::Header;
use callport_relay::{
    CallConfig, CallEvent, CallLeg, CallMedia, Converted, Credentials, DtlsLibrary, Foreign, IceRole, Identity, LegConfig, LegEvent,
    TransportConfig, WebRtcConfig,
};

use crate::far::Far;
use crate::network::{Network, Weather};

pub(crate) const USER_PORT: &str = "10.0.0.1:3480";
pub(crate) const BUSINESS_PORT: &str = "10.0.0.1:3482";
pub(crate) const USER_SSRC: u32 = 0x0a0a_0a0a;
pub(crate) const BUSINESS_SSRC: u32 = 0x0b0b_0b0b;
pub(crate) const FRAME: Duration = Duration::from_millis(20);

pub(crate) struct World<U, B> {
    pub now: Instant,
    pub call: CallMedia,
    pub user: U,
    pub business: B,
    pub network: Network,
    pub events: Vec<(Instant, CallEvent)>,
    /// What the relay handed to its owner, with the payload.
    pub foreign: Vec<(CallLeg, Foreign, Vec<u8>)>,
    out: Outbox,
}

/// One certificate for all tests: making one takes longer than most of them.
pub(crate) fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY.get_or_init(|| Identity::self_signed().unwrap()).clone()
}

pub(crate) fn relay_leg(side: CallLeg, engine: DtlsLibrary) -> LegConfig {
    let (port, ssrc, ufrag) = match side {
        CallLeg::User => (USER_PORT, USER_SSRC, "userufragAAAAAAA"),
        CallLeg::Business => (BUSINESS_PORT, BUSINESS_SSRC, "bizufragAAAAAAAA"),
    };
    LegConfig {
        transport: TransportConfig::WebRtc(WebRtcConfig {
            ice: IceRole::Lite,
            credentials: Credentials { ufrag: ufrag.into(), pwd: "Do/xhGOw5LK6KXA0dPBkrA==".into() },
            local: vec![port.parse().unwrap()],
            identity: identity(),
            engine,
            profiles: DEFAULT_PROFILES.to_vec(),
            follow_nominations: side == CallLeg::User,
        }),
        ssrc,
        cname: "WhatsAppAudioStream1".into(),
        first_sequence: 7_000,
        first_timestamp: 90_000,
    }
}

impl<U: Far, B: Far> World<U, B> {
    /// Far ends are made by the caller at `now`; nobody knows anybody yet.
    pub(crate) fn new(now: Instant, user: U, business: B, engine: DtlsLibrary, weather: Weather, seed: u64) -> World<U, B> {
        let config = CallConfig { user: relay_leg(CallLeg::User, DtlsLibrary::Dimpl), business: relay_leg(CallLeg::Business, engine) };
        World {
            now,
            call: CallMedia::new(config, now),
            user,
            business,
            network: Network::new(weather, seed),
            events: vec![],
            foreign: vec![],
            out: Outbox::default(),
        }
    }

    /// Exchanges descriptions on one side.
    pub(crate) fn introduce(&mut self, side: CallLeg) {
        let local = relay_leg(side, DtlsLibrary::Dimpl);
        let remote = match side {
            CallLeg::User => self.user.remote(),
            CallLeg::Business => self.business.remote(),
        };
        self.call.set_remote(side, remote, self.now, &mut self.out);
        self.flush();
        match side {
            CallLeg::User => self.user.join(self.now, &local, USER_PORT.parse().unwrap(), &mut self.out),
            CallLeg::Business => self.business.join(self.now, &local, BUSINESS_PORT.parse().unwrap(), &mut self.out),
        }
        self.flush();
    }

    /// A phone picks up: a new user leg in the place of the one that nobody knew.
    pub(crate) fn pick_up(&mut self) {
        self.call.replace_leg(CallLeg::User, relay_leg(CallLeg::User, DtlsLibrary::Dimpl), self.now);
        self.introduce(CallLeg::User);
    }

    /// Introduces both sides and waits until all four ends have keys. Panics after a minute.
    pub(crate) fn connect(&mut self) {
        self.introduce(CallLeg::User);
        self.introduce(CallLeg::Business);
        let limit = self.now + Duration::from_secs(60);
        while !self.is_connected() {
            assert!(self.now < limit, "user {}, business {}: {:?}", self.user.is_connected(), self.business.is_connected(), self.events);
            self.step(limit);
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        let sides = [CallLeg::User, CallLeg::Business].iter().all(|side| self.call.is_connected(*side));
        sides && self.user.is_connected() && self.business.is_connected()
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.step(end);
        }
    }

    /// Both ends speak for so many frames of 20 ms, user payloads `u…`, business payloads `b…`.
    pub(crate) fn talk(&mut self, first: u16, frames: u16) {
        for frame in first..first + frames {
            self.say(CallLeg::User, frame);
            self.say(CallLeg::Business, frame);
            self.run(FRAME);
        }
    }

    pub(crate) fn say(&mut self, side: CallLeg, frame: u16) {
        let header = Header { marker: false, payload_type: 111, sequence: 100 + frame, timestamp: 960 * u32::from(frame) + 5, ssrc: 0 };
        self.say_as(side, header, &payload(side, frame));
    }

    pub(crate) fn say_as(&mut self, side: CallLeg, header: Header, payload: &[u8]) {
        match side {
            CallLeg::User => self.user.say(self.now, header, payload, &mut self.out),
            CallLeg::Business => self.business.say(self.now, header, payload, &mut self.out),
        }
        self.flush();
    }

    /// Hands the relay a datagram out of nowhere.
    pub(crate) fn inject(&mut self, side: CallLeg, from: SocketAddr, bytes: &[u8]) -> Vec<Datagram> {
        let local = if side == CallLeg::User { USER_PORT } else { BUSINESS_PORT };
        let path = Path { local: local.parse().unwrap(), remote: from };
        let mut out = Outbox::default();
        self.call.receive(side, self.now, path, &mut bytes.to_vec(), &mut out);
        self.poll();
        std::iter::from_fn(|| out.pop()).collect()
    }

    /// Gives the relay a packet that was made elsewhere.
    pub(crate) fn convert(&mut self, to: CallLeg, converted: &Converted, payload: &[u8]) {
        self.call.inject(to, self.now, converted, payload, &mut self.out);
        self.flush();
    }

    pub(crate) fn count(&self, side: CallLeg, wanted: impl Fn(&LegEvent) -> bool) -> usize {
        self.events.iter().filter(|(_, event)| event.side == side && wanted(&event.event)).count()
    }

    fn step(&mut self, limit: Instant) {
        let next = [self.network.next_arrival(), self.call.next_deadline(), self.user.deadline(), self.business.deadline()];
        self.now = next.into_iter().flatten().min().unwrap_or(limit).clamp(self.now, limit);
        while let Some(datagram) = self.network.arrived(self.now) {
            self.deliver(datagram);
        }
        let due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= self.now);
        let (call, user, business) = (due(self.call.next_deadline()), due(self.user.deadline()), due(self.business.deadline()));
        if call {
            self.call.handle_timeout(self.now, &mut self.out);
            assert!(self.call.next_deadline().is_none_or(|next| next > self.now), "a deadline that does not move");
        }
        if user {
            self.user.handle_timeout(self.now, &mut self.out);
        }
        if business {
            self.business.handle_timeout(self.now, &mut self.out);
        }
        self.flush();
    }

    fn deliver(&mut self, mut datagram: Datagram) {
        let Path { local: from, remote: to } = datagram.path;
        let path = Path { local: to, remote: from };
        let ours = [(USER_PORT, CallLeg::User), (BUSINESS_PORT, CallLeg::Business)];
        if let Some((_, side)) = ours.into_iter().find(|(port, _)| to == port.parse().unwrap()) {
            if let Some(foreign) = self.call.receive(side, self.now, path, &mut datagram.bytes, &mut self.out) {
                let payload = datagram.bytes[foreign.payload.clone()].to_vec();
                self.foreign.push((side, foreign, payload));
            }
        } else if to == self.user.address() {
            self.user.receive(self.now, datagram, &mut self.out);
        } else if to == self.business.address() {
            self.business.receive(self.now, datagram, &mut self.out);
        }
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(datagram) = self.out.pop() {
            self.network.send(self.now, datagram);
        }
        self.poll();
    }

    fn poll(&mut self) {
        while let Some(event) = self.call.poll_event() {
            self.events.push((self.now, event));
        }
    }
}

pub(crate) fn payload(side: CallLeg, frame: u16) -> Vec<u8> {
    format!("{}{frame:05} and the rest of an Opus frame", if side == CallLeg::User { 'u' } else { 'b' }).into_bytes()
}

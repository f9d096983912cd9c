//! Our own full leg as a far end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use callport_relay::leg::DEFAULT_PROFILES;
use callport_relay::outgoing::{Datagram, Outbox};
use callport_relay::rtp::Header;
use callport_relay::{
    Credentials, DtlsLibrary, IceRole, Identity, Leg, LegConfig, LegEvent, Path, Received, Remote, RemoteTransport, SrtpProfile,
    TransportConfig, WebRtcConfig, WebRtcRemote,
};
use callport_sdp::{DtlsRole, Format};

use crate::far::{Far, Heard};

pub(crate) struct FarLeg {
    config: LegConfig,
    pub leg: Leg,
    pub address: SocketAddr,
    pub format: Format,
    pub events: Vec<LegEvent>,
    /// What it announces; may be made to lie.
    pub fingerprint: [u8; 32],
    pub pwd_of_relay: Option<String>,
    /// DTLS role of the *relay* towards it.
    pub relay_role: DtlsRole,
    heard: Vec<Heard>,
    now: Instant,
}

impl FarLeg {
    pub(crate) fn new(now: Instant, address: &str, identity: Arc<Identity>, engine: DtlsLibrary) -> FarLeg {
        FarLeg::with_profiles(now, address, identity, engine, DEFAULT_PROFILES.to_vec())
    }

    pub(crate) fn with_profiles(
        now: Instant,
        address: &str,
        identity: Arc<Identity>,
        engine: DtlsLibrary,
        profiles: Vec<SrtpProfile>,
    ) -> FarLeg {
        let address: SocketAddr = address.parse().unwrap();
        let fingerprint = identity.fingerprint();
        let config = LegConfig {
            transport: TransportConfig::WebRtc(WebRtcConfig {
                ice: IceRole::Full,
                credentials: Credentials { ufrag: format!("far{}", address.port()), pwd: "abcdefghijklmnopqrstuv".into() },
                local: vec![address],
                identity,
                engine,
                profiles,
                follow_nominations: false,
            }),
            ssrc: 0xfa00_0000 + u32::from(address.port()),
            cname: "far".into(),
            first_sequence: 1,
            first_timestamp: 1,
        };
        FarLeg {
            leg: Leg::new(config.clone(), now),
            config,
            address,
            format: Format::OPUS,
            events: vec![],
            fingerprint,
            pwd_of_relay: None,
            relay_role: DtlsRole::Server,
            heard: vec![],
            now,
        }
    }

    fn poll(&mut self) {
        while let Some(event) = self.leg.poll_event() {
            self.events.push(event);
        }
    }
}

impl Far for FarLeg {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn remote(&mut self) -> Remote {
        let TransportConfig::WebRtc(ours) = &self.config.transport else { panic!("no WebRTC") };
        Remote {
            transport: RemoteTransport::WebRtc(WebRtcRemote {
                credentials: ours.credentials.clone(),
                fingerprint: self.fingerprint,
                dtls_role: self.relay_role,
                candidates: vec![],
            }),
            format: self.format,
            ssrc: Some(self.config.ssrc),
            listens: true,
        }
    }

    fn join(&mut self, now: Instant, relay: &LegConfig, address: SocketAddr, out: &mut Outbox) {
        let TransportConfig::WebRtc(theirs) = &relay.transport else { panic!("no WebRTC") };
        let mut credentials = theirs.credentials.clone();
        if let Some(pwd) = &self.pwd_of_relay {
            credentials.pwd.clone_from(pwd);
        }
        let dtls_role = match self.relay_role {
            DtlsRole::Server => DtlsRole::Client,
            DtlsRole::Client => DtlsRole::Server,
        };
        let remote = Remote {
            transport: RemoteTransport::WebRtc(WebRtcRemote {
                credentials,
                fingerprint: theirs.identity.fingerprint(),
                dtls_role,
                candidates: vec![address],
            }),
            format: self.format,
            ssrc: Some(relay.ssrc),
            listens: true,
        };
        self.leg.set_remote(remote, now, out);
    }

    fn receive(&mut self, now: Instant, mut datagram: Datagram, out: &mut Outbox) {
        let path = Path { local: datagram.path.remote, remote: datagram.path.local };
        if let Received::Rtp { header, payload } = self.leg.receive(now, path, &mut datagram.bytes, out) {
            self.heard.push(Heard { header, payload: datagram.bytes[payload].to_vec(), at: now });
        }
        self.now = now;
        self.poll();
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        self.leg.handle_timeout(now, out);
        self.poll();
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.leg.next_deadline()
    }

    fn is_connected(&self) -> bool {
        self.leg.is_connected()
    }

    fn say(&mut self, now: Instant, header: Header, payload: &[u8], out: &mut Outbox) {
        assert!(self.leg.send_rtp(now, header, payload, out));
    }

    fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

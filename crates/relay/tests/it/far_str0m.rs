//! `str0m` as a far end, by its direct API: no SDP.

use std::net::SocketAddr;
use std::time::Instant;

use callport_relay::outgoing::{Datagram, Outbox, Outgoing};
use callport_relay::rtp::Header;
use callport_relay::{Credentials, LegConfig, Path, Remote, RemoteTransport, TransportConfig, WebRtcRemote};
use callport_sdp::{DtlsRole, Format};
use str0m::crypto::Fingerprint;
use str0m::media::{MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc};

use crate::far::{Far, Heard};

pub(crate) struct FarStr0m {
    rtc: Rtc,
    address: SocketAddr,
    ssrc: Ssrc,
    deadline: Option<Instant>,
    connected: bool,
    heard: Vec<Heard>,
}

impl FarStr0m {
    pub(crate) fn new(now: Instant, address: &str) -> FarStr0m {
        let address: SocketAddr = address.parse().unwrap();
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .clear_extension_map()
            .set_rtp_mode(true)
            .set_reordering_size_audio(0)
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        FarStr0m { rtc, address, ssrc: 0x5707.into(), deadline: Some(now), connected: false, heard: vec![] }
    }

    fn drain(&mut self, now: Instant, out: &mut Outbox) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.deadline = Some(at.max(now + std::time::Duration::from_micros(1)));
                    return;
                }
                Output::Transmit(sent) => out.put(&sent.contents, Path { local: sent.source, remote: sent.destination }),
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    let header = Header {
                        marker: packet.header.marker,
                        payload_type: *packet.header.payload_type,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: *packet.header.ssrc,
                    };
                    self.heard.push(Heard { header, payload: packet.payload.to_vec(), at: now });
                }
                Output::Event(_) => {}
            }
        }
    }
}

fn mid() -> Mid {
    Mid::from("0")
}

impl Far for FarStr0m {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn remote(&mut self) -> Remote {
        let api = self.rtc.direct_api();
        let credentials = api.local_ice_credentials();
        Remote {
            transport: RemoteTransport::WebRtc(WebRtcRemote {
                credentials: Credentials { ufrag: credentials.ufrag, pwd: credentials.pass },
                fingerprint: api.local_dtls_fingerprint().bytes.clone().try_into().unwrap(),
                dtls_role: DtlsRole::Server,
                candidates: vec![self.address],
            }),
            format: Format { audio: *str0m_opus(&self.rtc), ..Format::OPUS },
            ssrc: Some(*self.ssrc),
            listens: true,
        }
    }

    fn join(&mut self, now: Instant, relay: &LegConfig, address: SocketAddr, out: &mut Outbox) {
        let TransportConfig::WebRtc(theirs) = &relay.transport else { panic!("no WebRTC") };
        let ssrc = self.ssrc;
        let mut api = self.rtc.direct_api();
        api.set_remote_ice_credentials(IceCreds { ufrag: theirs.credentials.ufrag.clone(), pass: theirs.credentials.pwd.clone() });
        api.set_remote_fingerprint(Fingerprint { hash_func: "sha-256".into(), bytes: theirs.identity.fingerprint().to_vec() });
        api.set_ice_controlling(true);
        api.start_dtls(true).unwrap();
        api.declare_media(mid(), MediaKind::Audio);
        api.declare_stream_tx(ssrc, None, mid(), None);
        api.expect_stream_rx(relay.ssrc.into(), None, mid(), None);
        self.rtc.add_remote_candidate(Candidate::host(address, "udp").unwrap());
        self.handle_timeout(now, out);
    }

    fn receive(&mut self, now: Instant, datagram: Datagram, out: &mut Outbox) {
        let Ok(contents) = datagram.bytes.as_slice().try_into() else { return };
        let receive = Receive { proto: Protocol::Udp, source: datagram.path.local, destination: datagram.path.remote, contents };
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        self.drain(now, out);
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain(now, out);
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.deadline
    }

    fn is_connected(&self) -> bool {
        self.connected
    }

    fn say(&mut self, now: Instant, header: Header, payload: &[u8], out: &mut Outbox) {
        let ssrc = self.ssrc;
        let pt = str0m_opus(&self.rtc);
        let packet = RtpWrite::new(pt, u64::from(header.sequence).into(), header.timestamp, now, payload).marker(header.marker);
        self.rtc.direct_api().stream_tx(&ssrc).unwrap().write_rtp(packet);
        self.handle_timeout(now, out);
    }

    fn heard(&self) -> &[Heard] {
        &self.heard
    }
}

fn str0m_opus(rtc: &Rtc) -> str0m::media::Pt {
    rtc.codec_config().params()[0].pt()
}

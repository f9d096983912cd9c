//! Plain descriptions: towards the browser phone (WebRTC, we are ICE-lite) and from a business peer of our own (WebRTC with full ICE, or SDES).

use std::net::{IpAddr, SocketAddr};

use super::description::{Codec, RemoteDescription};
use super::direction::MediaDirection;
use super::local::{Lines, LocalCandidate, LocalDescription, LocalTransport, LocalWebRtc, fingerprint_text, line};
use super::profile::MediaProfile;
use super::setup::{DtlsRole, Setup};
use super::{OPUS_PAYLOAD_TYPE, TELEPHONE_EVENT_PAYLOAD_TYPE};

const OPUS_FMTP: &str = "minptime=10;useinbandfec=1";

/// Our answer to a browser phone's offer: ICE-lite, and DTLS server unless the browser insists on being that.
pub fn write_phone_answer(local: &LocalDescription, offer: &RemoteDescription) -> String {
    Description { ice_lite: true, names: PHONE, ..Description::answer(local, offer, DtlsRole::Server) }.write()
}

/// Our offer to a browser phone.
pub fn write_phone_offer(local: &LocalDescription) -> String {
    Description { ice_lite: true, names: PHONE, ..Description::offer(local, "0") }.write()
}

/// A business peer's answer to a platform's offer: full ICE, DTLS client where it may choose; or SDES, by what `local` says.
pub fn write_peer_answer(local: &LocalDescription, offer: &RemoteDescription) -> String {
    Description::answer(local, offer, DtlsRole::Client).write()
}

/// A business peer's offer to a platform, by WebRTC or SDES.
pub fn write_peer_offer(local: &LocalDescription) -> String {
    Description::offer(local, "audio").write()
}

/// Track and CNAME, which only have to be there.
struct Names {
    track: &'static str,
    cname: &'static str,
}

const PHONE: Names = Names { track: "callport0", cname: "callport-phone" };
const PEER: Names = Names { track: "agent0", cname: "callport-peer" };

struct Description<'a> {
    local: &'a LocalDescription,
    ice_lite: bool,
    bundle: bool,
    mid: Option<&'a str>,
    setup: Setup,
    profile: MediaProfile,
    direction: MediaDirection,
    codec: Codec,
    payload_type: u8,
    telephone_event: Option<u8>,
    names: Names,
}

impl<'a> Description<'a> {
    fn offer(local: &'a LocalDescription, mid: &'a str) -> Self {
        Self {
            local,
            ice_lite: false,
            bundle: true,
            mid: Some(mid),
            setup: Setup::ActPass,
            profile: MediaProfile::offered(local.transport.keying()),
            direction: MediaDirection::default(),
            codec: Codec::Opus,
            payload_type: OPUS_PAYLOAD_TYPE,
            telephone_event: Some(TELEPHONE_EVENT_PAYLOAD_TYPE),
            names: PEER,
        }
    }

    /// Repeats the offer's `mid`, BUNDLE, profile and payload types, mirrors its direction, and takes the DTLS role that is left.
    fn answer(local: &'a LocalDescription, offer: &'a RemoteDescription, role: DtlsRole) -> Self {
        Self {
            local,
            ice_lite: false,
            bundle: offer.bundle,
            mid: offer.mid.as_deref(),
            setup: offer.our_dtls_role(role).into(),
            profile: offer.profile,
            direction: offer.direction.mirrored(),
            codec: offer.codec,
            payload_type: offer.payload_type().unwrap_or(OPUS_PAYLOAD_TYPE),
            telephone_event: offer.payload_types.telephone_event,
            names: PEER,
        }
    }

    /// Whether RTCP shares the port: always in WebRTC, and in SDES unless it has one of its own.
    fn muxes(&self) -> bool {
        !matches!(&self.local.transport, LocalTransport::Sdes(sdes) if sdes.rtcp_port.is_some())
    }

    fn write(&self) -> String {
        let mut lines = Lines::default();
        self.session(&mut lines);
        self.transport(&mut lines);
        self.media(&mut lines);
        lines.finish()
    }

    fn session(&self, lines: &mut Lines) {
        let LocalDescription { session_id, stream_id, .. } = self.local;
        line!(lines, "v=0");
        line!(lines, "o=- {session_id} 2 IN IP4 127.0.0.1");
        line!(lines, "s=-");
        line!(lines, "t=0 0");
        if let Some(mid) = self.mid.filter(|_| self.bundle) {
            line!(lines, "a=group:BUNDLE {mid}");
        }
        line!(lines, "a=msid-semantic: WMS {stream_id}");
        if self.ice_lite {
            line!(lines, "a=ice-lite");
        }
    }

    fn transport(&self, lines: &mut Lines) {
        let local = &self.local.transport;
        let payload_types = [self.payload_type].into_iter().chain(self.telephone_event);
        media_and_connection(lines, local.default_address(), self.profile, payload_types);
        match local {
            LocalTransport::WebRtc(webrtc) => {
                line!(lines, "a=rtcp:9 IN IP4 0.0.0.0");
                self.ice_and_dtls(lines, webrtc);
            }
            LocalTransport::Sdes(sdes) => {
                if let Some(port) = sdes.rtcp_port {
                    line!(lines, "a=rtcp:{port}");
                }
                line!(lines, "a={}", sdes.crypto);
            }
        }
    }

    fn ice_and_dtls(&self, lines: &mut Lines, local: &LocalWebRtc) {
        for (index, LocalCandidate { foundation, address }) in local.candidates.iter().enumerate() {
            let (ip, port, priority) = (address.ip(), address.port(), host_priority(index));
            line!(lines, "a=candidate:{foundation} 1 udp {priority} {ip} {port} typ host generation 0");
        }
        line!(lines, "a=ice-ufrag:{}", local.ice_ufrag);
        line!(lines, "a=ice-pwd:{}", local.ice_pwd);
        line!(lines, "a=fingerprint:sha-256 {}", fingerprint_text(&local.fingerprint));
        line!(lines, "a=setup:{}", self.setup.as_str());
    }

    fn media(&self, lines: &mut Lines) {
        let LocalDescription { ssrc, stream_id, .. } = self.local;
        let Names { track, cname } = self.names;
        let number = self.payload_type;
        if let Some(mid) = self.mid {
            line!(lines, "a=mid:{mid}");
        }
        line!(lines, "a={}", self.direction.as_str());
        line!(lines, "a=msid:{stream_id} {track}");
        if self.muxes() {
            line!(lines, "a=rtcp-mux");
        }
        line!(lines, "a=rtpmap:{number} {}", self.codec.encoding());
        if self.codec == Codec::Opus {
            line!(lines, "a=fmtp:{number} {OPUS_FMTP}");
        }
        if let Some(number) = self.telephone_event {
            line!(lines, "a=rtpmap:{number} telephone-event/8000");
        }
        line!(lines, "a=maxptime:20");
        line!(lines, "a=ptime:20");
        line!(lines, "a=ssrc:{ssrc} cname:{cname}");
    }
}

/// Host candidates in falling order of preference (RFC 8445 §5.1.2.1): type 126, component 1.
fn host_priority(index: usize) -> u32 {
    let local_preference = u16::MAX - u16::try_from(index).unwrap_or(u16::MAX);
    (126 << 24) + (u32::from(local_preference) << 8) + 255
}

/// `m=` and `c=`. Without an address, the discard port and none (RFC 8840 §4.1.1).
pub(super) fn media_and_connection(
    lines: &mut Lines,
    address: Option<SocketAddr>,
    profile: MediaProfile,
    payload_types: impl Iterator<Item = u8>,
) {
    let port = address.map_or(9, |address| address.port());
    let numbers: String = payload_types.map(|number| format!(" {number}")).collect();
    line!(lines, "m=audio {port} {}{numbers}", profile.as_str());
    match address.map(|address| address.ip()) {
        Some(IpAddr::V6(ip)) => line!(lines, "c=IN IP6 {ip}"),
        Some(IpAddr::V4(ip)) => line!(lines, "c=IN IP4 {ip}"),
        None => line!(lines, "c=IN IP4 0.0.0.0"),
    }
}

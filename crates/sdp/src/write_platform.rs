//! What the platform says to a business, byte for byte as published and captured.
//!
//! Sources: offers captured 2025-10-17, 2025-11-05 and 2026-10-02 (current generation); platform docs, *API and Webhook
//! Reference*, 2026-06-26 (older generation). Choices where nothing is published: G.711 stands between Opus and
//! telephone-event; the answer is written like the offer, with `setup:passive` unless told otherwise, and in the older generation with those
//! header extensions that the offer listed, under its numbers (RFC 8285 §6).
//!
//! Where keys come by SDES, the lines of ICE and DTLS and the feedback of Opus are not there, and `a=crypto` stands behind `a=rtcp-mux`
//! (samples of the SIP page, 2025-12-15).

use super::description::{Codec, G711, RemoteDescription};
use super::direction::MediaDirection;
use super::extension::{OFFERED, OLDER_EXTENSIONS, OlderExtensions};
use super::local::{Lines, LocalCandidate, LocalDescription, LocalTransport, LocalWebRtc, fingerprint_text, line};
use super::profile::{Keying, MediaProfile};
use super::setup::{DtlsRole, Setup};
use super::{OPUS_PAYLOAD_TYPE, TELEPHONE_EVENT_PAYLOAD_TYPE};

/// Which generation of the platform to sound like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// As captured in October 2026.
    #[default]
    Current,
    /// As printed in the docs until June 2026: other priorities, header extensions, `mslabel`/`label`, no packet times.
    /// For trying out a client's parser.
    Older,
}

const OPUS_FMTP: &str = "maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=16000;useinbandfec=1";
const OLDER_OPUS_FMTP: &str = "minptime=10;useinbandfec=1";
const TRACK: &str = "WhatsAppTrack1";
const CNAME: &str = "WhatsAppAudioStream1";

/// The platform's offer for a user-initiated call, with the G.711 codecs that the number has switched on, in stored order.
pub fn write_platform_offer(local: &LocalDescription, additional: &[G711], dialect: Dialect) -> String {
    let mut audio = vec![(Codec::Opus, OPUS_PAYLOAD_TYPE)];
    for &codec in additional {
        let entry = (codec.into(), codec.payload_type());
        if !audio.contains(&entry) {
            audio.push(entry);
        }
    }
    Description {
        local,
        mid: "audio",
        setup: "actpass",
        profile: MediaProfile::offered(local.transport.keying()),
        direction: MediaDirection::default(),
        audio: &audio,
        telephone_event: Some(TELEPHONE_EVENT_PAYLOAD_TYPE),
        transport_cc: local.transport.keying() == Keying::Dtls,
        extensions: OFFERED,
        dialect,
    }
    .write()
}

/// The platform's answer to a business's offer: its `mid`, its profile, its payload types, one codec, its direction seen from here, and our
/// DTLS role (see [`RemoteDescription::our_dtls_role`]; the default to pass it is [`DtlsRole::Server`]).
pub fn write_platform_answer(local: &LocalDescription, offer: &RemoteDescription, role: DtlsRole, dialect: Dialect) -> String {
    let audio: Vec<_> = offer.payload_type().map(|number| (offer.codec, number)).into_iter().collect();
    Description {
        local,
        mid: offer.mid.as_deref().unwrap_or("audio"),
        setup: Setup::from(role).as_str(),
        profile: offer.profile,
        direction: offer.direction.mirrored(),
        audio: &audio,
        telephone_event: offer.payload_types.telephone_event,
        transport_cc: offer.transport_cc && offer.profile.has_feedback() && local.transport.keying() == Keying::Dtls,
        extensions: offer.extensions,
        dialect,
    }
    .write()
}

struct Description<'a> {
    local: &'a LocalDescription,
    mid: &'a str,
    setup: &'a str,
    profile: MediaProfile,
    direction: MediaDirection,
    audio: &'a [(Codec, u8)],
    telephone_event: Option<u8>,
    transport_cc: bool,
    /// Written by the older generation only.
    extensions: OlderExtensions,
    dialect: Dialect,
}

impl Description<'_> {
    fn write(&self) -> String {
        let mut lines = Lines::default();
        self.session(&mut lines);
        self.transport(&mut lines);
        self.media(&mut lines);
        self.source(&mut lines);
        lines.finish()
    }

    fn older(&self) -> bool {
        self.dialect == Dialect::Older
    }

    fn session(&self, lines: &mut Lines) {
        let LocalDescription { session_id, stream_id, .. } = self.local;
        line!(lines, "v=0");
        line!(lines, "o=- {session_id} 2 IN IP4 127.0.0.1");
        line!(lines, "s=-");
        line!(lines, "t=0 0");
        line!(lines, "a=group:BUNDLE {}", self.mid);
        line!(lines, "a=msid-semantic: WMS {stream_id}");
        if self.local.transport.keying() == Keying::Dtls {
            line!(lines, "a=ice-lite");
        }
    }

    fn transport(&self, lines: &mut Lines) {
        super::write_webrtc::media_and_connection(
            lines,
            self.local.transport.default_address(),
            self.profile,
            self.audio.iter().map(|(_, number)| *number).chain(self.telephone_event),
        );
        line!(lines, "a=rtcp:9 IN IP4 0.0.0.0");
        if let LocalTransport::WebRtc(local) = &self.local.transport {
            self.ice_and_dtls(lines, local);
        }
    }

    fn ice_and_dtls(&self, lines: &mut Lines, local: &LocalWebRtc) {
        // IPv4 stands first although IPv6 has the higher priority.
        let (v4_priority, v6_priority) = match self.dialect {
            Dialect::Current => (2_122_260_223, 2_122_262_783),
            Dialect::Older => (2_113_937_151, 2_113_939_711),
        };
        let ufrag = &local.ice_ufrag;
        let tail = if self.older() { format!(" ufrag {ufrag}") } else { String::new() };
        let v4 = local.first_v4().map(|candidate| (candidate, v4_priority));
        let v6 = local.first_v6().map(|candidate| (candidate, v6_priority));
        for (LocalCandidate { foundation, address }, priority) in v4.into_iter().chain(v6) {
            let (ip, port) = (address.ip(), address.port());
            line!(lines, "a=candidate:{foundation} 1 udp {priority} {ip} {port} typ host generation 0 network-cost 50{tail}");
        }
        line!(lines, "a=ice-ufrag:{ufrag}");
        line!(lines, "a=ice-pwd:{}", local.ice_pwd);
        line!(lines, "a=fingerprint:sha-256 {}", fingerprint_text(&local.fingerprint));
        line!(lines, "a=setup:{}", self.setup);
    }

    fn media(&self, lines: &mut Lines) {
        line!(lines, "a=mid:{}", self.mid);
        if self.older() {
            for (number, extension) in self.extensions.iter().zip(OLDER_EXTENSIONS).filter_map(|(number, uri)| Some(((*number)?, uri))) {
                line!(lines, "a=extmap:{number} {extension}");
            }
        }
        line!(lines, "a={}", self.direction.as_str());
        if !self.older() {
            line!(lines, "a=msid:{} {TRACK}", self.local.stream_id);
        }
        line!(lines, "a=rtcp-mux");
        if let LocalTransport::Sdes(sdes) = &self.local.transport {
            line!(lines, "a={}", sdes.crypto);
        }
        for &(codec, number) in self.audio {
            self.codec(lines, codec, number);
        }
        if let Some(number) = self.telephone_event {
            line!(lines, "a=rtpmap:{number} telephone-event/8000");
        }
        if !self.older() {
            line!(lines, "a=maxptime:20");
            line!(lines, "a=ptime:20");
        }
    }

    fn codec(&self, lines: &mut Lines, codec: Codec, number: u8) {
        line!(lines, "a=rtpmap:{number} {}", codec.encoding());
        if codec != Codec::Opus {
            return;
        }
        if self.transport_cc {
            line!(lines, "a=rtcp-fb:{number} transport-cc");
        }
        let fmtp = if self.older() { OLDER_OPUS_FMTP } else { OPUS_FMTP };
        line!(lines, "a=fmtp:{number} {fmtp}");
    }

    fn source(&self, lines: &mut Lines) {
        let LocalDescription { ssrc, stream_id, .. } = self.local;
        line!(lines, "a=ssrc:{ssrc} cname:{CNAME}");
        if self.older() {
            // The older track name ends in a short suffix; the SSRC serves, being drawn at random.
            let track = format!("audio#{ssrc:08x}");
            line!(lines, "a=ssrc:{ssrc} msid:{stream_id} {track}");
            line!(lines, "a=ssrc:{ssrc} mslabel:{stream_id}");
            line!(lines, "a=ssrc:{ssrc} label:{track}");
        }
    }
}

//! Whole descriptions: published samples in and out, one refusal per rule, foreign shapes, and noise.

mod foreign;
mod noise;
mod reading;
mod refusals;
mod round_trip;
mod sdes;
mod wrappings;
mod writing;

use super::{CryptoLine, DescribedWebRtc, LocalCandidate, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc, RemoteDescription};

/// Samples are kept with bare LF for readable diffs; on the wire lines end in CRLF.
fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

const PLATFORM_OFFER: &str = include_str!("samples/platform_offer.sdp");
const PLATFORM_ANSWER: &str = include_str!("samples/platform_answer.sdp");
const BUSINESS_ANSWER: &str = include_str!("samples/business_answer.sdp");
const OFFICIAL_ANSWER: &str = include_str!("samples/official_answer.sdp");
const AIORTC_ANSWER: &str = include_str!("samples/aiortc_answer.sdp");
const PION_ANSWER: &str = include_str!("samples/pion_answer.sdp");
const BROWSER_OFFER: &str = include_str!("samples/browser_offer.sdp");
const FIREFOX_OFFER: &str = include_str!("samples/firefox_offer.sdp");

/// As a PBX answers that learned WebRTC early.
const PBX_ANSWER: &str = include_str!("samples/pbx_answer.sdp");
/// By a media server that hands out payload types from 64 on.
const OPUS_ON_72_OFFER: &str = include_str!("samples/opus_on_72_offer.sdp");

/// Those of the SIP page.
const SDES_OFFER: &str = include_str!("samples/sdes_platform_offer.sdp");
const SDES_ANSWER: &str = include_str!("samples/sdes_platform_answer.sdp");
/// Of a trunk that knows neither rtcp-mux nor mid nor BUNDLE.
const TRUNK_OFFER: &str = include_str!("samples/sdes_business_offer.sdp");
const TRUNK_ANSWER: &str = include_str!("samples/sdes_business_answer.sdp");
/// Of media servers that list several suites.
const LIVEKIT_OFFER: &str = include_str!("samples/sdes_livekit_offer.sdp");
const FREESWITCH_OFFER: &str = include_str!("samples/sdes_freeswitch_offer.sdp");

const SAMPLES: [&str; 16] = [
    PLATFORM_OFFER,
    PLATFORM_ANSWER,
    BUSINESS_ANSWER,
    OFFICIAL_ANSWER,
    AIORTC_ANSWER,
    PION_ANSWER,
    BROWSER_OFFER,
    FIREFOX_OFFER,
    PBX_ANSWER,
    OPUS_ON_72_OFFER,
    SDES_OFFER,
    SDES_ANSWER,
    TRUNK_OFFER,
    TRUNK_ANSWER,
    LIVEKIT_OFFER,
    FREESWITCH_OFFER,
];

/// The fingerprint of the foreign samples.
const PEER_FINGERPRINT: [u8; 32] = [
    0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA,
    0xDC, 0xFE, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE,
];

/// What a description says of ICE and DTLS.
#[track_caller]
fn webrtc(read: &RemoteDescription) -> &DescribedWebRtc {
    read.webrtc().unwrap()
}

/// Our own ICE and DTLS side.
fn ours(local: &mut LocalDescription) -> &mut LocalWebRtc {
    match &mut local.transport {
        LocalTransport::WebRtc(webrtc) => webrtc,
        LocalTransport::Sdes(_) => panic!("no WebRTC"),
    }
}

/// The same end with keys by SDES, that answer this line.
fn keyed(local: LocalDescription, theirs: &CryptoLine) -> LocalDescription {
    let crypto = CryptoLine::new(theirs.tag, theirs.suite, std::array::from_fn(|index| index as u8));
    let address = local.transport.default_address().unwrap();
    LocalDescription { transport: LocalTransport::Sdes(LocalSdes { address, crypto, rtcp_port: None }), ..local }
}

fn hex(text: &str) -> [u8; 32] {
    let bytes: Vec<u8> = text.split(':').map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

/// The values of the sample offer.
fn platform() -> LocalDescription {
    LocalDescription {
        session_id: 1_795_341_600_412,
        stream_id: "7a609683-ceaf-4915-8885-64e88216858f".into(),
        transport: LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: "NennAepWzpFqHYyt".into(),
            ice_pwd: "Do/xhGOw5LK6KXA0dPBkrA==".into(),
            fingerprint: hex("27:A0:AE:B3:FE:E9:23:2F:8A:F2:21:1F:9E:E4:91:C5:B1:0B:EC:B5:56:3B:FC:1E:6F:93:42:7E:CB:C8:FE:29"),
            candidates: vec![
                LocalCandidate { foundation: 1_830_427_755, address: "203.0.113.20:3480".parse().unwrap() },
                LocalCandidate { foundation: 604_118_293, address: "[2001:db8:20::77]:3480".parse().unwrap() },
            ],
        }),
        ssrc: 2_718_340_915,
    }
}

/// A business peer's values: those of the sample answer.
fn peer() -> LocalDescription {
    LocalDescription {
        session_id: 4_611_701_293_847_561,
        stream_id: "f132bf2d-e040-415c-a064-a11485f1115b".into(),
        transport: LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: "dqlh".into(),
            ice_pwd: "NEfeY2wOgGyVe6aE1kMftQ7c".into(),
            fingerprint: hex("CC:C9:35:F6:CD:1F:61:22:6A:E1:53:38:AE:1A:34:00:4D:33:BA:0D:24:6A:C0:4C:81:B1:BA:F2:3E:3B:F9:EE"),
            candidates: vec![LocalCandidate { foundation: 3_022_124_134, address: "198.51.100.14:51822".parse().unwrap() }],
        }),
        ssrc: 3_405_691_582,
    }
}

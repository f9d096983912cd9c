//! A foreign parser reads everything that we write.

use webrtc_sdp::attribute_type::{SdpAttribute, SdpAttributeType};
use webrtc_sdp::{SdpSession, parse_sdp};

use super::super::*;
use super::*;

/// Parses with warnings counted as errors.
#[track_caller]
fn parsed(text: &str) -> SdpSession {
    match parse_sdp(text, true) {
        Ok(session) => session,
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn everything_we_write() -> Vec<(String, Setup)> {
    let both = [G711::Pcma, G711::Pcmu];
    let mut v6_only = platform();
    ours(&mut v6_only).candidates.remove(0);
    let mut nowhere = peer();
    ours(&mut nowhere).candidates.clear();
    let browser = read_phone_offer(BROWSER_OFFER).unwrap();
    let g711 = read_business_offer(&BROWSER_OFFER.replace("SAVPF 111 63", "SAVPF 8 111"), &both, Keying::Dtls).unwrap();
    let from_platform = read_platform_offer(PLATFORM_OFFER).unwrap();
    let savp = read_business_offer(&BROWSER_OFFER.replace("SAVPF", "SAVP"), &[], Keying::Dtls).unwrap();
    vec![
        (write_platform_offer(&platform(), &[], Dialect::Current), Setup::ActPass),
        (write_platform_offer(&platform(), &both, Dialect::Current), Setup::ActPass),
        (write_platform_offer(&platform(), &both, Dialect::Older), Setup::ActPass),
        (write_platform_offer(&v6_only, &[], Dialect::Current), Setup::ActPass),
        (write_platform_answer(&platform(), &browser, DtlsRole::Server, Dialect::Current), Setup::Passive),
        (write_platform_answer(&platform(), &g711, DtlsRole::Client, Dialect::Current), Setup::Active),
        (write_platform_answer(&platform(), &savp, DtlsRole::Server, Dialect::Current), Setup::Passive),
        (write_platform_answer(&platform(), &browser, DtlsRole::Server, Dialect::Older), Setup::Passive),
        (write_phone_answer(&platform(), &browser), Setup::Passive),
        (write_phone_offer(&v6_only), Setup::ActPass),
        (write_peer_answer(&peer(), &from_platform), Setup::Active),
        (write_peer_answer(&nowhere, &from_platform), Setup::Active),
        (write_peer_offer(&peer()), Setup::ActPass),
    ]
}

#[test]
fn a_foreign_parser_reads_everything_we_write_the_way_we_meant_it() {
    for (text, setup) in everything_we_write() {
        let session = parsed(&text);
        let [media] = session.media.as_slice() else { panic!("one section\n{text}") };
        assert!(
            matches!(media.get_attribute(SdpAttributeType::Setup), Some(SdpAttribute::Setup(found)) if found.to_string() == setup.as_str()),
            "{text}"
        );
        for needed in [
            SdpAttributeType::Fingerprint,
            SdpAttributeType::IceUfrag,
            SdpAttributeType::IcePwd,
            SdpAttributeType::RtcpMux,
            SdpAttributeType::Rtpmap,
            SdpAttributeType::Sendrecv,
            SdpAttributeType::Ssrc,
        ] {
            assert!(media.get_attribute(needed).is_some(), "{text}");
        }
        assert_eq!(media.get_attributes_of_type(SdpAttributeType::Candidate).len(), text.matches("a=candidate").count());
    }
}

#[test]
fn the_foreign_samples_are_sdp_to_the_foreign_parser_too() {
    for sample in SAMPLES {
        assert!(parse_sdp(&crlf(sample), false).is_ok(), "{sample}");
    }
}

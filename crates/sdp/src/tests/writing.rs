//! Byte for byte: what we write.

use super::super::*;
use super::*;

/// Lines of `text` that `other` has not.
fn lines_only_in<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    text.lines().filter(|line| !other.lines().any(|known| known == *line)).collect()
}

#[test]
fn the_platforms_offer_is_the_published_sample() {
    assert_eq!(write_platform_offer(&platform(), &[], Dialect::Current), crlf(PLATFORM_OFFER));
}

#[test]
fn the_platforms_answer_is_the_sample() {
    let local = LocalDescription {
        session_id: 1_795_341_702_118,
        stream_id: "b2fff17b-3f66-4ede-b106-37ce81fc069e".into(),
        transport: LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: "zpJnmeqWJjjIBAzu".into(),
            ice_pwd: "ZvRb3qosyu3NK1FXQQ5N7g==".into(),
            fingerprint: hex("55:E5:CD:8E:46:DC:8E:D4:B7:C2:76:4D:2A:5A:4D:76:77:06:F8:5D:86:90:02:4A:D6:BD:A3:40:1B:E9:C8:CB"),
            candidates: vec![
                LocalCandidate { foundation: 604_118_293, address: "[2001:db8:20::77]:3484".parse().unwrap() },
                LocalCandidate { foundation: 1_830_427_755, address: "203.0.113.20:3484".parse().unwrap() },
            ],
        }),
        ssrc: 1_193_046_471,
    };
    let offer = read_business_offer(BROWSER_OFFER, &[], Keying::Dtls).unwrap();
    assert_eq!(write_platform_answer(&local, &offer, DtlsRole::Server, Dialect::Current), crlf(PLATFORM_ANSWER));
}

#[test]
fn the_platforms_answer_follows_its_offer() {
    let offer = crlf(BROWSER_OFFER)
        .replace("SAVPF 111 63 9 0 8 110 126", "SAVPF 107 101")
        .replace("a=rtpmap:111 opus", "a=rtpmap:107 opus")
        .replace("a=rtpmap:126 tele", "a=rtpmap:101 tele")
        .replace("a=mid:0", "a=ignored:0");
    let offer = read_business_offer(&offer, &[], Keying::Dtls).unwrap();
    let text = write_platform_answer(&platform(), &offer, DtlsRole::Client, Dialect::Current);
    for line in [
        "a=group:BUNDLE audio",
        "m=audio 3480 UDP/TLS/RTP/SAVPF 107 101",
        "a=setup:active",
        "a=mid:audio",
        "a=rtpmap:107 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
    ] {
        assert!(text.lines().any(|written| written == line), "{line}\n{text}");
    }
    // Its feedback line was for 111, which is not the codec any more.
    assert!(!text.contains("rtcp-fb"));
}

#[test]
fn the_answer_takes_g711_only_from_an_offer_without_opus_whose_number_may() {
    let listing = |numbers: &str| crlf(BROWSER_OFFER).replace("SAVPF 111 63 9 0 8 110 126", &format!("SAVPF {numbers}"));
    for (numbers, enabled, answered, line) in [
        ("8 111 126", vec![G711::Pcma], "111 126", "a=rtpmap:111 opus/48000/2"),
        ("8 111", vec![G711::Pcmu], "111", "a=rtcp-fb:111 transport-cc"),
        ("9 8 0 126", vec![G711::Pcma, G711::Pcmu], "8 126", "a=rtpmap:8 PCMA/8000"),
        ("8 0", vec![G711::Pcmu], "0", "a=rtpmap:0 PCMU/8000"),
    ] {
        let offer = read_business_offer(&listing(numbers), &enabled, Keying::Dtls).unwrap();
        let text = write_platform_answer(&platform(), &offer, DtlsRole::Server, Dialect::Current);
        assert!(text.contains(&format!("m=audio 3480 UDP/TLS/RTP/SAVPF {answered}\r\n")), "{numbers}: {text}");
        assert!(text.contains(&format!("{line}\r\n")), "{numbers}: {text}");
        assert_eq!(text.contains("a=fmtp:"), answered.starts_with("111"), "{numbers}: {text}");
    }
}

#[test]
fn additional_codecs_stand_before_telephone_event_in_stored_order() {
    let text = write_platform_offer(&platform(), &[G711::Pcma, G711::Pcmu, G711::Pcma], Dialect::Current);
    assert_eq!(
        lines_only_in(&text, PLATFORM_OFFER),
        ["m=audio 3480 UDP/TLS/RTP/SAVPF 111 8 0 126", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000"]
    );
    let order: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("a=fmtp:111")).skip(1).take(3).collect();
    assert_eq!(order, ["a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:126 telephone-event/8000"]);
    let text = write_platform_offer(&platform(), &[G711::Pcmu], Dialect::Current);
    assert!(text.contains("SAVPF 111 0 126\r\n") && !text.contains("PCMA"));
}

#[test]
fn a_host_with_one_address_family_names_only_that() {
    let mut local = platform();
    let v6 = ours(&mut local).candidates.pop().unwrap();
    let text = write_platform_offer(&local, &[], Dialect::Current);
    assert_eq!(
        lines_only_in(&crlf(PLATFORM_OFFER), &text),
        ["a=candidate:604118293 1 udp 2122262783 2001:db8:20::77 3480 typ host generation 0 network-cost 50"]
    );
    assert!(lines_only_in(&text, PLATFORM_OFFER).is_empty());

    ours(&mut local).candidates = vec![v6];
    let text = write_platform_offer(&local, &[], Dialect::Current);
    assert_eq!(lines_only_in(&text, PLATFORM_OFFER), ["c=IN IP6 2001:db8:20::77"]);
    assert_eq!(text.matches("a=candidate").count(), 1);
}

#[test]
fn the_older_generation_differs_where_the_docs_did() {
    let mut local = platform();
    ours(&mut local).ice_ufrag = "aB3/xYz09KqL".into();
    let older = write_platform_offer(&local, &[], Dialect::Older);
    assert_eq!(
        lines_only_in(&older, PLATFORM_OFFER),
        [
            "a=candidate:1830427755 1 udp 2113937151 203.0.113.20 3480 typ host generation 0 network-cost 50 ufrag aB3/xYz09KqL",
            "a=candidate:604118293 1 udp 2113939711 2001:db8:20::77 3480 typ host generation 0 network-cost 50 ufrag aB3/xYz09KqL",
            "a=ice-ufrag:aB3/xYz09KqL",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=ssrc:2718340915 msid:7a609683-ceaf-4915-8885-64e88216858f audio#a2069733",
            "a=ssrc:2718340915 mslabel:7a609683-ceaf-4915-8885-64e88216858f",
            "a=ssrc:2718340915 label:audio#a2069733",
        ]
    );
    for absent in ["ptime:20", "a=msid:"] {
        assert!(!older.contains(absent), "{absent}");
    }
}

#[test]
fn the_older_generation_answers_in_its_own_way_too() {
    let mut local = platform();
    ours(&mut local).ice_ufrag = "aB3/xYz09KqL".into();
    let offer = read_business_offer(BROWSER_OFFER, &[], Keying::Dtls).unwrap();
    let current = write_platform_answer(&local, &offer, DtlsRole::Server, Dialect::Current);
    let older = write_platform_answer(&local, &offer, DtlsRole::Server, Dialect::Older);
    assert_eq!(
        lines_only_in(&older, &current),
        [
            "a=candidate:1830427755 1 udp 2113937151 203.0.113.20 3480 typ host generation 0 network-cost 50 ufrag aB3/xYz09KqL",
            "a=candidate:604118293 1 udp 2113939711 2001:db8:20::77 3480 typ host generation 0 network-cost 50 ufrag aB3/xYz09KqL",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=fmtp:111 minptime=10;useinbandfec=1",
            "a=ssrc:2718340915 msid:7a609683-ceaf-4915-8885-64e88216858f audio#a2069733",
            "a=ssrc:2718340915 mslabel:7a609683-ceaf-4915-8885-64e88216858f",
            "a=ssrc:2718340915 label:audio#a2069733",
        ]
    );
    let gone = lines_only_in(&current, &older);
    for line in ["a=maxptime:20", "a=ptime:20"] {
        assert!(gone.contains(&line), "{line}");
    }
    // An extension that was not offered cannot be answered, nor under another number (RFC 8285 §6).
    let other = BROWSER_OFFER.replace("extmap:1 ", "extmap:9 ").replace("abs-send-time", "another");
    let text = write_platform_answer(&local, &read_business_offer(&other, &[], Keying::Dtls).unwrap(), DtlsRole::Server, Dialect::Older);
    let answered: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("a=extmap:")?.split(' ').next()).collect();
    assert_eq!(answered, ["9", "3"]);
}

#[test]
fn every_answer_mirrors_the_direction_of_its_offer() {
    for (offered, answered) in [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")] {
        let below = BROWSER_OFFER.replace("a=sendrecv", &format!("a={offered}"));
        let above = BROWSER_OFFER.replace("a=sendrecv\n", "").replace("t=0 0\n", &format!("t=0 0\na={offered}\n"));
        for offer in [below, above] {
            let offer = read_business_offer(&offer, &[], Keying::Dtls).unwrap();
            for text in [
                write_platform_answer(&platform(), &offer, DtlsRole::Server, Dialect::Current),
                write_platform_answer(&platform(), &offer, DtlsRole::Server, Dialect::Older),
                write_phone_answer(&platform(), &offer),
                write_peer_answer(&peer(), &offer),
            ] {
                let directions: Vec<&str> = text
                    .lines()
                    .filter_map(|line| line.strip_prefix("a="))
                    .filter(|name| MediaDirection::ALL.iter().any(|direction| direction.as_str() == *name))
                    .collect();
                assert_eq!(directions, [answered], "{text}");
            }
        }
    }
}

#[test]
fn a_peers_answer_has_the_shape_of_the_sample() {
    let offer = read_platform_offer(PLATFORM_OFFER).unwrap();
    let text = write_peer_answer(&peer(), &offer);
    assert_eq!(
        lines_only_in(&text, BUSINESS_ANSWER),
        ["m=audio 51822 UDP/TLS/RTP/SAVPF 111 126", "c=IN IP4 198.51.100.14", "a=ssrc:3405691582 cname:callport-peer"]
    );
    // The same lines in the same order.
    let kinds = |text: &str| text.lines().map(|line| line.split([':', ' ']).next().unwrap_or("").to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(&text), kinds(BUSINESS_ANSWER));
}

#[test]
fn a_phones_answer_is_plain_webrtc() {
    let offer = read_phone_offer(FIREFOX_OFFER).unwrap();
    let expected = "v=0
o=- 1795341600412 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=msid-semantic: WMS 7a609683-ceaf-4915-8885-64e88216858f
a=ice-lite
m=audio 3480 UDP/TLS/RTP/SAVPF 109 101
c=IN IP4 203.0.113.20
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1830427755 1 udp 2130706431 203.0.113.20 3480 typ host generation 0
a=candidate:604118293 1 udp 2130706175 2001:db8:20::77 3480 typ host generation 0
a=ice-ufrag:NennAepWzpFqHYyt
a=ice-pwd:Do/xhGOw5LK6KXA0dPBkrA==
a=fingerprint:sha-256 27:A0:AE:B3:FE:E9:23:2F:8A:F2:21:1F:9E:E4:91:C5:B1:0B:EC:B5:56:3B:FC:1E:6F:93:42:7E:CB:C8:FE:29
a=setup:passive
a=mid:0
a=sendrecv
a=msid:7a609683-ceaf-4915-8885-64e88216858f callport0
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=fmtp:109 minptime=10;useinbandfec=1
a=rtpmap:101 telephone-event/8000
a=maxptime:20
a=ptime:20
a=ssrc:2718340915 cname:callport-phone
";
    assert_eq!(write_phone_answer(&platform(), &offer), crlf(expected));
}

#[test]
fn an_answer_invents_neither_mid_nor_bundle_nor_keys() {
    let offer = BROWSER_OFFER.replace("a=group:BUNDLE 0\n", "").replace("a=mid:0\n", "").replace(" 110 126\n", "\n");
    let offer = read_phone_offer(&offer).unwrap();
    let text = write_phone_answer(&platform(), &offer);
    for absent in ["BUNDLE", "a=mid", "telephone-event"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

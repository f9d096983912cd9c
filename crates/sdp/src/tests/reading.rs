//! Shapes seen to work, and what is taken from them.

use super::super::*;
use super::*;

fn answer(text: &str) -> RemoteDescription {
    read_business_answer(&crlf(text), &Offered::platform(&[])).unwrap()
}

#[test]
fn every_field_of_the_sample_answer() {
    let expected = RemoteDescription {
        transport: DescribedTransport::WebRtc(DescribedWebRtc {
            ice_ufrag: "dqlh".into(),
            ice_pwd: "NEfeY2wOgGyVe6aE1kMftQ7c".into(),
            fingerprint: ours(&mut peer()).fingerprint,
            setup: Setup::Active,
            candidates: vec![Candidate {
                foundation: "3022124134".into(),
                priority: 2_130_706_431,
                address: "198.51.100.14:51822".parse().unwrap(),
                kind: CandidateKind::Host,
            }],
            passed_over: PassedOver::default(),
            ice_lite: false,
        }),
        profile: MediaProfile::UdpTlsSavpf,
        codec: Codec::Opus,
        payload_types: PayloadTypes { opus: Some(111), pcma: None, pcmu: None, telephone_event: Some(126) },
        opus_fmtp: Some("minptime=10;useinbandfec=1".into()),
        ssrc: Some(3_405_691_582),
        direction: MediaDirection::SendRecv,
        mid: Some("audio".into()),
        bundle: true,
        rtcp_mux: true,
        transport_cc: false,
        extensions: [None; 3],
        warnings: vec![],
    };
    assert_eq!(answer(BUSINESS_ANSWER), expected);
    // Bare line feeds and a missing last line end change nothing.
    assert_eq!(read_business_answer(BUSINESS_ANSWER.trim_end(), &Offered::platform(&[])), Ok(expected));
}

#[test]
fn the_official_answer_without_candidates() {
    let read = answer(OFFICIAL_ANSWER);
    assert!(read.candidates().is_empty() && read.warnings.is_empty() && read.transport_cc);
    assert_eq!(webrtc(&read).fingerprint, PEER_FINGERPRINT);
}

#[test]
fn aiortc_after_its_other_fingerprints_were_removed() {
    let read = answer(AIORTC_ANSWER);
    assert_eq!(webrtc(&read).fingerprint, PEER_FINGERPRINT);
    assert_eq!(read.candidates().iter().map(|c| c.kind).collect::<Vec<_>>(), [CandidateKind::Host, CandidateKind::ServerReflexive]);
    assert_eq!(read.warnings, [SdpWarning::NoTelephoneEvent]);
    // Keys are sent on 126 although the answer left them out.
    assert_eq!(read.format(), Some(Format::OPUS));
}

#[test]
fn pion_with_its_fingerprint_above_and_all_candidates_inside() {
    let read = answer(PION_ANSWER);
    assert_eq!(webrtc(&read).fingerprint, PEER_FINGERPRINT);
    assert!(read.transport_cc);
    assert_eq!(
        read.candidates().iter().map(|c| c.address.to_string()).collect::<Vec<_>>(),
        ["198.51.100.14:51822", "[2001:db8:5::14]:51822"]
    );
    // RTCP's own component is the one passed over.
    assert_eq!(read.passed_over(), PassedOver { rtcp: 1, ..PassedOver::default() });
    assert_eq!(read.warnings, [SdpWarning::NoTelephoneEvent]);
}

#[test]
fn a_browsers_offer() {
    for read in [read_business_offer(BROWSER_OFFER, &[], Keying::Dtls), read_phone_offer(BROWSER_OFFER)] {
        let read = read.unwrap();
        assert_eq!(read.payload_types, PayloadTypes { opus: Some(111), telephone_event: Some(126), ..PayloadTypes::default() });
        assert_eq!((webrtc(&read).setup, read.mid.as_deref(), read.transport_cc), (Setup::ActPass, Some("0"), true));
        assert!(read.candidates().is_empty() && read.warnings.is_empty() && read.passed_over().is_none());
        assert_eq!(read.extensions, [Some(1), Some(2), Some(3)]);
    }
    let with_g711 = read_business_offer(BROWSER_OFFER, &[G711::Pcmu], Keying::Dtls).unwrap();
    assert_eq!((with_g711.codec, with_g711.payload_types.pcmu, with_g711.payload_types.pcma), (Codec::Opus, Some(0), None));
}

#[test]
fn firefoxs_offer_with_other_numbers_and_hidden_addresses() {
    let read = read_phone_offer(&crlf(FIREFOX_OFFER)).unwrap();
    assert_eq!(read.payload_types, PayloadTypes { opus: Some(109), telephone_event: Some(101), ..PayloadTypes::default() });
    assert_eq!(webrtc(&read).fingerprint, PEER_FINGERPRINT);
    assert_eq!(read.candidates().len(), 1);
    // What healthy browsers send is no reason for a warning.
    assert_eq!(read.passed_over().to_string(), "candidates passed over: 1 with an mDNS name, 1 for TCP");
    assert!(read.warnings.is_empty());
}

#[test]
fn everything_security_related_may_stand_at_session_level() {
    let moved = ["a=ice-ufrag:dqlh\n", "a=ice-pwd:NEfeY2wOgGyVe6aE1kMftQ7c\n", "a=setup:active\n"];
    let mut text = BUSINESS_ANSWER.to_owned();
    for line in moved {
        text = text.replace(line, "");
        text = text.replace("m=audio", &format!("{line}m=audio"));
    }
    assert_eq!(answer(&text), answer(BUSINESS_ANSWER));
}

#[test]
fn odd_but_legal_forms_are_taken() {
    let same = answer(BUSINESS_ANSWER);
    for (what, from, to) in [
        ("no t=", "t=0 0\n", ""),
        ("b= before c=", "c=IN", "b=AS:64\nc=IN"),
        ("upper-case hash", "sha-256", "SHA-256"),
        ("lower-case digest", "CC:C9:35", "cc:c9:35"),
        ("a larger maxptime", "maxptime:20", "maxptime:60"),
        ("no ptime", "a=ptime:20\n", ""),
        ("a port count", "audio 9 UDP", "audio 9/1 UDP"),
        ("upper-case codec", "opus/48000", "OPUS/48000"),
        ("unknown things", "a=rtcp-mux", "a=x-what:1\nz=0 0\na=rtcp-mux"),
        ("more than we know", "SAVPF 111 126", "SAVPF 111 126 13 96 200 x"),
        ("direction left out", "a=sendrecv\n", ""),
        (
            "the fingerprint twice",
            "a=group",
            "a=fingerprint:sha-256 CC:C9:35:F6:CD:1F:61:22:6A:E1:53:38:AE:1A:34:00:4D:33:BA:0D:24:6A:C0:4C:81:B1:BA:F2:3E:3B:F9:EE\na=group",
        ),
        ("a second line of one source", "a=ssrc:", "a=ssrc:3405691582 msid:a b\na=ssrc:"),
    ] {
        let text = BUSINESS_ANSWER.replacen(from, to, 1);
        assert_ne!(text, BUSINESS_ANSWER, "{what}");
        assert_eq!(answer(&text), same, "{what}");
    }
}

#[test]
fn padding_in_ice_credentials_is_taken() {
    let text =
        BUSINESS_ANSWER.replace("a=ice-ufrag:dqlh", "a=ice-ufrag:dq==").replace("NEfeY2wOgGyVe6aE1kMftQ7c", "NEfeY2wOgGyVe6aE1kMftQ==");
    assert_eq!(webrtc(&answer(&text)).ice_ufrag, "dq==");
}

#[test]
fn the_first_codec_of_the_answer_wins() {
    let both = Offered::platform(&[G711::Pcma, G711::Pcmu]);
    for (types, codec) in [("111 126", Codec::Opus), ("8 111 126", Codec::Pcma), ("0 8 126", Codec::Pcmu), ("9 111 0", Codec::Opus)] {
        let text = BUSINESS_ANSWER.replace("111 126\n", &format!("{types}\n"));
        let read = read_business_answer(&text, &both).unwrap();
        assert_eq!(read.codec, codec, "{types}");
        assert_eq!(read.format().map(|format| format.clock_hz), Some(codec.clock_hz()));
    }
    // Not switched on: passed over.
    let text = BUSINESS_ANSWER.replace("111 126\n", "8 111 126\n");
    assert_eq!(answer(&text).codec, Codec::Opus);
}

#[test]
fn what_will_hurt_is_let_through_with_a_warning() {
    for (from, to, warning) in [
        ("a=sendrecv", "a=recvonly", SdpWarning::SendsNothing { line: 16, direction: MediaDirection::RecvOnly }),
        ("a=sendrecv", "a=inactive", SdpWarning::SendsNothing { line: 16, direction: MediaDirection::Inactive }),
        ("a=sendrecv", "a=sendonly", SdpWarning::DoesNotListen { line: 16 }),
        ("setup:active", "setup:passive", SdpWarning::AnswerPassive),
        ("111 126", "111", SdpWarning::NoTelephoneEvent),
        ("a=rtpmap:126 telephone-event/8000", "a=rtpmap:126 telephone-event/48000", SdpWarning::NoTelephoneEvent),
    ] {
        let read = answer(&BUSINESS_ANSWER.replace(from, to));
        assert_eq!(read.warnings, [warning], "{to}");
        assert!(warning.to_string().len() > 40);
    }
    let passive = read_business_offer(&BROWSER_OFFER.replace("setup:actpass", "setup:passive"), &[], Keying::Dtls).unwrap();
    assert_eq!(passive.warnings, [SdpWarning::OfferPassive]);
    let moved = BUSINESS_ANSWER.replace("111 126", "111 101").replace("a=rtpmap:126", "a=rtpmap:101");
    assert_eq!(answer(&moved).warnings, [SdpWarning::TelephoneEventNotAsOffered { answered: 101, offered: 126 }]);
    assert_eq!(answer(&moved).payload_types.telephone_event, None);
}

#[test]
fn a_direction_holds_from_the_session_part_unless_the_section_has_one() {
    for direction in MediaDirection::ALL {
        let above = BUSINESS_ANSWER.replace("a=sendrecv\n", "").replace("t=0 0\n", &format!("t=0 0\na={}\n", direction.as_str()));
        assert_eq!(answer(&above).direction, direction);
        let below = above.replace("a=rtcp-mux", "a=recvonly\na=rtcp-mux");
        assert_eq!(answer(&below).direction, MediaDirection::RecvOnly);
    }
    let warned = answer(&BUSINESS_ANSWER.replace("a=sendrecv\n", "").replace("t=0 0\n", "t=0 0\na=recvonly\n")).warnings;
    assert!(warned[0].to_string().starts_with("line 5: a=recvonly says"), "{}", warned[0]);
}

#[test]
fn every_profile_with_a_fingerprint_is_dtls() {
    for profile in MediaProfile::ALL {
        let named = |text: &str| text.replace("UDP/TLS/RTP/SAVPF", profile.as_str());
        assert_eq!(answer(&named(BUSINESS_ANSWER)), RemoteDescription { profile, ..answer(BUSINESS_ANSWER) });
        let offer = read_business_offer(&named(BROWSER_OFFER), &[], Keying::Dtls).unwrap();
        let theirs = |text: String| text.lines().find_map(|line| line.strip_prefix("m=audio 3480 ")).unwrap().to_owned();
        for answer in [
            write_platform_answer(&platform(), &offer, DtlsRole::Server, Dialect::Current),
            write_platform_answer(&platform(), &offer, DtlsRole::Server, Dialect::Older),
        ] {
            assert_eq!(answer.contains("a=rtcp-fb"), profile.has_feedback(), "{answer}");
            assert_eq!(theirs(answer), format!("{} 111 126", profile.as_str()));
        }
        assert_eq!(theirs(write_phone_answer(&platform(), &offer)), format!("{} 111 126", profile.as_str()));
    }
    let pbx = answer(PBX_ANSWER);
    assert_eq!((pbx.profile, webrtc(&pbx).fingerprint), (MediaProfile::Savpf, PEER_FINGERPRINT));
    assert!(pbx.warnings.is_empty());
}

#[test]
fn numbers_of_rtcp_are_not_used_while_another_will_do() {
    let on = |opus: u8, keys: u8| {
        let offer = BROWSER_OFFER.replace("SAVPF 111 63 9 0 8 110 126", &format!("SAVPF {opus} 8 {keys}"));
        let offer = offer
            .replace("a=rtpmap:63 red/48000/2\n", "")
            .replace("a=rtpmap:111 ", &format!("a=rtpmap:{opus} "))
            .replace("a=rtpmap:126 ", &format!("a=rtpmap:{keys} "));
        read_business_offer(&offer, &[G711::Pcma], Keying::Dtls).unwrap()
    };
    for (good, bad) in [(63, 64), (96, 95)] {
        let read = on(good, bad);
        assert_eq!((read.payload_types.opus, read.payload_types.telephone_event), (Some(good), None));
        assert_eq!(read.warnings, [SdpWarning::LooksLikeRtcp { payload_type: bad, encoding: "telephone-event/8000" }]);
        let read = on(bad, good);
        assert_eq!((read.codec, read.payload_types.telephone_event), (Codec::Pcma, Some(good)));
        assert_eq!(read.warnings, [SdpWarning::LooksLikeRtcp { payload_type: bad, encoding: "opus/48000/2" }]);
    }
    let both = BROWSER_OFFER.replace("SAVPF 111", "SAVPF 72 111").replace("a=rtcp-fb:111", "a=rtpmap:72 opus/48000/2\na=rtcp-fb:111");
    let read = read_business_offer(&both, &[], Keying::Dtls).unwrap();
    assert_eq!((read.payload_types.opus, read.warnings), (Some(111), vec![]));
    let moved = BUSINESS_ANSWER.replace("111 126", "111 72").replace("a=rtpmap:126", "a=rtpmap:72");
    let warning = answer(&moved).warnings[0].to_string();
    for word in ["72", "64 and 95", "on 126 instead"] {
        assert!(warning.contains(word), "{warning}");
    }
}

#[test]
fn the_role_left_for_us() {
    for (written, ours) in [("actpass", DtlsRole::Client), ("active", DtlsRole::Server), ("passive", DtlsRole::Client)] {
        let offer = BROWSER_OFFER.replace("actpass", written);
        assert_eq!(read_business_offer(&offer, &[], Keying::Dtls).unwrap().our_dtls_role(DtlsRole::Client), ours, "{written}");
    }
    assert_eq!(read_business_offer(BROWSER_OFFER, &[], Keying::Dtls).unwrap().our_dtls_role(DtlsRole::Server), DtlsRole::Server);
}

#[test]
fn a_peer_takes_what_platforms_are_known_to_send() {
    let offer = read_platform_offer(&crlf(PLATFORM_OFFER)).unwrap();
    assert!(webrtc(&offer).ice_lite && offer.transport_cc);
    assert_eq!(webrtc(&offer).ice_pwd, "Do/xhGOw5LK6KXA0dPBkrA==");
    assert_eq!(offer.candidates().len(), 2);

    let illegal = PLATFORM_ANSWER.replace("setup:passive", "setup:actpass");
    let answer = read_platform_answer(&illegal).unwrap();
    assert_eq!((webrtc(&answer).setup, answer.warnings.clone()), (Setup::Passive, vec![SdpWarning::AnswerActpass]));

    let two_hashes = PLATFORM_OFFER.replace("a=fingerprint", "a=fingerprint:sha-384 00:11\na=fingerprint");
    assert_eq!(webrtc(&read_platform_offer(&two_hashes).unwrap()).fingerprint, ours(&mut platform()).fingerprint);
}

#[test]
fn another_codec_can_be_preferred_only_if_it_was_listed() {
    let text = write_platform_offer(&platform(), &[G711::Pcma], Dialect::Current);
    let offer = read_platform_offer(&text).unwrap();
    let chosen = offer.clone().with_codec(Codec::Pcma).unwrap();
    assert!(write_peer_answer(&peer(), &chosen).contains("SAVPF 8 126\r\n"));
    assert!(offer.with_codec(Codec::Pcmu).is_none());
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let remote = format!("{:?}", answer(BUSINESS_ANSWER));
    let local = format!("{:?}", peer());
    for secret in ["NEfeY2wOgGyVe6aE1kMftQ7c", "dqlh", "198.51.100.14"] {
        assert!(!remote.contains(secret) && !local.contains(secret), "{secret}");
    }
}

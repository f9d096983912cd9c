//! One refusal per published rule, each by a single change to a description that is otherwise fine.

use super::super::*;
use super::*;

fn answer(text: &str) -> Result<RemoteDescription, SdpRefusal> {
    read_business_answer(text, &Offered::platform(&[]))
}

#[track_caller]
fn refuses(from: &str, to: &str, expected: SdpRefusal) {
    let text = BUSINESS_ANSWER.replacen(from, to, 1);
    assert_ne!(text, BUSINESS_ANSWER, "the change has no effect");
    let line = format!("{expected:?}").split("line: ").nth(1).map(|rest| rest.split([',', ' ', ')', '}']).next().unwrap().to_owned());
    let details = expected.details();
    assert!(line.is_none_or(|line| details.starts_with(&format!("Line {line}:"))), "{details}");
    assert_eq!(answer(&text), Err(expected));
}

const FINGERPRINT: &str =
    "a=fingerprint:sha-256 CC:C9:35:F6:CD:1F:61:22:6A:E1:53:38:AE:1A:34:00:4D:33:BA:0D:24:6A:C0:4C:81:B1:BA:F2:3E:3B:F9:EE\n";

#[test]
fn refuses_a_video_section() {
    let video = "m=video 9 UDP/TLS/RTP/SAVPF 96\nm=audio 9 UDP";
    refuses("m=audio 9 UDP", video, SdpRefusal::VideoSection { line: 7 });
    let details = SdpRefusal::VideoSection { line: 7 }.details();
    assert!(details.starts_with("Line 7: m=video"), "{details}");
}

#[test]
fn refuses_a_data_channel() {
    let data = format!("{BUSINESS_ANSWER}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n");
    assert_eq!(answer(&data), Err(SdpRefusal::OtherSection { line: 25, media: "application".into() }));
}

#[test]
fn refuses_two_audio_sections() {
    let two = format!("{BUSINESS_ANSWER}m=audio 9 UDP/TLS/RTP/SAVPF 111\n");
    assert_eq!(answer(&two), Err(SdpRefusal::SeveralSections { line: 25, count: 2 }));
}

#[test]
fn refuses_no_section_at_all() {
    assert_eq!(answer("v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n"), Err(SdpRefusal::NoAudioSection));
}

#[test]
fn refuses_port_zero() {
    refuses("m=audio 9", "m=audio 0", SdpRefusal::PortZero { line: 7 });
}

#[test]
fn refuses_another_profile() {
    refuses("UDP/TLS/RTP/SAVPF", "RTP/SAVPX", SdpRefusal::Profile { line: 7, profile: "RTP/SAVPX".into() });
    refuses("UDP/TLS/RTP/SAVPF", "udp", SdpRefusal::Profile { line: 7, profile: "udp".into() });
}

#[test]
fn refuses_plain_rtp_and_sdes_by_what_they_are() {
    for profile in MediaProfile::ALL {
        let plain = BUSINESS_ANSWER.replace(FINGERPRINT, "").replace("UDP/TLS/RTP/SAVPF", profile.as_str());
        let expected = match profile.names_dtls() {
            true => SdpRefusal::NoFingerprint,
            false => SdpRefusal::NoDtls { line: 7, profile, crypto: None },
        };
        assert_eq!(answer(&plain), Err(expected));
    }
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\n";
    let sdes = BUSINESS_ANSWER.replace(FINGERPRINT, crypto).replace("UDP/TLS/RTP/SAVPF", "RTP/SAVP");
    let refusal = answer(&sdes).unwrap_err();
    assert_eq!(refusal, SdpRefusal::NoDtls { line: 7, profile: MediaProfile::Savp, crypto: Some(13) });
    assert!(refusal.details().contains("the a=crypto of line 13 is SDES"), "{refusal}");
}

#[test]
fn refuses_a_codec_that_cannot_be_told_from_rtcp() {
    for number in [64, 72, 95] {
        let text = BUSINESS_ANSWER.replace("111 126", &format!("{number} 126")).replace("a=rtpmap:111", &format!("a=rtpmap:{number}"));
        let refusal = answer(&text).unwrap_err();
        assert_eq!(refusal, SdpRefusal::LooksLikeRtcp { payload_type: number, encoding: "opus/48000/2", offered: Some(111) });
        assert!(refusal.details().contains("Answer with payload type 111"), "{refusal}");
    }
    let refusal = read_business_offer(OPUS_ON_72_OFFER, &[], Keying::Dtls).unwrap_err();
    assert_eq!(refusal, SdpRefusal::LooksLikeRtcp { payload_type: 72, encoding: "opus/48000/2", offered: None });
    for words in ["72", "between 64 and 95", "RFC 5761", "between 96 and 127"] {
        assert!(refusal.details().contains(words), "{refusal}");
    }
}

#[test]
fn refuses_a_media_line_without_a_port() {
    refuses("m=audio 9", "m=audio many", SdpRefusal::MediaLineMalformed { line: 7 });
    refuses("m=audio 9 UDP/TLS/RTP/SAVPF 111 126", "m=audio 9", SdpRefusal::MediaLineMalformed { line: 7 });
}

#[test]
fn refuses_no_fingerprint_in_the_published_words() {
    refuses(FINGERPRINT, "", SdpRefusal::NoFingerprint);
    assert_eq!(SdpRefusal::NoFingerprint.details(), "No fingerprint found in SDP");
}

#[test]
fn refuses_aiortcs_three_fingerprints() {
    let three = format!("{FINGERPRINT}a=fingerprint:sha-384 00\na=fingerprint:sha-512 00\n");
    refuses(FINGERPRINT, &three, SdpRefusal::SeveralFingerprints { hashes: "sha-256, sha-384, sha-512".into(), delete: vec![14, 15] });
    let details = answer(&BUSINESS_ANSWER.replace(FINGERPRINT, &three)).unwrap_err().details();
    for words in ["delete lines 14, 15", "aiortc", "pc.localDescription.sdp", "a=fingerprint:sha-384", "a=fingerprint:sha-512"] {
        assert!(details.contains(words), "{details}");
    }
    // Whoever has two of another kind is no user of aiortc.
    let two = answer(&BUSINESS_ANSWER.replace(FINGERPRINT, &format!("a=fingerprint:sha-1 00\n{FINGERPRINT}"))).unwrap_err();
    assert_eq!(two, SdpRefusal::SeveralFingerprints { hashes: "sha-1, sha-256".into(), delete: vec![13] });
    assert!(two.details().ends_with("delete line 13") && !two.details().contains("aiortc"), "{two}");
}

#[test]
fn refuses_two_sha_256_fingerprints_also_across_levels() {
    let other = FINGERPRINT.replace("CC:C9", "CC:C8");
    let text = BUSINESS_ANSWER.replacen("a=group", &format!("{other}a=group"), 1);
    assert_eq!(answer(&text), Err(SdpRefusal::SeveralFingerprints { hashes: "sha-256, sha-256".into(), delete: vec![5] }));
}

#[test]
fn refuses_another_hash() {
    refuses("sha-256", "sha-1", SdpRefusal::FingerprintHash { line: 13, hash: "sha-1".into() });
}

#[test]
fn refuses_a_damaged_fingerprint() {
    for damaged in [":EE:00\n", "\n", ":+E\n", ":EG\n", ":E\n", ":\n", ":E\u{e9}\n"] {
        refuses(":EE\n", damaged, SdpRefusal::FingerprintMalformed { line: 13 });
    }
}

#[test]
fn refuses_ice_credentials_that_cannot_work() {
    let (ufrag, pwd) = ("a=ice-ufrag:dqlh\n", "a=ice-pwd:NEfeY2wOgGyVe6aE1kMftQ7c\n");
    refuses(ufrag, "", SdpRefusal::IceUfrag(IceFault::Missing));
    refuses(pwd, "", SdpRefusal::IcePwd(IceFault::Missing));
    refuses("dqlh", "dql", SdpRefusal::IceUfrag(IceFault::TooShort { line: 11, least: 4 }));
    refuses("NEfeY2wOgGyVe6aE1kMftQ7c", "NEfeY2wOgGyVe6aE1kMft", SdpRefusal::IcePwd(IceFault::TooShort { line: 12, least: 22 }));
    refuses("dqlh", "dq lh", SdpRefusal::IceUfrag(IceFault::Malformed { line: 11 }));
    refuses("dqlh", "dqlh\u{e9}", SdpRefusal::IceUfrag(IceFault::Malformed { line: 11 }));
    refuses("dqlh", &"x".repeat(257), SdpRefusal::IceUfrag(IceFault::TooLong { line: 11 }));
}

#[test]
fn refuses_no_rtcp_mux() {
    refuses("a=rtcp-mux\n", "", SdpRefusal::NoRtcpMux);
}

#[test]
fn refuses_no_codec_in_common() {
    let none = SdpRefusal::NoUsableCodec { g711_not_enabled: false };
    refuses("SAVPF 111 126", "SAVPF 9 126", none.clone());
    refuses("a=rtpmap:111 opus/48000/2\n", "", none.clone());
    refuses("SAVPF 111 126", "SAVPF", none);
}

#[test]
fn refuses_g711_that_is_not_switched_on() {
    let refusal = SdpRefusal::NoUsableCodec { g711_not_enabled: true };
    refuses("SAVPF 111 126", "SAVPF 8 0 126", refusal.clone());
    assert!(refusal.details().contains("calling.audio.additional_codecs"));
    let offer = BROWSER_OFFER.replace("SAVPF 111 63 9 0 8 110 126", "SAVPF 0");
    assert_eq!(read_business_offer(&offer, &[G711::Pcma], Keying::Dtls), Err(refusal));
}

#[test]
fn refuses_opus_in_another_form() {
    for written in ["opus/16000/1", "opus/48000", "opus/48000/1"] {
        refuses("opus/48000/2", written, SdpRefusal::OpusClock { line: 19, written: written.into() });
    }
}

#[test]
fn refuses_a_payload_type_that_was_not_offered() {
    let text = BUSINESS_ANSWER.replace("111", "96");
    assert_eq!(answer(&text), Err(SdpRefusal::PayloadTypeNotOffered { answered: 96, offered: 111 }));
    let offered = Offered::platform(&[G711::Pcma]);
    let text = BUSINESS_ANSWER.replace("SAVPF 111", "SAVPF 97").replace("111 opus/48000/2", "97 PCMA/8000");
    let refusal = SdpRefusal::PayloadTypeNotOffered { answered: 97, offered: 8 };
    assert_eq!(read_business_answer(&text, &offered), Err(refusal));
}

#[test]
fn refuses_other_packet_times() {
    for time in ["ptime:10", "ptime:40", "ptime:60", "ptime:", "ptime:NaN"] {
        refuses("a=ptime:20", &format!("a={time}"), SdpRefusal::PacketTime { line: 23, written: format!("a={time}") });
    }
    refuses("maxptime:20", "maxptime:10", SdpRefusal::PacketTime { line: 22, written: "a=maxptime:10".into() });
}

#[test]
fn refuses_several_sources_also_when_only_a_group_names_them() {
    refuses("a=ssrc:", "a=ssrc:7 cname:x\na=ssrc:", SdpRefusal::SeveralSources { count: 2 });
    refuses("a=ssrc:", "a=ssrc-group:FID 3405691582 8\na=ssrc:", SdpRefusal::SeveralSources { count: 2 });
}

#[test]
fn refuses_setups_that_do_not_answer() {
    refuses("setup:active", "setup:actpass", SdpRefusal::ActpassInAnswer { line: 14 });
    refuses("setup:active", "setup:holdconn", SdpRefusal::SetupUnknown { line: 14, written: "holdconn".into() });
    refuses("a=setup:active\n", "", SdpRefusal::NoSetup);
}

#[test]
fn refuses_a_second_ice_lite_agent() {
    refuses("a=group", "a=ice-lite\na=group", SdpRefusal::IceLite { line: 5 });
}

#[test]
fn refuses_a_megabyte_and_bytes_that_are_not_text() {
    let long = BUSINESS_ANSWER.repeat(1_500);
    assert_eq!(answer(&long), Err(SdpRefusal::TooLong { bytes: long.len() }));
    let mut bytes = BUSINESS_ANSWER.as_bytes().to_vec();
    bytes[20] = 0xff;
    assert_eq!(read_business_answer(&bytes, &Offered::platform(&[])), Err(SdpRefusal::NotUtf8));
}

#[test]
fn an_offer_keeps_to_the_same_rules_but_may_say_actpass() {
    for setup in ["actpass", "active", "passive"] {
        assert!(read_business_offer(&BROWSER_OFFER.replace("setup:actpass", &format!("setup:{setup}")), &[], Keying::Dtls).is_ok());
    }
    let second = format!("a=fingerprint:sha-512 {}\na=setup:actpass", ["10"; 64].join(":"));
    for (from, to, code) in [
        ("a=ice-options", "a=ice-lite\na=ice-options", "ice_lite"),
        ("a=rtcp-mux\n", "", "no_rtcp_mux"),
        ("a=setup:actpass\n", "", "no_setup"),
        ("setup:actpass", "setup:holdconn", "setup_unknown"),
        ("m=audio 9", "m=video 9", "video_section"),
        ("m=audio 9", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nm=audio 9", "other_section"),
        ("m=audio 9", "m=audio 0", "port_zero"),
        ("UDP/TLS/RTP/SAVPF", "RTP/SAVPX", "profile"),
        ("a=rtpmap:111 opus", "a=rtpmap:72 opus", "no_usable_codec"),
        ("a=rtcp-rsize", "a=ptime:60", "packet_time"),
        ("opus/48000/2", "opus/16000", "opus_clock"),
        ("SAVPF 111 63 9 0 8 110 126", "SAVPF 63 9 0 8 110 126", "no_usable_codec"),
        ("a=ssrc:1418273645 cname", "a=ssrc:7 cname", "several_sources"),
        ("sha-256", "sha-1", "fingerprint_hash"),
        ("a=setup:actpass", second.as_str(), "several_fingerprints"),
        ("a=ice-ufrag:k3Yd\n", "", "ice_ufrag"),
        ("a=ice-pwd:Vb0nqR5sXo2LwU8eTz7hGk1M", "a=ice-pwd:short", "ice_pwd"),
    ] {
        let text = BROWSER_OFFER.replacen(from, to, 1);
        assert_ne!(text, BROWSER_OFFER, "{from}");
        assert_eq!(read_business_offer(&text, &[], Keying::Dtls).unwrap_err().code(), code);
    }
}

#[test]
fn what_the_peer_wrote_is_cut_and_cleaned_before_it_is_repeated() {
    let text = BUSINESS_ANSWER.replace("UDP/TLS/RTP/SAVPF", &format!("X\u{1b}[31m{}", "y".repeat(500)));
    let details = answer(&text).unwrap_err().details();
    assert!(details.len() < 200 && !details.contains('\u{1b}'), "{details}");
}

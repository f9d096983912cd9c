//! Keys in the description: the published samples byte for byte, the shapes of trunks, and one refusal per rule.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::*;
use super::*;

const BOTH: [G711; 2] = [G711::Pcma, G711::Pcmu];

/// Our line with this key.
fn line_with(tag: u32, suite: CryptoSuite, inline: &str) -> CryptoLine {
    let key = STANDARD.decode(inline).unwrap();
    let mut random = [0; CryptoKey::MOST];
    random[..key.len()].copy_from_slice(&key);
    CryptoLine::new(tag, suite, random)
}

fn local(session_id: u64, stream_id: &str, inline: &str, ssrc: u32) -> LocalDescription {
    let crypto = line_with(1, CryptoSuite::AesCm128Sha1_80, inline);
    let sdes = LocalSdes { address: "203.0.113.40:3480".parse().unwrap(), crypto, rtcp_port: None };
    LocalDescription { session_id, stream_id: stream_id.into(), transport: LocalTransport::Sdes(sdes), ssrc }
}

fn offering() -> LocalDescription {
    local(1_780_000_000_456, "81c6d7e0-42aa-4f13-b6c9-0d9e7a5512fe", "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5Ia", 912_345_678)
}

fn answering() -> LocalDescription {
    local(1_780_000_000_789, "5a2e0c47-91bd-4d60-8f3a-c7de10b86492", "q0Rk8ZsV3uYb1Wn7Tg5LpJd2Xe9Hc4MfAaOiUwEy", 1_238_900_757)
}

fn offer(text: &str, additional: &[G711]) -> Result<RemoteDescription, SdpRefusal> {
    read_business_offer(&crlf(text), additional, Keying::Sdes)
}

fn answer(text: &str) -> Result<RemoteDescription, SdpRefusal> {
    read_business_answer(text, &Offered::platform_by(Keying::Sdes, &[]))
}

fn crypto(read: &RemoteDescription) -> (u32, CryptoSuite) {
    let line = &read.sdes().unwrap().crypto;
    (line.tag, line.suite)
}

#[test]
fn the_platforms_offer_and_answer_are_the_published_samples() {
    assert_eq!(write_platform_offer(&offering(), &[], Dialect::Current), crlf(SDES_OFFER));
    let theirs = offer(TRUNK_OFFER, &[]).unwrap();
    assert_eq!(write_platform_answer(&answering(), &theirs, DtlsRole::Server, Dialect::Current), crlf(SDES_ANSWER));
    for sample in [SDES_OFFER, SDES_ANSWER] {
        assert!((642..=645).contains(&crlf(sample).len()), "{} bytes", crlf(sample).len());
    }
}

#[test]
fn additional_codecs_stand_where_they_stand_with_dtls() {
    let text = write_platform_offer(&offering(), &BOTH, Dialect::Current);
    assert!(text.contains("m=audio 3480 RTP/SAVP 111 8 0 126\r\n"), "{text}");
    let codecs: Vec<&str> = text.lines().filter(|line| line.starts_with("a=rtpmap")).collect();
    assert_eq!(codecs, ["a=rtpmap:111 opus/48000/2", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:126 telephone-event/8000"]);
    assert!(!text.contains("rtcp-fb") && !text.contains("ice") && !text.contains("setup") && !text.contains("candidate"));
}

#[test]
fn an_answer_takes_g711_from_a_trunk_that_has_no_opus_and_the_tag_of_the_line_it_uses() {
    assert_eq!(offer(LIVEKIT_OFFER, &[]), Err(SdpRefusal::NoUsableCodec { g711_not_enabled: true }));
    let theirs = offer(LIVEKIT_OFFER, &BOTH).unwrap();
    assert_eq!((theirs.codec, crypto(&theirs)), (Codec::Pcmu, (1, CryptoSuite::AesCm128Sha1_80)));
    let theirs = offer(FREESWITCH_OFFER, &[]).unwrap();
    assert_eq!(crypto(&theirs), (3, CryptoSuite::AesCm256Sha1_80), "the first that we do");
    assert_eq!(theirs.format(), Some(Format { audio: 102, dtmf: 101, clock_hz: 48_000 }));
    let ours = keyed(answering(), &theirs.sdes().unwrap().crypto);
    let text = write_platform_answer(&ours, &theirs, DtlsRole::Server, Dialect::Current);
    assert!(text.contains("a=rtcp-mux\r\na=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:"), "{text}");
    assert!(text.contains("RTP/SAVP 102 101\r\n"));
    let again = read_platform_answer(&text).unwrap();
    assert_eq!((crypto(&again), again.keying()), (crypto(&theirs), Keying::Sdes));
}

#[test]
fn what_a_trunk_leaves_out_is_not_missed() {
    let read = offer(TRUNK_OFFER, &[]).unwrap();
    let sdes = read.sdes().unwrap();
    assert_eq!((sdes.address, sdes.rtcp_port), (Some("198.51.100.21:19534".parse().unwrap()), None));
    assert!(!read.rtcp_mux && !read.bundle && read.mid.is_none() && read.ssrc.is_none() && read.warnings.is_empty());
    assert_eq!((read.profile, read.codec), (MediaProfile::Savp, Codec::Opus));
    assert!(read.candidates().is_empty() && read.webrtc().is_none());
    let read = answer(TRUNK_ANSWER).unwrap();
    assert_eq!((crypto(&read), read.warnings), ((1, CryptoSuite::AesCm128Sha1_80), vec![]));
}

#[test]
fn forms_of_trunks_that_are_taken() {
    let connection = "c=IN IP4 198.51.100.21\n";
    for (from, to, address) in [
        ("RTP/SAVP", "RTP/SAVPF", Some("198.51.100.21:19534")),
        ("RTP/SAVP", "UDP/TLS/RTP/SAVPF", Some("198.51.100.21:19534")),
        ("RTP/SAVP", "UDP/TLS/RTP/SAVP", Some("198.51.100.21:19534")),
        (connection, "c=IN IP4 0.0.0.0\n", None),
        (connection, "c=IN IP4 10.0.0.8\n", Some("10.0.0.8:19534")),
        (connection, "c=IN IP6 2001:db8::8\n", Some("[2001:db8::8]:19534")),
        (connection, "c=IN IP4 sbc.acme.example\n", None),
        (connection, "", None),
        ("a=crypto", "a=setup:actpass\na=fingerprint:sha-256 00\na=ice-lite\na=crypto", Some("198.51.100.21:19534")),
        (
            "inline:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5Ia",
            "inline:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5Ia|2^31",
            Some("198.51.100.21:19534"),
        ),
    ] {
        let text = TRUNK_OFFER.replacen(from, to, 1);
        let read = offer(&text, &[]).unwrap_or_else(|refusal| panic!("{to}: {refusal}"));
        assert_eq!(read.sdes().unwrap().address, address.map(|address| address.parse().unwrap()), "{to}");
    }
    for (line, port) in
        [("a=rtcp:19535", Some(19_535)), ("a=rtcp:19535 IN IP4 198.51.100.21", Some(19_535)), ("a=rtcp:9 IN IP4 0.0.0.0", None)]
    {
        let read = offer(&TRUNK_OFFER.replace("a=ptime", &format!("{line}\na=ptime")), &[]).unwrap();
        assert_eq!(read.sdes().unwrap().rtcp_port, port, "{line}");
    }
    // A peer of ours takes a platform by whatever it writes.
    assert_eq!(read_platform_offer(SDES_OFFER).unwrap().keying(), Keying::Sdes);
    assert_eq!(read_platform_offer(PLATFORM_OFFER).unwrap().keying(), Keying::Dtls);
}

#[test]
fn refuses_what_is_no_sdes_and_says_what_to_write() {
    for (from, to, expected, words) in [
        (
            "RTP/SAVP",
            "RTP/AVP",
            SdpRefusal::NotSrtp { line: 6, profile: "RTP/AVP".into() },
            "RTP without encryption (no crypto). Write RTP/SAVP",
        ),
        ("RTP/SAVP", "RTP/AVPF", SdpRefusal::NotSrtp { line: 6, profile: "RTP/AVPF".into() }, "no crypto"),
        ("RTP/SAVP", "TCP/DTLS/RTP/SAVP", SdpRefusal::NotSrtp { line: 6, profile: "TCP/DTLS/RTP/SAVP".into() }, "Write RTP/SAVP"),
        ("RTP/SAVP", "RTP/SAVPX", SdpRefusal::NotSrtp { line: 6, profile: "RTP/SAVPX".into() }, "Write RTP/SAVP"),
        ("a=crypto", "a=krypto", SdpRefusal::NoCrypto { line: 6, fingerprint: None }, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"),
        ("a=crypto", "a=fingerprint", SdpRefusal::NoCrypto { line: 6, fingerprint: Some(7) }, "set srtp_key_exchange_protocol to DTLS"),
        (
            "AES_CM_128_HMAC_SHA1_80",
            "F8_128_HMAC_SHA1_80",
            SdpRefusal::CryptoUnusable { line: 7, fault: CryptoFault::Suite { written: "F8_128_HMAC_SHA1_80".into() } },
            "Use AES_CM_128_HMAC_SHA1_80",
        ),
        (
            "LXEWQrcmsEQB",
            "",
            SdpRefusal::CryptoUnusable {
                line: 7,
                fault: CryptoFault::KeyLength { suite: "AES_CM_128_HMAC_SHA1_80", needed: 30, found: 21 },
            },
            "are 30 bytes together, and there are 21",
        ),
        (
            "WHF5Ia\n",
            "WHF5Ia UNENCRYPTED_SRTP\n",
            SdpRefusal::CryptoUnusable { line: 7, fault: CryptoFault::SessionParameter { written: "UNENCRYPTED_SRTP".into() } },
            "UNENCRYPTED_SRTP of a=crypto is not supported",
        ),
        ("m=audio 19534", "m=audio 0", SdpRefusal::PortZero { line: 6 }, "port 0"),
        ("a=ptime:20", "a=ptime:30", SdpRefusal::PacketTime { line: 14, written: "a=ptime:30".into() }, "a=ptime:20"),
        ("m=audio", "m=video 0 RTP/SAVP 96\nm=audio", SdpRefusal::VideoSection { line: 6 }, "m=video"),
    ] {
        let text = TRUNK_OFFER.replacen(from, to, 1);
        assert_ne!(text, TRUNK_OFFER, "{to}");
        let refusal = offer(&text, &[]).unwrap_err();
        assert!(refusal.details().contains(words), "{refusal}");
        assert!(!refusal.details().contains("LXEWQrcms"), "no key is repeated: {refusal}");
        assert_eq!(refusal, expected, "{to}");
    }
    // The fault of the first line is told only where no other line is usable.
    let text = TRUNK_OFFER.replacen("a=crypto", "a=crypto:9 F8_128_HMAC_SHA1_80 inline:x\na=crypto", 1);
    assert_eq!(crypto(&offer(&text, &[]).unwrap()), (1, CryptoSuite::AesCm128Sha1_80));
}

#[test]
fn an_answer_must_answer_our_line() {
    let offered = (1, "AES_CM_128_HMAC_SHA1_80");
    for (from, to, answered) in
        [("crypto:1 ", "crypto:2 ", (2, "AES_CM_128_HMAC_SHA1_80")), ("SHA1_80", "SHA1_32", (1, "AES_CM_128_HMAC_SHA1_32"))]
    {
        let refusal = answer(&TRUNK_ANSWER.replace(from, to)).unwrap_err();
        assert_eq!(refusal, SdpRefusal::CryptoNotOffered { line: 11, answered, offered });
        assert!(refusal.details().contains("the offer has a=crypto:1 AES_CM_128_HMAC_SHA1_80"), "{refusal}");
    }
    let line = "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj\na=crypto:1";
    let read = answer(&TRUNK_ANSWER.replace("a=crypto:1", line)).unwrap();
    assert_eq!(crypto(&read), (1, CryptoSuite::AesCm128Sha1_80), "whoever repeats the offer's line among others");
}

#[test]
fn neither_kind_is_taken_for_the_other() {
    let sdes = read_business_offer(TRUNK_OFFER, &[], Keying::Dtls).unwrap_err();
    assert_eq!(sdes, SdpRefusal::NoDtls { line: 6, profile: MediaProfile::Savp, crypto: Some(7) });
    assert!(sdes.details().contains("set srtp_key_exchange_protocol to SDES"), "{sdes}");
    let webrtc = offer(BROWSER_OFFER, &[]).unwrap_err();
    assert!(matches!(webrtc, SdpRefusal::NoCrypto { fingerprint: Some(_), .. }), "{webrtc:?}");
}

#[test]
fn a_peer_writes_what_the_platform_reads() {
    for rtcp_port in [None, Some(51_823)] {
        let theirs = read_platform_offer(SDES_OFFER).unwrap();
        let mut local = keyed(peer(), &theirs.sdes().unwrap().crypto);
        if let LocalTransport::Sdes(sdes) = &mut local.transport {
            sdes.rtcp_port = rtcp_port;
        }
        let LocalTransport::Sdes(own) = &local.transport else { panic!("no SDES") };
        let read = answer(&write_peer_answer(&local, &theirs)).unwrap();
        assert_eq!(read.sdes().unwrap(), &DescribedSdes { crypto: own.crypto.clone(), address: Some(own.address), rtcp_port });
        assert_eq!(read.rtcp_mux, rtcp_port.is_none());
        let read = offer(&write_peer_offer(&local), &[]).unwrap();
        assert_eq!((read.sdes().unwrap().crypto.clone(), read.profile), (own.crypto.clone(), MediaProfile::Savp));
    }
}

//! Damaged and invented input: nothing panics, nothing illegal comes through, nothing of it is written back as a line of ours.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::*;
use super::*;

const BOTH: [G711; 2] = [G711::Pcma, G711::Pcmu];

#[derive(Clone, Debug)]
enum Damage {
    Truncate(Index),
    Byte(Index, u8),
    DropLine(Index),
    RepeatLine(Index),
    SwapLines(Index, Index),
    Insert(Index, String),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::Truncate),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        2 => any::<Index>().prop_map(Damage::DropLine),
        2 => any::<Index>().prop_map(Damage::RepeatLine),
        3 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        3 => (any::<Index>(), "[a-z]=[a-z-]{0,12}[: ]?[0-9a-zA-Z :/.]{0,20}").prop_map(|(at, line)| Damage::Insert(at, line)),
    ]
}

fn apply(text: Vec<u8>, damage: &Damage) -> Vec<u8> {
    if text.is_empty() {
        return text;
    }
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    match damage {
        Damage::Truncate(at) => return text[..at.index(text.len())].to_vec(),
        Damage::Byte(at, byte) => {
            let mut text = text;
            let at = at.index(text.len());
            text[at] = *byte;
            return text;
        }
        Damage::DropLine(at) => drop(lines.remove(at.index(lines.len()))),
        Damage::RepeatLine(at) => lines.push(lines[at.index(lines.len())].clone()),
        Damage::SwapLines(a, b) => {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            lines.swap(a, b);
        }
        Damage::Insert(at, line) => lines.insert(at.index(lines.len()), format!("{line}\r\n").into_bytes()),
    }
    lines.concat()
}

/// Every reader; whatever one lets through has to hold together.
fn read_all(text: &[u8]) {
    let offered = Offered::platform(&BOTH);
    let readings = [
        read_business_answer(text, &offered),
        read_business_offer(text, &BOTH, Keying::Dtls),
        read_business_answer(text, &Offered::platform_by(Keying::Sdes, &BOTH)),
        read_business_offer(text, &BOTH, Keying::Sdes),
        read_phone_offer(text),
        read_phone_answer(text),
        read_platform_offer(text),
        read_platform_answer(text),
    ];
    for (index, reading) in readings.into_iter().enumerate() {
        match reading {
            Ok(description) => holds_together(&description, index),
            Err(refusal) => assert!(!refusal.details().is_empty() && refusal.details().len() < 400),
        }
    }
}

fn holds_together(description: &RemoteDescription, reader: usize) {
    assert!(description.payload_type().is_some());
    assert!(description.candidates().len() <= MAX_CANDIDATES);
    if let Some(webrtc) = description.webrtc() {
        assert!(webrtc.ice_ufrag.len() >= 4 && webrtc.ice_pwd.len() >= 22);
        assert!(reader >= 6 || !webrtc.ice_lite);
    }
    let (platform, peer) = match description.sdes() {
        None => (platform(), peer()),
        Some(sdes) => (keyed(platform(), &sdes.crypto), keyed(peer(), &sdes.crypto)),
    };
    for answer in [
        write_platform_answer(&platform, description, DtlsRole::Server, Dialect::Current),
        write_platform_answer(&platform, description, DtlsRole::Server, Dialect::Older),
        write_phone_answer(&platform, description),
        write_peer_answer(&peer, description),
    ] {
        // No more lines than the writer's own, and readable again: nothing the peer said became a line.
        assert!(answer.lines().count() <= 30, "{answer}");
        let again = read_platform_answer(&answer).unwrap();
        assert_eq!((again.codec, again.keying()), (description.codec, description.keying()));
        assert_eq!(again.payload_types.telephone_event, description.payload_types.telephone_event);
        assert_eq!((again.profile, again.direction), (description.profile, description.direction.mirrored()));
        assert!(
            again.payload_type().into_iter().chain(again.payload_types.telephone_event).all(|number| !RTCP_LOOKALIKES.contains(&number))
        );
    }
}

proptest! {
    #[test]
    fn damaged_samples_are_read_or_refused(
        which in 0..SAMPLES.len(),
        with_cr in any::<bool>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let sample = if with_cr { crlf(SAMPLES[which]) } else { SAMPLES[which].to_owned() };
        read_all(&damages.iter().fold(sample.into_bytes(), apply));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
        read_all(&[b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=".as_slice(), &bytes].concat());
    }

    #[test]
    fn a_document_keeps_every_byte(text in "(v=0\r?\n)([a-z]=[ -~]{0,30}\r?\n|\r?\n){0,40}([a-z]=[ -~]{0,9})?") {
        let document = Document::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(document.lines().map(|line| line.raw).collect::<String>(), text);
    }
}

#[test]
fn every_prefix_of_every_sample_is_read_or_refused() {
    for sample in SAMPLES {
        let text = crlf(sample);
        for end in 0..=text.len() {
            read_all(&text.as_bytes()[..end]);
        }
    }
}

/// Bounds hold where a hostile peer would push: many sources, candidates, fingerprints, payload types.
#[test]
fn crowded_descriptions_are_bounded() {
    let many = |line: &dyn Fn(usize) -> String| (0..900).map(line).collect::<String>();
    let candidates = many(&|n| format!("a=candidate:{n} 1 udp 7 192.0.2.1 {} typ host\n", n + 1));
    let read = read_business_answer(&format!("{BUSINESS_ANSWER}{candidates}"), &Offered::platform(&[])).unwrap();
    assert_eq!((read.candidates().len(), read.passed_over().too_many), (MAX_CANDIDATES, 901 - MAX_CANDIDATES));
    for crowd in [many(&|n| format!("a=ssrc:{n} cname:x\n")), many(&|n| format!("a=fingerprint:sha-256 {n}\n"))] {
        assert!(read_business_answer(&format!("{BUSINESS_ANSWER}{crowd}"), &Offered::platform(&[])).is_err());
    }
}

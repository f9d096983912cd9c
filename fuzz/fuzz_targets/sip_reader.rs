//! Bytes as a SIP message and as a stream of messages: nothing panics, every byte is kept, a stream is cut alike wherever it is cut, and what is
//! answered can be read by ourselves.
//!
//! The first byte says in which pieces the stream comes. Good seeds: crates/sip-proto/tests/it/samples (with CRLF line ends).
#![no_main]

use callport_sip_proto::judge::{Unusable, judge_content, judge_extensions, judge_request, judge_response};
use callport_sip_proto::{
    AnyUri, DigestChallenge, DigestCredentials, FrameLimits, Framed, HeaderName, Outline, ResponseParts, SipFramer, SipMessage, SipUri,
    write_response,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((piece, bytes)) = data.split_first() else { return };
    let message = SipMessage::from_datagram(bytes);
    assert!(bytes.starts_with(message.as_bytes()));
    read_all(&message);
    let limits = FrameLimits { head_bytes: 2048, body_bytes: 1024 };
    assert_eq!(frames(bytes, usize::from(*piece).max(1), limits), frames(bytes, bytes.len().max(1), limits));
});

fn frames(bytes: &[u8], piece: usize, limits: FrameLimits) -> Vec<Framed> {
    let mut framer = SipFramer::new(limits);
    let mut frames = Vec::new();
    for part in bytes.chunks(piece) {
        framer.push(part);
        while let Some(framed) = framer.poll() {
            frames.push(framed);
        }
    }
    frames
}

fn read_all(message: &SipMessage) {
    let _ = (message.vias(), message.from(), message.to(), message.call_id(), message.cseq(), message.contacts(), message.max_forwards());
    let _ = (message.reasons(), message.warnings(), message.retry_after(), message.session_expires(), message.min_se(), message.sdp());
    let _ = (message.route_entries(HeaderName::Route), judge_response(message), judge_extensions(message, &[]), judge_content(message));
    for line in message.lines() {
        let text = line.text();
        let _ = (DigestChallenge::parse(&text), DigestCredentials::parse(&text));
        if let (Ok(AnyUri::Sip(one)), Ok(other)) = (AnyUri::parse(&text), SipUri::parse(&text)) {
            assert!(one.is_equivalent(&other));
        }
    }
    if matches!(judge_request(message), Ok(()) | Err(Unusable::Answered(_))) {
        let parts = ResponseParts { code: 486, phrase: "Busy Here", tag: Some("t"), source: None };
        let written = write_response(message, parts, &Outline::of_response(), None);
        let read = SipMessage::from_datagram(&written);
        assert_eq!((read.fault(), read.status(), read.content_length()), (None, Some(486), Ok(Some(0))));
    }
}

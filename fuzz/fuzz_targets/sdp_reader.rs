//! Any bytes, every reader: none panics, and what one lets through can be answered and read again.
#![no_main]

use callport_sdp::{
    CryptoLine, Dialect, DtlsRole, G711, Keying, LocalDescription, LocalSdes, LocalTransport, LocalWebRtc, Offered, RemoteDescription,
    read_business_answer, read_business_offer, read_phone_answer, read_phone_offer, read_platform_answer, read_platform_offer,
    write_peer_answer, write_phone_answer, write_platform_answer,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let both = [G711::Pcma, G711::Pcmu];
    let readings = [
        read_business_answer(text, &Offered::platform(&both)),
        read_business_offer(text, &both, Keying::Dtls),
        read_business_answer(text, &Offered::platform_by(Keying::Sdes, &both)),
        read_business_offer(text, &both, Keying::Sdes),
        read_phone_offer(text),
        read_phone_answer(text),
        read_platform_offer(text),
        read_platform_answer(text),
    ];
    for description in readings.into_iter().flatten() {
        let local = local(&description);
        for answer in [
            write_platform_answer(&local, &description, DtlsRole::Server, Dialect::Current),
            write_platform_answer(&local, &description, DtlsRole::Server, Dialect::Older),
            write_phone_answer(&local, &description),
            write_peer_answer(&local, &description),
        ] {
            match read_platform_answer(&answer) {
                Ok(again) => {
                    assert_eq!(again.payload_type(), description.payload_type());
                    assert_eq!((again.profile, again.direction), (description.profile, description.direction.mirrored()));
                }
                Err(refusal) => panic!("our own answer was refused: {refusal}"),
            }
        }
    }
});

/// Our end, keyed as the far end is.
fn local(theirs: &RemoteDescription) -> LocalDescription {
    let transport = match theirs.sdes() {
        Some(sdes) => LocalTransport::Sdes(LocalSdes {
            address: ([192, 0, 2, 1], 20_000).into(),
            crypto: CryptoLine::new(sdes.crypto.tag, sdes.crypto.suite, [7; 46]),
            rtcp_port: None,
        }),
        None => LocalTransport::WebRtc(LocalWebRtc {
            ice_ufrag: "abcd".into(),
            ice_pwd: "abcdefghijklmnopqrstuv".into(),
            fingerprint: [7; 32],
            candidates: Vec::new(),
        }),
    };
    LocalDescription { session_id: 1, stream_id: "7a609683-ceaf-4915-8885-64e88216858f".into(), transport, ssrc: 1 }
}

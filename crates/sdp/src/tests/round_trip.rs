//! What we write, our own readers give back.

use super::super::*;
use super::*;

#[track_caller]
fn gives_back(local: &LocalDescription, read: &RemoteDescription) {
    let (said, own) = (webrtc(read), ours(&mut local.clone()).clone());
    assert_eq!((&said.ice_ufrag, &said.ice_pwd, said.fingerprint), (&own.ice_ufrag, &own.ice_pwd, own.fingerprint));
    assert_eq!(read.ssrc, Some(local.ssrc));
    let addresses: Vec<_> = own.candidates.iter().map(|candidate| candidate.address).collect();
    assert_eq!(said.candidates.iter().map(|candidate| candidate.address).collect::<Vec<_>>(), addresses);
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
}

#[test]
fn a_user_initiated_call_towards_the_business() {
    for additional in [&[][..], &[G711::Pcma, G711::Pcmu]] {
        for dialect in [Dialect::Current, Dialect::Older] {
            let offer = read_platform_offer(&write_platform_offer(&platform(), additional, dialect)).unwrap();
            gives_back(&platform(), &offer);
            let answer = write_peer_answer(&peer(), &offer);
            let answer = read_business_answer(&answer, &Offered::platform(additional)).unwrap();
            gives_back(&peer(), &answer);
            assert_eq!((webrtc(&answer).setup, answer.mid.as_deref()), (Setup::Active, Some("audio")));
            assert_eq!(offer.our_dtls_role(DtlsRole::Client), DtlsRole::Client);
            assert_eq!(answer.our_dtls_role(DtlsRole::Server), DtlsRole::Server);
        }
    }
}

#[test]
fn a_business_initiated_call() {
    let offer = read_business_offer(&write_peer_offer(&peer()), &[], Keying::Dtls).unwrap();
    gives_back(&peer(), &offer);
    for role in [DtlsRole::Server, DtlsRole::Client] {
        let answer = write_platform_answer(&platform(), &offer, offer.our_dtls_role(role), Dialect::Current);
        let answer = read_platform_answer(&answer).unwrap();
        gives_back(&platform(), &answer);
        assert_eq!(webrtc(&answer).setup, role.into());
        assert_eq!(answer.payload_types, offer.payload_types);
    }
}

#[test]
fn a_phone_both_ways() {
    let offer = read_phone_offer(BROWSER_OFFER).unwrap();
    let answer = read_platform_answer(&write_phone_answer(&platform(), &offer)).unwrap();
    gives_back(&platform(), &answer);
    assert_eq!((webrtc(&answer).setup, answer.mid.as_deref()), (Setup::Passive, offer.mid.as_deref()));

    let offer = read_platform_offer(&write_phone_offer(&platform())).unwrap();
    gives_back(&platform(), &offer);
    let answer = read_phone_answer(&write_peer_answer(&peer(), &offer)).unwrap();
    gives_back(&peer(), &answer);
}

use callport_sdp::Format;
use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};

use super::*;
use crate::leg::{DEFAULT_PROFILES, Leg, LegConfig, Received};
use crate::outgoing::Outbox;
use crate::transport::{Remote, RemoteTransport, TransportConfig};

fn path() -> Path {
    Path { local: "192.0.2.1:3480".parse().unwrap(), remote: "198.51.100.9:4000".parse().unwrap() }
}

fn leg(identity: &Arc<Identity>, engine: DtlsLibrary, now: Instant) -> Leg {
    let webrtc = WebRtcConfig {
        ice: IceRole::Lite,
        credentials: Credentials { ufrag: "oursours".into(), pwd: "our password, long enough".into() },
        local: vec![path().local],
        identity: identity.clone(),
        engine,
        profiles: DEFAULT_PROFILES.to_vec(),
        follow_nominations: false,
    };
    let config =
        LegConfig { transport: TransportConfig::WebRtc(webrtc), ssrc: 1, cname: "c".into(), first_sequence: 0, first_timestamp: 0 };
    Leg::new(config, now)
}

fn remote(fingerprint: [u8; 32]) -> Remote {
    Remote {
        transport: RemoteTransport::WebRtc(WebRtcRemote {
            credentials: Credentials { ufrag: "theirs".into(), pwd: "irrelevant to a lite end".into() },
            fingerprint,
            dtls_role: DtlsRole::Server,
            candidates: vec![],
        }),
        format: Format::OPUS,
        ssrc: None,
        listens: true,
    }
}

fn nominating_check() -> Vec<u8> {
    let hmac = |key: &[u8], parts: &[&[u8]]| DefaultSha1HmacProvider.sha1_hmac(key, parts);
    let message = StunMessage::binding_request("oursours:theirs", TransId::new(), true, 1, 1, true);
    let mut buffer = vec![0; 300];
    let len = message.to_bytes(Some(b"our password, long enough"), &mut buffer, hmac).unwrap();
    buffer.truncate(len);
    buffer
}

fn client_hello(identity: &Identity, now: Instant) -> Vec<u8> {
    let expected = Expectation { role: DtlsRole::Client, fingerprint: [0; 32], profiles: &DEFAULT_PROFILES };
    let mut flight = Flight::new();
    DtlsLibrary::Dimpl
        .handshake(identity, &expected, now)
        .unwrap_or_else(|_| panic!())
        .start(now, &mut flight)
        .unwrap_or_else(|_| panic!());
    flight.remove(0)
}

#[test]
fn an_early_client_hello_is_held_for_the_fingerprint_and_then_answered_at_once() {
    let (now, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
    let mut leg = leg(&identity, DtlsLibrary::ANY_PEER, now);
    let mut hello = client_hello(&identity, now);
    assert_eq!(leg.receive(now, path(), &mut hello.clone(), &mut out), Received::Nothing);
    assert_eq!(leg.statistics(now).drops.of(DropReason::UnwantedDtls), 1, "no check has come from there yet");
    leg.receive(now, path(), &mut nominating_check(), &mut out);
    for _ in 0..10 {
        leg.receive(now, path(), &mut hello, &mut out);
    }
    assert_eq!(leg.statistics(now).drops.of(DropReason::UnwantedDtls), 1 + 10 - MAX_EARLY as u32, "what is held is bounded");
    assert!(out.is_empty());
    leg.set_remote(remote(identity.fingerprint()), now, &mut out);
    let sent: Vec<_> = std::iter::from_fn(|| out.pop()).map(|datagram| datagram.bytes[0]).collect();
    assert_eq!(sent, [1, 22], "the answer to the check, then the server's flight");
    assert!(leg.checklist().dtls_started.is_some());
}

#[test]
fn an_abandoned_handshake_is_given_up_in_words() {
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        let (start, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
        let mut leg = leg(&identity, engine, start);
        leg.set_remote(remote(identity.fingerprint()), start, &mut out);
        leg.receive(start, path(), &mut nominating_check(), &mut out);
        leg.receive(start, path(), &mut client_hello(&identity, start), &mut out);
        let mut flights = 0;
        while let Some(now) = leg.next_deadline() {
            assert!(now < start + Duration::from_secs(120), "{engine:?}");
            while out.pop().is_some() {}
            leg.handle_timeout(now, &mut out);
            flights += usize::from(!out.is_empty());
        }
        assert!((3..=6).contains(&flights), "{engine:?} repeated {flights} times");
        assert_eq!(leg.checklist().dtls_failed.map(|(_, words)| words), Some(Failure::TimedOut.words()), "{engine:?}");
    }
}

#[test]
fn a_second_description_changes_nothing() {
    let (now, identity, mut out) = (Instant::now(), Identity::self_signed().unwrap(), Outbox::default());
    let mut leg = leg(&identity, DtlsLibrary::ANY_PEER, now);
    leg.set_remote(remote([1; 32]), now, &mut out);
    leg.set_remote(Remote { format: Format { audio: 8, dtmf: 101, clock_hz: 8_000 }, ..remote([2; 32]) }, now, &mut out);
    assert_eq!(leg.format(), Format::OPUS);
}

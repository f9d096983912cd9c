//! Two endpoints talk through a relayed call over real sockets: what one says the other hears.
#![allow(clippy::unwrap_used)]

mod support;

use callport_audio::Signature;
use callport_peer::{Endpoint, Identity, Keying, News, PeerConfig, PeerError, PeerEvent};
use callport_relay::{CallLeg, DropReason, DtlsLibrary};
use callport_sdp::DtlsRole;
use support::{MiniRelay, seeds};
use tokio::sync::mpsc;

struct Pair {
    relay: MiniRelay,
    user: Endpoint,
    business: Endpoint,
    user_events: mpsc::Receiver<PeerEvent>,
    business_events: mpsc::Receiver<PeerEvent>,
}

/// Both sides connected, both mouths shut.
async fn connected_pair(lost_percent: f32, engine: DtlsLibrary) -> Pair {
    let identity = Identity::self_signed().unwrap();
    let config = |number| PeerConfig {
        bind: "127.0.0.1:0".parse().unwrap(),
        engine,
        lost_percent,
        ..PeerConfig::new(identity.clone(), seeds(number))
    };
    let relay = MiniRelay::start(identity.clone()).await;
    let (user, user_events) = Endpoint::bind(config(1)).await.unwrap();
    let (business, business_events) = Endpoint::bind(config(2)).await.unwrap();
    let offer = user.offer().await.unwrap();
    user.apply_answer(&relay.user_answer(&offer).await).await.unwrap();
    let answer = business.answer(&relay.business_offer().await).await.unwrap();
    relay.business_answer(&answer).await;
    user.connected().await.unwrap();
    business.connected().await.unwrap();
    Pair { relay, user, business, user_events, business_events }
}

async fn both_speak(pair: &Pair) {
    pair.relay.open_gate().await;
    pair.user.mouth().say(Signature::USER.source()).await;
    pair.business.mouth().say(Signature::BUSINESS.source()).await;
    pair.user.mouth().open().await;
    pair.business.mouth().open().await;
}

#[tokio::test]
async fn each_hears_the_other_and_keys_arrive() {
    let mut pair = connected_pair(0.0, DtlsLibrary::Dimpl).await;
    both_speak(&pair).await;
    assert_eq!(pair.user.mouth().press("12x#").await, 3);
    pair.user.ear().until_recorded(2_500).await;
    pair.business.ear().until_recorded(2_500).await;

    let at_user = pair.user.ear().heard(&Signature::BUSINESS);
    let at_business = pair.business.ear().heard(&Signature::USER);
    assert!(at_user.found && at_user.times >= 2, "{at_user:?}");
    assert!(at_business.found, "{at_business:?}");
    assert!(!pair.user.ear().heard(&Signature::USER).found, "no echo of one's own voice");
    assert_eq!(pair.business.ear().digits(), "12#");
    let said = pair.business.mouth().started_at().await.unwrap();
    let delay = pair.user.ear().delay_of(&Signature::BUSINESS, said);
    assert!(delay.is_some_and(|delay| !delay.is_zero()), "{delay:?}");

    let user = pair.user.close().await.unwrap();
    let business = pair.business.close().await.unwrap();
    for snapshot in [&user, &business] {
        assert!(snapshot.statistics.packets_in > 100, "{snapshot:?}");
        assert_eq!(snapshot.lost_on_purpose, 0);
        let steps = snapshot.milestones;
        assert!(steps.remote_known < steps.nominated && steps.nominated <= steps.connected, "{steps:?}");
        assert!(steps.opened <= steps.first_packet_out && steps.first_packet_in.is_some(), "{steps:?}");
    }
    assert_eq!(business.statistics.digits_in, 3);
    let mut told = Vec::new();
    while let Ok(event) = pair.business_events.try_recv() {
        told.push(event.news);
    }
    assert!(told.contains(&News::FirstPacketIn) && told.contains(&News::FirstPacketOut), "{told:?}");
    assert_eq!(told.iter().filter(|news| matches!(news, News::Digit(_))).count(), 3);
    assert!(pair.user_events.try_recv().is_ok());
}

#[tokio::test]
async fn a_business_that_calls_is_connected_before_anybody_picks_up_and_heard_after() {
    for role in [DtlsRole::Server, DtlsRole::Client] {
        let identity = Identity::self_signed().unwrap();
        let config = |number| PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(identity.clone(), seeds(number)) };
        let relay = MiniRelay::start(identity.clone()).await;
        let (business, _events) = Endpoint::bind(config(1)).await.unwrap();
        let offer = business.offer().await.unwrap();
        assert!(offer.contains("a=setup:actpass\r\n"), "{offer}");
        business.apply_answer(&relay.answer_to_business(&offer, role).await).await.unwrap();
        business.connected().await.unwrap();
        business.mouth().say(Signature::BUSINESS.source()).await;

        let (user, _events) = Endpoint::bind(config(2)).await.unwrap();
        user.apply_answer(&relay.user_answer(&user.offer().await.unwrap()).await).await.unwrap();
        user.connected().await.unwrap();
        relay.open_gate().await;
        user.mouth().say(Signature::USER.source()).await;
        user.mouth().open().await;
        business.mouth().open().await;
        user.ear().until_recorded(2_500).await;
        business.ear().until_recorded(2_500).await;
        assert!(user.ear().heard(&Signature::BUSINESS).found);
        assert!(business.ear().heard(&Signature::USER).found);
        let checklist = business.snapshot().await.unwrap().checklist;
        assert_eq!(checklist.dtls_role == Some(DtlsRole::Client), role == DtlsRole::Server, "the other one than the platform's");
    }
}

#[tokio::test]
async fn a_mouth_that_was_not_opened_sends_no_audio() {
    let pair = connected_pair(0.0, DtlsLibrary::Dimpl).await;
    pair.relay.open_gate().await;
    pair.business.mouth().say(Signature::BUSINESS.source()).await;
    pair.user.mouth().open().await;
    pair.business.ear().until_recorded(200).await;
    assert_eq!(pair.relay.statistics(CallLeg::Business).await.packets_in, 0);
    assert_eq!(pair.business.snapshot().await.unwrap().milestones.first_packet_out, None);
}

#[tokio::test]
async fn the_signature_survives_a_lossy_road() {
    let pair = connected_pair(5.0, DtlsLibrary::ANY_PEER).await;
    both_speak(&pair).await;
    pair.user.ear().until_recorded(4_000).await;
    let heard = pair.user.ear().heard(&Signature::BUSINESS);
    assert!(heard.found, "{heard:?}");
    assert!(pair.user.snapshot().await.unwrap().lost_on_purpose > 0);
}

#[tokio::test]
async fn descriptions_come_once_and_in_order() {
    let identity = Identity::self_signed().unwrap();
    let config = PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(identity.clone(), seeds(3)) };
    let relay = MiniRelay::start(identity).await;
    let offer = relay.business_offer().await;
    let (endpoint, _events) = Endpoint::bind(config).await.unwrap();
    assert!(matches!(endpoint.apply_answer(&offer).await, Err(PeerError::OutOfOrder)));
    assert!(matches!(endpoint.answer("v=0\r\n").await, Err(PeerError::Sdp(_))));
    assert!(endpoint.answer(&offer).await.is_ok());
    assert!(matches!(endpoint.answer(&offer).await, Err(PeerError::OutOfOrder)));
    assert!(matches!(endpoint.offer().await, Err(PeerError::OutOfOrder)));
}

#[tokio::test]
async fn a_platform_without_opus_is_refused() {
    let identity = Identity::self_signed().unwrap();
    let config = PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(identity.clone(), seeds(4)) };
    let relay = MiniRelay::start(identity).await;
    let offer = relay.business_offer().await.replace(" 111 126", " 8 126").replace("rtpmap:111 opus/48000/2", "rtpmap:8 PCMA/8000");
    let (endpoint, _events) = Endpoint::bind(config).await.unwrap();
    assert!(matches!(endpoint.answer(&offer).await, Err(PeerError::NoOpus)));
}

#[tokio::test]
async fn a_wildcard_socket_names_the_address_that_leads_to_the_platform() {
    let identity = Identity::self_signed().unwrap();
    let relay = MiniRelay::start(identity.clone()).await;
    let (endpoint, _events) = Endpoint::bind(PeerConfig::new(identity, seeds(5))).await.unwrap();
    let answer = endpoint.answer(&relay.business_offer().await).await.unwrap();
    assert!(answer.contains(" 127.0.0.1 "), "{answer}");
    assert!(!answer.contains("candidate:1 1 udp 2130706431 0.0.0.0"), "{answer}");
    relay.business_answer(&answer).await;
    endpoint.connected().await.unwrap();
}

#[tokio::test]
async fn a_wildcard_socket_that_offers_names_an_address_and_is_found_wherever_it_is() {
    let identity = Identity::self_signed().unwrap();
    let relay = MiniRelay::start(identity.clone()).await;
    let (endpoint, _events) = Endpoint::bind(PeerConfig::new(identity, seeds(6))).await.unwrap();
    let offer = endpoint.offer().await.unwrap();
    assert!(offer.contains("a=candidate:") && !offer.contains("c=IN IP4 0.0.0.0"), "{offer}");
    endpoint.apply_answer(&relay.answer_to_business(&offer, DtlsRole::Server).await).await.unwrap();
    endpoint.connected().await.unwrap();
}

#[tokio::test]
async fn what_arrives_at_once_finds_room_while_the_endpoint_is_busy() {
    const AT_ONCE: u32 = 250;
    let config = PeerConfig { bind: "127.0.0.1:0".parse().unwrap(), ..PeerConfig::new(Identity::self_signed().unwrap(), seeds(3)) };
    let (endpoint, _events) = Endpoint::bind(config).await.unwrap();
    let offer = endpoint.offer().await.unwrap();
    let candidate = offer.lines().find(|line| line.starts_with("a=candidate")).unwrap();
    let port = candidate.split(' ').nth(5).unwrap();
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    // One thread: the endpoint gets no turn before all of it has been sent.
    for _ in 0..AT_ONCE {
        sender.send_to(&[0xff; 400], format!("127.0.0.1:{port}")).unwrap();
    }
    let garbage = async {
        while endpoint.snapshot().await.unwrap().statistics.drops.of(DropReason::Garbage) < AT_ONCE {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), garbage).await.expect("every datagram is counted");
}

#[tokio::test]
async fn two_ends_with_keys_in_their_descriptions_hear_each_other_without_a_handshake() {
    let identity = Identity::self_signed().unwrap();
    let config = |number| PeerConfig {
        bind: "127.0.0.1:0".parse().unwrap(),
        keying: Keying::Sdes,
        ..PeerConfig::new(identity.clone(), seeds(number))
    };
    let (caller, _caller_events) = Endpoint::bind(config(1)).await.unwrap();
    let (callee, _callee_events) = Endpoint::bind(config(2)).await.unwrap();
    let offer = caller.offer().await.unwrap();
    assert!(offer.contains(" RTP/SAVP 111 126\r\n") && offer.contains("\r\na=crypto:1 ") && !offer.contains("a=ice"), "{offer}");
    let answer = callee.answer(&offer).await.unwrap();
    caller.apply_answer(&answer).await.unwrap();
    for (end, signature) in [(&caller, Signature::USER), (&callee, Signature::BUSINESS)] {
        end.connected().await.unwrap();
        end.mouth().say(signature.source()).await;
        end.mouth().open().await;
    }
    caller.mouth().press("5").await;
    for (end, signature) in [(&caller, Signature::BUSINESS), (&callee, Signature::USER)] {
        end.ear().until_recorded(2_500).await;
        let heard = end.ear().heard(&signature);
        assert!(heard.found && heard.times >= 2, "{heard:?}");
    }
    let measured = callee.close().await.unwrap();
    assert_eq!(measured.statistics.digits_in, 1);
    assert!(measured.checklist.dtls_started.is_none() && measured.checklist.keyed.is_some());
}

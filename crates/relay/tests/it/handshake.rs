//! From strangers to keys, and every way not to get there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callport_relay::{CallLeg, DropReason, DtlsLibrary, Identity, LegEvent, SrtpProfile};
use callport_sdp::DtlsRole;

use crate::far::Far;
use crate::far_leg::FarLeg;
use crate::network::{DtlsLoss, FINE, Network, Weather};
use crate::world::{World, identity, relay_leg};

fn world(engine: DtlsLibrary, change: impl FnOnce(&mut FarLeg)) -> World<FarLeg, FarLeg> {
    world_with(engine, identity(), DtlsLibrary::Dimpl, change)
}

fn world_with(engine: DtlsLibrary, theirs: Arc<Identity>, far: DtlsLibrary, change: impl FnOnce(&mut FarLeg)) -> World<FarLeg, FarLeg> {
    let now = Instant::now();
    let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
    let mut business = FarLeg::new(now, "10.2.0.1:6000", theirs, far);
    change(&mut business);
    World::new(now, user, business, engine, FINE, 1)
}

#[test]
fn every_pair_of_engines_and_roles_connects() {
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        for far in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
            for role in [DtlsRole::Server, DtlsRole::Client] {
                let mut world = world_with(engine, identity(), far, |business| business.relay_role = role);
                world.connect();
                let list = world.call.checklist(CallLeg::Business);
                assert_eq!(list.dtls_role, Some(role));
                let milestones =
                    [list.remote_known, list.stun_seen, list.stun_authenticated, list.nominated, list.dtls_started, list.dtls_done];
                assert!(milestones.iter().all(Option::is_some), "{list:?}");
                assert!(milestones.is_sorted(), "{engine:?} {far:?} {role:?} {list:?}");
                assert!(list.wrong_credentials.or(list.role_conflict).or(list.fingerprint_mismatch).is_none());
            }
        }
    }
}

#[test]
fn handshakes_survive_loss_in_either_role_and_engine() {
    let rules: [DtlsLoss; 7] = [|n| n < 1, |n| n < 2, |n| n < 3, |n| n == 1, |n| n == 2, |n| (1..4).contains(&n), |n| n % 2 == 0];
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        for far in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
            for role in [DtlsRole::Server, DtlsRole::Client] {
                for (rule, lost) in rules.into_iter().enumerate() {
                    let mut world = world_with(engine, identity(), far, |business| business.relay_role = role);
                    world.network = Network::new(Weather { loss_percent: 20, twice_percent: 10, delay_ms: 20, spread_ms: 60 }, 7);
                    world.network.dtls_loss = lost;
                    eprintln!("{engine:?} {far:?} {role:?} rule {rule}");
                    world.connect();
                }
            }
        }
    }
}

#[test]
fn another_certificate_than_the_announced_one_is_refused() {
    for engine in [DtlsLibrary::Dimpl, DtlsLibrary::ANY_PEER] {
        for role in [DtlsRole::Server, DtlsRole::Client] {
            let mut world = world(engine, |business| {
                business.fingerprint[31] ^= 1;
                business.relay_role = role;
            });
            world.introduce(CallLeg::Business);
            world.run(Duration::from_secs(30));
            assert!(!world.call.is_connected(CallLeg::Business));
            assert!(world.call.checklist(CallLeg::Business).fingerprint_mismatch.is_some(), "{engine:?} {role:?}");
            assert_eq!(
                world.count(CallLeg::Business, |event| matches!(event, LegEvent::Failed(words) if words.contains("fingerprint"))),
                1
            );
            assert_eq!(world.count(CallLeg::Business, |event| matches!(event, LegEvent::Connected(_))), 0);
        }
    }
}

#[test]
fn a_wrong_password_is_ignored_and_noted() {
    let mut world = world(DtlsLibrary::Dimpl, |business| business.pwd_of_relay = Some("somebody else's password".into()));
    world.introduce(CallLeg::Business);
    world.run(Duration::from_secs(5));
    let list = world.call.checklist(CallLeg::Business);
    assert!(list.stun_seen.is_some() && list.wrong_credentials.is_some());
    assert!(list.stun_authenticated.is_none() && list.nominated.is_none());
    assert!(world.call.statistics(CallLeg::Business, world.now).drops.of(DropReason::WrongCredentials) > 3);
    assert!(world.call.remote_address(CallLeg::Business).is_none());
}

#[test]
fn a_far_end_that_is_faster_than_its_answer_is_held_not_dropped() {
    // The business has our offer and begins its checks; its answer reaches us a second later.
    let mut world = world(DtlsLibrary::ANY_PEER, |_| {});
    let local = relay_leg(CallLeg::Business, DtlsLibrary::ANY_PEER);
    let mut out = callport_relay::Outbox::default();
    world.business.join(world.now, &local, "10.0.0.1:3482".parse().unwrap(), &mut out);
    while let Some(datagram) = out.pop() {
        world.network.send(world.now, datagram);
    }
    world.run(Duration::from_millis(1_000));
    assert!(world.call.checklist(CallLeg::Business).stun_authenticated.is_some());
    assert!(world.call.checklist(CallLeg::Business).nominated.is_none());
    let remote = world.business.remote();
    let at = world.now;
    world.call.set_remote(CallLeg::Business, remote, at, &mut out);
    assert!(!out.is_empty(), "the held checks are answered at once");
    while let Some(datagram) = out.pop() {
        world.network.send(at, datagram);
    }
    world.run(Duration::from_millis(500));
    assert!(world.call.is_connected(CallLeg::Business), "{:?}", world.call.checklist(CallLeg::Business));
}

#[test]
fn the_first_protection_in_common_is_taken() {
    for (theirs, expected) in [
        (vec![SrtpProfile::Aes128CmSha1_80], SrtpProfile::Aes128CmSha1_80),
        (vec![SrtpProfile::AeadAes256Gcm, SrtpProfile::AeadAes128Gcm], SrtpProfile::AeadAes128Gcm),
        (vec![SrtpProfile::Aes128CmSha1_80, SrtpProfile::AeadAes128Gcm], SrtpProfile::AeadAes128Gcm),
    ] {
        let now = Instant::now();
        let user = FarLeg::new(now, "10.1.0.1:5000", identity(), DtlsLibrary::Dimpl);
        let business = FarLeg::with_profiles(now, "10.2.0.1:6000", identity(), DtlsLibrary::ANY_PEER, theirs);
        let mut world = World::new(now, user, business, DtlsLibrary::ANY_PEER, FINE, 1);
        world.connect();
        assert_eq!(world.call.checklist(CallLeg::Business).srtp_profile, Some(expected));
        world.call.set_gate(true);
        world.talk(0, 5);
        world.run(Duration::from_millis(100));
        assert_eq!((world.user.heard().len(), world.business.heard().len()), (5, 5), "{expected:?}");
    }
}

#[cfg(feature = "dtls-aws-lc")]
mod rsa {
    use super::*;
    use openssl::asn1::Asn1Time;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::{X509, X509NameBuilder};

    fn rsa_identity() -> Arc<Identity> {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "a business").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Identity::from_der(builder.build().to_der().unwrap(), key.private_key_to_pkcs8().unwrap()).unwrap()
    }

    #[test]
    fn the_business_leg_takes_an_rsa_certificate_in_either_role() {
        let rsa = rsa_identity();
        for role in [DtlsRole::Server, DtlsRole::Client] {
            let mut world = world_with(DtlsLibrary::AwsLc, rsa.clone(), DtlsLibrary::AwsLc, |business| business.relay_role = role);
            world.connect();
            world.call.set_gate(true);
            world.talk(0, 10);
            world.run(Duration::from_millis(100));
            assert_eq!((world.user.heard().len(), world.business.heard().len()), (10, 10), "{role:?}");
        }
    }

    #[test]
    fn an_rsa_key_of_our_own_is_refused_by_dimpl_without_harm() {
        let mut world = world_with(DtlsLibrary::AwsLc, rsa_identity(), DtlsLibrary::Dimpl, |_| {});
        world.introduce(CallLeg::Business);
        world.run(Duration::from_secs(2));
        assert!(world.business.events.iter().any(|event| matches!(event, LegEvent::Failed(words) if words.contains("ECDSA"))));
    }

    #[test]
    fn dimpl_and_a_peer_that_has_nothing_else_do_not_connect_and_it_is_said() {
        for (role, ours, theirs) in [
            (DtlsRole::Server, "the far end stopped answering the DTLS handshake", "the far end takes no DTLS certificate of our kind"),
            (DtlsRole::Client, "the far end's DTLS is weaker than allowed, or it sent an alert", "no DTLS cipher suite in common"),
        ] {
            let mut world = world_with(DtlsLibrary::Dimpl, rsa_identity(), DtlsLibrary::AwsLc, |business| business.relay_role = role);
            world.introduce(CallLeg::Business);
            world.run(Duration::from_secs(90));
            assert_eq!(world.call.checklist(CallLeg::Business).dtls_failed.map(|(_, words)| words), Some(ours), "{role:?}");
            assert!(world.business.events.contains(&LegEvent::Failed(theirs)), "{role:?} {:?}", world.business.events);
        }
    }
}

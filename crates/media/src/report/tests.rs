//! The checklist, walked from a leg that knows nothing to one that talks, and every wrong turn on the way.

use callport_engine::records::CheckOutcome::{self, Blocked, Failed, Passed, Waiting, Warning};
use callport_engine::records::{LegPoint, LegSeries};
use callport_relay::SrtpProfile;
use callport_relay::numbering::{Burst, WentBack, WrongSteps};
use callport_relay::series::SeriesPoint;
use callport_relay::srtp::Rollover;
use callport_sdp::DtlsRole;

use super::drops::step_of;
use super::*;

const START: Duration = Duration::from_secs(100);

/// A leg whose steps all went well, one after another, at ten milliseconds each.
fn talking(side: CallLeg) -> LegFacts {
    let opened = Instant::now();
    let at = |step: u64| Some(opened + Duration::from_millis(10 * step));
    let mut checklist = Checklist {
        remote_known: at(1),
        stun_seen: at(2),
        stun_authenticated: at(2),
        nominated: at(3),
        dtls_started: at(4),
        dtls_done: at(5),
        dtls_role: Some(DtlsRole::Server),
        srtp_profile: Some(SrtpProfile::AeadAes128Gcm),
        srtp_authenticated: at(6),
        first_packet_in: at(6),
        last_packet_in: Some(opened + START),
        first_packet_out: at(7),
        ..Checklist::default()
    };
    checklist.payload_types_seen.note(111);
    checklist.ssrcs_seen.note(7);
    LegFacts {
        side,
        caller: CallLeg::User,
        keying: Keying::Dtls,
        now: opened + START,
        opened,
        said: said(MediaDirection::SendRecv),
        advertised: Advertised { v4: Some("203.0.113.20:3480".parse().unwrap()), v6: Some("[2001:db8:20::77]:3480".parse().unwrap()) },
        checklist,
        statistics: LegStatistics { packets_in: 500, packets_out: 480, ..LegStatistics::default() },
        series: Series::default(),
        remote: Some("198.51.100.14:51822".parse().unwrap()),
        sharing: Sharing::No,
        elsewhere: None,
        gate_opened: Some(opened),
    }
}

/// The same for keys by SDES.
fn talking_by_sdes() -> LegFacts {
    let mut facts = talking(CallLeg::Business);
    let at = facts.checklist.dtls_done;
    let list = &mut facts.checklist;
    (list.stun_seen, list.stun_authenticated, list.nominated) = (None, None, None);
    (list.dtls_started, list.dtls_done, list.dtls_role) = (None, None, None);
    (list.keyed, list.latched, list.srtp_profile) = (at, list.first_packet_in, Some(SrtpProfile::Aes128CmSha1_80));
    facts.keying = Keying::Sdes;
    facts
}

/// Takes back every step after the first `kept`.
fn stuck_after(kept: usize) -> LegFacts {
    let mut facts = talking(CallLeg::Business);
    let list = &mut facts.checklist;
    let steps: [fn(&mut Checklist); 7] = [
        |list| list.remote_known = None,
        |list| (list.stun_seen, list.stun_authenticated) = (None, None),
        |list| list.nominated = None,
        |list| list.dtls_started = None,
        |list| list.dtls_done = None,
        |list| {
            (list.srtp_authenticated, list.first_packet_in, list.last_packet_in) = (None, None, None);
            (list.payload_types_seen, list.ssrcs_seen) = Default::default();
        },
        |list| list.first_packet_out = None,
    ];
    steps[kept..].iter().for_each(|undo| undo(list));
    if kept < 6 {
        facts.statistics = LegStatistics::default();
    }
    if kept == 0 {
        facts.said = Said::Nothing;
    }
    facts
}

fn report(facts: &LegFacts) -> LegReport {
    let other = if facts.side == CallLeg::User { CallLeg::Business } else { CallLeg::User };
    facts.report(&talking(other))
}

/// The step that explains most, with what it says.
fn first_failing(facts: &LegFacts) -> (String, CheckOutcome, String) {
    let report = report(facts);
    let check = report.first_failing().expect("something is wrong");
    (check.step.clone(), check.outcome, check.says.clone())
}

fn find(facts: &LegFacts, step: &str) -> (CheckOutcome, String) {
    let report = report(facts);
    let check = report.checks.iter().find(|check| check.step == step).unwrap();
    (check.outcome, check.says.clone())
}

#[test]
fn a_talking_leg_passes_every_step_in_order() {
    for side in [CallLeg::User, CallLeg::Business] {
        let report = report(&talking(side));
        let steps: Vec<&str> = report.checks.iter().map(|check| check.step.as_str()).collect();
        assert_eq!(
            steps,
            ["sdp", "stun", "nomination", "dtls", "srtp", "payload_type", "ssrc", "numbering", "direction", "packets_in", "packets_out"]
        );
        assert!(report.checks.iter().all(|check| check.outcome == Passed), "{report:#?}");
        assert!(report.first_failing().is_none());
        let times: Vec<Option<u64>> = report.checks.iter().take(5).map(|check| check.after_ms).collect();
        assert_eq!(times, [10, 20, 30, 50, 60].map(Some));
    }
}

#[test]
fn a_leg_that_stopped_on_the_way_is_explained_by_the_step_it_did_not_make() {
    let cases = [
        (0, "sdp", Waiting, "pre_accept or accept"),
        (1, "stun", Failed, "never sent a STUN check to 203.0.113.20:3480 or [2001:db8:20::77]:3480: is that UDP port reachable"),
        (2, "nomination", Failed, "USE-CANDIDATE"),
        (3, "dtls", Failed, "has sent no ClientHello"),
        (4, "dtls", Failed, "began and does not end"),
        (5, "packets_in", Failed, "without waiting for our audio"),
        (6, "packets_out", Failed, "a defect of this relay"),
    ];
    for (kept, step, outcome, words) in cases {
        let found = first_failing(&stuck_after(kept));
        assert_eq!((found.0.as_str(), found.1), (step, outcome), "{kept}: {}", found.2);
        assert!(found.2.contains(words), "{kept}: {}", found.2);
    }
}

#[test]
fn nothing_fails_before_its_time() {
    for kept in 0..=6 {
        let mut facts = stuck_after(kept);
        facts.now = facts.opened + Duration::from_millis(100);
        let report = report(&facts);
        assert!(report.checks.iter().all(|check| check.outcome != Failed), "{kept}: {report:#?}");
        assert!(report.first_failing().is_some());
    }
}

/// Changes a leg that was stuck or talked, and says what must be found at which step.
type Case = (&'static str, usize, fn(&mut LegFacts), CheckOutcome, &'static str);

#[test]
fn every_wrong_turn_is_named_with_what_to_change() {
    fn now(facts: &LegFacts) -> Option<Instant> {
        Some(facts.opened + Duration::from_secs(1))
    }
    fn drops(facts: &mut LegFacts, reason: DropReason) {
        facts.statistics.drops.count(reason);
    }
    let cases: [Case; 58] = [
        ("sdp", 7, |f| f.said = Said::Unusable("no fingerprint".into()), Failed, "no fingerprint"),
        (
            "sdp",
            7,
            |f| {
                if let Said::Understood { warnings, .. } = &mut f.said {
                    *warnings = vec!["w1".into(), "w2".into()];
                }
            },
            Warning,
            "w1; w2",
        ),
        ("stun", 1, |f| f.checklist.stun_seen = now(f), Failed, "no Binding request"),
        ("stun", 1, |f| (f.checklist.stun_seen, f.checklist.wrong_credentials) = (now(f), now(f)), Failed, "a=ice-pwd"),
        (
            "stun",
            1,
            |f| (f.checklist.stun_seen, f.checklist.role_conflict) = (now(f), now(f)),
            Failed,
            "487 Role Conflict: the platform is ICE-lite",
        ),
        ("stun", 7, |f| f.checklist.role_conflict = now(f), Warning, "changed over"),
        ("stun", 7, |f| f.checklist.wrong_credentials = now(f), Passed, "authentic"),
        ("dtls", 4, |f| f.checklist.fingerprint_mismatch = now(f), Failed, "SHA-256 fingerprint of the certificate"),
        ("dtls", 4, |f| f.checklist.dtls_failed = now(f).map(|at| (at, "no profile in common")), Failed, "failed: no profile in common"),
        ("dtls", 4, |f| f.checklist.dtls_role = Some(DtlsRole::Client), Failed, "answer a=setup:active"),
        ("dtls", 7, |f| f.checklist.dtls_role = Some(DtlsRole::Client), Passed, "the business is the server, SRTP_AEAD_AES_128_GCM"),
        (
            "srtp",
            5,
            |f| (f.checklist.srtp_failed, _) = (now(f), drops(f, DropReason::Undecryptable)),
            Failed,
            "1 packet(s) from the business failed",
        ),
        ("srtp", 7, |f| (f.checklist.srtp_failed, _) = (now(f), drops(f, DropReason::Undecryptable)), Warning, "1 packet(s)"),
        ("srtp", 5, |_| (), Blocked, "nothing has come"),
        ("payload_type", 5, |f| f.checklist.payload_types_seen.note(0), Failed, "payload type 0 instead of 111"),
        (
            "payload_type",
            7,
            |f| (_, f.statistics.drops) = (f.checklist.payload_types_seen.note(13), many(DropReason::WrongPayloadType, 30)),
            Warning,
            "30 packet(s) came with payload type 13 (comfort noise) and were dropped; 111 is agreed",
        ),
        (
            "payload_type",
            7,
            |f| (_, f.statistics.drops) = (f.checklist.payload_types_seen.note(0), many(DropReason::WrongPayloadType, 300)),
            Failed,
            "payload type 0 instead of 111 and is dropped (300 packet(s))",
        ),
        (
            "payload_type",
            7,
            |f| {
                (f.said, f.statistics.drops) = (said_in(PCMA), many(DropReason::Undecodable, 30));
                f.checklist.payload_types_seen = Default::default();
                f.checklist.payload_types_seen.note(8);
            },
            Warning,
            "30 packet(s) hold no PCMA on payload type 8 of 1 to 120 ms",
        ),
        ("payload_type", 7, |f| f.statistics.drops = many(DropReason::Undecodable, 400), Failed, "400 packet(s) hold no Opus"),
        ("payload_type", 7, |f| f.checklist.payload_types_seen.note(126), Passed, "111, as agreed"),
        ("payload_type", 7, |f| drops(f, DropReason::CodecMismatch), Failed, "use Opus"),
        ("ssrc", 7, |f| (_, f.checklist.sources_at_once) = (f.checklist.ssrcs_seen.note(8), 5), Failed, "2 SSRCs at the same time"),
        (
            "ssrc",
            7,
            |f| {
                f.checklist.ssrcs_seen.note(8);
                (f.statistics.source_changes, f.checklist.source_change) = (1, Some(Duration::from_millis(2_020)));
                f.statistics.drops = many(DropReason::SecondSource, 99);
            },
            Warning,
            "2 SSRCs one after the other: the platform expects one for the whole call. Nothing was heard for 2.0 s",
        ),
        ("ssrc", 7, |f| f.checklist.ssrcs_seen.note(8), Passed, "one source"),
        ("ssrc", 7, |f| f.statistics.drops = many(DropReason::TooManySources, 9), Warning, "9 packet(s) of further SSRCs"),
        (
            "numbering",
            7,
            |f| f.checklist.numbering.went_back = Some(WentBack { from: 20_149, to: 15_150, packets: 256 }),
            Failed,
            "went back from 20149 to 15150: 256 packet(s) came with numbers that were there before",
        ),
        (
            "numbering",
            7,
            |f| f.checklist.numbering.wrong_steps = Some(WrongSteps { seen: 480, expected: 960, packets: 90 }),
            Failed,
            "go on by 480 with each packet instead of 960",
        ),
        (
            "numbering",
            7,
            |f| {
                f.said = said_in(PCMA);
                f.checklist.numbering.wrong_steps = Some(WrongSteps { seen: 960, expected: 160, packets: 90 });
            },
            Warning,
            "go on by 960 with each packet instead of 160, which is what a packet is long on the codec's clock (90 packet(s)); here they are put right",
        ),
        ("numbering", 7, |f| f.checklist.numbering.jumped = Some((9, 40_000)), Warning, "jumped from 9 to 40000"),
        ("numbering", 7, |f| f.statistics.drops = many(DropReason::Replay, 100), Warning, "100 packet(s) from the business came twice"),
        ("numbering", 7, |f| f.statistics.drops = many(DropReason::Replay, 9), Passed, "as they should"),
        ("numbering", 5, |_| (), Blocked, "waits for packets_in"),
        (
            "srtp",
            7,
            |f| (f.checklist.srtp_failed, f.statistics.drops) = (now(f), many(DropReason::Undecryptable, 300)),
            Failed,
            "300 packet(s) from the business failed their authentication and none passes any more",
        ),
        (
            "srtp",
            5,
            |f| {
                (f.checklist.srtp_authenticated, f.checklist.srtp_failed) = (now(f), now(f)); // RTCP passes
                (f.checklist.rollover, f.statistics.drops) = (Some(Rollover::Ahead), many(DropReason::Undecryptable, 392));
            },
            Failed,
            "392 packet(s) from the business failed their authentication and none passed: they are protected with a roll-over counter",
        ),
        ("srtp", 7, |f| (f.checklist.srtp_failed, _) = (now(f), f.checklist.first_rtcp_in = now(f)), Passed, "packets authenticate"),
        (
            "stun",
            7,
            |f| {
                f.checklist.last_packet_in = Some(f.now - Duration::from_millis(5_200));
                f.elsewhere = Some(stranger(f, f.now));
            },
            Failed,
            "or the new address be checked first. Nothing was heard for 5.2 s",
        ),
        ("dtls", 7, |f| f.statistics.drops = many(DropReason::UnwantedDtls, 3), Warning, "3 more DTLS message(s)"),
        (
            "stun",
            7,
            |f| f.elsewhere = Some(stranger(f, f.now - Duration::from_secs(5))),
            Warning,
            "40 packet(s) with the SSRC of the business came from 203.0.113.0/24 port 7000",
        ),
        (
            "packets_in",
            5,
            |f| f.statistics.drops = many(DropReason::Garbage, 9),
            Failed,
            "9 datagram(s) from the business are neither STUN",
        ),
        (
            "packets_in",
            7,
            |f| f.checklist.numbering.burst = Some(Burst { packets: 250, ahead: Duration::from_secs(5) }),
            Warning,
            "500 packets, 0 lost on the way; they come in bursts: 250 at once were 5.0 s of audio before its time",
        ),
        (
            "packets_in",
            7,
            |f| {
                f.checklist.numbering.burst = Some(Burst { packets: 200, ahead: Duration::from_secs(4) });
                f.checklist.last_packet_in = Some(f.now - Duration::from_secs(3));
            },
            Warning,
            "none for 3 s: keep sending, silence too; a call without media ends after 30 s; they come in bursts: 200 at once were 4.0 s",
        ),
        ("packets_in", 7, |f| f.statistics.drops = many(DropReason::TooFast, 40), Warning, "0 lost on the way; 40 packet(s) came faster"),
        ("packets_in", 7, |f| f.statistics.drops = many(DropReason::Unsendable, 400), Failed, "400 packet(s) are too long to be passed on"),
        ("ssrc", 7, |f| f.checklist.ssrc_announced = Some(9), Warning, "another SSRC than the a=ssrc line"),
        (
            "direction",
            5,
            |f| f.said = said(MediaDirection::RecvOnly),
            Failed,
            "a=recvonly says that the business sends no audio: add the audio track",
        ),
        ("direction", 5, |f| f.said = said(MediaDirection::Inactive), Failed, "a=inactive"),
        ("direction", 7, |f| f.said = said(MediaDirection::RecvOnly), Warning, "and it does: say a=sendrecv"),
        ("direction", 7, |f| f.said = said(MediaDirection::Inactive), Failed, "and it does, while nothing of the phone is sent to it"),
        ("direction", 7, |f| f.said = said(MediaDirection::SendOnly), Failed, "nothing of the phone is sent to it: say a=sendrecv"),
        ("packets_out", 6, |f| f.said = said(MediaDirection::SendOnly), Blocked, "a=sendonly says that the business takes no audio"),
        ("packets_out", 6, |f| f.said = said(MediaDirection::Inactive), Blocked, "a=inactive says"),
        ("packets_in", 5, |f| f.checklist.first_rtcp_in = now(f), Failed, "RTCP comes from the business and no RTP"),
        (
            "packets_in",
            4,
            |f| (_, f.checklist.last_drop) = (drops(f, DropReason::NoKeys), now(f).map(|at| (DropReason::NoKeys, at))),
            Failed,
            "before DTLS has made its keys",
        ),
        ("packets_in", 7, |f| f.checklist.last_packet_in = Some(f.now - Duration::from_secs(12)), Warning, "none for 12 s: keep sending"),
        (
            "packets_in",
            7,
            |f| (f.statistics.loss_ratio_in, f.statistics.lost_in) = (0.1, 55),
            Warning,
            "500 packets, 55 lost on the way (10 %)",
        ),
        ("packets_out", 7, |f| f.side = CallLeg::User, Passed, "480 packets"),
        ("packets_out", 6, |f| (f.side, f.gate_opened) = (CallLeg::User, None), Waiting, "held back until the call is accepted"),
        ("packets_out", 4, |_| (), Blocked, "waits for dtls"),
    ];
    for (step, kept, change, outcome, words) in cases {
        let mut facts = stuck_after(kept);
        change(&mut facts);
        let found = find(&facts, step);
        assert_eq!(found.0, outcome, "{step} after {kept}: {}", found.1);
        assert!(found.1.contains(words), "{step} after {kept}: {}", found.1);
    }
}

#[test]
fn candidates_of_no_use_are_told_without_a_warning() {
    let mut facts = talking(CallLeg::Business);
    if let Said::Understood { passed_over, .. } = &mut facts.said {
        *passed_over = PassedOver { mdns_names: 1, tcp: 2, ..PassedOver::default() };
    }
    let expected = "Opus on payload type 111, keys on payload type 126; candidates passed over: 1 with an mDNS name, 2 for TCP";
    assert_eq!(find(&facts, "sdp"), (Passed, expected.to_owned()));
}

#[test]
fn what_cannot_be_passed_on_is_put_to_the_side_it_came_from() {
    let mut business = talking(CallLeg::Business);
    let mut user = talking(CallLeg::User);
    user.checklist.first_packet_out = None;
    let found = |user: &LegFacts, business: &LegFacts| user.report(business).checks.pop().map(|check| (check.outcome, check.says)).unwrap();
    for (reason, step) in [
        (DropReason::CodecMismatch, "payload_type"),
        (DropReason::Undecodable, "payload_type"),
        (DropReason::TooFast, "packets_in"),
        (DropReason::Unsendable, "packets_in"),
    ] {
        business.statistics.drops = many(reason, 400);
        let says = format!("nothing to pass on: what comes from the business is dropped, and {step} of its leg says why");
        assert_eq!(found(&user, &business), (Blocked, says), "never the consequence");
        assert_eq!(business.report(&user).first_failing().unwrap().step, step);
    }
    business.statistics.drops = many(DropReason::TranscoderBusy, 400);
    assert_eq!(
        found(&user, &business),
        (Failed, "400 packet(s) of the business were dropped: this relay has too much to transcode".to_owned())
    );
    business.statistics.drops = Default::default();
    business.checklist.first_packet_in = None;
    assert_eq!(found(&user, &business), (Blocked, "nothing to pass on: no audio from the business yet".to_owned()));
}

/// A leg of which packets are dropped in numbers: all of them from the start, or all that came in the last ten seconds.
fn dropping(reason: DropReason, from_the_start: bool) -> LegFacts {
    let mut facts = stuck_after(if from_the_start { 5 } else { 7 });
    facts.statistics.drops = many(reason, 400);
    let list = &mut facts.checklist;
    list.last_drop = Some((reason, facts.now));
    if reason == DropReason::NoKeys {
        list.dtls_done = None;
    }
    if reason == DropReason::Undecryptable {
        list.srtp_failed = Some(facts.now);
    }
    if reason == DropReason::UnknownAddress {
        (list.last_drop, facts.statistics.drops) = (None, Default::default());
        facts.elsewhere = Some(stranger(&facts, facts.now));
    }
    let list = &mut facts.checklist;
    if from_the_start {
        list.first_rtcp_in = list.dtls_done;
        list.srtp_authenticated = list.dtls_done;
    } else {
        list.last_packet_in = Some(facts.now - Duration::from_secs(10));
    }
    match reason {
        DropReason::WrongPayloadType => facts.checklist.payload_types_seen.note(96),
        DropReason::SecondSource => facts.checklist.ssrcs_seen.note(8),
        _ => {}
    }
    facts
}

#[test]
fn whatever_is_dropped_in_numbers_is_named_by_its_own_step_and_no_step_says_that_nothing_comes() {
    // What the leg itself drops. The others are dropped between the legs, or before there can be media.
    let by_the_leg = [
        DropReason::UnknownAddress,
        DropReason::NoKeys,
        DropReason::Undecryptable,
        DropReason::Replay,
        DropReason::MalformedMedia,
        DropReason::WrongPayloadType,
        DropReason::EmptyPayload,
        DropReason::SecondSource,
        DropReason::TooManySources,
    ];
    for reason in by_the_leg {
        for from_the_start in [true, false] {
            if reason == DropReason::NoKeys && !from_the_start {
                continue; // there were keys
            }
            let facts = dropping(reason, from_the_start);
            let (step, outcome, says) = first_failing(&facts);
            let expected = if reason == DropReason::NoKeys { "dtls" } else { step_of(reason).unwrap() };
            assert_eq!((step.as_str(), outcome), (expected, Failed), "{reason:?}, {from_the_start}: {says}");
            let packets_in = find(&facts, "packets_in").1;
            for nothing in ["no RTP", "none for", "keep sending"] {
                assert!(!packets_in.contains(nothing) && !says.contains(nothing), "{reason:?}: {packets_in}");
            }
        }
    }
}

#[test]
fn keys_by_sdes_have_steps_of_their_own_and_each_that_fails_says_what_to_do() {
    let talks = talking_by_sdes();
    assert!(report(&talks).checks.iter().all(|check| check.outcome == Passed), "{:#?}", report(&talks).checks);
    type Change = fn(&mut LegFacts);
    let silent: Change = |facts| {
        let list = &mut facts.checklist;
        (list.latched, list.srtp_authenticated, list.first_packet_in, list.last_packet_in) = (None, None, None, None);
        (list.payload_types_seen, list.ssrcs_seen, list.first_packet_out) = (Default::default(), Default::default(), None);
        facts.statistics = LegStatistics::default();
    };
    let cases: [(&str, Change, &str); 6] = [
        ("way", |_| {}, "the business has sent nothing to 203.0.113.20:3480 or"),
        ("keys", |facts| facts.checklist.keys_failed = Some((facts.now, "keys of the wrong length")), "keys of the wrong length"),
        ("keys", |facts| facts.statistics.drops = many(DropReason::StunOnSdes, 4), "4 STUN and 0 DTLS message(s)"),
        (
            "srtp",
            |facts| {
                facts.statistics.drops = many(DropReason::Undecryptable, 9);
                facts.checklist.srtp_failed = Some(facts.now);
                facts.checklist.last_drop = Some((DropReason::Undecryptable, facts.now));
            },
            "is the inline key that it uses the one of its own description",
        ),
        (
            "packets_in",
            |facts| {
                facts.checklist.keyed = None;
                facts.statistics.drops = many(DropReason::NoKeys, 9);
                facts.checklist.last_drop = Some((DropReason::NoKeys, facts.now));
            },
            "before its description",
        ),
        ("sdp", |facts| (facts.said, facts.checklist.keyed) = (Said::Unusable("its codec".to_owned()), None), "its codec"),
    ];
    for (expected, change, words) in cases {
        let mut facts = talking_by_sdes();
        silent(&mut facts);
        change(&mut facts);
        let (step, outcome, says) = first_failing(&facts);
        assert_eq!((step.as_str(), outcome), (expected, Failed), "{says}");
        assert!(says.contains(words), "{says}");
        assert!(!says.contains("DTLS session") && !says.contains("handshake"), "{says}");
    }
    let mut young = talking_by_sdes();
    silent(&mut young);
    young.now = young.opened + Duration::from_secs(2);
    assert_eq!(find(&young, "way").0, Waiting);
    assert_eq!(find(&young, "packets_out"), (Blocked, "nothing is sent to the business before its first authentic packet".to_owned()));
    young.checklist.keyed = None;
    assert_eq!((find(&young, "way").1, find(&young, "srtp").1), ("waits for keys".to_owned(), "waits for keys".to_owned()));
}

#[test]
fn every_reason_has_its_step_or_is_meant() {
    let reports = [report(&talking(CallLeg::Business)), report(&talking_by_sdes())];
    for reason in DropReason::ALL {
        match step_of(reason) {
            Some(step) => assert!(reports.iter().flat_map(|report| &report.checks).any(|check| check.step == step), "{reason:?}"),
            None => assert!(
                matches!(reason, DropReason::MaskedByDigit | DropReason::BusinessDigit | DropReason::OtherLegDoesNotListen),
                "{reason:?}"
            ),
        }
    }
}

#[test]
fn a_few_that_are_dropped_are_a_warning_and_hide_nothing() {
    for reason in [DropReason::Undecryptable, DropReason::WrongPayloadType, DropReason::MalformedMedia, DropReason::TooLate] {
        let mut facts = talking(CallLeg::Business);
        facts.statistics.drops = many(reason, 9);
        facts.checklist.last_drop = Some((reason, facts.now));
        (facts.checklist.srtp_failed, _) = (Some(facts.now), facts.checklist.payload_types_seen.note(96));
        assert!(report(&facts).first_failing().is_none(), "{reason:?}");
        assert_eq!(find(&facts, step_of(reason).unwrap()).0, Warning, "{reason:?}");
    }
    let mut stopped = talking(CallLeg::Business);
    stopped.checklist.last_packet_in = Some(stopped.now - Duration::from_secs(12));
    stopped.checklist.last_drop = Some((DropReason::WrongPayloadType, stopped.now - Duration::from_secs(12)));
    assert!(find(&stopped, "packets_in").1.contains("none for 12 s"), "then nothing comes indeed");
}

#[test]
fn advice_fits_whom_it_is_about() {
    let mut facts = stuck_after(1);
    facts.side = CallLeg::User;
    assert!(find(&facts, "stun").1.contains("phone's network"));
    facts.side = CallLeg::Business;
    assert!(find(&facts, "stun").1.contains("full and controlling"));
}

#[test]
fn a_business_that_called_is_told_of_our_answer_and_not_of_its_own() {
    let stuck = |kept, change: fn(&mut LegFacts)| {
        let mut facts = stuck_after(kept);
        facts.caller = CallLeg::Business;
        change(&mut facts);
        facts
    };
    for (step, kept, change, words) in [
        ("stun", 1, (|_| ()) as fn(&mut LegFacts), "has it applied our answer (session.sdp of the connect webhook)"),
        ("dtls", 3, |_| (), "the DTLS client by the a=setup:passive of our answer"),
        ("dtls", 4, |f| f.checklist.dtls_role = Some(DtlsRole::Client), "the DTLS server by the a=setup:active of our answer"),
    ] {
        let (outcome, says) = find(&stuck(kept, change), step);
        assert_eq!(outcome, Failed, "{says}");
        assert!(says.contains(words), "{says}");
    }
}

#[test]
fn while_phones_ring_nothing_fails_and_the_report_says_that_nobody_picked_up() {
    let ringing = |side, kept| LegFacts { side, caller: CallLeg::Business, gate_opened: None, ..stuck_after(kept) };
    let (phone, business) = (ringing(CallLeg::User, 0), LegFacts { said: said(MediaDirection::SendRecv), ..ringing(CallLeg::Business, 5) });
    let report = CallFacts { user: phone, business }.report();
    let checks = |leg: LegReport| leg.checks.into_iter().map(|check| (check.outcome, check.says)).collect::<Vec<_>>();
    let (user, business) = (checks(report.user.clone()), checks(report.business.clone()));
    assert_eq!(user[0], (Waiting, "no phone has picked up".to_owned()));
    assert!(user[1..].iter().all(|(outcome, _)| *outcome == Blocked), "{user:?}");
    assert!(business.iter().all(|(outcome, _)| *outcome != Failed), "{business:?}");
    assert_eq!(business[9], (Waiting, "connected; no RTP yet".to_owned()));
    assert_eq!(business[10], (Blocked, "nothing to pass on: no phone has picked up".to_owned()));
}

#[test]
fn a_business_has_its_time_from_the_acceptance_on() {
    let mut facts = stuck_after(5);
    for (accepted_before, outcome) in [(Duration::from_secs(1), Waiting), (GRACE, Failed)] {
        facts.gate_opened = Some(facts.now - accepted_before);
        assert_eq!(find(&facts, "packets_in").0, outcome);
    }
}

#[test]
fn a_leg_whose_address_leads_to_another_call_is_explained_by_that_and_by_no_later_step() {
    for kept in [3, 6] {
        let facts = LegFacts { sharing: Sharing::LeadsElsewhere, ..stuck_after(kept) };
        let (step, outcome, says) = first_failing(&facts);
        assert_eq!((step.as_str(), outcome), ("nomination", Failed));
        assert!(says.starts_with("another call comes from the same address and port of the business to our port 3480"), "{says}");
        assert!(says.contains("Use a UDP socket for each call") && says.contains("media.ports_per_thread"), "{says}");
    }
    assert_eq!(
        find(&LegFacts { sharing: Sharing::LeadsElsewhere, ..stuck_after(3) }, "dtls"),
        (Blocked, "waits for nomination".to_owned())
    );
}

#[test]
fn packets_of_another_call_from_the_same_address_are_called_that() {
    let mut facts = LegFacts { sharing: Sharing::AskedFor, ..talking(CallLeg::Business) };
    assert_eq!(find(&facts, "srtp").0, Passed, "nothing of it has come");
    facts.checklist.srtp_failed = Some(facts.now);
    facts.statistics.drops.count(DropReason::Undecryptable);
    let (outcome, says) = find(&facts, "srtp");
    assert_eq!(outcome, Warning);
    assert!(says.starts_with("1 packet(s) from the business failed their authentication: another call comes from its address"), "{says}");
}

#[test]
fn figures_carry_units_and_no_host() {
    let mut facts = talking(CallLeg::Business);
    facts.statistics = LegStatistics {
        jitter: Duration::from_micros(2_500),
        round_trip: Some(Duration::from_millis(40)),
        mos: Some(4.25),
        digits_in: 1,
        digits_out: 2,
        ..facts.statistics
    };
    facts.statistics.drops.count(DropReason::Replay);
    let figures = facts.figures();
    assert_eq!((figures.jitter_ms, figures.round_trip_ms, figures.mos, figures.digits), (2.5, Some(40.0), Some(4.25), 3));
    assert_eq!(figures.dropped, BTreeMap::from([("replay".to_owned(), 1)]));
    assert_eq!(figures.remote.as_deref(), Some("198.51.100.0/24 port 51822"));
    facts.remote = Some("[2001:db8:20:1:2::9]:5000".parse().unwrap());
    assert_eq!(facts.figures().remote.as_deref(), Some("2001:db8:20::/48 port 5000"));
}

const PCMA: Format = Format { audio: 8, dtmf: 126, clock_hz: 8_000 };

fn said(direction: MediaDirection) -> Said {
    Said::Understood { format: Format::OPUS, direction, warnings: vec![], passed_over: PassedOver::default() }
}

fn said_in(format: Format) -> Said {
    Said::Understood { format, direction: MediaDirection::SendRecv, warnings: vec![], passed_over: PassedOver::default() }
}

fn many(reason: DropReason, count: u32) -> callport_relay::statistics::Drops {
    let mut drops = callport_relay::statistics::Drops::default();
    (0..count).for_each(|_| drops.count(reason));
    drops
}

/// Media of this leg from another address, up to `last`.
fn stranger(facts: &LegFacts, last: Instant) -> Stranger {
    let address = "203.0.113.9:7000".parse().unwrap();
    Stranger { ssrc: 7, address, packets: 40, first: facts.opened, last }
}

#[test]
fn a_leg_over_time_is_told_in_units_that_people_read() {
    let mut facts = talking(CallLeg::User);
    assert_eq!(report(&facts).series, LegSeries::default(), "media could not flow yet");
    facts.series.begins = Some(facts.opened + Duration::from_millis(1_234));
    facts.series.points = vec![
        SeriesPoint {
            packets: 249,
            lost: 1,
            jitter: Duration::from_micros(1_249),
            round_trip: Some(Duration::from_micros(20_051)),
            mos: Some(4.377),
        },
        SeriesPoint::default(),
    ];
    let first = LegPoint { packets_in: 249, lost_in: 1, jitter_ms: 1.2, round_trip_ms: Some(20.1), mos: Some(4.38) };
    let expected = LegSeries { begins_ms: 1_234, interval_s: 5, points: vec![first, LegPoint::default()] };
    assert_eq!(report(&facts).series, expected);
}

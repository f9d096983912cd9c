//! Calls whose keys are given by hand, so that far ends can send whatever a session of ours would refuse to.

use std::time::Duration;

use super::*;
use crate::dtls::{DtlsLibrary, Identity};
use crate::leg::DEFAULT_PROFILES;
use crate::numbering::WentBack;
use crate::outgoing::Outbox;
use crate::srtp::{Rollover, Srtp, SrtpProfile, SrtpSession};
use crate::transport::{Credentials, IceRole, TransportConfig, WebRtcConfig};

const FRAME: Duration = Duration::from_millis(20);
const PROFILE: SrtpProfile = SrtpProfile::AeadAes128Gcm;
const MATERIAL: [u8; PROFILE.keying_material_len()] = [9; PROFILE.keying_material_len()];

/// A call whose legs were given their keys and paths by hand, and the sessions of its far ends.
struct Wired {
    call: CallMedia,
    user: SrtpSession,
    business: SrtpSession,
    now: Instant,
    out: Outbox,
    /// Timestamps go on by so much for each number.
    step: u32,
    /// Packets have the padding bit.
    padded: bool,
}

fn path(side: CallLeg) -> Path {
    let port = if side == CallLeg::User { 1 } else { 2 };
    Path { local: ([192, 0, 2, 1], port).into(), remote: ([198, 51, 100, 1], port).into() }
}

fn wired() -> Wired {
    let (now, identity) = (Instant::now(), Identity::self_signed().unwrap());
    let leg = |ssrc| LegConfig {
        transport: TransportConfig::WebRtc(WebRtcConfig {
            ice: IceRole::Lite,
            credentials: Credentials { ufrag: "ours".into(), pwd: "ours".into() },
            local: vec![],
            identity: identity.clone(),
            engine: DtlsLibrary::ANY_PEER,
            profiles: DEFAULT_PROFILES.to_vec(),
            follow_nominations: false,
        }),
        ssrc,
        cname: "c".into(),
        first_sequence: 65_530,
        first_timestamp: 1_000,
    };
    let mut call = CallMedia::new(CallConfig { user: leg(1), business: leg(2) }, now);
    for side in [CallLeg::User, CallLeg::Business] {
        call.leg_mut(side).wire_for_tests(SrtpSession::from_dtls(PROFILE, &MATERIAL, false).unwrap(), path(side));
    }
    call.set_gate(true);
    let far = || SrtpSession::from_dtls(PROFILE, &MATERIAL, true).unwrap();
    Wired { call, user: far(), business: far(), now, out: Outbox::default(), step: 960, padded: false }
}

impl Wired {
    /// What one side sends.
    fn seal(&mut self, side: CallLeg, ssrc: u32, sequence: u16, payload_type: u8, payload: &[u8]) -> Vec<u8> {
        let timestamp = self.step * u32::from(sequence);
        let mut packet = vec![0; HEADER_LEN];
        Header { marker: false, payload_type, sequence, timestamp, ssrc }.write(packet.first_chunk_mut().unwrap());
        packet[0] |= if self.padded { 0x20 } else { 0 };
        packet.extend(payload);
        let len = packet.len();
        packet.resize(len + MAX_OVERHEAD, 0);
        let from = if side == CallLeg::User { &mut self.user } else { &mut self.business };
        let sealed = from.protect_rtp(&mut packet, len).unwrap();
        packet.truncate(sealed);
        packet
    }

    /// One side sends a packet; what the other side gets of it.
    fn say(&mut self, side: CallLeg, ssrc: u32, sequence: u16, payload_type: u8, payload: &[u8]) -> Vec<(Header, Vec<u8>)> {
        let mut packet = self.seal(side, ssrc, sequence, payload_type, payload);
        self.call.receive(side, self.now, path(side), &mut packet, &mut self.out);
        self.now += FRAME;
        let to = if side == CallLeg::User { &mut self.business } else { &mut self.user };
        std::iter::from_fn(|| self.out.pop())
            .map(|mut datagram| {
                let len = to.unprotect_rtp(&mut datagram.bytes).unwrap();
                let (header, payload) = Header::read(&datagram.bytes[..len]).unwrap();
                (header, datagram.bytes[payload].to_vec())
            })
            .collect()
    }

    /// The block of the receiver report with which the call takes its leave of the business.
    fn last_report_to_the_business(&mut self) -> [u8; 24] {
        self.call.close(self.now, &mut self.out);
        let compounds = std::iter::from_fn(|| self.out.pop()).filter(|datagram| datagram.path == path(CallLeg::Business));
        let mut compound = compounds.last().unwrap().bytes;
        self.business.unprotect_rtcp(&mut compound).unwrap();
        assert_eq!(compound[1], 201, "nothing was sent");
        compound[8..32].try_into().unwrap()
    }

    fn drops(&self, side: CallLeg, reason: DropReason) -> u32 {
        self.call.statistics(side, self.now).drops.of(reason)
    }
}

#[test]
fn a_second_source_is_refused_while_the_first_is_heard_and_then_carries_on_without_a_gap() {
    let mut wired = wired();
    let first = wired.say(CallLeg::Business, 77, 500, 111, b"one").remove(0).0;
    assert_eq!((first.sequence, first.timestamp, first.ssrc, first.marker), (65_530, 1_000, 1, true));
    assert!(wired.say(CallLeg::Business, 88, 9, 111, b"two").is_empty());
    assert_eq!(wired.drops(CallLeg::Business, DropReason::SecondSource), 1);
    wired.now += Duration::from_secs(2);
    let next = wired.say(CallLeg::Business, 88, 10, 111, b"two").remove(0).0;
    let elapsed = 48 * (2_000 + 40);
    assert_eq!((next.sequence, next.timestamp, next.ssrc, next.marker), (65_531, 1_000 + elapsed, 1, true));
    assert!(!wired.say(CallLeg::Business, 88, 11, 111, b"two").remove(0).0.marker);
    assert_eq!(wired.call.statistics(CallLeg::Business, wired.now).source_changes, 1);
    assert_eq!(wired.call.checklist(CallLeg::Business).ssrcs_seen.as_slice(), [77, 88]);
}

#[test]
fn more_sources_than_a_leg_may_have_are_refused() {
    let mut wired = wired();
    for ssrc in 0..8 {
        wired.say(CallLeg::User, ssrc, 1, 111, b"x");
    }
    // A session refuses to send that many itself, so the ninth comes from a fresh one.
    wired.user = SrtpSession::from_dtls(PROFILE, &MATERIAL, true).unwrap();
    wired.say(CallLeg::User, 99, 1, 111, b"x");
    assert_eq!(wired.drops(CallLeg::User, DropReason::TooManySources), 1);
}

#[test]
fn an_unknown_payload_type_passes_nowhere_and_does_not_count_as_heard() {
    let mut wired = wired();
    assert!(wired.say(CallLeg::Business, 5, 1, 96, b"?").is_empty());
    assert_eq!(wired.drops(CallLeg::Business, DropReason::WrongPayloadType), 1);
    assert!(wired.call.poll_event().is_none());
    let list = wired.call.checklist(CallLeg::Business);
    assert!(list.srtp_authenticated.is_some() && list.first_packet_in.is_none());
}

#[test]
fn a_gate_that_closes_again_leaves_no_gap() {
    let mut wired = wired();
    let before = wired.say(CallLeg::Business, 5, 1, 111, b"a").remove(0).0;
    wired.call.set_gate(false);
    assert!(wired.say(CallLeg::Business, 5, 2, 111, b"b").is_empty());
    wired.call.set_gate(true);
    let after = wired.say(CallLeg::Business, 5, 3, 111, b"c").remove(0).0;
    assert_eq!((after.sequence.wrapping_sub(before.sequence), after.timestamp.wrapping_sub(before.timestamp)), (1, 1_920));
}

#[test]
fn a_packet_too_long_to_seal_again_is_counted() {
    let mut wired = wired();
    assert!(wired.say(CallLeg::User, 5, 1, 111, &[0; 1_475]).is_empty());
    assert_eq!(wired.drops(CallLeg::User, DropReason::Unsendable), 1);
}

#[test]
fn a_call_may_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<CallMedia>();
}

/// A packet of 20 ms of Opus.
const OPUS: &[u8] = &[0x78, 1, 2, 3];

/// The packets of a business, and how their numbers arrive at the user.
fn numbers(wired: &mut Wired, packets: impl Iterator<Item = (u16, u8)>) -> Vec<u16> {
    packets.flat_map(|(sequence, kind)| wired.say(CallLeg::Business, 5, sequence, kind, OPUS)).map(|(header, _)| header.sequence).collect()
}

fn unbroken(numbers: &[u16]) -> bool {
    numbers.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == 1)
}

#[test]
fn what_is_dropped_for_its_payload_type_is_not_lost_on_either_leg() {
    // Comfort noise for a second out of three; a foreign type after each tenth packet; nearly all of them foreign.
    for foreign in [(|n| n / 50 % 3 == 2) as fn(u16) -> bool, |n| n % 11 == 10, |n| n % 20 != 0] {
        let mut wired = wired();
        let heard = numbers(&mut wired, (0..300).map(|n| (n, if foreign(n) { 13 } else { 111 })));
        let dropped = (0..300).filter(|n| foreign(*n)).count();
        assert_eq!(heard.len(), 300 - dropped);
        assert!(unbroken(&heard), "{heard:?}");
        let figures = wired.call.statistics(CallLeg::Business, wired.now);
        assert_eq!((figures.packets_in, figures.lost_in, figures.loss_ratio_in), (300, 0, 0.0));
        assert_eq!(figures.drops.of(DropReason::WrongPayloadType) as usize, dropped);
        assert!(figures.mos.unwrap() > 4.2);
        let block = wired.last_report_to_the_business();
        assert_eq!(
            (block[4..8].to_vec(), u32::from_be_bytes(block[8..12].try_into().unwrap())),
            (vec![0; 4], 299),
            "neither now nor in all"
        );
    }
}

#[test]
fn what_is_lost_among_what_is_dropped_stays_lost() {
    let mut wired = wired();
    let heard = numbers(&mut wired, (0..100).filter(|n| n % 10 != 4).map(|n| (n, if n % 10 == 5 { 13 } else { 111 })));
    let figures = wired.call.statistics(CallLeg::Business, wired.now);
    assert_eq!((figures.packets_in, figures.lost_in), (90, 10));
    let missing: u16 = heard.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) - 1).sum();
    assert_eq!((heard.len(), missing), (80, 10));
}

#[test]
fn packets_without_a_payload_keep_a_leg_alive_and_are_no_audio() {
    let mut wired = wired();
    assert!(wired.say(CallLeg::Business, 5, 0, 111, b"").is_empty());
    assert!(wired.call.poll_event().is_none(), "nothing was heard");
    let heard = numbers(&mut wired, (1..4).map(|n| (n, 111)));
    wired.say(CallLeg::Business, 5, 4, 111, b"");
    let heard = [heard, numbers(&mut wired, (5..8).map(|n| (n, 111)))].concat();
    assert!(heard.len() == 6 && unbroken(&heard), "{heard:?}");
    assert_eq!(wired.drops(CallLeg::Business, DropReason::EmptyPayload), 2);
    for n in 8..200 {
        wired.say(CallLeg::Business, 5, n, 111, b"");
        wired.call.handle_timeout(wired.now, &mut wired.out);
    }
    let events: Vec<_> = std::iter::from_fn(|| wired.call.poll_event()).map(|event| event.event).collect();
    assert_eq!(events, [LegEvent::Heard], "never quiet");
    assert_eq!(wired.call.statistics(CallLeg::Business, wired.now).lost_in, 0);
}

#[test]
fn a_packet_that_claims_more_padding_than_it_has_is_received_and_goes_nowhere() {
    let mut wired = wired();
    let mut heard = numbers(&mut wired, (0..3).map(|n| (n, 111)));
    wired.padded = true;
    assert!(wired.say(CallLeg::Business, 5, 3, 111, &[0x78, 200]).is_empty());
    let padded = wired.say(CallLeg::Business, 5, 4, 111, &[0x78, 9, 0, 0, 3]).remove(0);
    assert_eq!(padded.1, [0x78, 9], "right padding is taken off");
    wired.padded = false;
    heard.push(padded.0.sequence);
    heard.extend(numbers(&mut wired, (5..8).map(|n| (n, 111))));
    assert!(unbroken(&heard), "{heard:?}");
    assert_eq!(wired.drops(CallLeg::Business, DropReason::MalformedMedia), 1);
    assert_eq!(wired.call.statistics(CallLeg::Business, wired.now).lost_in, 0);
}

#[test]
fn a_packet_too_long_to_pass_on_leaves_no_hole() {
    let mut wired = wired();
    let mut heard = numbers(&mut wired, (0..3).map(|n| (n, 111)));
    wired.say(CallLeg::Business, 5, 3, 111, &[0x78; 1_475]);
    heard.extend(numbers(&mut wired, (4..6).map(|n| (n, 111))));
    assert!(unbroken(&heard), "{heard:?}");
}

#[test]
fn packets_that_come_twice_or_out_of_order_are_neither_lost_nor_received_twice() {
    let mut wired = wired();
    let mut again = SrtpSession::from_dtls(PROFILE, &MATERIAL, true).unwrap();
    for n in (0..200_u16).map(|n| if n < 2 { n } else { n ^ 1 }) {
        wired.say(CallLeg::Business, 5, n, 111, OPUS);
        std::mem::swap(&mut wired.business, &mut again);
        wired.say(CallLeg::Business, 5, n, 111, OPUS);
        std::mem::swap(&mut wired.business, &mut again);
    }
    let figures = wired.call.statistics(CallLeg::Business, wired.now);
    assert_eq!((figures.packets_in, figures.packets_out, figures.lost_in), (200, 0, 0));
    assert_eq!(wired.call.statistics(CallLeg::User, wired.now).packets_out, 200);
    assert_eq!(figures.drops.of(DropReason::Replay), 200);
    assert_eq!(wired.call.checklist(CallLeg::Business).numbering.went_back, None);
}

#[test]
fn a_sender_that_starts_anew_with_lower_numbers_is_noticed() {
    for (back, packets) in [(5_000, 200), (100, 100)] {
        let mut wired = wired();
        numbers(&mut wired, (20_000..20_150).map(|n| (n, 111)));
        wired.business = SrtpSession::from_dtls(PROFILE, &MATERIAL, true).unwrap();
        let first = 20_150 - back;
        numbers(&mut wired, (first..first + 200).map(|n| (n, 111)));
        let list = wired.call.checklist(CallLeg::Business);
        assert_eq!(list.numbering.went_back, Some(WentBack { from: 20_149, to: first, packets }));
        assert_eq!(wired.drops(CallLeg::Business, DropReason::Replay), packets);
        assert_eq!(wired.call.statistics(CallLeg::Business, wired.now).lost_in, 0);
    }
}

#[test]
fn forged_packets_are_told_from_replays() {
    let mut wired = wired();
    numbers(&mut wired, (20_000..20_150).map(|n| (n, 111)));
    wired.business = SrtpSession::from_dtls(PROFILE, &[3; PROFILE.keying_material_len()], true).unwrap();
    numbers(&mut wired, (15_000..15_200).map(|n| (n, 111)));
    assert_eq!((wired.drops(CallLeg::Business, DropReason::Replay), wired.drops(CallLeg::Business, DropReason::Undecryptable)), (0, 200));
    assert_eq!(wired.call.checklist(CallLeg::Business).numbering.went_back, None);
}

#[test]
fn a_roll_over_counter_that_is_ahead_or_behind_is_named() {
    let mut wired = wired();
    let mut packets: Vec<Vec<u8>> = vec![];
    for n in (65_530..=65_535).chain(0..30) {
        packets.push(wired.seal(CallLeg::Business, 5, n, 111, OPUS));
    }
    for mut packet in packets.split_off(10) {
        wired.call.receive(CallLeg::Business, wired.now, path(CallLeg::Business), &mut packet, &mut wired.out);
    }
    assert_eq!(wired.drops(CallLeg::Business, DropReason::Undecryptable), 26);
    assert_eq!(wired.call.checklist(CallLeg::Business).rollover, Some(Rollover::Ahead));

    let mut wired = self::wired();
    numbers(&mut wired, (65_500..=65_535).chain(0..10).map(|n| (n, 111)));
    wired.business = SrtpSession::from_dtls(PROFILE, &MATERIAL, true).unwrap();
    numbers(&mut wired, (10..40).map(|n| (n, 111)));
    assert_eq!(wired.drops(CallLeg::Business, DropReason::Undecryptable), 30);
    assert_eq!(wired.call.checklist(CallLeg::Business).rollover, Some(Rollover::Behind));
}

#[test]
fn two_sources_at_once_are_told_from_one_after_the_other() {
    let mut wired = wired();
    numbers(&mut wired, (0..10).map(|n| (n, 111)));
    let taken = (0..200).find(|n| !wired.say(CallLeg::Business, 6, *n, 111, OPUS).is_empty());
    assert_eq!(taken, Some(99), "once the first had been silent for two seconds");
    let list = wired.call.checklist(CallLeg::Business);
    assert_eq!((list.sources_at_once, list.source_change), (0, Some(Duration::from_secs(2))));
    let events: Vec<_> = std::iter::from_fn(|| wired.call.poll_event()).map(|event| event.event).collect();
    assert_eq!(events, [LegEvent::Heard, LegEvent::OtherSource { unheard: Duration::from_secs(2) }]);
    for n in 0..10 {
        wired.say(CallLeg::Business, 7, n, 111, OPUS);
        wired.say(CallLeg::Business, 6, 200 + n, 111, OPUS);
    }
    assert_eq!(wired.call.checklist(CallLeg::Business).sources_at_once, 10);
}

#[test]
fn timestamps_and_bursts_are_watched_in_the_codec_of_the_leg() {
    let mut wired = wired();
    wired.step = 480;
    numbers(&mut wired, (0..100).map(|n| (n, 111)));
    let found = wired.call.checklist(CallLeg::Business).numbering;
    assert_eq!(found.wrong_steps.map(|found| (found.seen, found.expected)), Some((480, 960)));
    assert_eq!(found.burst, None);
}

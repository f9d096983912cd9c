//! A leg that waits and a far end that does not, over a wire of three lines.

use std::time::Duration;

use callport_sdp::{CryptoSuite, Format};

use super::*;
use crate::leg::{Leg, LegConfig, LegEvent, Received};
use crate::outgoing::{Datagram, Outbox};
use crate::rtp::Header;
use crate::transport::{Remote, RemoteTransport, TransportConfig};

const OURS: &str = "192.0.2.1:20000";
const OUR_RTCP: &str = "192.0.2.1:20001";
const THEIRS: &str = "198.51.100.9:4000";
const ELSEWHERE: &str = "198.51.100.9:4444";
const FRAME: Duration = Duration::from_millis(20);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn line(suite: CryptoSuite, seed: u8) -> CryptoLine {
    CryptoLine::new(1, suite, std::array::from_fn(|index| seed ^ index as u8))
}

fn config(crypto: CryptoLine, local: &str, rtcp: Option<&str>, waits: bool, ssrc: u32) -> LegConfig {
    LegConfig {
        transport: TransportConfig::Sdes(SdesConfig { crypto, local: address(local), rtcp: rtcp.map(address), waits }),
        ssrc,
        cname: "c".into(),
        first_sequence: 0,
        first_timestamp: 0,
    }
}

fn remote(crypto: CryptoLine, address: Option<SocketAddr>, rtcp_mux: bool) -> Remote {
    Remote {
        transport: RemoteTransport::Sdes(SdesRemote { crypto, address, rtcp_mux, rtcp_port: None }),
        format: Format::OPUS,
        ssrc: None,
        listens: true,
    }
}

/// Our leg, and the business's.
struct Pair {
    ours: Leg,
    far: Leg,
    now: Instant,
    out: Outbox,
    said: u16,
}

/// Both ends described; `far_key` is the one that the far end uses, whatever its description says.
fn pair(suite: CryptoSuite, far_key: u8, mux: bool) -> Pair {
    let now = Instant::now();
    let (platform, business) = (line(suite, 1), line(suite, 99));
    let mut out = Outbox::default();
    let mut ours = Leg::new(config(platform.clone(), OURS, Some(OUR_RTCP), true, 1), now);
    ours.set_remote(remote(business, Some(address("10.0.0.8:4000")), mux), now, &mut out);
    let mut far = Leg::new(config(line(suite, far_key), THEIRS, (!mux).then_some("198.51.100.9:4001"), false, 2), now);
    far.set_remote(remote(platform, Some(address(OURS)), mux), now, &mut out);
    assert!(out.is_empty(), "nothing is sent for a description");
    Pair { ours, far, now, out, said: 0 }
}

impl Pair {
    /// What the far end sends next.
    fn sealed(&mut self) -> Datagram {
        let header = Header { marker: false, payload_type: 111, sequence: self.said, timestamp: 960 * u32::from(self.said), ssrc: 0 };
        self.said += 1;
        self.now += FRAME;
        assert!(self.far.send_rtp(self.now, header, &[0x78; 40], &mut self.out));
        self.out.pop().unwrap()
    }

    /// Gives us a datagram from that address.
    fn give(&mut self, from: &str, datagram: &Datagram) -> Received {
        let path = Path { local: address(OURS), remote: address(from) };
        self.ours.receive(self.now, path, &mut datagram.bytes.clone(), &mut self.out)
    }

    /// The far end says something from that address.
    fn say(&mut self, from: &str) {
        let datagram = self.sealed();
        assert!(matches!(self.give(from, &datagram), Received::Rtp { .. }));
    }

    /// Where we send to.
    fn way(&self) -> Option<SocketAddr> {
        self.ours.path().map(|path| path.remote)
    }

    fn events(&mut self) -> Vec<LegEvent> {
        std::iter::from_fn(|| self.ours.poll_event()).collect()
    }

    fn dropped(&self, reason: DropReason) -> u32 {
        self.ours.statistics(self.now).drops.of(reason)
    }
}

#[test]
fn nothing_leaves_before_the_first_packet_that_authenticates_and_then_it_goes_where_that_came_from() {
    for suite in CryptoSuite::ALL {
        let mut pair = pair(suite, 99, true);
        assert_eq!(pair.events(), [LegEvent::Connected(suite.into())], "keys are there at once");
        let header = Header { marker: false, payload_type: 111, sequence: 1, timestamp: 0, ssrc: 0 };
        assert!(!pair.ours.is_connected() && !pair.ours.send_rtp(pair.now, header, &[1; 9], &mut pair.out));
        for seconds in 0..20 {
            pair.ours.handle_timeout(pair.now + Duration::from_secs(seconds), &mut pair.out);
        }
        assert!(pair.out.is_empty(), "no RTCP either");
        let sealed = pair.sealed();
        assert!(matches!(pair.give(THEIRS, &sealed), Received::Rtp { .. }), "{suite:?}");
        let path = Path { local: address(OURS), remote: address(THEIRS) };
        assert_eq!(pair.events(), [LegEvent::Latched(path), LegEvent::Heard]);
        assert!(pair.ours.send_rtp(pair.now, header, b"hello", &mut pair.out));
        let mut back = pair.out.pop().unwrap();
        assert_eq!(back.path, path);
        let path = Path { local: address(THEIRS), remote: address(OURS) };
        let Received::Rtp { payload, .. } = pair.far.receive(pair.now, path, &mut back.bytes, &mut pair.out) else { panic!("{suite:?}") };
        assert_eq!(back.bytes[payload], *b"hello");
    }
}

#[test]
fn packets_under_another_key_than_the_descriptions_move_nothing_and_are_counted() {
    let mut pair = pair(CryptoSuite::AesCm128Sha1_80, 98, true);
    for _ in 0..3 {
        let sealed = pair.sealed();
        assert_eq!(pair.give(THEIRS, &sealed), Received::Nothing);
    }
    assert_eq!((pair.way(), pair.dropped(DropReason::Undecryptable)), (None, 3));
    assert!(pair.ours.checklist().srtp_failed.is_some() && pair.ours.checklist().latched.is_none());
}

#[test]
fn a_new_source_is_followed_with_its_second_packet_in_a_row_and_neither_copies_nor_stragglers_count() {
    let mut pair = pair(CryptoSuite::AeadAes128Gcm, 99, true);
    let early = pair.sealed();
    pair.say(THEIRS);
    pair.say(ELSEWHERE);
    assert_eq!(pair.way(), Some(address(THEIRS)), "one packet moves nothing");
    pair.say(THEIRS);
    pair.say(ELSEWHERE);
    assert_eq!(pair.way(), Some(address(THEIRS)), "the old one was heard in between");
    let copy = pair.sealed();
    assert!(matches!(pair.give(THEIRS, &copy), Received::Rtp { .. }));
    for _ in 0..5 {
        assert_eq!(pair.give(ELSEWHERE, &copy), Received::Nothing);
    }
    assert_eq!((pair.way(), pair.dropped(DropReason::Replay)), (Some(address(THEIRS)), 5));
    pair.say(ELSEWHERE);
    pair.say(ELSEWHERE);
    assert_eq!(pair.way(), Some(address(ELSEWHERE)));
    assert_eq!(pair.ours.checklist().moves, 1);
    // Two late ones of the old way move nothing back.
    let late = [pair.sealed(), pair.sealed()];
    pair.say(ELSEWHERE);
    for late in late.iter().chain([&early]) {
        assert!(matches!(pair.give(THEIRS, late), Received::Rtp { .. }), "a straggler is heard all the same");
    }
    assert_eq!(pair.way(), Some(address(ELSEWHERE)));
    assert!(!pair.events().iter().any(|event| matches!(event, LegEvent::Nominated(_))));
}

#[test]
fn stun_and_dtls_are_counted_by_what_they_are() {
    let mut pair = pair(CryptoSuite::AesCm128Sha1_80, 99, true);
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    let dtls = [&[22, 254, 253][..], &[0; 40]].concat();
    let path = Path { local: address(OURS), remote: address(THEIRS) };
    for bytes in [stun, dtls] {
        pair.give(THEIRS, &Datagram { path, bytes });
    }
    assert_eq!((pair.dropped(DropReason::StunOnSdes), pair.dropped(DropReason::DtlsOnSdes)), (1, 1));
    assert!(pair.out.is_empty() && pair.way().is_none());
}

#[test]
fn a_far_end_that_sends_our_own_key_back_gets_no_session() {
    let (now, mut out) = (Instant::now(), Outbox::default());
    let ours = line(CryptoSuite::AesCm128Sha1_80, 1);
    for theirs in [ours.clone(), line(CryptoSuite::AesCm128Sha1_32, 2)] {
        let mut leg = Leg::new(config(ours.clone(), OURS, None, true, 1), now);
        leg.set_remote(remote(theirs, None, true), now, &mut out);
        assert!(matches!(leg.poll_event(), Some(LegEvent::Failed(_))) && leg.checklist().keys_failed.is_some());
    }
}

/// Lets RTCP of one side fall due; where it goes.
fn report(leg: &mut Leg, now: &mut Instant, out: &mut Outbox) -> Datagram {
    *now = leg.next_deadline().unwrap().max(*now) + Duration::from_secs(6);
    leg.handle_timeout(*now, out);
    out.pop().unwrap()
}

#[test]
fn rtcp_that_is_not_multiplexed_has_a_way_of_its_own() {
    let mut pair = pair(CryptoSuite::AesCm128Sha1_32, 99, false);
    pair.say(THEIRS);
    let ours = report(&mut pair.ours, &mut pair.now, &mut pair.out);
    let next = Path { local: address(OUR_RTCP), remote: address("198.51.100.9:4001") };
    assert_eq!(ours.path, next, "before any came: one port above its RTP");
    // It comes from another port than that, and to either of ours.
    for (to, from) in [(OUR_RTCP, "198.51.100.9:5555"), (OURS, "198.51.100.9:5556")] {
        let mut theirs = report(&mut pair.far, &mut pair.now, &mut pair.out);
        assert_eq!(theirs.path.remote, address("192.0.2.1:20001"));
        let path = Path { local: address(to), remote: address(from) };
        assert_eq!(pair.ours.receive(pair.now, path, &mut theirs.bytes, &mut pair.out), Received::Rtcp);
        assert_eq!(report(&mut pair.ours, &mut pair.now, &mut pair.out).path, path);
    }
    assert_eq!(pair.way(), Some(address(THEIRS)), "RTP stays on its own way");
}

#[test]
fn multiplexed_rtcp_alone_fixes_the_way_and_keeps_the_leg_alive() {
    let mut pair = pair(CryptoSuite::AesCm128Sha1_80, 99, true);
    let mut theirs = report(&mut pair.far, &mut pair.now, &mut pair.out);
    let path = Path { local: address(OURS), remote: address(THEIRS) };
    assert_eq!(pair.ours.receive(pair.now, path, &mut theirs.bytes, &mut pair.out), Received::Rtcp);
    assert_eq!(pair.way(), Some(address(THEIRS)));
    assert_eq!(report(&mut pair.ours, &mut pair.now, &mut pair.out).path, path);
}

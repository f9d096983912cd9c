//! One call: the user's leg and the business leg, and what passes between them.
//!
//! RTP goes from either leg to the other with its payload type, SSRC, sequence number and timestamp
//! rewritten, its payload untouched. Nothing is transcoded here: legs whose codecs differ hear each other
//! only if the owner of the call does that (see [`Foreign`]); otherwise the reason is counted. RTCP stays
//! on its leg.

mod foreign;

use std::net::SocketAddr;
use std::time::Instant;

use crate::checklist::Checklist;
use crate::dtmf::{Digit, Keypad};
use crate::leg::{Leg, LegConfig, LegEvent, Received};
use crate::outgoing::{Outgoing, Path};
use crate::rtp::Header;
use crate::statistics::{DropReason, LegStatistics};
use crate::timeline::Timeline;
use crate::transport::{Format, LocalTransport, Remote};
pub use foreign::{Converted, Foreign};

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The person with the phone.
    User,
    /// The business's WebRTC peer.
    Business,
}

impl Side {
    /// The opposite leg.
    pub fn other(self) -> Side {
        match self {
            Side::User => Side::Business,
            Side::Business => Side::User,
        }
    }
}

/// All that a call is made of.
#[derive(Clone)]
pub struct CallConfig {
    /// The leg towards the user.
    pub user: LegConfig,
    /// The leg towards the business.
    pub business: LegConfig,
}

/// News of a call, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// On which leg.
    pub side: Side,
    /// What happened there. [`LegEvent::Heard`] on the business side is reported with the gate still
    /// closed: the first business media makes the user's phone show "connected".
    pub event: LegEvent,
}

/// A digit that could not be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PressRefused {
    /// The business leg has no keys yet.
    #[error("the business leg is not connected")]
    NotConnected,
    /// The business said that it takes nothing.
    #[error("its SDP says that it takes nothing (a=sendonly or a=inactive)")]
    DoesNotListen,
    /// Too many digits wait already.
    #[error("too many digits are waiting")]
    QueueFull,
}

/// One call's media.
pub struct Call {
    user: Leg,
    business: Leg,
    /// What leaves towards the user and towards the business.
    to_user: Timeline,
    to_business: Timeline,
    gate_open: bool,
    /// The owner takes what the other leg's codec cannot carry.
    transcoding: bool,
    keypad: Keypad,
}

/// What became of a packet that could be passed on.
enum Passed {
    /// It left.
    On,
    /// The owner has to transcode it.
    ToOwner,
}

impl Call {
    /// Two legs that know nobody, with the gate closed.
    pub fn new(config: CallConfig, now: Instant) -> Call {
        let timeline = |leg: &LegConfig| Timeline::new(leg.first_sequence, leg.first_timestamp, Format::OPUS.clock_hz);
        Call {
            to_user: timeline(&config.user),
            to_business: timeline(&config.business),
            user: Leg::new(config.user, now),
            business: Leg::new(config.business, now),
            gate_open: false,
            transcoding: false,
            keypad: Keypad::default(),
        }
    }

    /// What the far end of `side` must be told in the SDP.
    pub fn local(&self, side: Side) -> LocalTransport {
        self.leg(side).local()
    }

    /// Applies the far end's SDP of one side; once per side, later ones are ignored.
    pub fn set_remote(&mut self, side: Side, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        self.leg_mut(side).set_remote(remote, now, out);
        let clock_hz = self.leg(side).format().clock_hz;
        match side {
            Side::User => self.to_user.set_clock(clock_hz),
            Side::Business => self.to_business.set_clock(clock_hz),
        }
    }

    /// Puts a new leg in the place of one whose far end lost its way and comes back with a new description. The other
    /// leg hears a change of source and nothing else; what the old leg counted is gone with it.
    pub fn replace_leg(&mut self, side: Side, config: LegConfig, now: Instant) {
        let timeline = Timeline::new(config.first_sequence, config.first_timestamp, Format::OPUS.clock_hz);
        match side {
            Side::User => self.to_user = timeline,
            Side::Business => self.to_business = timeline,
        }
        *self.leg_mut(side) = Leg::new(config, now);
    }

    /// Opens or closes the way from the business to the user. Closed at first; the other direction
    /// is always open.
    pub fn set_gate(&mut self, open: bool) {
        self.gate_open = open;
    }

    /// Queues a keypad digit for the business. It is sent by the next
    /// [`handle_timeout`](Self::handle_timeout); [`next_deadline`](Self::next_deadline) says so.
    pub fn press(&mut self, digit: Digit, now: Instant) -> Result<(), PressRefused> {
        if !self.business.is_connected() {
            return Err(PressRefused::NotConnected);
        }
        if !self.business.listens() {
            return Err(PressRefused::DoesNotListen);
        }
        if self.keypad.press(digit, now) { Ok(()) } else { Err(PressRefused::QueueFull) }
    }

    /// Takes one datagram that arrived for `side`. Returns a packet only where the codecs differ and the owner
    /// [transcodes](Self::set_transcoding).
    pub fn receive(&mut self, side: Side, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) -> Option<Foreign> {
        let Received::Rtp { header, payload } = self.leg_mut(side).receive(now, path, datagram, out) else { return None };
        let is_audio = header.payload_type == self.leg(side).format().audio;
        let is_foreign = match self.pass(side, now, &header, is_audio, &datagram[payload.clone()], out) {
            Ok(Passed::On) => false,
            Ok(Passed::ToOwner) => true,
            Err(reason) => {
                self.count_drop(side, reason);
                reason == DropReason::BusinessDigit && self.transcoding && self.codecs_differ()
            }
        };
        is_foreign.then_some(Foreign { header, payload, is_audio })
    }

    fn pass(
        &mut self,
        from: Side,
        now: Instant,
        header: &Header,
        is_audio: bool,
        payload: &[u8],
        out: &mut impl Outgoing,
    ) -> Result<Passed, DropReason> {
        let to = from.other();
        let (obstacle, differ) = (self.obstacle(to, now, is_audio), self.codecs_differ());
        // What a digit masks is transcoded all the same: whoever does it must not take it for lost.
        if differ && self.transcoding && matches!(obstacle, None | Some(DropReason::MaskedByDigit)) {
            return Ok(Passed::ToOwner);
        }
        let (timeline, leg) = self.outgoing(to);
        if let Some(reason) = obstacle.or((differ && is_audio).then_some(DropReason::CodecMismatch)) {
            timeline.withhold();
            return Err(reason);
        }
        let format = leg.format();
        let payload_type = if is_audio { format.audio } else { format.dtmf };
        forward(timeline, leg, now, Header { payload_type, ..*header }, payload, is_audio, out).map(|()| Passed::On)
    }

    /// Why nothing of that kind can be sent to `to` at present, whatever its codec.
    fn obstacle(&self, to: Side, now: Instant, is_audio: bool) -> Option<DropReason> {
        match to {
            Side::User if !is_audio => Some(DropReason::BusinessDigit),
            Side::User if !self.gate_open => Some(DropReason::GateClosed),
            _ if !self.leg(to).is_connected() => Some(DropReason::OtherLegNotReady),
            _ if !self.leg(to).listens() => Some(DropReason::OtherLegDoesNotListen),
            Side::Business if self.keypad.is_sounding(now) => Some(DropReason::MaskedByDigit),
            _ => None,
        }
    }

    /// Reads a little of everything that a media packet for `side` needs, so that it is near when its turn comes; for callers that know
    /// ahead what they will pass to [`receive`](Self::receive). The value means nothing and keeps the reads from being left out.
    pub fn touch(&self, side: Side) -> u64 {
        let timeline = match side {
            Side::User => &self.to_business,
            Side::Business => &self.to_user,
        };
        self.leg(side).touch() ^ self.leg(side.other()).touch() ^ timeline.touch()
    }

    /// Does whatever has become due on either leg.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut impl Outgoing) {
        self.user.handle_timeout(now, out);
        self.business.handle_timeout(now, out);
        self.play_digits(now, out);
    }

    fn play_digits(&mut self, now: Instant, out: &mut impl Outgoing) {
        let payload_type = self.business.format().dtmf;
        while let Some(event) = self.keypad.next_packet(now, || self.to_business.clock(now)) {
            for _ in 0..event.copies {
                let sequence = self.to_business.insert();
                let header = Header { marker: event.marker, payload_type, sequence, timestamp: event.timestamp, ssrc: 0 };
                self.business.send_rtp(now, header, &event.payload, out);
            }
            if event.marker {
                self.business.count_digit_out();
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called next.
    pub fn next_deadline(&self) -> Option<Instant> {
        [self.user.next_deadline(), self.business.next_deadline(), self.keypad.deadline()].into_iter().flatten().min()
    }

    /// The next piece of news: the user's side first, in order on each side.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        [Side::User, Side::Business].into_iter().find_map(|side| self.leg_mut(side).poll_event().map(|event| CallEvent { side, event }))
    }

    /// Says goodbye in RTCP on both legs. Nothing more is reported afterwards.
    pub fn close(&mut self, now: Instant, out: &mut impl Outgoing) {
        self.user.close(now, out);
        self.business.close(now, out);
    }

    /// A snapshot of one leg's counters.
    pub fn statistics(&self, side: Side, now: Instant) -> LegStatistics {
        self.leg(side).statistics(now)
    }

    /// One leg's milestones.
    pub fn checklist(&self, side: Side) -> Checklist {
        self.leg(side).checklist()
    }

    /// Where `side` is sent to, once nominated.
    pub fn remote_address(&self, side: Side) -> Option<SocketAddr> {
        self.leg(side).path().map(|path| path.remote)
    }

    /// Whether media can flow on `side`.
    pub fn is_connected(&self, side: Side) -> bool {
        self.leg(side).is_connected()
    }

    /// The stream towards `to`, and the leg that carries it.
    fn outgoing(&mut self, to: Side) -> (&mut Timeline, &mut Leg) {
        match to {
            Side::User => (&mut self.to_user, &mut self.user),
            Side::Business => (&mut self.to_business, &mut self.business),
        }
    }

    fn leg(&self, side: Side) -> &Leg {
        match side {
            Side::User => &self.user,
            Side::Business => &self.business,
        }
    }

    fn leg_mut(&mut self, side: Side) -> &mut Leg {
        match side {
            Side::User => &mut self.user,
            Side::Business => &mut self.business,
        }
    }
}

/// Places a packet in the outgoing stream of `leg` and sends it there.
fn forward(
    timeline: &mut Timeline,
    leg: &mut Leg,
    now: Instant,
    header: Header,
    payload: &[u8],
    is_audio: bool,
    out: &mut impl Outgoing,
) -> Result<(), DropReason> {
    let place = timeline.place(now, &header, is_audio).ok_or(DropReason::TooLate)?;
    let header = Header { sequence: place.sequence, timestamp: place.timestamp, marker: header.marker || place.starts, ..header };
    if leg.send_rtp(now, header, payload, out) { Ok(()) } else { Err(DropReason::Unsendable) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dtls::{Engine, Identity};
    use crate::leg::{DEFAULT_PROFILES, IceRole};
    use crate::outgoing::Outbox;
    use crate::rtp::HEADER_LEN;
    use crate::srtp::{MAX_OVERHEAD, Session, Srtp, SrtpProfile};
    use crate::transport::Credentials;

    const FRAME: Duration = Duration::from_millis(20);
    const PROFILE: SrtpProfile = SrtpProfile::AeadAes128Gcm;
    const MATERIAL: [u8; PROFILE.keying_material_len()] = [9; PROFILE.keying_material_len()];

    /// A call whose legs were given their keys and paths by hand, and the sessions of its far ends.
    struct Wired {
        call: Call,
        user: Session,
        business: Session,
        now: Instant,
        out: Outbox,
    }

    fn path(side: Side) -> Path {
        let port = if side == Side::User { 1 } else { 2 };
        Path { local: ([192, 0, 2, 1], port).into(), remote: ([198, 51, 100, 1], port).into() }
    }

    fn wired() -> Wired {
        let (now, identity) = (Instant::now(), Identity::self_signed().unwrap());
        let leg = |ssrc| LegConfig {
            ice: IceRole::Lite,
            credentials: Credentials { ufrag: "ours".into(), pwd: "ours".into() },
            local: vec![],
            identity: identity.clone(),
            engine: Engine::ANY_PEER,
            profiles: DEFAULT_PROFILES.to_vec(),
            ssrc,
            cname: "c".into(),
            first_sequence: 65_530,
            first_timestamp: 1_000,
            follow_nominations: false,
        };
        let mut call = Call::new(CallConfig { user: leg(1), business: leg(2) }, now);
        for side in [Side::User, Side::Business] {
            call.leg_mut(side).wire_for_tests(Session::from_dtls(PROFILE, &MATERIAL, false).unwrap(), path(side));
        }
        call.set_gate(true);
        let far = || Session::from_dtls(PROFILE, &MATERIAL, true).unwrap();
        Wired { call, user: far(), business: far(), now, out: Outbox::default() }
    }

    impl Wired {
        /// One side sends a packet; what the other side gets of it.
        fn say(&mut self, side: Side, ssrc: u32, sequence: u16, payload_type: u8, payload: &[u8]) -> Vec<(Header, Vec<u8>)> {
            let timestamp = 960 * u32::from(sequence);
            let mut packet = vec![0; HEADER_LEN];
            Header { marker: false, payload_type, sequence, timestamp, ssrc }.write(packet.first_chunk_mut().unwrap());
            packet.extend(payload);
            let len = packet.len();
            packet.resize(len + MAX_OVERHEAD, 0);
            let (from, to) = if side == Side::User { (&mut self.user, &mut self.business) } else { (&mut self.business, &mut self.user) };
            let sealed = from.protect_rtp(&mut packet, len).unwrap();
            self.call.receive(side, self.now, path(side), &mut packet[..sealed], &mut self.out);
            self.now += FRAME;
            std::iter::from_fn(|| self.out.pop())
                .map(|mut datagram| {
                    let len = to.unprotect_rtp(&mut datagram.bytes).unwrap();
                    let (header, payload) = Header::read(&datagram.bytes[..len]).unwrap();
                    (header, datagram.bytes[payload].to_vec())
                })
                .collect()
        }

        fn drops(&self, side: Side, reason: DropReason) -> u32 {
            self.call.statistics(side, self.now).drops.of(reason)
        }
    }

    #[test]
    fn a_second_source_is_refused_while_the_first_is_heard_and_then_carries_on_without_a_gap() {
        let mut wired = wired();
        let first = wired.say(Side::Business, 77, 500, 111, b"one").remove(0).0;
        assert_eq!((first.sequence, first.timestamp, first.ssrc, first.marker), (65_530, 1_000, 1, true));
        assert!(wired.say(Side::Business, 88, 9, 111, b"two").is_empty());
        assert_eq!(wired.drops(Side::Business, DropReason::SecondSource), 1);
        wired.now += Duration::from_secs(2);
        let next = wired.say(Side::Business, 88, 10, 111, b"two").remove(0).0;
        let elapsed = 48 * (2_000 + 40);
        assert_eq!((next.sequence, next.timestamp, next.ssrc, next.marker), (65_531, 1_000 + elapsed, 1, true));
        assert!(!wired.say(Side::Business, 88, 11, 111, b"two").remove(0).0.marker);
        assert_eq!(wired.call.statistics(Side::Business, wired.now).source_changes, 1);
        assert_eq!(wired.call.checklist(Side::Business).ssrcs_seen.as_slice(), [77, 88]);
    }

    #[test]
    fn more_sources_than_a_leg_may_have_are_refused() {
        let mut wired = wired();
        for ssrc in 0..8 {
            wired.say(Side::User, ssrc, 1, 111, b"x");
        }
        // A session refuses to send that many itself, so the ninth comes from a fresh one.
        wired.user = Session::from_dtls(PROFILE, &MATERIAL, true).unwrap();
        wired.say(Side::User, 99, 1, 111, b"x");
        assert_eq!(wired.drops(Side::User, DropReason::TooManySources), 1);
    }

    #[test]
    fn an_unknown_payload_type_passes_nowhere_and_does_not_count_as_heard() {
        let mut wired = wired();
        assert!(wired.say(Side::Business, 5, 1, 96, b"?").is_empty());
        assert_eq!(wired.drops(Side::Business, DropReason::WrongPayloadType), 1);
        assert!(wired.call.poll_event().is_none());
        let list = wired.call.checklist(Side::Business);
        assert!(list.srtp_authenticated.is_some() && list.first_packet_in.is_none());
    }

    #[test]
    fn a_gate_that_closes_again_leaves_no_gap() {
        let mut wired = wired();
        let before = wired.say(Side::Business, 5, 1, 111, b"a").remove(0).0;
        wired.call.set_gate(false);
        assert!(wired.say(Side::Business, 5, 2, 111, b"b").is_empty());
        wired.call.set_gate(true);
        let after = wired.say(Side::Business, 5, 3, 111, b"c").remove(0).0;
        assert_eq!((after.sequence.wrapping_sub(before.sequence), after.timestamp.wrapping_sub(before.timestamp)), (1, 1_920));
    }

    #[test]
    fn a_packet_too_long_to_seal_again_is_counted() {
        let mut wired = wired();
        assert!(wired.say(Side::User, 5, 1, 111, &[0; 1_475]).is_empty());
        assert_eq!(wired.drops(Side::User, DropReason::Unsendable), 1);
    }

    #[test]
    fn a_call_may_move_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Call>();
    }
}

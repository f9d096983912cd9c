//! One call: the user's leg and the business leg, and what passes between them.
//!
//! RTP goes from either leg to the other with its payload type, SSRC, sequence number and timestamp
//! rewritten, its payload untouched. Nothing is transcoded here: legs whose codecs differ hear each other
//! only if the owner of the call does that (see [`Foreign`]); otherwise the reason is counted. RTCP stays
//! on its leg.

mod foreign;

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Instant;

use callport_sdp::Format;

use crate::checklist::Checklist;
use crate::dtmf::{Digit, Keypad};
use crate::leg::{Leg, LegConfig, LegEvent, Received};
use crate::outgoing::{MAX_DATAGRAM, Outgoing, Path};
use crate::rtp::{HEADER_LEN, Header};
use crate::series::Series;
use crate::srtp::MAX_OVERHEAD;
use crate::statistics::{DropReason, LegStatistics};
use crate::timeline::Timeline;
use crate::transport::Remote;
pub use foreign::{Converted, Foreign, PacketContent};

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallLeg {
    /// The person with the phone.
    User,
    /// The business's WebRTC peer.
    Business,
}

impl CallLeg {
    /// The opposite leg.
    pub fn other(self) -> CallLeg {
        match self {
            CallLeg::User => CallLeg::Business,
            CallLeg::Business => CallLeg::User,
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
    pub side: CallLeg,
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
pub struct CallMedia {
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

impl CallMedia {
    /// Two legs that know nobody, with the gate closed.
    pub fn new(config: CallConfig, now: Instant) -> CallMedia {
        let timeline = |leg: &LegConfig| Timeline::new(leg.first_sequence, leg.first_timestamp, Format::OPUS.clock_hz);
        CallMedia {
            to_user: timeline(&config.user),
            to_business: timeline(&config.business),
            user: Leg::new(config.user, now),
            business: Leg::new(config.business, now),
            gate_open: false,
            transcoding: false,
            keypad: Keypad::default(),
        }
    }

    /// Applies the far end's SDP of one side; once per side, later ones are ignored.
    pub fn set_remote(&mut self, side: CallLeg, remote: Remote, now: Instant, out: &mut impl Outgoing) {
        self.leg_mut(side).set_remote(remote, now, out);
        let clock_hz = self.leg(side).format().clock_hz;
        match side {
            CallLeg::User => self.to_user.set_clock(clock_hz),
            CallLeg::Business => self.to_business.set_clock(clock_hz),
        }
    }

    /// Puts a new leg in the place of one whose far end lost its way and comes back with a new description. The other
    /// leg hears a change of source and nothing else; what the old leg counted is gone with it.
    pub fn replace_leg(&mut self, side: CallLeg, config: LegConfig, now: Instant) {
        let timeline = Timeline::new(config.first_sequence, config.first_timestamp, Format::OPUS.clock_hz);
        match side {
            CallLeg::User => self.to_user = timeline,
            CallLeg::Business => self.to_business = timeline,
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
    pub fn receive(&mut self, side: CallLeg, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) -> Option<Foreign> {
        match self.leg_mut(side).receive(now, path, datagram, out) {
            Received::Rtp { header, payload } => self.take(side, now, header, payload, datagram, out),
            Received::Unusable { header } => self.take_out(side, now, header),
            Received::Rtcp | Received::Nothing => None,
        }
    }

    fn take(
        &mut self,
        side: CallLeg,
        now: Instant,
        header: Header,
        payload: Range<usize>,
        datagram: &[u8],
        out: &mut impl Outgoing,
    ) -> Option<Foreign> {
        let is_audio = header.payload_type == self.leg(side).format().audio;
        let is_foreign = match self.pass(side, now, &header, is_audio, &datagram[payload.clone()], out) {
            Ok(Passed::On) => false,
            Ok(Passed::ToOwner) => true,
            Err(reason) => {
                self.count_drop(side, reason);
                reason == DropReason::BusinessDigit && self.transcoding && self.codecs_differ()
            }
        };
        let content = if is_audio { PacketContent::Audio } else { PacketContent::Event };
        is_foreign.then_some(Foreign { header, payload, content })
    }

    /// A packet that goes nowhere: its number must not be missing on the other leg.
    fn take_out(&mut self, side: CallLeg, now: Instant, header: Header) -> Option<Foreign> {
        if self.transcoding && self.codecs_differ() {
            return Some(Foreign { header, payload: 0..0, content: PacketContent::Nothing });
        }
        self.outgoing(side.other()).0.withhold(now, &header, false);
        None
    }

    fn pass(
        &mut self,
        from: CallLeg,
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
        let transcoded = differ && self.transcoding;
        let (timeline, leg) = self.outgoing(to);
        if let Some(reason) = obstacle.or((differ && is_audio).then_some(DropReason::CodecMismatch)) {
            // What is transcoded comes back with numbers of its own, among which this one is not.
            if !transcoded {
                timeline.withhold(now, header, is_audio);
            }
            return Err(reason);
        }
        let format = leg.format();
        let payload_type = if is_audio { format.audio } else { format.dtmf };
        forward(timeline, leg, now, Header { payload_type, ..*header }, payload, is_audio, out).map(|()| Passed::On)
    }

    /// Why nothing of that kind can be sent to `to` at present, whatever its codec.
    fn obstacle(&self, to: CallLeg, now: Instant, is_audio: bool) -> Option<DropReason> {
        match to {
            CallLeg::User if !is_audio => Some(DropReason::BusinessDigit),
            CallLeg::User if !self.gate_open => Some(DropReason::GateClosed),
            _ if !self.leg(to).is_connected() => Some(DropReason::OtherLegNotReady),
            _ if !self.leg(to).listens() => Some(DropReason::OtherLegDoesNotListen),
            CallLeg::Business if self.keypad.is_sounding(now) => Some(DropReason::MaskedByDigit),
            _ => None,
        }
    }

    /// Reads a little of everything that a media packet for `side` needs, so that it is near when its turn comes; for callers that know
    /// ahead what they will pass to [`receive`](Self::receive). The value means nothing and keeps the reads from being left out.
    pub fn touch(&self, side: CallLeg) -> u64 {
        let timeline = match side {
            CallLeg::User => &self.to_business,
            CallLeg::Business => &self.to_user,
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
        [CallLeg::User, CallLeg::Business]
            .into_iter()
            .find_map(|side| self.leg_mut(side).poll_event().map(|event| CallEvent { side, event }))
    }

    /// Says goodbye in RTCP on both legs. Nothing more is reported afterwards.
    pub fn close(&mut self, now: Instant, out: &mut impl Outgoing) {
        self.user.close(now, out);
        self.business.close(now, out);
    }

    /// A snapshot of one leg's counters.
    pub fn statistics(&self, side: CallLeg, now: Instant) -> LegStatistics {
        self.leg(side).statistics(now)
    }

    /// How one leg went over time, up to this moment.
    pub fn series(&self, side: CallLeg, now: Instant) -> Series {
        self.leg(side).series(now)
    }

    /// One leg's milestones.
    pub fn checklist(&self, side: CallLeg) -> Checklist {
        self.leg(side).checklist()
    }

    /// Where `side` is sent to, once nominated.
    pub fn remote_address(&self, side: CallLeg) -> Option<SocketAddr> {
        self.leg(side).path().map(|path| path.remote)
    }

    /// Whether media can flow on `side`.
    pub fn is_connected(&self, side: CallLeg) -> bool {
        self.leg(side).is_connected()
    }

    /// The stream towards `to`, and the leg that carries it.
    fn outgoing(&mut self, to: CallLeg) -> (&mut Timeline, &mut Leg) {
        match to {
            CallLeg::User => (&mut self.to_user, &mut self.user),
            CallLeg::Business => (&mut self.to_business, &mut self.business),
        }
    }

    fn leg(&self, side: CallLeg) -> &Leg {
        match side {
            CallLeg::User => &self.user,
            CallLeg::Business => &self.business,
        }
    }

    fn leg_mut(&mut self, side: CallLeg) -> &mut Leg {
        match side {
            CallLeg::User => &mut self.user,
            CallLeg::Business => &mut self.business,
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
    if HEADER_LEN + payload.len() + MAX_OVERHEAD > MAX_DATAGRAM {
        timeline.withhold(now, &header, is_audio);
        return Err(DropReason::Unsendable);
    }
    let place = timeline.place(now, &header, is_audio).ok_or(DropReason::TooLate)?;
    let header = Header { sequence: place.sequence, timestamp: place.timestamp, marker: header.marker || place.starts, ..header };
    if leg.send_rtp(now, header, payload, out) { Ok(()) } else { Err(DropReason::Unsendable) }
}

#[cfg(test)]
mod tests;

//! One call: the user's leg and the business leg, and what passes between them.
//!
//! RTP goes from either leg to the other with its payload type, SSRC, sequence number and timestamp
//! rewritten, its payload untouched. Nothing is transcoded: legs whose codecs differ do not hear each
//! other, and the reason is counted. RTCP stays on its leg.

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
    keypad: Keypad,
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
        if self.keypad.press(digit, now) { Ok(()) } else { Err(PressRefused::QueueFull) }
    }

    /// Takes one datagram that arrived for `side`.
    pub fn receive(&mut self, side: Side, now: Instant, path: Path, datagram: &mut [u8], out: &mut impl Outgoing) {
        let Received::Rtp { header, payload } = self.leg_mut(side).receive(now, path, datagram, out) else { return };
        let outcome = match side {
            Side::User => self.pass_to_business(now, &header, &datagram[payload], out),
            Side::Business => self.pass_to_user(now, &header, &datagram[payload], out),
        };
        if let Err(reason) = outcome {
            self.leg_mut(side).count_drop(reason);
        }
    }

    fn pass_to_business(&mut self, now: Instant, header: &Header, payload: &[u8], out: &mut impl Outgoing) -> Result<(), DropReason> {
        let is_audio = header.payload_type == self.user.format().audio;
        let refusal = self.mismatch(is_audio, Side::Business).or(self.keypad.is_sounding(now).then_some(DropReason::MaskedByDigit));
        if let Some(reason) = refusal {
            self.to_business.withhold();
            return Err(reason);
        }
        let format = self.business.format();
        let payload_type = if is_audio { format.audio } else { format.dtmf };
        forward(&mut self.to_business, &mut self.business, now, Header { payload_type, ..*header }, payload, out)
    }

    fn pass_to_user(&mut self, now: Instant, header: &Header, payload: &[u8], out: &mut impl Outgoing) -> Result<(), DropReason> {
        let is_audio = header.payload_type == self.business.format().audio;
        let refusal = match (is_audio, self.gate_open) {
            (false, _) => Some(DropReason::BusinessDigit),
            (true, false) => Some(DropReason::GateClosed),
            (true, true) => self.mismatch(true, Side::User),
        };
        if let Some(reason) = refusal {
            self.to_user.withhold();
            return Err(reason);
        }
        let payload_type = self.user.format().audio;
        forward(&mut self.to_user, &mut self.user, now, Header { payload_type, ..*header }, payload, out)
    }

    /// Why nothing can be forwarded to `side` at present.
    fn mismatch(&self, is_audio: bool, side: Side) -> Option<DropReason> {
        if !self.leg(side).is_connected() {
            return Some(DropReason::OtherLegNotReady);
        }
        let same_codec = self.user.format().is_same_codec(&self.business.format());
        (is_audio && !same_codec).then_some(DropReason::CodecMismatch)
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
    out: &mut impl Outgoing,
) -> Result<(), DropReason> {
    let place = timeline.place(now, &header).ok_or(DropReason::TooLate)?;
    let header = Header { sequence: place.sequence, timestamp: place.timestamp, marker: header.marker || place.starts, ..header };
    if leg.send_rtp(now, header, payload, out) { Ok(()) } else { Err(DropReason::Unsendable) }
}

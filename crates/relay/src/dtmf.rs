//! Keypad digits as RFC 4733 telephone-events: the keypad that sends them into an audio stream, and
//! the ear that reads them out of one.
//!
//! Platform docs: events 0 to 11, clock 8000, on the audio's SSRC and sequence numbers, the
//! timestamp on the audio's base while the duration counts 8000 Hz units. First packet marked, an
//! update every 20 ms, the last one three times.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::rtp::{Header, timestamp_step};

/// A key of the dialpad: events 0 to 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digit(u8);

impl Digit {
    /// From `0`–`9`, `*` or `#`; anything else is no key of the dialpad.
    pub fn from_char(key: char) -> Option<Digit> {
        match key {
            '0'..='9' => Some(Digit(key as u8 - b'0')),
            '*' => Some(Digit(10)),
            '#' => Some(Digit(11)),
            _ => None,
        }
    }

    /// From an event code of RFC 4733 §3.2; 12 and above are not on the dialpad.
    pub fn from_event(event: u8) -> Option<Digit> {
        (event <= 11).then_some(Digit(event))
    }

    /// The event code, 0 to 11.
    pub fn event(self) -> u8 {
        self.0
    }

    /// The character on the key.
    pub fn to_char(self) -> char {
        match self.0 {
            10 => '*',
            11 => '#',
            n => char::from(b'0' + n),
        }
    }
}

/// How many digits may wait: a long account number and its hash.
pub const MAX_QUEUED: usize = 32;

const UPDATE_EVERY: Duration = Duration::from_millis(20);
/// 20 ms at 8000 Hz.
const UPDATE_UNITS: u16 = 160;
/// The packet that ends an event, counted from 0: the event lasts 100 ms.
const LAST_STEP: u16 = 4;
const LENGTH: Duration = Duration::from_millis(100);
const END_COPIES: usize = 3;
/// Silence between two digits, so that they are told apart.
const PAUSE: Duration = Duration::from_millis(60);
/// −10 dBm0.
const VOLUME: u8 = 10;

/// Bytes of an event payload (RFC 4733 §2.3).
pub const PAYLOAD_LEN: usize = 4;

/// One event packet to send: everything but the sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Set on the first packet of an event.
    pub marker: bool,
    /// The start of the event in the stream's clock; the same on all its packets.
    pub timestamp: u32,
    /// RFC 4733 §2.3.
    pub payload: [u8; PAYLOAD_LEN],
    /// How often to send it, each time under its own sequence number.
    pub copies: usize,
}

/// Digits on their way into a stream: the relay's, or an endpoint's own.
#[derive(Default)]
pub struct Keypad {
    queue: VecDeque<Digit>,
    current: Option<Event>,
    /// When the next digit may start.
    free_at: Option<Instant>,
}

struct Event {
    digit: Digit,
    timestamp: u32,
    started: Instant,
    step: u16,
}

impl Keypad {
    /// Queues a digit; false if too many wait.
    pub fn press(&mut self, digit: Digit, now: Instant) -> bool {
        let room = self.queue.len() < MAX_QUEUED;
        if room {
            self.queue.push_back(digit);
            self.free_at.get_or_insert(now);
        }
        room
    }

    /// Whether a digit is sounding, so that audio must be withheld.
    pub fn is_sounding(&self, now: Instant) -> bool {
        // The packet that ends an event leaves 20 ms before the event does.
        self.current.is_some() || self.free_at.is_some_and(|free| now + PAUSE < free)
    }

    /// When [`next_packet`](Self::next_packet) has something; never, if `None`.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.current {
            Some(event) => Some(event.started + UPDATE_EVERY * u32::from(event.step)),
            None => self.free_at.filter(|_| !self.queue.is_empty()),
        }
    }

    /// The next packet that is due; `clock` is the stream's timestamp at this moment.
    pub fn next_packet(&mut self, now: Instant, clock: impl FnOnce() -> u32) -> Option<EventPacket> {
        if self.deadline()? > now {
            return None;
        }
        let event = match &mut self.current {
            Some(event) => event,
            None => {
                let digit = self.queue.pop_front()?;
                self.current.insert(Event { digit, timestamp: clock(), started: now, step: 0 })
            }
        };
        let packet = event.packet();
        event.step += 1;
        if event.step > LAST_STEP {
            self.free_at = Some(event.started + LENGTH + PAUSE);
            self.current = None;
        }
        Some(packet)
    }
}

impl Event {
    fn packet(&self) -> EventPacket {
        let ends = self.step == LAST_STEP;
        let [high, low] = (UPDATE_UNITS * (self.step + 1)).to_be_bytes();
        EventPacket {
            marker: self.step == 0,
            timestamp: self.timestamp,
            payload: [self.digit.event(), u8::from(ends) << 7 | VOLUME, high, low],
            copies: if ends { END_COPIES } else { 1 },
        }
    }
}

/// Reads digits out of a stream: packets with one timestamp are one event, however many arrive.
#[derive(Default)]
pub(crate) struct Ear {
    latest: Option<u32>,
}

impl Ear {
    /// The digit, if this packet is the first one heard of its event.
    pub(crate) fn hear(&mut self, header: &Header, payload: &[u8]) -> Option<Digit> {
        let [event, _, _, _, ..] = *payload else { return None };
        if self.latest.is_some_and(|latest| timestamp_step(latest, header.timestamp) <= 0) {
            return None;
        }
        self.latest = Some(header.timestamp);
        Digit::from_event(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_packets(keypad: &mut Keypad, from: Instant) -> Vec<(u128, EventPacket)> {
        let mut packets = Vec::new();
        while let Some(at) = keypad.deadline() {
            let clock = 48 * (at - from).as_millis() as u32;
            packets.extend(keypad.next_packet(at, || clock).map(|packet| ((at - from).as_millis(), packet)));
        }
        packets
    }

    #[test]
    fn an_event_is_marked_updated_and_ended_three_times() {
        let t0 = Instant::now();
        let mut keypad = Keypad::default();
        assert!(keypad.press(Digit::from_char('#').unwrap(), t0));
        let packets = all_packets(&mut keypad, t0);
        let seen: Vec<_> = packets.iter().map(|(at, packet)| (*at, packet.marker, packet.payload, packet.copies)).collect();
        assert_eq!(
            seen,
            [
                (0, true, [11, 10, 0, 160], 1),
                (20, false, [11, 10, 1, 64], 1),
                (40, false, [11, 10, 1, 224], 1),
                (60, false, [11, 10, 2, 128], 1),
                (80, false, [11, 0x8a, 3, 32], 3),
            ]
        );
        assert!(packets.iter().all(|(_, packet)| packet.timestamp == 0));
    }

    #[test]
    fn digits_follow_each_other_with_a_pause() {
        let t0 = Instant::now();
        let mut keypad = Keypad::default();
        for key in ['1', '1'] {
            keypad.press(Digit::from_char(key).unwrap(), t0);
        }
        let packets = all_packets(&mut keypad, t0);
        assert_eq!(packets[5].0, 160);
        assert_eq!(packets[5].1.timestamp, 160 * 48, "a new timestamp is a new event");
    }

    #[test]
    fn the_queue_is_bounded() {
        let (t0, mut keypad) = (Instant::now(), Keypad::default());
        let taken = (0..100).filter(|_| keypad.press(Digit(1), t0)).count();
        assert_eq!(taken, MAX_QUEUED);
    }

    #[test]
    fn an_event_is_heard_once_whichever_of_its_packets_come() {
        let header = |timestamp| Header { marker: false, payload_type: 126, sequence: 1, timestamp, ssrc: 1 };
        let mut ear = Ear::default();
        let heard: Vec<_> = [(10, 5), (10, 5), (970, 5), (10, 5), (970, 5), (2000, 200), (3000, 0)]
            .iter()
            .filter_map(|(timestamp, event)| ear.hear(&header(*timestamp), &[*event, 0x8a, 3, 32]))
            .map(Digit::to_char)
            .collect();
        assert_eq!(heard, ['5', '5', '0']);
        assert_eq!(ear.hear(&header(9000), &[1, 2, 3]), None);
    }

    #[test]
    fn every_key_has_one_event() {
        for (event, key) in "0123456789*#".chars().enumerate() {
            let digit = Digit::from_char(key).unwrap();
            assert_eq!((usize::from(digit.event()), digit.to_char()), (event, key));
        }
        assert_eq!((Digit::from_char('A'), Digit::from_event(12)), (None, None));
    }
}

//! Pressing keys: RFC 4733 events in the place of audio packets, one step every 20 ms.
//!
//! One event takes the sequence numbers of the audio stream and keeps the timestamp of its start; its duration grows in
//! units of the 8000 Hz event clock, 160 for each 20 ms, although the timestamp counts 48000 Hz (platform docs, DTMF: only the
//! 8000 clock exists). The first packet carries the marker, the last is sent three times (RFC 4733 §2.5.1.4).

use std::collections::VecDeque;

use callport_relay::dtmf::Digit;

/// Digits that may wait; more are refused.
pub(crate) const MAX_WAITING: usize = 64;

/// A press lasts five packets: 100 ms, enough for every detector.
const PRESS_STEPS: u16 = 5;

/// The last packet is sent this many times in all.
const END_COPIES: u16 = 3;

/// And then the key rests for 60 ms before the next.
const REST_STEPS: u16 = 3;

/// Units of the event clock in one step.
const UNITS_PER_STEP: u16 = 160;

/// Power level: −10 dBm0.
const VOLUME: u8 = 10;

/// One event packet to send now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventPacket {
    /// First packet of its event.
    pub marker: bool,
    /// How many 20 ms steps ago the event began: its timestamp is that much older than now.
    pub steps_ago: u16,
    /// RFC 4733 §2.3.
    pub payload: [u8; 4],
}

/// What this step's packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyStep {
    /// No key is pressed: audio as usual.
    Idle,
    /// Between two keys: audio as usual, but the next key has to wait.
    Rest,
    /// This instead of audio.
    Send(EventPacket),
}

/// The keys to press, in order.
#[derive(Default)]
pub(crate) struct Keypad {
    waiting: VecDeque<Digit>,
    /// Steps since the first waiting digit was pressed down.
    step: u16,
}

impl Keypad {
    /// Queues digits; those beyond [`MAX_WAITING`] are refused. Says how many were taken.
    pub(crate) fn press(&mut self, digits: impl IntoIterator<Item = Digit>) -> usize {
        let room = MAX_WAITING - self.waiting.len();
        let before = self.waiting.len();
        self.waiting.extend(digits.into_iter().take(room));
        self.waiting.len() - before
    }

    /// What to send in this 20 ms.
    pub(crate) fn next_step(&mut self) -> KeyStep {
        const LAST: u16 = PRESS_STEPS + END_COPIES - 2;
        let Some(&digit) = self.waiting.front() else { return KeyStep::Idle };
        let step = self.step;
        self.step += 1;
        if step > LAST {
            if step == LAST + REST_STEPS {
                self.waiting.pop_front();
                self.step = 0;
            }
            return KeyStep::Rest;
        }
        let ended = step >= PRESS_STEPS - 1;
        let duration = (step + 1).min(PRESS_STEPS) * UNITS_PER_STEP;
        let [high, low] = duration.to_be_bytes();
        let payload = [digit.event(), u8::from(ended) << 7 | VOLUME, high, low];
        KeyStep::Send(EventPacket { marker: step == 0, steps_ago: step, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(keys: &str, count: usize) -> Vec<KeyStep> {
        let mut keypad = Keypad::default();
        assert_eq!(keypad.press(keys.chars().filter_map(Digit::from_char)), keys.len());
        (0..count).map(|_| keypad.next_step()).collect()
    }

    #[test]
    fn one_key_is_marked_grows_and_ends_three_times() {
        let sent: Vec<EventPacket> = steps("#", 12)
            .into_iter()
            .filter_map(|step| match step {
                KeyStep::Send(packet) => Some(packet),
                _ => None,
            })
            .collect();
        let row = |marker, steps_ago, end: u8, duration: u16| {
            let [high, low] = duration.to_be_bytes();
            EventPacket { marker, steps_ago, payload: [11, end << 7 | 10, high, low] }
        };
        assert_eq!(
            sent,
            [
                row(true, 0, 0, 160),
                row(false, 1, 0, 320),
                row(false, 2, 0, 480),
                row(false, 3, 0, 640),
                row(false, 4, 1, 800),
                row(false, 5, 1, 800),
                row(false, 6, 1, 800),
            ]
        );
    }

    #[test]
    fn keys_rest_between_each_other_and_the_pad_falls_silent() {
        let all = steps("12", 24);
        assert!(all[..7].iter().all(|s| matches!(s, KeyStep::Send(p) if p.payload[0] == 1)));
        assert!(all[7..10].iter().all(|s| *s == KeyStep::Rest));
        assert!(all[10..17].iter().all(|s| matches!(s, KeyStep::Send(p) if p.payload[0] == 2)));
        assert!(all[20..].iter().all(|s| *s == KeyStep::Idle));
    }

    #[test]
    fn only_so_many_keys_wait() {
        let mut keypad = Keypad::default();
        let one = Digit::from_char('1').unwrap();
        assert_eq!(keypad.press(std::iter::repeat_n(one, MAX_WAITING + 5)), MAX_WAITING);
        assert_eq!(keypad.press([one]), 0);
    }
}

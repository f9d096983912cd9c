//! Keypad digits as RFC 4733 telephone-events.

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

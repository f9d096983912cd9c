//! A length of time as people write it: in flags, in the configuration and in scripts of users.

use std::time::Duration;

/// Units, longest first, with their length in milliseconds.
pub const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a whole number and its unit.
pub fn span(text: &str) -> Result<Duration, &'static str> {
    let read = || {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
        number.parse::<u64>().ok()?.checked_mul(*millis).map(Duration::from_millis)
    };
    read().ok_or("a length of time has its unit: 500ms, 20s, 5m, 1h, 30d")
}

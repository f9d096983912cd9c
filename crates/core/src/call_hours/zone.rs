//! Zones, dates and times of day. The zones are part of the program (the IANA database as `jiff` carries it), so that a rule reads no file and
//! means the same on every machine: docs/decisions/0034-time-zones.md.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::Day;
use crate::time::WallTime;

/// The longest name that is looked up.
const MAX_NAME: usize = 100;

/// A time zone of the IANA database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text names no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the IANA name of a time zone, as in Asia/Jakarta")]
pub struct BadZone;

impl Zone {
    /// The zone of that name, in any case.
    ///
    /// # Errors
    /// There is none.
    pub fn parse(name: &str) -> Result<Self, BadZone> {
        if name.len() > MAX_NAME {
            return Err(BadZone);
        }
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| BadZone)?;
        if zone.is_unknown() { Err(BadZone) } else { Ok(Self(zone)) }
    }

    /// Its name, as the database spells it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What a clock there shows.
    pub(super) fn local(&self, at: WallTime) -> (Date, TimeOfDay) {
        let shown = self.0.to_datetime(timestamp(at));
        (Date(shown.date()), TimeOfDay(60 * u16::from(shown.hour().unsigned_abs()) + u16::from(shown.minute().unsigned_abs())))
    }

    /// When the month began there that this moment is in.
    pub fn month_start(&self, at: WallTime) -> WallTime {
        let first = self.0.to_datetime(timestamp(at)).date().first_of_month();
        first.to_zoned(self.0.clone()).map_or(at, |start| wall(start.timestamp()))
    }

    /// When a clock there shows this: once, twice where clocks go back over it, never where they jump over it.
    pub(super) fn moments(&self, date: Date, time: TimeOfDay) -> impl Iterator<Item = WallTime> {
        let shown = date.0.at(time.hour(), time.minute(), 0, 0);
        let offsets = match self.0.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        };
        offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(shown).ok()).map(wall)
    }

    /// When clocks there are changed, in the days after a moment.
    pub(super) fn changes(&self, after: WallTime, days: i32) -> impl Iterator<Item = WallTime> {
        let end = WallTime::from_unix_millis(after.unix_millis().saturating_add(i64::from(days) * 86_400_000));
        self.0.following(timestamp(after)).map(|change| wall(change.timestamp())).take_while(move |at| *at <= end)
    }
}

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Moments beyond the years 1 to 9999 are the last that there are.
fn timestamp(at: WallTime) -> Timestamp {
    Timestamp::from_millisecond(at.unix_millis()).unwrap_or(Timestamp::MAX)
}

fn wall(at: Timestamp) -> WallTime {
    WallTime::from_unix_millis(at.as_millisecond())
}

/// A date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(civil::Date);

impl Date {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if text.len() == 10 && shape { text.parse().ok().map(Self) } else { None }
    }

    /// Which day of its week it is.
    pub fn day(self) -> Day {
        Day::ALL[usize::from(self.0.weekday().to_monday_zero_offset().unsigned_abs())]
    }

    pub(super) fn after(self, days: i32) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(days))))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A minute of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// 23:59.
    pub const LAST: Self = Self(24 * 60 - 1);

    /// Reads `HHMM`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u16 = text.parse().ok()?;
        let (hour, minute) = (number / 100, number % 100);
        (hour < 24 && minute < 60).then_some(Self(60 * hour + minute))
    }

    fn hour(self) -> i8 {
        (self.0 / 60) as i8
    }

    fn minute(self) -> i8 {
        (self.0 % 60) as i8
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}", self.hour(), self.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_the_names_of_the_database_in_any_case() {
        for (asked, name) in
            [("asia/jakarta", "Asia/Jakarta"), ("America/Manaus", "America/Manaus"), ("utc", "UTC"), ("Etc/UTC", "Etc/UTC")]
        {
            assert_eq!(Zone::parse(asked).unwrap().name(), name);
        }
        for bad in ["", "Jakarta", "Asia", "+07:00", "Etc/Unknown", "../Asia/Jakarta", &"A".repeat(101)] {
            assert_eq!(Zone::parse(bad), Err(BadZone), "{bad}");
        }
    }

    #[test]
    fn dates_and_times_are_written_in_one_way() {
        for text in ["2026-11-27", "2028-02-29"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", "2026-11-31", "2026-2-29", "27-11-2026", "20261127", "2026-11-27T00:00", "2026/11/27", "ä026-11-2"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        for text in ["0000", "0930", "2359"] {
            assert_eq!(TimeOfDay::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", "930", "09:30", "2400", "0960", "+930", "09301"] {
            assert_eq!(TimeOfDay::parse(bad), None, "{bad}");
        }
    }
}

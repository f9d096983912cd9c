//! When a number takes calls (platform docs, Configure call settings, `call_hours`, 2026-07-06): a week of windows in one zone, and dates
//! that differ. What is asked of a schedule stands in [`check`](CallHours::check), what it means in [`standing`](CallHours::standing).
//!
//! Hours go by what a clock on the wall in that zone shows. Where clocks go back, an hour that is shown twice is open or closed both times;
//! where they go forward, an hour that is never shown is nobody's, and a window around it opens as the clocks jump into it.

mod check;
mod zone;

pub use check::{HoursRefusal, MAX_A_DAY, MAX_HOLIDAYS};
pub use zone::{BadZone, Date, TimeOfDay, Zone};

use crate::settings::Switch;
use crate::time::WallTime;
use crate::words::words;

/// A week plus what may keep it closed: holidays on the one day of the week that is open, and a clock change or two.
const SEARCH_DAYS: i32 = 7 * (MAX_HOLIDAYS as i32 + 3);

/// `call_hours`, in the order stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallHours {
    /// `DISABLED`: open around the clock, whatever the rest says.
    pub status: Switch,
    /// `timezone_id`.
    pub zone: Zone,
    /// `weekly_operating_hours`.
    pub week: Vec<OpenHours>,
    /// `holiday_schedule`.
    pub holidays: Vec<Holiday>,
}

/// One window of each week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenHours {
    /// `day_of_week`.
    pub day: Day,
    /// `open_time` and `close_time`.
    pub window: Window,
}

/// One window of a date that differs from its week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// `date`.
    pub date: Date,
    /// `start_time` and `end_time`.
    pub window: Window,
}

/// A part of a day: from a minute on, until another. One until 23:59 lasts to the end of the day, as no later time can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// It begins with this minute.
    pub from: TimeOfDay,
    /// It is over with this minute.
    pub until: TimeOfDay,
}

/// `day_of_week`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Day {
    /// `MONDAY`.
    Monday,
    /// `TUESDAY`.
    Tuesday,
    /// `WEDNESDAY`.
    Wednesday,
    /// `THURSDAY`.
    Thursday,
    /// `FRIDAY`.
    Friday,
    /// `SATURDAY`.
    Saturday,
    /// `SUNDAY`.
    Sunday,
}

words!(Day {
    Monday = "MONDAY",
    Tuesday = "TUESDAY",
    Wednesday = "WEDNESDAY",
    Thursday = "THURSDAY",
    Friday = "FRIDAY",
    Saturday = "SATURDAY",
    Sunday = "SUNDAY",
});

/// What an entry of `holiday_schedule` is, which the documentation says in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HolidayMeaning {
    /// The settings page: the hours of that date, in place of those of its week.
    #[default]
    Open,
    /// A phrase of the page on user-initiated calls: hours of that date in which no calls are taken. The rest of it is like its week.
    Closed,
}

words!(HolidayMeaning { Open = "open", Closed = "closed" });

/// Whether calls are taken at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They are.
    Open,
    /// They are not.
    Closed {
        /// When they are next; `None` where no hour is open in the months to come.
        opens_at: Option<WallTime>,
    },
}

impl CallHours {
    /// Whether calls are taken at this moment, and when next.
    pub fn standing(&self, now: WallTime, meaning: HolidayMeaning) -> Standing {
        if self.open_at(now, meaning) { Standing::Open } else { Standing::Closed { opens_at: self.next_opening(now, meaning) } }
    }

    fn open_at(&self, at: WallTime, meaning: HolidayMeaning) -> bool {
        let (date, time) = self.zone.local(at);
        self.status == Switch::Disabled || self.open_on(date, time, meaning)
    }

    fn open_on(&self, date: Date, time: TimeOfDay, meaning: HolidayMeaning) -> bool {
        let in_week = self.week.iter().any(|hours| hours.day == date.day() && hours.window.holds(time));
        let mut of_date = self.holidays.iter().filter(|holiday| holiday.date == date);
        match meaning {
            HolidayMeaning::Open if of_date.clone().next().is_none() => in_week,
            HolidayMeaning::Open => of_date.any(|holiday| holiday.window.holds(time)),
            HolidayMeaning::Closed => in_week && !of_date.any(|holiday| holiday.window.holds(time)),
        }
    }

    /// The first moment after `now`, which is closed, that is open. A clock gets into an open hour in two ways only: it comes to an edge of
    /// a window, or it is changed.
    fn next_opening(&self, now: WallTime, meaning: HolidayMeaning) -> Option<WallTime> {
        let (today, _) = self.zone.local(now);
        let edges = (0..=SEARCH_DAYS).flat_map(|days| self.edges_on(today.after(days)));
        let changes = self.zone.changes(now, SEARCH_DAYS);
        edges.chain(changes).filter(|at| now < *at && self.open_at(*at, meaning)).min()
    }

    /// Moments of a date at which hours may begin. Those that are over on a holiday end with its window.
    fn edges_on(&self, date: Date) -> impl Iterator<Item = WallTime> {
        let week = self.week.iter().filter(move |hours| hours.day == date.day()).map(|hours| hours.window.from);
        let holidays = self.holidays.iter().filter(move |holiday| holiday.date == date);
        let holidays = holidays.flat_map(|holiday| [holiday.window.from, holiday.window.until]);
        week.chain(holidays).flat_map(move |time| self.zone.moments(date, time))
    }
}

impl Window {
    fn holds(self, time: TimeOfDay) -> bool {
        self.from <= time && (time < self.until || self.until == TimeOfDay::LAST)
    }
}

#[cfg(test)]
mod tests;

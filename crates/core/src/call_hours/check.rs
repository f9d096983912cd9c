//! What a schedule must keep to (platform docs, Configure call settings, 2026-07-06: the failures that it lists).

use super::{CallHours, Date, Day, Window};
use crate::settings::Switch;
use crate::time::WallTime;

/// Most windows of one day.
pub const MAX_A_DAY: usize = 2;

/// Most entries of `holiday_schedule`.
pub const MAX_HOLIDAYS: usize = 20;

/// Why a schedule cannot be. Answered with 100, as the platform names these mistakes but not their code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursRefusal {
    /// No hours at all.
    #[error("weekly_operating_hours must not be empty")]
    NoWeek,
    /// Three windows or more.
    #[error("weekly_operating_hours has more than {MAX_A_DAY} entries for {}", .0.name())]
    TooManyOfDay(Day),
    /// A window that ends before it begins, or as it begins.
    #[error("weekly_operating_hours of {} opens at {} and closes at {}: open_time must be before close_time", .0.name(), .1.from, .1.until)]
    DayBackwards(Day, Window),
    /// Two windows of a day share a minute.
    #[error("weekly_operating_hours has entries for {} that overlap", .0.name())]
    DayOverlap(Day),
    /// More than [`MAX_HOLIDAYS`].
    #[error("holiday_schedule has more than {MAX_HOLIDAYS} entries")]
    TooManyHolidays,
    /// Three windows or more.
    #[error("holiday_schedule has more than {MAX_A_DAY} entries for {0}")]
    TooManyOfDate(Date),
    /// A window that ends before it begins, or as it begins.
    #[error("holiday_schedule of {} starts at {} and ends at {}: start_time must be before end_time", .0, .1.from, .1.until)]
    DateBackwards(Date, Window),
    /// Two windows of a date share a minute.
    #[error("holiday_schedule has entries for {0} that overlap")]
    DateOverlap(Date),
    /// That day is over, in the schedule's zone.
    #[error("holiday_schedule has the date {0}, which is in the past")]
    Past(Date),
}

/// In which way the windows of one day or date are wrong.
enum Wrong {
    TooMany,
    Backwards(Window),
    Overlap,
}

impl CallHours {
    /// Whether a number may be given these hours at this moment. Hours that are switched off may have no windows (choice): the samples show
    /// such.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn check(&self, now: WallTime) -> Result<(), HoursRefusal> {
        if self.week.is_empty() && self.status == Switch::Enabled {
            return Err(HoursRefusal::NoWeek);
        }
        for day in Day::ALL {
            windows(self.week.iter().filter(|hours| hours.day == day).map(|hours| hours.window)).map_err(|wrong| match wrong {
                Wrong::TooMany => HoursRefusal::TooManyOfDay(day),
                Wrong::Backwards(window) => HoursRefusal::DayBackwards(day, window),
                Wrong::Overlap => HoursRefusal::DayOverlap(day),
            })?;
        }
        if self.holidays.len() > MAX_HOLIDAYS {
            return Err(HoursRefusal::TooManyHolidays);
        }
        let (today, _) = self.zone.local(now);
        for date in self.holidays.iter().map(|holiday| holiday.date) {
            if date < today {
                return Err(HoursRefusal::Past(date));
            }
            windows(self.holidays.iter().filter(|holiday| holiday.date == date).map(|holiday| holiday.window)).map_err(
                |wrong| match wrong {
                    Wrong::TooMany => HoursRefusal::TooManyOfDate(date),
                    Wrong::Backwards(window) => HoursRefusal::DateBackwards(date, window),
                    Wrong::Overlap => HoursRefusal::DateOverlap(date),
                },
            )?;
        }
        Ok(())
    }
}

/// At most two, each with its end after its beginning, and no minute in both.
fn windows(of_day: impl Iterator<Item = Window>) -> Result<(), Wrong> {
    let windows: Vec<_> = of_day.collect();
    if windows.len() > MAX_A_DAY {
        return Err(Wrong::TooMany);
    }
    if let Some(backwards) = windows.iter().find(|window| window.until <= window.from) {
        return Err(Wrong::Backwards(*backwards));
    }
    match windows[..] {
        [one, other] if one.from < other.until && other.from < one.until => Err(Wrong::Overlap),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{holiday, hours, moment, open};
    use super::*;

    #[test]
    fn two_windows_a_day_that_may_touch_are_fine() {
        let week = [open(Day::Monday, "0800-1200"), open(Day::Monday, "1200-1730"), open(Day::Sunday, "0000-2359")];
        let holidays = [holiday("2026-11-27", "1000-1100"), holiday("2027-01-01", "1300-1400"), holiday("2027-01-01", "0900-1000")];
        assert_eq!(hours("Asia/Jakarta", &week, &holidays).check(moment("2026-11-27T16:59:00Z")), Ok(()));
    }

    #[test]
    fn each_rule_refuses_by_its_own_name() {
        let monday = open(Day::Monday, "0800-1200");
        let in_june = |day: usize| holiday(&format!("2027-06-{day:02}"), "1000-1100");
        let cases = [
            (hours("UTC", &[], &[]), "weekly_operating_hours must not be empty"),
            (
                hours("UTC", &[monday, open(Day::Monday, "1300-1400"), open(Day::Monday, "1500-1600")], &[]),
                "weekly_operating_hours has more than 2 entries for MONDAY",
            ),
            (
                hours("UTC", &[monday, open(Day::Friday, "1000-1000")], &[]),
                "weekly_operating_hours of FRIDAY opens at 1000 and closes at 1000: open_time must be before close_time",
            ),
            (hours("UTC", &[monday, open(Day::Monday, "1159-1300")], &[]), "weekly_operating_hours has entries for MONDAY that overlap"),
            (hours("UTC", &[monday], &(1..=21).map(in_june).collect::<Vec<_>>()), "holiday_schedule has more than 20 entries"),
            (
                hours("UTC", &[monday], &[in_june(1), holiday("2027-06-01", "1200-1300"), holiday("2027-06-01", "1400-1500")]),
                "holiday_schedule has more than 2 entries for 2027-06-01",
            ),
            (
                hours("UTC", &[monday], &[holiday("2027-06-01", "1200-1100")]),
                "holiday_schedule of 2027-06-01 starts at 1200 and ends at 1100: start_time must be before end_time",
            ),
            (hours("UTC", &[monday], &[in_june(1), in_june(1)]), "holiday_schedule has entries for 2027-06-01 that overlap"),
            (
                hours("UTC", &[monday], &[holiday("2026-11-26", "1000-1100")]),
                "holiday_schedule has the date 2026-11-26, which is in the past",
            ),
        ];
        for (hours, says) in cases {
            assert_eq!(hours.check(moment("2026-11-27T10:00:00Z")).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn the_past_begins_at_midnight_of_the_zone() {
        let hours = hours("Asia/Jakarta", &[open(Day::Monday, "0800-1200")], &[holiday("2026-11-27", "0000-0100")]);
        assert_eq!(hours.check(moment("2026-11-27T16:59:59Z")), Ok(()), "seven hours before UTC");
        assert_eq!(hours.check(moment("2026-11-27T17:00:00Z")), Err(HoursRefusal::Past(Date::parse("2026-11-27").unwrap())));
    }

    #[test]
    fn hours_that_are_off_may_be_empty_but_not_wrong() {
        let off = |hours: CallHours| CallHours { status: Switch::Disabled, ..hours };
        assert_eq!(off(hours("UTC", &[], &[])).check(moment("2026-11-27T10:00:00Z")), Ok(()));
        let backwards = off(hours("UTC", &[open(Day::Monday, "1200-0800")], &[]));
        assert!(backwards.check(moment("2026-11-27T10:00:00Z")).is_err());
    }
}

use callport_core::call_hours::{CallHours, Date, Day, Holiday, HolidayMeaning, OpenHours, Standing, TimeOfDay, Window, Zone};
use callport_core::settings::Switch;
use callport_core::time::WallTime;
use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// 2024-01-01 to 2037-12-31: rules beyond are those of the last year, in both.
const FROM: i64 = 1_704_067_200;
const UNTIL: i64 = 2_145_830_400;

/// A schedule in plain numbers, which the rules and the other calendar are both made from.
#[derive(Debug, Clone)]
struct Plan {
    zone: Tz,
    now: i64,
    /// Day from Monday, and two minutes of a day in their order.
    week: Vec<(usize, (u16, u16))>,
    /// Days from now, and the same.
    holidays: Vec<(i64, (u16, u16))>,
    meaning: HolidayMeaning,
}

impl Plan {
    fn shown(&self, at: i64) -> DateTime<Tz> {
        Utc.timestamp_opt(at, 0).unwrap().with_timezone(&self.zone)
    }

    fn holiday_dates(&self) -> Vec<(chrono::NaiveDate, (u16, u16))> {
        let today = self.shown(self.now).date_naive();
        self.holidays.iter().map(|(days, window)| (today + chrono::Days::new(u64::try_from(*days).unwrap()), *window)).collect()
    }

    /// The other calendar's word.
    fn open_at(&self, at: i64, holidays: &[(chrono::NaiveDate, (u16, u16))]) -> bool {
        let shown = self.shown(at);
        let minute = u16::try_from(shown.hour() * 60 + shown.minute()).unwrap();
        let within = |(from, until): (u16, u16)| from <= minute && (minute < until || until == 1439);
        let day = shown.weekday().num_days_from_monday() as usize;
        let in_week = self.week.iter().any(|(of, window)| *of == day && within(*window));
        let of_date: Vec<_> = holidays.iter().filter(|(date, _)| *date == shown.date_naive()).map(|(_, window)| *window).collect();
        let in_date = of_date.iter().any(|window| within(*window));
        match self.meaning {
            HolidayMeaning::Open => {
                if of_date.is_empty() {
                    in_week
                } else {
                    in_date
                }
            }
            HolidayMeaning::Closed => in_week && !in_date,
        }
    }

    fn hours(&self) -> CallHours {
        let time = |minute: u16| TimeOfDay::parse(&format!("{:02}{:02}", minute / 60, minute % 60)).unwrap();
        let window = |(from, until): (u16, u16)| Window { from: time(from), until: time(until) };
        let open = |(day, hours): &(usize, (u16, u16))| OpenHours { day: Day::ALL[*day], window: window(*hours) };
        let holiday = |(date, hours): &(chrono::NaiveDate, (u16, u16))| Holiday {
            date: Date::parse(&date.to_string()).unwrap(),
            window: window(*hours),
        };
        CallHours {
            status: Switch::Enabled,
            zone: Zone::parse(self.zone.name()).unwrap(),
            week: self.week.iter().map(open).collect(),
            holidays: self.holiday_dates().iter().map(holiday).collect(),
        }
    }

    /// The two copies of the zones are of different months; where they differ, nothing is compared.
    fn zones_agree(&self, until: i64) -> bool {
        let ours = jiff::tz::TimeZoneDatabase::bundled().get(self.zone.name()).unwrap();
        let mut hours = (self.now - DAY..=until + DAY).step_by(1_800);
        hours.all(|at| {
            let offset = ours.to_offset(jiff::Timestamp::from_second(at).unwrap());
            offset.seconds() == self.shown(at).offset().fix().local_minus_utc()
        })
    }
}

/// Quarters of an hour, more often of the night, when clocks are changed.
fn window() -> impl Strategy<Value = (u16, u16)> {
    let minute = || prop_oneof![(0..20_u16).prop_map(|quarter| quarter * 15), (0..96_u16).prop_map(|quarter| quarter * 15), Just(1439_u16)];
    (minute(), minute()).prop_filter_map("a window has a length", |(one, other)| (one != other).then(|| (one.min(other), one.max(other))))
}

/// Any moment, or one at most a day and a half from a change of clocks.
fn moment(zone: Tz, at: i64, near: Option<i64>) -> i64 {
    let ours = jiff::tz::TimeZoneDatabase::bundled().get(zone.name()).unwrap();
    let change = ours.following(jiff::Timestamp::from_second(at).unwrap()).next().map(|change| change.timestamp().as_second());
    match (near, change) {
        (Some(away), Some(change)) if change < UNTIL => change + away,
        _ => at,
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let zone = (0..TZ_VARIANTS.len()).prop_map(|at| TZ_VARIANTS[at]);
    let near = proptest::option::of(-DAY * 3 / 2..DAY * 3 / 2);
    let week = proptest::collection::vec((0..7_usize, window()), 1..8);
    let holidays = proptest::collection::vec((0..9_i64, window()), 0..5);
    let meaning = prop_oneof![Just(HolidayMeaning::Open), Just(HolidayMeaning::Closed)];
    (zone, FROM..UNTIL, near, week, holidays, meaning).prop_map(|(zone, at, near, week, holidays, meaning)| Plan {
        zone,
        now: moment(zone, at, near),
        week,
        holidays,
        meaning,
    })
}

proptest! {
    #[test]
    fn the_next_opening_is_the_first_minute_that_another_calendar_calls_open(plan in plan()) {
        let (hours, holidays) = (plan.hours(), plan.holiday_dates());
        let standing = hours.standing(WallTime::from_unix_seconds(plan.now), plan.meaning);
        let until = match standing {
            Standing::Open => plan.now,
            Standing::Closed { opens_at } => opens_at.map_or(plan.now + 30 * DAY, WallTime::unix_seconds),
        };
        prop_assume!(plan.zones_agree(until));
        prop_assert_eq!(standing == Standing::Open, plan.open_at(plan.now, &holidays));
        if let Standing::Closed { opens_at } = standing {
            let first_whole = plan.now + (-plan.now).rem_euclid(MINUTE);
            let minutes = (first_whole..until).step_by(usize::try_from(MINUTE).unwrap());
            let early = minutes.into_iter().find(|at| plan.open_at(*at, &holidays));
            prop_assert_eq!(early, None, "open before");
            if let Some(at) = opens_at {
                prop_assert!(plan.open_at(at.unix_seconds(), &holidays), "still closed at {}", plan.shown(at.unix_seconds()));
                prop_assert!(!plan.open_at(at.unix_seconds() - 1, &holidays), "open a second before");
            }
        }
    }
}

#[test]
fn every_zone_of_the_other_calendar_is_known() {
    let unknown: Vec<_> = TZ_VARIANTS.iter().filter(|zone| Zone::parse(zone.name()).is_err()).map(|zone| zone.name()).collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

#[test]
fn most_zones_are_compared() {
    let plan = |zone| Plan { zone, now: 1_796_000_000, week: vec![], holidays: vec![], meaning: HolidayMeaning::Open };
    let same = TZ_VARIANTS.iter().filter(|zone| plan(**zone).zones_agree(1_796_000_000 + 366 * DAY)).count();
    assert!(
        same * 20 > TZ_VARIANTS.len() * 19,
        "{same} of {} zones agree: one of the copies is too old to compare with",
        TZ_VARIANTS.len()
    );
}

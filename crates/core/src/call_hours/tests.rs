use super::*;

pub(super) fn moment(text: &str) -> WallTime {
    WallTime::from_unix_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn window(text: &str) -> Window {
    let (from, until) = text.split_once('-').unwrap();
    Window { from: TimeOfDay::parse(from).unwrap(), until: TimeOfDay::parse(until).unwrap() }
}

pub(super) fn open(day: Day, hours: &str) -> OpenHours {
    OpenHours { day, window: window(hours) }
}

pub(super) fn holiday(date: &str, hours: &str) -> Holiday {
    Holiday { date: Date::parse(date).unwrap(), window: window(hours) }
}

pub(super) fn hours(zone: &str, week: &[OpenHours], holidays: &[Holiday]) -> CallHours {
    CallHours { status: Switch::Enabled, zone: Zone::parse(zone).unwrap(), week: week.to_vec(), holidays: holidays.to_vec() }
}

/// At each moment: open, or closed until the other moment.
fn check(hours: &CallHours, meaning: HolidayMeaning, expected: &[(&str, &str)]) {
    for (now, says) in expected {
        let says = match *says {
            "open" => Standing::Open,
            "never" => Standing::Closed { opens_at: None },
            opens_at => Standing::Closed { opens_at: Some(moment(opens_at)) },
        };
        assert_eq!(hours.standing(moment(now), meaning), says, "{now}");
    }
}

#[test]
fn a_week_opens_and_closes_by_the_clock_of_its_zone() {
    let week = [open(Day::Monday, "0800-1200"), open(Day::Monday, "1300-1730"), open(Day::Friday, "0900-2359")];
    let seen = [
        ("2026-11-30T00:59:59.999Z", "2026-11-30T01:00:00Z"), // a Monday, 07:59 in Jakarta
        ("2026-11-30T01:00:00Z", "open"),
        ("2026-11-30T04:59:59Z", "open"),
        ("2026-11-30T05:00:00Z", "2026-11-30T06:00:00Z"),
        ("2026-11-30T10:30:00Z", "2026-12-04T02:00:00Z"),
        ("2026-12-04T16:59:59Z", "open"), // a window until 23:59 lasts to midnight
        ("2026-12-04T17:00:00Z", "2026-12-07T01:00:00Z"),
    ];
    check(&hours("Asia/Jakarta", &week, &[]), HolidayMeaning::Open, &seen);
}

#[test]
fn hours_that_are_off_are_open_around_the_clock() {
    let off = CallHours { status: Switch::Disabled, ..hours("Asia/Jakarta", &[open(Day::Monday, "0800-1200")], &[]) };
    check(&off, HolidayMeaning::Open, &[("2026-12-01T00:00:00Z", "open"), ("2026-12-06T23:00:00Z", "open")]);
}

#[test]
fn a_holiday_replaces_the_hours_of_its_day() {
    let week: Vec<_> = Day::ALL.into_iter().map(|day| open(day, "0800-1800")).collect();
    let hours = hours("UTC", &week, &[holiday("2027-01-01", "1000-1400"), holiday("2027-01-02", "0000-0001")]);
    let seen = [
        ("2027-01-01T08:00:00Z", "2027-01-01T10:00:00Z"),
        ("2027-01-01T13:59:59Z", "open"),
        ("2027-01-01T14:00:00Z", "2027-01-02T00:00:00Z"), // as short as a day can be
        ("2027-01-02T00:01:00Z", "2027-01-03T08:00:00Z"),
        ("2026-12-31T17:00:00Z", "open"),
    ];
    check(&hours, HolidayMeaning::Open, &seen);
    let seen = [
        ("2027-01-01T08:00:00Z", "open"),
        ("2027-01-01T10:00:00Z", "2027-01-01T14:00:00Z"),
        ("2027-01-02T00:00:00Z", "2027-01-02T08:00:00Z"),
    ];
    check(&hours, HolidayMeaning::Closed, &seen);
}

#[test]
fn the_last_of_twenty_closed_holidays_is_still_looked_past() {
    let mondays = (0..MAX_HOLIDAYS as i32).map(|week| Date::parse("2026-11-30").unwrap().after(7 * week).to_string());
    let closed: Vec<_> = mondays.map(|date| holiday(&date, "0000-2359")).collect();
    let hours = hours("UTC", &[open(Day::Monday, "0800-1800")], &closed);
    check(&hours, HolidayMeaning::Closed, &[("2026-11-30T08:00:00Z", "2027-04-19T08:00:00Z")]);
}

#[test]
fn where_clocks_go_forward_an_hour_is_nobodys() {
    // Berlin, 2027-03-28: 02:00 becomes 03:00, at 01:00 UTC.
    let within = hours("Europe/Berlin", &[open(Day::Sunday, "0215-0245"), open(Day::Sunday, "0400-0500")], &[]);
    check(&within, HolidayMeaning::Open, &[("2027-03-28T00:59:00Z", "2027-03-28T02:00:00Z")]);
    let around = hours("Europe/Berlin", &[open(Day::Sunday, "0230-0400")], &[]);
    check(&around, HolidayMeaning::Open, &[("2027-03-28T00:59:59Z", "2027-03-28T01:00:00Z"), ("2027-03-28T01:00:00Z", "open")]);
}

#[test]
fn where_clocks_go_back_an_hour_is_shown_twice() {
    // New York, 2026-11-01: 02:00 becomes 01:00, at 06:00 UTC.
    let hours = hours("America/New_York", &[open(Day::Sunday, "0130-0145")], &[]);
    let seen = [
        ("2026-11-01T05:29:00Z", "2026-11-01T05:30:00Z"),
        ("2026-11-01T05:30:00Z", "open"),
        ("2026-11-01T05:45:00Z", "2026-11-01T06:30:00Z"),
        ("2026-11-01T06:30:00Z", "open"),
        ("2026-11-01T06:45:00Z", "2026-11-08T06:30:00Z"),
    ];
    check(&hours, HolidayMeaning::Open, &seen);
}

#[test]
fn a_month_begins_by_the_clock_of_its_zone() {
    for (zone, at, start) in [
        ("UTC", "2026-11-27T12:00:00Z", "2026-11-01T00:00:00Z"),
        ("Asia/Jakarta", "2026-10-31T17:00:00Z", "2026-10-31T17:00:00Z"),
        ("Asia/Jakarta", "2026-10-31T16:59:59.999Z", "2026-09-30T17:00:00Z"),
        ("America/Sao_Paulo", "2027-01-01T02:00:00Z", "2026-12-01T03:00:00Z"),
        ("Africa/Cairo", "2027-05-10T00:00:00Z", "2027-04-30T21:00:00Z"), // the clock was set forward in April
    ] {
        assert_eq!(Zone::parse(zone).unwrap().month_start(moment(at)), moment(start), "{zone} {at}");
    }
}

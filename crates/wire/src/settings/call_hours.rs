//! `call_hours` as POST takes it, and how its times are written.
//!
//! The documentation writes times as `"0930"`, in one sample as `"04:00"`, and calls them integers in its tables: all three are taken. It calls the
//! edges of a holiday `start_time` and `end_time` in samples, `open_time` and `close_time` in its table: both are taken. What is shown is the
//! first of each.

use serde_json::Value;

use super::Switch;
use super::view::{CallHours, Holiday, OpenHours};
use crate::params::{Malformed, Params};

const HOURS: &str = "calling.call_hours";

/// What hours that are off are said to be in, where the request names no zone (choice).
const NO_ZONE: &str = "UTC";

/// More entries than any rule lets through are not even read.
const MAX_ENTRIES: usize = 100;

/// Reads the object. A `holiday_schedule` that is not there is an empty one. Where the hours are switched off, the rest may be missing.
pub(super) fn read_call_hours(value: &Value) -> Result<CallHours, Malformed> {
    let params = Params::nested(value, HOURS)?;
    let status = params.word("status")?.ok_or_else(|| Malformed::missing(&params.name("status")))?;
    let off = status == Switch::Disabled;
    let zone = params.text("timezone_id")?.filter(|zone| !zone.is_empty());
    let week = entries(&params, "weekly_operating_hours", read_open_hours)?;
    Ok(CallHours {
        status,
        timezone_id: zone.or(off.then_some(NO_ZONE)).ok_or_else(|| Malformed::missing(&params.name("timezone_id")))?.to_owned(),
        weekly_operating_hours: week.or(off.then(Vec::new)).ok_or_else(|| Malformed::missing(&params.name("weekly_operating_hours")))?,
        holiday_schedule: entries(&params, "holiday_schedule", read_holiday)?.unwrap_or_default(),
    })
}

fn entries<T>(params: &Params<'_>, key: &str, read: fn(&Params<'_>) -> Result<T, Malformed>) -> Result<Option<Vec<T>>, Malformed> {
    let name = params.name(key);
    let Some(listed) = params.list(key)? else { return Ok(None) };
    if listed.len() > MAX_ENTRIES {
        return Err(Malformed::wrong(&name, format_args!("must have at most {MAX_ENTRIES} entries")));
    }
    let entry = |(at, value): (usize, &Value)| {
        let path = format!("{name}[{at}]");
        Params::nested(value, &path).and_then(|entry| read(&entry))
    };
    listed.iter().enumerate().map(entry).collect::<Result<_, _>>().map(Some)
}

fn read_open_hours(entry: &Params<'_>) -> Result<OpenHours, Malformed> {
    Ok(OpenHours {
        day_of_week: entry.word("day_of_week")?.ok_or_else(|| Malformed::missing(&entry.name("day_of_week")))?,
        open_time: time(entry, &["open_time"])?,
        close_time: time(entry, &["close_time"])?,
    })
}

fn read_holiday(entry: &Params<'_>) -> Result<Holiday, Malformed> {
    Ok(Holiday {
        date: entry.required_text("date")?.to_owned(),
        start_time: time(entry, &["start_time", "open_time"])?,
        end_time: time(entry, &["end_time", "close_time"])?,
    })
}

/// A time under the first of these keys that is there, as `HHMM` where it is one.
fn time(entry: &Params<'_>, keys: &[&str]) -> Result<String, Malformed> {
    let key = keys.iter().find(|key| entry.value(key).is_some()).unwrap_or(&keys[0]);
    let text = entry.text_or_number(key)?.ok_or_else(|| Malformed::missing(&entry.name(key)))?;
    Ok(match entry.value(key) {
        Some(Value::Number(_)) => format!("{text:0>4}"),
        _ if text.len() == 5 && text.as_bytes()[2] == b':' => text.replacen(':', "", 1),
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::Day;

    fn read(value: Value) -> Result<CallHours, String> {
        read_call_hours(&value).map_err(|malformed| malformed.details)
    }

    #[test]
    fn times_are_taken_in_three_ways_and_edges_of_holidays_by_two_names() {
        let hours = read(json!({ "status": "enabled", "timezone_id": "Asia/Jakarta",
            "weekly_operating_hours": [
                { "day_of_week": "monday", "open_time": "0930", "close_time": "12:00" },
                { "day_of_week": "FRIDAY", "open_time": 400, "close_time": 1730 },
                { "day_of_week": "SUNDAY", "open_time": 0, "close_time": "2359" } ],
            "holiday_schedule": [
                { "date": "2027-01-01", "start_time": "10:00", "end_time": 1400 },
                { "date": "2027-01-02", "open_time": 5, "close_time": "0010" } ] }))
        .unwrap();
        let week: Vec<_> =
            hours.weekly_operating_hours.iter().map(|open| (open.day_of_week, &*open.open_time, &*open.close_time)).collect();
        assert_eq!(week, [(Day::Monday, "0930", "1200"), (Day::Friday, "0400", "1730"), (Day::Sunday, "0000", "2359")]);
        let holidays: Vec<_> = hours.holiday_schedule.iter().map(|holiday| (&*holiday.start_time, &*holiday.end_time)).collect();
        assert_eq!(holidays, [("1000", "1400"), ("0005", "0010")]);
    }

    #[test]
    fn hours_that_are_off_need_nothing_else() {
        let whole = json!({ "status": "DISABLED", "timezone_id": "Asia/Jakarta", "weekly_operating_hours": [], "holiday_schedule": null });
        assert_eq!(read(whole).unwrap().timezone_id, "Asia/Jakarta");
        let off = read(json!({ "status": "DISABLED" })).unwrap();
        assert_eq!((&*off.timezone_id, off.weekly_operating_hours.len(), off.holiday_schedule.len()), ("UTC", 0, 0));
    }

    #[test]
    fn refuses_and_says_why() {
        let with = |week: Value| json!({ "status": "ENABLED", "timezone_id": "UTC", "weekly_operating_hours": week });
        for (hours, details) in [
            (json!([]), "The parameter calling.call_hours must be an object."),
            (json!({}), "The parameter calling.call_hours.status is required."),
            (json!({ "status": "OPEN" }), "The parameter calling.call_hours.status must be one of ENABLED, DISABLED."),
            (json!({ "status": "ENABLED" }), "The parameter calling.call_hours.timezone_id is required."),
            (json!({ "status": "ENABLED", "timezone_id": "UTC" }), "The parameter calling.call_hours.weekly_operating_hours is required."),
            (with(json!({})), "The parameter calling.call_hours.weekly_operating_hours must be a list."),
            (with(json!(["MONDAY"])), "The parameter calling.call_hours.weekly_operating_hours[0] must be an object."),
            (with(json!([{ "open_time": "0800" }])), "The parameter calling.call_hours.weekly_operating_hours[0].day_of_week is required."),
            (
                with(json!([{ "day_of_week": "MONDAY", "open_time": "0800" }])),
                "The parameter calling.call_hours.weekly_operating_hours[0].close_time is required.",
            ),
        ] {
            assert_eq!(read(hours.clone()), Err(details.to_owned()), "{hours}");
        }
    }
}

//! Calls and their timelines.

use callport_core::call::{Ending, Talk};
use callport_core::call_id::CallId;
use callport_core::ids::{PhoneNumberId, UserId, WabaId};
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::CallPage;
use callport_engine::records::{CallRecord, MediaReport, Stage, TimelineEntry};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, json, list};
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

const CALLING: &str = "calling";
const RINGING: &str = "ringing";
const ACTIVE: &str = "active";
const ENDED: &str = "ended";

/// A stage, spread over its columns.
#[derive(Default)]
struct StageColumns {
    stage: &'static str,
    accepted_at: Option<WallTime>,
    ended_at: Option<WallTime>,
    end_reason: Option<&'static str>,
    talk: Option<Talk>,
}

impl From<&Stage> for StageColumns {
    fn from(stage: &Stage) -> Self {
        match stage {
            Stage::Calling => Self { stage: CALLING, ..Self::default() },
            Stage::Ringing => Self { stage: RINGING, ..Self::default() },
            Stage::Active(since) => Self { stage: ACTIVE, accepted_at: Some(*since), ..Self::default() },
            Stage::Ended(Ending { at, reason, talk }) => {
                Self { stage: ENDED, accepted_at: None, ended_at: Some(*at), end_reason: Some(reason.word()), talk: *talk }
            }
        }
    }
}

pub(crate) fn put_call(call: &CallRecord) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO calls (id, direction, number, waba, user, placed_at_ms, stage, accepted_at_ms, ended_at_ms, end_reason,
             talk_since_ms, talk_until_ms, cta_payload, deeplink_payload, opaque, codecs, media, device)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET direction = excluded.direction, number = excluded.number, waba = excluded.waba,
             user = excluded.user, placed_at_ms = excluded.placed_at_ms, stage = excluded.stage,
             accepted_at_ms = excluded.accepted_at_ms, ended_at_ms = excluded.ended_at_ms, end_reason = excluded.end_reason,
             talk_since_ms = excluded.talk_since_ms, talk_until_ms = excluded.talk_until_ms, cta_payload = excluded.cta_payload,
             deeplink_payload = excluded.deeplink_payload, opaque = excluded.opaque, codecs = excluded.codecs, media = excluded.media,
             device = excluded.device",
    );
    let stage = StageColumns::from(&call.stage);
    let media = call.media.as_ref().map(stored_media);
    Ok(put
        .bind(call.id.as_str())
        .bind(call.direction.word())
        .bind(call.number.as_str())
        .bind(call.waba.as_str())
        .bind(call.user.as_str())
        .bind(call.placed_at.unix_millis())
        .bind(stage.stage)
        .bind(stage.accepted_at.map(WallTime::unix_millis))
        .bind(stage.ended_at.map(WallTime::unix_millis))
        .bind(stage.end_reason)
        .bind(stage.talk.map(|talk| talk.since.unix_millis()))
        .bind(stage.talk.map(|talk| talk.until.unix_millis()))
        .bind(call.cta_payload.as_deref())
        .bind(call.deeplink_payload.as_deref())
        .bind(call.opaque.as_deref())
        .bind(list(call.codecs.iter().map(|codec| codec.word()))?)
        .bind(media.transpose()?)
        .bind(call.device.map(|device| device.word())))
}

/// JSON knows no infinity and no NaN: such a jitter would be written as `null` and never read again.
fn stored_media(report: &MediaReport) -> Result<String, Fault> {
    let mut report = report.clone();
    for leg in [&mut report.user, &mut report.business] {
        if !leg.figures.jitter_ms.is_finite() {
            leg.figures.jitter_ms = 0.0;
        }
    }
    json(&report)
}

pub(crate) fn call_by_id(id: &CallId) -> Query<'_> {
    query("SELECT * FROM calls WHERE id = ?").bind(id.as_str())
}

/// Oldest first. The condition is that of the index `calls_live`, word by word.
pub(crate) fn live_calls() -> Query<'static> {
    query("SELECT * FROM calls WHERE stage <> 'ended' ORDER BY placed_at_ms, id")
}

/// When a number placed its calls, oldest first. The condition is that of the index `calls_by_business`, word by word.
pub(crate) fn business_calls_since(number: &PhoneNumberId, since: WallTime) -> Query<'_> {
    query(
        "SELECT placed_at_ms FROM calls WHERE number = ? AND direction = 'BUSINESS_INITIATED' AND placed_at_ms >= ?
         ORDER BY placed_at_ms",
    )
    .bind(number.as_str())
    .bind(since.unix_millis())
}

pub(crate) fn read_placed_at(row: &SqliteRow) -> Result<WallTime, Fault> {
    Row::of("calls", row).time("placed_at_ms")
}

/// The last placed first: a call keeps the rowid that it was placed with. One text for each filter, so that each has its index.
pub(crate) fn calls(page: &CallPage) -> Query<'_> {
    let (number, user) = (page.number.as_ref().map(PhoneNumberId::as_str), page.user.as_ref().map(UserId::as_str));
    let Some(before) = &page.before else {
        return match (number, user) {
            (None, None) => query("SELECT * FROM calls ORDER BY rowid DESC LIMIT ?"),
            (Some(number), None) => query("SELECT * FROM calls WHERE number = ? ORDER BY rowid DESC LIMIT ?").bind(number),
            (None, Some(user)) => query("SELECT * FROM calls WHERE user = ? ORDER BY rowid DESC LIMIT ?").bind(user),
            (Some(number), Some(user)) => {
                query("SELECT * FROM calls WHERE +number = ? AND user = ? ORDER BY rowid DESC LIMIT ?").bind(number).bind(user)
            }
        }
        .bind(page.limit);
    };
    match (number, user) {
        (None, None) => query("SELECT * FROM calls WHERE rowid < (SELECT rowid FROM calls WHERE id = ?) ORDER BY rowid DESC LIMIT ?"),
        (Some(number), None) => {
            query("SELECT * FROM calls WHERE number = ? AND rowid < (SELECT rowid FROM calls WHERE id = ?) ORDER BY rowid DESC LIMIT ?")
                .bind(number)
        }
        (None, Some(user)) => {
            query("SELECT * FROM calls WHERE user = ? AND rowid < (SELECT rowid FROM calls WHERE id = ?) ORDER BY rowid DESC LIMIT ?")
                .bind(user)
        }
        (Some(number), Some(user)) => query(
            "SELECT * FROM calls WHERE +number = ? AND user = ? AND rowid < (SELECT rowid FROM calls WHERE id = ?)
             ORDER BY rowid DESC LIMIT ?",
        )
        .bind(number)
        .bind(user),
    }
    .bind(before.as_str())
    .bind(page.limit)
}

pub(crate) fn read_call(row: &SqliteRow) -> Result<CallRecord, Fault> {
    let row = Row::of("calls", row);
    Ok(CallRecord {
        id: row.parsed("id", CallId::parse)?,
        direction: row.word("direction")?,
        number: row.parsed("number", PhoneNumberId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        user: row.parsed("user", UserId::parse)?,
        device: row.maybe_word("device")?,
        placed_at: row.time("placed_at_ms")?,
        stage: read_stage(&row)?,
        cta_payload: row.plain("cta_payload")?,
        deeplink_payload: row.plain("deeplink_payload")?,
        opaque: row.plain("opaque")?,
        codecs: row.words("codecs")?,
        media: row.maybe_json("media")?,
    })
}

fn read_stage(row: &Row<'_>) -> Result<Stage, Fault> {
    match row.plain("stage")? {
        CALLING => Ok(Stage::Calling),
        RINGING => Ok(Stage::Ringing),
        ACTIVE => Ok(Stage::Active(row.time("accepted_at_ms")?)),
        ENDED => {
            let talk = row.maybe_time("talk_since_ms")?.zip(row.maybe_time("talk_until_ms")?);
            let talk = talk.map(|(since, until)| Talk { since, until });
            Ok(Stage::Ended(Ending { at: row.time("ended_at_ms")?, reason: row.word("end_reason")?, talk }))
        }
        _ => Err(row.unreadable("stage", "an unknown word")),
    }
}

pub(crate) fn add_timeline(entry: &TimelineEntry) -> Query<'_> {
    query("INSERT INTO timeline (call, at_ms, kind, text) VALUES (?, ?, ?, ?)")
        .bind(entry.call.as_str())
        .bind(entry.at.unix_millis())
        .bind(entry.kind.word())
        .bind(&entry.text)
}

/// Several at once, in their order.
pub(crate) fn add_timelines<'q>(entries: impl Iterator<Item = &'q TimelineEntry>) -> Result<Query<'static>, Fault> {
    let rows: Vec<_> = entries.map(|entry| (entry.call.as_str(), entry.at.unix_millis(), entry.kind.word(), entry.text.as_str())).collect();
    let add = query(
        "INSERT INTO timeline (call, at_ms, kind, text)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)",
    );
    Ok(add.bind(json(&rows)?))
}

pub(crate) fn timeline(call: &CallId) -> Query<'_> {
    query("SELECT * FROM timeline WHERE call = ? ORDER BY line").bind(call.as_str())
}

pub(crate) fn read_timeline(row: &SqliteRow) -> Result<TimelineEntry, Fault> {
    let row = Row::of("timeline", row);
    Ok(TimelineEntry {
        call: row.parsed("call", CallId::parse)?,
        at: row.time("at_ms")?,
        kind: row.word("kind")?,
        text: row.plain("text")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of earlier versions hold this very text: whoever changes the report keeps it readable or adds a migration.
    #[test]
    fn reads_the_media_report_of_earlier_rows() {
        let leg = r#"{"checks":[{"step":"dtls","outcome":"failed","says":"no answer","after_ms":1200}],"figures":{"packets_in":1,"octets_in":2,"packets_out":3,"octets_out":4,"lost_in":-1,"jitter_ms":2.5,"round_trip_ms":null,"mos":4.25,"digits":5,"dropped":{"replayed":6},"remote":"…:5004"}}"#;
        let kept = format!(r#"{{"user":{leg},"business":{leg}}}"#);
        let report: MediaReport = serde_json::from_str(&kept).unwrap();
        assert_eq!(report.business.figures.dropped["replayed"], 6);
        assert_eq!(stored_media(&report).unwrap(), kept);
    }

    #[test]
    fn figures_that_json_cannot_say_do_not_make_a_call_unreadable() {
        let mut report = MediaReport::default();
        report.user.figures.jitter_ms = f64::NAN;
        report.business.figures.mos = Some(f64::INFINITY);
        let read: MediaReport = serde_json::from_str(&stored_media(&report).unwrap()).unwrap();
        assert_eq!(read, MediaReport::default());
    }
}

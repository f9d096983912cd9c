//! Calls, and the counts that many share.

use callport_core::call::{Ending, Talk};
use callport_core::call_id::{CallId, Direction};
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::quality::PickUps;
use callport_core::time::WallTime;
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::ports::CallPage;
use callport_engine::records::{CallLine, CallRecord, MediaReport, Stage};
use callport_flow::CallRow;
use callport_flow::PickUpAsk;

use super::{call_ids, json, list};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// Rows of calls with their ids and what the media plane reported of them.
macro_rules! reported {
    ($($rest:expr),+) => {
        concat!(
            "SELECT calls.*, (SELECT id FROM call_ids WHERE no = calls.no) AS id,
                (SELECT report FROM media_reports WHERE call = calls.no) AS media
             FROM calls ",
            $($rest),+
        )
    };
}

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

/// A report of the media plane stays until there is another.
pub(crate) fn put_call(db: &Db, version: i64, row: &CallRow) -> Result<(), Fault> {
    let call = &row.record;
    let no = call_ids::number(db, &call.id)?;
    let stage = StageColumns::from(&call.stage);
    let (sip_app, sip_webhooks) = match &call.line {
        CallLine::Webhooks => (None, false),
        CallLine::Sip { app, webhooks } => (Some(app), *webhooks),
    };
    put!(db, version, "calls" [no: no] {
        direction: call.direction.word(),
        number: call.number.as_str(),
        waba: call.waba.as_str(),
        user: call.user.as_str(),
        device: call.device.map(|device| device.word()),
        placed_at_ms: call.placed_at.unix_millis(),
        stage: stage.stage,
        accepted_at_ms: stage.accepted_at.map(WallTime::unix_millis),
        ended_at_ms: stage.ended_at.map(WallTime::unix_millis),
        end_reason: stage.end_reason,
        talk_since_ms: stage.talk.map(|talk| talk.since.unix_millis()),
        talk_until_ms: stage.talk.map(|talk| talk.until.unix_millis()),
        cta_payload: call.cta_payload,
        deeplink_payload: call.deeplink_payload,
        opaque: call.opaque,
        sip_app: sip_app.map(AppId::as_str),
        sip_webhooks: sip_webhooks,
        keys: call.keys.word(),
        codecs: list(call.codecs.iter().map(|codec| codec.word()))?,
        owner: row.owner,
        holds_user: row.holds_user,
    })?;
    call.media.as_ref().map_or(Ok(()), |report| report_on(db, &call.id, report))
}

/// The media plane's last word. The version stays: whoever carries the call on need not know.
pub(crate) fn report_on(db: &Db, call: &CallId, report: &MediaReport) -> Result<(), Fault> {
    db.write(
        "INSERT INTO media_reports SELECT no, ?1 FROM calls WHERE no = (SELECT no FROM call_ids WHERE id = ?2)
         ON CONFLICT (call) DO UPDATE SET report = excluded.report",
        (stored_media(report)?, call.as_str()),
    )
    .map(drop)
}

/// JSON knows no infinity and no NaN: such a jitter would be written as `null` and never read again.
fn stored_media(report: &MediaReport) -> Result<String, Fault> {
    let mut report = report.clone();
    for leg in [&mut report.user, &mut report.business] {
        let points = leg.series.points.iter_mut().map(|point| &mut point.jitter_ms);
        for jitter_ms in points.chain([&mut leg.figures.jitter_ms]).filter(|jitter_ms| !jitter_ms.is_finite()) {
            *jitter_ms = 0.0;
        }
    }
    json(&report)
}

/// Oldest first. The condition is that of the index `calls_live`, word by word.
pub(crate) fn live_calls(db: &Db) -> Result<Vec<CallRecord>, Fault> {
    db.readable(reported!("WHERE stage <> 'ended' ORDER BY placed_at_ms, no"), [], read_call)
}

/// Live calls of processes that have ended.
pub(crate) fn left_behind(db: &Db) -> Result<Vec<CallRow>, Fault> {
    let sql = reported!("WHERE stage <> 'ended' AND owner NOT IN (SELECT id FROM nodes) ORDER BY placed_at_ms, no");
    db.readable(sql, [], read_found)
}

/// The live call that holds a user, and its number. The condition is that of the index `calls_holding`, word by word.
pub(crate) fn holder(db: &Db, user: &UserId) -> Result<Option<(CallId, PhoneNumberId)>, Fault> {
    db.one("SELECT (SELECT id FROM call_ids WHERE no = calls.no) AS id, number FROM calls WHERE user = ? AND holds_user = 1 AND stage <> 'ended'", [user.as_str()], |row| {
        let row = Row::of("calls", row);
        Ok((row.parsed("id", CallId::parse)?, row.parsed("number", PhoneNumberId::parse)?))
    })
}

/// Live calls of a number.
pub(crate) fn concurrent(db: &Db, number: &PhoneNumberId) -> Result<u32, Fault> {
    let sql = "SELECT live FROM live_calls WHERE number = ?";
    db.one(sql, [number.as_str()], |row| Row::of("live_calls", row).plain("live")).map(Option::unwrap_or_default)
}

/// The number started so many calls after that moment, or more: so many starts back is one row.
pub(crate) fn started(db: &Db, number: &PhoneNumberId, since: WallTime, count: u32) -> Result<bool, Fault> {
    let sql = "SELECT placed_at_ms FROM calls WHERE number = ?1 AND start_no IS NOT NULL
               AND start_no = (SELECT max(start_no) FROM calls WHERE number = ?1 AND start_no IS NOT NULL) + 1 - ?2";
    let nth = db.one(sql, (number.as_str(), count), |row| Row::of("calls", row).time("placed_at_ms"))?;
    Ok(count == 0 || nth.is_some_and(|at| at > since))
}

/// How many of a number's calls of users were picked up, of those that ended since a moment, among its newest calls.
pub(crate) fn pick_ups(db: &Db, ask: &PickUpAsk) -> Result<PickUps, Fault> {
    let sql = "SELECT direction, ended_at_ms, talk_since_ms FROM calls WHERE number = ? ORDER BY no DESC LIMIT ?";
    let judged = |row: &rusqlite::Row<'_>| {
        let row = Row::of("calls", row);
        let counts = row.word::<Direction>("direction")? == Direction::UserInitiated
            && row.maybe_time("ended_at_ms")?.is_some_and(|ended| ended >= ask.since);
        Ok(counts.then_some(row.maybe_time("talk_since_ms")?.is_some()))
    };
    let calls = db.all(sql, (ask.number.as_str(), ask.among), judged)?;
    Ok(calls
        .into_iter()
        .flatten()
        .fold(PickUps::default(), |calls, picked_up| PickUps { ended: calls.ended + 1, picked_up: calls.picked_up + u32::from(picked_up) }))
}

/// The last placed first. One text for each filter, so that each has its index.
pub(crate) fn calls(db: &Db, page: &CallPage) -> Result<Vec<CallRecord>, Fault> {
    macro_rules! page {
        ($filter:literal) => {
            reported!(
                "WHERE ",
                $filter,
                "no < iif(?3 IS NULL, 9223372036854775807, (SELECT no FROM call_ids WHERE id = ?3)) ORDER BY no DESC LIMIT ?4"
            )
        };
    }
    let sql = match (&page.number, &page.user) {
        (None, None) => page!(""),
        (Some(_), None) => page!("number = ?1 AND "),
        (None, Some(_)) => page!("user = ?2 AND "),
        (Some(_), Some(_)) => page!("+number = ?1 AND user = ?2 AND "),
    };
    let (number, user) = (page.number.as_ref().map(PhoneNumberId::as_str), page.user.as_ref().map(UserId::as_str));
    db.all(sql, (number, user, page.before.as_ref().map(CallId::as_str), page.limit), read_call)
}

/// The call with this id, of a row of the table alone.
pub(crate) fn read_row(db: &Db, id: &CallId, row: &rusqlite::Row<'_>) -> Result<CallRow, Fault> {
    let no: i64 = Row::of("calls", row).plain("no")?;
    let report = db.one("SELECT report FROM media_reports WHERE call = ?", [no], |row| Row::of("media_reports", row).json("report"))?;
    on_record(row, id.clone(), report)
}

/// Calls of one business number and one user, the last placed first; read by [`read_found`].
pub(crate) const CALLS_OF_PAIR: &str = reported!("WHERE +number = ? AND user = ? ORDER BY no DESC LIMIT ?");

/// Calls of a number that are not over, the first placed first; read by [`read_found`]. Of all live calls: they are few, in order.
pub(crate) const LIVE_CALLS_OF: &str = reported!("WHERE +number = ? AND stage <> 'ended' ORDER BY placed_at_ms, no LIMIT ?");

/// One of [`reported!`].
pub(crate) fn read_found(row: &rusqlite::Row<'_>) -> Result<CallRow, Fault> {
    let columns = Row::of("calls", row);
    on_record(row, columns.parsed("id", CallId::parse)?, columns.maybe_json("media")?)
}

/// One of [`reported!`].
fn read_call(row: &rusqlite::Row<'_>) -> Result<CallRecord, Fault> {
    let columns = Row::of("calls", row);
    record(row, columns.parsed("id", CallId::parse)?, columns.maybe_json("media")?)
}

fn on_record(row: &rusqlite::Row<'_>, id: CallId, media: Option<MediaReport>) -> Result<CallRow, Fault> {
    let record = record(row, id, media)?;
    let row = Row::of("calls", row);
    Ok(CallRow::on_record(record, row.plain("owner")?, row.plain("holds_user")?))
}

fn record(row: &rusqlite::Row<'_>, id: CallId, media: Option<MediaReport>) -> Result<CallRecord, Fault> {
    let row = Row::of("calls", row);
    let line = match row.maybe("sip_app", AppId::parse)? {
        Some(app) => CallLine::Sip { app, webhooks: row.plain("sip_webhooks")? },
        None => CallLine::Webhooks,
    };
    Ok(CallRecord {
        id,
        line,
        keys: row.word("keys")?,
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
        media,
    })
}

fn read_stage(row: &Row<'_>) -> Result<Stage, Fault> {
    match row.text("stage")? {
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

#[cfg(test)]
mod tests {
    use callport_engine::records::{LegPoint, LegSeries};

    use super::*;

    /// Rows of earlier versions hold this very text: whoever changes the report keeps it readable or adds a migration.
    #[test]
    fn reads_the_media_report_of_earlier_rows() {
        let leg = r#"{"checks":[{"step":"dtls","outcome":"failed","says":"no answer","after_ms":1200}],"figures":{"packets_in":1,"octets_in":2,"packets_out":3,"octets_out":4,"lost_in":-1,"jitter_ms":2.5,"round_trip_ms":null,"mos":4.25,"digits":5,"dropped":{"replayed":6},"remote":"…:5004"}}"#;
        let kept = format!(r#"{{"user":{leg},"business":{leg}}}"#);
        let report: MediaReport = serde_json::from_str(&kept).unwrap();
        assert_eq!(report.business.figures.dropped["replayed"], 6);
        assert_eq!(report.business.series, LegSeries::default(), "they had none");
        let again: MediaReport = serde_json::from_str(&stored_media(&report).unwrap()).unwrap();
        assert_eq!(again, report);
    }

    #[test]
    fn figures_that_json_cannot_say_do_not_make_a_call_unreadable() {
        let mut report = MediaReport::default();
        report.user.figures.jitter_ms = f64::NAN;
        report.business.figures.mos = Some(f64::INFINITY);
        report.business.series.points = vec![LegPoint { jitter_ms: f64::NAN, ..LegPoint::default() }];
        let read: MediaReport = serde_json::from_str(&stored_media(&report).unwrap()).unwrap();
        report.business.series.points = vec![LegPoint::default()];
        (report.user.figures.jitter_ms, report.business.figures.mos) = (0.0, None);
        assert_eq!(read, report);
    }
}

//! The journal: entries in the order of writing.

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_engine::Fault;
use callport_engine::ports::JournalPage;
use callport_engine::records::DeliveryId;
use callport_flow::journal::{About, Entry, EntryKind, Recorded};

use super::call_ids::Numbers;
use super::{integer, json};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

pub(crate) fn add(db: &Db, entry: &Entry, numbers: &mut Numbers) -> Result<(), Fault> {
    insert(db, entry, None, numbers)
}

/// How an attempt to deliver a webhook went: once for each of its attempts.
pub(crate) fn add_attempt(db: &Db, entry: &Entry, attempt: u32) -> Result<(), Fault> {
    insert(db, entry, Some(attempt), &mut Numbers::default())
}

fn insert(db: &Db, entry: &Entry, attempt: Option<u32>, numbers: &mut Numbers) -> Result<(), Fault> {
    let Entry { at, about: About { waba, number, user, call, message, app, delivery }, fact, request } = entry;
    db.write(
        "INSERT INTO journal (at_ms, kind, waba, number, user, call_no, message, app, delivery, attempt, fact, request, status)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (delivery, attempt) WHERE attempt IS NOT NULL DO NOTHING",
        (
            at.unix_millis(),
            fact.kind().name(),
            waba.as_ref().map(WabaId::as_str),
            number.as_ref().map(PhoneNumberId::as_str),
            user.as_ref().map(UserId::as_str),
            numbers.of(db, call.as_ref())?,
            message.as_ref().map(MessageId::as_str),
            app.as_ref().map(AppId::as_str),
            delivery.map(|delivery| integer(delivery, "the id of a delivery")).transpose()?,
            attempt,
            json(fact)?,
            request.as_ref().map(json).transpose()?,
            entry.status(),
        ),
    )
    .map(drop)
}

/// A call and a webhook have few entries and an index of them. Everybody else's are found among all, from where the reader was before.
pub(crate) fn page(db: &Db, page: &JournalPage) -> Result<Vec<Recorded>, Fault> {
    macro_rules! by {
        ($first:literal) => {
            concat!(
                "SELECT *, (SELECT id FROM call_ids WHERE no = call_no) AS call FROM journal WHERE ",
                $first,
                "seq > ?1 AND (?2 IS NULL OR +delivery = ?2) AND (?3 IS NULL OR call_no = (SELECT no FROM call_ids WHERE id = ?3))
                 AND (?4 IS NULL OR app = ?4) AND (?5 IS NULL OR user = ?5) AND (?6 IS NULL OR number = ?6)
                 AND (?7 IS NULL OR kind = ?7) AND (?9 IS NULL OR status BETWEEN ?9 AND ?10) ORDER BY seq LIMIT ?8"
            )
        };
    }
    let JournalPage { after, call, number, user, app, delivery, kind, status, limit } = page;
    let sql = match page {
        JournalPage { delivery: Some(_), .. } => by!("delivery = ?2 AND "),
        JournalPage { call: Some(_), .. } => by!("call_no = (SELECT no FROM call_ids WHERE id = ?3) AND "),
        _ => by!(""),
    };
    let values = (
        clamped(*after),
        delivery.map(|DeliveryId(delivery)| clamped(delivery)),
        call.as_ref().map(CallId::as_str),
        app.as_ref().map(AppId::as_str),
        user.as_ref().map(UserId::as_str),
        number.as_ref().map(PhoneNumberId::as_str),
        kind.map(EntryKind::name),
        limit,
        status.as_ref().map(|status| *status.start()),
        status.as_ref().map(|status| *status.end()),
    );
    db.all(sql, values, read_entry)
}

/// No row has a number beyond that.
fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn last(db: &Db) -> Result<u64, Fault> {
    let last = db.one("SELECT seq FROM journal ORDER BY seq DESC LIMIT 1", [], |row| Row::of("journal", row).unsigned("seq"))?;
    Ok(last.unwrap_or(0))
}

fn read_entry(row: &rusqlite::Row<'_>) -> Result<Recorded, Fault> {
    let row = Row::of("journal", row);
    let about = About {
        waba: row.maybe("waba", WabaId::parse)?,
        number: row.maybe("number", PhoneNumberId::parse)?,
        user: row.maybe("user", UserId::parse)?,
        call: row.maybe("call", CallId::parse)?,
        message: row.maybe("message", MessageId::parse)?,
        app: row.maybe("app", AppId::parse)?,
        delivery: row.plain::<Option<i64>>("delivery")?.map(i64::unsigned_abs),
    };
    Ok(Recorded {
        seq: row.unsigned("seq")?,
        entry: Entry { at: row.time("at_ms")?, about, fact: row.json("fact")?, request: row.maybe_json("request")? },
    })
}

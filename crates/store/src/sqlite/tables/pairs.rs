//! Pairs: permission to call, its counters, and the customer service window.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::pair::{Card, Pair, Permission};
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::records::PairRecord;
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, json};
use crate::sqlite::row::Row;
use crate::sqlite::words::{PermissionColumns as _, Word as _};

pub(crate) fn put_pair(record: &PairRecord) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO pairs (number, user, permission, permission_until_ms, unanswered, requests, connected, heard_at_ms,
             card_message, card_delivered_at_ms, card_answer, card_answered_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (number, user) DO UPDATE SET permission = excluded.permission,
             permission_until_ms = excluded.permission_until_ms, unanswered = excluded.unanswered, requests = excluded.requests,
             connected = excluded.connected, heard_at_ms = excluded.heard_at_ms, card_message = excluded.card_message,
             card_delivered_at_ms = excluded.card_delivered_at_ms, card_answer = excluded.card_answer,
             card_answered_at_ms = excluded.card_answered_at_ms",
    );
    // Named one by one, so that a new member does not compile until it is stored.
    let Pair { decided, unanswered, requests, connected, heard_at, card } = &record.pair;
    let (permission, until) = decided.columns();
    let answer = card.as_ref().and_then(|card| card.answer);
    Ok(put
        .bind(record.number.as_str())
        .bind(record.user.as_str())
        .bind(permission)
        .bind(until.map(WallTime::unix_millis))
        .bind(*unanswered)
        .bind(moments(requests)?)
        .bind(moments(connected)?)
        .bind(heard_at.map(WallTime::unix_millis))
        .bind(card.as_ref().map(|card| card.message.as_str()))
        .bind(card.as_ref().map(|card| card.delivered_at.unix_millis()))
        .bind(answer.map(|(decision, _)| decision.word()))
        .bind(answer.map(|(_, at)| at.unix_millis())))
}

fn moments(all: &[WallTime]) -> Result<String, Fault> {
    json(&all.iter().map(|at| at.unix_millis()).collect::<Vec<_>>())
}

pub(crate) fn pair<'q>(number: &'q PhoneNumberId, user: &'q UserId) -> Query<'q> {
    query("SELECT * FROM pairs WHERE number = ? AND user = ?").bind(number.as_str()).bind(user.as_str())
}

pub(crate) fn pairs_of(user: &UserId) -> Query<'_> {
    query("SELECT * FROM pairs WHERE user = ? ORDER BY number").bind(user.as_str())
}

pub(crate) fn read_pair(row: &SqliteRow) -> Result<PairRecord, Fault> {
    let row = Row::of("pairs", row);
    let decided = Permission::of_columns(row.plain("permission")?, row.maybe_time("permission_until_ms")?);
    Ok(PairRecord {
        number: row.parsed("number", PhoneNumberId::parse)?,
        user: row.parsed("user", UserId::parse)?,
        pair: Pair {
            decided: decided.ok_or_else(|| row.unreadable("permission", "an unknown word"))?,
            unanswered: row.plain("unanswered")?,
            requests: read_moments(&row, "requests")?,
            connected: read_moments(&row, "connected")?,
            heard_at: row.maybe_time("heard_at_ms")?,
            card: read_card(&row)?,
        },
    })
}

fn read_card(row: &Row<'_>) -> Result<Option<Card>, Fault> {
    let Some(message) = row.maybe("card_message", MessageId::parse)? else { return Ok(None) };
    let answer = row.maybe_word("card_answer")?.zip(row.maybe_time("card_answered_at_ms")?);
    Ok(Some(Card { message, delivered_at: row.time("card_delivered_at_ms")?, answer }))
}

fn read_moments(row: &Row<'_>, column: &'static str) -> Result<Vec<WallTime>, Fault> {
    Ok(row.json::<Vec<i64>>(column)?.into_iter().map(WallTime::from_unix_millis).collect())
}

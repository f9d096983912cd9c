//! Pairs: permission to call, its counters, and the customer service window.

use callport_core::ids::{PhoneNumberId, UserId};
use callport_core::message::MessageId;
use callport_core::pair::{Card, Pair, Permission};
use callport_core::time::WallTime;
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::records::PairRecord;

use super::json;
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;
use crate::sqlite::words::PermissionColumns as _;

pub(crate) fn put_pair(db: &Db, version: i64, record: &PairRecord) -> Result<(), Fault> {
    // Named one by one, so that a new member does not compile until it is stored.
    let Pair { decided, unanswered, requests, connected, heard_at, card, blocked_since } = &record.pair;
    let (permission, until) = decided.columns();
    let answer = card.as_ref().and_then(|card| card.answer);
    put!(db, version, "pairs" [number: record.number.as_str(), user: record.user.as_str()] {
        permission: permission,
        permission_until_ms: until.map(WallTime::unix_millis),
        unanswered: unanswered,
        requests: moments(requests)?,
        connected: moments(connected)?,
        heard_at_ms: heard_at.map(WallTime::unix_millis),
        card_message: card.as_ref().map(|card| card.message.as_str()),
        card_delivered_at_ms: card.as_ref().map(|card| card.delivered_at.unix_millis()),
        card_answer: answer.map(|(decision, _)| decision.word()),
        card_answered_at_ms: answer.map(|(_, at)| at.unix_millis()),
        blocked_since_ms: blocked_since.map(WallTime::unix_millis),
    })
}

fn moments(all: &[WallTime]) -> Result<String, Fault> {
    json(&all.iter().map(|at| at.unix_millis()).collect::<Vec<_>>())
}

/// Pairs of a user, by number; at most so many.
pub(crate) const CHATS_OF: &str = "SELECT * FROM pairs WHERE user = ? ORDER BY number LIMIT ?";

/// The numbers of these pairs.
pub(crate) const NUMBERS_OF_CHATS: &str =
    "SELECT * FROM numbers WHERE id IN (SELECT number FROM pairs WHERE user = ? ORDER BY number LIMIT ?)";

/// The accounts that own these numbers.
pub(crate) const ACCOUNTS_OF_CHATS: &str = "SELECT * FROM wabas WHERE id IN
    (SELECT waba FROM numbers WHERE id IN (SELECT number FROM pairs WHERE user = ? ORDER BY number LIMIT ?))";

pub(crate) fn pairs_of(db: &Db, user: &UserId) -> Result<Vec<PairRecord>, Fault> {
    db.all("SELECT * FROM pairs WHERE user = ? ORDER BY number", [user.as_str()], read_pair)
}

pub(crate) fn read_pair(row: &rusqlite::Row<'_>) -> Result<PairRecord, Fault> {
    let row = Row::of("pairs", row);
    let decided = Permission::of_columns(row.text("permission")?, row.maybe_time("permission_until_ms")?);
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
            blocked_since: row.maybe_time("blocked_since_ms")?,
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

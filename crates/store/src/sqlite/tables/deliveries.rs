//! The outbox and the attempts to empty it.

use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::records::{Attempt, Delivery, DeliveryId, DeliveryState};

use super::integer;
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;
use crate::sqlite::words::Word as _;

const PENDING: &str = "pending";
const DELIVERED: &str = "delivered";
const DROPPED: &str = "dropped";

fn columns(state: DeliveryState) -> (&'static str, WallTime) {
    match state {
        DeliveryState::Pending { next_attempt_at } => (PENDING, next_attempt_at),
        DeliveryState::Delivered { at } => (DELIVERED, at),
        DeliveryState::Dropped { at } => (DROPPED, at),
    }
}

pub(crate) fn put_delivery(db: &Db, delivery: &Delivery) -> Result<(), Fault> {
    let (state, state_at) = columns(delivery.state);
    put!(db, "deliveries" [id: number_of(delivery.id)?] {
        app: delivery.app.as_str(),
        waba: delivery.waba.as_str(),
        number: delivery.number.as_ref().map(PhoneNumberId::as_str),
        field: delivery.field.word(),
        event: delivery.event,
        call: delivery.call.as_ref().map(CallId::as_str),
        message: delivery.message.as_ref().map(MessageId::as_str),
        created_at_ms: delivery.created_at.unix_millis(),
        state: state,
        state_at_ms: state_at.unix_millis(),
        attempts: delivery.attempts,
        body: delivery.body,
    })
}

pub(crate) fn settle_delivery(db: &Db, id: DeliveryId, outcome: DeliveryState, attempts: u32) -> Result<(), Fault> {
    let (state, at) = columns(outcome);
    db.write(
        "UPDATE deliveries SET state = ?, state_at_ms = ?, attempts = ? WHERE id = ?",
        (state, at.unix_millis(), attempts, number_of(id)?),
    )
}

pub(crate) fn last_delivery(db: &Db) -> Result<DeliveryId, Fault> {
    let last = db.one("SELECT max(id) AS id FROM deliveries HAVING id > 0", [], |row| Row::of("deliveries", row).unsigned("id"))?;
    Ok(DeliveryId(last.unwrap_or(0)))
}

/// By id, without bodies. The condition is that of the index `deliveries_pending`, word by word.
pub(crate) fn pending_deliveries(db: &Db) -> Result<Vec<Delivery>, Fault> {
    db.readable(
        "SELECT id, app, waba, number, field, event, call, created_at_ms, state, state_at_ms, attempts, message, x'' AS body
         FROM deliveries WHERE state = 'pending' ORDER BY id",
        [],
        read_delivery,
    )
}

pub(crate) fn delivery_by_id(db: &Db, id: &DeliveryId) -> Result<Option<Delivery>, Fault> {
    let Some(id) = possible(id) else { return Ok(None) };
    db.one("SELECT * FROM deliveries WHERE id = ?", [id], read_delivery)
}

pub(crate) fn deliveries_of(db: &Db, call: &CallId) -> Result<Vec<Delivery>, Fault> {
    db.all("SELECT * FROM deliveries WHERE call = ? ORDER BY id", [call.as_str()], read_delivery)
}

pub(crate) fn recent_deliveries(db: &Db, limit: &u32) -> Result<Vec<Delivery>, Fault> {
    db.all("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", [limit], read_delivery)
}

fn read_delivery(row: &rusqlite::Row<'_>) -> Result<Delivery, Fault> {
    let row = Row::of("deliveries", row);
    let at = row.time("state_at_ms")?;
    Ok(Delivery {
        id: DeliveryId(row.unsigned("id")?),
        app: row.parsed("app", AppId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        number: row.maybe("number", PhoneNumberId::parse)?,
        field: row.word("field")?,
        event: row.plain("event")?,
        call: row.maybe("call", CallId::parse)?,
        message: row.maybe("message", MessageId::parse)?,
        body: row.plain("body")?,
        created_at: row.time("created_at_ms")?,
        state: match row.text("state")? {
            PENDING => DeliveryState::Pending { next_attempt_at: at },
            DELIVERED => DeliveryState::Delivered { at },
            DROPPED => DeliveryState::Dropped { at },
            _ => return Err(row.unreadable("state", "an unknown word")),
        },
        attempts: row.plain("attempts")?,
    })
}

pub(crate) fn add_attempt(db: &Db, attempt: &Attempt) -> Result<(), Fault> {
    let took = integer(attempt.took.as_nanos(), "the time that an attempt took")?;
    let Attempt { delivery, number, at, took: _, url, status, error } = attempt;
    db.write(
        "INSERT INTO attempts (delivery, number, at_ms, took_ns, url, status, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number_of(*delivery)?, number, at.unix_millis(), took, url, status, error),
    )
}

pub(crate) fn attempts(db: &Db, delivery: &DeliveryId) -> Result<Vec<Attempt>, Fault> {
    let Some(id) = possible(delivery) else { return Ok(Vec::new()) };
    db.all("SELECT * FROM attempts WHERE delivery = ? ORDER BY line", [id], read_attempt)
}

fn read_attempt(row: &rusqlite::Row<'_>) -> Result<Attempt, Fault> {
    let row = Row::of("attempts", row);
    Ok(Attempt {
        delivery: DeliveryId(row.unsigned("delivery")?),
        number: row.plain("number")?,
        at: row.time("at_ms")?,
        took: Duration::from_nanos(row.unsigned("took_ns")?),
        url: row.plain("url")?,
        status: row.plain("status")?,
        error: row.plain("error")?,
    })
}

fn number_of(id: DeliveryId) -> Result<i64, Fault> {
    integer(id.0, "the id of a delivery")
}

/// `None` for an id that no row can have.
fn possible(id: &DeliveryId) -> Option<i64> {
    i64::try_from(id.0).ok()
}

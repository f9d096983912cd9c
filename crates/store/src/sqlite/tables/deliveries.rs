//! The outbox and the attempts to empty it.

use std::time::Duration;

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::records::{Attempt, Delivery, DeliveryId, DeliveryState};
use sqlx::query;
use sqlx::sqlite::SqliteRow;

use super::{Query, integer};
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

pub(crate) fn put_delivery(delivery: &Delivery) -> Result<Query<'_>, Fault> {
    let put = query(
        "INSERT INTO deliveries (id, app, waba, number, field, event, call, created_at_ms, state, state_at_ms, attempts, body, message)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET app = excluded.app, waba = excluded.waba, number = excluded.number, field = excluded.field,
             event = excluded.event, call = excluded.call, created_at_ms = excluded.created_at_ms, state = excluded.state,
             state_at_ms = excluded.state_at_ms, attempts = excluded.attempts, body = excluded.body, message = excluded.message",
    );
    let (state, state_at) = columns(delivery.state);
    Ok(put
        .bind(number_of(delivery.id)?)
        .bind(delivery.app.as_str())
        .bind(delivery.waba.as_str())
        .bind(delivery.number.as_ref().map(PhoneNumberId::as_str))
        .bind(delivery.field.word())
        .bind(delivery.event.as_str())
        .bind(delivery.call.as_ref().map(CallId::as_str))
        .bind(delivery.created_at.unix_millis())
        .bind(state)
        .bind(state_at.unix_millis())
        .bind(delivery.attempts)
        .bind(delivery.body.as_slice())
        .bind(delivery.message.as_ref().map(MessageId::as_str)))
}

pub(crate) fn settle_delivery(id: DeliveryId, outcome: DeliveryState, attempts: u32) -> Result<Query<'static>, Fault> {
    let (state, at) = columns(outcome);
    let settle = query("UPDATE deliveries SET state = ?, state_at_ms = ?, attempts = ? WHERE id = ?");
    Ok(settle.bind(state).bind(at.unix_millis()).bind(attempts).bind(number_of(id)?))
}

pub(crate) fn last_delivery() -> Query<'static> {
    query("SELECT ifnull(max(id), 0) AS id FROM deliveries")
}

/// By id, without bodies. The condition is that of the index `deliveries_pending`, word by word.
pub(crate) fn pending_deliveries() -> Query<'static> {
    query(
        "SELECT id, app, waba, number, field, event, call, created_at_ms, state, state_at_ms, attempts, message, x'' AS body
         FROM deliveries WHERE state = 'pending' ORDER BY id",
    )
}

/// `None` for an id that no row can have.
pub(crate) fn delivery_by_id(id: DeliveryId) -> Option<Query<'static>> {
    Some(query("SELECT * FROM deliveries WHERE id = ?").bind(i64::try_from(id.0).ok()?))
}

pub(crate) fn deliveries_of(call: &CallId) -> Query<'_> {
    query("SELECT * FROM deliveries WHERE call = ? ORDER BY id").bind(call.as_str())
}

pub(crate) fn recent_deliveries(limit: u32) -> Query<'static> {
    query("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?").bind(limit)
}

pub(crate) fn read_delivery(row: &SqliteRow) -> Result<Delivery, Fault> {
    let id = read_id(row)?;
    let row = Row::of("deliveries", row);
    let at = row.time("state_at_ms")?;
    Ok(Delivery {
        id,
        app: row.parsed("app", AppId::parse)?,
        waba: row.parsed("waba", WabaId::parse)?,
        number: row.maybe("number", PhoneNumberId::parse)?,
        field: row.word("field")?,
        event: row.plain("event")?,
        call: row.maybe("call", CallId::parse)?,
        message: row.maybe("message", MessageId::parse)?,
        body: row.plain("body")?,
        created_at: row.time("created_at_ms")?,
        state: match row.plain("state")? {
            PENDING => DeliveryState::Pending { next_attempt_at: at },
            DELIVERED => DeliveryState::Delivered { at },
            DROPPED => DeliveryState::Dropped { at },
            _ => return Err(row.unreadable("state", "an unknown word")),
        },
        attempts: row.plain("attempts")?,
    })
}

pub(crate) fn read_id(row: &SqliteRow) -> Result<DeliveryId, Fault> {
    let row = Row::of("deliveries", row);
    let id: i64 = row.plain("id")?;
    u64::try_from(id).map(DeliveryId).map_err(|_| row.unreadable("id", "negative"))
}

pub(crate) fn add_attempt(attempt: &Attempt) -> Result<Query<'_>, Fault> {
    Ok(query("INSERT INTO attempts (delivery, number, at_ms, took_ns, url, status, error) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(number_of(attempt.delivery)?)
        .bind(attempt.number)
        .bind(attempt.at.unix_millis())
        .bind(integer(attempt.took.as_nanos(), "the time that an attempt took")?)
        .bind(&attempt.url)
        .bind(attempt.status)
        .bind(attempt.error.as_deref()))
}

/// `None` for an id that no row can have.
pub(crate) fn attempts(delivery: DeliveryId) -> Option<Query<'static>> {
    Some(query("SELECT * FROM attempts WHERE delivery = ? ORDER BY line").bind(i64::try_from(delivery.0).ok()?))
}

pub(crate) fn read_attempt(row: &SqliteRow) -> Result<Attempt, Fault> {
    let row = Row::of("attempts", row);
    let unsigned = |column: &'static str| -> Result<u64, Fault> {
        u64::try_from(row.plain::<i64>(column)?).map_err(|_| row.unreadable(column, "negative"))
    };
    Ok(Attempt {
        delivery: DeliveryId(unsigned("delivery")?),
        number: row.plain("number")?,
        at: row.time("at_ms")?,
        took: Duration::from_nanos(unsigned("took_ns")?),
        url: row.plain("url")?,
        status: row.plain("status")?,
        error: row.plain("error")?,
    })
}

fn number_of(id: DeliveryId) -> Result<i64, Fault> {
    integer(id.0, "the id of a delivery")
}

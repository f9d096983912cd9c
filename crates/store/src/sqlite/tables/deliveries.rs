//! The outbox: webhooks, their lanes, and who sends them.

use callport_core::call_id::CallId;
use callport_core::ids::{AppId, PhoneNumberId, WabaId};
use callport_core::message::MessageId;
use callport_core::time::WallTime;
use callport_core::words::Word as _;
use callport_engine::Fault;
use callport_engine::ports::{NewDelivery, Queued};
use callport_engine::records::{Delivery, DeliveryId, DeliveryState};
use callport_flow::NodeId;

use super::call_ids::Numbers;
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// The latest open one of a lane.
macro_rules! latest {
    ($lane:literal) => {
        concat!("SELECT id, worker FROM deliveries INDEXED BY ", $lane, " AND app = ? AND +state = 'pending' ORDER BY id DESC LIMIT 1")
    };
}

/// Webhooks without their bodies.
macro_rules! bare {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, app, waba, number, field, event, created_at_ms, state, state_at_ms, attempts, message, x'' AS body,
                (SELECT id FROM call_ids WHERE no = call_no) AS call
             FROM deliveries ", $($rest),+
        )
    };
}

/// Webhooks as they are.
macro_rules! whole {
    ($($rest:expr),+) => {
        concat!("SELECT *, (SELECT id FROM call_ids WHERE no = call_no) AS call FROM deliveries ", $($rest),+)
    };
}

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

/// Gives it a place, and to whoever works the open ones of its lane, else to the committer.
pub(crate) fn queue(db: &Db, committer: NodeId, webhook: &NewDelivery, numbers: &mut Numbers) -> Result<Queued, Fault> {
    let NewDelivery { app, waba, number, field, event, call, message, body, created_at } = webhook;
    let call_no = numbers.of(db, call.as_ref())?;
    let open = match (call_no, message) {
        (Some(call), _) => db.one(latest!("deliveries_by_call WHERE call_no = ?"), (call, app.as_str()), read_open)?,
        (None, Some(message)) => {
            db.one(latest!("deliveries_by_message WHERE call_no IS NULL AND message = ?"), [message.as_str(), app.as_str()], read_open)?
        }
        (None, None) => None,
    };
    let (after, worker) = open.map_or((None, committer), |(id, worker)| (Some(id), worker));
    db.write(
        "INSERT INTO deliveries (app, waba, number, field, event, call_no, message, created_at_ms, state, state_at_ms, attempts, worker, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending', ?8, 0, ?9, ?10)",
        (
            app.as_str(),
            waba.as_str(),
            number.as_ref().map(PhoneNumberId::as_str),
            field.word(),
            event,
            call_no,
            message.as_ref().map(MessageId::as_str),
            created_at.unix_millis(),
            worker,
            &**body,
        ),
    )?;
    Ok(Queued { id: DeliveryId(db.connection.last_insert_rowid().unsigned_abs()), worker, after })
}

fn read_open(row: &rusqlite::Row<'_>) -> Result<(DeliveryId, NodeId), Fault> {
    let row = Row::of("deliveries", row);
    Ok((DeliveryId(row.unsigned("id")?), row.plain("worker")?))
}

/// Settles it, or has it tried again. What comes late takes nothing back. Says whether there is such a webhook.
pub(crate) fn settle(db: &Db, id: DeliveryId, attempts: u32, outcome: DeliveryState) -> Result<bool, Fault> {
    let Some(id) = possible(&id) else { return Ok(false) };
    let (state, at) = columns(outcome);
    let settled = db.write(
        "UPDATE deliveries SET state = ?1, state_at_ms = ?2, attempts = ?3 WHERE id = ?4 AND attempts < ?3",
        (state, at.unix_millis(), attempts, id),
    )?;
    Ok(settled == 1 || db.one("SELECT 1 FROM deliveries WHERE id = ?", [id], |_| Ok(()))?.is_some())
}

/// Back into the queue of that process.
pub(crate) fn reopen(db: &Db, id: DeliveryId, worker: NodeId, due: WallTime) -> Result<(), Fault> {
    let values = (due.unix_millis(), worker, possible(&id));
    db.write("UPDATE deliveries SET state = 'pending', state_at_ms = ?, worker = ? WHERE id = ?", values).map(drop)
}

/// Takes over what is pending with processes that have ended; everything that this one is to send then, by id and without bodies.
/// The conditions are that of the index `deliveries_pending`, word by word.
pub(crate) fn adopt(db: &Db, worker: NodeId) -> Result<Vec<Delivery>, Fault> {
    db.write("UPDATE deliveries SET worker = ? WHERE state = 'pending' AND worker NOT IN (SELECT id FROM nodes)", [worker])?;
    db.readable(bare!("WHERE state = 'pending' AND worker = ? ORDER BY id"), [worker], read_delivery)
}

/// Pending ones of the lane that this webhook is in, up to it, if that process is to send them.
pub(crate) fn open_in_lane(db: &Db, worker: &NodeId, id: &DeliveryId) -> Result<Vec<Delivery>, Fault> {
    let Some(last) = possible(id) else { return Ok(Vec::new()) };
    let lane = db.one("SELECT app, call_no, message FROM deliveries WHERE id = ?", [last], |row| {
        let row = Row::of("deliveries", row);
        Ok((row.plain::<String>("app")?, row.plain::<Option<i64>>("call_no")?, row.plain::<Option<String>>("message")?))
    })?;
    let Some((app, call, message)) = lane else { return Ok(Vec::new()) };
    macro_rules! open {
        ($lane:literal) => {
            bare!($lane, " AND app = ?2 AND id <= ?3 AND worker = ?4 AND +state = 'pending' ORDER BY id")
        };
    }
    match (call, message) {
        (Some(call), _) => db.all(open!("INDEXED BY deliveries_by_call WHERE call_no = ?1"), (call, app, last, worker), read_delivery),
        (None, Some(message)) => {
            let sql = open!("INDEXED BY deliveries_by_message WHERE call_no IS NULL AND message = ?1");
            db.all(sql, (message, app, last, worker), read_delivery)
        }
        (None, None) => db.all(open!("WHERE id = ?1"), (last, app, last, worker), read_delivery),
    }
}

pub(crate) fn delivery_by_id(db: &Db, id: &DeliveryId) -> Result<Option<Delivery>, Fault> {
    let Some(id) = possible(id) else { return Ok(None) };
    db.one(whole!("WHERE id = ?"), [id], read_delivery)
}

pub(crate) fn deliveries_of(db: &Db, call: &CallId) -> Result<Vec<Delivery>, Fault> {
    db.all(whole!("WHERE call_no = (SELECT no FROM call_ids WHERE id = ?) ORDER BY id"), [call.as_str()], read_delivery)
}

pub(crate) fn recent_deliveries(db: &Db, limit: &u32) -> Result<Vec<Delivery>, Fault> {
    db.all(whole!("ORDER BY id DESC LIMIT ?"), [limit], read_delivery)
}

pub(crate) fn read_delivery(row: &rusqlite::Row<'_>) -> Result<Delivery, Fault> {
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

/// `None` for an id that no row can have.
fn possible(id: &DeliveryId) -> Option<i64> {
    i64::try_from(id.0).ok()
}

//! SQL, table by table: statements that write a record, queries, and the way from a row back to the record.

pub(super) mod apps;
pub(super) mod business;
pub(super) mod calls;
pub(super) mod deliveries;
pub(super) mod people;

use callport_engine::Fault;
use serde::Serialize;
use sqlx::Sqlite;
use sqlx::sqlite::SqliteArguments;

/// A statement with its values. The text is always a constant.
pub(super) type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// JSON text of a column.
fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|why| Fault::new("store: commit", why))
}

/// A JSON array of texts.
fn list<'a>(texts: impl Iterator<Item = &'a str>) -> Result<String, Fault> {
    json(&texts.collect::<Vec<_>>())
}

/// An unsigned number as SQLite's signed one.
fn integer(value: impl TryInto<i64>, what: &'static str) -> Result<i64, Fault> {
    value.try_into().map_err(|_| Fault::new("store: commit", format!("{what} is too large to be stored")))
}

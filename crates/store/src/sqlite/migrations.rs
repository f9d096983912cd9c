//! Bringing a file up to date: the numbered files of `migrations/`, each once and in their order.
//!
//! `PRAGMA user_version` says how many of them a file has seen. Files from before 2026-11-27 say it in a table that the library `sqlx` kept;
//! the first start takes its word and drops it.

use callport_engine::Fault;

use super::db::Db;
use super::open::failed;
use super::tables::bsuids;

const MIGRATIONS: [&str; 18] = [
    include_str!("../../migrations/0001_directory.sql"),
    include_str!("../../migrations/0002_history.sql"),
    include_str!("../../migrations/0003_chats.sql"),
    include_str!("../../migrations/0004_rights.sql"),
    include_str!("../../migrations/0005_call_log.sql"),
    include_str!("../../migrations/0006_versions.sql"),
    include_str!("../../migrations/0007_journal.sql"),
    include_str!("../../migrations/0008_call_numbers.sql"),
    include_str!("../../migrations/0009_requests.sql"),
    include_str!("../../migrations/0010_prices.sql"),
    include_str!("../../migrations/0011_grants.sql"),
    include_str!("../../migrations/0012_eligibility.sql"),
    include_str!("../../migrations/0013_objects.sql"),
    include_str!("../../migrations/0014_operators.sql"),
    include_str!("../../migrations/0015_quality.sql"),
    include_str!("../../migrations/0016_enrolments.sql"),
    include_str!("../../migrations/0017_blocks_and_removals.sql"),
    include_str!("../../migrations/0018_sip.sql"),
];

/// The version of a file that has seen all of them.
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// The version that finds users by the ids that portfolios know them by.
const WITH_BSUIDS: u32 = 6;

/// Runs the migrations that this file has not seen. A file of a newer version is refused as it is.
pub(super) fn bring_up_to_date(db: &Db) -> Result<(), Fault> {
    let connection = &db.connection;
    let kept_by_sqlx = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let kept_by_sqlx: bool = connection.query_row(kept_by_sqlx, [], |row| row.get(0)).map_err(failed)?;
    let mut seen: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if kept_by_sqlx {
        let said = connection.query_row("SELECT ifnull(max(version), 0) FROM _sqlx_migrations", [], |row| row.get(0));
        seen = seen.max(said.map_err(failed)?); // an older program that failed on this file may have left an empty table
    }
    if seen > NEWEST {
        return Err(failed("this file was written by a newer version"));
    }
    if kept_by_sqlx {
        step(db, "DROP TABLE _sqlx_migrations", seen, |_| Ok(()))?;
    }
    for (version, sql) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > seen) {
        let fill = |db: &Db| if version == WITH_BSUIDS { bsuids::name_everybody(db) } else { Ok(()) };
        step(db, sql, version, fill).map_err(|fault| failed(format!("migration {version}: {}", fault.why)))?;
    }
    Ok(())
}

/// Whole or not at all. `fill` is what SQL cannot say.
fn step(db: &Db, sql: &str, version: u32, fill: impl FnOnce(&Db) -> Result<(), Fault>) -> Result<(), Fault> {
    let transaction = db.connection.unchecked_transaction().map_err(failed)?;
    transaction.execute_batch(sql).map_err(failed)?;
    fill(db)?;
    transaction.pragma_update(None, "user_version", version).map_err(failed)?;
    transaction.commit().map_err(failed)
}

#[cfg(test)]
mod tests;

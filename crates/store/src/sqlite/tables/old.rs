//! What is old enough to go, the oldest first.

use callport_core::time::WallTime;
use callport_engine::Fault;
use callport_engine::ports::Old;

use super::call_ids;
use crate::sqlite::db::Db;

/// At most so many; how many went. Each has an index of what can go, by its age, and the condition is that of the index, word by word.
pub(crate) fn remove(db: &Db, what: Old, before: WallTime, most: u32) -> Result<u32, Fault> {
    macro_rules! oldest {
        ($table:literal, $id:literal, $age:literal, $which:literal) => {
            concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $id,
                " IN (SELECT ",
                $id,
                " FROM ",
                $table,
                " WHERE ",
                $which,
                $age,
                " < ?1 ORDER BY ",
                $age,
                " LIMIT ?2)"
            )
        };
    }
    let sql = match what {
        Old::Calls => oldest!("calls", "no", "ended_at_ms", "stage = 'ended' AND "),
        Old::Messages => oldest!("messages", "line", "at_ms", ""),
        Old::Deliveries => {
            oldest!("deliveries", "id", "state_at_ms", "state <> 'pending' AND id <> (SELECT max(id) FROM deliveries) AND ")
        }
        // They stand in the order of time, but for a calendar that was moved: then some stay until those before them go.
        Old::Entries => {
            "DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq > 0 ORDER BY seq LIMIT ?2)
             AND seq <> (SELECT max(seq) FROM journal) AND at_ms < ?1"
        }
        Old::Sessions => oldest!("sessions", "cookie_hash", "expires_at_ms", ""),
        // A key of two parts: the row is named by both.
        Old::Enrolments => {
            "DELETE FROM enrolments WHERE (kind, id) IN
             (SELECT kind, id FROM enrolments WHERE ends_at_ms IS NOT NULL AND ends_at_ms < ?1 ORDER BY ends_at_ms LIMIT ?2)"
        }
        Old::Invitations => oldest!("invitations", "code_hash", "expires_at_ms", ""),
    };
    let gone = db.write(sql, (before.unix_millis(), most))?;
    if what == Old::Entries {
        call_ids::forget(db, most)?;
    }
    Ok(u32::try_from(gone).unwrap_or(most))
}

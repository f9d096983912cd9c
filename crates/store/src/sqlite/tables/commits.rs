//! Commits that were made, so that one that is sent again is known.

use callport_engine::Fault;
use callport_engine::ports::Queued;
use callport_engine::records::DeliveryId;
use callport_flow::Version;

use super::{integer, json};
use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// So many of the latest are kept. A process sends one again until it knows the outcome, while others go on.
const KEPT: u32 = 65_536;

/// Older ones are removed by so many at a time.
const AT_ONCE: u32 = 1_024;

/// What came of it, if it was made.
pub(crate) fn outcome(db: &Db, id: Version) -> Result<Option<Vec<Queued>>, Fault> {
    let Ok(id) = i64::try_from(id) else { return Ok(None) };
    let queued = db.one("SELECT queued FROM commits WHERE id = ?", [id], |row| {
        Row::of("commits", row).maybe_json::<Vec<(u64, u32, Option<u64>)>>("queued")
    })?;
    let place = |(id, worker, after): (u64, u32, Option<u64>)| Queued { id: DeliveryId(id), worker, after: after.map(DeliveryId) };
    Ok(queued.map(|queued| queued.unwrap_or_default().into_iter().map(place).collect()))
}

/// It is being made.
pub(crate) fn add(db: &Db, id: i64, queued: &[Queued]) -> Result<(), Fault> {
    let places = queued.iter().map(|queued| (queued.id.0, queued.worker, queued.after.map(|after| after.0)));
    let places = (!queued.is_empty()).then(|| json(&places.collect::<Vec<_>>())).transpose()?;
    db.write("INSERT INTO commits (id, queued) VALUES (?, ?)", (id, places)).map(drop)
}

/// How many are known.
pub(crate) fn count(db: &Db) -> Result<u32, Fault> {
    let count = db.one("SELECT count(*) AS known FROM commits", [], |row| Row::of("commits", row).plain("known"))?;
    Ok(count.unwrap_or_default())
}

/// Forgets the oldest once there are too many; how many are left. `known` may be too high: not everything that is written is a commit.
pub(crate) fn forget(db: &Db, known: u32) -> Result<u32, Fault> {
    if known < KEPT + AT_ONCE {
        return Ok(known);
    }
    let beyond = count(db)?.saturating_sub(KEPT);
    if beyond > 0 {
        db.write("DELETE FROM commits WHERE id IN (SELECT id FROM commits ORDER BY id LIMIT ?)", [beyond])?;
    }
    count(db)
}

/// The id of a commit as SQLite has it.
pub(crate) fn number_of(id: Version) -> Result<i64, Fault> {
    match integer(id, "the id of a commit")? {
        0 => Err(Fault::new("store: commit", "0 says that there is no row, and is no id")),
        id => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;

    #[test]
    fn the_oldest_are_forgotten_once_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let db = open::new_file(folder.path());
        let many = format!("WITH RECURSIVE ids (id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM ids LIMIT {})", KEPT + AT_ONCE - 1);
        db.connection.execute_batch(&format!("{many} INSERT INTO commits (id) SELECT id FROM ids")).unwrap();
        let last = u64::from(KEPT + AT_ONCE - 1);
        assert_eq!(forget(&db, KEPT + AT_ONCE - 1).unwrap(), KEPT + AT_ONCE - 1, "not yet");
        assert_eq!(outcome(&db, 1).unwrap(), Some(vec![]));
        for known in [u32::MAX, KEPT + AT_ONCE] {
            assert_eq!(forget(&db, known).unwrap(), KEPT);
            let oldest = last - u64::from(KEPT) + 1;
            assert_eq!([oldest - 1, oldest, last].map(|id| outcome(&db, id).unwrap().is_some()), [false, true, true]);
        }
    }
}

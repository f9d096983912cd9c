//! The one writer. Commits that wait while another is on its way to the disk go there together: one transaction and one flush for all of
//! them, made without leaving the writer's thread.
//!
//! A commit in a group is still whole or nothing on its own: it runs in a savepoint, and a refused one is taken back without
//! touching its neighbours. Nobody is answered before the whole group is on the disk.

use std::sync::Arc;

use callport_engine::Fault;
use callport_engine::ports::Change;
use tokio::sync::oneshot;

use super::cache::Cache;
use super::change::make;
use super::db::Db;
use super::desk::Jobs;

/// Commits in one group. More would save little and let the first of them wait longer.
const GROUP: usize = 128;

/// A commit on its way.
pub(super) struct Commit {
    pub(super) changes: Vec<Change>,
    pub(super) answer: oneshot::Sender<Result<(), Fault>>,
}

/// Owns the connection that writes.
pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) cache: Arc<Cache>,
}

impl Writer {
    /// Until there will be no more commits and all are answered.
    pub(super) fn run(self, commits: &Jobs<Commit>) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            commits.next_group(&mut group, GROUP);
            if group.is_empty() {
                return;
            }
            self.settle(&mut group);
        }
    }

    /// Writes a group and answers each of it.
    fn settle(&self, group: &mut Vec<Commit>) {
        let changing = self.cache.changing(group.iter().flat_map(|commit| &commit.changes));
        let outcomes = self.write(group).unwrap_or_else(|fault| {
            tracing::error!(%fault, commits = group.len(), "the store could not write");
            vec![Err(fault); group.len()]
        });
        let stand = group.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok()).flat_map(|(commit, _)| &commit.changes);
        changing.done(stand); // before anybody is answered, so that whoever reads it back may keep a copy
        for (commit, outcome) in group.drain(..).zip(outcomes) {
            let _ = commit.answer.send(outcome); // whoever asked may have given up waiting; the commit stands
        }
    }

    /// One transaction, and the verdict on each commit. An outer fault means that nothing of the group was written.
    fn write(&self, group: &[Commit]) -> Result<Vec<Result<(), Fault>>, Fault> {
        let written = self.write_each(group);
        if written.is_err() {
            let _ = self.db.write("ROLLBACK", []); // fails where SQLite took everything back by itself, as it may when the disk is full
        }
        written
    }

    fn write_each(&self, group: &[Commit]) -> Result<Vec<Result<(), Fault>>, Fault> {
        self.db.write("BEGIN IMMEDIATE", [])?;
        let mut outcomes = Vec::with_capacity(group.len());
        for commit in group {
            self.db.write("SAVEPOINT one", [])?;
            let made = commit.changes.iter().try_for_each(|change| make(&self.db, change));
            if let Err(fault) = &made {
                self.db.write("ROLLBACK TO one", []).map_err(|_| fault.clone())?; // fails where no savepoint is left: the end of the group
            }
            self.db.write("RELEASE one", [])?;
            outcomes.push(made);
        }
        self.db.write("COMMIT", [])?;
        Ok(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, WabaId};
    use callport_core::scope::Field;
    use callport_core::time::WallTime;
    use callport_engine::records::{Delivery, DeliveryId, DeliveryState};

    fn writer(folder: &tempfile::TempDir) -> Writer {
        Writer { db: open::new_file(folder.path()), cache: Arc::default() }
    }

    fn put(id: u64, bytes: usize) -> Change {
        Change::PutDelivery(Box::new(Delivery {
            id: DeliveryId(id),
            app: AppId::parse("1").unwrap(),
            waba: WabaId::parse("1").unwrap(),
            number: None,
            field: Field::Calls,
            event: "connect".into(),
            call: Some(CallId::parse("wacid.A").unwrap()),
            message: None,
            body: vec![0; bytes],
            created_at: WallTime::default(),
            state: DeliveryState::Delivered { at: WallTime::default() },
            attempts: 0,
        }))
    }

    /// Settles commits as one group and says which were acknowledged.
    fn settle(writer: &Writer, commits: Vec<Vec<Change>>) -> Vec<bool> {
        let (mut group, answers): (Vec<Commit>, Vec<_>) = commits
            .into_iter()
            .map(|changes| {
                let (answer, answered) = oneshot::channel();
                (Commit { changes, answer }, answered)
            })
            .unzip();
        writer.settle(&mut group);
        answers.into_iter().map(|mut answer| answer.try_recv().unwrap().is_ok()).collect()
    }

    fn kept(writer: &Writer) -> Vec<i64> {
        let mut kept = writer.db.connection.prepare("SELECT id FROM deliveries ORDER BY id").unwrap();
        kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn by_hand(writer: &Writer, sql: &str) {
        writer.db.connection.execute_batch(sql).unwrap();
    }

    #[test]
    fn goes_on_after_the_disk_was_full() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        by_hand(&writer, "PRAGMA max_page_count = 1"); // which means: no larger than now
        let group = vec![vec![put(1, 10)], vec![put(2, 10), put(3, 1_000_000)], vec![put(4, 10)]];
        let acknowledged = settle(&writer, group);
        let stand: Vec<i64> = [1, 2, 4].into_iter().zip(&acknowledged).filter_map(|(id, stands)| stands.then_some(id)).collect();
        assert!(!acknowledged[1]);
        assert_eq!(kept(&writer), stand);

        assert_eq!(settle(&writer, vec![vec![put(5, 1_000_000)]]), [false]);
        by_hand(&writer, "PRAGMA max_page_count = 100000");
        assert_eq!(settle(&writer, vec![vec![put(6, 1_000_000)]]), [true]);
        assert_eq!(settle(&writer, vec![vec![put(7, 10)], vec![put(8, 10)]]), [true, true]);
        assert_eq!(kept(&writer), [stand, vec![6, 7, 8]].concat());
    }

    /// What SQLite does to a group when it takes a transaction back by itself (I/O error, disk full): no savepoint is left.
    #[test]
    fn a_transaction_that_sqlite_took_back_fails_the_whole_group_and_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        by_hand(
            &writer,
            "CREATE TEMP TRIGGER takes_back BEFORE INSERT ON deliveries WHEN new.id = 2 BEGIN SELECT raise(ROLLBACK, 'gone'); END",
        );
        assert_eq!(settle(&writer, vec![vec![put(1, 1)], vec![put(2, 1)], vec![put(3, 1)]]), [false, false, false]);
        assert!(kept(&writer).is_empty());
        assert_eq!(settle(&writer, vec![vec![put(2, 1)]]), [false]);
        assert_eq!(settle(&writer, vec![vec![put(4, 1)], vec![put(5, 1)]]), [true, true]);
        assert_eq!(kept(&writer), [4, 5]);
    }

    /// The flush fails, and SQLite leaves the transaction open: here because of a promise that was not kept in time.
    #[test]
    fn a_group_that_cannot_be_flushed_is_taken_back_whole_and_later_ones_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        for sql in [
            "CREATE TABLE promises (waba TEXT REFERENCES wabas (id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TEMP TRIGGER promises AFTER INSERT ON deliveries WHEN new.id = 2 BEGIN INSERT INTO promises VALUES ('none'); END",
        ] {
            by_hand(&writer, sql);
        }
        assert_eq!(settle(&writer, vec![vec![put(1, 1)], vec![put(2, 1)], vec![put(3, 1)]]), [false, false, false]);
        assert_eq!(settle(&writer, vec![vec![put(4, 1)], vec![put(5, 1)]]), [true, true]);
        assert_eq!(kept(&writer), [4, 5]);
    }
}

//! The one writer. Jobs that wait while others are on their way to the disk go there together: one transaction and one flush for all of
//! them, made without leaving the writer's thread.
//!
//! A job in a group is still whole or nothing on its own. One that is refused before it wrote, as conflicts are, has touched nothing. One that fails
//! after it wrote is rare: then the whole group is taken back and made again, each job in a savepoint of its own. Nobody is answered
//! before the whole group is on the disk.

use std::fmt::Display;
use std::sync::Arc;

use callport_engine::Fault;
use tokio::sync::oneshot;

use super::cache::{Cache, Touched};
use super::db::Db;
use super::desk::Jobs;
use super::tables::commits;

/// Jobs in one group. More would save little and let the first of them wait longer.
const GROUP: usize = 128;

/// Something that is to be written.
pub(super) trait Job: Send {
    /// Of which rows copies may be kept.
    fn touched(&self) -> &Touched;
    /// Does it; again if the first time was taken back. A fault: what it wrote is to be taken back.
    fn write(&mut self, writer: &Writer) -> Result<(), Fault>;
    /// It was done, and stands if the group does.
    fn stands(&self) -> bool;
    /// Says what came of it, or that the group failed.
    fn answer(self: Box<Self>, failed: Option<&Fault>);
}

/// A job with whoever waits for its outcome.
pub(super) struct Asked<W, T, E> {
    pub(super) touched: Touched,
    pub(super) work: W,
    pub(super) outcome: Option<Result<T, E>>,
    pub(super) answer: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Job for Asked<W, T, E>
where
    W: Fn(&Writer) -> Result<T, E> + Send,
    T: Send,
    E: Display + From<Fault> + Send,
{
    fn touched(&self) -> &Touched {
        &self.touched
    }

    fn write(&mut self, writer: &Writer) -> Result<(), Fault> {
        let outcome = (self.work)(writer);
        let written = outcome.as_ref().map(drop).map_err(|why| Fault::new("store: commit", why));
        self.outcome = Some(outcome);
        written
    }

    fn stands(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, failed: Option<&Fault>) {
        let Self { touched, work, outcome, answer } = *self;
        drop((touched, work)); // whoever waits may count on being the only one to hold his commit
        let answered = match (failed, outcome) {
            (None, Some(outcome)) => outcome,
            (Some(fault), _) => Err(E::from(fault.clone())),
            (None, None) => return, // never: a group that stands was written from end to end
        };
        let _ = answer.send(answered); // whoever asked may have given up waiting; the job stands
    }
}

/// Owns the connection that writes.
pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) cache: Arc<Cache>,
}

impl Writer {
    /// Until there will be no more jobs and all are answered.
    pub(super) fn run(self, jobs: &Jobs<Box<dyn Job>>) {
        let mut known = commits::count(&self.db).unwrap_or_default();
        let mut group = Vec::with_capacity(GROUP);
        loop {
            jobs.next_group(&mut group, GROUP);
            if group.is_empty() {
                return;
            }
            known = known.saturating_add(u32::try_from(group.len()).unwrap_or_default());
            self.settle(&mut group);
            known = commits::forget(&self.db, known).unwrap_or(known); // tried again with the next group
        }
    }

    /// Writes a group and answers each of it.
    fn settle(&self, group: &mut Vec<Box<dyn Job>>) {
        let changing = self.cache.changing(group.iter().map(|job| job.touched()));
        let failed = self.write(group).err();
        if let Some(fault) = &failed {
            tracing::error!(%fault, jobs = group.len(), "the store could not write");
        }
        let stand = group.iter().filter(|job| failed.is_none() && job.stands());
        changing.done(stand.map(|job| job.touched())); // before anybody is answered, so that whoever reads it back may keep a copy
        for job in group.drain(..) {
            job.answer(failed.as_ref());
        }
    }

    /// A fault means that nothing of the group was written.
    fn write(&self, group: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        if self.transaction(|| self.write_together(group))? {
            return Ok(());
        }
        self.transaction(|| self.write_each(group).map(|()| true)).map(drop)
    }

    /// One transaction. `write` says whether what it wrote is to stand.
    fn transaction(&self, write: impl FnOnce() -> Result<bool, Fault>) -> Result<bool, Fault> {
        self.db.write("BEGIN IMMEDIATE", [])?;
        let written = write().and_then(|stands| if stands { self.db.write("COMMIT", []).map(|_| true) } else { Ok(false) });
        if !matches!(written, Ok(true)) {
            let _ = self.db.write("ROLLBACK", []); // fails where SQLite took everything back by itself, as it may when the disk is full
        }
        written
    }

    /// Without savepoints, which cost a copy of each page that a job writes. False: a job failed after it wrote something.
    fn write_together(&self, group: &mut [Box<dyn Job>]) -> Result<bool, Fault> {
        let connection = &self.db.connection;
        for job in group {
            let before = connection.total_changes();
            if let Err(fault) = job.write(self) {
                if connection.is_autocommit() {
                    return Err(fault); // SQLite took the transaction back by itself
                }
                if connection.total_changes() != before {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn write_each(&self, group: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        for job in group {
            self.db.write("SAVEPOINT one", [])?;
            if let Err(fault) = job.write(self) {
                self.db.write("ROLLBACK TO one", []).map_err(|_| fault)?; // fails where no savepoint is left: the end of the group
            }
            self.db.write("RELEASE one", [])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{commit, open};
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, WabaId};
    use callport_core::scope::Field;
    use callport_core::time::WallTime;
    use callport_engine::ports::{Commit, NewDelivery};

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let db = open::new_file(folder.path());
        db.write("INSERT INTO nodes (id) VALUES (1)", []).unwrap();
        Writer { db, cache: Arc::default() }
    }

    /// A commit with that id that queues a webhook of so many bytes.
    fn put(id: u64, bytes: usize) -> Commit {
        let webhook = NewDelivery {
            app: AppId::parse("1").unwrap(),
            waba: WabaId::parse("1").unwrap(),
            number: None,
            field: Field::Calls,
            event: "connect",
            call: Some(CallId::parse("wacid.A").unwrap()),
            message: None,
            body: vec![0; bytes].into(),
            created_at: WallTime::default(),
        };
        Commit { id, node: 1, expects: vec![], guards: vec![], writes: vec![], entries: vec![], webhooks: vec![webhook] }
    }

    /// Settles commits as one group and says which were acknowledged.
    fn settle(writer: &Writer, commits: Vec<Commit>) -> Vec<bool> {
        let (mut group, answers): (Vec<Box<dyn Job>>, Vec<_>) = commits
            .into_iter()
            .map(|made| {
                let (answer, answered) = oneshot::channel();
                let work = move |writer: &Writer| commit::make(&writer.db, &writer.cache, &made);
                let job: Box<dyn Job> = Box::new(Asked { touched: Touched::Nothing, work, outcome: None, answer });
                (job, answered)
            })
            .unzip();
        writer.settle(&mut group);
        answers.into_iter().map(|mut answer| answer.try_recv().unwrap().is_ok()).collect()
    }

    /// The commits that are known, and as many webhooks.
    fn kept(writer: &Writer) -> Vec<i64> {
        let mut kept = writer.db.connection.prepare("SELECT id FROM commits ORDER BY id").unwrap();
        let ids: Vec<i64> = kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let webhooks: u32 = writer.db.connection.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0)).unwrap();
        assert_eq!(ids.len(), webhooks as usize);
        ids
    }

    fn by_hand(writer: &Writer, sql: &str) {
        writer.db.connection.execute_batch(sql).unwrap();
    }

    #[test]
    fn goes_on_after_the_disk_was_full() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        by_hand(&writer, "PRAGMA max_page_count = 1"); // which means: no larger than now
        let large = Commit { webhooks: [put(2, 10).webhooks, put(2, 1_000_000).webhooks].concat(), ..put(2, 0) };
        let group = vec![put(1, 10), large, put(4, 10)];
        let acknowledged = settle(&writer, group);
        let stand: Vec<i64> = [1, 2, 4].into_iter().zip(&acknowledged).filter_map(|(id, stands)| stands.then_some(id)).collect();
        assert!(!acknowledged[1]);
        assert_eq!(kept(&writer), stand);

        assert_eq!(settle(&writer, vec![put(5, 1_000_000)]), [false]);
        by_hand(&writer, "PRAGMA max_page_count = 100000");
        assert_eq!(settle(&writer, vec![put(6, 1_000_000)]), [true]);
        assert_eq!(settle(&writer, vec![put(7, 10), put(8, 10)]), [true, true]);
        assert_eq!(kept(&writer), [stand, vec![6, 7, 8]].concat());
    }

    /// SQLite takes back the statement that failed and nothing else: the first webhook of the second commit is still there.
    #[test]
    fn a_job_that_fails_half_way_leaves_nothing_and_its_neighbours_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        by_hand(
            &writer,
            "CREATE TEMP TRIGGER refuses BEFORE INSERT ON deliveries WHEN length(new.body) = 7 BEGIN SELECT raise(ABORT, 'no'); END",
        );
        let half_way = Commit { webhooks: [put(2, 1).webhooks, put(2, 7).webhooks].concat(), ..put(2, 0) };
        assert_eq!(settle(&writer, vec![put(1, 1), half_way, put(3, 1)]), [true, false, true]);
        assert_eq!(kept(&writer), [1, 3]);
        assert_eq!(settle(&writer, vec![put(4, 1)]), [true]);
        assert_eq!(kept(&writer), [1, 3, 4]);
    }

    /// What SQLite does to a group when it takes a transaction back by itself (I/O error, disk full): no savepoint is left.
    #[test]
    fn a_transaction_that_sqlite_took_back_fails_the_whole_group_and_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        by_hand(
            &writer,
            "CREATE TEMP TRIGGER takes_back BEFORE INSERT ON commits WHEN new.id = 2 BEGIN SELECT raise(ROLLBACK, 'gone'); END",
        );
        assert_eq!(settle(&writer, vec![put(1, 1), put(2, 1), put(3, 1)]), [false, false, false]);
        assert!(kept(&writer).is_empty());
        assert_eq!(settle(&writer, vec![put(2, 1)]), [false]);
        assert_eq!(settle(&writer, vec![put(4, 1), put(5, 1)]), [true, true]);
        assert_eq!(kept(&writer), [4, 5]);
    }

    /// The flush fails, and SQLite leaves the transaction open: here because of a promise that was not kept in time.
    #[test]
    fn a_group_that_cannot_be_flushed_is_taken_back_whole_and_later_ones_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        for sql in [
            "CREATE TABLE promises (waba TEXT REFERENCES wabas (id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TEMP TRIGGER promises AFTER INSERT ON commits WHEN new.id = 2 BEGIN INSERT INTO promises VALUES ('none'); END",
        ] {
            by_hand(&writer, sql);
        }
        assert_eq!(settle(&writer, vec![put(1, 1), put(2, 1), put(3, 1)]), [false, false, false]);
        assert_eq!(settle(&writer, vec![put(4, 1), put(5, 1)]), [true, true]);
        assert_eq!(kept(&writer), [4, 5]);
    }
}

//! The one writer. Commits that wait while another is on its way to the disk go there together: one flush for all of them.
//!
//! A commit in a group is still whole or nothing on its own: it runs in a savepoint, and a refused one is taken back without
//! touching its neighbours. Nobody is answered before the whole group is on the disk.

use std::sync::Arc;

use callport_engine::Fault;
use callport_engine::ports::Change;
use sqlx::{Connection as _, SqliteConnection, query};
use tokio::sync::{mpsc, oneshot};

use super::cache::Cache;
use super::change::make_all;
use super::open::Lock;
use crate::key::Seal;

/// Commits that may wait for the writer; more wait at the door.
pub(super) const WAITING: usize = 1_024;

/// Commits in one group. More would save little and let the first of them wait longer.
const GROUP: usize = 128;

/// A commit on its way.
pub(super) struct Commit {
    pub(super) changes: Vec<Change>,
    pub(super) answer: oneshot::Sender<Result<(), Fault>>,
}

/// Owns the connection that writes, and the lock on the file.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    pub(super) seal: Arc<Seal>,
    pub(super) cache: Arc<Cache>,
    pub(super) lock: Lock,
}

impl Writer {
    /// Until the last sender is gone and everything that they sent is answered.
    pub(super) async fn run(mut self, mut commits: mpsc::Receiver<Commit>) {
        let mut group = Vec::with_capacity(GROUP);
        while commits.recv_many(&mut group, GROUP).await > 0 {
            self.settle(&mut group).await;
        }
        if let Err(why) = self.connection.close().await {
            tracing::warn!(%why, "the store was not closed cleanly; the next start carries on from its log");
        }
        drop(self.lock);
    }

    /// Writes a group and answers each of it.
    async fn settle(&mut self, group: &mut Vec<Commit>) {
        let cache = Arc::clone(&self.cache);
        let changing = cache.changing(group.iter().flat_map(|commit| &commit.changes));
        let outcome = self.write(group).await;
        drop(changing); // before anybody is answered, so that whoever reads it back may keep a copy
        let outcomes = outcome.unwrap_or_else(|why| {
            tracing::error!(%why, commits = group.len(), "the store could not write");
            vec![Err(Fault::new("store: commit", why)); group.len()]
        });
        for (commit, outcome) in group.drain(..).zip(outcomes) {
            let _ = commit.answer.send(outcome); // whoever asked may have given up waiting; the commit stands
        }
    }

    /// One transaction, and the verdict on each commit. An outer error means that nothing of the group was written.
    async fn write(&mut self, group: &[Commit]) -> Result<Vec<Result<(), Fault>>, sqlx::Error> {
        let written = match group {
            [alone] => self.write_alone(alone).await,
            _ => self.write_each(group).await,
        };
        if written.as_ref().map_or(true, |outcomes| matches!(outcomes[..], [Err(_)])) {
            let _ = self.run_sql("ROLLBACK").await; // fails where SQLite took everything back by itself, as it may when the disk is full
        }
        written
    }

    /// A commit without neighbours is the transaction. Refused, it leaves the transaction open.
    async fn write_alone(&mut self, commit: &Commit) -> Result<Vec<Result<(), Fault>>, sqlx::Error> {
        self.run_sql("BEGIN IMMEDIATE").await?;
        let made = make_all(&mut self.connection, &commit.changes, &self.seal).await;
        if made.is_ok() {
            self.run_sql("COMMIT").await?;
        }
        Ok(vec![made])
    }

    /// Two statements at a time where nothing can be decided between them: each question to the connection's thread costs two of them a
    /// change of threads.
    async fn write_each(&mut self, group: &[Commit]) -> Result<Vec<Result<(), Fault>>, sqlx::Error> {
        let mut outcomes = Vec::with_capacity(group.len());
        for commit in group {
            self.run_sql(if outcomes.is_empty() { "BEGIN IMMEDIATE; SAVEPOINT one" } else { "RELEASE one; SAVEPOINT one" }).await?;
            let made = make_all(&mut self.connection, &commit.changes, &self.seal).await;
            if made.is_err() {
                self.run_sql("ROLLBACK TO one").await?; // fails where no savepoint is left, and so ends the group
            }
            outcomes.push(made);
        }
        self.run_sql("RELEASE one; COMMIT").await?;
        Ok(outcomes)
    }

    /// Not sqlx's transactions: those count their depth, and lose count when SQLite takes a transaction back by itself.
    async fn run_sql(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        query(sql).execute(&mut self.connection).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::sqlite::open;
    use callport_core::call_id::CallId;
    use callport_core::ids::{AppId, WabaId};
    use callport_core::scope::Field;
    use callport_core::time::WallTime;
    use callport_engine::records::{Delivery, DeliveryId, DeliveryState};

    async fn writer(folder: &tempfile::TempDir) -> Writer {
        let path = folder.path().join("callport.db");
        let lock = open::claim(&path).unwrap();
        let mut connection = open::writing(&path).await.unwrap();
        open::bring_up_to_date(&mut connection).await.unwrap();
        Writer { connection, seal: Arc::new(Seal::new(&Key::from_bytes([7; 32])).unwrap()), cache: Arc::default(), lock }
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
    async fn settle(writer: &mut Writer, commits: Vec<Vec<Change>>) -> Vec<bool> {
        let (mut group, answers): (Vec<Commit>, Vec<_>) = commits
            .into_iter()
            .map(|changes| {
                let (answer, answered) = oneshot::channel();
                (Commit { changes, answer }, answered)
            })
            .unzip();
        writer.settle(&mut group).await;
        futures::future::join_all(answers).await.into_iter().map(|answer| answer.unwrap().is_ok()).collect()
    }

    async fn kept(writer: &mut Writer) -> Vec<i64> {
        sqlx::query_scalar("SELECT id FROM deliveries ORDER BY id").fetch_all(&mut writer.connection).await.unwrap()
    }

    #[tokio::test]
    async fn goes_on_after_the_disk_was_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder).await;
        writer.run_sql("PRAGMA max_page_count = 1").await.unwrap(); // which means: no larger than now
        let group = vec![vec![put(1, 10)], vec![put(2, 10), put(3, 1_000_000)], vec![put(4, 10)]];
        let acknowledged = settle(&mut writer, group).await;
        let stand: Vec<i64> = [1, 2, 4].into_iter().zip(&acknowledged).filter_map(|(id, stands)| stands.then_some(id)).collect();
        assert!(!acknowledged[1]);
        assert_eq!(kept(&mut writer).await, stand);

        assert_eq!(settle(&mut writer, vec![vec![put(5, 1_000_000)]]).await, [false]);
        writer.run_sql("PRAGMA max_page_count = 100000").await.unwrap();
        assert_eq!(settle(&mut writer, vec![vec![put(6, 1_000_000)]]).await, [true]);
        assert_eq!(settle(&mut writer, vec![vec![put(7, 10)], vec![put(8, 10)]]).await, [true, true]);
        assert_eq!(kept(&mut writer).await, [stand, vec![6, 7, 8]].concat());
    }

    /// What SQLite does to a group when it takes a transaction back by itself (I/O error, disk full): no savepoint is left.
    #[tokio::test]
    async fn a_transaction_that_sqlite_took_back_fails_the_whole_group_and_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder).await;
        writer
            .run_sql("CREATE TEMP TRIGGER takes_back BEFORE INSERT ON deliveries WHEN new.id = 2 BEGIN SELECT raise(ROLLBACK, 'gone'); END")
            .await
            .unwrap();
        assert_eq!(settle(&mut writer, vec![vec![put(1, 1)], vec![put(2, 1)], vec![put(3, 1)]]).await, [false, false, false]);
        assert!(kept(&mut writer).await.is_empty());
        assert_eq!(settle(&mut writer, vec![vec![put(2, 1)]]).await, [false]);
        assert_eq!(settle(&mut writer, vec![vec![put(4, 1)], vec![put(5, 1)]]).await, [true, true]);
        assert_eq!(kept(&mut writer).await, [4, 5]);
    }

    /// The flush fails, and SQLite leaves the transaction open: here because of a promise that was not kept in time.
    #[tokio::test]
    async fn a_group_that_cannot_be_flushed_is_taken_back_whole_and_later_ones_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder).await;
        for sql in [
            "CREATE TABLE promises (waba TEXT REFERENCES wabas (id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TEMP TRIGGER promises AFTER INSERT ON deliveries WHEN new.id = 2 BEGIN INSERT INTO promises VALUES ('none'); END",
        ] {
            writer.run_sql(sql).await.unwrap();
        }
        assert_eq!(settle(&mut writer, vec![vec![put(1, 1)], vec![put(2, 1)], vec![put(3, 1)]]).await, [false, false, false]);
        assert_eq!(settle(&mut writer, vec![vec![put(4, 1)], vec![put(5, 1)]]).await, [true, true]);
        assert_eq!(kept(&mut writer).await, [4, 5]);
    }
}

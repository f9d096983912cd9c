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
        drop(changing); // before anybody is answered
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
        self.run_sql("BEGIN IMMEDIATE").await?;
        let written = self.write_each(group).await;
        if written.is_err() {
            let _ = self.run_sql("ROLLBACK").await; // fails where SQLite took everything back by itself, as it may when the disk is full
        }
        written
    }

    async fn write_each(&mut self, group: &[Commit]) -> Result<Vec<Result<(), Fault>>, sqlx::Error> {
        let mut outcomes = Vec::with_capacity(group.len());
        for commit in group {
            self.run_sql("SAVEPOINT one").await?;
            let made = make_all(&mut self.connection, &commit.changes, &self.seal).await;
            if made.is_err() {
                self.run_sql("ROLLBACK TO one").await?; // fails where no savepoint is left, and so ends the group
            }
            self.run_sql("RELEASE one").await?;
            outcomes.push(made);
        }
        self.run_sql("COMMIT").await?;
        Ok(outcomes)
    }

    /// Not sqlx's transactions: those count their depth, and lose count when SQLite takes a transaction back by itself.
    async fn run_sql(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        query(sql).execute(&mut self.connection).await.map(drop)
    }
}

//! One connection to the file, on whatever thread owns it: how rows are asked for and statements are made.

use std::sync::Arc;

use callport_engine::Fault;
use rusqlite::{CachedStatement, Connection, Params, Row};

use super::open::Lock;
use crate::key::Seal;

/// Statements that a connection keeps prepared: all that there are.
const STATEMENTS: usize = 192;

/// A connection, the seal of what it holds, and the claim of the file as long as any connection is open.
pub(super) struct Db {
    pub(super) connection: Connection,
    pub(super) seal: Arc<Seal>,
    #[expect(dead_code, reason = "holds the claim")]
    lock: Arc<Lock>,
    /// The texts that were prepared, for the test that looks at their plans.
    #[cfg(test)]
    pub(super) asked: std::cell::RefCell<Vec<&'static str>>,
}

impl Db {
    pub(super) fn new(connection: Connection, seal: Arc<Seal>, lock: Arc<Lock>) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Self {
            connection,
            seal,
            lock,
            #[cfg(test)]
            asked: Default::default(),
        }
    }

    /// The first row of an answer, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &'static str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.prepare(sql).map_err(unread)?;
        let mut rows = statement.query(values).map_err(unread)?;
        rows.next().map_err(unread)?.map(read).transpose()
    }

    /// Every row of an answer.
    pub(super) fn all<T>(
        &self,
        sql: &'static str,
        values: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        self.each(sql, values, |row| read(row).map(|one| found.push(one)))?;
        Ok(found)
    }

    /// What a start needs of what an earlier process left: a row that cannot be read is told and left where it is, because it must not
    /// keep the others, and the whole platform, from starting.
    pub(super) fn readable<T>(
        &self,
        sql: &'static str,
        values: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        self.each(sql, values, |row| {
            match read(row) {
                Ok(one) => found.push(one),
                Err(fault) => tracing::error!(%fault, "a row cannot be read; it is passed over and stays as it is"),
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn each(&self, sql: &'static str, values: impl Params, mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
        let mut statement = self.prepare(sql).map_err(unread)?;
        let mut rows = statement.query(values).map_err(unread)?;
        while let Some(row) = rows.next().map_err(unread)? {
            take(row)?;
        }
        Ok(())
    }

    /// Makes a change. A refusal names the table by the statement's first words (a constant, so no data): SQLite does not say which
    /// foreign key failed.
    /// Says how many rows it wrote itself.
    pub(super) fn write(&self, sql: &'static str, values: impl Params) -> Result<usize, Fault> {
        let what = || sql.split(['(', '\n']).next().unwrap_or_default().trim();
        let written = self.prepare(sql).and_then(|mut statement| statement.execute(values));
        written.map_err(|why| Fault::new("store: commit", format!("{}: {why}", what())))
    }

    fn prepare(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'_>> {
        #[cfg(test)]
        self.asked.borrow_mut().push(sql);
        self.connection.prepare_cached(sql)
    }
}

fn unread(why: rusqlite::Error) -> Fault {
    Fault::new("store: read", why)
}

//! Reading columns into checked types. A value that its type refuses is a fault that names the column, never its content.

use std::fmt::Display;

use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_core::words::Word;
use callport_engine::Fault;
use rusqlite::types::FromSql;
use serde::de::DeserializeOwned;

/// One row of a named table.
pub(super) struct Row<'r> {
    table: &'static str,
    row: &'r rusqlite::Row<'r>,
}

impl<'r> Row<'r> {
    pub(super) fn of(table: &'static str, row: &'r rusqlite::Row<'r>) -> Self {
        Self { table, row }
    }

    /// As it is.
    pub(super) fn plain<T: FromSql>(&self, column: &'static str) -> Result<T, Fault> {
        self.row.get(column).map_err(|_| self.unreadable(column, "not of its type"))
    }

    /// A text where it lies.
    pub(super) fn text(&self, column: &'static str) -> Result<&'r str, Fault> {
        self.maybe_text(column)?.ok_or_else(|| self.unreadable(column, "nothing"))
    }

    /// Bytes where they lie.
    pub(super) fn bytes(&self, column: &'static str) -> Result<&'r [u8], Fault> {
        self.maybe_bytes(column)?.ok_or_else(|| self.unreadable(column, "nothing"))
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<&'r str>, Fault> {
        self.row.get_ref(column).ok().and_then(|value| value.as_str_or_null().ok()).ok_or_else(|| self.unreadable(column, "not a text"))
    }

    pub(super) fn maybe_bytes(&self, column: &'static str) -> Result<Option<&'r [u8]>, Fault> {
        self.row.get_ref(column).ok().and_then(|value| value.as_blob_or_null().ok()).ok_or_else(|| self.unreadable(column, "not bytes"))
    }

    /// Through the type's own check.
    pub(super) fn parsed<T, E: Display>(&self, column: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Fault> {
        parse(self.text(column)?).map_err(|why| self.unreadable(column, why))
    }

    /// The same, where there may be none.
    pub(super) fn maybe<T, E: Display>(&self, column: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, Fault> {
        self.maybe_text(column)?.map(parse).transpose().map_err(|why| self.unreadable(column, why))
    }

    pub(super) fn word<T: Word>(&self, column: &'static str) -> Result<T, Fault> {
        self.parsed(column, |word| T::read(word).ok_or("an unknown word"))
    }

    pub(super) fn maybe_word<T: Word>(&self, column: &'static str) -> Result<Option<T>, Fault> {
        self.maybe(column, |word| T::read(word).ok_or("an unknown word"))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, Fault> {
        self.parsed(column, read_json)
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, Fault> {
        self.maybe(column, read_json)
    }

    /// A JSON array of texts, each through a check.
    pub(super) fn list<T, E: Display, C: FromIterator<T>>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<C, Fault> {
        self.maybe_list(column, parse)?.ok_or_else(|| self.unreadable(column, "nothing"))
    }

    /// The same, where there may be none.
    pub(super) fn maybe_list<T, E: Display, C: FromIterator<T>>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<C>, Fault> {
        let texts: Option<Vec<String>> = self.maybe_json(column)?;
        let checked = texts.map(|texts| texts.iter().map(|text| parse(text)).collect::<Result<C, E>>());
        checked.transpose().map_err(|why| self.unreadable(column, why))
    }

    /// A JSON array of words.
    pub(super) fn words<T: Word, C: FromIterator<T>>(&self, column: &'static str) -> Result<C, Fault> {
        self.list(column, |word| T::read(word).ok_or("an unknown word"))
    }

    /// A number that SQLite holds as its signed one.
    pub(super) fn unsigned(&self, column: &'static str) -> Result<u64, Fault> {
        u64::try_from(self.plain::<i64>(column)?).map_err(|_| self.unreadable(column, "negative"))
    }

    pub(super) fn time(&self, column: &'static str) -> Result<WallTime, Fault> {
        self.plain(column).map(WallTime::from_unix_millis)
    }

    pub(super) fn maybe_time(&self, column: &'static str) -> Result<Option<WallTime>, Fault> {
        Ok(self.plain::<Option<i64>>(column)?.map(WallTime::from_unix_millis))
    }

    pub(super) fn hash(&self, column: &'static str) -> Result<SecretHash, Fault> {
        let bytes = <[u8; 32]>::try_from(self.bytes(column)?);
        bytes.map(SecretHash::from_bytes).map_err(|_| self.unreadable(column, "not 32 bytes"))
    }

    pub(super) fn unreadable(&self, column: &'static str, why: impl Display) -> Fault {
        Fault::new("store: read", format!("{}.{column}: {why}", self.table))
    }
}

/// serde names the place of a mistake, and may quote what it found there: only the place is kept.
fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|why| format!("not the expected JSON at character {}", why.column()))
}

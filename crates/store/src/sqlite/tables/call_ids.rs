//! Numbers for the ids of calls. An id has some hundred characters, and every entry of the journal and every webhook names one: by its number they stand
//! together in the file.

use callport_core::call_id::CallId;
use callport_engine::Fault;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

/// The number of an id, which gets one when it comes up for the first time.
pub(crate) fn number(db: &Db, call: &CallId) -> Result<i64, Fault> {
    let known = db.one("SELECT no FROM call_ids WHERE id = ?", [call.as_str()], |row| Row::of("call_ids", row).plain("no"))?;
    match known {
        Some(no) => Ok(no),
        None => {
            db.write("INSERT INTO call_ids (id) VALUES (?)", [call.as_str()])?;
            Ok(db.connection.last_insert_rowid())
        }
    }
}

/// The number that was asked for last: what is written together is nearly always about one call.
#[derive(Default)]
pub(crate) struct Numbers {
    last: Option<(CallId, i64)>,
}

impl Numbers {
    pub(crate) fn of(&mut self, db: &Db, call: Option<&CallId>) -> Result<Option<i64>, Fault> {
        let Some(call) = call else { return Ok(None) };
        if let Some((_, no)) = self.last.as_ref().filter(|(last, _)| last == call) {
            return Ok(Some(*no));
        }
        let no = number(db, call)?;
        self.last = Some((call.clone(), no));
        Ok(Some(no))
    }
}

/// Forgets the ids that came up first, as far as nothing names them any more: at most so many.
pub(crate) fn forget(db: &Db, most: u32) -> Result<(), Fault> {
    db.write(
        "DELETE FROM call_ids WHERE no IN (
            SELECT no FROM call_ids WHERE no < min(
                ifnull((SELECT min(no) FROM calls), 9223372036854775807),
                ifnull((SELECT min(call_no) FROM deliveries WHERE call_no IS NOT NULL), 9223372036854775807),
                ifnull((SELECT min(call_no) FROM journal WHERE call_no IS NOT NULL), 9223372036854775807),
                (SELECT max(no) FROM call_ids)
            ) ORDER BY no LIMIT ?)",
        [most],
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;

    fn id(own: &str) -> CallId {
        CallId::parse(&format!("wacid.{own}")).unwrap()
    }

    #[test]
    fn an_id_keeps_its_number_and_goes_when_nothing_names_it_or_what_came_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let db = open::new_file(folder.path());
        let numbers = ["A", "B", "C", "D", "E"].map(|own| number(&db, &id(own)).unwrap());
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(number(&db, &id("C")).unwrap(), 3, "it is known");
        db.write("INSERT INTO journal (at_ms, kind, call_no, fact) VALUES (0, 'user', 4, '{}')", []).unwrap();
        let known =
            || -> Vec<i64> { db.all("SELECT no FROM call_ids ORDER BY no", [], |row| Row::of("call_ids", row).plain("no")).unwrap() };

        forget(&db, 2).unwrap();
        assert_eq!(known(), [3, 4, 5], "so many at a time, from the first on");
        forget(&db, 9).unwrap();
        assert_eq!(known(), [4, 5], "an entry names the fourth");
        db.write("DELETE FROM journal", []).unwrap();
        forget(&db, 9).unwrap();
        assert_eq!(known(), [5], "the last stays, so that no number is given twice");
        assert_eq!(number(&db, &id("A")).unwrap(), 6);
    }
}

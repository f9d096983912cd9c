//! Processes. The file is claimed by one at a time, so whoever joins is all that lives.

use callport_engine::Fault;
use callport_engine::ports::NodeBeat;
use callport_flow::NodeId;

use crate::sqlite::db::Db;
use crate::sqlite::row::Row;

pub(crate) fn join(db: &Db) -> Result<NodeId, Fault> {
    db.write("DELETE FROM nodes", [])?;
    db.write("INSERT INTO nodes DEFAULT VALUES", [])?;
    let id = db.connection.last_insert_rowid();
    NodeId::try_from(id).map_err(|_| Fault::new("store: join", "this file was opened too often"))
}

pub(crate) fn lives(db: &Db, node: NodeId) -> Result<bool, Fault> {
    Ok(db.one("SELECT 1 FROM nodes WHERE id = ?", [node], |_| Ok(()))?.is_some())
}

pub(crate) fn beat(db: &Db, node: NodeId) -> Result<Vec<NodeBeat>, Fault> {
    db.write("UPDATE nodes SET beat = beat + 1 WHERE id = ?", [node])?;
    db.all("SELECT * FROM nodes ORDER BY id", [], |row| {
        let row = Row::of("nodes", row);
        Ok(NodeBeat { node: row.plain("id")?, beat: row.unsigned("beat")? })
    })
}

pub(crate) fn end(db: &Db, seen: NodeBeat) -> Result<(), Fault> {
    let Ok(beat) = i64::try_from(seen.beat) else { return Ok(()) };
    db.write("DELETE FROM nodes WHERE id = ? AND beat = ?", (seen.node, beat)).map(drop)
}

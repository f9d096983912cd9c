//! Opening the file: whose it is, how it is locked, and whether the key fits.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use callport_engine::Fault;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::key::{Place, Seal};

/// How long to wait for a lock that only a foreign program, such as a backup or a shell, can hold.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The write-ahead log is cut back to this size once it was copied into the file.
const LOG_BYTES: u32 = 67_108_864;

/// What the row of `key_check` says, once opened.
const PROOF: &str = "callport";
const PROOF_PLACE: Place<'_> = Place { column: "key_check.sealed_proof", row: &["1"] };

/// Held as long as a connection is open. The system drops it with the process, however that ends.
pub(super) struct Lock(#[expect(dead_code, reason = "holds the lock")] File);

/// Makes the file (mode 0600) and its folders (0700) if they are not there, and claims them for this process.
pub(super) fn claim(path: &Path) -> Result<Lock, Fault> {
    let failed = |why: io::Error| Fault::new("store: open", format!("{}: {why}", path.display()));
    make_folders(path).map_err(failed)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    // The lock is another file: closing any handle of the database itself would drop SQLite's own locks (POSIX, fcntl).
    let lock = make_file(&PathBuf::from(beside)).map_err(failed)?;
    lock.try_lock().map_err(|why| match why {
        TryLockError::WouldBlock => Fault::new("store: open", format!("{} is in use by another process", path.display())),
        TryLockError::Error(why) => failed(why),
    })?;
    make_file(path).map_err(failed)?;
    sync_folder(path).map_err(failed)?;
    Ok(Lock(lock))
}

fn make_folders(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| *folder != Path::new("") && !folder.exists()).collect();
    if let Some(folder) = missing.first() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    missing.into_iter().try_for_each(sync_folder) // a folder that a power cut takes away takes the file along
}

/// SQLite gives its log and shared-memory files the mode of the database.
fn make_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Makes the entry of `path` in its folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    File::open(fs::canonicalize(folder)?)?.sync_all()
}

/// The one connection that writes. FULL makes every commit reach the disk before it returns; NORMAL would survive a killed
/// process but not a power cut (SQLite docs, PRAGMA synchronous).
pub(super) fn writing(path: &Path) -> Result<Connection, Fault> {
    let connection = connect(path)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES).map_err(failed)?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path) -> Result<Connection, Fault> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(connection)
}

/// To a file that is there. SQLite need not lock a connection that never leaves its thread.
fn connect(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    Ok(connection)
}

/// A new file takes the key; an old one says whether this is the one.
pub(super) fn check_key(connection: &Connection, seal: &Seal) -> Result<(), Fault> {
    let sealed = connection.query_row("SELECT sealed_proof FROM key_check", [], |row| row.get::<_, Vec<u8>>(0));
    let Some(sealed) = sealed.optional().map_err(failed)? else {
        let proof = seal.seal(PROOF_PLACE, PROOF)?;
        return connection.execute("INSERT INTO key_check (id, sealed_proof) VALUES (1, ?)", [proof]).map(drop).map_err(failed);
    };
    match seal.open(PROOF_PLACE, &sealed) {
        Ok(proof) if proof == PROOF => Ok(()),
        _ => Err(failed("the key is not the one that this file was made with")),
    }
}

pub(super) fn failed(why: impl std::fmt::Display) -> Fault {
    Fault::new("store: open", why)
}

/// For tests of single parts: a file of its own in that folder, with all its tables.
#[cfg(test)]
pub(super) fn new_file(folder: &Path) -> super::db::Db {
    let path = folder.join("callport.db");
    let lock = claim(&path).unwrap();
    let seal = std::sync::Arc::new(Seal::new(&crate::SealingKey::from_bytes([7; 32])).unwrap());
    let db = super::db::Db::new(writing(&path).unwrap(), seal, std::sync::Arc::new(lock));
    super::migrations::bring_up_to_date(&db).unwrap();
    db
}

//! Opening the file: whose it is, how it is locked, how it is brought up to date, and whether the key fits.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use callport_engine::Fault;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection, SqlitePool, query};

use crate::key::{Place, Seal};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long to wait for a lock that only a foreign program, such as a backup or a shell, can hold.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that read. Each has a thread of its own.
const READERS: u32 = 4;

/// How long a read waits for one of them.
const READER_TIMEOUT: Duration = Duration::from_secs(10);

/// The write-ahead log is cut back to this size once it was copied into the file.
const LOG_BYTES: &str = "67108864";

/// What the row of `key_check` says, once opened.
const PROOF: &str = "callport";
const PROOF_PLACE: Place<'_> = Place { column: "key_check.sealed_proof", row: &["1"] };

/// Held as long as the file is in use. The system drops it with the process, however that ends.
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

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

/// The one connection that writes. FULL makes every commit reach the disk before it returns; NORMAL would survive a killed
/// process but not a power cut (SQLite docs, PRAGMA synchronous).
pub(super) async fn writing(path: &Path) -> Result<SqliteConnection, Fault> {
    let options =
        options(path).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).pragma("journal_size_limit", LOG_BYTES);
    options.connect().await.map_err(failed)
}

/// Connections that cannot write.
pub(super) async fn reading(path: &Path) -> Result<SqlitePool, Fault> {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(READER_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false) // it is a file, it does not hang up
        .connect_with(options(path).pragma("query_only", "ON"))
        .await
        .map_err(failed)
}

/// Runs the migrations that this file has not seen. A file of a newer version is refused.
pub(super) async fn bring_up_to_date(connection: &mut SqliteConnection) -> Result<(), Fault> {
    MIGRATIONS.run(connection).await.map_err(|why| match why {
        MigrateError::VersionMissing(_) => failed("this file was written by a newer version"),
        why => failed(why),
    })
}

/// A new file takes the key; an old one says whether this is the one.
pub(super) async fn check_key(connection: &mut SqliteConnection, seal: &Seal) -> Result<(), Fault> {
    let row = query("SELECT sealed_proof FROM key_check").fetch_optional(&mut *connection).await.map_err(failed)?;
    let Some(row) = row else {
        let put = query("INSERT INTO key_check (id, sealed_proof) VALUES (1, ?)").bind(seal.seal(PROOF_PLACE, PROOF)?);
        return put.execute(connection).await.map(drop).map_err(failed);
    };
    let opened = seal.open(PROOF_PLACE, row.try_get("sealed_proof").map_err(failed)?);
    match opened {
        Ok(proof) if proof == PROOF => Ok(()),
        _ => Err(Fault::new("store: open", "the key is not the one that this file was made with")),
    }
}

fn failed(why: impl std::fmt::Display) -> Fault {
    Fault::new("store: open", why)
}

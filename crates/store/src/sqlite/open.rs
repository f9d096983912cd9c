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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, SqliteStore};
    use callport_core::call_id::CallId;
    use callport_core::gate::DeviceKind;
    use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
    use callport_core::settings::Switch;
    use callport_core::time::WallTime;
    use callport_core::token::SecretHash;
    use callport_engine::ports::Store as _;
    use callport_engine::records::{DeliveryId, DeliveryState, Guest, Stage};

    const KEY: Key = Key::from_bytes([7; 32]);

    /// A file as the version that knew migrations up to `last` left it.
    async fn file_of(last: &str, path: &Path) -> SqliteConnection {
        let known = tempfile::tempdir().unwrap();
        for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().map(Result::unwrap) {
            if file.file_name().to_str().unwrap() <= last {
                fs::copy(file.path(), known.path().join(file.file_name())).unwrap();
            }
        }
        drop(make_file(path).unwrap());
        let mut connection = writing(path).await.unwrap();
        Migrator::new(known.path()).await.unwrap().run(&mut connection).await.unwrap();
        connection
    }

    /// Written in the words of that version: what it did not know is not named.
    const ROWS_BEFORE_CHATS: [&str; 10] = [
        "INSERT INTO portfolios VALUES ('3001', 'Acme')",
        "INSERT INTO wabas VALUES ('2001', '3001', 'Acme', 'USD', 'UTC', 1)",
        r#"INSERT INTO numbers VALUES ('4001', '2001', '6281255509999', 'Acme', 'LIVE', 'TIER_2K', '{"status":"ENABLED"}')"#,
        "INSERT INTO users VALUES ('9001', '5511955501234', 'Nadia', NULL), ('9002', '5511955505678', 'Ben', 'ben')",
        "INSERT INTO sessions VALUES (zeroblob(32), '9001', 2592007000)",
        "INSERT INTO invitations VALUES (zeroblob(32), 86400000, '9001'), (randomblob(32), 86400001, NULL)",
        "INSERT INTO calls (id, direction, number, waba, user, placed_at_ms, stage, accepted_at_ms, opaque, codecs)
         VALUES ('wacid.A', 'USER_INITIATED', '4001', '2001', '9001', 1000, 'active', 2000, 'ticket 7', '[\"PCMU\"]'),
                ('wacid.B', 'BUSINESS_INITIATED', '4001', '2001', '9001', 3000, 'calling', NULL, NULL, '[]')",
        "INSERT INTO timeline (call, at_ms, kind, text) VALUES ('wacid.A', 1000, 'user', 'called')",
        "INSERT INTO deliveries VALUES (41, '1001', '2001', '4001', 'calls', 'connect', 'wacid.A', 1000, 'pending', 1000, 2, x'7b7d')",
        "INSERT INTO attempts (delivery, number, at_ms, took_ns, url) VALUES (41, 1, 1000, 5, 'https://desk.example')",
    ];

    #[tokio::test]
    async fn a_file_from_before_chats_keeps_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callport.db");
        let mut old = file_of("0002_history.sql", &path).await;
        let seal = Seal::new(&KEY).unwrap();
        check_key(&mut old, &seal).await.unwrap();
        for sql in ROWS_BEFORE_CHATS {
            query(sql).execute(&mut old).await.unwrap();
        }
        let secret = seal.seal(Place { column: "apps.sealed_secret", row: &["1001"] }, "secret").unwrap();
        let put = query("INSERT INTO apps VALUES ('1001', 'Desk', ?, NULL, NULL, '[]')").bind(secret);
        put.execute(&mut old).await.unwrap();
        sqlx::Connection::close(old).await.unwrap();

        let store = SqliteStore::open(&path, KEY).await.unwrap();
        let (waba, pnid) = (WabaId::parse("2001").unwrap(), PhoneNumberId::parse("4001").unwrap());
        let (nadia, ben) = (UserId::parse("9001").unwrap(), UserId::parse("9002").unwrap());
        let number = store.number(&pnid).await.unwrap().unwrap();
        assert_eq!((number.settings.status, number.allowed_recipients, number.restrictions), (Some(Switch::Enabled), None, vec![]));
        assert_eq!(store.app(&AppId::parse("1001").unwrap()).await.unwrap().unwrap().secret, "secret");
        let ben = store.user(&ben).await.unwrap().unwrap();
        assert_eq!((ben.username.as_deref(), ben.outdated_app), (Some("ben"), false));
        let session = store.session(&SecretHash::from_bytes([0; 32])).await.unwrap().unwrap();
        assert_eq!((&session.user, session.device, session.expires_at.unix_millis()), (&nadia, DeviceKind::Phone, 2_592_007_000));
        assert_eq!(session.opened_at, WallTime::from_unix_seconds(7));
        let invitations = store.invitations().await.unwrap();
        assert!(invitations.iter().all(|invitation| invitation.guest == Guest::Anyone));
        assert_eq!(invitations.iter().map(|invitation| invitation.used_by.as_ref()).collect::<Vec<_>>(), [Some(&nadia), None]);

        let call = store.call(&CallId::parse("wacid.A").unwrap()).await.unwrap().unwrap();
        assert_eq!((call.device, call.opaque.as_deref()), (None, Some("ticket 7")));
        assert_eq!(call.stage, Stage::Active(WallTime::from_unix_seconds(2)));
        assert_eq!(store.live_calls().await.unwrap().len(), 2);
        assert_eq!(store.timeline(&call.id).await.unwrap()[0].text, "called");
        assert_eq!(store.business_calls_since(&pnid, WallTime::default()).await.unwrap(), [WallTime::from_unix_seconds(3)]);
        let delivery = store.delivery(DeliveryId(41)).await.unwrap().unwrap();
        assert_eq!((delivery.message, delivery.body.as_slice(), delivery.attempts), (None, b"{}".as_slice(), 2));
        assert_eq!(delivery.state, DeliveryState::Pending { next_attempt_at: WallTime::from_unix_seconds(1) });
        assert_eq!(store.attempts(DeliveryId(41)).await.unwrap().len(), 1);

        assert_eq!(store.pairs_of(&nadia).await.unwrap(), []);
        assert_eq!(store.templates(&waba).await.unwrap(), []);
    }
}

//! Bringing a file up to date: the numbered files of `migrations/`, each once and in their order.
//!
//! `PRAGMA user_version` says how many of them a file has seen. Files from before 2026-11-27 say it in a table that the library `sqlx` kept;
//! the first start takes its word and drops it.

use callport_engine::Fault;
use rusqlite::Connection;

use super::open::failed;

const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_directory.sql"),
    include_str!("../../migrations/0002_history.sql"),
    include_str!("../../migrations/0003_chats.sql"),
    include_str!("../../migrations/0004_rights.sql"),
    include_str!("../../migrations/0005_call_log.sql"),
];

/// The version of a file that has seen all of them.
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// Runs the migrations that this file has not seen. A file of a newer version is refused as it is.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), Fault> {
    let kept_by_sqlx = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let kept_by_sqlx: bool = connection.query_row(kept_by_sqlx, [], |row| row.get(0)).map_err(failed)?;
    let mut seen: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
    if kept_by_sqlx {
        let said = connection.query_row("SELECT ifnull(max(version), 0) FROM _sqlx_migrations", [], |row| row.get(0));
        seen = seen.max(said.map_err(failed)?); // an older program that failed on this file may have left an empty table
    }
    if seen > NEWEST {
        return Err(failed("this file was written by a newer version"));
    }
    if kept_by_sqlx {
        step(connection, "DROP TABLE _sqlx_migrations", seen).map_err(failed)?;
    }
    for (version, sql) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > seen) {
        step(connection, sql, version).map_err(|why| failed(format!("migration {version}: {why}")))?;
    }
    Ok(())
}

/// Whole or not at all.
fn step(connection: &mut Connection, sql: &str, version: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(sql)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Place, Seal};
    use crate::sqlite::open;
    use crate::{Key, SqliteStore};
    use callport_core::call_id::CallId;
    use callport_core::gate::DeviceKind;
    use callport_core::ids::{AppId, PhoneNumberId, UserId, WabaId};
    use callport_core::settings::Switch;
    use callport_core::time::WallTime;
    use callport_core::token::SecretHash;
    use callport_engine::ports::Store as _;
    use callport_engine::records::{DeliveryId, DeliveryState, Guest, Stage};
    use std::fs;
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    const KEY: Key = Key::from_bytes([7; 32]);

    /// The table of sqlx 0.9, word by word, and the line that it wrote for each migration.
    const SQLX_TABLE: &str = "CREATE TABLE _sqlx_migrations (
        version BIGINT PRIMARY KEY,
        description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        success BOOLEAN NOT NULL,
        checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL
    )";
    const SQLX_LINE: &str =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, 'some', TRUE, x'00', 1)";

    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callport.db");
        (folder, path)
    }

    /// A file as a version with so many migrations left it, when sqlx kept it.
    fn file_of(version: usize, path: &Path) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.execute_batch(SQLX_TABLE).unwrap();
        for (version, sql) in (1_u32..).zip(&MIGRATIONS[..version]) {
            connection.execute_batch(sql).unwrap();
            connection.execute(SQLX_LINE, [version]).unwrap();
        }
        connection
    }

    fn version(path: &Path) -> (u32, bool) {
        let connection = Connection::open(path).unwrap();
        let kept_by_sqlx = connection.query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%sqlx%'", [], |row| row.get(0));
        (connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap(), kept_by_sqlx.unwrap())
    }

    #[test]
    fn every_file_of_the_folder_is_run_in_its_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        assert_eq!(texts, MIGRATIONS);
    }

    #[tokio::test]
    async fn files_of_earlier_versions_are_taken_over_from_wherever_they_were() {
        for earlier in 0..=MIGRATIONS.len() {
            let (_folder, path) = folder();
            drop(file_of(earlier, &path));
            for _ in 0..2 {
                SqliteStore::open(&path, KEY).await.unwrap().close().await;
                assert_eq!(version(&path), (NEWEST, false), "{earlier}");
            }
        }
    }

    #[tokio::test]
    async fn an_earlier_program_that_failed_on_a_newer_file_does_no_harm() {
        let (_folder, path) = folder();
        SqliteStore::open(&path, KEY).await.unwrap().close().await;
        Connection::open(&path).unwrap().execute_batch(SQLX_TABLE).unwrap();
        SqliteStore::open(&path, KEY).await.unwrap().close().await;
        assert_eq!(version(&path), (NEWEST, false));
    }

    #[tokio::test]
    async fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
        let refused = async |path: &Path| SqliteStore::open(path, KEY).await.err().unwrap().why;
        let (_folder, path) = folder();
        file_of(5, &path).execute(SQLX_LINE, [9_999]).unwrap();
        assert_eq!(refused(&path).await, "this file was written by a newer version");
        assert_eq!(version(&path), (0, true));

        let (_folder, path) = folder();
        SqliteStore::open(&path, KEY).await.unwrap().close().await;
        Connection::open(&path).unwrap().pragma_update(None, "user_version", NEWEST + 1).unwrap();
        assert_eq!(refused(&path).await, "this file was written by a newer version");
        assert_eq!(version(&path), (NEWEST + 1, false));
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
        let (_folder, path) = folder();
        let old = file_of(2, &path);
        for sql in ROWS_BEFORE_CHATS {
            old.execute_batch(sql).unwrap();
        }
        let seal = Seal::new(&KEY).unwrap();
        open::check_key(&old, &seal).unwrap();
        let secret = seal.seal(Place { column: "apps.sealed_secret", row: &["1001"] }, "secret").unwrap();
        old.execute("INSERT INTO apps VALUES ('1001', 'Desk', ?, NULL, NULL, '[]')", [secret]).unwrap();
        drop(old);

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

use super::*;
use crate::key::{Place, Seal};
use crate::sqlite::open;
use crate::{SealingKey, SqliteStore};
use callport_core::bsuid::Bsuid;
use callport_core::call::{EndReason, Side};
use callport_core::call_id::CallId;
use callport_core::gate::DeviceKind;
use callport_core::ids::{AppId, PhoneNumberId, PortfolioId, UserId, WabaId};
use callport_core::message::MessageId;
use callport_core::scope::Scope;
use callport_core::settings::Switch;
use callport_core::time::WallTime;
use callport_core::token::SecretHash;
use callport_engine::ports::{Commit, CommitFault, JournalPage, Store as _};
use callport_engine::records::{DeliveryId, DeliveryState, Guest, Stage};
use callport_flow::journal::{About, Entry, EntryKind, Fact};
use callport_flow::{BusyAsk, Guard, Key as RowKey, Row};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const KEY: SealingKey = SealingKey::from_bytes([7; 32]);

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
    let ask = |millis| BusyAsk { number: Some(pnid.clone()), user: nadia.clone(), since: WallTime::from_unix_millis(millis), most: 1 };
    let busy = store.busy(&ask(2_999)).await.unwrap();
    assert_eq!((busy.concurrent, busy.started_too_many, busy.user), (2, true, None));
    assert!(!store.busy(&ask(3_000)).await.unwrap().started_too_many);
    let delivery = store.delivery(DeliveryId(41)).await.unwrap().unwrap();
    assert_eq!((delivery.message, delivery.body.as_slice(), delivery.attempts), (None, b"{}".as_slice(), 2));
    assert_eq!(delivery.state, DeliveryState::Pending { next_attempt_at: WallTime::from_unix_seconds(1) });
    let texts: Vec<_> = journal(&store).await.iter().map(|entry| entry.fact.to_string()).collect();
    assert_eq!(texts, ["called", "webhook connect delivered at attempt 1 (0)"]);

    assert_eq!(store.pairs_of(&nadia).await.unwrap(), []);
    assert_eq!(store.templates(&waba).await.unwrap(), []);
}

/// One row in each table, as the last version without versions left them, and a call with every kind of line.
const ROWS_BEFORE_VERSIONS: [&str; 15] = [
    "INSERT INTO portfolios VALUES ('3001', 'Acme'), ('3002', 'Other')",
    "INSERT INTO wabas VALUES ('2001', '3001', 'Acme', 'USD', 'UTC', 1)",
    "INSERT INTO numbers (id, waba, number, name, account_mode, messaging_limit, settings)
     VALUES ('4001', '2001', '6281255509999', 'Acme', 'LIVE', 'TIER_2K', '{}')",
    "INSERT INTO users VALUES ('9001', '5511955501234', 'Nadia', NULL, 0), ('9002', '5511955505678', 'Ben', 'ben', 0)",
    "INSERT INTO sessions (cookie_hash, user, expires_at_ms) VALUES (zeroblob(32), '9001', 2592007000)",
    "INSERT INTO invitations (code_hash, expires_at_ms) VALUES (zeroblob(32), 86400000)",
    "INSERT INTO pairs VALUES ('4001', '9001', 'permanent', NULL, 1, '[]', '[]', NULL, NULL, NULL, NULL, NULL)",
    r#"INSERT INTO messages (id, number, waba, user, at_ms, author, content)
       VALUES ('wamid.A', '4001', '2001', '9001', 1, 'user', '{"type":"text","text":"hello","read":false}')"#,
    "INSERT INTO templates VALUES ('7001', '2001', 'late', 'en', 'UTILITY', 'APPROVED', 0, '[]', 1)",
    "INSERT INTO calls (id, direction, number, waba, user, placed_at_ms, stage, device, ended_at_ms, end_reason, talk_since_ms, talk_until_ms, codecs)
     VALUES ('wacid.A', 'USER_INITIATED', '4001', '2001', '9001', 1000, 'ended', 'web', 9000, 'user_hung_up', 2000, 8500, '[]')",
    "INSERT INTO calls (id, direction, number, waba, user, placed_at_ms, stage, codecs)
     VALUES ('wacid.B', 'BUSINESS_INITIATED', '4001', '2001', '9002', 5000, 'ringing', '[]'),
            ('wacid.C', 'BUSINESS_INITIATED', '4001', '2001', '9002', 4000, 'calling', '[]')",
    "INSERT INTO timeline (call, at_ms, kind, text) VALUES
        ('wacid.A', 1000, 'user', 'the user placed the call'), ('wacid.A', 1002, 'api', 'pre_accept from the business'),
        ('wacid.A', 1003, 'api', 'accept refused: line 7: a=setup:actpass'), ('wacid.A', 1004, 'user', 'the user picked up on a web device'),
        ('wacid.A', 1005, 'media', 'audio comes from the business'), ('wacid.A', 1005, 'media', 'something else'),
        ('wacid.A', 9000, 'rule', 'the user ended the call'), ('wacid.gone', 9001, 'rule', 'the user ended the call')",
    "INSERT INTO deliveries (id, app, waba, number, field, event, call, created_at_ms, state, state_at_ms, attempts, body) VALUES
        (41, '1001', '2001', '4001', 'calls', 'connect', 'wacid.A', 1001, 'dropped', 1001, 2, x'7b7d'),
        (42, '1001', '2001', '4001', 'calls', 'terminate', 'wacid.A', 9000, 'pending', 9000, 0, x'7b7d')",
    "INSERT INTO attempts (delivery, number, at_ms, took_ns, url, status, error) VALUES
        (41, 1, 1001, 5, 'https://desk.example', 503, 'the receiver said 503'), (41, 2, 9002, 6, 'https://desk.example', NULL, 'nobody there')",
    "INSERT INTO attempts (delivery, number, at_ms, took_ns, url) VALUES (7, 1, 9003, 7, '')",
];

#[tokio::test]
async fn what_a_file_from_before_versions_kept_is_found_under_every_key_and_in_the_journal() {
    let (_folder, path) = folder();
    let old = file_of(5, &path);
    for sql in ROWS_BEFORE_VERSIONS {
        old.execute_batch(sql).unwrap();
    }
    drop(old);
    let store = SqliteStore::open(&path, KEY).await.unwrap();

    let (portfolio, nadia) = (PortfolioId::parse("3002").unwrap(), UserId::parse("9001").unwrap());
    let user = store.user(&nadia).await.unwrap().unwrap();
    let known_as = RowKey::UserKnownAs(portfolio.clone(), Bsuid::derive(&portfolio, &nadia, &user.number, 0));
    let (pnid, call) = (PhoneNumberId::parse("4001").unwrap(), CallId::parse("wacid.B").unwrap());
    let message = RowKey::Message(MessageId::parse("wamid.A").unwrap());
    let template = RowKey::TemplateNamed(WabaId::parse("2001").unwrap(), "late".into(), "en".into());
    for key in [known_as, RowKey::Pair(pnid.clone(), nadia), RowKey::Call(call), message, template, RowKey::Number(pnid.clone())] {
        assert_eq!(store.row(&key).await.unwrap().version, 1, "{key:?}");
    }

    let node = store.join().await.unwrap();
    let adopted = store.adopt(node).await.unwrap();
    let live: Vec<_> = adopted.calls.iter().map(|call| (call.record.id.as_str(), call.owner, call.holds_user)).collect();
    assert_eq!(live, [("wacid.C", 0, false), ("wacid.B", 0, false)]);
    assert_eq!(adopted.deliveries.iter().map(|delivery| delivery.id.0).collect::<Vec<_>>(), [42]);
    for (most, holds) in [(1, false), (2, false), (3, true)] {
        let guards = vec![
            Guard::Concurrent { number: pnid.clone(), most },
            Guard::Starts { number: pnid.clone(), since: WallTime::from_unix_millis(3_999), most },
        ];
        let commit = Commit { id: u64::from(most), node, expects: vec![], guards, writes: vec![], entries: vec![], webhooks: vec![] };
        let made = store.commit(Arc::new(commit)).await;
        assert_eq!(!matches!(made, Err(CommitFault::Conflict)), holds, "{most}: {made:?}");
    }

    let entries = journal(&store).await;
    let line = |kind, text: &str| Fact::Line { kind, text: text.to_owned() };
    let attempted = |event: &str, attempt, url: &str, status, error: Option<&str>, took_ns, given_up| {
        let (event, url, error) = (event.to_owned(), url.to_owned(), error.map(str::to_owned));
        Fact::WebhookAttempted { event, attempt, url, status, error, took_ns, given_up, injected: Vec::new() }
    };
    let facts: Vec<_> = entries.iter().map(|entry| entry.fact.clone()).collect();
    let expected = [
        Fact::UserPlacedCall { device: DeviceKind::Web },
        attempted("connect", 1, "https://desk.example", Some(503), Some("the receiver said 503"), 5, false),
        Fact::BusinessAsked { action: "pre_accept".into() },
        line(EntryKind::Api, "accept refused: line 7: a=setup:actpass"),
        Fact::UserPickedUp { device: DeviceKind::Web },
        Fact::MediaFlowing { side: Side::Business },
        line(EntryKind::Media, "something else"),
        Fact::CallEnded { reason: EndReason::UserHungUp, talked_ms: Some(6_500) },
        Fact::CallEnded { reason: EndReason::UserHungUp, talked_ms: None },
        attempted("connect", 2, "https://desk.example", None, Some("nobody there"), 6, true),
        attempted("", 1, "", None, None, 7, false),
    ];
    assert_eq!(facts, expected);
    let placed = &entries[0];
    let Some(Row::Call(first)) = store.row(&RowKey::Call(CallId::parse("wacid.A").unwrap())).await.unwrap().row.as_deref().cloned() else {
        panic!("no call")
    };
    assert_eq!((placed.at, &placed.about), (WallTime::from_unix_seconds(1), &About::call(&first.record)));
    let of_webhook =
        JournalPage { delivery: Some(DeliveryId(41)), app: Some(AppId::parse("1001").unwrap()), limit: 9, ..JournalPage::default() };
    assert_eq!(store.journal(of_webhook).await.unwrap().len(), 2);
    let of_kind = JournalPage { kind: Some(EntryKind::Webhook), limit: 9, ..JournalPage::default() };
    assert_eq!(store.journal(of_kind).await.unwrap().len(), 3);
}

/// What was granted stood in tokens, and in subscriptions where no token named the account.
#[tokio::test]
async fn grants_are_read_off_tokens_and_subscriptions() {
    let (_folder, path) = folder();
    let connection = file_of(9, &path);
    for sql in [
        "INSERT INTO portfolios (id, name) VALUES ('3001', 'Acme')",
        "INSERT INTO wabas (id, portfolio, name, currency, timezone, payment_method)
         VALUES ('2001', '3001', 'Acme', 'USD', 'UTC', 1), ('2002', '3001', 'Acme', 'USD', 'UTC', 1)",
        "INSERT INTO apps (id, name, sealed_secret, fields) VALUES ('1001', 'Desk', x'', '[]'), ('1002', 'Free', x'', '[]')",
        r#"INSERT INTO tokens (token_hash, app, scopes, wabas, issued_at_ms) VALUES
           (randomblob(32), '1001', '["whatsapp_business_management"]', '["2001", "2009"]', 1),
           (randomblob(32), '1001', '["whatsapp_business_management", "business_management"]', '["2001"]', 2),
           (randomblob(32), '1002', '["whatsapp_business_messaging"]', NULL, 3)"#,
        "INSERT INTO subscriptions (waba, app) VALUES ('2001', '1001'), ('2002', '1002')",
    ] {
        connection.execute_batch(sql).unwrap();
    }
    drop(connection);
    let seal = Seal::new(&KEY).unwrap();
    let sealed = |app: &str| seal.seal(Place { column: "apps.sealed_secret", row: &[app] }, "secret").unwrap();
    let connection = Connection::open(&path).unwrap();
    for app in ["1001", "1002"] {
        connection.execute("UPDATE apps SET sealed_secret = ? WHERE id = ?", (sealed(app), app)).unwrap();
    }
    drop(connection);
    let store = SqliteStore::open(&path, KEY).await.unwrap();
    let granted = async |waba: &str| {
        let grants = store.grants(&WabaId::parse(waba).unwrap()).await.unwrap();
        grants.iter().map(|grant| (grant.app.to_string(), grant.scopes.iter().copied().collect::<Vec<_>>())).collect::<Vec<_>>()
    };
    assert_eq!(granted("2001").await, [("1001".to_owned(), vec![Scope::Management, Scope::Business])]);
    assert_eq!(granted("2002").await, [("1002".to_owned(), vec![Scope::Messaging, Scope::Management])]);
}

/// Sentences that the file knows by heart are what those versions said.
#[test]
fn every_ending_is_known_by_its_old_sentence() {
    let sql = MIGRATIONS[6];
    for reason in EndReason::ALL {
        let sentence = format!("('{}', '{}')", reason.to_string().replace('\'', "''"), reason.name());
        // The operator's hanging up has the same sentence as its consequence, and stays a line. The others came later.
        let later = [EndReason::PlatformFault, EndReason::BusinessUnreachable, EndReason::AnswerRefused];
        let known = reason != EndReason::OperatorHungUp && !later.contains(&reason);
        assert_eq!(sql.contains(&sentence), known, "{sentence}");
    }
}

async fn journal(store: &SqliteStore) -> Vec<Entry> {
    let page = JournalPage { limit: 100, ..JournalPage::default() };
    store.journal(page).await.unwrap().into_iter().map(|recorded| recorded.entry).collect()
}

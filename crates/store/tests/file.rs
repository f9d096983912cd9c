//! What only the file can show: it survives, it keeps secrets, it lets nobody else in.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the contract suite uses the rest")]
#[path = "contract/records.rs"]
mod records;

#[path = "file/damage.rs"]
mod damage;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use callport_core::gate::DeviceKind;
use callport_engine::Fault;
use callport_engine::ports::{Commit, CommitFault, JournalPage, MessagePage, NewDelivery, Queued, Store as _};
use callport_engine::records::{CallRecord, DeliveryState, PairRecord, Progress, Session, Subscription};
use callport_flow::journal::Entry;
use callport_flow::{NodeId, Write};
use callport_store::{SealingKey, SqliteStore};
use futures::future::join_all;
use records::*;
use tempfile::TempDir;

const KEY: SealingKey = SealingKey::from_bytes([7; 32]);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callport.db");
    (folder, path)
}

/// The file, and the process that has joined it.
struct Opened {
    store: SqliteStore,
    node: NodeId,
    last_commit: AtomicU64,
}

impl Deref for Opened {
    type Target = SqliteStore;

    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl Opened {
    /// With an id of its own.
    async fn make(&self, writes: Vec<Write>, entries: Vec<Entry>, webhooks: Vec<NewDelivery>) -> Result<Vec<Queued>, CommitFault> {
        let id = u64::from(self.node) << 32 | (self.last_commit.fetch_add(1, Ordering::Relaxed) + 1);
        let commit = Commit { id, node: self.node, expects: vec![], guards: vec![], writes, entries, webhooks };
        self.store.commit(Arc::new(commit)).await
    }

    async fn put(&self, writes: Vec<Write>) {
        self.make(writes, vec![], vec![]).await.unwrap();
    }

    async fn refused(&self, writes: Vec<Write>) -> Fault {
        match self.make(writes, vec![], vec![]).await {
            Err(CommitFault::Failed(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    async fn queue(&self, webhooks: usize) -> Result<Vec<Queued>, CommitFault> {
        self.make(vec![], vec![], vec![webhook(Some("A")); webhooks]).await
    }

    async fn last_delivery(&self) -> u64 {
        self.recent_deliveries(1).await.unwrap().first().map_or(0, |delivery| delivery.id.0)
    }

    async fn entries(&self) -> Vec<Entry> {
        let page = JournalPage { call: Some(call_id("A")), limit: u32::MAX, ..JournalPage::default() };
        self.journal(page).await.unwrap().into_iter().map(|recorded| recorded.entry).collect()
    }
}

async fn open(path: &Path) -> Opened {
    let store = SqliteStore::open(path, KEY).await.unwrap();
    Opened { node: store.join().await.unwrap(), store, last_commit: AtomicU64::new(0) }
}

async fn refused(path: &Path, key: SealingKey) -> Fault {
    SqliteStore::open(path, key).await.err().unwrap()
}

#[tokio::test]
async fn reopening_finds_everything() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.put(acme()).await;
    let browser = Session { device: DeviceKind::Companion, ..session("cookie", "9001") };
    let over = CallRecord { stage: ended(callport_core::call::EndReason::UserHungUp, None), media: Some(media()), ..call("B") };
    let writes = vec![
        phone_override("1001", "4001").put(),
        browser.clone().put(),
        pair("4001", "9001").put(),
        message("C").put(),
        message("A").put(),
        said("B", "hello").put(),
        reached("C", Progress::Delivered).put(),
        template("7001", "2001", "late", "en").put(),
        call("A").put(),
        over.clone().put(),
    ];
    let told = [entry("A", 1, "one"), entry("A", 1, "two")];
    let queued = store.make(writes, told.to_vec(), vec![webhook(Some("A")), webhook(Some("A"))]).await.unwrap();
    let delivered = DeliveryState::Delivered { at: at(2) };
    store.settle(vec![attempt(queued[1].id, 1, delivered)]).await.unwrap();
    let version = store.row(&callport_flow::Key::Call(call_id("A"))).await.unwrap().version;
    let first = store.node;
    store.close().await;

    let store = open(&path).await;
    assert_ne!(store.node, first);
    assert_eq!(store.app(&app_id("1001")).await.unwrap(), Some(app("1001")));
    assert_eq!(store.number(&pnid("4001")).await.unwrap(), Some(number("4001", "2001", "6281255509999")));
    assert_eq!(store.phone_override(&app_id("1001"), &pnid("4001")).await.unwrap(), Some(phone_override("1001", "4001")));
    assert_eq!(store.token(&token("EAAtest", "1001").hash).await.unwrap(), Some(token("EAAtest", "1001")));
    assert_eq!(store.session(&browser.hash).await.unwrap(), Some(browser));
    assert_eq!(store.pairs_of(&user_id("9001")).await.unwrap(), [pair("4001", "9001")]);
    assert_eq!(store.templates(&waba_id("2001")).await.unwrap(), [template("7001", "2001", "late", "en")]);
    assert_eq!(store.live_calls().await.unwrap(), [call("A")]);
    assert_eq!(store.row(&callport_flow::Key::Call(call_id("A"))).await.unwrap().version, version);
    assert_eq!(store.call(&over.id).await.unwrap(), Some(over));
    assert_eq!(store.entries().await, [told[0].clone(), told[1].clone(), attempted(queued[1].id, 1)]);
    let adopted = store.adopt(store.node).await.unwrap();
    assert_eq!(adopted.deliveries, [bare(queued[0].id, webhook(Some("A")))]);
    assert_eq!(adopted.calls.iter().map(|call| call.record.clone()).collect::<Vec<_>>(), [call("A")]);

    let next = store.make(vec![message("0").put()], vec![entry("A", 0, "three")], vec![webhook(Some("A"))]).await.unwrap();
    assert!(next[0].id > queued[1].id, "delivered ones count too");
    assert_eq!((next[0].worker, next[0].after), (store.node, Some(queued[0].id)));
    let chat = MessagePage { number: pnid("4001"), user: user_id("9001"), before: None, limit: 10 };
    let expected = [message("0"), said("B", "hello"), message("A"), reached("C", Progress::Delivered)];
    assert_eq!(store.messages(chat).await.unwrap(), expected, "what is new goes on top of what was there");
    assert_eq!(store.entries().await.last(), Some(&entry("A", 0, "three")));
}

#[tokio::test]
async fn closing_finishes_what_was_accepted_and_refuses_the_rest() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    let commits = join_all((1..=200).map(|_| store.queue(1)));
    let (outcomes, ()) = tokio::join!(commits, store.close());
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(store.refused(vec![]).await.why, "the store is closed");
    assert_eq!(store.settle(vec![]).await.unwrap_err().why, "the store is closed");
    assert_eq!(store.recent_deliveries(1).await.unwrap_err().what, "store: read");
    assert!(!path.with_extension("db-wal").exists(), "the log was folded into the file");
    assert_eq!(open(&path).await.last_delivery().await, 200);
}

/// The runtime goes away under the store, as in a process that returns from `main` in the middle of its work.
#[test]
fn a_store_dropped_without_closing_keeps_what_it_acknowledged() {
    let (_folder, path) = folder();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let store = first.block_on(async {
        let store = open(&path).await;
        store.queue(1).await.unwrap();
        store
    });
    drop(first);
    drop(store);
    assert_eq!(runtime().block_on(async { open(&path).await.last_delivery().await }), 1);
}

/// Whoever made a commit takes it back for himself afterwards, without a copy.
#[tokio::test]
async fn nobody_holds_a_commit_that_was_answered() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    let commit =
        |id, writes| Arc::new(Commit { id, node: store.node, expects: vec![], guards: vec![], writes, entries: vec![], webhooks: vec![] });
    for commit in [commit(7, acme()), commit(7, acme()), commit(8, vec![session("cookie", "666").put()]), commit(0, vec![])] {
        let _ = store.commit(Arc::clone(&commit)).await;
        assert!(Arc::try_unwrap(commit).is_ok());
    }
}

/// A pair that says which commit wrote it last.
fn counted(commit: u64) -> PairRecord {
    let mut record = pair("4001", "9001");
    record.pair.unanswered = u32::try_from(commit).unwrap();
    record
}

const CRASH_FILE: &str = "CALLPORT_TEST_CRASH_FILE";

/// Not a test of its own: the process that the next test kills. Says each commit that returned, without end.
#[tokio::test]
#[ignore = "run by `a_killed_process_loses_no_acknowledged_commit`"]
#[expect(clippy::disallowed_methods, reason = "told by the test that starts it")]
async fn commits_until_killed() {
    let store = open(Path::new(&std::env::var_os(CRASH_FILE).unwrap())).await;
    store.put(acme()).await;
    for group in 0.. {
        let ids = 1 + group * 10..=10 + group * 10_u64;
        let commit = |id: u64| {
            let writes = vec![message(&id.to_string()).put(), counted(id).put()];
            let body = Arc::from(id.to_string().as_bytes());
            store.make(writes, vec![entry("A", 0, &id.to_string())], vec![NewDelivery { body, ..webhook(Some("A")) }])
        };
        let outcomes = join_all(ids.clone().map(commit)).await;
        assert!(outcomes.iter().all(Result::is_ok));
        println!("\nacknowledged {}", ids.end());
    }
}

#[tokio::test]
async fn a_killed_process_loses_no_acknowledged_commit() {
    let (_folder, path) = folder();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commits_until_killed", "--ignored", "--nocapture"])
        .env(CRASH_FILE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut acknowledged = said.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u64>().ok());
    let first = acknowledged.nth(20).unwrap();
    child.kill().unwrap(); // SIGKILL, somewhere in the middle of the next commits
    child.wait().unwrap();
    let last = acknowledged.last().unwrap_or(first);

    let store = open(&path).await;
    let deliveries = store.deliveries_of(&call_id("A")).await.unwrap();
    let kept: Vec<u64> = deliveries.iter().map(|delivery| str::from_utf8(&delivery.body).unwrap().parse().unwrap()).collect();
    let told: Vec<u64> = store.entries().await.iter().map(|entry| entry.fact.to_string().parse().unwrap()).collect();
    assert!(kept.len() as u64 >= last, "{} kept, {last} acknowledged", kept.len());
    assert!((1..=last).all(|id| kept.contains(&id)));
    assert_eq!(kept, told, "a commit is there whole or not at all");
    let chat = MessagePage { number: pnid("4001"), user: user_id("9001"), before: None, limit: u32::MAX };
    let newest_first = store.messages(chat).await.unwrap();
    let messages: Vec<u64> =
        newest_first.iter().rev().map(|message| message.id.as_str().trim_start_matches("wamid.").parse().unwrap()).collect();
    assert_eq!(kept, messages, "in the order of their commits");
    assert_eq!(store.pair(&pnid("4001"), &user_id("9001")).await.unwrap(), kept.last().copied().map(counted));
}

#[tokio::test]
async fn secrets_are_not_in_the_file() {
    let (folder, path) = folder();
    let store = open(&path).await;
    let secrets = ["test_app_secret_8f3a", "verify_app_71bc", "verify_waba_90de", "verify_number_22af"];
    let mut app = app("1001");
    app.secret = secrets[0].into();
    app.callback.as_mut().unwrap().verify_token = secrets[1].into();
    let mut for_waba = callback("waba");
    for_waba.verify_token = secrets[2].into();
    let mut for_number = phone_override("1001", "4001");
    for_number.callback.verify_token = secrets[3].into();
    store.put(acme()).await;
    let writes = vec![
        app.clone().put(),
        Subscription { override_callback: Some(for_waba), ..subscription("1001", "2001") }.put(),
        for_number.put(),
        token("EAAtest_in_the_clear", "1001").put(),
    ];
    store.put(writes).await;

    let found = |text: &str| {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
        files.filter(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes())).count()
    };
    let check = |when: &str| {
        for secret in secrets.iter().chain(&["EAAtest_in_the_clear"]) {
            assert_eq!(found(secret), 0, "{secret} {when}");
        }
        assert_ne!(found("https://desk.example/waba"), 0, "the search finds what is in the clear, {when}");
    };
    check("in the log");
    store.close().await;
    check("in the file");
    assert_eq!(open(&path).await.app(&app.id).await.unwrap(), Some(app));
}

#[tokio::test]
async fn another_key_is_refused_and_changes_nothing() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.put(acme()).await;
    store.close().await;
    let fault = refused(&path, SealingKey::from_bytes([8; 32])).await;
    assert_eq!(fault.to_string(), "store: open: the key is not the one that this file was made with");
    assert_eq!(open(&path).await.app(&app_id("1001")).await.unwrap(), Some(app("1001")));
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    let fault = refused(&path, KEY).await;
    assert!(fault.why.ends_with("callport.db is in use by another process"), "{fault}");
    store.queue(1).await.unwrap();
    store.close().await;
    open(&path).await;
}

#[tokio::test]
async fn folders_are_made_and_only_the_owner_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("var/callport");
    let store = open(&inner.join("callport.db")).await;
    store.queue(1).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    let files: Vec<PathBuf> = fs::read_dir(&inner).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "database, log, lock: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn what_is_no_store_is_refused() {
    let (_folder, path) = folder();
    fs::write(&path, "a letter to a friend, certainly longer than the hundred bytes that are the header of a database file. ".repeat(20))
        .unwrap();
    let fault = refused(&path, KEY).await;
    assert!(fault.why.contains("not a database"), "{fault}");
    let fault = refused(Path::new("/proc/callport/callport.db"), KEY).await;
    assert!(fault.why.starts_with("/proc/callport/callport.db: "), "{fault}");
}

#[tokio::test]
async fn a_refusal_names_the_table_and_no_data() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.put(acme()).await;
    for (write, why) in [
        (session("cookie", "666").put(), "INSERT INTO sessions: FOREIGN KEY constraint failed"),
        (user("9002", "5511955501234").put(), "INSERT INTO users: UNIQUE constraint failed: users.number"),
    ] {
        assert_eq!(store.refused(vec![write]).await.why, why);
    }
    let commit =
        Commit { id: u64::MAX, node: store.node, expects: vec![], guards: vec![], writes: vec![], entries: vec![], webhooks: vec![] };
    let fault = store.commit(Arc::new(commit)).await.unwrap_err();
    assert_eq!(fault.to_string(), "store: commit: the id of a commit is too large to be stored");
}

/// A hand on the file from outside, as an operator's shell would have.
fn by_hand(path: &Path, sql: &str) -> rusqlite::Result<()> {
    rusqlite::Connection::open(path)?.execute_batch(sql)
}

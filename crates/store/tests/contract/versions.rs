//! Races that versions decide, and commits that are sent again.

use callport_engine::ports::{Commit, CommitFault, JournalPage};
use callport_engine::records::{App, CallRecord, Number, Portfolio, User, Waba};
use callport_flow::{Key, Query, Version, Write};

use crate::records::*;
use crate::{Home, put};

/// One row of each kind.
fn everything() -> Vec<Write> {
    let more = [
        grant("1001", "2001").put(),
        phone_override("1001", "4001").put(),
        session("cookie", "9001").put(),
        invitation("code").put(),
        pair("4001", "9001").put(),
        message("A").put(),
        template("7001", "2001", "late", "en").put(),
        call("A").put(),
    ];
    acme().into_iter().chain(more).collect()
}

/// Every kind of key of [`everything`], with a write that changes its row.
fn keys() -> Vec<(Key, Write)> {
    let (nadia, acme) = (user("9001", "5511955501234"), portfolio("3001"));
    let known_as = Key::UserKnownAs(acme.id.clone(), nadia.bsuid(&acme.id));
    let number = number("4001", "2001", "6281255509999");
    let template = template("7001", "2001", "late", "en");
    let named = Key::TemplateNamed(template.waba.clone(), template.name.clone(), template.language.clone());
    vec![
        (Key::Portfolio(acme.id.clone()), Portfolio { name: "Other".into(), ..acme }.put()),
        (Key::Waba(waba_id("2001")), Waba { name: "Other".into(), ..waba("2001") }.put()),
        (Key::Number(number.id.clone()), Number { name: "Other".into(), ..number.clone() }.put()),
        (Key::NumberCalled(number.number.clone()), Number { name: "Third".into(), ..number }.put()),
        (Key::App(app_id("1001")), App { name: "Other".into(), ..app("1001") }.put()),
        (Key::Grant(app_id("1001"), waba_id("2001")), grant("1001", "2001").put()),
        (Key::Subscription(app_id("1001"), waba_id("2001")), subscription("1001", "2001").put()),
        (Key::PhoneOverride(app_id("1001"), pnid("4001")), phone_override("1001", "4001").put()),
        (Key::Token(token("EAAtest", "1001").hash), token("EAAtest", "1001").put()),
        (Key::User(nadia.id.clone()), User { name: "Nadja".into(), ..nadia.clone() }.put()),
        (Key::UserCalled(nadia.number.clone()), nadia.clone().put()),
        (known_as, User { name: "Nadia D.".into(), ..nadia }.put()),
        (Key::Session(session("cookie", "9001").hash), session("cookie", "9001").put()),
        (Key::Invitation(invitation("code").hash), invitation("code").put()),
        (Key::Pair(pnid("4001"), user_id("9001")), pair("4001", "9001").put()),
        (Key::Message(message_id("A")), said("A", "other words").put()),
        (Key::Template(template.id.clone()), template.clone().put()),
        (named, template.put()),
        (Key::Call(call_id("A")), call("A").put()),
    ]
}

async fn version(store: &Home, key: &Key) -> Version {
    let found = store.row(key).await.unwrap();
    assert_eq!(found.row.is_some(), found.version != 0, "{key:?}");
    found.version
}

/// Only if that key is as it was; whether it was made.
async fn expecting(store: &Home, key: &Key, version: Version, writes: Vec<Write>) -> bool {
    match store.make(Commit { expects: vec![(key.clone(), version)], ..store.draft(writes) }).await {
        Ok(_) => true,
        Err(CommitFault::Conflict) => false,
        Err(other) => panic!("{other:?}"),
    }
}

pub async fn a_row_has_one_version_under_all_of_its_keys(store: &Home) {
    for (key, _) in keys() {
        assert_eq!(version(store, &key).await, 0, "{key:?}");
    }
    let commit = store.draft(everything());
    let id = commit.id;
    store.make(commit).await.unwrap();
    for (key, _) in keys() {
        assert_eq!(version(store, &key).await, id, "{key:?}");
    }
    let commit = store.draft(vec![user("9001", "15550001111").put(), number("4001", "2001", "15550002222").put()]);
    let id = commit.id;
    store.make(commit).await.unwrap();
    for (key, expected) in [
        (Key::User(user_id("9001")), id),
        (Key::UserCalled(digits("15550001111")), id),
        (Key::UserCalled(digits("5511955501234")), 0),
        (Key::Number(pnid("4001")), id),
        (Key::NumberCalled(digits("15550002222")), id),
        (Key::NumberCalled(digits("6281255509999")), 0),
    ] {
        assert_eq!(version(store, &key).await, expected, "{key:?}");
    }
}

pub async fn a_row_that_changed_is_a_conflict_under_each_of_its_keys(store: &Home) {
    put(store, everything()).await;
    for (key, touch) in keys() {
        let before = version(store, &key).await;
        put(store, vec![touch.clone()]).await;
        let after = version(store, &key).await;
        assert_ne!(after, before, "{key:?}: also when the row is the same as it was");
        for stale in [before, 0, Version::from(u32::MAX)] {
            assert!(!expecting(store, &key, stale, vec![touch.clone()]).await, "{key:?}");
        }
        assert_eq!(version(store, &key).await, after, "{key:?}");
        assert!(expecting(store, &key, after, vec![touch]).await, "{key:?}");
    }
    // What is removed is as if it had never been.
    for key in [Key::Session(session("cookie", "9001").hash), Key::UserCalled(digits("5511955501234"))] {
        let before = version(store, &key).await;
        put(store, vec![remove(Key::User(user_id("9001")))]).await;
        assert!(!expecting(store, &key, before, vec![]).await, "{key:?}");
        assert!(expecting(store, &key, 0, vec![]).await, "{key:?}");
        put(store, vec![user("9001", "5511955501234").put(), session("cookie", "9001").put()]).await;
    }
}

pub async fn a_row_that_came_is_a_conflict_for_whoever_expected_none(store: &Home) {
    for (key, _) in keys() {
        assert!(expecting(store, &key, 0, vec![]).await, "{key:?}");
    }
    put(store, everything()).await;
    for (key, touch) in keys() {
        assert!(!expecting(store, &key, 0, vec![touch]).await, "{key:?}");
    }
}

pub async fn what_is_found_carries_the_versions_of_its_rows(store: &Home) {
    put(store, everything()).await;
    put(store, vec![message("B").put(), session("other", "9001").put(), template("7002", "2001", "late", "id").put()]).await;
    put(store, vec![message("A").put()]).await;
    for (query, found) in [
        (Query::Unread(pnid("4001"), user_id("9001"), 10), 2),
        (Query::Unread(pnid("4001"), user_id("9001"), 1), 1),
        (Query::Sessions(user_id("9001")), 2),
        (Query::Sessions(user_id("9002")), 0),
        (Query::Templates(waba_id("2001")), 2),
        (Query::Templates(waba_id("2002")), 0),
    ] {
        let rows = store.rows(&query).await.unwrap();
        assert_eq!(rows.len(), found, "{query:?}");
        for (of, row) in rows {
            assert_eq!(version(store, &row.key()).await, of, "{query:?}");
        }
    }
}

pub async fn one_conflict_of_two_writes_writes_nothing(store: &Home) {
    put(store, acme()).await;
    let (user_key, number_key) = (Key::User(user_id("9001")), Key::Number(pnid("4001")));
    let stale = version(store, &number_key).await;
    put(store, vec![number("4001", "2001", "6281255509999").put()]).await;
    let fresh = version(store, &user_key).await;
    let commit = Commit {
        expects: vec![(user_key.clone(), fresh), (number_key.clone(), stale)],
        entries: vec![entry("A", 1, "one")],
        webhooks: vec![webhook(Some("A"))],
        ..store.draft(vec![user("9001", "15550001111").put(), number("4001", "2001", "15550002222").put()])
    };
    let fault = store.make(commit.clone()).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Conflict), "{fault:?}");
    assert_eq!(store.user(&user_id("9001")).await.unwrap(), Some(user("9001", "5511955501234")));
    assert_eq!(store.number(&pnid("4001")).await.unwrap(), Some(number("4001", "2001", "6281255509999")));
    assert_eq!((store.last_entry().await.unwrap(), store.recent_deliveries(9).await.unwrap()), (0, vec![]));
    assert_eq!(version(store, &user_key).await, fresh);

    let expects = vec![(user_key, fresh), (number_key.clone(), version(store, &number_key).await)];
    store.make(Commit { id: store.draft(vec![]).id, expects, ..commit }).await.unwrap();
    assert_eq!(store.last_entry().await.unwrap(), 1, "as read, it is made");
}

/// A commit with something of everything.
fn whole(store: &Home) -> Commit {
    let writes = vec![call("A").put(), user("9001", "15550001111").put()];
    Commit { entries: vec![entry("A", 1, "one")], webhooks: vec![webhook(Some("A")), webhook(None)], ..store.draft(writes) }
}

async fn history(store: &Home) -> (usize, usize) {
    let entries = store.journal(JournalPage { limit: 100, ..JournalPage::default() }).await.unwrap();
    (entries.len(), store.recent_deliveries(100).await.unwrap().len())
}

pub async fn the_same_commit_again_says_the_same_and_writes_nothing(store: &Home) {
    put(store, acme()).await;
    let key = Key::User(user_id("9001"));
    let commit = Commit { expects: vec![(key.clone(), version(store, &key).await)], ..whole(store) };
    let queued = store.make(commit.clone()).await.unwrap();
    assert_eq!(queued.len(), 2);
    for _ in 0..2 {
        // By now it would conflict with itself.
        assert_eq!(store.make(commit.clone()).await.unwrap(), queued);
        assert_eq!((version(store, &key).await, history(store).await), (commit.id, (1, 2)));
    }
}

pub async fn a_commit_that_was_made_is_known_after_others_changed_its_rows(store: &Home) {
    put(store, acme()).await;
    let key = Key::User(user_id("9001"));
    let commit = Commit { expects: vec![(key.clone(), version(store, &key).await)], ..whole(store) };
    let queued = store.make(commit.clone()).await.unwrap();
    let other = CallRecord { opaque: Some("other".into()), ..call("A") };
    put(store, vec![other.clone().put(), remove(key.clone())]).await;
    assert_eq!(store.make(commit).await.unwrap(), queued);
    assert_eq!(store.call(&call_id("A")).await.unwrap(), Some(other), "what others wrote stays");
    assert_eq!((version(store, &key).await, history(store).await), (0, (1, 2)));
}

pub async fn a_commit_that_was_made_is_known_after_its_process_has_ended(store: &Home) {
    put(store, acme()).await;
    let commit = whole(store);
    let queued = store.make(commit.clone()).await.unwrap();
    store.succeed().await;
    assert_eq!(store.make(commit).await.unwrap(), queued);
    assert_eq!(history(store).await, (1, 2));
    let fault = store.make(whole(store)).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Fenced), "a new one is not made: {fault:?}");
}

pub async fn a_commit_that_was_not_made_is_not_remembered(store: &Home) {
    let key = Key::User(user_id("9001"));
    let commit = Commit { expects: vec![(key.clone(), 77)], ..whole(store) };
    for _ in 0..2 {
        let fault = store.make(commit.clone()).await.unwrap_err();
        assert!(matches!(fault, CommitFault::Conflict), "{fault:?}");
    }
    let failing = store.draft(vec![session("cookie", "666").put()]);
    for _ in 0..2 {
        let fault = store.make(failing.clone()).await.unwrap_err();
        assert!(matches!(fault, CommitFault::Failed(_)), "{fault:?}");
    }
    assert_eq!((version(store, &key).await, history(store).await), (0, (0, 0)));
}

pub async fn no_commit_has_the_id_zero(store: &Home) {
    let fault = store.make(Commit { id: 0, ..whole(store) }).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Failed(_)), "{fault:?}");
    assert_eq!(history(store).await, (0, 0));
}

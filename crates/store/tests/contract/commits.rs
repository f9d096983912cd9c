//! Whole or nothing, one after the other, and visible once they returned.

use std::sync::Arc;

use callport_core::pair::Pair;
use callport_engine::ports::{Commit, CommitFault, JournalPage, MessagePage, NewDelivery};
use callport_engine::records::{Invitation, PairRecord, Progress, User, Waba};
use callport_flow::journal::{Entry, Fact};
use callport_flow::{Key, Write};
use futures::future::join_all;

use crate::records::*;
use crate::{Home, put, refused};

/// Fails in every store, always: its owner does not exist.
fn impossible() -> Write {
    session("nobody's cookie", "666").put()
}

pub async fn an_empty_commit_is_fine(store: &Home) {
    put(store, vec![]).await;
}

/// Every kind of change, on rows that are there and on rows that are not, and then one that fails.
pub async fn a_commit_whose_last_change_fails_leaves_nothing(store: &Home) {
    put(store, acme()).await;
    let standing = vec![
        phone_override("1001", "4001").put(),
        session("cookie", "9001").put(),
        invitation("code").put(),
        invitation("other code").put(),
        pair("4001", "9001").put(),
        message("A").put(),
        message("B").put(),
        template("7001", "2001", "late", "en").put(),
        template("7002", "2001", "late", "id").put(),
        call("A").put(),
    ];
    put(store, standing).await;
    store.make(with_history(store.draft(vec![]), "A")).await.unwrap();
    let before = everything(store).await;

    let mut ended_call = call("A");
    ended_call.media = Some(media());
    let mut changes = vec![
        portfolio("3009").put(),
        waba("2009").put(),
        number("4009", "2009", "15550009999").put(),
        number("4001", "2001", "15550001111").put(),
        app("1009").put(),
        subscription("1009", "2009").put(),
        remove(Key::Subscription(app_id("1001"), waba_id("2001"))),
        remove(Key::PhoneOverride(app_id("1001"), pnid("4001"))),
        phone_override("1009", "4009").put(),
        remove(Key::Token(token("EAAtest", "1001").hash)),
        token("EAAnew", "1009").put(),
        User { name: "Other".into(), ..user("9001", "5511955501234") }.put(),
        user("9009", "5511955509999").put(),
        user("9009", "5511955508888").put(), // twice, so that the order of taking back matters
        remove(Key::Session(session("cookie", "9001").hash)),
        session("new cookie", "9009").put(),
        Invitation { used_by: Some(user_id("9009")), ..invitation("code") }.put(),
        PairRecord { pair: Pair::default(), ..pair("4001", "9001") }.put(),
        pair("4009", "9009").put(),
        reached("A", Progress::Read).put(),
        message("C").put(),
        reached("C", Progress::Delivered).put(),
        remove(Key::Template(template_id("7001"))),
        template("7003", "2001", "late", "en").put(), // the name that came free
        template("7002", "2009", "late", "en").put(),
        ended_call.put(),
        call("B").put(),
        remove(Key::Invitation(invitation("other code").hash)),
        remove(Key::User(user_id("9001"))),
    ];
    changes.push(impossible());
    let fault = store.make(with_history(store.draft(changes.clone()), "B")).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Failed(_)), "{fault:?}");
    assert_eq!(everything(store).await, before);

    changes.pop();
    store.make(with_history(store.draft(changes), "B")).await.unwrap();
    assert_ne!(everything(store).await, before, "without the last change it happens");
}

/// The same with entries and webhooks of a call.
fn with_history(commit: Commit, own: &str) -> Commit {
    Commit { entries: vec![entry(own, 1, "one"), entry(own, 2, "two")], webhooks: vec![webhook(Some(own)), webhook(Some(own))], ..commit }
}

pub async fn later_changes_of_a_commit_see_earlier_ones(store: &Home) {
    // Two people swap their numbers by way of a third one, while a session of the newcomer is made.
    put(store, vec![user("1", "15550000001").put()]).await;
    let swap =
        vec![user("1", "15550000003").put(), user("2", "15550000001").put(), session("cookie", "2").put(), user("1", "15550000002").put()];
    put(store, swap).await;
    assert_eq!(store.users(all()).await.unwrap(), [user("1", "15550000002"), user("2", "15550000001")]);
}

pub async fn a_phone_number_has_one_holder(store: &Home) {
    put(store, acme()).await;
    refused(store, vec![number("4002", "2001", "6281255509999").put()]).await;
    refused(store, vec![user("9002", "5511955501234").put()]).await;
    assert_eq!(store.number(&pnid("4002")).await.unwrap(), None);
    assert_eq!(store.user(&user_id("9002")).await.unwrap(), None);
    put(store, vec![user("9002", "6281255509999").put()]).await; // businesses and people are counted apart
}

pub async fn a_template_name_is_taken_once(store: &Home) {
    put(store, acme()).await;
    let put_template = |id: &str, waba: &str, name: &str, language: &str| template(id, waba, name, language).put();
    put(store, vec![waba("2002").put(), put_template("7001", "2001", "late", "en")]).await;
    refused(store, vec![put_template("7002", "2001", "late", "en")]).await;
    let others = vec![
        put_template("7001", "2001", "late", "en"), // itself
        put_template("7002", "2001", "late", "en_US"),
        put_template("7003", "2001", "later", "en"),
        put_template("7004", "2002", "late", "en"),
    ];
    put(store, others).await;
    refused(store, vec![put_template("7003", "2001", "late", "en")]).await;
    assert_eq!(store.templates(&waba_id("2001")).await.unwrap().len(), 3);
    put(store, vec![remove(Key::Template(template_id("7001"))), put_template("7003", "2001", "late", "en")]).await;
    assert_eq!(store.template(&template_id("7003")).await.unwrap(), Some(template("7003", "2001", "late", "en")));
}

pub async fn owners_come_first(store: &Home) {
    put(store, acme()).await;
    let mut homeless = waba("2009");
    homeless.portfolio = portfolio("3009").id;
    for change in [
        homeless.put(),
        number("4009", "2009", "15550009999").put(),
        subscription("1009", "2001").put(),
        subscription("1001", "2009").put(),
        phone_override("1009", "4001").put(),
        phone_override("1001", "4009").put(),
        token("EAAnew", "1009").put(),
        session("cookie", "9009").put(),
        Invitation { used_by: Some(user_id("9009")), ..invitation("code") }.put(),
        pair("4009", "9001").put(),
        pair("4001", "9009").put(),
        template("7001", "2009", "late", "en").put(),
    ] {
        let fault = refused(store, vec![change.clone()]).await;
        assert_eq!(fault.what, "store: commit", "{change:?}");
    }
}

pub async fn an_owner_stays_while_it_is_needed(store: &Home) {
    put(store, acme()).await;
    for owner in [Key::Portfolio(portfolio("3001").id), Key::Waba(waba_id("2001"))] {
        refused(store, vec![remove(owner.clone())]).await;
        assert_ne!(store.row(&owner).await.unwrap().version, 0, "{owner:?}");
    }
    put(store, [Key::Number(pnid("4001")), Key::Waba(waba_id("2001")), Key::Portfolio(portfolio("3001").id)].map(remove).into()).await;
    assert_eq!(store.portfolios(all()).await.unwrap(), []);
}

pub async fn history_needs_no_owners(store: &Home) {
    let commit = store.draft(vec![call("A").put(), message("A").put()]);
    let queued = store.make(with_history(commit, "A")).await.unwrap();
    assert_eq!(store.message(&message_id("A")).await.unwrap(), Some(message("A")));
    assert_eq!(store.deliveries_of(&call_id("A")).await.unwrap(), [0, 1].map(|nth: usize| delivery(queued[nth].id, webhook(Some("A")))));
}

pub async fn a_failing_commit_does_not_touch_its_neighbours(store: &Home) {
    const COMMITS: u64 = 500;
    let fails = |id: u64| id.is_multiple_of(7);
    let commit = |id: u64| {
        let writes = if fails(id) { vec![impossible()] } else { vec![] };
        let webhooks = vec![NewDelivery { body: Arc::from(id.to_string().as_bytes()), ..webhook(Some("A")) }];
        store.make(Commit { entries: vec![entry("A", 0, &id.to_string())], webhooks, ..store.draft(writes) })
    };
    // All at once, so that they go to the disk in groups.
    let outcomes = join_all((1..=COMMITS).map(commit)).await;
    for (id, outcome) in (1..).zip(outcomes) {
        assert_eq!(outcome.is_err(), fails(id), "commit {id}: {outcome:?}");
    }
    let stand: Vec<u64> = (1..=COMMITS).filter(|id| !fails(*id)).collect();
    let deliveries = store.deliveries_of(&call_id("A")).await.unwrap();
    let mut told: Vec<u64> = deliveries.iter().map(|delivery| str::from_utf8(&delivery.body).unwrap().parse().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, stand);
    let entries = store.journal(JournalPage { limit: 1_000, ..JournalPage::default() }).await.unwrap();
    let mut noted: Vec<u64> = entries.iter().map(|recorded| says(&recorded.entry).parse().unwrap()).collect();
    noted.sort_unstable();
    assert_eq!(noted, stand);
}

fn says(entry: &Entry) -> &str {
    match &entry.fact {
        Fact::DescriptionOdd { says } => says,
        other => panic!("{other:?}"),
    }
}

/// Also while others read the same rows all the time, which is when a copy could go stale.
pub async fn reads_see_every_commit_that_returned(store: &Home) {
    put(store, acme()).await;
    let writer = async |id: &str| {
        let (mut person, mut chat) = (user(id, &format!("1555000{id}")), pair("4001", id));
        for turn in 0..100 {
            person.name = format!("Name {turn}");
            chat.pair.unanswered = turn;
            put(store, vec![person.clone().put(), chat.clone().put()]).await;
            assert_eq!(store.pair(&chat.number, &chat.user).await.unwrap().as_ref(), Some(&chat));
            assert_eq!(store.user(&person.id).await.unwrap().as_ref(), Some(&person));
            assert_eq!(store.user_by_number(&person.number).await.unwrap().as_ref(), Some(&person));
        }
    };
    let reader = async |id: &str| {
        let mut newest = -1;
        while newest < 99 {
            let Some(person) = store.user(&user_id(id)).await.unwrap() else { continue };
            let turn: i64 = person.name.trim_start_matches("Name ").parse().unwrap();
            assert!(turn >= newest, "{turn} after {newest}");
            newest = turn;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(writer("1000"), writer("2000"), reader("1000"), reader("1000"), reader("2000"));
}

/// Rows that a store may keep copies of, read before and after each change to them.
pub async fn what_is_read_again_and_again_is_never_stale(store: &Home) {
    let (first, second) = ("6281255509999", "6281255508888");
    let holder = async |own: &str| store.number_by_digits(&digits(own)).await.unwrap().map(|number| number.id.as_str().to_owned());
    let apps = async || store.subscriptions(&waba_id("2001")).await.unwrap().len();
    let cookie = session("cookie", "9001");
    assert_eq!((holder(first).await, apps().await), (None, 0));
    put(store, acme()).await;
    put(store, vec![user("9001", "15550009001").put(), cookie.clone().put()]).await;
    assert_eq!((holder(first).await.as_deref(), apps().await), (Some("4001"), 1));
    assert_eq!(store.session(&cookie.hash).await.unwrap().as_ref(), Some(&cookie));

    put(store, vec![number("4001", "2001", second).put()]).await;
    assert_eq!((holder(first).await, holder(second).await.as_deref()), (None, Some("4001")));
    put(store, vec![number("4002", "2001", first).put()]).await;
    assert_eq!((holder(first).await.as_deref(), holder(second).await.as_deref()), (Some("4002"), Some("4001")));

    put(store, vec![app("1002").put(), subscription("1002", "2001").put()]).await;
    assert_eq!(apps().await, 2);
    put(store, vec![remove(Key::Subscription(app_id("1002"), waba_id("2001")))]).await;
    assert_eq!(apps().await, 1);

    let renamed = Waba { name: "Other".into(), ..waba("2001") };
    assert_ne!(store.waba(&renamed.id).await.unwrap().as_ref(), Some(&renamed));
    put(store, vec![renamed.clone().put(), remove(Key::Session(cookie.hash))]).await;
    assert_eq!(store.waba(&renamed.id).await.unwrap(), Some(renamed));
    assert_eq!(store.session(&cookie.hash).await.unwrap(), None);
}

/// All that the port can list, as text.
async fn everything(store: &Home) -> String {
    let mut text = String::new();
    let mut add = |part: &dyn std::fmt::Debug| text.push_str(&format!("{part:?}\n"));
    add(&store.portfolios(all()).await.unwrap());
    add(&store.wabas(all()).await.unwrap());
    add(&store.numbers(None, all()).await.unwrap());
    add(&store.apps(all()).await.unwrap());
    for waba in ["2001", "2009"] {
        add(&store.subscriptions(&waba_id(waba)).await.unwrap());
    }
    for (app, number) in [("1001", "4001"), ("1009", "4009")] {
        add(&store.phone_override(&app_id(app), &pnid(number)).await.unwrap());
        add(&store.tokens(&app_id(app)).await.unwrap());
    }
    add(&store.users(all()).await.unwrap());
    for cookie in ["cookie", "new cookie"] {
        add(&store.session(&session(cookie, "1").hash).await.unwrap());
    }
    add(&store.sessions(None).await.unwrap());
    add(&store.invitations().await.unwrap());
    for (number, user) in [("4001", "9001"), ("4009", "9009")] {
        add(&store.pairs_of(&user_id(user)).await.unwrap());
        let page = MessagePage { number: pnid(number), user: user_id(user), before: None, limit: 10 };
        add(&store.messages(page).await.unwrap());
    }
    for waba in ["2001", "2009"] {
        add(&store.templates(&waba_id(waba)).await.unwrap());
    }
    add(&store.live_calls().await.unwrap());
    add(&store.journal(JournalPage { limit: 100, ..JournalPage::default() }).await.unwrap());
    add(&store.recent_deliveries(10).await.unwrap());
    for key in [Key::Number(pnid("4001")), Key::User(user_id("9001")), Key::Call(call_id("A")), Key::Message(message_id("A"))] {
        add(&store.row(&key).await.unwrap().version);
    }
    text
}

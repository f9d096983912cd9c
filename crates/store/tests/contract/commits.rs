//! Whole or nothing, one after the other, and visible once they returned.

use callport_core::pair::Pair;
use callport_engine::ports::{Change, MessagePage, Store};
use callport_engine::records::{DeliveryId, DeliveryState, Invitation, PairRecord, Progress, User, Waba};
use futures::future::join_all;

use crate::put;
use crate::records::*;

/// Fails in every store, always: its owner does not exist.
fn impossible() -> Change {
    Change::PutSession(session("nobody's cookie", "666"))
}

pub async fn an_empty_commit_is_fine(store: &dyn Store) {
    put(store, vec![]).await;
}

/// Every kind of change, on rows that are there and on rows that are not, and then one that fails.
pub async fn a_commit_whose_last_change_fails_leaves_nothing(store: &dyn Store) {
    put(store, acme()).await;
    let standing = vec![
        Change::PutPhoneOverride(phone_override("1001", "4001")),
        Change::PutSession(session("cookie", "9001")),
        Change::PutInvitation(invitation("code")),
        Change::PutInvitation(invitation("other code")),
        Change::PutPair(Box::new(pair("4001", "9001"))),
        Change::PutMessage(Box::new(message("A"))),
        Change::PutMessage(Box::new(message("B"))),
        Change::PutTemplate(Box::new(template("7001", "2001", "late", "en"))),
        Change::PutTemplate(Box::new(template("7002", "2001", "late", "id"))),
        Change::PutCall(Box::new(call("A"))),
        Change::AddTimeline(line("A", 1, "placed")),
        Change::PutDelivery(Box::new(delivery(1, Some("A")))),
        Change::AddAttempt(attempt(1, 1)),
    ];
    put(store, standing).await;
    let before = everything(store).await;

    let mut ended_call = call("A");
    ended_call.media = Some(media());
    let mut changes = vec![
        Change::PutPortfolio(portfolio("3009")),
        Change::PutWaba(waba("2009")),
        Change::PutNumber(number("4009", "2009", "15550009999")),
        Change::PutNumber(number("4001", "2001", "15550001111")),
        Change::PutApp(app("1009")),
        Change::PutSubscription(subscription("1009", "2009")),
        Change::RemoveSubscription(app_id("1001"), waba_id("2001")),
        Change::RemovePhoneOverride(app_id("1001"), pnid("4001")),
        Change::PutPhoneOverride(phone_override("1009", "4009")),
        Change::RemoveToken(token("EAAtest", "1001").hash),
        Change::PutToken(token("EAAnew", "1009")),
        Change::PutUser(User { name: "Other".into(), ..user("9001", "5511955501234") }),
        Change::PutUser(user("9009", "5511955509999")),
        Change::PutUser(user("9009", "5511955508888")), // twice, so that the order of taking back matters
        Change::RemoveSession(session("cookie", "9001").hash),
        Change::PutSession(session("new cookie", "9009")),
        Change::PutInvitation(Invitation { used_by: Some(user_id("9009")), ..invitation("code") }),
        Change::PutPair(Box::new(PairRecord { pair: Pair::default(), ..pair("4001", "9001") })),
        Change::PutPair(Box::new(pair("4009", "9009"))),
        Change::PutMessage(Box::new(reached("A", Progress::Read))),
        Change::PutMessage(Box::new(message("C"))),
        Change::PutMessage(Box::new(reached("C", Progress::Delivered))),
        Change::RemoveTemplate(template_id("7001")),
        Change::PutTemplate(Box::new(template("7003", "2001", "late", "en"))), // the name that came free
        Change::PutTemplate(Box::new(template("7002", "2009", "late", "en"))),
        Change::PutCall(Box::new(ended_call)),
        Change::PutCall(Box::new(call("B"))),
        Change::AddTimeline(line("A", 2, "over")),
        Change::AddTimeline(line("B", 2, "placed")),
        Change::SettleDelivery(DeliveryId(1), DeliveryState::Delivered { at: at(2) }, 2),
        Change::PutDelivery(Box::new(delivery(2, Some("B")))),
        Change::SettleDelivery(DeliveryId(2), DeliveryState::Delivered { at: at(2) }, 1),
        Change::AddAttempt(attempt(1, 2)),
        Change::AddAttempt(attempt(2, 1)),
        Change::RemoveInvitation(invitation("other code").hash),
        Change::RemoveUser(user_id("9001")),
    ];
    changes.push(impossible());
    store.commit(changes.clone()).await.unwrap_err();
    assert_eq!(everything(store).await, before);

    changes.pop();
    put(store, changes).await;
    assert_ne!(everything(store).await, before, "without the last change it happens");
}

pub async fn later_changes_of_a_commit_see_earlier_ones(store: &dyn Store) {
    // Two people swap their numbers by way of a third one, while a session of the newcomer is made.
    put(store, vec![Change::PutUser(user("1", "15550000001"))]).await;
    let swap = vec![
        Change::PutUser(user("1", "15550000003")),
        Change::PutUser(user("2", "15550000001")),
        Change::PutSession(session("cookie", "2")),
        Change::PutUser(user("1", "15550000002")),
    ];
    put(store, swap).await;
    assert_eq!(store.users().await.unwrap(), [user("1", "15550000002"), user("2", "15550000001")]);
}

pub async fn a_phone_number_has_one_holder(store: &dyn Store) {
    put(store, acme()).await;
    store.commit(vec![Change::PutNumber(number("4002", "2001", "6281255509999"))]).await.unwrap_err();
    store.commit(vec![Change::PutUser(user("9002", "5511955501234"))]).await.unwrap_err();
    assert_eq!(store.number(&pnid("4002")).await.unwrap(), None);
    assert_eq!(store.user(&user_id("9002")).await.unwrap(), None);
    put(store, vec![Change::PutUser(user("9002", "6281255509999"))]).await; // businesses and people are counted apart
}

pub async fn a_template_name_is_taken_once(store: &dyn Store) {
    put(store, acme()).await;
    let put_template = |id: &str, waba: &str, name: &str, language: &str| Change::PutTemplate(Box::new(template(id, waba, name, language)));
    put(store, vec![Change::PutWaba(waba("2002")), put_template("7001", "2001", "late", "en")]).await;
    store.commit(vec![put_template("7002", "2001", "late", "en")]).await.unwrap_err();
    let others = vec![
        put_template("7001", "2001", "late", "en"), // itself
        put_template("7002", "2001", "late", "en_US"),
        put_template("7003", "2001", "later", "en"),
        put_template("7004", "2002", "late", "en"),
    ];
    put(store, others).await;
    store.commit(vec![put_template("7003", "2001", "late", "en")]).await.unwrap_err();
    assert_eq!(store.templates(&waba_id("2001")).await.unwrap().len(), 3);
    put(store, vec![Change::RemoveTemplate(template_id("7001")), put_template("7003", "2001", "late", "en")]).await;
    assert_eq!(store.template(&template_id("7003")).await.unwrap(), Some(template("7003", "2001", "late", "en")));
}

pub async fn owners_come_first(store: &dyn Store) {
    put(store, acme()).await;
    let mut homeless = waba("2009");
    homeless.portfolio = portfolio("3009").id;
    for change in [
        Change::PutWaba(homeless),
        Change::PutNumber(number("4009", "2009", "15550009999")),
        Change::PutSubscription(subscription("1009", "2001")),
        Change::PutSubscription(subscription("1001", "2009")),
        Change::PutPhoneOverride(phone_override("1009", "4001")),
        Change::PutPhoneOverride(phone_override("1001", "4009")),
        Change::PutToken(token("EAAnew", "1009")),
        Change::PutSession(session("cookie", "9009")),
        Change::PutInvitation(Invitation { used_by: Some(user_id("9009")), ..invitation("code") }),
        Change::PutPair(Box::new(pair("4009", "9001"))),
        Change::PutPair(Box::new(pair("4001", "9009"))),
        Change::PutTemplate(Box::new(template("7001", "2009", "late", "en"))),
    ] {
        let fault = store.commit(vec![change.clone()]).await.unwrap_err();
        assert_eq!(fault.what, "store: commit", "{change:?}");
    }
}

pub async fn history_needs_no_owners(store: &dyn Store) {
    let changes = vec![
        Change::AddAttempt(attempt(1, 1)),
        Change::PutDelivery(Box::new(delivery(1, Some("A")))),
        Change::AddTimeline(line("A", 1, "placed")),
        Change::PutCall(Box::new(call("A"))),
        Change::PutMessage(Box::new(message("A"))),
    ];
    put(store, changes).await;
    assert_eq!(store.message(&message_id("A")).await.unwrap(), Some(message("A")));
    assert_eq!(store.deliveries_of(&call_id("A")).await.unwrap(), [delivery(1, Some("A"))]);
}

pub async fn a_failing_commit_does_not_touch_its_neighbours(store: &dyn Store) {
    const COMMITS: u64 = 500;
    let fails = |id: u64| id.is_multiple_of(7);
    let commit = |id: u64| {
        let mut changes = vec![Change::PutDelivery(Box::new(delivery(id, Some("A")))), Change::AddTimeline(line("A", 0, &id.to_string()))];
        if fails(id) {
            changes.push(impossible());
        }
        store.commit(changes)
    };
    // All at once, so that they go to the disk in groups.
    let outcomes = join_all((1..=COMMITS).map(commit)).await;
    for (id, outcome) in (1..).zip(outcomes) {
        assert_eq!(outcome.is_err(), fails(id), "commit {id}: {outcome:?}");
    }
    let stand: Vec<u64> = (1..=COMMITS).filter(|id| !fails(*id)).collect();
    let deliveries: Vec<u64> = store.deliveries_of(&call_id("A")).await.unwrap().iter().map(|delivery| delivery.id.0).collect();
    assert_eq!(deliveries, stand);
    let mut lines: Vec<u64> = store.timeline(&call_id("A")).await.unwrap().iter().map(|line| line.text.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, stand);
}

/// Also while others read the same rows all the time, which is when a copy could go stale.
pub async fn reads_see_every_commit_that_returned(store: &dyn Store) {
    put(store, acme()).await;
    let writer = async |id: &str| {
        let (mut person, mut chat) = (user(id, &format!("1555000{id}")), pair("4001", id));
        for turn in 0..100 {
            person.name = format!("Name {turn}");
            chat.pair.unanswered = turn;
            put(store, vec![Change::PutUser(person.clone()), Change::PutPair(Box::new(chat.clone()))]).await;
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
pub async fn what_is_read_again_and_again_is_never_stale(store: &dyn Store) {
    let (first, second) = ("6281255509999", "6281255508888");
    let holder = async |own: &str| store.number_by_digits(&digits(own)).await.unwrap().map(|number| number.id.as_str().to_owned());
    let apps = async || store.subscriptions(&waba_id("2001")).await.unwrap().len();
    let cookie = session("cookie", "9001");
    assert_eq!((holder(first).await, apps().await), (None, 0));
    put(store, acme()).await;
    put(store, vec![Change::PutUser(user("9001", "15550009001")), Change::PutSession(cookie.clone())]).await;
    assert_eq!((holder(first).await.as_deref(), apps().await), (Some("4001"), 1));
    assert_eq!(store.session(&cookie.hash).await.unwrap().as_ref(), Some(&cookie));

    put(store, vec![Change::PutNumber(number("4001", "2001", second))]).await;
    assert_eq!((holder(first).await, holder(second).await.as_deref()), (None, Some("4001")));
    put(store, vec![Change::PutNumber(number("4002", "2001", first))]).await;
    assert_eq!((holder(first).await.as_deref(), holder(second).await.as_deref()), (Some("4002"), Some("4001")));

    put(store, vec![Change::PutApp(app("1002")), Change::PutSubscription(subscription("1002", "2001"))]).await;
    assert_eq!(apps().await, 2);
    put(store, vec![Change::RemoveSubscription(app_id("1002"), waba_id("2001"))]).await;
    assert_eq!(apps().await, 1);

    let renamed = Waba { name: "Other".into(), ..waba("2001") };
    assert_ne!(store.waba(&renamed.id).await.unwrap().as_ref(), Some(&renamed));
    put(store, vec![Change::PutWaba(renamed.clone()), Change::RemoveSession(cookie.hash)]).await;
    assert_eq!(store.waba(&renamed.id).await.unwrap(), Some(renamed));
    assert_eq!(store.session(&cookie.hash).await.unwrap(), None);
}

/// All that the port can list, as text.
async fn everything(store: &dyn Store) -> String {
    let mut all = String::new();
    let mut add = |part: &dyn std::fmt::Debug| all.push_str(&format!("{part:?}\n"));
    add(&store.portfolios().await.unwrap());
    add(&store.wabas().await.unwrap());
    add(&store.numbers(None).await.unwrap());
    add(&store.apps().await.unwrap());
    for waba in ["2001", "2009"] {
        add(&store.subscriptions(&waba_id(waba)).await.unwrap());
    }
    for (app, number) in [("1001", "4001"), ("1009", "4009")] {
        add(&store.phone_override(&app_id(app), &pnid(number)).await.unwrap());
        add(&store.tokens(&app_id(app)).await.unwrap());
    }
    add(&store.users().await.unwrap());
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
    for own in ["A", "B"] {
        add(&store.timeline(&call_id(own)).await.unwrap());
    }
    add(&store.recent_deliveries(10).await.unwrap());
    for delivery in [1, 2] {
        add(&store.attempts(DeliveryId(delivery)).await.unwrap());
    }
    all
}

//! Rows that somebody damaged, moved or made up.

use callport_engine::ports::Store as _;

use super::records::*;
use super::{by_hand, folder, open};

#[tokio::test]
async fn a_row_that_makes_no_sense_is_a_fault_that_does_not_quote_it() {
    for (sql, why) in [
        ("UPDATE numbers SET settings = '{\"status\":\"MAYBE 5511955501234\"}'", "numbers.settings: an unknown word"),
        ("UPDATE numbers SET settings = '{\"status\":[5511955501234]}'", "numbers.settings: not the expected JSON at character 10"),
        ("UPDATE numbers SET messaging_limit = 'TIER 5511955501234'", "numbers.messaging_limit: an unknown word"),
        ("UPDATE numbers SET allowed_recipients = '[5511955501234]'", "numbers.allowed_recipients: not the expected JSON at character 14"),
        ("UPDATE numbers SET restrictions = '[{\"direction\":\"5511955501234\",\"until_ms\":1}]'", "numbers.restrictions: an unknown word"),
        ("UPDATE numbers SET number = 'none'", "numbers.number: a phone number is a country code and a number"),
    ] {
        let (_folder, path) = folder();
        let store = open(&path).await;
        store.put(acme()).await;
        store.close().await;
        by_hand(&path, sql).unwrap();
        let store = open(&path).await; // which has no copies yet
        let fault = store.number(&pnid("4001")).await.unwrap_err();
        assert!(fault.why.starts_with(why) && !fault.why.contains("5511955501234"), "{fault}");
        assert_eq!(store.user(&user_id("9001")).await.unwrap(), Some(user("9001", "5511955501234")), "the rest is still there");
    }
}

/// Of the one chat that there is.
#[tokio::test]
async fn a_chat_that_makes_no_sense_is_a_fault_that_does_not_quote_it() {
    for (sql, why) in [
        ("UPDATE pairs SET requests = '[\"secret\"]'", "pairs.requests: not the expected JSON at character 9"),
        ("UPDATE pairs SET card_answer = 'secret'", "pairs.card_answer: an unknown word"),
        ("UPDATE pairs SET card_message = 'secret'", "pairs.card_message: a message id starts with `wamid.`"),
        ("UPDATE messages SET content = '{\"body\":7,\"footer\":\"secret\"}'", "messages.content: not the expected JSON at character 9"),
        ("UPDATE messages SET tariff = 'secret'", "messages.tariff: an unknown word"),
        (
            "UPDATE messages SET author = 'user', tariff = NULL, free = NULL, progress = NULL, opaque = NULL, content = '{\"type\":\"secret\"}'",
            "messages.content: not the expected JSON",
        ),
        ("UPDATE templates SET status = 'secret'", "templates.status: an unknown word"),
        ("UPDATE templates SET id = 'secret'", "templates.id: an object id is 1 to 32 decimal digits"),
    ] {
        let (_folder, path) = folder();
        let store = open(&path).await;
        let (record, sent, template) = (pair("4001", "9001"), message("A"), template("7001", "2001", "late", "en"));
        store.put(acme()).await;
        store.put(vec![record.clone().put(), sent.clone().put(), template.clone().put()]).await;
        store.close().await;
        by_hand(&path, sql).unwrap();
        let store = open(&path).await; // which has no copies yet
        let faults = [
            store.pair(&record.number, &record.user).await.err(),
            store.message(&sent.id).await.err(),
            store.templates(&template.waba).await.err(),
        ];
        let faults: Vec<_> = faults.into_iter().flatten().collect();
        assert_eq!(faults.len(), 1, "{sql}: the rest is still there");
        assert!(faults[0].why.starts_with(why) && !faults[0].why.contains("secret"), "{}", faults[0]);
    }
}

/// What the records cannot say, the file cannot hold.
#[tokio::test]
async fn halves_of_a_pair_or_a_message_are_refused_by_the_file() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.put(acme()).await;
    store.put(vec![pair("4001", "9001").put(), message("A").put()]).await;
    for sql in [
        "UPDATE pairs SET permission = 'permanent'",
        "UPDATE pairs SET permission_until_ms = NULL",
        "UPDATE pairs SET card_message = NULL",
        "UPDATE pairs SET card_message = NULL, card_delivered_at_ms = NULL",
        "UPDATE pairs SET card_answer = NULL",
        "UPDATE messages SET author = 'user'",
        "UPDATE messages SET progress = NULL",
        "UPDATE messages SET progress = 'failed'",
        "UPDATE messages SET error_code = 131026",
        "UPDATE messages SET content = 'plain'",
    ] {
        let refusal = by_hand(&path, sql).unwrap_err();
        assert!(refusal.to_string().contains("CHECK constraint failed"), "{sql}: {refusal}");
    }
}

#[tokio::test]
async fn a_sealed_value_that_was_moved_to_another_row_is_a_fault() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.put(vec![app("1001").put(), app("1002").put()]).await;
    store.close().await;
    by_hand(&path, "UPDATE apps SET sealed_secret = (SELECT sealed_secret FROM apps WHERE id = '1001')").unwrap();
    let store = open(&path).await; // which has no copies yet
    assert_eq!(store.app(&app_id("1001")).await.unwrap(), Some(app("1001")));
    let fault = store.app(&app_id("1002")).await.unwrap_err();
    assert_eq!(fault.why, "apps.sealed_secret does not open: another key, or a damaged row");
}

/// What a start asks for: the damaged row is passed over, the others come.
#[tokio::test]
async fn a_call_or_a_delivery_that_makes_no_sense_keeps_nobody_from_starting() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    let calls = ["A", "B", "C"].map(call);
    let queued = store.make(calls.clone().map(Record::put).into(), vec![entry("A", 1, "one")], vec![webhook(Some("A")); 3]).await.unwrap();
    store.close().await;
    by_hand(&path, "UPDATE calls SET codecs = '[\"G.999\"]' WHERE no = (SELECT no FROM call_ids WHERE id = 'wacid.B')").unwrap();
    by_hand(&path, &format!("UPDATE deliveries SET field = 'no field' WHERE id = {}", queued[1].id.0)).unwrap();
    let store = open(&path).await;
    let left = [&calls[0], &calls[2]].map(|call| call.id.clone());
    let live: Vec<_> = store.live_calls().await.unwrap().into_iter().map(|call| call.id).collect();
    assert_eq!(live, left);
    let adopted = store.adopt(store.node).await.unwrap();
    assert_eq!(adopted.calls.into_iter().map(|call| call.record.id).collect::<Vec<_>>(), left);
    let pending: Vec<_> = adopted.deliveries.into_iter().map(|delivery| delivery.id).collect();
    assert_eq!(pending, [queued[0].id, queued[2].id]);
    assert_eq!(store.call(&calls[1].id).await.unwrap_err().why, "calls.codecs: an unknown word");
    assert_eq!(store.delivery(queued[1].id).await.unwrap_err().why, "deliveries.field: an unknown word");
}

/// The journal is read in pages: an entry that makes no sense is a fault that does not quote it.
#[tokio::test]
async fn an_entry_that_makes_no_sense_is_a_fault_that_does_not_quote_it() {
    let (_folder, path) = folder();
    let store = open(&path).await;
    store.make(vec![], vec![entry("A", 1, "one")], vec![]).await.unwrap();
    by_hand(&path, "UPDATE journal SET fact = '{\"fact\":\"secret\"}'").unwrap();
    let page = callport_engine::ports::JournalPage { limit: 9, ..Default::default() };
    let fault = store.journal(page).await.unwrap_err();
    assert!(fault.why.starts_with("journal.fact: not the expected JSON at character") && !fault.why.contains("secret"), "{fault}");
}

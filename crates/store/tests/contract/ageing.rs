//! What goes when it is old enough, and what stays.

use callport_core::call::{EndReason, Ending};
use callport_core::call_id::Direction;
use callport_engine::ports::{CallPage, Commit, JournalPage, MessagePage, Old};
use callport_engine::records::{CallRecord, DeliveryId, DeliveryState, Invitation, Message, Session, Stage};
use callport_flow::{Guard, Key};

use crate::records::*;
use crate::{Home, put};

pub async fn removes_calls_that_ended_before(store: &Home) {
    let over = |own: &str, seconds| {
        let ending = Ending { at: at(seconds), reason: EndReason::UserHungUp, talk: None };
        CallRecord { stage: Stage::Ended(ending), direction: Direction::BusinessInitiated, ..call(own) }
    };
    let live = CallRecord { stage: Stage::Active(at(1)), ..call("L") };
    put(store, vec![over("A", 1).put(), live.put(), over("B", 2).put(), over("C", 3).put(), over("D", 4).put()]).await;
    let webhooks = vec![webhook(Some("A"))];
    store.make(Commit { entries: vec![entry("A", 1, "one")], webhooks, ..store.draft(vec![]) }).await.unwrap();
    let left = async || {
        let calls = store.calls(CallPage { limit: 10, ..CallPage::default() }).await.unwrap();
        calls.iter().map(|call| call.id.as_str().trim_start_matches("wacid.").to_owned()).collect::<String>()
    };
    assert_eq!(store.remove_old(Old::Calls, at(1), 9).await.unwrap(), 0, "that very moment stays");
    assert_eq!(store.remove_old(Old::Calls, at(4), 0).await.unwrap(), 0);
    assert_eq!(store.remove_old(Old::Calls, at(4), 2).await.unwrap(), 2);
    assert_eq!(left().await, "DCL", "the oldest go first, and what is live stays");
    assert_eq!(store.remove_old(Old::Calls, at(4), 2).await.unwrap(), 1);
    assert_eq!(left().await, "DL");
    assert_eq!(store.call(&call_id("A")).await.unwrap(), None);
    assert_eq!(store.row(&Key::Call(call_id("A"))).await.unwrap().version, 0);
    assert_eq!(store.deliveries_of(&call_id("A")).await.unwrap().len(), 1, "what was told has an age of its own");
    assert_eq!(store.last_entry().await.unwrap(), 1);
    let starts = Guard::Starts { number: pnid("4001"), since: at(-100), most: 2 };
    store.make(Commit { guards: vec![starts], ..store.draft(vec![]) }).await.unwrap();
}

pub async fn removes_messages_that_were_written_before(store: &Home) {
    let written = |own: &str, seconds| Message { at: at(seconds), ..message(own) };
    put(store, vec![written("A", 1).put(), said("B", "hello").put(), written("C", 2).put(), written("D", 9).put()]).await;
    assert_eq!(store.remove_old(Old::Messages, at(0), 9).await.unwrap(), 0);
    assert_eq!(store.remove_old(Old::Messages, at(9), 9).await.unwrap(), 3);
    let page = MessagePage { number: pnid("4001"), user: user_id("9001"), before: None, limit: 10 };
    assert_eq!(store.messages(page).await.unwrap(), [written("D", 9)]);
    assert_eq!(store.unread_messages(&pnid("4001"), &user_id("9001"), 10).await.unwrap(), [written("D", 9)]);
    assert_eq!(store.message(&message_id("A")).await.unwrap(), None);
}

pub async fn removes_webhooks_that_were_settled_before(store: &Home) {
    let queue = async || {
        let queued = store.make(Commit { webhooks: vec![webhook(Some("A"))], ..store.draft(vec![]) }).await.unwrap();
        queued[0].id
    };
    let settle = async |id, state| store.settle(vec![attempt(id, 1, state)]).await.unwrap();
    let mut ids = vec![];
    for _ in 0..5 {
        ids.push(queue().await);
    }
    settle(ids[0], DeliveryState::Delivered { at: at(2) }).await;
    settle(ids[2], DeliveryState::Dropped { at: at(3) }).await;
    settle(ids[3], DeliveryState::Delivered { at: at(4) }).await;
    settle(ids[4], DeliveryState::Delivered { at: at(2) }).await;
    let left = async || {
        let left = store.deliveries_of(&call_id("A")).await.unwrap();
        left.iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(store.remove_old(Old::Deliveries, at(2), 9).await.unwrap(), 0, "that very moment stays");
    assert_eq!(store.remove_old(Old::Deliveries, at(4), 1).await.unwrap(), 1);
    assert_eq!(left().await, ids[1..], "the oldest goes first");
    assert_eq!(store.remove_old(Old::Deliveries, at(4), 9).await.unwrap(), 1);
    assert_eq!(left().await, [ids[1], ids[3], ids[4]], "what is pending stays, and so does the last");
    assert_eq!(store.remove_old(Old::Deliveries, at(9), 9).await.unwrap(), 1);
    assert_eq!(left().await, [ids[1], ids[4]]);
    assert!(queue().await > ids[4], "no id is used twice");
    assert_eq!(store.remove_old(Old::Deliveries, at(9), 9).await.unwrap(), 1, "it is the last no more");
    assert_eq!(store.delivery(ids[4]).await.unwrap(), None);
    settle(ids[4], DeliveryState::Delivered { at: at(5) }).await;
    assert_eq!(store.delivery(DeliveryId(ids[4].0)).await.unwrap(), None);
}

pub async fn removes_entries_from_before(store: &Home) {
    let entries: Vec<_> = (1..=5).map(|seconds| entry("A", seconds, "")).collect();
    store.make(Commit { entries, ..store.draft(vec![]) }).await.unwrap();
    let left = async |of: Option<&str>| {
        let page = JournalPage { limit: 9, call: of.map(call_id), ..JournalPage::default() };
        store.journal(page).await.unwrap().iter().map(|recorded| recorded.seq).collect::<Vec<_>>()
    };
    let all = left(None).await;
    assert_eq!(store.remove_old(Old::Entries, at(1), 9).await.unwrap(), 0, "that very moment stays");
    assert_eq!(store.remove_old(Old::Entries, at(4), 2).await.unwrap(), 2);
    assert_eq!((left(None).await, left(Some("A")).await), (all[2..].to_vec(), all[2..].to_vec()), "the oldest go first");
    assert_eq!(store.remove_old(Old::Entries, at(9), 9).await.unwrap(), 2);
    assert_eq!((left(None).await, left(Some("A")).await), (all[4..].to_vec(), all[4..].to_vec()), "the last stays");
    assert_eq!(store.last_entry().await.unwrap(), all[4]);
    store.make(Commit { entries: vec![entry("A", 1, "")], ..store.draft(vec![]) }).await.unwrap();
    assert!(store.last_entry().await.unwrap() > all[4], "no place is used twice");
    assert_eq!(store.remove_old(Old::Entries, at(9), 9).await.unwrap(), 1);
}

pub async fn removes_sessions_and_invitations_that_expired_before(store: &Home) {
    put(store, acme()).await;
    for (name, seconds) in [("a", 1), ("b", 2), ("c", 3)] {
        let session = Session { expires_at: at(seconds), ..session(name, "9001") };
        put(store, vec![session.put(), Invitation { expires_at: at(seconds), ..invitation(name) }.put()]).await;
    }
    for what in [Old::Sessions, Old::Invitations] {
        assert_eq!(store.remove_old(what, at(1), 9).await.unwrap(), 0, "that very moment stays");
        assert_eq!(store.remove_old(what, at(3), 1).await.unwrap(), 1);
        assert_eq!(store.remove_old(what, at(3), 9).await.unwrap(), 1);
    }
    assert_eq!(store.sessions(None).await.unwrap().iter().map(|left| left.hash).collect::<Vec<_>>(), [session("c", "9001").hash]);
    assert_eq!(store.invitations().await.unwrap().iter().map(|left| left.hash).collect::<Vec<_>>(), [invitation("c").hash]);
    assert_eq!(store.row(&Key::Session(session("a", "9001").hash)).await.unwrap().version, 0);
    put(store, vec![remove(Key::User(user_id("9001")))]).await;
}

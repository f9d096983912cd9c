//! Processes: who lives, who was ended, and what comes of what the ended left.

use callport_core::call::EndReason;
use callport_engine::ports::{Commit, CommitFault, NodeBeat, Reopened};
use callport_engine::records::{CallRecord, DeliveryState, Stage};
use callport_flow::{CallRow, NodeId};

use crate::Home;
use crate::records::*;

/// Whether a process can commit.
async fn commits(store: &Home, node: NodeId) -> bool {
    match store.make(Commit { node, ..store.draft(vec![user("9001", "5511955501234").put()]) }).await {
        Ok(_) => true,
        Err(CommitFault::Fenced) => false,
        Err(other) => panic!("{other:?}"),
    }
}

async fn seen(store: &Home, by: NodeId, node: NodeId) -> Option<NodeBeat> {
    store.beat(by).await.unwrap().into_iter().find(|seen| seen.node == node)
}

pub async fn whoever_joins_is_new(store: &Home) {
    let mut nodes = vec![store.node];
    for _ in 0..3 {
        let node = store.succeed().await;
        assert!(!nodes.contains(&node));
        nodes.push(node);
        let living: Vec<_> = store.beat(node).await.unwrap().iter().map(|seen| seen.node).collect();
        assert_eq!(living, [node]);
        assert!(commits(store, node).await);
    }
    assert!(!commits(store, 4_000_000).await, "one that never joined");
}

/// Where there can be only one process, one that is still there has ended by this.
pub async fn joining_ends_others_unless_the_store_is_shared(store: &Home) {
    let (one, two) = (store.node, store.join().await.unwrap());
    assert!(commits(store, two).await);
    assert_eq!(commits(store, one).await, store.is_shared());
    let living: Vec<_> = store.beat(two).await.unwrap().iter().map(|seen| seen.node).collect();
    assert_eq!(living, if store.is_shared() { vec![one, two] } else { vec![two] });
}

pub async fn a_process_is_ended_unless_it_has_beaten_since(store: &Home) {
    let node = store.node;
    let first = seen(store, node, node).await.unwrap();
    let second = seen(store, node, node).await.unwrap();
    assert!(first.beat < second.beat);
    store.end_node(first).await.unwrap();
    assert!(commits(store, node).await, "it has beaten since");
    store.end_node(NodeBeat { node: node + 1, ..second }).await.unwrap();
    assert!(commits(store, node).await, "another one was meant");
    for _ in 0..2 {
        store.end_node(second).await.unwrap();
        assert!(!commits(store, node).await);
        assert_eq!(seen(store, node, node).await, None, "its beat tells it, and does not bring it back");
    }
}

pub async fn an_ended_process_commits_nothing(store: &Home) {
    let next = store.succeed().await;
    let writes = vec![user("9001", "5511955501234").put()];
    let commit = Commit { entries: vec![entry("A", 1, "one")], webhooks: vec![webhook(Some("A"))], ..store.draft(writes) };
    let fault = store.make(commit.clone()).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Fenced), "{fault:?}");
    assert_eq!(store.user(&user_id("9001")).await.unwrap(), None);
    assert_eq!((store.last_entry().await.unwrap(), store.recent_deliveries(9).await.unwrap()), (0, vec![]));
    store.make(Commit { node: next, ..commit }).await.unwrap(); // it was never made
}

fn owned(own: &str, stage: Stage, owner: NodeId, holds_user: bool) -> CallRow {
    CallRow::on_record(CallRecord { stage, ..call(own) }, owner, holds_user)
}

pub async fn adopts_what_ended_processes_left(store: &Home) {
    let left = store.node;
    let (a, b) = (owned("A", Stage::Active(at(5)), left, true), owned("B", Stage::Ringing, left, false));
    let over = owned("C", ended(EndReason::Rejected, None), left, false);
    let webhooks = vec![webhook(Some("A")), webhook(Some("A")), webhook(None), webhook(Some("B"))];
    let commit = Commit { webhooks, ..store.draft(vec![a.clone().put(), b.clone().put(), over.put()]) };
    let ids: Vec<_> = store.make(commit).await.unwrap().iter().map(|queued| queued.id).collect();
    let retried = DeliveryState::Pending { next_attempt_at: at(60) };
    store.settle(vec![attempt(ids[1], 1, DeliveryState::Delivered { at: at(2) }), attempt(ids[3], 1, retried)]).await.unwrap();

    let heir = store.succeed().await;
    let mine = owned("D", Stage::Calling, heir, false);
    let commit = Commit { node: heir, ..store.draft(vec![mine.put()]) };
    store.make(commit).await.unwrap();
    let mut adopted = store.adopt(heir).await.unwrap();
    adopted.calls.sort_by_key(|call| call.record.id.clone());
    assert_eq!(adopted.calls, [a, b], "live, and not the heir's own");
    let retried = callport_engine::records::Delivery { state: retried, attempts: 1, ..bare(ids[3], webhook(Some("B"))) };
    assert_eq!(adopted.deliveries, [bare(ids[0], webhook(Some("A"))), bare(ids[2], webhook(None)), retried]);
}

/// An answer may be lost, so that the heir asks again.
pub async fn what_was_adopted_is_told_again(store: &Home) {
    let commit = Commit { webhooks: vec![webhook(Some("A"))], ..store.draft(vec![owned("A", Stage::Ringing, store.node, true).put()]) };
    let queued = store.make(commit).await.unwrap();
    let heir = store.succeed().await;
    for _ in 0..2 {
        let adopted = store.adopt(heir).await.unwrap();
        assert_eq!((adopted.calls.len(), adopted.deliveries), (1, vec![bare(queued[0].id, webhook(Some("A")))]));
    }
    store.settle(vec![attempt(queued[0].id, 1, DeliveryState::Dropped { at: at(2) })]).await.unwrap();
    let over = owned("A", ended(EndReason::Rejected, None), heir, true);
    store.make(Commit { node: heir, ..store.draft(vec![over.put()]) }).await.unwrap();
    let adopted = store.adopt(heir).await.unwrap();
    assert_eq!((adopted.calls, adopted.deliveries), (vec![], vec![]));
}

pub async fn an_ended_process_takes_nothing_over(store: &Home) {
    let commit = Commit { webhooks: vec![webhook(Some("A"))], ..store.draft(vec![owned("A", Stage::Ringing, store.node, true).put()]) };
    let id = store.make(commit).await.unwrap()[0].id;
    let middle = store.succeed().await;
    let heir = store.succeed().await;
    for ended in [store.node, middle] {
        let adopted = store.adopt(ended).await.unwrap();
        assert_eq!((adopted.calls, adopted.deliveries), (vec![], vec![]));
    }
    assert_eq!(store.adopt(heir).await.unwrap().deliveries.len(), 1);
    store.settle(vec![attempt(id, 1, DeliveryState::Dropped { at: at(2) })]).await.unwrap();
    store.reopen(id, middle, at(9), entry("A", 9, "again")).await.unwrap_err();
    assert!(matches!(store.reopen(id, heir, at(9), entry("A", 9, "again")).await.unwrap(), Reopened::Queued(_)));
}

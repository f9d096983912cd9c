//! Webhooks: their places, their lanes, and what becomes of them.

use callport_core::scope::Field;
use callport_engine::ports::{Commit, JournalPage, NewDelivery, Queued, Reopened};
use callport_engine::records::{Delivery, DeliveryId, DeliveryState};
use callport_flow::journal::Entry;

use crate::Home;
use crate::records::*;

async fn queue(store: &Home, webhooks: Vec<NewDelivery>) -> Vec<Queued> {
    store.make(Commit { webhooks, ..store.draft(vec![]) }).await.unwrap()
}

async fn journal(store: &Home) -> Vec<Entry> {
    let page = store.journal(JournalPage { limit: 100, ..JournalPage::default() }).await.unwrap();
    page.into_iter().map(|recorded| recorded.entry).collect()
}

pub async fn keeps_webhooks_as_they_were_queued(store: &Home) {
    for beyond in [0, 1, i64::MAX as u64 + 1, u64::MAX] {
        assert_eq!(store.delivery(DeliveryId(beyond)).await.unwrap(), None, "there is none with this id");
        assert_eq!(store.open_in_lane(store.node, DeliveryId(beyond)).await.unwrap(), []);
    }
    let mut all: Vec<_> = Field::ALL.map(|field| NewDelivery { field, ..webhook(Some("A")) }).into();
    all.push(NewDelivery { message: Some(message_id("A")), ..webhook(None) });
    all.push(NewDelivery { number: None, event: "", body: [0, 0xff, b'\''].into(), ..webhook(None) });
    let queued = queue(store, all.clone()).await;
    for (place, kept) in queued.iter().zip(all) {
        assert_eq!(store.delivery(place.id).await.unwrap(), Some(delivery(place.id, kept)));
    }
}

pub async fn webhooks_have_places_in_the_order_of_writing(store: &Home) {
    let mut ids = vec![DeliveryId(0)];
    for own in ["A", "B", "A"] {
        ids.extend(queue(store, vec![webhook(Some(own)), webhook(None), webhook(Some(own))]).await.iter().map(|queued| queued.id));
    }
    assert_eq!(ids.len(), 10);
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
    assert_eq!(queue(store, vec![]).await, []);
}

pub async fn a_webhook_is_told_what_is_open_before_it(store: &Home) {
    let all = queue(store, vec![webhook(Some("A")), webhook(Some("B")), webhook(Some("A")), webhook(None), webhook(None)]).await;
    assert_eq!(all.iter().map(|queued| queued.after).collect::<Vec<_>>(), [None, None, Some(all[0].id), None, None]);
    assert!(all.iter().all(|queued| queued.worker == store.node));
    store.settle(vec![attempt(all[2].id, 1, DeliveryState::Dropped { at: at(2) })]).await.unwrap();
    assert_eq!(queue(store, vec![webhook(Some("A"))]).await[0].after, Some(all[0].id));
    store.settle(vec![attempt(all[0].id, 1, DeliveryState::Pending { next_attempt_at: at(60) })]).await.unwrap();
    assert_eq!(queue(store, vec![webhook(Some("B"))]).await[0].after, Some(all[1].id), "what is retried is open");
}

pub async fn settles_attempts(store: &Home) {
    let ids: Vec<_> = queue(store, vec![webhook(Some("A")), webhook(Some("A"))]).await.iter().map(|queued| queued.id).collect();
    for (attempts, state) in [
        (1, DeliveryState::Pending { next_attempt_at: at(60) }),
        (2, DeliveryState::Dropped { at: at(61) }),
        (3, DeliveryState::Delivered { at: at(62) }),
    ] {
        store.settle(vec![attempt(ids[0], attempts, state)]).await.unwrap();
        assert_eq!(store.delivery(ids[0]).await.unwrap(), Some(Delivery { state, attempts, ..delivery(ids[0], webhook(Some("A"))) }));
        assert_eq!(journal(store).await.last(), Some(&attempted(ids[0], attempts)));
    }
    assert_eq!(store.delivery(ids[1]).await.unwrap(), Some(delivery(ids[1], webhook(Some("A")))), "another one is left alone");
    store.settle(vec![]).await.unwrap();
    store.settle(vec![attempt(DeliveryId(99), 1, DeliveryState::Dropped { at: at(1) })]).await.unwrap();
    assert_eq!(store.delivery(DeliveryId(99)).await.unwrap(), None, "nothing is made of one that is not there");
    assert_eq!(journal(store).await.len(), 3);
}

/// Verdicts are sent again until it is known that they were saved; others may have come in between.
pub async fn an_attempt_is_noted_once(store: &Home) {
    let ids: Vec<_> = queue(store, vec![webhook(Some("A")), webhook(Some("A"))]).await.iter().map(|queued| queued.id).collect();
    let retried = DeliveryState::Pending { next_attempt_at: at(60) };
    let over = DeliveryState::Delivered { at: at(61) };
    let first = vec![attempt(ids[0], 1, retried), attempt(ids[1], 1, over)];
    for _ in 0..2 {
        store.settle(first.clone()).await.unwrap();
        assert_eq!(journal(store).await, [attempted(ids[0], 1), attempted(ids[1], 1)]);
    }
    store.settle(vec![attempt(ids[0], 3, over)]).await.unwrap();
    let expected = Some(Delivery { state: over, attempts: 3, ..delivery(ids[0], webhook(Some("A"))) });
    for late in [first, vec![attempt(ids[0], 2, retried)]] {
        store.settle(late).await.unwrap();
        assert_eq!(store.delivery(ids[0]).await.unwrap(), expected, "what comes late takes nothing back");
    }
    assert_eq!(journal(store).await[2..], [attempted(ids[0], 3), attempted(ids[0], 2)]);
}

pub async fn lists_what_is_open_in_a_lane(store: &Home) {
    let webhooks = vec![webhook(Some("A")), webhook(Some("B")), webhook(Some("A")), webhook(None), webhook(Some("A"))];
    let ids: Vec<_> = queue(store, webhooks).await.iter().map(|queued| queued.id).collect();
    let open = async |nth: usize| store.open_in_lane(store.node, ids[nth]).await.unwrap();
    let here = |nth: usize| bare(ids[nth], webhook(Some("A")));
    assert_eq!(open(0).await, [here(0)]);
    assert_eq!(open(2).await, [here(0), here(2)]);
    assert_eq!(open(4).await, [here(0), here(2), here(4)]);
    assert_eq!(open(3).await, [bare(ids[3], webhook(None))], "one without a lane is alone");
    let retried = DeliveryState::Pending { next_attempt_at: at(60) };
    let settled = DeliveryState::Delivered { at: at(2) };
    store.settle(vec![attempt(ids[2], 1, settled), attempt(ids[0], 1, retried), attempt(ids[3], 1, settled)]).await.unwrap();
    let first = Delivery { state: retried, attempts: 1, ..here(0) };
    assert_eq!(open(4).await, [first.clone(), here(4)]);
    assert_eq!(open(2).await, [first], "also when this one is settled by now");
    assert_eq!(open(3).await, []);
    assert_eq!(store.open_in_lane(store.node + 1, ids[4]).await.unwrap(), [], "somebody else's");
}

pub async fn puts_a_settled_webhook_back(store: &Home) {
    let id = queue(store, vec![webhook(Some("A"))]).await[0].id;
    let again = entry("A", 90, "put back");
    let reopen = async |id| store.reopen(id, store.node, at(90), again.clone()).await.unwrap();
    assert_eq!(reopen(DeliveryId(99)).await, Reopened::Unknown);
    assert_eq!(reopen(id).await, Reopened::Pending);
    assert_eq!(journal(store).await, []);
    for (attempts, state) in [(1, DeliveryState::Delivered { at: at(2) }), (2, DeliveryState::Dropped { at: at(3) })] {
        store.settle(vec![attempt(id, attempts, state)]).await.unwrap();
        let state = DeliveryState::Pending { next_attempt_at: at(90) };
        let expected = Delivery { state, attempts, ..delivery(id, webhook(Some("A"))) };
        assert_eq!(reopen(id).await, Reopened::Queued(Box::new(expected.clone())), "its attempts go on counting");
        assert_eq!(reopen(id).await, Reopened::Pending);
        assert_eq!(store.delivery(id).await.unwrap(), Some(expected));
        assert_eq!(journal(store).await.last(), Some(&again));
    }
    assert_eq!(journal(store).await.len(), 4);

    // It is in the queue of who put it back, and in its lane.
    store.settle(vec![attempt(id, 3, DeliveryState::Dropped { at: at(3) })]).await.unwrap();
    let node = store.succeed().await;
    assert!(matches!(store.reopen(id, node, at(90), again).await.unwrap(), Reopened::Queued(_)));
    assert_eq!(store.open_in_lane(node, id).await.unwrap().len(), 1);
    let next = store.make(Commit { node, webhooks: vec![webhook(Some("A"))], ..store.draft(vec![]) }).await.unwrap();
    assert_eq!((next[0].worker, next[0].after), (node, Some(id)));
}

pub async fn lists_deliveries_of_a_call_and_the_newest(store: &Home) {
    let webhooks = [webhook(Some("A")), webhook(Some("B")), webhook(None), webhook(Some("A"))];
    let queued = queue(store, webhooks.to_vec()).await;
    let nth = |nth: usize| delivery(queued[nth].id, webhooks[nth].clone());
    assert_eq!(store.deliveries_of(&call_id("A")).await.unwrap(), [nth(0), nth(3)]);
    assert_eq!(store.deliveries_of(&call_id("C")).await.unwrap(), []);
    assert_eq!(store.recent_deliveries(3).await.unwrap(), [nth(3), nth(2), nth(1)]);
    assert_eq!(store.recent_deliveries(0).await.unwrap(), []);
}

//! Several living processes on one store.

use callport_engine::ports::{Commit, NewDelivery, Queued};
use callport_engine::records::{DeliveryId, DeliveryState};
use callport_flow::NodeId;

use crate::Home;
use crate::records::*;

async fn queue(store: &Home, node: NodeId, webhook: NewDelivery) -> Queued {
    store.make(Commit { node, webhooks: vec![webhook], ..store.draft(vec![]) }).await.unwrap()[0]
}

async fn deliver(store: &Home, id: DeliveryId) {
    store.settle(vec![attempt(id, 1, DeliveryState::Delivered { at: at(2) })]).await.unwrap();
}

pub async fn a_lane_stays_with_whoever_works_it(store: &Home) {
    let (one, two) = (store.node, store.join().await.unwrap());
    let first = queue(store, one, webhook(Some("A"))).await;
    assert_eq!((first.worker, first.after), (one, None));
    let second = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((second.worker, second.after), (one, Some(first.id)));
    deliver(store, first.id).await;
    let third = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((third.worker, third.after), (one, Some(second.id)));
    deliver(store, third.id).await;
    let fourth = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((fourth.worker, fourth.after), (one, Some(second.id)), "what is settled is not waited for");
    deliver(store, second.id).await;
    deliver(store, fourth.id).await;
    let fifth = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((fifth.worker, fifth.after), (two, None), "nothing is open: the lane is anybody's");
}

pub async fn a_lane_is_one_subject_and_one_app(store: &Home) {
    let (one, two) = (store.node, store.join().await.unwrap());
    let of_message = |own: &str| NewDelivery { message: Some(message_id(own)), ..webhook(None) };
    for webhook in [webhook(Some("A")), of_message("A"), webhook(None)] {
        queue(store, one, webhook).await;
    }
    let others = [
        webhook(Some("B")),
        NewDelivery { app: app_id("1002"), ..webhook(Some("A")) },
        of_message("B"),
        NewDelivery { app: app_id("1002"), ..of_message("A") },
        webhook(None),
    ];
    for webhook in others {
        let queued = queue(store, two, webhook.clone()).await;
        assert_eq!((queued.worker, queued.after), (two, None), "{webhook:?}");
    }
    for webhook in [webhook(Some("A")), of_message("A"), NewDelivery { message: Some(message_id("C")), ..webhook(Some("A")) }] {
        let queued = queue(store, two, webhook.clone()).await;
        assert_eq!((queued.worker, queued.after.is_some()), (one, true), "{webhook:?}: a call's goes by the call");
    }
}

pub async fn a_lane_whose_worker_has_ended_goes_to_its_heir(store: &Home) {
    let (one, two) = (store.node, store.join().await.unwrap());
    let first = queue(store, one, webhook(Some("A"))).await;
    let seen = store.beat(two).await.unwrap();
    store.end_node(*seen.iter().find(|seen| seen.node == one).unwrap()).await.unwrap();
    let second = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((second.worker, second.after), (one, Some(first.id)), "nobody else may overtake what it left");
    let three = store.join().await.unwrap();
    let own = queue(store, two, webhook(Some("B"))).await;
    let adopted: Vec<_> = store.adopt(three).await.unwrap().deliveries.iter().map(|delivery| delivery.id).collect();
    assert_eq!(adopted, [first.id, second.id]);
    let third = queue(store, two, webhook(Some("A"))).await;
    assert_eq!((third.worker, third.after), (three, Some(second.id)));
    let kept = queue(store, three, webhook(Some("B"))).await;
    assert_eq!((kept.worker, kept.after), (two, Some(own.id)), "what the living work is not adopted");
}

pub async fn only_its_worker_sees_what_is_open_in_a_lane(store: &Home) {
    let (one, two) = (store.node, store.join().await.unwrap());
    let first = queue(store, one, webhook(Some("A"))).await.id;
    let second = queue(store, two, webhook(Some("A"))).await.id;
    let open = async |node| {
        let open = store.open_in_lane(node, second).await.unwrap();
        open.iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!((open(one).await, open(two).await), (vec![first, second], vec![]));
    let heir = store.succeed().await;
    assert_eq!(open(heir).await, []);
    store.adopt(heir).await.unwrap();
    assert_eq!((open(one).await, open(heir).await), (vec![], vec![first, second]));
}

//! Calls, timelines, deliveries, attempts.

use callport_core::call::{EndReason, Talk};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::scope::Field;
use callport_core::time::WallTime;
use callport_engine::ports::{CallPage, Change, Store};
use callport_engine::records::{CallRecord, Delivery, DeliveryId, DeliveryState, Stage, TimelineEntry, TimelineKind};

use crate::put;
use crate::records::*;

fn put_call(call: &CallRecord) -> Change {
    Change::PutCall(Box::new(call.clone()))
}

fn put_delivery(delivery: &Delivery) -> Change {
    Change::PutDelivery(Box::new(delivery.clone()))
}

pub async fn keeps_every_stage_of_a_call(store: &dyn Store) {
    let mut kept = call("A");
    assert_eq!(store.call(&kept.id).await.unwrap(), None);
    let talk = Talk { since: at(5), until: at(70) };
    let mut stages = vec![Stage::Calling, Stage::Ringing, Stage::Active(at(5)), ended(EndReason::UserHungUp, Some(talk))];
    stages.extend(EndReason::ALL.map(|reason| ended(reason, None)));
    for stage in stages {
        kept.stage = stage;
        put(store, vec![put_call(&kept)]).await;
        assert_eq!(store.call(&kept.id).await.unwrap().as_ref(), Some(&kept));
    }
    for device in DeviceKind::ALL.map(Some).into_iter().chain([None]) {
        kept.device = device;
        put(store, vec![put_call(&kept)]).await;
        assert_eq!(store.call(&kept.id).await.unwrap().as_ref(), Some(&kept));
    }
    let full = CallRecord {
        direction: Direction::BusinessInitiated,
        cta_payload: Some("tapped".into()),
        deeplink_payload: None,
        opaque: Some("ticket \"7\"\n".into()),
        codecs: vec![],
        media: Some(media()),
        ..kept
    };
    put(store, vec![put_call(&full)]).await;
    assert_eq!(store.call(&full.id).await.unwrap(), Some(full));
}

pub async fn lists_live_calls_oldest_first(store: &dyn Store) {
    let live = |own: &str, seconds, stage| CallRecord { placed_at: at(seconds), stage, ..call(own) };
    let (a, b, c) = (live("A", 3, Stage::Calling), live("B", 1, Stage::Ringing), live("C", 2, Stage::Active(at(9))));
    let over = live("D", 0, ended(EndReason::Rejected, None));
    put(store, [&a, &b, &c, &over].map(put_call).into()).await;
    assert_eq!(store.live_calls().await.unwrap(), [b, c.clone(), a.clone()]);
    put(store, vec![put_call(&live("B", 1, ended(EndReason::NotAnswered, None)))]).await;
    assert_eq!(store.live_calls().await.unwrap(), [c, a]);
}

pub async fn pages_calls_in_the_order_of_their_placing(store: &dyn Store) {
    let placed = |own: &str, seconds, number: &str, user: &str| CallRecord {
        placed_at: at(seconds),
        number: pnid(number),
        user: user_id(user),
        ..call(own)
    };
    // The calendar was moved back before D was placed, and E and C share a moment.
    let all = [
        placed("A", 1, "4001", "9001"),
        placed("B", 2, "4001", "9002"),
        placed("E", 3, "4002", "9001"),
        placed("C", 3, "4001", "9001"),
        placed("D", 0, "4001", "9001"),
    ];
    put(store, all.iter().map(put_call).collect()).await;
    put(store, vec![put_call(&CallRecord { stage: ended(EndReason::UserHungUp, None), ..all[0].clone() })]).await;
    let ten = CallPage { limit: 10, ..CallPage::default() };
    let (number, user, before) = (Some(pnid("4001")), Some(user_id("9001")), |own: &str| Some(call(own).id));
    let cases = [
        ("everything", ten.clone(), "DCEBA"),
        ("the newest two", CallPage { limit: 2, ..ten.clone() }, "DC"),
        ("none", CallPage { limit: 0, ..ten.clone() }, ""),
        ("a number's", CallPage { number: number.clone(), ..ten.clone() }, "DCBA"),
        ("a user's", CallPage { user: user.clone(), ..ten.clone() }, "DCEA"),
        ("a pair's", CallPage { number: number.clone(), user: user.clone(), ..ten.clone() }, "DCA"),
        ("before a call", CallPage { before: before("E"), ..ten.clone() }, "BA"),
        ("a number's before", CallPage { number: number.clone(), before: before("D"), limit: 2, ..ten.clone() }, "CB"),
        ("a user's before", CallPage { user: user.clone(), before: before("C"), ..ten.clone() }, "EA"),
        ("a pair's before", CallPage { number, user, before: before("C"), ..ten.clone() }, "A"),
        ("before a call of others", CallPage { user: Some(user_id("9002")), before: before("C"), ..ten.clone() }, "B"),
        ("before the first", CallPage { before: before("A"), ..ten.clone() }, ""),
        ("before a call that is not on record", CallPage { before: before("X"), ..ten.clone() }, ""),
        ("a stranger's", CallPage { user: Some(user_id("7")), ..ten }, ""),
    ];
    for (what, page, expected) in cases {
        let found = store.calls(page).await.unwrap();
        let own: String = found.iter().map(|call| call.id.as_str().trim_start_matches("wacid.")).collect();
        assert_eq!(own, expected, "{what}");
    }
}

pub async fn tells_when_a_number_placed_its_calls(store: &dyn Store) {
    let placed =
        |own: &str, direction, number: &str, seconds| CallRecord { direction, number: pnid(number), placed_at: at(seconds), ..call(own) };
    let (business, user) = (Direction::BusinessInitiated, Direction::UserInitiated);
    let all = [
        placed("A", business, "4001", 30),
        placed("B", business, "4001", 10),
        placed("C", user, "4001", 20),
        placed("D", business, "4002", 20),
        placed("E", business, "4001", 20),
        CallRecord { stage: ended(EndReason::NotAnswered, None), user: user_id("9002"), ..placed("F", business, "4001", 20) },
    ];
    put(store, all.iter().map(put_call).collect()).await;
    let since = async |millis| {
        let since = WallTime::from_unix_millis(at(20).unix_millis() + millis);
        store.business_calls_since(&pnid("4001"), since).await.unwrap()
    };
    assert_eq!(since(-60_000).await, [at(10), at(20), at(20), at(30)], "live or over, whoever was called");
    assert_eq!(since(0).await, [at(20), at(20), at(30)], "that very moment counts");
    assert_eq!(since(1).await, [at(30)]);
    assert_eq!(since(10_001).await, []);
    assert_eq!(store.business_calls_since(&pnid("4003"), at(0)).await.unwrap(), []);
}

pub async fn keeps_timelines_in_the_order_of_writing(store: &dyn Store) {
    assert_eq!(store.timeline(&call_id("A")).await.unwrap(), []);
    let of = |kind: TimelineKind, seconds| TimelineEntry { kind, ..line("A", seconds, kind.name()) };
    // Moments that fall back and repeat do not matter: what was written first comes first.
    let lines: Vec<TimelineEntry> = TimelineKind::ALL.into_iter().zip([5, 3, 3, 9, 1]).map(|(kind, seconds)| of(kind, seconds)).collect();
    for (index, entry) in lines.iter().enumerate() {
        put(store, vec![Change::AddTimeline(entry.clone()), Change::AddTimeline(line("B", 0, &index.to_string()))]).await;
    }
    put(store, vec![Change::AddTimeline(lines[0].clone()), Change::AddTimeline(lines[0].clone())]).await;
    let again = [lines.clone(), vec![lines[0].clone(), lines[0].clone()]].concat();
    assert_eq!(store.timeline(&call_id("A")).await.unwrap(), again);
    let other = store.timeline(&call_id("B")).await.unwrap();
    assert_eq!(other.iter().map(|entry| entry.text.as_str()).collect::<String>(), "01234");
}

pub async fn keeps_every_state_of_a_delivery(store: &dyn Store) {
    assert_eq!(store.last_delivery().await.unwrap(), DeliveryId(0));
    let mut kept = delivery(7, Some("A"));
    assert_eq!(store.delivery(kept.id).await.unwrap(), None);
    for beyond in [i64::MAX as u64 + 1, u64::MAX] {
        assert_eq!(store.delivery(DeliveryId(beyond)).await.unwrap(), None, "no row can have this id");
        assert_eq!(store.attempts(DeliveryId(beyond)).await.unwrap(), []);
    }
    for state in
        [DeliveryState::Pending { next_attempt_at: at(9) }, DeliveryState::Delivered { at: at(9) }, DeliveryState::Dropped { at: at(9) }]
    {
        for field in Field::ALL {
            (kept.state, kept.field, kept.attempts) = (state, field, kept.attempts + 1);
            put(store, vec![put_delivery(&kept)]).await;
            assert_eq!(store.delivery(kept.id).await.unwrap().as_ref(), Some(&kept));
        }
    }
    let for_message = Delivery { message: Some(message_id("A")), ..kept.clone() };
    put(store, vec![put_delivery(&for_message)]).await;
    assert_eq!(store.delivery(kept.id).await.unwrap(), Some(for_message));
    let bare = Delivery { number: None, call: None, event: String::new(), body: vec![0, 0xff, b'\''], ..delivery(7, None) };
    put(store, vec![put_delivery(&bare)]).await;
    assert_eq!(store.delivery(kept.id).await.unwrap(), Some(bare));
    assert_eq!(store.last_delivery().await.unwrap(), DeliveryId(7));
}

pub async fn settles_deliveries(store: &dyn Store) {
    put(store, vec![put_delivery(&delivery(1, Some("A"))), put_delivery(&delivery(2, Some("A")))]).await;
    for (attempts, state) in [
        (1, DeliveryState::Pending { next_attempt_at: at(60) }),
        (2, DeliveryState::Dropped { at: at(61) }),
        (3, DeliveryState::Delivered { at: at(62) }),
    ] {
        put(store, vec![Change::SettleDelivery(DeliveryId(1), state, attempts)]).await;
        assert_eq!(store.delivery(DeliveryId(1)).await.unwrap(), Some(Delivery { state, attempts, ..delivery(1, Some("A")) }));
    }
    assert_eq!(store.delivery(DeliveryId(2)).await.unwrap(), Some(delivery(2, Some("A"))), "another one is left alone");
    put(store, vec![Change::SettleDelivery(DeliveryId(9), DeliveryState::Dropped { at: at(1) }, 1)]).await;
    assert_eq!(store.delivery(DeliveryId(9)).await.unwrap(), None, "nothing is made of one that is not there");
}

pub async fn lists_pending_deliveries_in_order_and_without_bodies(store: &dyn Store) {
    let later = Delivery {
        state: DeliveryState::Pending { next_attempt_at: at(-100) },
        attempts: 4,
        message: Some(message_id("A")),
        ..delivery(30, None)
    };
    let over = Delivery { state: DeliveryState::Delivered { at: at(2) }, ..delivery(20, Some("A")) };
    put(store, [&later, &over, &delivery(3, Some("A")), &delivery(100, Some("B"))].map(put_delivery).into()).await;
    let without_body = |delivery: Delivery| Delivery { body: vec![], ..delivery };
    let expected = [delivery(3, Some("A")), later, delivery(100, Some("B"))].map(without_body);
    assert_eq!(store.pending_deliveries().await.unwrap(), expected);
    put(store, vec![Change::SettleDelivery(DeliveryId(3), DeliveryState::Dropped { at: at(3) }, 1)]).await;
    assert_eq!(store.pending_deliveries().await.unwrap(), expected[1..]);
}

pub async fn lists_deliveries_of_a_call_and_the_newest(store: &dyn Store) {
    let all = [delivery(11, Some("A")), delivery(2, Some("A")), delivery(5, Some("B")), delivery(8, None)];
    put(store, all.iter().map(put_delivery).collect()).await;
    assert_eq!(store.deliveries_of(&call_id("A")).await.unwrap(), [delivery(2, Some("A")), delivery(11, Some("A"))]);
    assert_eq!(store.deliveries_of(&call_id("C")).await.unwrap(), []);
    assert_eq!(store.recent_deliveries(3).await.unwrap(), [delivery(11, Some("A")), delivery(8, None), delivery(5, Some("B"))]);
    assert_eq!(store.recent_deliveries(0).await.unwrap(), []);
    assert_eq!(store.last_delivery().await.unwrap(), DeliveryId(11));
}

pub async fn keeps_attempts_in_the_order_of_writing(store: &dyn Store) {
    assert_eq!(store.attempts(DeliveryId(1)).await.unwrap(), []);
    let mut last = attempt(1, 3);
    (last.status, last.error) = (None, None);
    put(store, vec![put_delivery(&delivery(1, None)), Change::AddAttempt(attempt(1, 1)), Change::AddAttempt(attempt(2, 1))]).await;
    put(store, vec![Change::AddAttempt(attempt(1, 2))]).await;
    put(store, vec![Change::AddAttempt(attempt(1, 2)), Change::AddAttempt(last.clone())]).await;
    assert_eq!(store.attempts(DeliveryId(1)).await.unwrap(), [attempt(1, 1), attempt(1, 2), attempt(1, 2), last]);
    assert_eq!(store.attempts(DeliveryId(2)).await.unwrap(), [attempt(2, 1)]);
}

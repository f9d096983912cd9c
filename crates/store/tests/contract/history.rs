//! Calls: what is kept of them, how they are listed, and what the media plane says last.

use callport_core::call::{EndReason, Ending, Talk};
use callport_core::call_id::Direction;
use callport_core::gate::DeviceKind;
use callport_core::quality::PickUps;
use callport_engine::ports::{CallPage, Settlement};
use callport_engine::records::{CallLine, CallRecord, Stage};
use callport_flow::{CallRow, Key, PickUpAsk, Query, Row, Write};

use crate::records::*;
use crate::{Home, put};

fn put_call(call: &CallRecord) -> Write {
    call.clone().put()
}

pub async fn keeps_every_stage_of_a_call(store: &Home) {
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
        line: CallLine::Webhooks,
        keys: callport_core::key_exchange::KeyExchange::Dtls,
        codecs: vec![],
        media: Some(media()),
        ..kept
    };
    put(store, vec![put_call(&full)]).await;
    assert_eq!(store.call(&full.id).await.unwrap(), Some(full));
}

pub async fn lists_live_calls_oldest_first(store: &Home) {
    let live = |own: &str, seconds, stage| CallRecord { placed_at: at(seconds), stage, ..call(own) };
    let (a, b, c) = (live("A", 3, Stage::Calling), live("B", 1, Stage::Ringing), live("C", 2, Stage::Active(at(9))));
    let over = live("D", 0, ended(EndReason::Rejected, None));
    put(store, [&a, &b, &c, &over].map(put_call).into()).await;
    assert_eq!(store.live_calls().await.unwrap(), [b, c.clone(), a.clone()]);
    put(store, vec![put_call(&live("B", 1, ended(EndReason::NotAnswered, None)))]).await;
    assert_eq!(store.live_calls().await.unwrap(), [c, a]);
}

pub async fn counts_the_calls_of_users_that_a_number_picked_up(store: &Home) {
    let talk = Some(Talk { since: at(20), until: at(29) });
    let over = |own: &str, direction, seconds, talk| {
        let stage = Stage::Ended(Ending { at: at(seconds), reason: EndReason::UserHungUp, talk });
        CallRecord { direction, stage, ..call(own) }
    };
    let (of_user, of_business) = (Direction::UserInitiated, Direction::BusinessInitiated);
    let all = [
        over("A", of_user, 30, talk),
        over("B", of_user, 40, None),
        over("C", of_business, 50, None),
        CallRecord { number: pnid("4002"), ..over("D", of_user, 50, None) },
        CallRecord { stage: Stage::Calling, direction: of_user, ..call("E") },
        over("F", of_user, 60, talk),
    ];
    put(store, all.iter().map(put_call).collect()).await;
    for (since, among, ended, picked_up) in [(0, 100, 3, 2), (30, 100, 3, 2), (31, 100, 2, 1), (61, 100, 0, 0), (0, 4, 2, 1), (0, 0, 0, 0)]
    {
        let ask = PickUpAsk { number: pnid("4001"), since: at(since), among };
        assert_eq!(store.pick_ups(&ask).await.unwrap(), PickUps { ended, picked_up }, "since {since} among {among}");
    }
}

pub async fn pages_calls_in_the_order_of_their_placing(store: &Home) {
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
    let of_pair = |number: &str, user: &str, most| Query::CallsOfPair(pnid(number), user_id(user), most);
    for (query, expected) in [(of_pair("4001", "9001", 10), "DCA"), (of_pair("4001", "9001", 1), "D"), (of_pair("4002", "9002", 10), "")] {
        let found = store.rows(&query).await.unwrap();
        let own = found.iter().map(|(version, row)| match &**row {
            Row::Call(call) if *version > 0 => call.record.id.as_str().trim_start_matches("wacid."),
            row => panic!("{row:?} at {version}"),
        });
        assert_eq!(own.collect::<String>(), expected, "{query:?}");
    }
}

/// The owner alone has the machine; whoever reads a call sees who that is, and a machine that can only end it.
pub async fn a_call_is_read_as_on_record(store: &Home) {
    for (stage, holds_user) in
        [(Stage::Calling, true), (Stage::Active(at(5)), true), (ended(EndReason::UserHungUp, None), false), (Stage::Ringing, false)]
    {
        let row = CallRow::on_record(CallRecord { stage, ..call("A") }, 7, holds_user);
        put(store, vec![CallRow { joined: true, ..row.clone() }.put()]).await;
        let found = store.row(&Key::Call(call_id("A"))).await.unwrap();
        assert_eq!(found.row.as_deref(), Some(&Row::Call(row)));
    }
}

pub async fn a_report_stays_with_its_call(store: &Home) {
    let report = |own: &str| Settlement::Report { call: call_id(own), report: Box::new(media()) };
    put(store, vec![put_call(&call("A"))]).await;
    let version = store.row(&Key::Call(call_id("A"))).await.unwrap().version;
    for _ in 0..2 {
        store.settle(vec![report("A"), report("nobody's")]).await.unwrap();
        assert_eq!(store.call(&call_id("A")).await.unwrap(), Some(CallRecord { media: Some(media()), ..call("A") }));
    }
    assert_eq!(store.row(&Key::Call(call_id("A"))).await.unwrap().version, version, "whoever carries the call on need not know");
    assert_eq!(store.call(&call_id("nobody's")).await.unwrap(), None);

    let over = CallRecord { stage: ended(EndReason::UserHungUp, None), ..call("A") };
    put(store, vec![put_call(&over)]).await;
    assert_eq!(
        store.call(&over.id).await.unwrap(),
        Some(CallRecord { media: Some(media()), ..over }),
        "also when the call is written later"
    );
}

//! Counts that many share: shown by one question, held by guards.

use callport_core::call::EndReason;
use callport_core::call_id::Direction;
use callport_core::time::WallTime;
use callport_engine::ports::{Commit, CommitFault};
use callport_engine::records::CallRecord;
use callport_flow::{Busy, BusyAsk, CallRow, Guard, Key, Query};

use crate::records::*;
use crate::{Home, put, refused};

/// Whether a commit with this guard alone is made.
async fn holds(store: &Home, guard: Guard) -> bool {
    match store.make(Commit { guards: vec![guard], ..store.draft(vec![]) }).await {
        Ok(_) => true,
        Err(CommitFault::Conflict) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn holding(own: &str, user: &str) -> CallRow {
    CallRow::on_record(CallRecord { user: user_id(user), ..call(own) }, OWNER, true)
}

fn over(call: &CallRow) -> CallRow {
    CallRow::on_record(CallRecord { stage: ended(EndReason::UserHungUp, None), ..call.record.clone() }, call.owner, call.holds_user)
}

pub async fn a_user_is_held_by_one_live_call(store: &Home) {
    let free = async |user: &str| holds(store, Guard::UserFree(user_id(user))).await;
    assert!(free("9001").await);
    let (first, second) = (holding("A", "9001"), holding("B", "9001"));
    put(store, vec![first.clone().put(), CallRecord { user: user_id("9002"), ..call("C") }.put()]).await;
    assert!(!free("9001").await);
    assert!(free("9002").await, "a call that does not hold its user");
    refused(store, vec![second.clone().put()]).await;

    put(store, vec![first.clone().put()]).await;
    assert!(!free("9001").await, "the same call again");
    put(store, vec![over(&first).put(), second.clone().put()]).await;
    assert!(!free("9001").await, "one ends and another begins in one commit");
    put(store, vec![CallRow { holds_user: false, ..second.clone() }.put()]).await;
    assert!(free("9001").await);
    put(store, vec![over(&second).put(), over(&holding("D", "9001")).put()]).await;
    assert!(free("9001").await, "a call that was over when it was written");
}

pub async fn a_number_has_so_many_live_calls(store: &Home) {
    let fewer = async |most| holds(store, Guard::Concurrent { number: pnid("4001"), most }).await;
    assert!(!fewer(0).await);
    assert!(fewer(1).await);
    let elsewhere = CallRecord { number: pnid("4002"), ..call("X") };
    let business = CallRecord { direction: Direction::BusinessInitiated, ..call("B") };
    put(store, vec![holding("A", "9001").put(), business.clone().put(), elsewhere.put()]).await;
    assert!(!fewer(2).await, "both directions, whoever is held");
    assert!(fewer(3).await);
    put(store, vec![business.put()]).await;
    assert!(fewer(3).await, "the same call again");
    put(store, vec![over(&holding("A", "9001")).put(), over(&holding("C", "9001")).put()]).await;
    assert!(fewer(2).await);
    assert!(!fewer(1).await);
}

/// Starts after this count: those of that second do.
fn just_before(seconds: i64) -> WallTime {
    WallTime::from_unix_millis(at(seconds).unix_millis() - 1)
}

fn start(own: &str, seconds: i64) -> CallRecord {
    CallRecord { direction: Direction::BusinessInitiated, placed_at: at(seconds), ..call(own) }
}

pub async fn a_number_starts_so_many_calls(store: &Home) {
    let fewer = async |millis, most| {
        let since = WallTime::from_unix_millis(at(20).unix_millis() + millis - 1);
        holds(store, Guard::Starts { number: pnid("4001"), since, most }).await
    };
    assert!(fewer(0, 1).await);
    assert!(!fewer(0, 0).await);
    let all = [
        start("A", 10),
        start("B", 20),
        CallRecord { stage: ended(EndReason::NotAnswered, None), user: user_id("9002"), ..start("C", 20) },
        start("D", 30),
        CallRecord { direction: Direction::UserInitiated, ..start("E", 20) },
        CallRecord { number: pnid("4002"), ..start("F", 20) },
    ];
    put(store, all.iter().cloned().map(Record::put).collect()).await;
    put(store, vec![all[0].clone().put()]).await;
    for (millis, count, what) in [
        (-60_000, 4, "live or over, whoever was called; each once"),
        (0, 3, "a millisecond before it: it counts"),
        (1, 1, "that very moment: it does not count any more"),
        (10_001, 0, "none is later"),
    ] {
        assert!(!fewer(millis, count).await, "{what}");
        assert!(fewer(millis, count + 1).await, "{what}");
    }
}

/// The starts of a window are what counts, not the last ones that were written.
pub async fn starts_are_counted_by_the_calendar_when_it_was_moved_back(store: &Home) {
    let fewer = async |since, most| holds(store, Guard::Starts { number: pnid("4001"), since: just_before(since), most }).await;
    for (own, seconds) in [("A", 1_000), ("B", 10), ("C", 1_000), ("D", 20)] {
        put(store, vec![start(own, seconds).put()]).await;
    }
    for (since, count) in [(10, 4), (11, 3), (20, 3), (21, 2), (1_000, 2), (1_001, 0)] {
        assert!(!fewer(since, count).await, "since {since}");
        assert!(fewer(since, count + 1).await, "since {since}");
    }
}

pub async fn tells_how_busy_parties_are(store: &Home) {
    let ask = |number: Option<&str>, user: &str, since, most| BusyAsk {
        number: number.map(pnid),
        user: user_id(user),
        since: just_before(since),
        most,
    };
    let free = Busy { user: None, concurrent: 0, started_too_many: false };
    assert_eq!(store.busy(&ask(Some("4001"), "9001", 0, 1)).await.unwrap(), free);
    put(store, vec![holding("A", "9001").put(), start("B", 20).put(), start("C", 30).put()]).await;
    let held = Some((call_id("A"), pnid("4001")));
    for (asked, expected) in [
        (ask(Some("4001"), "9001", 20, 2), Busy { user: held.clone(), concurrent: 3, started_too_many: true }),
        (ask(Some("4001"), "9001", 20, 3), Busy { user: held.clone(), concurrent: 3, started_too_many: false }),
        (ask(Some("4001"), "9002", 21, 2), Busy { user: None, concurrent: 3, started_too_many: false }),
        (ask(Some("4002"), "9001", 20, 2), Busy { user: held.clone(), concurrent: 0, started_too_many: false }),
        (ask(None, "9001", 20, 0), Busy { user: held, concurrent: 0, started_too_many: false }),
        (ask(None, "9002", 20, 2), free.clone()),
    ] {
        assert_eq!(store.busy(&asked).await.unwrap(), expected, "{asked:?}");
    }
}

pub async fn a_query_finds_as_many_rows_as_it_found(store: &Home) {
    put(store, acme()).await;
    let numbers = |most| Query::NumbersIn(waba_id("2001"), most);
    let found = async |query: Query, count| holds(store, Guard::Only { query, count }).await;
    assert!(found(numbers(9), 1).await && !found(numbers(9), 0).await && !found(numbers(9), 2).await);
    put(store, vec![number("4002", "2001", "6281255508888").put()]).await;
    assert!(found(numbers(9), 2).await && !found(numbers(9), 1).await);
    assert!(found(numbers(1), 1).await, "as many as are asked for");
    // One that comes in the same group of commits counts, and one that goes does not.
    let gone = Commit { guards: vec![Guard::Only { query: numbers(9), count: 2 }], ..store.draft(vec![remove(Key::Number(pnid("4002")))]) };
    store.make(gone.clone()).await.unwrap();
    store.make(gone).await.unwrap(); // known, and judged no more
    assert!(found(numbers(9), 1).await);
    let sessions = || Query::Sessions(user_id("9001"));
    assert!(found(sessions(), 0).await);
    put(store, vec![session("cookie", "9001").put()]).await;
    assert!(found(sessions(), 1).await && !found(sessions(), 0).await);
}

pub async fn a_guard_that_fails_writes_nothing(store: &Home) {
    put(store, vec![start("A", 20).put(), holding("B", "9001").put()]).await;
    let placing = || {
        let guards = vec![
            Guard::Concurrent { number: pnid("4001"), most: 3 },
            Guard::Starts { number: pnid("4001"), since: just_before(20), most: 2 },
        ];
        Commit { guards, entries: vec![entry("C", 1, "one")], ..store.draft(vec![start("C", 30).put()]) }
    };
    for failing in [
        Guard::UserFree(user_id("9001")),
        Guard::Concurrent { number: pnid("4001"), most: 2 },
        Guard::Starts { number: pnid("4001"), since: just_before(20), most: 1 },
    ] {
        let mut commit = placing();
        commit.guards.push(failing.clone());
        let fault = store.make(commit).await.unwrap_err();
        assert!(matches!(fault, CommitFault::Conflict), "{failing:?}: {fault:?}");
        assert_eq!(store.row(&Key::Call(call_id("C"))).await.unwrap().version, 0);
        assert_eq!(store.last_entry().await.unwrap(), 0);
    }
    // The last place and the last start are taken; the same commit again does not ask for one more.
    let commit = placing();
    store.make(commit.clone()).await.unwrap();
    store.make(commit).await.unwrap();
    let fault = store.make(Commit { writes: vec![start("D", 30).put()], ..placing() }).await.unwrap_err();
    assert!(matches!(fault, CommitFault::Conflict), "{fault:?}");
}

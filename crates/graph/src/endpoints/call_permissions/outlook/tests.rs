//! Every state of number, user and pair, and what it allows.

use super::*;
use callport_core::country::Country;
use callport_core::pair::Decision;
use callport_wire::permissions::{Limit, PermissionStatus};
use std::time::Duration;

const NOW: WallTime = WallTime::from_unix_seconds(1_794_995_200);
const LIMITS: PairLimits = PairLimits::PRODUCTION;

fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::parse(digits).unwrap()
}

fn ago(seconds: i64) -> WallTime {
    WallTime::from_unix_seconds(NOW.unix_seconds() - seconds)
}

fn decided(decision: Decision) -> Pair {
    Pair::default().decide(NOW, decision, &LIMITS).0
}

/// Status, whether permission may be requested, whether a call may be placed.
fn verdict(reply: &PermissionsReply) -> (PermissionStatus, bool, bool) {
    (reply.permission.status, reply.actions[0].can_perform_action, reply.actions[1].can_perform_action)
}

#[test]
fn the_decision_table() {
    use PermissionStatus::{NoPermission, Permanent, Temporary};
    let (business, american) = (number("6281255509999"), number("12125550123"));
    let (user, others) = (number("5511955501234"), [number("6281200000001")]);
    let blocked = [Country::parse("US").unwrap()];
    let fine = Sender { number: &business, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &blocked };
    let paused = Sender { paused_until: Some(NOW + Duration::from_secs(1)), ..fine };
    let pause_over = Sender { paused_until: Some(NOW), ..fine };
    let abroad = Sender { number: &american, ..fine };
    let unlisted = Sender { allowed_recipients: Some(&others), ..fine };
    let off = Sender { enabled: false, ..fine };

    let (nothing, temporary, permanent) = (Pair::default(), decided(Decision::AllowTemporarily), decided(Decision::Allow));
    let over = Pair { decided: Permission::Temporary { until: NOW }, ..Pair::default() };
    let asked_today = Pair::default().request(ago(86_399));
    let asked_yesterday = Pair::default().request(ago(86_400));
    let asked_twice = asked_yesterday.clone().request(ago(86_401));
    let asked_and_granted = Pair { requests: asked_today.requests.clone(), ..temporary.clone() };
    let talked = Pair { connected: vec![NOW; 99], ..permanent.clone() };
    let talked_enough = Pair { connected: vec![NOW; 100], ..permanent.clone() };
    let talked_temporarily = Pair { connected: vec![NOW; 100], ..temporary.clone() };

    for (name, sender, pair, callable, expected) in [
        ("nothing happened", fine, Some(&nothing), true, (NoPermission, true, false)),
        ("nobody has that number", fine, None, true, (NoPermission, true, false)),
        ("temporary", fine, Some(&temporary), true, (Temporary, true, true)),
        ("temporary, over now", fine, Some(&over), true, (NoPermission, true, false)),
        ("permanent", fine, Some(&permanent), true, (Permanent, false, true)),
        ("asked within 24 h", fine, Some(&asked_today), true, (NoPermission, false, false)),
        ("asked exactly 24 h ago", fine, Some(&asked_yesterday), true, (NoPermission, true, false)),
        ("asked twice in 7 days", fine, Some(&asked_twice), true, (NoPermission, false, false)),
        ("asked within 24 h, and granted", fine, Some(&asked_and_granted), true, (Temporary, false, true)),
        ("99 calls", fine, Some(&talked), true, (Permanent, false, true)),
        ("100 calls", fine, Some(&talked_enough), true, (Permanent, false, false)),
        ("100 calls, temporary", fine, Some(&talked_temporarily), true, (Temporary, true, false)),
        ("old app", fine, Some(&temporary), false, (NoPermission, true, false)),
        ("old app, permanent", fine, Some(&permanent), false, (NoPermission, false, false)),
        ("paused", paused, Some(&temporary), true, (Temporary, false, false)),
        ("paused until now", pause_over, Some(&temporary), true, (Temporary, true, true)),
        ("country without calls of businesses", abroad, Some(&temporary), true, (Temporary, false, false)),
        ("test number, user not listed", unlisted, Some(&temporary), true, (Temporary, false, false)),
        ("calling off", off, Some(&temporary), true, (Temporary, false, false)),
    ] {
        let subject = Subject { number: Some(&user), known: pair.map(|pair| Known { pair, callable }) };
        assert_eq!(verdict(&outlook(NOW, &sender, subject, &LIMITS)), expected, "{name}");
    }
    let nobodys_id = Subject { number: None, known: None };
    assert_eq!(verdict(&outlook(NOW, &fine, nobodys_id, &LIMITS)), (NoPermission, true, false));
    assert_eq!(verdict(&outlook(NOW, &unlisted, nobodys_id, &LIMITS)), (NoPermission, false, false));
}

/// What is said in advance is what happens: no state allows an action and then refuses it, or the other way round.
#[test]
fn limits_are_shown_as_they_are_used() {
    let (business, user) = (number("6281255509999"), number("5511955501234"));
    let fine = Sender { number: &business, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &[] };
    for (limits, day, week) in [(PairLimits::PRODUCTION, 1, 2), (PairLimits::SANDBOX, 25, 100)] {
        for used in 0..=week + 1 {
            let pair = (0..used).fold(Pair::default(), |pair, _| pair.request(NOW));
            let subject = Subject { number: Some(&user), known: Some(Known { pair: &pair, callable: true }) };
            let reply = outlook(NOW, &fine, subject, &limits);
            let shown = |limit: &Limit| (limit.max_allowed, limit.current_usage, limit.limit_expiration_time);
            let frees = |allowed, period| (used >= allowed).then_some(NOW.unix_seconds() + period);
            assert_eq!(shown(&reply.actions[0].limits[0]), (day, used, frees(day, 86_400)));
            assert_eq!(shown(&reply.actions[0].limits[1]), (week, used, frees(week, 604_800)));
            assert_eq!(reply.actions[0].can_perform_action, used < day);
        }
    }
}

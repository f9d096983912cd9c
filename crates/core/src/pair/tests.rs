use super::*;

const LIMITS: PairLimits = PairLimits::PRODUCTION;

fn at(seconds: u64) -> WallTime {
    WallTime::from_unix_seconds(1_794_995_200) + std::time::Duration::from_secs(seconds)
}

fn card(seconds: u64, pair: Pair) -> (Pair, MessageId) {
    let message = MessageId::parse(&format!("wamid.{seconds}")).unwrap();
    (pair.request(at(seconds)).card_delivered(at(seconds), message.clone()), message)
}

#[test]
fn a_temporary_permission_ends_silently_after_168_hours() {
    let (pair, reply) = Pair::default().decide(at(0), Decision::AllowTemporarily, &LIMITS);
    let until = WallTime::from_unix_seconds(1_795_600_000);
    assert_eq!(reply, Some(PermissionReply { permission: Permission::Temporary { until }, source: ReplySource::UserAction }));
    assert_eq!(pair.permission(WallTime::from_unix_seconds(1_795_599_999)), Permission::Temporary { until });
    assert_eq!(pair.permission(until), Permission::None);
}

#[test]
fn a_second_request_waits_for_24_hours() {
    let pair = Pair::default().request(at(0));
    assert_eq!(pair.may_request(at(86_399), &LIMITS), Err(RequestRefusal::Limit { next_at: at(86_400) }));
    assert_eq!(pair.may_request(at(86_400), &LIMITS), Ok(()));
}

#[test]
fn an_answer_can_be_changed_on_the_card_until_it_is_over() {
    let (pair, message) = card(0, Pair::default());
    let (pair, declined) = pair.answer_card(at(10), &message, Decision::Deny, &LIMITS).unwrap();
    assert_eq!(
        declined,
        Some(PermissionReply { permission: Permission::None, source: ReplySource::UserAction }),
        "a decline is told though nothing changes"
    );
    let (pair, again) = pair.answer_card(at(20), &message, Decision::Deny, &LIMITS).unwrap();
    assert_eq!(again, None);
    let (pair, allowed) = pair.answer_card(at(6 * 86_400), &message, Decision::Allow, &LIMITS).unwrap();
    assert!(allowed.is_some());
    assert_eq!(pair.permission(at(99 * 86_400)), Permission::Permanent);
    assert_eq!(pair.answer_card(at(13 * 86_400), &message, Decision::Deny, &LIMITS), Err(CardOver));
}

#[test]
fn a_newer_card_ends_the_older_one() {
    let (pair, old) = card(0, Pair::default());
    let (pair, new) = card(86_400, pair);
    assert!(pair.answerable(at(86_401), &old).is_none());
    assert!(pair.answerable(at(86_401), &new).is_some());
}

#[test]
fn unanswered_calls_nudge_and_then_revoke() {
    let (mut pair, _) = Pair::default().decide(at(0), Decision::Allow, &LIMITS);
    let mut consequences = Vec::new();
    for call in 1..=4 {
        let (next, consequence) = pair.call_unanswered(at(call), &LIMITS);
        pair = next;
        consequences.push(consequence);
    }
    let revoked = Consequence::Revoked(PermissionReply { permission: Permission::None, source: ReplySource::Automatic });
    assert_eq!(consequences, [None, Some(Consequence::Nudge), None, Some(revoked)]);
    assert_eq!(pair.may_call(at(5), &LIMITS), Err(PairRefusal::NoPermission));
}

#[test]
fn a_callback_grants_unless_the_permission_is_permanent() {
    let (pair, granted) = Pair::default().call_back(at(0), &LIMITS);
    assert_eq!(granted.map(|reply| reply.source), Some(ReplySource::Automatic));
    let (pair, extended) = pair.call_back(at(100), &LIMITS);
    assert_eq!(pair.permission(at(101)), Permission::Temporary { until: at(100) + LIMITS.temporary });
    assert!(extended.is_some());
    let (pair, _) = pair.decide(at(200), Decision::Allow, &LIMITS);
    assert_eq!(pair.clone().call_back(at(300), &LIMITS), (pair, None));
}

#[test]
fn a_block_takes_the_permission_for_good_and_lets_nothing_be_answered() {
    let (pair, message) = card(0, Pair::default());
    let (pair, _) = pair.answer_card(at(1), &message, Decision::Allow, &LIMITS).unwrap();
    let blocked = pair.block(at(2));
    assert_eq!((blocked.permission(at(2)), blocked.may_call(at(2), &LIMITS)), (Permission::None, Err(PairRefusal::NoPermission)));
    assert_eq!(blocked.clone().block(at(9)), blocked, "again changes nothing");
    assert_eq!(blocked.clone().answer_card(at(3), &message, Decision::Allow, &LIMITS), Err(CardOver));
    assert_eq!(blocked.clone().call_back(at(3), &LIMITS), (blocked.clone(), None), "a call that was up when the user blocked");
    let unblocked = blocked.unblock();
    assert_eq!(unblocked.permission(at(4)), Permission::None);
    assert!(unblocked.answer_card(at(5), &message, Decision::Allow, &LIMITS).is_ok(), "the user may decide anew");
}

#[test]
fn who_blocks_is_not_asked_to_reconsider() {
    let limits = PairLimits { nudge_after: 1, ..LIMITS };
    let (allowed, _) = Pair::default().decide(at(0), Decision::Allow, &limits);
    assert_eq!(allowed.clone().call_unanswered(at(1), &limits).1, Some(Consequence::Nudge));
    assert_eq!(allowed.block(at(1)).call_unanswered(at(2), &limits).1, None);
}

//! The published scenarios of a pair, step by step: the decision behind each.
//!
//! What needs more than the rules is shown where it happens: that a refusal reaches the business as its code (2, 3, 6, 8, 9, 10, 12, 13),
//! that the state is read so over the API (1, 2, 3, 12), that webhooks carry their context (8, 11), and that a call of the user is taken
//! for a callback (5).

use std::time::Duration;

use callport_core::call_id::Direction::{BusinessInitiated, UserInitiated};
use callport_core::limits::PairLimits;
use callport_core::message::MessageId;
use callport_core::number::PhoneNumber;
use callport_core::outreach::{OutreachRefusal, Sender};
use callport_core::pair::{Consequence, Decision, Pair, PairRefusal, Permission, PermissionReply, ReplySource, RequestRefusal, Usage};
use callport_core::time::WallTime;

use crate::{DAY, HOUR, at};

const LIMITS: PairLimits = PairLimits::PRODUCTION;

fn decided(decision: Decision) -> Pair {
    Pair::default().decide(at(0), decision, &LIMITS).0
}

fn unanswered(pair: Pair, count: u32, limits: &PairLimits) -> (Pair, Vec<Option<Consequence>>) {
    let mut consequences = Vec::new();
    let pair = (0..count).fold(pair, |pair, call| {
        let (pair, consequence) = pair.call_unanswered(at(60 * u64::from(call)), limits);
        consequences.push(consequence);
        pair
    });
    (pair, consequences)
}

fn automatic_rejection() -> Option<Consequence> {
    Some(Consequence::Revoked(PermissionReply { permission: Permission::None, source: ReplySource::Automatic }))
}

#[test]
fn vector_1_a_temporary_permission_ends_at_its_second_and_silently() {
    let (pair, reply) = Pair::default().decide(WallTime::from_unix_seconds(1_794_995_200), Decision::AllowTemporarily, &LIMITS);
    let until = WallTime::from_unix_seconds(1_795_600_000);
    assert_eq!(reply.unwrap().permission, Permission::Temporary { until }, "expiration_timestamp");
    assert_eq!(pair.permission(WallTime::from_unix_seconds(1_795_599_999)), Permission::Temporary { until });
    assert_eq!(pair.permission(until), Permission::None);
    assert_eq!(pair.may_call(until, &LIMITS), Err(PairRefusal::NoPermission));
}

#[test]
fn vector_2_a_second_request_within_a_day_is_refused() {
    let pair = Pair::default().request(at(0));
    let late = at(23 * HOUR + 59 * 60);
    assert_eq!(pair.may_request(late, &LIMITS), Err(RequestRefusal::Limit { next_at: at(86_400) }));
    assert_eq!(pair.requests_in_day(late, &LIMITS), Usage { allowed: 1, used: 1, frees_at: Some(at(86_400)) });
    assert_eq!(pair.requests_in_week(late, &LIMITS), Usage { allowed: 2, used: 1, frees_at: None });
}

#[test]
fn vector_3_a_third_request_within_a_week_is_refused() {
    let pair = Pair::default().request(at(0));
    assert_eq!(pair.may_request(at(24 * HOUR), &LIMITS), Ok(()));
    let pair = pair.request(at(24 * HOUR));
    assert_eq!(pair.may_request(at(48 * HOUR), &LIMITS), Err(RequestRefusal::Limit { next_at: at(604_800) }));
    assert_eq!(pair.requests_in_week(at(48 * HOUR), &LIMITS), Usage { allowed: 2, used: 2, frees_at: Some(at(604_800)) });
    assert_eq!(pair.may_request(at(604_800), &LIMITS), Ok(()));
}

#[test]
fn vector_4_a_connected_call_of_the_user_lets_the_business_ask_anew() {
    let pair = Pair::default().request(at(0)).heard(at(HOUR)).call_connected(at(HOUR), UserInitiated);
    assert_eq!(pair.may_request(at(2 * HOUR), &LIMITS), Ok(()));
    let pair = pair.request(at(2 * HOUR));
    assert_eq!(pair.requests_in_day(at(2 * HOUR), &LIMITS).used, 1);
    assert_eq!(pair.requests_in_week(at(2 * HOUR), &LIMITS).used, 1);
}

#[test]
fn vector_5_a_call_that_the_business_rejects_opens_the_window_and_resets_nothing() {
    let called = Pair::default().request(at(0)).heard(at(HOUR));
    let (called_back, reply) = called.clone().call_back(at(HOUR), &LIMITS);
    assert_eq!(reply.unwrap().source, ReplySource::Automatic);
    for (pair, permitted) in [(called, false), (called_back, true)] {
        assert_eq!(pair.may_request(at(2 * HOUR), &LIMITS), Err(RequestRefusal::Limit { next_at: at(86_400) }));
        assert!(pair.window_open(at(2 * HOUR)));
        assert_eq!(pair.may_call(at(2 * HOUR), &LIMITS).is_ok(), permitted);
    }
}

#[test]
fn vector_6_nobody_asks_for_what_is_permanent() {
    let pair = decided(Decision::Allow);
    assert_eq!(pair.may_request(at(99 * DAY), &LIMITS), Err(RequestRefusal::PermanentPermission));
}

#[test]
fn vector_7_an_answered_call_starts_the_row_anew() {
    let nudge = Some(Consequence::Nudge);
    let (pair, missed) = unanswered(decided(Decision::AllowTemporarily), 2, &LIMITS);
    assert_eq!(missed, [None, nudge]);
    let (pair, missed) = unanswered(pair.call_connected(at(HOUR), BusinessInitiated), 3, &LIMITS);
    assert_eq!(missed, [None, nudge, None]);
    assert_eq!(pair.may_call(at(2 * HOUR), &LIMITS), Ok(()));
}

#[test]
fn vector_8_the_fourth_unanswered_call_takes_the_permission_away() {
    let (pair, missed) = unanswered(decided(Decision::AllowTemporarily), 4, &LIMITS);
    assert_eq!(missed[3], automatic_rejection());
    assert_eq!(pair.may_call(at(HOUR), &LIMITS), Err(PairRefusal::NoPermission));
}

#[test]
fn vector_9_test_numbers_have_limits_of_their_own() {
    let sandbox = PairLimits::SANDBOX;
    let pair = (0..25).fold(Pair::default(), |pair, n| {
        assert_eq!(pair.may_request(at(n * 60), &sandbox), Ok(()), "request {n}");
        pair.request(at(n * 60))
    });
    assert_eq!(pair.may_request(at(25 * 60), &sandbox), Err(RequestRefusal::Limit { next_at: at(86_400) }));
    let (pair, missed) = unanswered(pair.decide(at(0), Decision::Allow, &sandbox).0, 10, &sandbox);
    let told: Vec<_> = missed.into_iter().enumerate().filter_map(|(call, consequence)| Some((call + 1, consequence?))).collect();
    assert_eq!(told, [(5, Consequence::Nudge), (10, automatic_rejection().unwrap())]);
    assert_eq!(pair.may_call(at(HOUR), &sandbox), Err(PairRefusal::NoPermission));
}

#[test]
fn vector_10_the_hundred_and_first_connected_call_waits_for_the_first_to_be_a_day_old() {
    let pair = (0..100).fold(decided(Decision::AllowTemporarily), |pair, n| {
        assert_eq!(pair.may_call(at(n * 60), &LIMITS), Ok(()), "call {n}");
        pair.call_connected(at(n * 60), BusinessInitiated)
    });
    let refused = Err(PairRefusal::Limit { next_at: at(86_400) });
    assert_eq!(pair.may_call(at(100 * 60), &LIMITS), refused);
    assert_eq!(pair.may_call(at(86_400) - Duration::from_millis(1), &LIMITS), refused);
    assert_eq!(pair.may_call(at(86_400), &LIMITS), Ok(()));
    assert_eq!(pair.permission(at(100 * 60)), Permission::Temporary { until: at(604_800) });
}

#[test]
fn vector_11_a_declined_card_may_still_allow() {
    let card = MessageId::parse("wamid.card").unwrap();
    let pair = Pair::default().request(at(0)).card_delivered(at(0), card.clone());
    let (pair, declined) = pair.answer_card(at(DAY), &card, Decision::Deny, &LIMITS).unwrap();
    assert_eq!(declined.unwrap().permission, Permission::None);
    let (pair, allowed) = pair.answer_card(at(6 * DAY), &card, Decision::Allow, &LIMITS).unwrap();
    assert_eq!(allowed.unwrap().permission, Permission::Permanent);
    assert_eq!(pair.may_call(at(6 * DAY), &LIMITS), Ok(()));
}

fn sender(number: &PhoneNumber) -> Sender<'_> {
    Sender { number, enabled: true, paused_until: None, allowed_recipients: None, no_business_calls: &[] }
}

#[test]
fn vector_12_a_number_without_calling_asks_nobody() {
    let (business, user) = (PhoneNumber::parse("6281255509999").unwrap(), PhoneNumber::parse("6281255501234").unwrap());
    let off = Sender { enabled: false, ..sender(&business) };
    for free_form in [true, false] {
        let asked = off.may_request(at(0), Some(&user), &Pair::default().heard(at(0)), free_form, &LIMITS);
        assert_eq!(asked, Err(OutreachRefusal::CallingOff));
    }
}

#[test]
fn vector_13_outside_the_window_only_a_template_asks() {
    let (business, user) = (PhoneNumber::parse("6281255509999").unwrap(), PhoneNumber::parse("6281255501234").unwrap());
    let asked = |free_form| sender(&business).may_request(at(0), Some(&user), &Pair::default(), free_form, &LIMITS);
    assert_eq!(asked(true), Err(OutreachRefusal::WindowClosed));
    assert_eq!(asked(false), Ok(()));
}

#[test]
fn the_window_opens_and_closes_as_in_the_published_examples() {
    let called = Pair::default().heard(at(0));
    assert!(called.window_open(at(86_399)));
    assert!(!called.window_open(at(86_400)));
    let (missed, _) = decided(Decision::Allow).call_unanswered(at(2 * DAY), &LIMITS);
    assert!(!missed.window_open(at(2 * DAY)), "a call that is not taken opens nothing");
    let taken = decided(Decision::Allow).call_connected(at(2 * DAY), BusinessInitiated);
    assert!(taken.window_open(at(2 * DAY + 86_399)));
    assert!(!taken.window_open(at(2 * DAY + 86_400)));
    let called_again = called.heard(at(10 * HOUR));
    assert!(called_again.window_open(at(34 * HOUR - 1)));
    assert!(!called_again.window_open(at(34 * HOUR)));
}

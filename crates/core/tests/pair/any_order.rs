//! Any order of events, at any moments, under any limits: what the pair says agrees with a model that counts the whole history.

use std::time::Duration;

use callport_core::call_id::Direction;
use callport_core::limits::PairLimits;
use callport_core::message::MessageId;
use callport_core::pair::{Consequence, Decision, Pair, PairRefusal, Permission, PermissionReply, RequestRefusal, Usage};
use callport_core::time::WallTime;
use proptest::prelude::*;

use crate::START;
use crate::model::{Fact, Model};

/// Everything that people and businesses try. What is refused does not happen.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Request { delivered: bool },
    AnswerCard(Decision),
    AnswerOlderCard(Decision),
    Profile(Decision),
    UserWrites,
    UserCalls { connected: bool, callback: bool },
    BusinessCalls { taken: bool },
    Block,
    Unblock,
}

fn decision() -> impl Strategy<Value = Decision> {
    prop::sample::select(&Decision::ALL[..])
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => any::<bool>().prop_map(|delivered| Operation::Request { delivered }),
        4 => decision().prop_map(Operation::AnswerCard),
        1 => decision().prop_map(Operation::AnswerOlderCard),
        2 => decision().prop_map(Operation::Profile),
        1 => Just(Operation::UserWrites),
        1 => any::<(bool, bool)>().prop_map(|(connected, callback)| Operation::UserCalls { connected, callback }),
        8 => any::<bool>().prop_map(|taken| Operation::BusinessCalls { taken }),
        1 => Just(Operation::Block),
        1 => Just(Operation::Unblock),
    ]
}

/// Milliseconds until the next event: mostly short, sometimes a window to the millisecond or just beside it.
fn wait() -> impl Strategy<Value = u64> {
    const DAY: u64 = 86_400_000;
    const EDGES: [u64; 9] = [0, 1, DAY / 2, DAY - 1, DAY, DAY + 1, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1];
    prop_oneof![4 => 0..3_600_000_u64, 2 => 0..2 * DAY, 1 => prop::sample::select(&EDGES[..])]
}

/// The published limits, and small ones that short histories reach.
fn limits() -> impl Strategy<Value = PairLimits> {
    limits_from(0)
}

fn limits_from(least: u32) -> impl Strategy<Value = PairLimits> {
    let small = (least..4, least..6, 1..4_u32, 0..4_u32, least..4).prop_map(|(day, week, nudge, further, connected)| PairLimits {
        requests_per_day: day,
        requests_per_week: week,
        nudge_after: nudge,
        revoke_after: nudge + further,
        connected_per_day: connected,
        ..PairLimits::PRODUCTION
    });
    prop_oneof![1 => Just(PairLimits::PRODUCTION), 1 => Just(PairLimits::SANDBOX), 4 => small]
}

fn history() -> impl Strategy<Value = Vec<(u64, Operation)>> {
    prop::collection::vec((wait(), operation()), 0..60)
}

/// A pair and its model, living through the same events.
struct Life {
    pair: Pair,
    model: Model,
    limits: PairLimits,
    now: WallTime,
    /// Messages of the requests that reached the user.
    cards: Vec<MessageId>,
}

/// What one operation brought.
#[derive(Default)]
struct Outcome {
    told: Option<PermissionReply>,
    nudged: bool,
    /// The user decided, or called a number that grants callbacks.
    granting: bool,
}

impl Life {
    fn new(limits: PairLimits) -> Self {
        Self { pair: Pair::default(), model: Model::default(), limits, now: START, cards: Vec::new() }
    }

    /// One step, as the platform takes it: asks first, and does only what is allowed.
    fn step(&mut self, operation: Operation) -> Outcome {
        let (now, limits) = (self.now, self.limits);
        let pair = std::mem::take(&mut self.pair);
        let mut outcome = Outcome::default();
        self.pair = match operation {
            Operation::Request { delivered } if pair.may_request(now, &limits).is_ok() => {
                self.model.note(now, Fact::Requested);
                self.request(pair, delivered)
            }
            Operation::AnswerCard(decision) => self.answer(pair, self.cards.last().cloned(), decision, &mut outcome),
            Operation::AnswerOlderCard(decision) => self.answer(pair, self.cards.iter().nth_back(1).cloned(), decision, &mut outcome),
            Operation::Profile(decision) if !pair.is_blocked() => {
                let (pair, reply) = pair.decide(now, decision, &limits);
                self.model.note(now, Fact::Decided(decision, reply.is_some()));
                outcome = Outcome { told: reply, granting: decision != Decision::Deny, ..outcome };
                pair
            }
            Operation::UserWrites => {
                self.model.note(now, Fact::Heard);
                pair.heard(now)
            }
            Operation::UserCalls { connected, callback } => self.user_calls(pair, connected, callback, &mut outcome),
            Operation::BusinessCalls { taken } if pair.may_call(now, &limits).is_ok() => self.business_calls(pair, taken, &mut outcome),
            Operation::Block => {
                self.model.note(now, Fact::Blocked);
                pair.block(now)
            }
            Operation::Unblock if pair.is_blocked() => {
                self.model.note(now, Fact::Unblocked);
                pair.unblock()
            }
            Operation::Request { .. } | Operation::BusinessCalls { .. } | Operation::Profile(_) | Operation::Unblock => pair,
        };
        outcome
    }

    fn request(&mut self, pair: Pair, delivered: bool) -> Pair {
        let pair = pair.request(self.now);
        if !delivered {
            return pair;
        }
        let message = MessageId::parse(&format!("wamid.{}", self.cards.len())).unwrap();
        self.cards.push(message.clone());
        pair.card_delivered(self.now, message)
    }

    fn answer(&mut self, pair: Pair, card: Option<MessageId>, decision: Decision, outcome: &mut Outcome) -> Pair {
        let Some(card) = card else { return pair };
        let Ok((after, reply)) = pair.clone().answer_card(self.now, &card, decision, &self.limits) else { return pair };
        self.model.note(self.now, Fact::Decided(decision, reply.is_some()));
        (outcome.told, outcome.granting) = (reply, decision != Decision::Deny);
        after
    }

    fn user_calls(&mut self, pair: Pair, connected: bool, callback: bool, outcome: &mut Outcome) -> Pair {
        self.model.note(self.now, Fact::Heard);
        let mut pair = pair.heard(self.now);
        if connected {
            self.model.note(self.now, Fact::UserCallConnected);
            pair = pair.call_connected(self.now, Direction::UserInitiated);
        }
        if callback {
            self.model.note(self.now, Fact::CalledBack);
            (pair, outcome.told) = pair.call_back(self.now, &self.limits);
            outcome.granting = true;
        }
        pair
    }

    fn business_calls(&mut self, pair: Pair, taken: bool, outcome: &mut Outcome) -> Pair {
        self.model.note(self.now, if taken { Fact::BusinessCallConnected } else { Fact::Unanswered });
        if taken {
            return pair.call_connected(self.now, Direction::BusinessInitiated);
        }
        let (pair, consequence) = pair.call_unanswered(self.now, &self.limits);
        match consequence {
            None => {}
            Some(Consequence::Nudge) => outcome.nudged = true,
            Some(Consequence::Revoked(reply)) => outcome.told = Some(reply),
        }
        pair
    }
}

/// Lives through a history and looks at the pair after every wait and every step.
fn live(
    limits: PairLimits,
    history: &[(u64, Operation)],
    mut look: impl FnMut(&Life) -> Result<(), TestCaseError>,
) -> Result<Life, TestCaseError> {
    let mut life = Life::new(limits);
    for (wait_ms, operation) in history {
        life.now = life.now + Duration::from_millis(*wait_ms);
        look(&life)?;
        life.step(*operation);
        look(&life)?;
    }
    Ok(life)
}

/// Usage says what was counted, and when there is room again if there is none.
fn agrees(usage: Usage, allowed: u32, counted: u32) -> Result<(), TestCaseError> {
    prop_assert_eq!((usage.allowed, usage.used), (allowed, counted));
    prop_assert_eq!(usage.frees_at.is_some(), counted >= allowed);
    Ok(())
}

proptest! {
    #[test]
    fn no_limit_is_ever_passed(limits in limits(), history in history()) {
        let life = live(limits, &history, |_| Ok(()))?;
        let (day, week, connected) = life.model.fullest();
        prop_assert!(day <= limits.requests_per_day, "{day} requests in a day");
        prop_assert!(week <= limits.requests_per_week, "{week} requests in a week");
        prop_assert!(connected <= limits.connected_per_day, "{connected} connected calls in a day");
        prop_assert!(life.pair.requests.len() <= limits.requests_per_week as usize, "what is kept is bounded");
        prop_assert!(life.pair.connected.len() <= limits.connected_per_day as usize, "what is kept is bounded");
    }

    #[test]
    fn usage_is_what_happened_and_decides_what_may_happen(limits in limits(), history in history()) {
        live(limits, &history, |Life { pair, model, now, .. }| {
            let (day, week, connected) = (pair.requests_in_day(*now, &limits), pair.requests_in_week(*now, &limits), pair.connected_in_day(*now, &limits));
            agrees(day, limits.requests_per_day, model.requests_in_day(*now))?;
            agrees(week, limits.requests_per_week, model.requests_in_week(*now))?;
            agrees(connected, limits.connected_per_day, model.connected_in_day(*now))?;
            let full = |usage: Usage| usage.used >= usage.allowed;
            match pair.may_request(*now, &limits) {
                Ok(()) => prop_assert!(pair.permission(*now) != Permission::Permanent && !full(day) && !full(week)),
                Err(RequestRefusal::PermanentPermission) => prop_assert_eq!(pair.permission(*now), Permission::Permanent),
                Err(RequestRefusal::Limit { .. }) => prop_assert!(full(day) || full(week)),
            }
            match pair.may_call(*now, &limits) {
                Ok(()) => prop_assert!(pair.permission(*now) != Permission::None && !full(connected)),
                Err(PairRefusal::NoPermission) => prop_assert_eq!(pair.permission(*now), Permission::None),
                Err(PairRefusal::Limit { .. }) => prop_assert!(full(connected)),
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_refusal_names_the_first_moment_at_which_it_falls(limits in limits_from(1), history in history()) {
        let before = |moment: WallTime| moment - Duration::from_millis(1);
        live(limits, &history, |Life { pair, now, .. }| {
            if let Err(RequestRefusal::Limit { next_at }) = pair.may_request(*now, &limits) {
                prop_assert!(*now < next_at);
                prop_assert_eq!(pair.may_request(before(next_at), &limits), Err(RequestRefusal::Limit { next_at }));
                prop_assert_eq!(pair.may_request(next_at, &limits), Ok(()));
            }
            if let Err(PairRefusal::Limit { next_at }) = pair.may_call(*now, &limits) {
                prop_assert!(*now < next_at);
                // A temporary permission may run out while the business waits.
                let lasts = |moment| pair.permission(moment) != Permission::None;
                let refused = Err(if lasts(before(next_at)) { PairRefusal::Limit { next_at } } else { PairRefusal::NoPermission });
                prop_assert_eq!(pair.may_call(before(next_at), &limits), refused);
                prop_assert_eq!(pair.may_call(next_at, &limits).is_ok(), lasts(next_at));
            }
            Ok(())
        })?;
    }

    #[test]
    fn permission_is_the_last_word_of_the_user_a_callback_or_a_full_row(limits in limits(), history in history()) {
        live(limits, &history, |Life { pair, model, now, .. }| {
            prop_assert_eq!(pair.permission(*now), model.permission(*now, &limits));
            Ok(())
        })?;
    }

    #[test]
    fn permission_appears_only_by_a_decision_or_a_callback_and_every_change_is_told(limits in limits(), history in history()) {
        let mut life = Life::new(limits);
        for (wait_ms, operation) in &history {
            let earlier = life.pair.permission(life.now);
            life.now = life.now + Duration::from_millis(*wait_ms);
            let before = life.pair.permission(life.now);
            prop_assert!(before == earlier || before == Permission::None, "time only takes away");
            let outcome = life.step(*operation);
            let after = life.pair.permission(life.now);
            prop_assert!(after == before || after == Permission::None || outcome.granting, "{before:?} became {after:?} by {operation:?}");
            let silent = matches!(operation, Operation::Block);
            prop_assert!(after == before || outcome.told.is_some() || silent, "{before:?} became {after:?} by {operation:?}, untold");
            prop_assert!(outcome.told.is_none() || !life.pair.is_blocked(), "a business that is blocked is told nothing");
            if let Some(reply) = outcome.told {
                prop_assert_eq!(reply.permission, after, "what is told is what holds");
            }
        }
    }

    #[test]
    fn unanswered_calls_in_a_row_nudge_once_and_revoke_once(limits in limits(), history in history()) {
        let mut life = Life::new(limits);
        for (wait_ms, operation) in &history {
            life.now = life.now + Duration::from_millis(*wait_ms);
            let row = life.model.row(&limits);
            let rang_out = matches!(operation, Operation::BusinessCalls { taken: false }) && life.pair.may_call(life.now, &limits).is_ok();
            let outcome = life.step(*operation);
            prop_assert_eq!(life.pair.unanswered, life.model.row(&limits));
            if rang_out {
                let revoked = row + 1 == limits.revoke_after;
                prop_assert_eq!(outcome.told.is_some(), revoked, "the call was placed with a permission, so its end is told");
                prop_assert_eq!(outcome.nudged, !revoked && row + 1 == limits.nudge_after);
            } else {
                prop_assert!(!outcome.nudged);
            }
        }
    }

    #[test]
    fn the_window_is_open_if_and_only_if_the_user_was_heard_of_within_a_day(limits in limits(), history in history()) {
        live(limits, &history, |Life { pair, model, now, .. }| {
            prop_assert_eq!(pair.window_open(*now), model.window_open(*now));
            Ok(())
        })?;
    }
}

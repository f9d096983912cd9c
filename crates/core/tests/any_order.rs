//! Any order of events, at any moments: what must hold of a call whatever its parties do.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use callport_core::call::{Answer, Call, CallStatus, CommandRefusal, Effect, EndReason, MediaSign, Phase, Side, UserView};
use callport_core::call_id::Direction;
use callport_core::limits::CallTimers;
use callport_core::time::WallTime;
use proptest::prelude::*;

const START: WallTime = WallTime::from_unix_seconds(1_795_341_600);

/// Everything that can happen to a call.
#[derive(Debug, Clone, Copy)]
enum Operation {
    PreAccept(u8),
    Accept(Option<u8>),
    Reject,
    Terminate,
    HangUp,
    DeviceRings,
    PickUp,
    Decline,
    UserBusy,
    Fail,
    Sign(MediaSign),
    Wake,
}

fn operation() -> impl Strategy<Value = Operation> {
    let side = prop_oneof![Just(Side::User), Just(Side::Business)];
    let sign = (side, 0..3_u8, 0..200_u64).prop_map(|(side, kind, since)| match kind {
        0 => MediaSign::Connected(side),
        1 => MediaSign::Flowing(side),
        _ => MediaSign::Silent(side, START + Duration::from_secs(since)),
    });
    prop_oneof![
        3 => (0..2_u8).prop_map(Operation::PreAccept),
        3 => proptest::option::of(0..2_u8).prop_map(Operation::Accept),
        1 => Just(Operation::Reject),
        1 => Just(Operation::Terminate),
        1 => Just(Operation::HangUp),
        2 => Just(Operation::DeviceRings),
        2 => Just(Operation::PickUp),
        1 => Just(Operation::Decline),
        1 => Just(Operation::UserBusy),
        1 => Just(Operation::Fail),
        6 => sign.prop_map(Operation::Sign),
        6 => Just(Operation::Wake),
    ]
}

fn answer(which: u8) -> Answer {
    Answer::new(format!("v=0\r\no=- {which} 2 IN IP4 127.0.0.1\r\n"))
}

fn apply(call: Call, now: WallTime, operation: Operation) -> Result<(Call, Vec<Effect>), CommandRefusal> {
    let step = match operation {
        Operation::PreAccept(which) => call.pre_accept(now, answer(which))?,
        Operation::Accept(which) => call.accept(now, which.map(answer), None)?,
        Operation::Reject => call.reject(now)?,
        Operation::Terminate => call.terminate(now)?,
        Operation::HangUp => call.hang_up(now)?,
        Operation::DeviceRings => call.device_rings(now)?,
        Operation::PickUp => call.pick_up(now)?,
        Operation::Decline => call.decline(now)?,
        Operation::UserBusy => call.user_busy(now)?,
        Operation::Fail => call.fail(now, EndReason::MediaFault)?,
        Operation::Sign(sign) => call.media_sign(now, sign),
        Operation::Wake => call.wake(now),
    };
    Ok((step.call, step.effects))
}

/// All that happened in one life of a call.
#[derive(Default)]
struct Life {
    applied: Vec<Answer>,
    told: Vec<CallStatus>,
    gates: usize,
    views: Vec<UserView>,
    endings: Vec<callport_core::call::Ending>,
    accepted_at: Option<WallTime>,
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::UserInitiated), Just(Direction::BusinessInitiated)]
}

fn live(direction: Direction, events: &[(u64, Operation)]) -> (Call, Life) {
    let call = match direction {
        Direction::UserInitiated => Call::place(START, CallTimers::default()),
        Direction::BusinessInitiated => Call::offer(START, CallTimers::default(), None),
    };
    let (mut call, mut life, mut now) = (call, Life::default(), START);
    for (wait_ms, operation) in events {
        now = now + Duration::from_millis(*wait_ms);
        let before = call.clone();
        match apply(call, now, *operation) {
            Err(_) => call = before,
            Ok((after, effects)) => {
                for effect in effects {
                    match effect {
                        Effect::ApplyAnswer(answer) => life.applied.push(answer),
                        Effect::Tell(status) => life.told.push(status),
                        Effect::OpenGate => (life.gates, life.accepted_at) = (life.gates + 1, Some(now)),
                        Effect::Show(view) => life.views.push(view),
                        Effect::Finish(ending) => life.endings.push(ending),
                    }
                }
                call = after;
            }
        }
    }
    (call, life)
}

proptest! {
    #[test]
    fn a_call_ends_once_and_its_ending_agrees_with_its_life(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
    ) {
        let (call, life) = live(direction, &events);
        prop_assert!(life.endings.len() <= 1);
        prop_assert_eq!(life.endings.is_empty(), !matches!(call.phase(), Phase::Ended(_)));
        for ending in &life.endings {
            prop_assert_eq!(ending.talk.map(|talk| talk.since), life.accepted_at, "a talk if and only if it was accepted");
            prop_assert!(ending.talk.is_none_or(|talk| talk.since <= talk.until && talk.until == ending.at));
            prop_assert_eq!(call.next_deadline(), None);
        }
    }

    #[test]
    fn one_answer_is_applied_and_the_gate_opens_once_after_it(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
    ) {
        let (_, life) = live(direction, &events);
        let answers = usize::from(direction == Direction::UserInitiated);
        prop_assert!(life.applied.len() <= answers, "a business that offers is never asked for an answer");
        prop_assert!(life.gates <= 1 && (answers == 0 || life.gates <= life.applied.len()));
    }

    #[test]
    fn statuses_are_those_of_the_published_sequences(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
    ) {
        use CallStatus::{Accepted, Rejected, Ringing};
        let (_, life) = live(direction, &events);
        let published: [&[CallStatus]; 4] = [&[], &[Ringing], &[Ringing, Accepted], &[Ringing, Rejected]];
        prop_assert!(published.contains(&life.told.as_slice()), "{:?}", life.told);
        prop_assert!(direction == Direction::BusinessInitiated || life.told.is_empty(), "statuses are for calls of the business only");
        let declined = life.endings.iter().any(|ending| ending.reason == EndReason::Declined);
        prop_assert_eq!(declined, life.told.contains(&Rejected));
        prop_assert_eq!(life.told.contains(&Accepted), direction == Direction::BusinessInitiated && life.accepted_at.is_some());
    }

    #[test]
    fn the_screen_only_moves_forward(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
    ) {
        let (_, life) = live(direction, &events);
        prop_assert!(life.views.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", life.views);
    }

    #[test]
    fn a_live_call_always_has_a_way_to_its_end(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
    ) {
        let (call, _) = live(direction, &events);
        let flows = call.media().both_ways();
        match call.phase() {
            Phase::Alerting { .. } | Phase::Offered { .. } => prop_assert!(call.next_deadline().is_some()),
            Phase::Active { .. } => prop_assert_eq!(call.next_deadline().is_none(), flows, "only audio both ways runs without a deadline"),
            Phase::Ended(_) => {}
        }
    }

    #[test]
    fn a_refused_command_and_an_early_wake_change_nothing(
        direction in direction(),
        events in prop::collection::vec((0..40_000_u64, operation()), 0..40),
        last in operation(),
    ) {
        let (call, _) = live(direction, &events);
        let early = call.next_deadline().map_or(START, |(at, _)| at - Duration::from_millis(1));
        prop_assert_eq!(call.clone().wake(early).effects, Vec::new());
        if apply(call.clone(), early, last).is_err() {
            prop_assert_eq!(apply(call.clone(), early, last).err(), apply(call, early, last).err(), "a refusal is stable");
        }
    }
}

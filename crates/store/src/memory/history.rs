//! Questions about calls and deliveries that need more than one look-up.

use std::cmp::Reverse;

use callport_core::call_id::Direction;
use callport_core::ids::PhoneNumberId;
use callport_core::time::WallTime;
use callport_engine::ports::CallPage;
use callport_engine::records::{CallRecord, Delivery, DeliveryState};

use super::state::State;

/// Oldest first.
pub(super) fn live_calls(state: &State) -> Vec<CallRecord> {
    let mut live: Vec<&CallRecord> = state.calls.values().filter(|call| call.live()).collect();
    live.sort_by_key(|call| call.placed_at); // stable: equal moments stay in the order of their ids
    live.into_iter().cloned().collect()
}

/// Oldest first.
pub(super) fn business_calls_since(state: &State, number: &PhoneNumberId, since: WallTime) -> Vec<WallTime> {
    let counts = |call: &&CallRecord| call.number == *number && call.direction == Direction::BusinessInitiated && call.placed_at >= since;
    let mut moments: Vec<WallTime> = state.calls.values().filter(counts).map(|call| call.placed_at).collect();
    moments.sort_unstable();
    moments
}

/// The last placed first.
pub(super) fn calls(state: &State, page: &CallPage) -> Vec<CallRecord> {
    let place = |call: &CallRecord| state.placed.get(&call.id).copied();
    let end = page.before.as_ref().map(|call| state.placed.get(call).copied().unwrap_or(0));
    let wanted = |call: &&CallRecord| {
        page.number.as_ref().is_none_or(|number| call.number == *number)
            && page.user.as_ref().is_none_or(|user| call.user == *user)
            && end.is_none_or(|end| place(call) < Some(end))
    };
    let mut found: Vec<&CallRecord> = state.calls.values().filter(wanted).collect();
    found.sort_by_key(|call| Reverse(place(call)));
    found.into_iter().take(page.limit as usize).cloned().collect()
}

/// By id, without bodies.
pub(super) fn pending_deliveries(state: &State) -> Vec<Delivery> {
    let pending = |delivery: &&Delivery| matches!(delivery.state, DeliveryState::Pending { .. });
    state.deliveries.values().filter(pending).map(without_body).collect()
}

fn without_body(delivery: &Delivery) -> Delivery {
    let Delivery { id, app, waba, number, field, event, call, message, body: _, created_at, state, attempts } = delivery;
    Delivery {
        id: *id,
        app: app.clone(),
        waba: waba.clone(),
        number: number.clone(),
        field: *field,
        event: event.clone(),
        call: call.clone(),
        message: message.clone(),
        body: Vec::new(),
        created_at: *created_at,
        state: *state,
        attempts: *attempts,
    }
}

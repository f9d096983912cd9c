//! The calendar of a test platform: a seven-day permission can end in a second.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::asked::Body;
use crate::clock::MovableClock;
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::Moment;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
        .routes(routes!(read))
        .routes(routes!(freeze))
        .routes(routes!(thaw))
        .routes(routes!(set))
        .routes(routes!(advance))
}

/// The calendar.
#[derive(Serialize, ToSchema)]
struct Clock {
    now: Moment,
    /// It stands still.
    frozen: bool,
}

/// Where the calendar goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTo {
    to: Moment,
}

/// How far the calendar goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdvanceBy {
    #[schema(minimum = 1, example = 604_800_000)]
    by_ms: u64,
}

/// Furthest step: ten years. Beyond it a slip of the finger is likelier than a test.
const MAX_STEP_MS: u64 = 10 * 365 * 86_400 * 1000;

fn view(clock: &dyn MovableClock) -> Json<Clock> {
    Json(Clock { now: Moment(clock.now()), frozen: clock.is_frozen() })
}

/// The calendar as it is.
#[utoipa::path(get, path = "/admin/v1/clock", tag = "test mode", operation_id = "get_clock", responses((status = 200, body = Clock), Problem))]
async fn read(State(state): State<OperatorState>) -> Result<Json<Clock>, Problem> {
    Ok(view(&*state.test_mode()?.clock))
}

/// Stands still from now on.
#[utoipa::path(post, path = "/admin/v1/clock/freeze", tag = "test mode", operation_id = "freeze_clock", responses((status = 200, body = Clock), Problem))]
async fn freeze(State(state): State<OperatorState>) -> Result<Json<Clock>, Problem> {
    let clock = &state.test_mode()?.clock;
    clock.freeze();
    Ok(view(&**clock))
}

/// Runs again from where it stands.
#[utoipa::path(post, path = "/admin/v1/clock/thaw", tag = "test mode", operation_id = "thaw_clock", responses((status = 200, body = Clock), Problem))]
async fn thaw(State(state): State<OperatorState>) -> Result<Json<Clock>, Problem> {
    let clock = &state.test_mode()?.clock;
    clock.thaw();
    Ok(view(&**clock))
}

/// Goes to a moment, back or forth; runs or stands as before.
#[utoipa::path(post, path = "/admin/v1/clock/set", tag = "test mode", operation_id = "set_clock", request_body = SetTo, responses((status = 200, body = Clock), Problem))]
async fn set(State(state): State<OperatorState>, Body(asked): Body<SetTo>) -> Result<Json<Clock>, Problem> {
    let clock = &state.test_mode()?.clock;
    clock.set(asked.to.0);
    Ok(view(&**clock))
}

/// Goes forward; what waits for a moment that is then past happens.
#[utoipa::path(post, path = "/admin/v1/clock/advance", tag = "test mode", operation_id = "advance_clock", request_body = AdvanceBy, responses((status = 200, body = Clock), Problem))]
async fn advance(State(state): State<OperatorState>, Body(asked): Body<AdvanceBy>) -> Result<Json<Clock>, Problem> {
    let clock = &state.test_mode()?.clock;
    if !(1..=MAX_STEP_MS).contains(&asked.by_ms) {
        return Err(Problem::malformed(format!("by_ms: 1 to {MAX_STEP_MS} (ten years); to go back, set the clock")));
    }
    clock.advance(Duration::from_millis(asked.by_ms));
    Ok(view(&**clock))
}

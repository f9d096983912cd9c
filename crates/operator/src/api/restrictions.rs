//! Warnings and pauses of a number for low quality, as the platform would impose them.

use axum::Json;
use axum::extract::State;
use callport_core::time::WallTime;
use callport_engine::PAUSE;
use callport_engine::records::Number;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::numbers::{self, NumberView};
use crate::asked::{At, Body, form};
use crate::problem::Problem;
use crate::state::OperatorState;
use crate::words::{DirectionWord, Moment, QualityWord, read};

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(put, lift)).routes(routes!(tell))
}

/// Calling in one direction is paused for low quality.
#[derive(Serialize, ToSchema)]
#[schema(as = Restriction)]
pub(super) struct RestrictionView {
    direction: DirectionWord,
    until: Moment,
}

/// A pause to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRestriction {
    /// Default: 7 days from now, as published.
    until: Option<Moment>,
}

/// Those that hold at this moment.
pub(super) fn views(number: &Number, now: WallTime) -> Vec<RestrictionView> {
    let held = number.restrictions.iter().filter(|pause| now < pause.until);
    held.map(|pause| RestrictionView { direction: DirectionWord(pause.direction), until: Moment(pause.until) }).collect()
}

/// Pauses calling in one direction: `BUSINESS_INITIATED` (138014) or `USER_INITIATED`. Subscribed apps are told (`account_update`).
#[utoipa::path(put, path = "/admin/v1/numbers/{phone_number_id}/restrictions/{direction}", tag = "objects", operation_id = "restrict_number", params(("phone_number_id" = String, Path), ("direction" = DirectionWord, Path)), request_body = Option<NewRestriction>, responses((status = 200, body = NumberView), Problem))]
async fn put(
    State(state): State<OperatorState>,
    At((number, towards)): At<(String, String)>,
    Body(asked): Body<NewRestriction>,
) -> Result<Json<NumberView>, Problem> {
    let now = state.engine.now();
    let (number, direction) = (numbers::find(&state, &number).await?, form("direction", read(&towards))?);
    let until = asked.until.map_or(now + PAUSE, |until| until.0);
    if until <= now {
        return Err(Problem::malformed("until: a pause ends in the future"));
    }
    let number = state.engine.restrict(&number.id, direction, Some(until)).await?;
    Ok(Json(numbers::view(number, now)))
}

/// Ends a pause at once. Nobody is told, as when it ends by itself.
#[utoipa::path(delete, path = "/admin/v1/numbers/{phone_number_id}/restrictions/{direction}", tag = "objects", operation_id = "lift_restriction", params(("phone_number_id" = String, Path), ("direction" = DirectionWord, Path)), responses((status = 200, body = NumberView), Problem))]
async fn lift(State(state): State<OperatorState>, At((number, towards)): At<(String, String)>) -> Result<Json<NumberView>, Problem> {
    let (number, direction) = (numbers::find(&state, &number).await?, form("direction", read(&towards))?);
    let number = state.engine.restrict(&number.id, direction, None).await?;
    Ok(Json(numbers::view(number, state.engine.now())))
}

/// What a business is told of the quality of its calls.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQualityNotice {
    notice: QualityWord,
}

/// Warns a business of low quality, or hides its call button until its settings show it again. Subscribed apps are told (`account_update`).
#[utoipa::path(post, path = "/admin/v1/numbers/{phone_number_id}/quality", tag = "objects", operation_id = "tell_quality", params(("phone_number_id" = String, Path)), request_body = NewQualityNotice, responses((status = 200, body = NumberView), Problem))]
async fn tell(
    State(state): State<OperatorState>,
    At(number): At<String>,
    Body(asked): Body<NewQualityNotice>,
) -> Result<Json<NumberView>, Problem> {
    let number = numbers::find(&state, &number).await?;
    let number = state.engine.tell_quality(&number.id, asked.notice.0).await?;
    Ok(Json(numbers::view(number, state.engine.now())))
}

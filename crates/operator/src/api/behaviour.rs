//! What a user without a browser does by itself when a business calls or writes.

mod shape;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::scripted::{MAX_SCRIPT_BODY, people};
use super::users;
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;
pub(crate) use shape::NewBehaviour;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(show, put, remove).layer(DefaultBodyLimit::max(MAX_SCRIPT_BODY)))
}

/// What the user does by itself.
#[utoipa::path(get, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 200, body = NewBehaviour), Problem))]
async fn show(State(state): State<OperatorState>, At(user): At<String>) -> Result<Json<NewBehaviour>, Problem> {
    let people = people(&state)?;
    let user = users::find(&state, &user).await?;
    let behaviour = people.behaviour(&user.id).await.ok_or_else(|| Problem::not_found("this user does nothing by itself"))?;
    Ok(Json(NewBehaviour::of(&behaviour)))
}

/// From now on the user does this by itself, also after the next start. What came before and no device had yet is met now.
#[utoipa::path(put, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "set_behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), request_body = Option<NewBehaviour>, responses((status = 200, body = NewBehaviour), Problem))]
async fn put(
    State(state): State<OperatorState>,
    At(user): At<String>,
    Body(asked): Body<NewBehaviour>,
) -> Result<Json<NewBehaviour>, Problem> {
    let people = people(&state)?;
    let user = users::find(&state, &user).await?;
    let behaviour = asked.read().map_err(Problem::malformed)?;
    let set = NewBehaviour::of(&behaviour);
    people.behave(user.id, behaviour).await?;
    Ok(Json(set))
}

/// The user does nothing by itself any more.
#[utoipa::path(delete, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "remove_behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(user): At<String>) -> Result<StatusCode, Problem> {
    let people = people(&state)?;
    let user = users::find(&state, &user).await?;
    people.stop_behaving(&user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

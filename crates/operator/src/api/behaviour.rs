//! What a user without a browser does by itself when a business calls or writes.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use callport_people::Behaviour;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::scripted::MAX_SCRIPT_BODY;
use super::users;
use crate::asked::{At, Body};
use crate::problem::Problem;
use crate::state::OperatorState;

pub(super) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default().routes(routes!(show, put, remove).layer(DefaultBodyLimit::max(MAX_SCRIPT_BODY)))
}

/// What the user does by itself.
#[utoipa::path(get, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "get_behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 200, body = Behaviour), Problem))]
async fn show(State(state): State<OperatorState>, At(user): At<String>) -> Result<Json<Behaviour>, Problem> {
    let people = &state.test_mode()?.people;
    let user = users::find(&state, &user).await?;
    let behaviour = people.behaviour(&user.id).await.ok_or_else(|| Problem::not_found("this user does nothing by itself"))?;
    Ok(Json(behaviour))
}

/// From now on the user does this by itself, also after the next start. What came before and no device had yet is met now.
#[utoipa::path(put, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "set_behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), request_body = Option<Behaviour>, responses((status = 200, body = Behaviour), Problem))]
async fn put(State(state): State<OperatorState>, At(user): At<String>, Body(asked): Body<Behaviour>) -> Result<Json<Behaviour>, Problem> {
    let people = &state.test_mode()?.people;
    let user = users::find(&state, &user).await?;
    asked.check().map_err(|unfit| Problem::malformed(unfit.to_string()))?;
    people.behave(user.id, asked.clone()).await?;
    Ok(Json(asked))
}

/// The user does nothing by itself any more.
#[utoipa::path(delete, path = "/admin/v1/users/{user_id}/behaviour", tag = "test mode", operation_id = "delete_behaviour", params(("user_id" = String, Path, description = "The id, or the number with `+`.")), responses((status = 204), Problem))]
async fn remove(State(state): State<OperatorState>, At(user): At<String>) -> Result<StatusCode, Problem> {
    let people = &state.test_mode()?.people;
    let user = users::find(&state, &user).await?;
    people.stop_behaving(&user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
